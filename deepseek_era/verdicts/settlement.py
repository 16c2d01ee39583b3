"""Settle the article's calls: which readings came true by a vintage, recomputed from the tables where they allow it.

- A call has two readings, each with an indicator and two thresholds. They come from the article's words, but they
  were set by someone who already knew the tables; the report says so beside every score.
- A reading counts only from the day its outcome was public. Before that day it is open.
- Between the two thresholds a short call is ``mixed`` and a long call stays ``open``. A long call is never settled
  before its horizon ends: it is ``interim-right`` or ``interim-wrong`` at most.
- Where the tables hold the numbers, the status is recomputed from them and replaces the recorded one, so a
  corrected fact corrects the score. A number of which only bounds are known settles a reading where both bounds do.
- A reading that cannot count (`STATES`, those without a worth) counts neither as a hit nor as a miss, whatever its
  number: what is public cannot answer its question, a condition of its own has not come about, what it says held
  before the event too, or it is the other reading's measurement once more.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.arrays import Bools
from deepseek_era.errors import DataError
from deepseek_era.tables import Facts


@dataclass(frozen=True)
class State:
    """One status of a reading: the words for it, what it means, and what it is worth for its call (None: nothing)."""

    words: str
    means: str
    worth: float | None


STATES: dict[str, State] = {
    "right": State("right", "the threshold for right was met by the date", 1.0),
    "wrong": State("wrong", "the threshold for wrong was met by the date", -1.0),
    "mixed": State("mixed", "between the two thresholds on the date", 0.0),
    "interim-right": State("right so far", "the threshold for right is met, the date has not come", 1.0),
    "interim-wrong": State("wrong so far", "the threshold for wrong is met, the date has not come", -1.0),
    "open": State("open", "nothing public yet, or between the thresholds before the date", None),
    "unresolved": State("unresolved", "what is public cannot answer the question", None),
    "conditional": State("conditional", "holds under a condition of its own that has not come about", None),
    "status-quo": State("status quo", "held before the event too, so it earns no credit", None),
    "repeated": State("counted once", "the measurement of the call’s other reading once more", None),
}
"""Every status a reading can have, defined here and nowhere else; only those with a worth say anything of their call."""

STATUSES = tuple(STATES)
UNCOUNTED = ("unresolved", "conditional", "status-quo", "repeated")
"""Statuses that a number cannot change: the fault lies with the question, not with the answer."""


def spoken(status: str) -> str:
    """Return a status as a reader is told it: the words, and why where it cannot count."""
    state = STATES[status]
    return f"{state.words}: {state.means}" if status in UNCOUNTED else state.words


EVENT_CLOSE = "2025-01-24"  # last close before the fall of 27 January 2025
SHORT_END = "2026-01-27"
_RULE = re.compile(r"(<=|>=|<|>)\s*([+-]?\d+(?:\.\d+)?)")
_TESTS = {"<=": np.less_equal, ">=": np.greater_equal, "<": np.less, ">": np.greater}


def public_day(text: str) -> str:
    """Return the latest day that a date cell can mean: ``2025-11`` is 2025-11-30, ``2025`` is 2025-12-31.

    Raises
    ------
    DataError
        For a cell that is not a year, a month or a day.
    """
    parts = str(text).strip().split("-")
    try:
        numbers = [int(p) for p in parts]
        year, month = numbers[0], numbers[1] if len(numbers) > 1 else 12
        day = numbers[2] if len(numbers) > 2 else calendar.monthrange(year, month)[1]
        return dt.date(year, month, day).isoformat()
    except (ValueError, IndexError, calendar.IllegalMonthError):
        raise DataError(
            f"data/resolutions.csv: saw {text!r} as a date, allowed: YYYY, YYYY-MM or YYYY-MM-DD"
        ) from None


def meets(values: npt.ArrayLike, rule: str) -> Bools:
    """Return where values meet a threshold such as ``<= -2``.

    Raises
    ------
    DataError
        For a threshold without a sign of comparison and a number.
    """
    match = _RULE.search(rule)
    if match is None:
        raise DataError(
            f"data/resolutions.csv: saw threshold {rule!r}, allowed: a comparison such as '<= -2'"
        )
    return np.asarray(_TESTS[match.group(1)](np.asarray(values, dtype=float), float(match.group(2))))


def judge(value: float, right: str, wrong: str) -> str:
    """Return ``right``, ``wrong`` or ``mixed`` for a value under two thresholds such as ``<= -2`` and ``>= +2``.

    Raises
    ------
    DataError
        For a threshold that is none, or a value that meets both.
    """
    is_right, is_wrong = bool(meets(value, right)), bool(meets(value, wrong))
    if is_right and is_wrong:
        raise DataError(
            f"data/resolutions.csv: {value:g} meets both {right!r} and {wrong!r}; they must exclude each other"
        )
    return "right" if is_right else "wrong" if is_wrong else "mixed"


# --- recomputing a reading from the tables -------------------------------------------------------------------------


class Bounds(NamedTuple):
    """The lowest and the highest value that a reading can have by what is public."""

    low: float
    high: float


def _window_return(facts: Facts, ticker: str, start: str, end: str) -> float:
    """Return the compounded total return [%] from the close of `start` to the close of `end`, daily table."""
    daily = facts.table("returns_daily")
    window = daily[(daily["ticker"] == ticker) & (daily["date"] > start) & (daily["date"] <= end)]
    if window.empty:
        raise LookupError(ticker)
    return 100 * (float(np.prod(1 + window["return_pct"].to_numpy(dtype=float) / 100)) - 1)


def _long_return(facts: Facts, ticker: str, end: str) -> float:
    """Return the total return [%] from the close of 24 January 2025 to `end`, monthly table."""
    monthly = facts.table("total_return_monthly")
    row = monthly[(monthly["ticker"] == ticker) & (monthly["date"] == end)]
    if row.empty:
        raise LookupError(ticker)
    return float(row["total_return_index"].iloc[0]) - 100


def _last_month(facts: Facts) -> str:
    return str(facts.table("total_return_monthly")["date"].max())


def _ai_users(facts: Facts) -> list[str]:
    """Return the firms that the article means by AI users, software and internet, as the table of groups lists them."""
    groups = facts.table("groups")
    return sorted(set(groups.loc[groups["group"].isin(["software", "internet"]), "ticker"]))


def _revenue(facts: Facts, company: str, segment: str, end: str, column: str = "amount_b") -> float:
    """Return a quarter's revenue [USD billion], or its published growth [%], for the quarter that ends on `end`."""
    table = facts.table("revenues")
    row = table[
        (table["company"] == company)
        & (table["segment"] == segment)
        & (table["date_or_period_end"] == end)
        & table["kind"].str.contains("quarter|growth")
    ]
    if row.empty or pd.isna(row[column].iloc[0]):
        raise LookupError(f"{company} {end}")
    return float(row[column].iloc[0])


