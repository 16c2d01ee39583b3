"""The rule behind each verdict: a few thresholds on the numbers, so that a verdict changes when a number does.

Every rule returns one of `VERDICTS`. A rule whose deciding number was not public at the vintage returns
``unverifiable``; one whose public numbers allow two readings, or whose claim joins statements that come out
differently, returns ``undecided``. Thresholds are judgements; they are stated here and printed in the report.
"""

from __future__ import annotations

from collections.abc import Sequence

TRUE, CONTEXT, MISLEADING, FALSE, UNDECIDED, UNVERIFIABLE = VERDICTS = (
    "true",
    "true-with-context",
    "misleading",
    "false",
    "undecided",
    "unverifiable",
)

WORDS = {
    TRUE: "True",
    CONTEXT: "True with context",
    MISLEADING: "Misleading",
    FALSE: "False",
    UNDECIDED: "Undecided",
    UNVERIFIABLE: "Unverifiable",
}

RULES = {
    "F01": "True if a call was at least as many times cheaper as the article says than o1 and than every rival of like "
    "quality; with context if a rival undercut that; misleading from a fifth of the article’s number; false below. The result "
    "with half that number as the bar is also shown.",
    "F02": "The claim joins earlier work with distillation from leading models. True only if both are documented; "
    "unverifiable while distillation is alleged but no outputs or logs are published.",
    "F03": "True if all three list discounts lie within one point of the article’s figure; with context if the interval for "
    "a whole call comes as near; misleading within ten points; false beyond.",
    "F04": "True if all parameters fit in 1.2 times the memory that the article names; misleading up to twice; false beyond.",
    "F05": "True if the terms stated no limit and service was never restricted; with context if it was.",
    "F06": "Two statements. The date: true if R1 came 0 to 14 days after Stargate, misleading if later, false if before. The "
    "hint: true if it is on record why that day was chosen, false if the two lie more than 14 days apart, else unverifiable. "
    "Undecided if the two come out differently.",
    "F07": "True if the app was first in the store; misleading if in the first ten; false otherwise.",
    "F08": "True if R1 is within three points of o1 and behind o3; with context if a third party puts it more than three "
    "points or three months behind; misleading if one half fails; false if both do.",
    "F09": "By gains that show in use: cache held, speed of a stream in a full batch, work per GPU-hour. True if each is at "
    "least a tenth; with context if something that the article does not name gives more than the least of them; misleading if "
    "one is less; false if all are.",
    "F10": "Within 15% of the article’s figure at the maker’s rent, as near the interval at market rents, and a plausible use "
    "of the hardware: true with context, since the hours are the maker’s own and belong to V3. Misleading up to twice; false "
    "beyond.",
    "F11": "True if the cluster that trained the model is wired by PCI-Express; misleading if such a cluster exists but "
    "trained another; false if none does.",
    "F12": "True if every laboratory that published both spent at least twice its final run on research compute, and even the "
    "low end of our whole cost is twice the run; with context if some did or our median is; false if none did or our median is "
    "less; unverifiable if none published both.",
    "F13": "The lag is what can be measured; that limits do not work is a judgement on it. True if the observed lag is shorter "
    "than compute implies by where chips stand and by who owns them; false by neither; undecided if the two differ.",
}

# rules that were changed after the verdicts of a first version had been seen, and why
CHANGED = {
    "F01": "its bar was half of what the article claims",
    "F06": "it gave one verdict on two statements",
    "F09": "one of its three gains was a constant, so that it could hardly fail",
    "F12": "it tested an assumption of ours, so that it could not fail",
    "F13": "it tested whether the lag grew, which is not what the article says",
}


def f01(gain_call: float | None, gain_rival: float | None, bar: float) -> str:
    """Return the verdict on a gain of `bar` times from the cost ratio of a call to o1 and to the cheapest rival."""
    if gain_call is None:
        return UNVERIFIABLE
    if gain_call >= bar:
        return TRUE if gain_rival is None or gain_rival >= bar else CONTEXT
    return MISLEADING if gain_call >= bar / 5 else FALSE


def f02(days_after_v2: float | None, allegations: float, proofs: float) -> str:
    """Return the verdict on earlier work and distillation from dated releases, allegations and proofs."""
    earlier_work = days_after_v2 is not None and days_after_v2 > 0
    if proofs > 0 and earlier_work:
        return TRUE
    if allegations > 0 or not earlier_work:
        return UNVERIFIABLE
    return MISLEADING


def f03(claimed: float, list_discounts: tuple[float, ...], low: float | None, high: float | None) -> str:
    """Return the verdict on the discount [%] from the list prices and the interval for a whole call."""
    if not list_discounts:
        return UNVERIFIABLE
    if all(abs(d - claimed) <= 1 for d in list_discounts):
        return TRUE
    if low is not None and high is not None and low - 1 <= claimed <= high + 1:
        return CONTEXT
    distance = min(abs(d - claimed) for d in list_discounts)
    return MISLEADING if distance <= 10 else FALSE


def f04(claimed_gb: float, resident_gb: float | None) -> str:
    """Return the verdict on local memory [GB] from what must be resident."""
    if resident_gb is None:
        return UNVERIFIABLE
    ratio = resident_gb / claimed_gb
    return TRUE if ratio <= 1.2 else MISLEADING if ratio <= 2 else FALSE


