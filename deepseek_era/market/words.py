"""Words of the market notebook that depend on the run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from deepseek_era import tables
from deepseek_era.market import report
from deepseek_era.market.report import NAMES
from deepseek_era.model import Model
from deepseek_era.words import listed

STARGATE_END = dt.date(2025, 1, 22)
STARGATE_GROUPS = ("clouds", "power", "semis", "nvidia", "stargate")


def upper(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def sides(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the names of the groups that clearly fell and clearly rose, strongest first, by the placebo test."""
    ordered = table.sort_values("caar_pct")
    clear = ordered[ordered["p_placebo"] <= report.SIGNIFICANT]
    fell = [NAMES.get(str(g), str(g)) for g in clear.loc[clear["caar_pct"] < 0, "group"]]
    rose = [NAMES.get(str(g), str(g)) for g in clear.loc[clear["caar_pct"] > 0, "group"][::-1]]
    return fell, rose


def _no_evidence(table: pd.DataFrame) -> str:
    """Return which groups the article expected to fall at once and that fell within chance, as a clause or nothing."""
    calls = tables.load("calls")
    short = calls[(calls["horizon"] == "short") & (calls["call"] == "loser")]
    expected = {name for cell in short["market_group"] for name in tables.split_ids(cell)}
    within = table[
        table["group"].isin(expected) & (table["caar_pct"] < 0) & (table["p_placebo"] > report.SIGNIFICANT)
    ]
    names = [NAMES.get(str(g), str(g)) for g in within.sort_values("caar_pct")["group"]]
    if not names:
        return ""
    return f"; the fall{'s' if len(names) > 1 else ''} of {listed(names)} {'are' if len(names) > 1 else 'is'} no evidence"


def finding(table: pd.DataFrame) -> str:
    """Return which groups moved beyond chance by the placebo test, and which expected falls are no evidence."""
    fell, rose = sides(table)
    none = _no_evidence(table)
    if fell and rose:
        return f"{upper(listed(fell))} fell beyond chance; {listed(rose)} rose{none}"
    if fell:
        return f"{upper(listed(fell))} fell beyond chance{none or '; no group clearly rose'}"
    if rose:
        return f"{upper(listed(rose))} rose beyond chance{none or '; no group clearly fell'}"
    return f"No group moved beyond chance{none}"


def absent(model: Model) -> str:
    """Return why a later day has no figure: not public at the vintage, or beyond the returns."""
    last = report.study(model).panel.dates[-1].astype(dt.date)
    return "was not public yet" if model.parameters.vintage <= last else "lies beyond the returns of this run"


def _date(model: Model) -> str:
    day = report.study(model).event.date
    return f"{day.day} {day:%B %Y}"


def _data(model: Model) -> str:
    name = str(model.parameters.setting("returns_file"))
    if not name:
        return "Returns are this report’s own table, compiled over several public copies."
    return (
        f"This run studies the firms of {Path(name).name} instead of the report’s own; what the file does not hold reads "
        "“not yet public”."
    )


def _benchmark(model: Model) -> str:
    name = report.study(model).settings.benchmark
    return f"This run measures against {name}: {report.BENCHMARK_NAMES.get(name, 'a benchmark of the file')}."


def _week(model: Model) -> str:
    day, week = report.groups(model, "0"), report.groups(model, "0_5")
    if day is None or week is None:
        return f"What the following week did {absent(model)}."
    fell, _ = sides(day)
    still, rose = sides(week)
    kept = [name for name in fell if name in still]
    words = (
        f"After six trading days the fall of {listed(kept)} still stands out by the same test"
        if kept
        else "After six trading days no fall of the first day stands out by the same test"
    )
    if kept and len(kept) < len(fell):
        words += f"; that of {listed([n for n in fell if n not in kept])} no longer does"
    return words + (f", and {listed(rose)} had risen." if rose else ".")


def _family(model: Model) -> str:
    table = report.groups(model, "0")
    if table is None:
        return "No group can be tested yet."
    fell, rose = sides(table)
    kept = [NAMES.get(str(g), str(g)) for g in table.loc[table["p_holm"] <= report.SIGNIFICANT, "group"]]
    lost = [n for n in [*fell, *rose] if n not in kept]
    words = f"Corrected for testing {len(table)} group{'s' if len(table) > 1 else ''} at once (Holm), "
    if not kept:
        return words + "no p-value stays below five in a hundred."
    words += f"the p-value{'s' if len(kept) > 1 else ''} of {listed(kept)} stay{'s' if len(kept) == 1 else ''} below five in a hundred"
    if not lost:
        return words + "."
    return (
        words
        + f"; {'that' if len(lost) == 1 else 'those'} of {listed(lost)} {'does' if len(lost) == 1 else 'do'} not."
    )