def _growth(facts: Facts, company: str, segment: str, end: str, before: str) -> float:
    return 100 * (_revenue(facts, company, segment, end) / _revenue(facts, company, segment, before) - 1)


NVIDIA_YEAR = ("2025-04-27", "2025-07-27", "2025-10-26", "2026-01-25")  # quarters of the year after the event


def _nvidia_against_consensus(facts: Facts) -> float:
    """Return data-centre revenue of the four quarters to January 2026 over what brokers had expected of them."""
    table = facts.table("revenues")
    expected = table[
        (table["company"] == "NVIDIA")
        & (table["segment"] == "data center")
        & (table["date_or_period_end"] == NVIDIA_YEAR[-1])
        & table["kind"].str.startswith("consensus")
    ].sort_values("as_of")
    if expected.empty:
        raise LookupError("consensus")
    earned = sum(_revenue(facts, "NVIDIA", "data center", end) for end in NVIDIA_YEAR)
    return earned / float(expected["amount_b"].iloc[0])


def stargate_delivery(facts: Facts, plan: str = "site_phase_due") -> Bounds:
    """Return power running at Stargate a year on over that of the last phase due by then, or over another plan [%].

    Raises
    ------
    LookupError
        Where plan or power are not in the facts.
    """
    power = facts.table("power")
    site = power[power["entity"] == "Stargate Abilene"]
    before = site["date_or_year"].map(public_day) <= SHORT_END
    planned = site[(site["metric"] == plan) & (before | (plan != "site_phase_due"))]
    running = site[(site["metric"] == "site_capacity_operational") & before]
    if planned.empty or running.empty:
        raise LookupError("Stargate")
    gw = pd.to_numeric(planned.sort_values("date_or_year")["value"]).iloc[-1]
    last = running.sort_values("date_or_year").iloc[-1]
    return Bounds(100 * float(last["low"]) / gw, 100 * float(last["high"]) / gw)


