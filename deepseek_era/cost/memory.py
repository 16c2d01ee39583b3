"""Memory: what must be resident to run a model, and how fast its weights can be read.

- Every token picks other experts in every layer, so *all* parameters must be at hand. Active parameters price
  bandwidth (speed), not residency.
- Speed of one stream is bound by memory bandwidth over the bytes read per token; real programs reach less.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from deepseek_era.arrays import Array
from deepseek_era.cost.architecture import Architecture, count_parameters, kv_bytes
from deepseek_era.errors import ModelInputError

GB = 1e9
BITS_PER_BYTE = 8.0
RUNTIME_BYTES = 2e9  # driver, buffers and activations of one stream

# how public builds are named -> bits per weight, block scales included
FORMAT_BITS = (
    (re.compile(r"1\.58|IQ1", re.I), 1.58),
    (re.compile(r"2\.51|Q2|2-bit", re.I), 2.5),
    (re.compile(r"Q4|4-bit|INT4|AWQ", re.I), 4.5),
    (re.compile(r"Q8|FP8|8-bit", re.I), 8.0),
    (re.compile(r"BF16|FP16|16-bit", re.I), 16.0),
)


def weight_bytes(parameters: npt.ArrayLike, bits: npt.ArrayLike) -> Array:
    """Return the bytes of so many parameters at so many bits each.

    Raises
    ------
    ModelInputError
        For bits that are not above zero.

    Examples
    --------
    >>> float(weight_bytes(671e9, 8)) / 1e9  # GB of R1 at one byte a parameter
    671.0
    """
    width = np.asarray(bits, dtype=float)
    if np.any(width <= 0):
        raise ModelInputError(f"memory: {float(width.min()):g} bits per weight, allowed: above 0")
    return np.asarray(np.asarray(parameters, dtype=float) * width / BITS_PER_BYTE)


def decode_ceiling(
    bandwidth_bytes_per_s: npt.ArrayLike, active_parameters: npt.ArrayLike, bits: npt.ArrayLike
) -> Array:
    """Return the most tokens per second of one stream: bandwidth over bytes of active weights."""
    return np.asarray(np.asarray(bandwidth_bytes_per_s, dtype=float) / weight_bytes(active_parameters, bits))


def format_bits(label: str) -> float | None:
    """Return bits per weight of a build named like ``R1 671B Q4_K_M``, or None if the name tells nothing."""
    for pattern, bits in FORMAT_BITS:
        if pattern.search(str(label)):
            return bits
    return None


def model_memory_gb(a: Architecture, bits: float, context_tokens: float) -> dict[str, float]:
    """Return weights, cache and runtime of one stream in GB; the cache stays at 16 bits."""
    return {
        "weights": float(weight_bytes(count_parameters(a).total, bits)) / GB,
        "cache": kv_bytes(a) * context_tokens / GB,
        "runtime": RUNTIME_BYTES / GB,
    }