def _dissent(model: Model) -> str:
    table = report.groups(model, "0")
    if table is None:
        return ""
    clear = table[(table["p_placebo"] <= report.SIGNIFICANT) & table["p_kp"].notna()]
    against = [NAMES.get(str(g), str(g)) for g in clear.loc[clear["p_kp"] > report.SIGNIFICANT, "group"]]
    agree = [NAMES.get(str(g), str(g)) for g in clear.loc[clear["p_kp"] <= report.SIGNIFICANT, "group"]]
    if clear.empty:
        return "The tests across firms have nothing to confirm."
    words = "The Kolari–Pynnönen test, which asks whether the firms of a group moved alike, "
    if agree and against:
        return (
            words
            + f"agrees for {listed(agree)} and not for {listed(against)}, whose firms moved very differently."
        )
    return words + (
        f"agrees for {listed(agree)}."
        if agree
        else f"does not agree for {listed(against)}, whose firms moved very differently."
    )


def _turning(model: Model) -> str:
    table = report.benchmarks(model)
    table = table[table["group"].isin(report.HEADLINE_GROUPS)]
    ends = table.groupby("group", sort=False)["caar_pct"].agg(["min", "max"])
    turning = [NAMES.get(str(g), str(g)) for g in ends.index[(ends["min"] < 0) & (ends["max"] > 0)]]
    steady = [NAMES.get(str(g), str(g)) for g in ends.index[(ends["min"] >= 0) | (ends["max"] <= 0)]]
    if not turning:
        return "No group changes its sign with the benchmark."
    return f"The sign of {listed(turning)} depends on the benchmark; that of {listed(steady)} does not."


def _later(model: Model) -> str:
    table = report.group_paths(model)
    table = table[table["group"].isin(report.HEADLINE_GROUPS)]
    last = str(table["date"].max())
    if last <= "2025-02-28":
        return "How the groups went on was not public yet."
    final = table[table["date"] == last].set_index("group")["relative_pp"].sort_values()
    ahead = [NAMES[str(g)] for g in final.index[::-1] if final[g] > 0]
    behind = [NAMES[str(g)] for g in final.index if final[g] < 0]
    return f"By {pd.Timestamp(last):%B %Y} {listed(ahead)} stood ahead of the broad market and {listed(behind)} behind it."


def spending(model: Model) -> str:
    """Return who spent more than guided, each against its own plan and its own year, as a sentence without its stop.

    Empty where no spending is known yet. Firms of another year than the calendar’s are named apart.
    """
    table = report.capex_plans(model)
    known = table[table["guided"].notna() & table["actual_2025"].notna()]
    known = known.assign(over=known["actual_2025"].astype(float) > known["guided"].astype(float))
    calendar, fiscal = known[known["basis"] != report.FISCAL], known[known["basis"] == report.FISCAL]
    over = [str(name) for name in calendar.loc[calendar["over"], "company"]]
    parts = []
    if over:
        parts.append(f"{listed(over)} spent more in calendar 2025 than guided")
    elif len(calendar):
        parts.append("nobody spent more in calendar 2025 than guided")
    for row in fiscal.pipe(report.rows_of):
        word = "more" if row.over else "no more"
        parts.append(
            f"{row.company} {word} in its fiscal year to June 2025 than planned for AI data centres alone"
        )
    return upper(", ".join(parts))


def _plans(model: Model) -> str:
    return f"{spending(model) or 'What was spent in 2025 was not public yet'}."


def _headline(model: Model) -> str:
    table = report.benchmarks(model)
    part = table[table["benchmark"].isin(report.BROAD) & (table["group"] == "nvidia")]["caar_pct"]
    if part.empty:
        return "Nvidia is not among the firms of this run, so nothing is said of it"
    word = "fall" if part.max() < 0 else "rise" if part.min() > 0 else "move, down or up,"
    return (
        f"Against any broad market that is an abnormal {word} of {{{{ market.nvda.broad_least | value }}}} to "
        "{{ market.nvda.broad_most | value }}"
    )