SOFTWARE_SELLERS = ("Salesforce", "ServiceNow", "Adobe", "Intuit", "SAP", "Atlassian")


def _software_growth(facts: Facts) -> Bounds:
    """Return the median revenue growth [%] of six software firms' latest quarter, those not read at either extreme."""
    table = facts.table("revenues")
    known = []
    for firm in SOFTWARE_SELLERS:
        rows = table[
            (table["company"] == firm) & (table["segment"] == "total") & table["growth_yoy_pct"].notna()
        ]
        if len(rows):
            known.append(float(rows.sort_values("date_or_period_end")["growth_yoy_pct"].iloc[-1]))
    missing = len(SOFTWARE_SELLERS) - len(known)
    if missing > 2:  # the two middle values of six would be unbounded
        raise LookupError("software")
    return Bounds(*(float(np.median([*known, *[end] * missing])) for end in (-100.0, 1000.0)))


def _contract_rent(facts: Facts, month: str) -> float:
    """Return the middle of the surveyed band of one-year H100 contracts [USD a GPU-hour] for a period."""
    prices = facts.table("accelerator_prices")
    row = prices[(prices["price_kind"] == CONTRACT_BAND) & (prices["period"] == month)]
    if row.empty:
        raise LookupError(month)
    return (float(row["low"].iloc[0]) + float(row["high"].iloc[0])) / 2


CONTRACT_BAND = "one-year contract, middle half of a survey"
RENT_START, RENT_SHORT = "2025-Q1", "2026-01"


def _rent_change(facts: Facts, month: str) -> float:
    return 100 * (_contract_rent(facts, month) / _contract_rent(facts, RENT_START) - 1)


def _latest_rent_change(facts: Facts) -> float:
    prices = facts.table("accelerator_prices")
    months = prices.loc[prices["price_kind"] == CONTRACT_BAND, "period"]
    months = months[months.str.fullmatch(r"\d{4}-\d{2}")]
    if months.empty:
        raise LookupError("rent")
    return _rent_change(facts, str(months.max()))


def _us_owned(facts: Facts, day: str) -> float:
    """Return five US firms' share [%] of the tracked stock of AI compute on a day."""
    table = facts.table("accelerator_supply")
    table = table[table["period_end"] == day]
    owned = table[(table["metric"] == "owner_stock_compute_all_makers") & (table["country"] == "US")]
    stock = table[table["metric"] == "tracked_stock_compute_total"]
    if owned.empty or stock.empty:
        raise LookupError(day)
    return 100 * float(owned["value"].sum()) / float(stock["value"].iloc[0])


def _price_cutters(facts: Facts) -> float:
    """Return how many of two labs halved a leading model's output price within a year: o3, and Opus 4.1 to 4.5."""
    prices = facts.table("api_prices")
    prices = prices[prices["effective_from"] <= SHORT_END].sort_values("effective_from")

    def cut(maker: str, names: list[str]) -> bool:
        rows = prices[(prices["provider"] == maker) & prices["model"].isin(names)]
        path = rows["output_usd_per_mtok"].astype(float).tolist()
        return len(path) > 1 and path[-1] <= 0.5 * path[0]

    return float(cut("OpenAI", ["o3"]) + cut("Anthropic", ["Claude Opus 4.1", "Claude Opus 4.5"]))


