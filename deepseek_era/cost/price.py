"""Prices: what a call costs, by how much one price list undercuts another, and what a solved task costs.

- A call is fresh input, cached input, answer and reasoning tokens; hidden reasoning is billed as output.
- Two models answer the same question with different lengths. Verbosity is output tokens of the one per output
  token of the other; a list-price comparison sets it to one without saying so.
- A failed task is paid for too, so the cost of a *solved* task is cost over pass rate (retries geometric).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from deepseek_era.arrays import Array, Symbolic, floats
from deepseek_era.errors import ModelInputError

SHARE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Prices:
    """List prices of one model in USD per million tokens; scalars or arrays that broadcast."""

    input_usd_per_mtok: float
    cached_usd_per_mtok: float
    output_usd_per_mtok: float


@dataclass(frozen=True)
class Workload:
    """Shares of a call's tokens: fresh input, cached input, answer, reasoning. They sum to one.

    Raises
    ------
    ModelInputError
        If a share is outside 0 to 1, or the four do not sum to one.
    """

    fresh_input: npt.ArrayLike
    cached_input: npt.ArrayLike
    answer: npt.ArrayLike
    reasoning: npt.ArrayLike

    def __post_init__(self) -> None:
        total = np.zeros(())
        for field in fields(self):
            share = floats(getattr(self, field.name))
            if isinstance(share, Symbolic):  # whoever gives it numbers checks them
                return
            if not np.all((share >= 0) & (share <= 1)):
                seen = float(share[~((share >= 0) & (share <= 1))].flat[0])
                raise ModelInputError(f"workload: share {field.name} is {seen:g}, allowed: 0 to 1")
            total = total + share
        wrong = np.abs(total - 1) > SHARE_TOLERANCE
        if np.any(wrong):
            seen = float(np.atleast_1d(total)[np.atleast_1d(wrong)][0])
            raise ModelInputError(
                f"workload: fresh_input + cached_input + answer + reasoning is {seen:.6g}, allowed: 1"
            )

    @classmethod
    def from_ratios(cls, output_share: npt.ArrayLike, cache_share: npt.ArrayLike = 0.0) -> Workload:
        """Return a workload from the output share of all tokens and the cached share of the input."""
        output, cached = floats(output_share), floats(cache_share)
        # answer and reasoning cost the same; the split does not move a price, so all output is put under reasoning
        return cls((1 - output) * (1 - cached), (1 - output) * cached, np.zeros_like(output), output)


def cost_per_call(
    prices: Prices,
    workload: Workload,
    verbosity: npt.ArrayLike = 1.0,
) -> Array:
    """Return the list price of a call of a million tokens of the reference model, input and output together, in USD.

    Parameters
    ----------
    prices
        USD per million tokens.
    workload
        Shares of the *reference* model's tokens.
    verbosity
        Output tokens of this model per output token of the reference model.

    Returns
    -------
    numpy.ndarray
        fresh·p_in + cached·p_cache + verbosity·(answer + reasoning)·p_out.
    """
    output = floats(workload.answer) + floats(workload.reasoning)
    return floats(
        floats(workload.fresh_input) * prices.input_usd_per_mtok
        + floats(workload.cached_input) * prices.cached_usd_per_mtok
        + floats(verbosity) * output * prices.output_usd_per_mtok
    )


def discount_percent(price: npt.ArrayLike, reference: npt.ArrayLike) -> Array:
    """Return by how many percent `price` is below `reference`; negative if it is above.

    Raises
    ------
    ModelInputError
        If a reference price is not above zero.

    Examples
    --------
    >>> float(discount_percent(2.19, 60).round(2))  # R1's output against o1's, USD per million tokens
    96.35
    """
    base = floats(reference)
    if not isinstance(base, Symbolic) and np.any(base <= 0):
        raise ModelInputError(f"discount: reference price is {float(base.min()):g}, allowed: above 0")
    return floats(100.0 * (1.0 - floats(price) / base))


def call_discount_percent(
    cheap: Prices,
    reference: Prices,
    output_share: npt.ArrayLike,
    verbosity: npt.ArrayLike = 1.0,
    cache_share: npt.ArrayLike = 0.0,
) -> Array:
    """Return by how many percent a whole call is cheaper.

    `output_share` is the share of output in the reference model's tokens, `cache_share` the share of the input
    that is served from a cache, `verbosity` the output tokens of the cheap model per output token of the reference.
    """
    workload = Workload.from_ratios(output_share, cache_share)
    return discount_percent(
        cost_per_call(cheap, workload, verbosity=verbosity), cost_per_call(reference, workload)
    )


def verbosity_for_discount(
    discount: npt.ArrayLike,
    cheap: Prices,
    reference: Prices,
    output_share: npt.ArrayLike = 1.0,
    cache_share: npt.ArrayLike = 0.0,
) -> Array:
    """Return the verbosity at which a call is exactly `discount` percent cheaper (NaN if input alone costs more).

    For a call of output only this is (1 − discount/100) · p_out,reference / p_out,cheap.

    >>> o1, r1 = Prices(15, 7.5, 60), Prices(0.55, 0.14, 2.19)
    >>> float(verbosity_for_discount(93, r1, o1).round(2))  # R1 may write so much more and stay 93% cheaper
    1.92
    """
    output = np.asarray(output_share, dtype=float)
    if np.any(output <= 0):
        raise ModelInputError(f"verbosity: output share is {float(output.min()):g}, allowed: above 0 to 1")
    workload = Workload.from_ratios(output, cache_share)
    allowed = (1 - np.asarray(discount, dtype=float) / 100) * cost_per_call(reference, workload)
    room = allowed - cost_per_call(cheap, workload, verbosity=0.0)
    answer = room * 1.0 / (output * cheap.output_usd_per_mtok)
    return np.asarray(np.where(answer > 0, answer, np.nan))


def cost_per_solved(cost_usd: npt.ArrayLike, cases: npt.ArrayLike, pass_rate_percent: npt.ArrayLike) -> Array:
    """Return USD per solved task: cost of a run over cases and pass rate.

    Raises
    ------
    ModelInputError
        If a pass rate is outside 0 (excluded) to 100 percent, or a run has no case.
    """
    rate = np.asarray(pass_rate_percent, dtype=float)
    number = np.asarray(cases, dtype=float)
    if np.any((rate <= 0) | (rate > 100)):
        raise ModelInputError(
            f"cost per solved task: pass rate {float(rate.min()):g} %, allowed: above 0 to 100"
        )
    if np.any(number <= 0):
        raise ModelInputError(f"cost per solved task: {float(number.min()):g} cases, allowed: 1 or more")
    return np.asarray(np.asarray(cost_usd, dtype=float) / number / (rate / 100))


def output_share(output_input_ratio: npt.ArrayLike) -> Array:
    """Return output tokens over all tokens, from output tokens over input tokens."""
    ratio = np.asarray(output_input_ratio, dtype=float)
    return np.asarray(ratio / (1 + ratio))
