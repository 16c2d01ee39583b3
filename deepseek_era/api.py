"""The Python interface: run the notebooks, ask the models, read the facts, read what a run found.

>>> from deepseek_era import Run, facts
>>> base = Run.open("base")
>>> base.figure("cost.memory.resident_fp8").unit
'GB'
>>> "api_prices" in facts().index
True

Everything heavy is imported when it is first needed. Mistakes are `deepseek_era.errors.UserError`, a line each.
"""

from __future__ import annotations

import datetime as dt
import html
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from deepseek_era.errors import ParameterError, UserError, nearest, shown

if TYPE_CHECKING:
    import pandas as pd

    from deepseek_era.book import finished
    from deepseek_era.book.part import Part
    from deepseek_era.figure import Figure
    from deepseek_era.workbench import Workbench

Value = float | str | tuple[float, float] | tuple[float, float, float] | Mapping[str, float] | dt.date
"""What sets a parameter: a number, (low, high), (low, mode, high), or the text of a choice, file or day."""
Side = Literal["figures", "calls", "claims", "parameters"]
_RANGES = {2: ("low", "high"), 3: ("low", "mode", "high")}


def _plain(name: str, value: Any) -> Any:
    """Return a value as the parameter table takes it: a pair or triple as a range, numpy's numbers as ours."""
    if isinstance(value, tuple | list):
        if len(value) not in _RANGES:
            raise ParameterError(
                f"parameter {name}: saw {shown(value)}, allowed: a number, (low, high) or (low, mode, high)"
            )
        return {key: _plain(name, part) for key, part in zip(_RANGES[len(value)], value, strict=True)}
    if isinstance(value, Mapping):
        return {str(key): _plain(name, part) for key, part in value.items()}
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _overrides(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run is asked to set, None left out; each value of no known form is told on a line of its own."""
    found, mistakes = {}, []
    for name, value in given.items():
        try:
            if value is not None:
                found[name] = _plain(name, value)
        except ParameterError as error:
            mistakes.append(str(error))
    if mistakes:
        raise ParameterError("\n".join(mistakes))
    return found


def run(
    scenario: str = "base",
    *,
    vintage: str | dt.date | None = None,
    seed: int | None = None,
    name: str | None = None,
    only: str | Iterable[str] | None = None,
    pages: bool = False,
    progress: Callable[[str], None] = lambda line: None,
    **parameters: Value,
) -> Run:
    """Run the notebooks and return what they found.

    Parameters
    ----------
    scenario
        ``base``, or a file of ``data/scenarios/`` without ``.yaml``.
    vintage
        What was public: ``article``, ``latest`` or a day; by default the scenario's.
    seed
        Of the joint draws, a whole number.
    name
        A folder under ``report/`` to keep the run in; without one it is dropped when it is no longer referred to.
    only
        The notebooks to run, by name without number (``"market"``, ``["cost", "market"]``); by default all.
    pages
        Whether page and paper are made as well.
    progress
        Called with each step, as a line; ``print`` shows them.
    **parameters
        Name to a number (fixes it), ``(low, high)``, ``(low, mode, high)``, or text for a choice or a file.

    Raises
    ------
    UserError
        With a line for each mistake: an unknown name with the nearest, a value out of bounds, a notebook that stops.
    """
    from deepseek_era.building import apart
    from deepseek_era.places import REPORTS

    overrides, part = _asked(scenario, name, only, pages, {**parameters, "vintage": vintage, "seed": seed})
    held = None if name else tempfile.TemporaryDirectory(prefix="deepseek-era-")
    folder = apart.build(
        scenario=scenario,
        overrides=overrides,
        name=name,
        root=Path(held.name) if held else REPORTS,
        part=part,
        progress=progress,
    )
    return Run(folder, held)


def _asked(
    scenario: str, name: str | None, only: str | Iterable[str] | None, pages: bool, given: Mapping[str, Any]
) -> tuple[dict[str, Any], Part]:
    """Return what a run sets and which part of the report it makes.

    Raises
    ------
    ParameterError
        With every mistake on a line of its own, before a process is started.
    """
    from deepseek_era.book.part import Part, choose
    from deepseek_era.building.folders import run_name
    from deepseek_era.parameters import resolve
    from deepseek_era.places import notebook_files

    mistakes: list[str] = []
    overrides: dict[str, Any] = {}
    part = Part((), (), pages, pages)
    try:
        overrides = _overrides(given)
        resolve(overrides, scenario=scenario)
    except ParameterError as error:
        mistakes.append(str(error))
    try:
        part = choose(only or "", [path.stem for path in notebook_files()], paper=pages, page=pages)
    except ParameterError as error:
        mistakes.append(str(error))
    try:
        run_name(scenario, {}, name, part)
    except ParameterError as error:
        mistakes.append(str(error))
    if mistakes:
        raise ParameterError("\n".join(mistakes))
    return overrides, part


class Run:
    """A finished run: its figures, calls, claims, parameters and exhibits as tables.

    `Run.open` reads one that lies under ``report/``; `run` makes one.
    """

    def __init__(self, folder: Path, held: tempfile.TemporaryDirectory[str] | None = None) -> None:
        from deepseek_era.book import finished

        self._read: finished.Run = finished.read(folder, whole=False)
        self._held = held  # a folder of no name lives as long as this does
        self.folder = folder
        self.name = str(self._read.manifest.get("name", folder.name))
        self.left_out: tuple[str, ...] = tuple(self._read.manifest.get("left_out", ()))

    @classmethod
    def open(cls, run: str | Path = "base") -> Run:
        """Return a finished run by its name under ``report/``, or by the full path of its folder.

        Raises
        ------
        UserError
            With the nearest name, for a run that is not there.
        """
        from deepseek_era.book import finished

        return cls(finished.find(run))

    @property
    def figures(self) -> pd.DataFrame:
        """Every printed number by id: value, low, high (90% interval), unit, kind, label, text, notebook, sources."""
        return _figures_frame(self._read)

    @property
    def calls(self) -> pd.DataFrame:
        """The article's calls and considerations by id, as in ``calls.csv``; empty where no notebook judged them."""
        return self._read.calls.set_index("id")

    @property
    def cross(self) -> pd.DataFrame:
        """Did each call come true, and was it R1: by id, as in ``cross.csv``; empty where no notebook crossed them."""
        import pandas as pd

        from deepseek_era.verdicts.columns import CROSS_COLUMNS

        path = self.folder / "cross.csv"
        frame = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=list(CROSS_COLUMNS))
        return frame.set_index("id")

    @property
    def claims(self) -> pd.DataFrame:
        """The article's claims by id, as in ``claims.csv``; empty where no notebook judged them."""
        return self._read.claims.set_index("id")

    @property
    def parameters(self) -> pd.DataFrame:
        """Every parameter by id as it was in this run: description, unit, dist, low, median, high, setting, kind, set.

        Low and high are the 5th and 95th percentile; `setting` is the value of one without a distribution; `set`
        tells what the run or its scenario set.
        """
        return _parameters_frame(self._read)

    @property
    def exhibits(self) -> list[str]:
        """The names of the exhibits and of the tables that go with them, for `exhibit`."""
        return sorted(path.stem for path in (self.folder / "exhibits").glob("*.csv"))

    def figure(self, id: str) -> Figure:
        """Return one number: `value`, `low`, `high`, `unit`, `kind`, `label`, `sources`; `format_figure` words it.

        Raises
        ------
        UserError
            With the nearest, for an id that the run does not hold.
        """
        if id not in self._read.figures:
            raise UserError(
                f"figure: saw {shown(id)}, allowed: an id in the figures of {self.name}"
                f"{nearest(str(id), self._read.figures)}"
            )
        return self._read.figures[id]

    def exhibit(self, name: str) -> pd.DataFrame:
        """Return the data behind one exhibit.

        Raises
        ------
        UserError
            With the nearest, for a name that the run does not hold.
        """
        import pandas as pd

        if name not in self.exhibits:
            raise UserError(
                f"exhibit: saw {shown(name)}, allowed: an exhibit of {self.name}{nearest(str(name), self.exhibits)}"
            )
        return pd.read_csv(self.folder / "exhibits" / f"{name}.csv")

    def compare(self, other: Run | str, side: Side = "figures") -> pd.DataFrame:
        """Return what differs in another run: its figures, or its calls, claims or parameters.

        Columns ending in ``_a`` are this run's, in ``_b`` the other's. Equal runs give an empty table. Of figures:
        label, unit, kind, both values and both in words, difference, relative (in percent), overlap (whether the 90%
        intervals share a value). Of calls: both answers and probabilities, and whether who won flips.
        """
        import pandas as pd

        from deepseek_era.book import compare

        second = other if isinstance(other, Run) else Run.open(other)
        found = compare.compare(self._read, second._read)
        if side not in ("figures", "calls", "claims", "parameters"):
            allowed = ("figures", "calls", "claims", "parameters")
            raise UserError(
                f"side: saw {shown(side)}, allowed: {', '.join(allowed)}{nearest(str(side), allowed)}"
            )
        rows = found.as_dict()[side]
        if side == "calls":
            moved = {call.id for call in found.calls if call.flips or call.moves}
            rows = [row for row in rows if row["id"] in moved]
        if not rows:
            return pd.DataFrame(index=pd.Index([], name="id"))
        frame = pd.DataFrame(rows).set_index("id")
        return frame.rename(
            columns=lambda c: f"{c[2:]}_{c[0]}" if c[:2] in ("a_", "b_") else f"text_{c}" if c in "ab" else c
        )

    def __repr__(self) -> str:
        return f"<run {self.name}: {len(self._read.figures)} figures, {len(self._read.calls)} calls; {self.folder}>"

    def _repr_html_(self) -> str:
        asked = self._read.manifest["parameters"]
        rows = {
            "scenario": asked["scenario"],
            "facts to": asked["vintage"],
            "seed": asked["seed"],
            "set": ", ".join(f"{name} = {value}" for name, value in asked["overrides"].items()) or "nothing",
            "holds": f"{len(self._read.figures)} figures, {len(self._read.calls)} calls, "
            f"{len(self._read.claims)} claims, "
            f"{len(self.exhibits)} exhibits",
            **({"left out": ", ".join(self.left_out)} if self.left_out else {}),
            "folder": self.folder,
        }
        cells = "".join(
            f"<tr><th style='text-align:left'>{key}</th><td style='text-align:left'>{html.escape(str(value))}</td></tr>"
            for key, value in rows.items()
        )
        return f"<table><caption>Run {html.escape(self.name)}</caption>{cells}</table>"