def _slower_clouds(facts: Facts) -> float:
    """Return how many of three clouds grew more slowly in the last quarter of 2025 than a year before."""
    quarter, before, start = "2025-12-31", "2024-12-31", "2023-12-31"
    slower = [
        _growth(facts, company, segment, quarter, before) < _growth(facts, company, segment, before, start)
        for company, segment in (("Amazon", "AWS"), ("Alphabet", "Google Cloud"))
    ]
    azure = [
        _revenue(facts, "Microsoft", "Azure and other cloud services", end, "growth_yoy_pct")
        for end in (quarter, before)
    ]
    return float(sum(slower) + (azure[0] < azure[1]))


def _faster_clouds(facts: Facts) -> float:
    """Return how many of three clouds grew faster in the quarter to March 2026 than in that to March 2025."""
    pairs = (("Amazon", "AWS"), ("Alphabet", "Google Cloud"), ("Microsoft", "Azure and other cloud services"))
    return float(
        sum(
            _revenue(facts, company, segment, "2026-03-31", "growth_yoy_pct")
            > _revenue(facts, company, segment, "2025-03-31", "growth_yoy_pct")
            for company, segment in pairs
        )
    )


FOUR_FIRMS = ("Meta", "Microsoft", "Alphabet", "Amazon")


def _capex_against_guidance(facts: Facts) -> float:
    """Return four-firm cash capital expenditure of 2025 against guidance of January and February 2025 [%]."""
    capex = facts.table("capex")
    capex = capex[capex["company"].isin(FOUR_FIRMS)]
    cash = capex[(capex["kind"] == "actual") & capex["metric"].str.startswith("cash purchases")]
    quarters = cash[cash["period"].str.fullmatch(r"2025-Q[1-4]")]
    guided = capex[(capex["kind"] == "guidance") & capex["date_given"].between("2025-01", "2025-02-28")]
    guided = guided[guided["fiscal_year"].isin(["2025", "FY2025"])]
    if len(quarters) != 4 * len(FOUR_FIRMS) or set(guided["company"]) != set(FOUR_FIRMS):
        raise LookupError("capex")
    return 100 * (float(quarters["capex_usd_b"].sum()) / float(guided["capex_usd_b"].sum()) - 1)


def _frontier_lead(facts: Facts) -> float:
    """Return the frontier index's lead [years] over its own pace since April 2024, March 2025 to March 2026."""
    gap = facts.table("capability_gap")
    level = gap[gap["gap"] == "capability_level"].set_index("date")["value"].astype(float)
    return (level["2026-03"] - level["2025-03"]) / _paces(gap)[1] - 1.0


def _paces(gap: pd.DataFrame) -> tuple[float, float]:
    """Return the pace of the frontier index [points a year] before and after April 2024."""
    pace = gap[(gap["gap"] == "capability_pace") & (gap["unit"] == "ECI points per year")].set_index("date")[
        "value"
    ]
    return float(pace["before 2024-04"]), float(pace["after 2024-04"])


def _years_gained(facts: Facts) -> float:
    before, after = _paces(facts.table("capability_gap"))
    return (after - before) / before


def _mean_excess(facts: Facts, tickers: list[str], end: str) -> float:
    market = _long_return(facts, "SPY", end)
    return sum(_long_return(facts, t, end) - market for t in tickers) / len(tickers)


def _open_model_multiple(facts: Facts) -> float:
    """Return the median valuation multiple, early 2025 to January 2026, of the firms named before February 2025."""
    rounds = facts.table("valuations")
    rounds = rounds[(rounds["currency"] == "USD") & rounds["valuation_b"].notna()].copy()
    rounds["day"] = rounds["date"].map(public_day)
    multiples = []
    for firm in ("Mistral AI", "Hugging Face", "Moonshot AI", "Together AI"):
        path = rounds[rounds["company"] == firm].sort_values("day")
        start, end = path[path["day"] <= "2025-02-28"], path[path["day"] <= SHORT_END]
        if start.empty or end.empty:
            raise LookupError(firm)
        multiples.append(float(end["valuation_b"].iloc[-1]) / float(start["valuation_b"].iloc[-1]))
    return float(pd.Series(multiples).median())


def _last_valuation(facts: Facts, company: str) -> float:
    rounds = facts.table("valuations")
    rounds = rounds[(rounds["company"] == company) & rounds["valuation_b"].notna()]
    if rounds.empty:
        raise LookupError(company)
    return float(rounds.sort_values("date")["valuation_b"].iloc[-1])


