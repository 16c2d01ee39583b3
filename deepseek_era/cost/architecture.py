"""Architectures as counted from their configuration: parameters, cache bytes, arithmetic per token.

- Parameters are counted, not quoted: embeddings, attention projections, feed-forward matrices (three each, SwiGLU),
  routed and shared experts, router. Norms and biases are left out (below 0.01 %).
- One row of the table of architectures is one `Architecture`; a new row flows through everything here.
- Tied embeddings are not modelled: input and output embeddings are counted apart, as in the models studied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError, nearest

ATTENTION_TYPES = ("MHA", "GQA", "MQA", "MLA")
MATRICES_PER_FFN = 3  # gate, up and down projections of SwiGLU
BACKWARD = 3.0  # forward plus a backward pass that costs two forwards


@dataclass(frozen=True)
class Architecture:
    """The shape of a transformer; counts are in units, not billions.

    Raises
    ------
    ModelInputError
        For an attention type that is not MHA, GQA, MQA or MLA, or an MLA without its latent.
    """

    name: str
    layers: int
    hidden: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    attention: str
    ffn_dense_dim: int
    vocab: int
    q_lora_rank: int = 0
    kv_lora_rank: int = 0
    qk_rope_head_dim: int = 0
    v_head_dim: int = 0
    ffn_expert_dim: int = 0
    n_dense_layers: int = 0
    n_routed_experts: int = 0
    experts_per_token: int = 0
    n_shared_experts: int = 0

    def __post_init__(self) -> None:
        check_attention(self.attention, self.name)
        if self.attention == "MLA" and self.kv_lora_rank <= 0:
            raise ModelInputError(
                f"architecture {self.name}: MLA needs kv_lora_rank above 0, saw {self.kv_lora_rank}"
            )

    @property
    def is_sparse(self) -> bool:
        """Whether tokens are routed to experts."""
        return self.n_routed_experts > 0

    @property
    def moe_layers(self) -> int:
        """Number of layers with routed experts."""
        return self.layers - self.n_dense_layers if self.is_sparse else 0


def check_attention(attention: str, name: str = "") -> None:
    """Raise `ModelInputError` unless `attention` is one of the four known types."""
    if attention not in ATTENTION_TYPES:
        where = f"architecture {name}: " if name else ""
        known = ", ".join(ATTENTION_TYPES)
        raise ModelInputError(
            f"{where}attention {attention!r} is unknown, allowed: {known}{nearest(attention, ATTENTION_TYPES)}"
        )


def _whole(row: Mapping[Any, Any], key: str) -> int:
    value = row.get(key)
    return 0 if value is None or pd.isna(value) else int(float(value))


def from_row(row: Mapping[Any, Any]) -> Architecture:
    """Return the architecture of one row of the table of architectures; empty cells count as zero."""
    numbers = {
        key: _whole(row, key) for key in Architecture.__dataclass_fields__ if key not in ("name", "attention")
    }
    return Architecture(name=str(row["model"]), attention=str(row["attention"]), **numbers)


def find(table: pd.DataFrame, name: str) -> Architecture:
    """Return the architecture called `name`.

    Raises
    ------
    ModelInputError
        If the table has no such model.
    """
    rows = table[table["model"] == name]
    if rows.empty:
        raise ModelInputError(f"architecture {name!r} is not in the table{nearest(name, table['model'])}")
    return from_row(rows.iloc[0].to_dict())


@dataclass(frozen=True)
class ParameterCount:
    """Parameters of an architecture, by part; `active` is what one token touches."""

    embedding: float
    attention: float
    dense_ffn: float
    shared_experts: float
    routed_experts: float
    router: float
    routed_active: float

    @property
    def total(self) -> float:
        """All parameters."""
        return self.always + self.routed_experts

    @property
    def always(self) -> float:
        """Parameters that every token reads: all but the routed experts."""
        return self.embedding + self.attention + self.dense_ffn + self.shared_experts + self.router

    @property
    def active(self) -> float:
        """Parameters that one token uses."""
        return self.always + self.routed_active


def attention_parameters(a: Architecture) -> float:
    """Return the parameters of one layer's attention projections."""
    if a.attention == "MLA":
        nope = a.head_dim
        value = a.v_head_dim or a.head_dim
        query_out = a.n_heads * (nope + a.qk_rope_head_dim)
        query = (
            a.hidden * a.q_lora_rank + a.q_lora_rank * query_out if a.q_lora_rank else a.hidden * query_out
        )
        latent = a.hidden * (a.kv_lora_rank + a.qk_rope_head_dim)
        expand = a.kv_lora_rank * a.n_heads * (nope + value)
        return float(query + latent + expand + a.n_heads * value * a.hidden)
    heads = 2 * a.n_heads + 2 * kv_heads(a)
    return float(a.hidden * a.head_dim * heads)


