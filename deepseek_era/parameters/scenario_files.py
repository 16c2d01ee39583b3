"""Scenarios: named sets of parameters, one YAML file each under ``data/scenarios/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from deepseek_era import tables, witness
from deepseek_era.errors import ParameterError, first_line, is_text, nearest, plain, shown


def scenario_dir() -> Path:
    """Return the folder of the scenario files."""
    return tables.data_dir() / "scenarios"


def scenario_names() -> list[str]:
    """Return the name of every scenario, ``base`` first; no file is opened."""
    # watched, a notebook kept from a run of a scenario would rest on the folder, and others not
    with witness.unwatched():
        return ["base", *sorted(p.stem for p in scenario_dir().glob("*.yaml") if p.stem != "base")]


def printed_scenarios(used: str) -> dict[str, dict[str, Any]]:
    """Return the scenarios that a report prints: those that ``datapackage.json`` lists, and the one in use.

    Another file in the folder, right or wrong, is of no matter to a run that does not ask for it.
    """
    listed = [name for name in scenario_names() if name in {"base", used, *tables.listed_scenarios()}]
    return {name: scenario(name) for name in listed}


def scenarios() -> dict[str, dict[str, Any]]:
    """Return title, note and parameters of every scenario, keyed by name; ``base`` comes first and sets nothing."""
    return {name: scenario(name) for name in scenario_names()}


def scenario(name: str) -> dict[str, Any]:
    """Return title, note and parameters of one scenario that is there."""
    if name == "base":
        return {"title": "Base", "note": "", "parameters": {}}
    return _read_scenario(scenario_dir() / f"{name}.yaml")


class _PlainYaml(yaml.SafeLoader):
    """Plain values only: no alias (a few lines of them can stand for gigabytes), no name given twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias (*name) is not allowed")
        return super().compose_node(parent, index)

    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        if isinstance(value, str) and not is_text(value):
            raise yaml.YAMLError("half a surrogate pair (\\ud83d) is no text")
        return value

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.YAMLError(f"{plain(twice)} is given twice")
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, place: str) -> Any:
    """Return what a YAML file holds: texts, numbers, dates, lists and mappings of them.

    Raises
    ------
    ParameterError
        In one line that begins with `place`, for a file that cannot be read or is no such YAML.
    """
    try:
        with witness.unwatched():  # a scenario counts by the parameters that it sets
            return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_PlainYaml)
    except OSError as error:
        raise ParameterError(f"{place}: cannot be read ({error.strerror})") from None
    # the constructors of YAML's own types let errors of Python through: 2025-13-45, !!int "", brackets without end
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        OverflowError,
        RecursionError,
    ) as error:
        raise ParameterError(f"{place}: not readable as YAML ({first_line(error)})") from None


def _read_scenario(path: Path) -> dict[str, Any]:
    place = f"data/scenarios/{plain(path.name)}"
    content = read_yaml(path, place)
    if not isinstance(content, dict) or not isinstance(content.get("parameters"), dict):
        raise ParameterError(
            f"{place}: allowed: a mapping with title, note and parameters (a mapping of name to value)"
        )
    unknown = set(content) - {"title", "note", "parameters"}
    if unknown:
        first = sorted(map(str, unknown))[0]
        raise ParameterError(f"{place}: unknown entry {plain(first)}, allowed: title, note, parameters")
    for entry in ("title", "note"):
        if not isinstance(content.get(entry, ""), str | int | float):
            raise ParameterError(f"{place}: {entry}: saw {shown(content[entry])}, allowed: text")
    return {
        "title": str(content.get("title", path.stem)),
        "note": str(content.get("note", "")),
        "parameters": content["parameters"],
    }


def scenario_overrides(name: str) -> dict[str, Any]:
    """Return the parameters that a scenario sets.

    Raises
    ------
    ParameterError
        For a name without a file in ``data/scenarios/``.
    """
    if name == "base":
        return {}
    known = scenario_names()
    if name not in known:
        raise ParameterError(
            f"scenario: saw {shown(name)}, allowed: {', '.join(map(plain, known))}{nearest(str(name), known)}"
        )
    return dict(_read_scenario(scenario_dir() / f"{name}.yaml")["parameters"])
