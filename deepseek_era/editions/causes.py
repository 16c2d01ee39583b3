"""Why something changed between two editions: one input at a time is put back as it was, and what goes back with it.

Today's code is asked again and again. With all tables of the older edition: what stays as it is now was changed by the
*code*. With one table of the older edition among those of today: what goes back was changed by that table, a *fact*, a
*parameter* or a *rule*. Where a table did it, each of its rows alone. What goes back with all tables but with none
alone was changed by *several together*.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from deepseek_era.editions import changes, words
from deepseek_era.editions.frozen import LARGEST_TABLE, Edition, digest
from deepseek_era.errors import UserError, first_line
from deepseek_era.figure import Figure
from deepseek_era.places import reading
from deepseek_era.words import counted

CODE, SEVERAL, RULE, UNKNOWN = "code", "several together", "rule", "cannot be told"
MOST_ROWS = 24
"""Changed rows of a table that are each put back alone; of a table with more, the table is the answer."""
_WITH_ALL = ("sources.csv", "originals.csv", "datapackage.json")
"""What tables refer to: its old rows join those of today wherever a table is put back."""
_PARAMETERS = {"parameters", "correlations"}


@dataclass(frozen=True)
class Cause:
    """What changed something: ``fact``, ``parameter``, ``rule``, ``code`` or ``several together``; which; in words."""

    kind: str
    name: str = ""
    words: str = ""


@dataclass(frozen=True)
class State:
    """What a set of tables gives: answers by id and question, figures by id."""

    answers: changes.Answers
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Input:
    """A table, or a row of one, that is not as it was: its kind, its name, and the file as it is with it put back."""

    kind: str
    name: str
    file: str
    content: bytes | None
    """None where the older edition had no such file."""


Measure = Callable[[Path, Sequence[str]], State]
Key = tuple[str, str]
"""A call or claim with a question, or a figure with nothing."""


# --- what differs between two sets of tables --------------------------------------------------------------------------


def kind_of(table: str) -> str:
    """Return what a table holds: ``parameter``, ``rule`` or ``fact``."""
    from deepseek_era import tables

    if table in _PARAMETERS:
        return "parameter"
    group = tables.declared().get(table, {}).get("group", "settings")
    return RULE if group == "settings" else "fact"


def differing(old: Path, new: Path) -> list[Input]:
    """Return the tables of an older set that are not as they are in a newer one, without those that all refer to."""
    names = {p.relative_to(root).as_posix() for root in (old, new) for p in root.rglob("*") if p.is_file()}
    found = []
    for name in sorted(names - set(_WITH_ALL)):
        before, now = ((root / name).read_bytes() if (root / name).is_file() else None for root in (old, new))
        # a table that an edition is too small to keep is no difference here, and is told by its digest
        if before is not None and before != now:
            table = Path(name).stem
            found.append(Input(kind_of(table), table, name, before))
    return found


def _keyed(path: Path, keys: Sequence[str]) -> dict[tuple[str, ...], pd.DataFrame]:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return {
        tuple(map(str, key if isinstance(key, tuple) else (key,))): rows
        for key, rows in frame.groupby(list(keys), sort=False)
    }


def rows_of(table: Input, old: Path, new: Path) -> list[Input]:
    """Return each row of a table that differs, as the table of today with that row alone put back.

    Rows are told apart by the first column of their key, a parameter by its name. None where the columns differ.
    """
    from deepseek_era import tables

    key = tables.key_of(tables.declared().get(table.name, {}).get("schema", {}))
    paths = [root / table.file for root in (old, new)]
    if not key or not all(path.is_file() for path in paths):
        return []
    frames = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
    if list(frames[0].columns) != list(frames[1].columns):
        return []
    by = key[:1] if table.kind == "parameter" else key
    before, now = (_keyed(path, by) for path in paths)
    found = []
    for name in dict.fromkeys([*before, *now]):
        if (
            name in before
            and name in now
            and before[name].to_numpy().tolist() == now[name].to_numpy().tolist()
        ):
            continue
        pieces = (
            {**now, name: before[name]} if name in before else {k: v for k, v in now.items() if k != name}
        )
        text = pd.concat(list(pieces.values())).to_csv(index=False, lineterminator="\n")
        found.append(replace(table, name=f"{table.name}: {', '.join(name)}", content=text.encode()))
    return found


@contextlib.contextmanager
def put_back(inputs: Iterable[Input], old: Path, new: Path) -> Iterator[Path]:
    """Give a folder with the tables of today in which some inputs are as they were; removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="deepseek-era-edition-") as held:
        folder = Path(held) / "data"
        shutil.copytree(new, folder, ignore=shutil.ignore_patterns("snapshots", "sweeps"))
        for name in _WITH_ALL:
            before = old / name
            if before.suffix == ".csv" and before.is_file() and (folder / name).is_file():
                rows = [pd.read_csv(p, dtype=str, keep_default_na=False) for p in (folder / name, before)]
                if list(rows[0].columns) == list(rows[1].columns):
                    joined = pd.concat(rows).drop_duplicates(rows[0].columns[0])
                    joined.to_csv(folder / name, index=False, lineterminator="\n")
        for each in inputs:
            if each.content is not None:
                (folder / each.file).parent.mkdir(parents=True, exist_ok=True)
                (folder / each.file).write_bytes(each.content)
        yield folder


# --- who did it -------------------------------------------------------------------------------------------------------


def _back(key: Key, before: State, now: State) -> bool:
    """Return whether something is what it was."""
    name, question = key
    if question:
        return now.answers.get(name, {}).get(question) == before.answers[name][question]
    return name in now.figures and not changes.left(before.figures[name], now.figures[name])


