"""Tables of the study of many events: what groups did on releases, by kind, against all ordinary days.

- Percent figures are percent, one row a group and whatever the table says. Abnormal returns are those of day 0 by a market model
  of each event's own, fitted to the days before with all event days left out (see `panel`).
- The list is that of the run: the report's releases, or the user's file. So are the returns.
- Events are the units: `n` counts events. `low_pct` and `high_pct` are 90 % intervals over events.
- What has too few days, or was not public at the vintage, is missing; tables are then empty with their columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from deepseek_era.arrays import Array, Bools, Ints
from deepseek_era.errors import DataError
from deepseek_era.market import panel
from deepseek_era.market.events import KINDS, events_path, on_sessions, read_own_events, releases
from deepseek_era.market.inference import placebo_p
from deepseek_era.market.inputs import BENCHMARKS, benchmark_name, panel_inputs
from deepseek_era.market.normal import LEVEL
from deepseek_era.market.returns import PERCENT, Days, on_calendar
from deepseek_era.market.study import GROUPS, OUTSIDE, Settings, group_label
from deepseek_era.model import Model, per_model

BESIDE = ("EWX", "SPY", "RSP")
"""Broad markets that the panel holds over all its days."""
DEEPSEEK = "deepseek"
"""The kind of the rows that hold DeepSeek's own releases of weights, a part of open weights."""
SCARE = "2025-01-27"
MAIN = ("open-weights", DEEPSEEK, "closed-frontier", "demand-news", "policy", "chip-rival")
"""Kinds of events that are frequent enough in the report’s list to have a mean."""
KIND_COLUMNS = [
    *[
        "kind",
        "kind_label",
        "group",
        "label",
        "n",
        "mean_pct",
        "sd_pct",
        "low_pct",
        "high_pct",
        "boot_low_pct",
        "boot_high_pct",
    ],
    *["p", "p_sign", "negative", "tau_pct", "covered", "lowest_pct", "highest_pct"],
]
EVENT_COLUMNS = [
    *[
        "event_id",
        "first_session",
        "title",
        "actor",
        "kind",
        "kind_label",
        "in_mean",
        "deepseek",
        "clean",
        "log_cut",
    ],
    *["group", "label", "ar_pct", "se_pct", "t", "low_pct", "high_pct"],
]
PLACE_COLUMNS = [
    *[
        "group",
        "label",
        "n",
        "ar_pct",
        "t",
        "p_placebo",
        "placebos",
        "as_far_days",
        "as_far_up",
        "lower_days",
        "lower_events",
        "events",
    ],
    *["low_pct", "high_pct", "least_pct", "most_pct", "kind", "kind_n", "kind_mean_pct", "p_kind"],
]
CUT_COLUMNS = ["group", "label", "n", "n_cut", "theta_pct", "low_pct", "high_pct", "p", "tau_pct"]


@dataclass(frozen=True)
class PanelStudy:
    """A fitted panel: the abnormal returns of every group on every day, and where the events are.

    Attributes
    ----------
    events
        The list with `day`, the row of each event's session.
    every
        Abnormal returns of day 0, shape (days, groups).
    placebo
        Days that are neither an event's session nor the next, and have an estimate for all groups, shape (days,).
    firms
        Firms by group.
    """

    dates: Days
    groups: tuple[str, ...]
    firms: Mapping[str, Ints]
    tickers: tuple[str, ...]
    benchmark: str
    events: pd.DataFrame
    every: panel.EveryDay
    placebo: Bools

    def effects(self, part: pd.DataFrame) -> Array:
        """Return the abnormal returns of some events, percent, shape (events, groups)."""
        return np.asarray(PERCENT * self.every.ar[part["day"].to_numpy()], dtype=np.float64)

    def column(self, group: str) -> int | None:
        """Return the place of a group, or None if the panel has none of its firms."""
        return self.groups.index(group) if group in self.groups else None


def listed_events(model: Model) -> tuple[pd.DataFrame, str]:
    """Return the list of events of the run, as public at the vintage, and how messages name it."""
    name = str(model.parameters.setting("events_file"))
    if not name:
        return releases(model), "data/releases.csv"
    where = events_path(name).name
    own = read_own_events(name)
    known = own[own["first_session"] <= model.parameters.vintage.isoformat()]
    if known.empty:
        raise DataError(
            f"{where}: every event is from after the vintage {model.parameters.vintage}, allowed: at least one before"
        )
    return known, where


