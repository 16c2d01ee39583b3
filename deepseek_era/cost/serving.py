"""Serving: a roofline for prefill and decode, expert coverage, drafts, and the operator's published day.

- A decode step of a unit of G GPUs with B sequences on each: arithmetic at the peak of its precision, weights and
  cache over memory bandwidth, and the experts' all-to-all over the network. Arithmetic and memory overlap.
- Two forms of the network are defensible and neither is observed: its time is *added*, or it is *hidden* behind the
  other half of a batch, as operators try to. What they print is the envelope over both.
- No rate is fitted. But the batch, the size of the unit and the context come from the operator's own log, whose rate
  the result is then set beside, and both efficiencies are judgements: the comparison is not an independent test.
- Attention runs in BF16 and in MLA's absorbed form; its arithmetic grows with context and is not small.
- Batching raises throughput because a step's weights are read once for all sequences. It never makes one stream
  faster: a fuller batch lengthens the step.
- A drafted second token makes each step check two tokens per sequence: twice the arithmetic and network, the same
  weights and cache. It speeds up a stream where memory is the limit and gains little where arithmetic is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deepseek_era.arrays import Array
from deepseek_era.cost.architecture import Architecture, attention_flop_per_token, count_parameters, kv_bytes
from deepseek_era.cost.hardware import Accelerator
from deepseek_era.errors import ModelInputError

GPUS_PER_NODE = 8
BITS_PER_BYTE = 8.0
NETWORK_BYTES_PER_S = 50e9  # one 400 Gbit/s port per GPU (DeepSeek-V3 report; arXiv 2505.09343, section 4)
DISPATCH_BYTES = 1.0  # FP8 on the way to the experts (same source)
COMBINE_BYTES = 2.0  # BF16 on the way back (same source)
RESERVED_SHARE = 0.1  # of memory, for activations, graphs and fragmentation


def expert_coverage(experts: npt.ArrayLike, per_token: npt.ArrayLike, tokens: npt.ArrayLike) -> Array:
    """Return the expected share of experts that a batch touches if routing is uniform: 1 − (1 − k/E)^B.

    Raises
    ------
    ModelInputError
        If more experts are chosen than there are, or a count is not above zero.
    """
    total = np.asarray(experts, dtype=float)
    chosen = np.asarray(per_token, dtype=float)
    batch = np.asarray(tokens, dtype=float)
    if np.any(total <= 0) or np.any(chosen <= 0) or np.any(chosen > total):
        raise ModelInputError(
            f"experts: {float(chosen.max()):g} per token of {float(total.min()):g}, allowed: 1 to all of them"
        )
    if np.any(batch < 0):
        raise ModelInputError(f"experts: batch of {float(batch.min()):g} tokens, allowed: 0 or more")
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(batch * np.log1p(-chosen / total)))


def expert_coverage_skewed(experts: int, per_token: int, tokens: npt.ArrayLike, zipf: float = 1.0) -> Array:
    """Return the share of experts touched if popularity falls like rank^−zipf: a lower bound on coverage.

    Each expert's chance per token is its popularity scaled so that `per_token` are chosen on average, at most one.
    """
    if not 1 <= per_token <= experts:
        raise ModelInputError(f"experts: {per_token} per token of {experts}, allowed: 1 to all of them")
    weight = np.arange(1, experts + 1, dtype=float) ** -zipf
    chance = np.zeros(experts)
    open_ = np.ones(experts, dtype=bool)
    while True:  # popular experts are capped at certainty and the rest share what remains
        left = per_token - (~open_).sum()
        share = left * weight[open_] / weight[open_].sum()
        chance[open_] = np.minimum(share, 1.0)
        capped = open_ & (chance >= 1.0)
        if not capped.any():
            break
        chance[capped] = 1.0
        open_ &= ~capped
        if not open_.any():
            break
    batch = np.atleast_1d(np.asarray(tokens, dtype=float))
    with np.errstate(divide="ignore"):
        logs = np.log1p(-np.minimum(chance, 1 - 1e-15))
    coverage = -np.expm1(batch[:, None] * logs[None, :]).mean(axis=1)
    return np.asarray(coverage.reshape(np.shape(tokens)))


def tokens_per_step(acceptance: npt.ArrayLike, drafts: int = 1) -> Array:
    """Return expected tokens per decoding step with so many drafted tokens: (1 − α^(m+1)) / (1 − α).

    Leviathan et al. 2023, equation 1; one draft gives 1 + α.

    Raises
    ------
    ModelInputError
        For an acceptance outside 0 to 1 or a negative number of drafts.
    """
    alpha = np.asarray(acceptance, dtype=float)
    if np.any((alpha < 0) | (alpha > 1)):
        raise ModelInputError(f"drafts: acceptance {float(alpha.max()):g}, allowed: 0 to 1")
    if drafts < 0:
        raise ModelInputError(f"drafts: {drafts} drafted tokens, allowed: 0 or more")
    return np.asarray(sum(alpha**i for i in range(drafts + 1)) + np.zeros_like(alpha))


def draft_speedup(acceptance: npt.ArrayLike, overhead: npt.ArrayLike) -> Array:
    """Return the speed-up of a stream by one draft where memory is the limit: tokens per step over 1 + overhead."""
    return np.asarray(tokens_per_step(acceptance, 1) / (1 + np.asarray(overhead, dtype=float)))


@dataclass(frozen=True)
class ServingUnit:
    """A group of GPUs that share the experts: its chip, its size, its precision and its network."""

    accelerator: Accelerator
    gpus: int
    weight_bits: float = 8.0
    kv_bytes_per_element: float = 2.0
    network_bytes_per_s: float = NETWORK_BYTES_PER_S


def step_seconds(compute_s: Array, memory_s: Array, network_s: Array, *, overlap: bool) -> Array:
    """Return seconds per step: the longer of arithmetic and memory, plus the network or, overlapped, no less than it."""
    busy = np.maximum(compute_s, memory_s)
    return np.asarray(np.maximum(busy, network_s) if overlap else busy + network_s)


@dataclass(frozen=True)
class DecodeStep:
    """One decoding step: seconds by cause, and what comes out of it (arrays over batch or draws)."""

    compute_s: Array
    memory_s: Array
    network_s: Array
    tokens_per_s_gpu: Array
    tokens_per_s_stream: Array
    overlap: bool = False

    @property
    def step_s(self) -> Array:
        """Seconds per step: the longer of arithmetic and memory, with the network added or hidden behind them."""
        return step_seconds(self.compute_s, self.memory_s, self.network_s, overlap=self.overlap)

    @property
    def tokens_per_s_node(self) -> Array:
        """Tokens per second of a node of eight GPUs."""
        return np.asarray(self.tokens_per_s_gpu * GPUS_PER_NODE)


def resident_weight_bytes_per_gpu(a: Architecture, unit: ServingUnit) -> float:
    """Return the weights that one GPU of the unit holds: experts are split over the unit, the rest is copied."""
    count = count_parameters(a)
    # experts are split over the unit and the rest copied; a dense model is cut through the unit (tensor parallel)
    held = count.always + count.routed_experts / unit.gpus if a.is_sparse else count.total / unit.gpus
    return held * unit.weight_bits / BITS_PER_BYTE


def largest_batch(a: Architecture, unit: ServingUnit, context_tokens: npt.ArrayLike) -> Array:
    """Return the most sequences per GPU that fit beside the weights (0 if the weights alone do not fit)."""
    usable = unit.accelerator.memory_bytes * (1 - RESERVED_SHARE) - resident_weight_bytes_per_gpu(a, unit)
    per_sequence = kv_bytes(a, bytes_per_element=unit.kv_bytes_per_element) * np.asarray(
        context_tokens, dtype=float
    )
    if not a.is_sparse:
        per_sequence = per_sequence / unit.gpus
    return np.asarray(np.floor(np.maximum(usable, 0.0) / np.maximum(per_sequence, 1.0)))


def check_batch_fits(
    a: Architecture, unit: ServingUnit, batch_per_gpu: npt.ArrayLike, context_tokens: npt.ArrayLike
) -> None:
    """Raise `ModelInputError` if a batch does not fit into memory; the message names the largest that does."""
    batch, limit = np.broadcast_arrays(
        np.asarray(batch_per_gpu, dtype=float), largest_batch(a, unit, context_tokens)
    )
    bad = batch > limit
    if np.any(bad):
        i = int(np.argmax(bad))
        raise ModelInputError(
            f"serving {a.name} on {unit.gpus} x {unit.accelerator.name}: batch of {batch.flat[i]:g} sequences per GPU "
            f"does not fit, allowed: up to {limit.flat[i]:g} beside "
            f"{resident_weight_bytes_per_gpu(a, unit) / 1e9:.1f} GB of weights"
        )


def network_seconds(
    a: Architecture, tokens: npt.ArrayLike, network_bytes_per_s: float = NETWORK_BYTES_PER_S
) -> Array:
    """Return seconds of all-to-all per step: every token goes to its experts in FP8 and comes back in BF16.

    tokens · (k + shared) · hidden · (1 + 2) bytes over one port, for each layer *that has experts*: 58 of V3's 61, the
    first three being dense. Two alternating half-batches of 32 tokens then take 14.37 ms. The makers' limit of
    14.76 ms (arXiv 2505.09343, section 2.3.2) counts all 61 layers, at a hidden size rounded to 7,000.
    """
    if not a.is_sparse:
        return np.zeros(np.shape(tokens))
    copies = a.experts_per_token + a.n_shared_experts
    per_layer = np.asarray(tokens, dtype=float) * copies * a.hidden * (DISPATCH_BYTES + COMBINE_BYTES)
    return np.asarray(a.moe_layers * per_layer / network_bytes_per_s)


def decode(
    a: Architecture,
    unit: ServingUnit,
    batch_per_gpu: npt.ArrayLike,
    context_tokens: npt.ArrayLike,
    compute_efficiency: npt.ArrayLike,
    bandwidth_efficiency: npt.ArrayLike,
    acceptance: npt.ArrayLike | None = None,
    overhead: npt.ArrayLike = 0.0,
    *,
    check: bool = True,
    overlap: bool = False,
) -> DecodeStep:
    """Return a decoding step of `a` on `unit` by the roofline.

    Parameters
    ----------
    batch_per_gpu
        Sequences on each GPU.
    context_tokens
        Mean tokens in a sequence's cache.
    compute_efficiency, bandwidth_efficiency
        Shares of the peaks that real kernels reach.
    acceptance
        Acceptance of one drafted token; None decodes without drafts.
    overhead
        Extra time of the draft head, share of a step.
    check
        Refuse a batch that does not fit.
    overlap
        Hide the network behind arithmetic and memory instead of adding it.

    Raises
    ------
    ModelInputError
        For a batch that does not fit.
    """
    batch = np.asarray(batch_per_gpu, dtype=float)
    if check:
        check_batch_fits(a, unit, batch, context_tokens)
    count = count_parameters(a)
    checked = 1.0 if acceptance is None else 2.0
    produced = np.asarray(1.0) if acceptance is None else tokens_per_step(acceptance)
    cut = 1 if a.is_sparse else unit.gpus  # GPUs that share one sequence
    tokens = batch * checked
    eta_f = np.asarray(compute_efficiency, dtype=float)
    multiplied = count.active - count.embedding / 2
    linear = 2.0 * multiplied * tokens / cut / (unit.accelerator.peak(unit.weight_bits) * eta_f)
    core = attention_flop_per_token(a, context_tokens, absorbed=True)
    attention = core * tokens / cut / (unit.accelerator.peak(16) * eta_f)
    weights = np.asarray((count.always - count.embedding / 2) * unit.weight_bits / BITS_PER_BYTE / cut)
    if a.is_sparse:
        touched = expert_coverage(a.n_routed_experts, a.experts_per_token, tokens * unit.gpus)
        weights = weights + count.routed_experts * touched * unit.weight_bits / BITS_PER_BYTE / unit.gpus
    cache = (
        kv_bytes(a, bytes_per_element=unit.kv_bytes_per_element) * np.asarray(context_tokens) * batch / cut
    )
    bandwidth = unit.accelerator.bandwidth_bytes_per_s * np.asarray(bandwidth_efficiency, dtype=float)
    slower = 1.0 + (np.asarray(overhead, dtype=float) if acceptance is not None else 0.0)
    compute_s = (linear + attention) * slower
    memory_s = (weights + cache) / bandwidth * slower
    network_s = (
        network_seconds(a, tokens, unit.network_bytes_per_s)
        if unit.gpus > GPUS_PER_NODE
        else np.zeros(np.shape(tokens))
    )
    step = step_seconds(compute_s, memory_s, network_s, overlap=overlap)
    return DecodeStep(
        compute_s=np.asarray(compute_s),
        memory_s=np.asarray(memory_s),
        network_s=np.asarray(network_s),
        tokens_per_s_gpu=np.asarray(batch * produced / step / cut),
        tokens_per_s_stream=np.asarray(produced / step),
        overlap=overlap,
    )


def prefill_tokens_per_s_gpu(
    a: Architecture, unit: ServingUnit, prompt_tokens: npt.ArrayLike, compute_efficiency: npt.ArrayLike
) -> Array:
    """Return prompt tokens per second of one GPU, bound by arithmetic: F·efficiency over FLOP per token."""
    count = count_parameters(a)
    eta = np.asarray(compute_efficiency, dtype=float)
    linear = 2.0 * (count.active - count.embedding / 2) / unit.accelerator.peak(unit.weight_bits)
    attention = attention_flop_per_token(a, np.asarray(prompt_tokens) / 2) / unit.accelerator.peak(16)
    return np.asarray(eta / (linear + attention))


def usd_per_mtok(usd_per_gpu_hour: npt.ArrayLike, tokens_per_s_gpu: npt.ArrayLike) -> Array:
    """Return USD per million tokens from the price of a GPU-hour and tokens per second of a GPU.

    >>> round(float(usd_per_mtok(2.0, 2000)), 3)
    0.278
    """
    return np.asarray(
        np.asarray(usd_per_gpu_hour, dtype=float) / (np.asarray(tokens_per_s_gpu) * 3600.0) * 1e6
    )


@dataclass(frozen=True)
class DayLog:
    """A day of service as its operator published it: tokens, throughput per node, nodes and rate."""

    input_tokens: float
    cached_tokens: float
    output_tokens: float
    prefill_tokens_per_s_node: float
    decode_tokens_per_s_node: float
    average_nodes: float
    usd_per_gpu_hour: float

    @property
    def nodes(self) -> float:
        """Nodes that the tokens need at the published throughput, cache hits included."""
        seconds = (
            self.input_tokens / self.prefill_tokens_per_s_node
            + self.output_tokens / self.decode_tokens_per_s_node
        )
        return seconds / 86400.0

    @property
    def cost_usd(self) -> float:
        """Cost of the day: published nodes × 8 GPUs × 24 h × rate."""
        return self.average_nodes * GPUS_PER_NODE * 24.0 * self.usd_per_gpu_hour

    def revenue_usd(self, input_usd: float, cached_usd: float, output_usd: float) -> float:
        """Revenue if every token were paid at list price (USD per million tokens)."""
        fresh = self.input_tokens - self.cached_tokens
        return (fresh * input_usd + self.cached_tokens * cached_usd + self.output_tokens * output_usd) / 1e6