def _data_centre_multiple(facts: Facts) -> float:
    """Return the latest quarter of Nvidia's data-centre revenue over the quarter to January 2025."""
    table = facts.table("revenues")
    rows = table[
        (table["company"] == "NVIDIA")
        & (table["segment"] == "data center")
        & (table["kind"] == "quarterly revenue")
    ].sort_values("date_or_period_end")
    if rows.empty:
        raise LookupError("NVIDIA")
    return float(rows["amount_b"].iloc[-1]) / _revenue(facts, "NVIDIA", "data center", "2025-01-26")


def _lag_months(facts: Facts) -> float:
    """Return the mean of two measured lags of China behind the US frontier [months]: Epoch and CAISI."""
    gap = facts.table("capability_gap")
    lag = gap[(gap["gap"] == "us_vs_china") & (gap["unit"] == "months")]
    measured = lag[
        lag["source_id"].isin(["EPOCH_USCHINA", "CAISI_V4"]) & ~lag["measure"].str.contains("first")
    ]
    if len(measured) < 2:
        raise LookupError("lag")
    return float(measured["value"].mean())


def _nvidia_short(facts: Facts) -> float:
    end = "2025-02-03"
    return _window_return(facts, "NVDA", EVENT_CLOSE, end) - _window_return(facts, "SPY", EVENT_CLOSE, end)


def _users_short(facts: Facts) -> float:
    end = "2025-02-03"
    firms = _ai_users(facts)
    market = _window_return(facts, "SPY", EVENT_CLOSE, end)
    return sum(_window_return(facts, t, EVENT_CLOSE, end) - market for t in firms) / len(firms)


CHECKS: dict[tuple[str, str], Callable[[Facts], float | Bounds]] = {
    ("C01", "a"): _nvidia_short,
    ("C01", "b"): _nvidia_against_consensus,
    ("C02", "a"): _price_cutters,
    ("C03", "b"): stargate_delivery,
    ("C04", "b"): _slower_clouds,
    ("C05", "a"): _capex_against_guidance,
    ("C05", "b"): lambda f: _mean_excess(f, ["VST", "CEG", "GEV", "TLN"], SHORT_END),
    ("C06", "a"): _frontier_lead,
    ("C06", "b"): _years_gained,
    ("C11", "a"): _open_model_multiple,
    ("C11", "b"): lambda f: _mean_excess(f, ["BABA", "META"], SHORT_END),
    ("C12", "a"): _users_short,
    ("C12", "b"): lambda f: _mean_excess(f, _ai_users(f), SHORT_END),
    ("C13", "b"): _lag_months,
    ("C14", "a"): lambda f: _last_valuation(f, "OpenAI"),
    ("C15", "a"): lambda f: _mean_excess(f, ["IGV"], _last_month(f)),
    ("C15", "b"): _software_growth,
    ("C18", "a"): lambda f: _us_owned(f, "2025-12-31"),
    ("C18", "b"): _lag_months,
    ("C21", "a"): _data_centre_multiple,
    ("A01", "a"): lambda f: _rent_change(f, RENT_SHORT),
    ("A01", "b"): _latest_rent_change,
    ("A03", "a"): _faster_clouds,
}
"""Readings that the tables of facts can recompute; each returns the value, or its bounds, in the reading's own unit."""

STARTS: dict[tuple[str, str], Callable[[Facts], float]] = {
    ("C18", "a"): lambda f: _us_owned(f, "2024-12-31"),
}
"""Readings of a level that may have been passed before the event: where the indicator stood then."""

# thresholds that are words in the table, or of which the tables hold one part, as comparisons on the recomputed value
_WORDED = {
    ("C02", "a"): (">= 2", "<= 0"),
    ("C04", "b"): (">= 2", "<= 0"),
    ("C18", "a"): ("> 50", "< 50"),
    # that two clouds or more are short of capacity is recorded, so the rent alone can make it right but not wrong
    ("A01", "a"): (">= -10", "< -100"),
    ("A01", "b"): (">= -10", "< -100"),
    ("A03", "a"): (">= 3", "<= 1"),
}


