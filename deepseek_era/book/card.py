"""What a notebook hands over of each call: its card, and how it stands since, as types.

Shares and probabilities are from 0 to 1; effects, thresholds and edges are in the card's own unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from deepseek_era.book import typed
from deepseek_era.errors import plain


@dataclass(frozen=True)
class Quantity:
    """A quantity over the draws: median, 5th and 95th percentile, and how often it is on each side."""

    median: float | None = None
    p5: float | None = None
    p95: float | None = None
    p_winner: float | None = None
    p_loser: float | None = None
    p_neutral: float | None = None


@dataclass(frozen=True)
class Era(Quantity):
    """The forecast of the era from all causes; where it has no draws of its own, its odds alone."""

    p_article: float | None = None
    """Probability that the article is right."""
    equation: str = ""


@dataclass(frozen=True)
class Contest(Quantity):
    """The form of the question that could go either way."""

    label: str = ""
    equation: str = ""


@dataclass(frozen=True)
class Row(Quantity):
    """A quantity that was computed beside the effect."""

    unit: str = ""


@dataclass(frozen=True)
class Level:
    """How often a level is reached with the event and without it."""

    with_: float
    without: float


@dataclass(frozen=True)
class MarketReading:
    """The abnormal return of a group, in percent."""

    group: str
    return_pct: float
    low_pct: float
    high_pct: float


@dataclass(frozen=True)
class Market:
    """The market's word, and its readings on the day and over the days after."""

    verdict: str
    day: tuple[MarketReading, ...]
    days: tuple[MarketReading, ...]


@dataclass(frozen=True)
class Driver:
    """A driver with its share of the spread."""

    label: str
    share: float
    id: str = ""


@dataclass(frozen=True)
class Flip:
    """A break-even in words; `value` is None where no value of the driver turns the verdict."""

    text: str
    value: float | None = None
    driver: str = ""
    label: str = ""
    becomes: str = ""


@dataclass(frozen=True)
class Observation:
    """A dated observation outside the model."""

    sign: str
    fact: str
    value: str = ""
    unit: str = ""
    date: str = ""
    source: str = ""
    """Ids, apart by semicolons."""
    verified: str = ""
    status: str = ""


@dataclass(frozen=True)
class Histogram:
    """The distribution of the effect: bin edges, counts, the threshold, and the quantiles that are marked."""

    edges: tuple[float, ...]
    counts: tuple[float, ...]
    delta: float
    p5: float
    p25: float
    median: float
    p75: float
    p95: float


@dataclass(frozen=True)
class Reading:
    """One reading of a call against what happened: what is asked, what was seen, how it stands."""

    id: str
    """The call's."""
    lens: str
    indicator: str
    unit: str
    seen: str
    status_words: str
    public: str
    """The day from which it could be known."""
    support: str
    note: str = ""
    counts: bool = False
    """Whether it decides how the call has come out."""
    weak: bool = False
    alone: bool = False
    """Whether it rests on weak sources, and on one source."""
    sources: tuple[str, ...] = ()
    reading: str = ""
    """Which of the call’s readings it is: a or b."""


@dataclass(frozen=True)
class Standing:
    """How a call has come out so far; without a word, it is not settled in this report."""

    came_true: str = ""
    note: str = ""
    """What stands beside the word: how an open call stands so far, or that one reading alone decides it."""
    second: str = ""
    """The word by a second reader's rules, where it is another."""
    as_of: str = ""
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Settled:
    """How a call has come out, as the notebook that settles it hands it over."""

    id: str
    came_true: str
    came_true_note: str = ""
    came_true_second: str = ""
    came_true_as_of: str | None = None
    came_true_support: str | None = None
    p_today: float | None = None


@dataclass(frozen=True)
class Call:
    """What every row of ``calls.csv`` has."""

    id: str
    horizon: str
    article_call: str
    band: str
    was_it_r1: str
    edge: bool
    one_sided: bool
    p_winner: float
    p_loser: float
    p_neutral: float
    p_own: float | None = None
    """Share of the draws on the article's side, at its own size where it gives one; none for a level."""


@dataclass(frozen=True)
class Card:
    """A call with everything that its card shows."""

    id: str
    code: str
    name: str
    horizon: str
    article_call: str
    words: str
    """The article's own words."""
    mechanism: str
    """The call in other words."""
    impact_variable: str
    unit: str
    equation: str
    band: str
    word: str
    """Who won, and was it R1?"""
    effect: Quantity
    attributable: Quantity
    histogram: Histogram
    judgement_load: float
    specifications_agreeing: float
    weak: str
    """The weakest point."""
    fragility: str
    """What the verdict hangs on; empty for nothing in particular."""
    symbols: str = ""
    """What the symbols of its equations mean."""
    lens: str = "fundamental"
    short: str = ""
    long: str = ""
    """The bands of the same stakeholder at both horizons; empty for a horizon without a call."""
    one_sided: bool = False
    edge: bool = False
    """Whether a probability that decides lies close to the limit, or a disclosed version of an input turns the word."""
    fades: bool = False
    """Whether the other way, where that is the word, is only for a while."""
    p_own: float | None = None
    p_own_attributable: float | None = None
    """Shares of the draws on the article's side: all else equal, and once rivals have caught up."""
    p_zero: float | None = None
    months: float | None = None
    chi_star: float | None = None
    """How long the side stays likely, and the share that rivals may catch up before it is not."""
    delta_low: float | None = None
    delta_high: float | None = None
    """Sizes between which the word holds; none for no end."""
    delta_visible: float | None = None
    p_visible: float | None = None
    """Size from which the effect could have been seen, and its share of the draws."""
    reach: float | None = None
    """95% of the draws stay within this size."""
    article_size: float | None = None
    cells: dict[str, float] | None = None
    """Of a flip: the joint shares of its two halves."""
    level: Level | None = None
    """Of a level, which is no effect."""
    rests: tuple[str, ...] = ()
    era: Era | None = None
    contest: Contest | None = None
    rows: dict[str, Row] | None = None
    market_lens: Market | None = None
    drivers: tuple[Driver, ...] = ()
    flips: tuple[Flip, ...] = ()
    ledger: str = ""
    points: str = ""
    """Its line of the ledger, and where the evidence points, as sentences; empty where nothing is public."""
    evidence: tuple[Observation, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def aside(self) -> bool:
        """Whether it neither wins nor loses: a flip, which brings its own shares, or a level."""
        return bool(self.cells or self.level)


T = TypeVar("T")


def each(kind: type[T], rows: Sequence[object], where: str, what: str) -> tuple[T, ...]:
    """Return rows that a notebook handed over as a `kind`.

    Raises
    ------
    UserError
        One line for the first thing that does not fit: `where`, `what` and its id, key, seen, allowed.
    """
    found = []
    for number, row in enumerate(rows, start=1):
        name = row.get("id") if isinstance(row, Mapping) else None
        found.append(
            typed.read(kind, row, f"{where}: {what} {plain(name) if isinstance(name, str) else number}")
        )
    return tuple(found)


def by_call(readings: Iterable[Reading]) -> dict[str, tuple[Reading, ...]]:
    """Return readings by the call that they are of."""
    found: dict[str, list[Reading]] = {}
    for reading in readings:
        found.setdefault(reading.id, []).append(reading)
    return {name: tuple(rows) for name, rows in found.items()}
