"""Training runs: arithmetic, hours, utilisation, dollars, and a second route to the same hours.

- Arithmetic is 6 N D with *active* parameters (Kaplan et al. 2020; Hoffmann et al. 2022), attention left out; where
  a maker's own FLOP per token is used instead, the figure says so.
- Utilisation is stated against the dense peak of the precision named. FP8 doubles the peak and so halves it.
- Hours are what the developers report. They are plausible or not; nobody outside has audited them.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.errors import ModelInputError

SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0
TERA = 1e12


def training_flop(active_parameters: npt.ArrayLike, tokens: npt.ArrayLike) -> Array:
    """Return the FLOP of a run: 6 × active parameters × tokens."""
    return np.asarray(6 * np.asarray(active_parameters, dtype=float) * np.asarray(tokens))


def gpu_hours(flop: npt.ArrayLike, peak_flop_per_s: npt.ArrayLike, mfu: npt.ArrayLike) -> Array:
    """Return accelerator hours: FLOP / (peak · utilisation · 3600).

    Raises
    ------
    ModelInputError
        If utilisation is not above 0 and at most 1.
    """
    share = np.asarray(mfu, dtype=float)
    if np.any((share <= 0) | (share > 1)):
        raise ModelInputError(f"training: utilisation {float(share.flat[0]):g}, allowed: above 0 to 1")
    return np.asarray(
        np.asarray(flop, dtype=float) / (np.asarray(peak_flop_per_s) * share * SECONDS_PER_HOUR)
    )


def model_flop_utilisation(
    flop: npt.ArrayLike, hours: npt.ArrayLike, peak_flop_per_s: npt.ArrayLike
) -> Array:
    """Return the share of the peak that a run of `hours` accelerator hours turned into `flop`."""
    return np.asarray(
        np.asarray(flop, dtype=float)
        / (np.asarray(hours, dtype=float) * SECONDS_PER_HOUR * np.asarray(peak_flop_per_s))
    )


def gpu_hours_from_throughput(
    tokens: npt.ArrayLike, tokens_per_day: npt.ArrayLike, gpus: npt.ArrayLike
) -> Array:
    """Return accelerator hours by the second route: tokens over tokens a day, times GPUs and 24 hours."""
    return np.asarray(
        np.asarray(tokens, dtype=float) / np.asarray(tokens_per_day) * np.asarray(gpus) * HOURS_PER_DAY
    )


def match_accelerator(label: str, accelerators: pd.DataFrame) -> str | None:
    """Return the name in the table of accelerators that a hardware label means, or None.

    An exact name wins. Otherwise the first word is the chip, and among its versions the one with the memory in the
    label, then the SXM module, is taken: ``H100 80GB`` is ``H100 SXM``.
    """
    names = list(accelerators["name"])
    if label in names:
        return label
    words = re.findall(r"[A-Za-z0-9.]+", str(label))
    if not words or " and " in str(label):
        return None  # mixed or missing hardware has no single peak
    chip = " ".join(words[:2]) if words[0] in ("TPU", "RTX", "Mac", "Ascend") else words[0]
    found = accelerators[(accelerators["name"] + " ").str.startswith(chip + " ")]
    if found.empty:
        return None
    memory = re.search(r"(\d+)\s*GB", str(label))
    score = found["name"].str.contains("SXM").to_numpy(dtype=int)
    if memory:
        score = score + 2 * (found["memory_gb"] == float(memory.group(1))).to_numpy(dtype=int)
    return str(found["name"].iloc[int(score.argmax())])


def comparable_runs(runs: pd.DataFrame, accelerators: pd.DataFrame) -> pd.DataFrame:
    """Return the runs whose hours can be checked: tokens, active parameters, hours and a known chip are given.

    Columns: ``model, release_date, flop, hours_m, peak_tflops, accelerator, utilisation`` (share of the dense BF16
    peak) and ``predicted_hours_m``: the hours if the run had worked at the median utilisation of all *other* runs, so
    that no run is compared with itself.
    One row per model: the stage that trains on the tokens, reinforcement learning and derived rows left out.
    """
    rows = runs.dropna(subset=["tokens_t", "params_active_b", "gpu_hours_m"]).copy()
    rows = rows[rows["stage"].isin(["pre-training", "total training"])]
    rows["accelerator"] = [match_accelerator(h, accelerators) for h in rows["hardware"].fillna("")]
    rows = rows.dropna(subset=["accelerator"]).drop_duplicates("model")
    peaks = accelerators.set_index("name")["bf16_dense_tflops"]
    rows["peak_tflops"] = rows["accelerator"].map(peaks).astype(float)
    rows = rows.dropna(subset=["peak_tflops"])
    rows["flop"] = training_flop(rows["params_active_b"] * 1e9, rows["tokens_t"] * 1e12)
    rows["utilisation"] = model_flop_utilisation(
        rows["flop"], rows["gpu_hours_m"] * 1e6, rows["peak_tflops"] * TERA
    )
    others = leave_one_out_median(rows["utilisation"].to_numpy(dtype=float))
    rows["predicted_hours_m"] = (
        gpu_hours(rows["flop"], rows["peak_tflops"] * TERA, others) / 1e6 if len(rows) > 1 else np.nan
    )
    rows = rows.rename(columns={"gpu_hours_m": "hours_m"})
    keep = [
        "model",
        "developer",
        "release_date",
        "accelerator",
        "flop",
        "hours_m",
        "peak_tflops",
        "utilisation",
        "predicted_hours_m",
        "source_id",
        "verified",
    ]
    return rows[keep].reset_index(drop=True)


def leave_one_out_median(values: Array) -> Array:
    """Return for each value the median of all the others (NaN if there is no other)."""
    if len(values) < 2:
        return np.full(len(values), np.nan)
    return np.array([np.median(np.delete(values, i)) for i in range(len(values))])