def kv_heads(a: Architecture) -> int:
    """Return how many key-value heads a layer stores (MHA: all, MQA: one)."""
    return {"MHA": a.n_heads, "GQA": a.n_kv_heads or a.n_heads, "MQA": 1}.get(a.attention, a.n_heads)


def count_parameters(a: Architecture) -> ParameterCount:
    """Return the parameters of `a`, counted from its shape (norms and biases left out)."""
    expert = MATRICES_PER_FFN * a.hidden * a.ffn_expert_dim
    dense_layers = a.n_dense_layers if a.is_sparse else a.layers
    return ParameterCount(
        embedding=2.0 * a.vocab * a.hidden,
        attention=a.layers * attention_parameters(a),
        dense_ffn=float(dense_layers * MATRICES_PER_FFN * a.hidden * a.ffn_dense_dim),
        shared_experts=float(a.moe_layers * a.n_shared_experts * expert),
        routed_experts=float(a.moe_layers * a.n_routed_experts * expert),
        router=float(a.moe_layers * a.n_routed_experts * a.hidden),
        routed_active=float(a.moe_layers * a.experts_per_token * expert),
    )


def kv_bytes_per_token(
    attention: str,
    *,
    layers: npt.ArrayLike,
    n_heads: npt.ArrayLike = 0,
    n_kv_heads: npt.ArrayLike = 0,
    head_dim: npt.ArrayLike = 0,
    latent_dim: npt.ArrayLike = 0,
    rope_dim: npt.ArrayLike = 0,
    bytes_per_element: npt.ArrayLike = 2.0,
) -> Array:
    """Return the bytes that one token leaves in the cache.

    MHA 2·n_h·d_h·layers·b, GQA 2·n_kv·d_h·layers·b, MQA 2·d_h·layers·b, MLA (d_c + d_rope)·layers·b: latent
    attention stores one shared vector, so neither the factor two nor a head count (DeepSeek-V2, arXiv 2405.04434).

    Raises
    ------
    ModelInputError
        For an unknown attention type.
    """
    check_attention(attention)
    width = {
        "MHA": lambda: 2.0 * np.asarray(n_heads) * np.asarray(head_dim),
        "GQA": lambda: 2.0 * np.asarray(n_kv_heads) * np.asarray(head_dim),
        "MQA": lambda: 2.0 * np.asarray(head_dim),
        "MLA": lambda: 1.0 * np.asarray(latent_dim) + np.asarray(rope_dim),
    }[attention]()
    return np.asarray(width * np.asarray(layers) * np.asarray(bytes_per_element), dtype=float)


def kv_bytes(
    a: Architecture, attention: str | None = None, bytes_per_element: float = 2.0, kv_groups: int = 8
) -> float:
    """Return cache bytes per token of `a`, or of `a` rebuilt with another attention type.

    A rebuilt model keeps layers, heads and head size; GQA takes `kv_groups` key-value heads.
    """
    kind = attention or a.attention
    groups = a.n_kv_heads if a.attention == "GQA" else kv_groups
    return float(
        kv_bytes_per_token(
            kind,
            layers=a.layers,
            n_heads=a.n_heads,
            n_kv_heads=groups,
            head_dim=a.head_dim,
            latent_dim=a.kv_lora_rank,
            rope_dim=a.qk_rope_head_dim,
            bytes_per_element=bytes_per_element,
        )
    )


def training_flop_per_token(a: Architecture, sequence_tokens: float) -> float:
    """Return FLOP per training token: 6 × active parameters without the input table, plus causal attention.

    Attention costs 2·n_h·(d_qk + d_v) FLOP per token and past token, half the sequence on average, three times over
    for the backward pass. For DeepSeek-V3 at 4,096 tokens this gives the 250 GFLOP that its makers publish
    (arXiv 2505.09343, table 2).
    """
    count = count_parameters(a)
    multiplied = count.active - count.embedding / 2  # looking up an embedding is no multiplication
    return 6.0 * multiplied + BACKWARD * float(attention_flop_per_token(a, sequence_tokens / 2))


def attention_flop_per_token(
    a: Architecture, context_tokens: npt.ArrayLike, *, absorbed: bool = False
) -> Array:
    """Return forward FLOP of the attention core for one token that looks back on `context_tokens`.

    `absorbed` is the decode form of MLA: scores and values are taken in the latent space, so every head works on
    d_c + d_rope and d_c numbers. It saves memory traffic and pays in arithmetic.
    """
    if a.attention == "MLA" and absorbed:
        per_head = a.kv_lora_rank + a.qk_rope_head_dim + a.kv_lora_rank
    elif a.attention == "MLA":
        per_head = a.head_dim + a.qk_rope_head_dim + (a.v_head_dim or a.head_dim)
    else:
        per_head = 2 * a.head_dim
    return np.asarray(2.0 * a.layers * a.n_heads * per_head * np.asarray(context_tokens, dtype=float))