def attribute(
    keys: Sequence[Key],
    before: State,
    old: Path,
    new: Path,
    measure: Measure,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[Key, Cause]:
    """Return the cause of each change in `keys`, by putting back one input at a time.

    `old` and `new` are the folders of the two sets of tables; `measure` gives what a folder and the ids of the figures
    asked for give under today's code.
    """
    figures = [name for name, question in keys if not question]

    def gone_back(inputs: Sequence[Input], among: Sequence[Key]) -> set[Key] | None:
        """Return what goes back, None where these tables do not hold together."""
        with put_back(inputs, old, new) as folder:
            try:
                state = measure(folder, figures)
            except UserError as error:
                progress(f"{inputs[0].name}: cannot be put back alone ({first_line(error)})")
                return None
        return {key for key in among if _back(key, before, state)}

    changed = differing(old, new)
    if not changed or not keys:
        return dict.fromkeys(keys, Cause(CODE))
    progress(
        f"{counted(len(changed), 'table differs', 'tables differ')}; all are put back, then one at a time"
    )
    by_tables = gone_back(changed, keys)
    if by_tables is None:
        return dict.fromkeys(keys, Cause(UNKNOWN, words="the tables of then do not fit the code of now"))
    found = {key: Cause(CODE) for key in keys if key not in by_tables}
    for table in changed:
        rest = [key for key in keys if key in by_tables]
        back = (by_tables if len(changed) == 1 else gone_back([table], rest)) if rest else None
        if not back:
            continue
        progress(f"{table.kind} {table.name}: {len(back)} of {len(rest)} go back with it")
        rows, by_row = rows_of(table, old, new), set()
        for row in rows if len(rows) <= MOST_ROWS else ():
            for key in gone_back([row], sorted(back)) or ():
                found[key] = _joined(found.get(key), row)
                by_row.add(key)
        for key in back - by_row:
            found[key] = _joined(found.get(key), table)
    return {key: found.get(key, Cause(SEVERAL)) for key in keys}


def _joined(known: Cause | None, one: Input) -> Cause:
    """Return a cause with one more input each of which alone does it."""
    if known is None:
        return Cause(one.kind, one.name)
    kinds = known.kind if one.kind in known.kind.split(" or ") else f"{known.kind} or {one.kind}"
    return Cause(kinds, f"{known.name}; {one.name}")


# --- with the models --------------------------------------------------------------------------------------------------


def measure(folder: Path, figures: Sequence[str]) -> State:
    """Return what the models answer over the tables of a folder, and those figures with the notebooks that record them.

    Raises
    ------
    UserError
        Where a table does not fit its declaration, or a notebook cannot do with it.
    """
    from deepseek_era.building.rehearse import rehearse
    from deepseek_era.claims import findings
    from deepseek_era.model import Model
    from deepseek_era.parameters import resolve
    from deepseek_era.places import notebook_files
    from deepseek_era.verdicts import came, evaluate

    with reading(folder):
        model = Model(resolve({}))
        judged, came_true = evaluate.judged(model), came.words(model)
        answers = {
            key: {"band": w.band, "was_it_r1": w.word, "came_true": came_true[key].word}
            for key, w in judged.items()
        }
        answers |= {claim.id: {"verdict": claim.verdict} for claim in findings.results(model)}
        recorded: dict[str, Figure] = {}
        for path in notebook_files() if figures else ():
            if set(figures) - set(recorded):
                recorded |= rehearse(path.stem, model=model, figures_only=True).figures
        return State(answers, {key: recorded[key] for key in figures if key in recorded})


def _unkept(edition: Edition, new: Path) -> list[str]:
    """Return the tables that an edition is too small to keep and that are not as they were."""
    return [
        name
        for name, was in edition.record.get("tables", {}).items()
        if (new / name).is_file()
        and (new / name).stat().st_size > LARGEST_TABLE
        and digest((new / name).read_bytes()) != was
    ]


def since(
    edition: Edition,
    day: str,
    figures: Mapping[str, Figure],
    answers: pd.DataFrame,
    *,
    data: Path | None = None,
    measure: Measure = measure,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Return what changed since an edition and why, as plain data: before, after, turned, moved, notes.

    An edition that does not keep its tables, and one that counted by other words, is compared and given no causes.
    """
    from deepseek_era.places import data_dir

    new = data or data_dir()
    frame = answers.fillna("").set_index("id")
    now = {str(k): {str(q): str(w) for q, w in row.items() if w} for k, row in frame.to_dict("index").items()}
    turned, moved = changes.turned(edition.answers, now), changes.moved(edition.figures, figures)
    keys: list[Key] = [*((t.id, t.question) for t in turned), *((m.id, "") for m in moved)]
    before = State(edition.answers, edition.figures)
    notes = [
        f"{name} changed too, and is too large to be kept and put back" for name in _unkept(edition, new)
    ]
    with tempfile.TemporaryDirectory(prefix="deepseek-era-edition-") as held:
        old = Path(held)
        if edition.unpack(old):
            found = attribute(keys, before, old, new, measure, progress)
        else:
            note = edition.record.get("note", "")
            why = words.COUNTED_OTHERWISE if note else "its tables were not kept"
            found = dict.fromkeys(keys, Cause(UNKNOWN, words=why))
            notes.append(f"the edition of {edition.day}: {note or why}")
    return {
        "before": edition.day,
        "after": day,
        "turned": [{**asdict(t), "cause": asdict(found[t.id, t.question])} for t in turned],
        "moved": [{**asdict(m), "cause": asdict(found[m.id, ""])} for m in moved],
        "notes": notes,
    }
