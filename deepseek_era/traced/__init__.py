"""The impact functions as one straight-line program: traced from the Python functions that the report runs, quicker.

A function of numpy arrays is called once with *symbols* in their place (`symbols`). What it does to them is noted as a
list of operations, each thing once (`program`), and the list is worked off for as many draws as one likes in pieces
that stay in a processor's cache (`machine`). The functions are not changed and know nothing of it: a symbol answers to
numpy's functions by the two protocols that numpy has for that. `calls` traces every call and consideration.

numpy over the functions themselves stays the truth: a program gives its numbers to a few units of the last place.
"""

from deepseek_era.traced.calls import GAINS, YEARS, Kept, TracedCase, cases_of, program_of
from deepseek_era.traced.machine import Machine
from deepseek_era.traced.program import Program
from deepseek_era.traced.symbols import Trace

__all__ = [
    "GAINS",
    "YEARS",
    "Kept",
    "Machine",
    "Program",
    "Trace",
    "TracedCase",
    "cases_of",
    "program_of",
]