@per_model
def panel_study(model: Model, benchmark: str = "", length: int = 1) -> PanelStudy:
    """Return the fitted panel of the run against a benchmark, its own if none is named, over `length` days from day 0.

    A benchmark that the panel lacks is replaced by EWX.
    """
    settings = Settings.read(model.parameters.setting)
    read = panel_inputs(model)
    asked = benchmark or settings.benchmark
    name = asked if asked in read.returns.tickers else BESIDE[0]
    every = on_calendar(read.returns, name, settings.return_kind, where=read.where)
    listed, where = listed_events(model)
    if not model.parameters.setting(
        "events_file"
    ):  # the report's list is for its own years; a user's must fit the returns
        listed = listed[np.isin(listed["first_session"].to_numpy(dtype="datetime64[D]"), every.dates)]
    events = on_sessions(listed, every.dates, where=where)
    groups = read.groups[read.groups["ticker"].isin(every.tickers) & (read.groups["group"] != OUTSIDE)]
    members = groups.groupby("group", sort=False)["ticker"]
    columns = {str(g): np.array([every.index(t) for t in part]) for g, part in members}
    order = [g for g in GROUPS if g in columns] + [g for g in columns if g not in GROUPS]
    firms = {g: columns[g] for g in order}
    out = panel.event_days(events["day"].to_numpy(), len(every.dates))
    fitted = panel.every_day(
        panel.group_series(every.returns, firms),
        every.column(name),
        out,
        days=settings.estimation_days,
        gap=settings.estimation_gap,
        minimum=settings.minimum_history,
        model=settings.normal_model,
        length=length,
    )
    placebo = ~out & np.isfinite(fitted.ar).any(axis=1)
    return PanelStudy(every.dates, tuple(order), firms, every.tickers, name, events, fitted, placebo)


def kinds_of(events: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the events that enter a mean, by kind, and DeepSeek's own releases of weights as a part of them."""
    counted = events[events["in_mean"]]
    found = {kind: counted[counted["kind"] == kind] for kind in KINDS}
    found[DEEPSEEK] = counted[counted["deepseek"] & (counted["kind"] == "open-weights")]
    return {kind: part for kind, part in found.items() if len(part)}


def kind_label(kind: str) -> str:
    """Return a kind's name for print."""
    return {**KINDS, DEEPSEEK: "DeepSeek’s own"}[kind]


@per_model
def release_returns(model: Model) -> pd.DataFrame:
    """Return what every group did on every event that has an estimate, one row an event and group.

    Columns: event_id, first_session, title, actor, kind, kind_label, in_mean (whether it enters its kind's mean), deepseek,
    clean (no other news was found on the session), log_cut (of price against the cheapest model of its score, where known), group,
    label, ar_pct (abnormal return) with se_pct, t and the 90 % prediction interval low_pct to high_pct.
    """
    study = panel_study(model)
    days = study.events["day"].to_numpy()
    parts = []
    for column, group in enumerate(study.groups):
        part = study.events.assign(
            kind_label=study.events["kind"].map(KINDS),
            group=group,
            label=group_label(group),
            ar_pct=PERCENT * study.every.ar[days, column],
            se_pct=PERCENT * study.every.se[days, column],
            t=study.every.t[days, column],
        )
        half = stats.t.ppf(0.5 + LEVEL / 2, study.every.degrees[days, column]) * part["se_pct"]
        parts.append(part.assign(low_pct=part["ar_pct"] - half, high_pct=part["ar_pct"] + half))
    every = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=EVENT_COLUMNS)
    return every.dropna(subset="ar_pct").reset_index(drop=True)[EVENT_COLUMNS]


@per_model
def release_means(model: Model, clean: bool = False, benchmark: str = "", length: int = 1) -> pd.DataFrame:
    """Return the mean over events by kind and group, events as units; `clean` keeps those with no other news on the session.

    Columns: kind, kind_label, group, label, n (events), mean_pct, sd_pct (between events), low_pct and high_pct (Student's 90 %
    interval), boot_low_pct and boot_high_pct (bootstrap over events), p (Student's), p_sign (sign test), negative (share below
    zero), tau_pct (spread beyond prediction error), covered (share of events inside the interval predicted from the others),
    lowest_pct and highest_pct (the mean over the broad markets of the panel).
    """
    study = panel_study(model, benchmark, length)
    others = [study, *(panel_study(model, name, length) for name in BESIDE if name != study.benchmark)]
    parts = []
    for kind, events in kinds_of(study.events).items():
        part = events[events["clean"]] if clean else events
        if part.empty:
            continue
        effects = study.effects(part)
        found = panel.means(effects, seed=model.parameters.seed)
        beside = np.array([panel.means(other.effects(part), draws=0).mean for other in others])
        parts.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "kind_label": kind_label(kind),
                    "group": study.groups,
                    "label": [group_label(g) for g in study.groups],
                    "n": found.n,
                    "mean_pct": found.mean,
                    "sd_pct": found.sd,
                    "low_pct": found.low,
                    "high_pct": found.high,
                    "boot_low_pct": found.boot_low,
                    "boot_high_pct": found.boot_high,
                    "p": found.p,
                    "p_sign": found.p_sign,
                    "negative": found.negative,
                    "tau_pct": _spreads(study, part),
                    "covered": panel.coverage(effects),
                    "lowest_pct": beside.min(axis=0),
                    "highest_pct": beside.max(axis=0),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=KIND_COLUMNS)
    return table[table["n"] > 0].reset_index(drop=True)[KIND_COLUMNS]