def f05(documented_limit: float | None, stoppages: float) -> str:
    """Return the verdict on rate limits from the stated limit (0: none) and dated restrictions of the service."""
    if documented_limit is not None and documented_limit > 0:
        return FALSE
    return CONTEXT if stoppages > 0 else TRUE if documented_limit is not None else UNVERIFIABLE


NEAR_DAYS = 14


def f06_date(days_after: float | None) -> str:
    """Return the verdict on the order of events from the days between Stargate and R1."""
    if days_after is None:
        return UNVERIFIABLE
    if days_after < 0:
        return FALSE
    return TRUE if days_after <= NEAR_DAYS else MISLEADING


def f06_hint(days_after: float | None, records: float) -> str:
    """Return the verdict on the hint of geopolitics from the distance in days and records of why the day was chosen."""
    if days_after is not None and abs(days_after) > NEAR_DAYS:
        return FALSE
    return TRUE if records > 0 else UNVERIFIABLE


def f06(days_after: float | None, records: float) -> str:
    """Return the verdict on both statements: the common one, or undecided where they come out differently."""
    date, hint = f06_date(days_after), f06_hint(days_after, records)
    return date if date == hint else UNDECIDED


def f07(rank: float | None) -> str:
    """Return the verdict on the app from its rank among free apps."""
    if rank is None:
        return UNVERIFIABLE
    return TRUE if rank == 1 else MISLEADING if rank <= 10 else FALSE


def f08(
    gap_o1: float | None, gap_o3: float | None, third_party: tuple[float | None, ...], months: float | None
) -> str:
    """Return the verdict on quality from gaps [points] to o1 and o3, gaps by third parties, and months behind."""
    if gap_o1 is None or gap_o3 is None:
        return UNVERIFIABLE
    comparable, behind = abs(gap_o1) <= 3, gap_o3 < -3
    if comparable and behind:
        worse = any(g is not None and g < -3 for g in third_party) or (months is not None and months > 3)
        return CONTEXT if worse else TRUE
    return MISLEADING if comparable or behind else FALSE


TENTH = 1.1  # a gain of a tenth


def f09(cache: float | None, tokens: float | None, number_format: float | None, unnamed: float | None) -> str:
    """Return the verdict on the breakthroughs from the gain each shows in use and the largest that is not named."""
    if cache is None or tokens is None or number_format is None:
        return UNVERIFIABLE
    named = (cache, tokens, number_format)
    if max(named) < TENTH:
        return FALSE
    if min(named) < TENTH:
        return MISLEADING
    return CONTEXT if unnamed is not None and unnamed > min(named) else TRUE


def f10(
    claimed_usd_m: float,
    cost_usd_m: float | None,
    mfu_percent: float | None,
    at_rents: tuple[float | None, float | None] = (None, None),
) -> str:
    """Return the verdict on the training bill [USD million]: hours times rate, use of hardware, and bill at market rents."""
    if cost_usd_m is None:
        return UNVERIFIABLE
    gap = cost_usd_m / claimed_usd_m
    plausible = mfu_percent is None or 10 <= mfu_percent <= 60  # published large runs lie in this range
    low, high = at_rents
    covered = low is None or high is None or 0.85 * low <= claimed_usd_m <= 1.15 * high
    if abs(gap - 1) <= 0.15 and plausible and covered:
        return CONTEXT
    return MISLEADING if 0.5 <= gap <= 2 else FALSE


def f11(training_links: str, pcie_gpus: float | None) -> str:
    """Return the verdict on PCI-Express from how the training cluster is wired and whether a PCI-Express one exists."""
    if not training_links:
        return UNVERIFIABLE
    if "NVLink" not in training_links and "PCI" in training_links:
        return TRUE
    return MISLEADING if pcie_gpus else FALSE


def f12(multiplier: float | None, low: float | None, laboratories: Sequence[float]) -> str:
    """Return the verdict on the hidden cost.

    From the whole cost over the final run, median and low end, and from research compute over the final run at each
    laboratory that published both.
    """
    if multiplier is None or not laboratories:
        return UNVERIFIABLE
    if multiplier < 2 or max(laboratories) < 2:
        return FALSE
    lowest = multiplier if low is None else low
    return TRUE if min(lowest, *laboratories) >= 2 else CONTEXT


def f13(observed: Sequence[float], implied_low: Sequence[float]) -> str:
    """Return the verdict on export limits.

    From the observed lags [months] and the low end of the lag that each measure of compute implies; the observed lag
    is shorter by a measure if all that were observed are.
    """
    if not observed or len(implied_low) < 2:
        return UNVERIFIABLE
    shorter = [max(observed) < low for low in implied_low]
    if all(shorter):
        return TRUE
    return UNDECIDED if any(shorter) else FALSE


def gain(discount_percent: float | None) -> float | None:
    """Return how many times dearer the other side is at a discount in percent: 90 is tenfold."""
    if discount_percent is None or discount_percent >= 100:
        return None
    return 1 / (1 - discount_percent / 100)
