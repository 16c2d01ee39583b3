"""Tables of the cost part for a notebook: each function takes the model and returns a data frame.

A table is empty, with its columns, where its facts were not public at the run's vintage. Columns are named with their unit;
the docstring of each function lists them.
"""

from __future__ import annotations