@per_model
def release_effects(model: Model) -> pd.DataFrame:
    """Return `release_means` with a row for every kind and every group of the report, NaN where there is no such event.

    Beside its columns: key (the kind with _ for -), clean_n, clean_mean_pct, clean_low_pct and clean_high_pct (the same over the
    events with no other news on their session).
    """
    keys = ["kind", "group"]
    groups = list(dict.fromkeys([*GROUPS, *panel_study(model).groups]))
    every = pd.MultiIndex.from_product([[*KINDS, DEEPSEEK], groups], names=keys)
    values = ["n", "mean_pct", "low_pct", "high_pct"]
    clean = release_means(model, clean=True).set_index(keys)[values].reindex(every).add_prefix("clean_")
    table = release_means(model).set_index(keys).reindex(every).join(clean).reset_index()
    table[["n", "clean_n"]] = table[["n", "clean_n"]].fillna(0)
    return table.assign(
        key=table["kind"].str.replace("-", "_"),
        kind_label=table["kind"].map(kind_label),
        label=table["group"].map(group_label),
    )


@per_model
def release_choices(model: Model, group: str = "nvidia", kind: str = "open-weights") -> pd.DataFrame:
    """Return the mean of one group over one kind of event under each choice of a sceptic; empty where there is no such event.

    Columns: choice, n, mean_pct, low_pct, high_pct, p.
    """
    own = panel_study(model).benchmark
    held = [name for name in BENCHMARKS if name in panel_inputs(model).returns.tickers and name != own]
    tried = {
        f"as set, against {benchmark_name(own)}": release_means(model),
        "no other news on the session": release_means(model, clean=True),
        "two days": release_means(model, length=2),
        **{f"against {benchmark_name(name)}": release_means(model, benchmark=name) for name in held},
    }
    parts = [
        table[(table["group"] == group) & (table["kind"] == kind)].assign(choice=name)
        for name, table in tried.items()
    ]
    return pd.concat(parts, ignore_index=True)[["choice", "n", "mean_pct", "low_pct", "high_pct", "p"]]


def _spreads(study: PanelStudy, part: pd.DataFrame) -> list[float]:
    """Return τ of each group over some events, percent; NaN with fewer than two."""
    days, found = part["day"].to_numpy(), []
    for column in range(len(study.groups)):
        known = days[np.isfinite(study.every.ar[days, column])]
        if len(known) < 2:
            found.append(float("nan"))
            continue
        ar, se = PERCENT * study.every.ar[known, column], PERCENT * study.every.se[known, column]
        found.append(panel.mixed(ar, se, np.ones((len(known), 1))).tau)
    return found


