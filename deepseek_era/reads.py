"""What results rest on beside the files that `witness` sees: the tables read and the parameters looked at.

A record is open in every process from its start, since a notebook may read a table before it has a model, or without
one; `begin` opens a new one in its place and `recording` another inside it. The records are the process's own, not a
context's: a thread, or a cell that awaits, would not see the context in which a notebook began.

Standard library only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Record:
    """Names of the tables handed out and of the parameters looked at while a record is open."""

    tables: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)


_open = [Record()]  # the innermost last


def current() -> Record:
    """Return the innermost record."""
    return _open[-1]


def begin() -> Record:
    """Return a new record, open in place of the innermost."""
    _open[-1] = Record()
    return _open[-1]


@contextlib.contextmanager
def recording() -> Iterator[Record]:
    """Open another record for a while; those around it note the same, as they rest on it too."""
    _open.append(Record())
    depth = len(_open)
    try:
        yield _open[-1]
    finally:
        del _open[depth - 1 :]


def table(*names: str) -> None:
    """Note that tables were handed out."""
    for record in _open:
        record.tables.update(names)


def parameter(name: str) -> None:
    """Note that a parameter was looked at."""
    for record in _open:
        record.parameters.add(name)