def recompute(facts: Facts, call_id: str, reading: str) -> float | Bounds | None:
    """Return a reading's value (or the bounds of it) from the facts in its own unit, or None where they do not hold it."""
    check = CHECKS.get((call_id, reading))
    if check is None:
        return None
    try:
        return check(facts)
    except (LookupError, ZeroDivisionError):  # a row is absent at this vintage, or not in the tables
        return None


def _held_before(facts: Facts, key: tuple[str, str], right: str) -> bool:
    """Return whether a reading of a level met its threshold for right before the event already."""
    start = STARTS.get(key)
    if start is None:
        return False
    try:
        return bool(meets(start(facts), right))
    except LookupError:
        return False


def ended(horizon_end: str, vintage: dt.date) -> bool:
    """Return whether a horizon (its last day, ISO) has ended on a day."""
    return vintage.isoformat() > horizon_end


def settle(resolutions: pd.DataFrame, facts: Facts, vintage: dt.date) -> pd.DataFrame:
    """Return every reading with its status as known at `vintage`.

    Parameters
    ----------
    resolutions : DataFrame
        The rules and recorded outcomes, two rows a call.
    facts : Facts
        The facts that were public at `vintage`; readings are recomputed from them.
    vintage : date
        A reading whose outcome was public only later is ``open``.

    Returns
    -------
    DataFrame
        The rows of `resolutions` with ``public`` (ISO day), ``recorded`` (status in the table), ``recomputed``
        (value from the facts, the lower bound where they hold bounds, NaN where they cannot tell), ``status``,
        ``settled`` (a short call that is right or wrong) and ``hit`` (1.0, 0.0 or NaN).

    Raises
    ------
    DataError
        For a status that is not known, a date that is none, or thresholds that do not exclude each other.
    """
    frame = resolutions.copy()
    unknown = frame.loc[~frame["status_to_date"].isin(STATUSES), "status_to_date"]
    if len(unknown):
        raise DataError(
            f"data/resolutions.csv, column status_to_date: saw {unknown.iloc[0]!r}, allowed: {' | '.join(STATUSES)}"
        )
    day = frame["as_of"] if "as_of" in frame.columns else frame["value_date"].map(public_day)
    frame["public"] = day
    frame["recorded"] = frame["status_to_date"]
    values, statuses = [], []
    for row in frame.to_dict("records"):
        known = row["public"] <= vintage.isoformat()
        value = recompute(facts, row["call_id"], row["reading"]) if known else None
        low = value.low if isinstance(value, Bounds) else value
        values.append(float("nan") if low is None else low)
        statuses.append(_status(row, value, vintage, facts) if known else "open")
    frame["recomputed"], frame["status"] = values, statuses
    frame["settled"] = (frame["horizon"] == "short") & frame["status"].isin(["right", "wrong"])
    frame["hit"] = (frame["status"] == "right").astype(float).where(frame["settled"])
    return frame


def _status(
    row: Mapping[Hashable, object], value: float | Bounds | None, vintage: dt.date, facts: Facts
) -> str:
    """Return the status of one public reading: recomputed where a value is at hand, as recorded otherwise."""
    recorded = str(row["recorded"])
    if value is None or (recorded in UNCOUNTED and recorded != "status-quo"):
        return recorded
    key = (str(row["call_id"]), str(row["reading"]))
    right, wrong = _WORDED.get(key, (str(row["threshold_right"]), str(row["threshold_wrong"])))
    ends = value if isinstance(value, Bounds) else (value, value)
    found = {judge(end, right, wrong) for end in ends}
    # bounds on two sides of a threshold settle nothing
    status = found.pop() if len(found) == 1 else "unresolved"
    if status == "right" and _held_before(facts, key, right):
        return "status-quo"
    if row["horizon"] == "short" or ended(str(row["horizon_end"]), vintage):
        return status
    return f"interim-{status}" if f"interim-{status}" in STATES else "open"


def counts(statuses: pd.Series) -> pd.Series:
    """Return where a status says something of its call: right, wrong or mixed, settled or so far."""
    return statuses.map(lambda s: STATES[s].worth is not None).astype(bool)