@per_model
def release_place(model: Model, day: str = SCARE, kind: str = "open-weights") -> pd.DataFrame:
    """Return where one session stands among all ordinary days, among the events, and in its kind; empty if it has no estimate.

    Columns: group, label, n (firms), ar_pct, t, p_placebo (share of days that moved as much, each by its own error), placebos (how
    many days), as_far_days (as many of them moved as much) and as_far_up (of those, upward), lower_days and lower_events (on how many of them the group fell as far, in percent), events (the other events),
    low_pct and high_pct (between which nine in ten ordinary days lie), least_pct and most_pct (all of them), kind, kind_n, kind_mean_pct (of that kind's other events), p_kind (that one more event of the kind lies so far out).
    """
    study = panel_study(model)
    at = int(np.searchsorted(study.dates, np.datetime64(day)))
    if (
        at >= len(study.dates)
        or str(study.dates[at]) != day
        or not study.placebo.any()
        or np.isnan(study.every.ar[at]).all()
    ):
        return pd.DataFrame(columns=PLACE_COLUMNS)
    ar, t = PERCENT * study.every.ar, study.every.t
    others = study.events[study.events["day"] != at]
    days = others["day"].to_numpy()
    ordinary = ar[study.placebo]
    same = others[others["in_mean"] & (others["kind"] == kind)]
    of_kind = panel.means(study.effects(same), draws=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        far = (ar[at] - of_kind.mean) / (of_kind.sd * np.sqrt(1 + 1 / of_kind.n))
    table = pd.DataFrame(
        {
            "group": study.groups,
            "label": [group_label(g) for g in study.groups],
            "n": [len(study.firms[g]) for g in study.groups],
            "ar_pct": ar[at],
            "t": t[at],
            "p_placebo": placebo_p(t[at], t[study.placebo]),
            "placebos": np.isfinite(t[study.placebo]).sum(axis=0),
            "as_far_days": (np.abs(t[study.placebo]) >= np.abs(t[at])).sum(axis=0),
            "as_far_up": (t[study.placebo] >= np.abs(t[at])).sum(axis=0),
            "lower_days": (ordinary <= ar[at]).sum(axis=0),
            "lower_events": (ar[days] <= ar[at]).sum(axis=0),
            "events": np.isfinite(ar[days]).sum(axis=0),
            "low_pct": np.nanquantile(ordinary, 0.5 - LEVEL / 2, axis=0),
            "high_pct": np.nanquantile(ordinary, 0.5 + LEVEL / 2, axis=0),
            "least_pct": np.nanmin(ordinary, axis=0),
            "most_pct": np.nanmax(ordinary, axis=0),
            "kind": kind,
            "kind_n": of_kind.n,
            "kind_mean_pct": of_kind.mean,
            "p_kind": 2 * stats.t.sf(np.abs(far), np.where(of_kind.n > 1, of_kind.n - 1, np.nan)),
        }
    )
    return table.dropna(subset="ar_pct").reset_index(drop=True)[PLACE_COLUMNS]


@per_model
def release_cuts(model: Model) -> pd.DataFrame:
    """Return θ of each group: percent of abnormal return for each unit of log price cut, over events whose cut is known.

    AR ~ N(μ of its kind + θ·cut, s² + τ²); events without a known cut enter with μ alone. Columns: group, label, n (events), n_cut
    (with a known cut), theta_pct, low_pct, high_pct, p, tau_pct. Empty with fewer than three known cuts, or if they do not vary.
    """
    study = panel_study(model)
    counted = study.events[study.events["in_mean"]]
    records = []
    for column, group in enumerate(study.groups):
        part = counted[np.isfinite(study.every.ar[counted["day"].to_numpy(), column])]
        cut = part["log_cut"].to_numpy(dtype=np.float64)
        known = np.isfinite(cut)
        kinds = pd.get_dummies(part["kind"]).to_numpy(dtype=np.float64)
        design = np.column_stack([kinds, np.where(known, cut, 0.0)])
        if (
            known.sum() < 3
            or len(design) <= design.shape[1]
            or np.linalg.matrix_rank(design) < design.shape[1]
        ):
            continue
        days = part["day"].to_numpy()
        fit = panel.mixed(
            PERCENT * study.every.ar[days, column], PERCENT * study.every.se[days, column], design
        )
        low, high = fit.interval()
        records.append(
            (
                group,
                group_label(group),
                fit.n,
                int(known.sum()),
                fit.coefficients[-1],
                low[-1],
                high[-1],
                fit.p[-1],
                fit.tau,
            )
        )
    return pd.DataFrame(records, columns=CUT_COLUMNS)


@per_model
def release_size(model: Model, group: str = "nvidia", size: int = 32) -> float:
    """Return how often a test at 5 % finds a mean in 1,000 lists of `size` ordinary days; NaN with fewer than twice as many days."""
    study = panel_study(model)
    column = study.column(group)
    if column is None or size < 2:
        return float("nan")
    days = study.every.ar[study.placebo, column]
    days = days[np.isfinite(days)]
    if len(days) < 2 * size:
        return float("nan")
    return float(panel.rejections(days[:, None], size, seed=model.parameters.seed)[0])


def detectable(n: float, sd: float, level: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest mean, in the unit of `sd`, that a two-sided t test over `n` events finds with this power; NaN below two."""
    if not n >= 2:
        return float("nan")
    return float((stats.t.ppf(1 - level / 2, n - 1) + stats.t.ppf(power, n - 1)) * sd / np.sqrt(n))