def _figures_frame(read: finished.Run) -> pd.DataFrame:
    import json

    import pandas as pd

    from deepseek_era.figure import format_figure

    raw = json.loads((read.folder / "figures.json").read_text(encoding="utf-8"))
    rows = [
        {
            "id": figure.id,
            "value": figure.value,
            "low": figure.low,
            "high": figure.high,
            "unit": figure.unit,
            "kind": figure.kind,
            "label": figure.label,
            "text": format_figure(figure),
            "notebook": raw[figure.id].get("notebook", ""),
            "sources": ";".join(figure.sources),
        }
        for figure in read.figures.values()
    ]
    columns = ["id", "value", "low", "high", "unit", "kind", "label", "text", "notebook", "sources"]
    frame = pd.DataFrame(rows, columns=columns).set_index("id")
    return frame.astype({"value": "float64", "low": "float64", "high": "float64"})


def _parameters_frame(read: finished.Run) -> pd.DataFrame:
    import dataclasses
    import math

    import pandas as pd

    from deepseek_era import parameters as table

    asked = read.manifest["parameters"]
    there = asked["scenario"] in table.scenario_names()
    own = {*asked["overrides"], *(table.scenario(asked["scenario"])["parameters"] if there else ())}
    rows = []
    order = [name for name in table.table() if name in asked["rows"]]  # as the table has them
    for name in dict.fromkeys([*order, *asked["rows"]]):
        found, known = asked["rows"][name], table.table().get(name)
        row: dict[str, Any] = {"id": name, "dist": found["dist"], "set": name in own}
        if known:  # a run from before may hold one that is no longer in the table
            newest = known[-1]
            row |= {"description": newest.description, "unit": newest.unit, "kind": newest.kind}
            p1, p2, p3 = (math.nan if v is None else v for v in found["values"])
            now = dataclasses.replace(newest, dist=found["dist"], p1=p1, p2=p2, p3=p3)
            if now.dist not in table.SETTINGS:
                row |= {"low": now.quantile(0.05), "median": now.quantile(0.5), "high": now.quantile(0.95)}
        row["setting"] = found["values"][0] if found["dist"] == "setting" else found["choice"]
        rows.append(row)
    columns = ["id", "description", "unit", "dist", "low", "median", "high", "setting", "kind", "set"]
    return pd.DataFrame(rows, columns=columns).set_index("id")