def _back(model: Model) -> str:
    """Return how much of Nvidia's move was back on the next day, and whether two weeks later anything is left."""
    effects = [report.group_effect(model, "nvidia", key) for key in ("0", "0_1", "0_5", "0_10")]
    first, second, week, last = effects
    if first is None or second is None:
        return f"What the next day gave back {absent(model)}."
    share = 1 - float(second["caar_pct"]) / float(first["caar_pct"])
    back = (
        "Nothing of it was back"
        if share < 0.1
        else "A part of it was back"
        if share < 0.4
        else "About half of it was back"
        if share < 0.6
        else "Most of it was back"
        if share < 0.95
        else "All of it was back"
    )
    if last is None:
        return f"{back} by the close of the next day."
    left = (
        "what is left after two weeks cannot be told from chance"
        if last["p_placebo"] > report.SIGNIFICANT
        else "what is left after two weeks still stands out from chance"
    )
    again = ""
    if share >= 0.4 and week is not None and float(week["caar_pct"]) / float(first["caar_pct"]) > 0.9:
        again = " and lost again within six days"
    return f"{back} by the close of the next day{again}; {left}."


def _matched(model: Model) -> str:
    days = report.matched(model, "nvidia")
    if days is None:
        return "Nvidia is not among the firms of this run."
    if not days:
        return "On none of them did Nvidia move as much."
    dates = [f"{d.day} {d:%B %Y}" for d in map(dt.date.fromisoformat, days)]
    return (
        f"Nvidia moved as much on {('one', 'two', 'three')[len(days) - 1]} of them: {listed(dates)}."
        if len(days) <= 3
        else f"Nvidia moved as much on {len(days)} of them."
    )


def _members(model: Model, group: str) -> str:
    current = report.study(model)
    names = [short_name(current.firms["name"].iloc[c]) for c in current.members(group)]
    return listed(names) if names else "no firm of this run"


def _inside(model: Model) -> str:
    table = report.firms(model)
    if table is None:
        return "Single firms cannot be tested yet."
    parts = []
    for group in ("semis", "clouds"):
        part = report.in_groups(model, table, (group,)).sort_values("car_pct")
        if len(part) > 2:
            worst, best = part.iloc[0], part.iloc[-1]
            parts.append(
                f"among {NAMES[group]} {short_name(worst['name'])} did worst and {short_name(best['name'])} best"
            )
    return f"{upper('; '.join(parts))}." if parts else "The groups of this run are too small to look inside."


def _exposure(model: Model) -> str:
    fitted = report.cross_section(model)
    if fitted is None:
        return "How exposure before the day relates to the fall cannot be computed for these firms."
    if fitted.p[1] > report.SIGNIFICANT:
        return "How closely a firm had moved with Nvidia before does not tell how it fared:"
    return f"Firms that had moved with Nvidia before fell {'more' if fitted.coefficients[1] < 0 else 'less'}:"


def short_name(name: str) -> str:
    """Return a firm's name for print: without brackets, and not in capitals."""
    plain = str(name).split(" (")[0]
    return {"NVIDIA": "Nvidia"}.get(plain, plain)


def _takeback(model: Model) -> str:
    table = report.stargate(model)
    if table is None:
        return f"What the day took back {absent(model)}."
    part = report.in_groups(model, table, STARGATE_GROUPS)
    rose = part[part["up_pct"] > 0]
    back = rose[rose["day_pct"] < 0]
    if rose.empty:
        return "No firm of chips, power, clouds and Stargate had risen on those days."
    return (
        f"Of {len(rose)} firms of chips, power, clouds and Stargate that rose then, {len(back)} fell on {_date(model)}: part of that fall "
        "took back a rise."
        if len(back) > len(rose) / 2 and report.study(model).event.date > STARGATE_END
        else f"Of {len(rose)} firms of chips, power, clouds and Stargate that rose then, {len(back)} fell on {_date(model)}."
    )


def phrases(model: Model) -> dict[str, str]:
    """Return the words of the notebook by id."""
    table = report.groups(model, "0")
    return {
        "phrase.market.finding": finding(table)
        if table is not None
        else "The day is not in the returns of this run",
        "phrase.market.data": _data(model),
        "phrase.market.date": _date(model),
        "phrase.market.day": report.study(model).event.words,
        "phrase.market.headline": _headline(model),
        "phrase.market.back": _back(model),
        "phrase.market.matched": _matched(model),
        "phrase.market.cloud_firms": _members(model, "clouds"),
        "phrase.market.seller_firms": _members(model, "model_labs"),
        "phrase.market.week": _week(model),
        "phrase.market.family": _family(model),
        "phrase.market.dissent": _dissent(model),
        "phrase.market.benchmark": _benchmark(model),
        "phrase.market.turning": _turning(model),
        "phrase.market.inside": _inside(model),
        "phrase.market.exposure": _exposure(model),
        "phrase.market.takeback": _takeback(model),
        "phrase.market.later": _later(model),
        "phrase.market.plans": _plans(model),
    }