def Model(
    scenario: str = "base",
    *,
    vintage: str | dt.date | None = None,
    seed: int | None = None,
    **parameters: Value,
) -> Workbench:
    """Return the model of one run, with the tables of its parts as methods; no notebook is run.

    ``model.market`` lists the tables of the market part, ``model.market.group_results()`` makes one; so ``claims``,
    ``cost``, ``capacity`` and ``verdicts``. ``model.parameters``, ``model.facts`` and ``model.draws`` are what they
    rest on. What was computed once is kept on the model.

    Raises
    ------
    ParameterError
        With a line for each mistake, as `run`.
    """
    from deepseek_era.parameters import resolve
    from deepseek_era.workbench import Workbench

    asked = _overrides({**parameters, "vintage": vintage, "seed": seed})
    return Workbench(resolve(asked, scenario=scenario))


def facts(table: str | None = None, *, vintage: str | dt.date | None = None) -> pd.DataFrame:
    """Return a checked table of ``data/``; without a name, the list of the tables with what they hold.

    With a `vintage` (``article``, ``latest`` or a day) the table has no row that became public later.

    Raises
    ------
    UserError
        With the nearest, for an unknown table; for a broken one with the place; for a day out of range.
    """
    import pandas as pd

    from deepseek_era import tables

    declared = tables.declared()
    if table is None:
        rows = [
            {
                "table": name,
                "group": resource.get("group", "facts"),
                "holds": resource.get("title", ""),
                "columns": ", ".join(field["name"] for field in resource["schema"]["fields"]),
            }
            for name, resource in declared.items()
        ]
        return pd.DataFrame(rows).set_index("table")
    if table not in declared:
        raise UserError(
            f"facts: saw {shown(table)}, allowed: a table of data/{nearest(str(table), declared)}"
        )
    outcome = declared[table].get("group") == "outcomes"
    frame = tables.outcomes(table) if outcome else tables.load(table)
    if vintage is not None and "as_of" in frame.columns:
        day = tables.resolve_vintage(vintage).isoformat()
        frame = frame[frame["as_of"] <= day].reset_index(drop=True)
    return frame


def figures(run: str | Path = "base") -> pd.DataFrame:
    """Return the figures of a finished report, as `Run.figures`.

    Raises
    ------
    UserError
        With the nearest name, for a run that is not there.
    """
    return Run.open(run).figures
