"""Tables of the capacity part for a notebook: each function takes the model and returns a data frame.

A table is empty, with its columns, where its facts were not public at the run's vintage. Columns are named with their unit;
the docstring of each function lists them. Compute is a ratio to a world without the event, or to the start of the path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from deepseek_era.arrays import Array
from deepseek_era.capacity import (
    alternatives,
    backtest,
    backtest_rows,
    china,
    evidence,
    runs,
    timing,
    variants,
)
from deepseek_era.capacity.aggregate import (
    YEARS_LONG,
    YEARS_SHORT,
    aggregate,
    attributable,
    rebound_elasticity,
    rebound_finite,
    spend_ratio,
)
from deepseek_era.capacity.path import EVENT_YEAR, FULL, PLAN_YEAR, stranded_last_in, stranded_pro_rata
from deepseek_era.forms import envelope
from deepseek_era.model import Model, per_model

Term = Literal["short", "long"]
Quantity = Literal["demand", "supply", "utilisation_pct", "rent_usd", "power_gw"]
FAN = {"b025": 0.025, "b10": 0.1, "b25": 0.25, "b50": 0.5, "b75": 0.75, "b90": 0.9, "b975": 0.975}
"""Columns of a fan and the quantiles in them."""
SPREAD = {"low": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "high": 0.95}
"""Columns of a spread and the quantiles in them."""


def spread(draws: Mapping[str, npt.ArrayLike] | pd.DataFrame) -> pd.DataFrame:
    """Return how draws are spread, a row for each name: label, low, q25, median, q75, high (5, 25, 50, 75 and 95 %)."""
    found = [
        [str(name), *np.quantile(np.asarray(values, dtype=float), list(SPREAD.values()))]
        for name, values in draws.items()
    ]
    return pd.DataFrame(found, columns=["label", *SPREAD])


# --- what a cheaper token does ---------------------------------------------------------------------------------------


@per_model
def response(model: Model, term: Term) -> pd.DataFrame:
    """Return what the gain does to compute one year (``short``) or three years (``long``) on, a row a draw.

    Columns: aggregate_gain, aggregate_training_gain; inference_ratio, training_ratio, compute_ratio (compute against no
    event), attributable_ratio (all compute, less what rivals would have brought); spend_ratio (customers' spending);
    pass_through, elasticity, break_even (the elasticity at which inference compute stays); rebound, rebound_finite (%).
    """
    d, a = model.draws, runs.base_run(model).a
    short = term == "short"
    phi, eps = d[f"pass_through_{term}"], d[f"elasticity_{term}"]
    gain, training = (a.kbar_S, a.kbarT_S) if short else (a.kbar_L, a.kbarT_L)
    rest = aggregate(attributable(d, YEARS_SHORT if short else YEARS_LONG))
    return pd.DataFrame(
        {
            "aggregate_gain": gain,
            "aggregate_training_gain": training,
            "inference_ratio": a.x_S if short else a.x_L,
            "training_ratio": training ** (a.eta_S if short else a.eta_L),
            "compute_ratio": a.X_S if short else a.X_L,
            "attributable_ratio": rest.X_S if short else rest.X_L,
            "spend_ratio": spend_ratio(gain, phi, eps),
            "pass_through": phi,
            "elasticity": eps,
            "break_even": 1 / np.maximum(phi, 1e-6),
            "rebound": 100 * rebound_elasticity(phi, eps),
            "rebound_finite": 100 * rebound_finite(gain, phi, eps),
        }
    )


def half_life_months(model: Model) -> Array:
    """Return the months in which demand closes half of its gap to the long response, per draw."""
    d = model.draws
    speed = variants.adjustment_speed(d["elasticity_short"], np.maximum(d["elasticity_long"], 1e-6))
    return 3 * variants.half_life(speed)


def demand_growth_pairs(model: Model, tokens: pd.DataFrame) -> pd.DataFrame:
    """Return growth of compute demand by a second route: tokens processed over what serving them saves.

    A row for every pair of a token series and a published efficiency: series, source (of the efficiency), growth (ratio per
    year, if the compute behind a token stays the same).
    """
    services = evidence.token_growth(tokens).dropna(subset="growth")[["series", "growth"]]
    saved = evidence.serving_efficiency_growth(model.facts)
    pairs = services.merge(saved, how="cross", suffixes=("_services", "_saved"))
    growth = variants.compute_growth(pairs["growth_services"], 1.0, pairs["growth_saved"])
    return pairs[["series", "source"]].assign(growth=growth)


# --- the path --------------------------------------------------------------------------------------------------------


def _until_plan(times: Array) -> npt.NDArray[np.intp]:
    return np.flatnonzero(times <= PLAN_YEAR + 1e-9)


def _run(model: Model, january: bool) -> runs.Run:
    return runs.ex_ante_run(model) if january else runs.base_run(model)


def fan(model: Model, quantity: Quantity, *, january: bool = False) -> pd.DataFrame:
    """Return quantiles of a quantity by quarter up to the end of 2029: year, b025, b05, b10, b25, b50, b75, b90, b95, b975.

    Demand and supply in units of the supply at the start; utilisation of usable compute in %; rent of an H100 in USD an hour;
    power of the installed stock at facility level in GW. `january` asks the run that knows what was public in January 2025.
    """
    run = _run(model, january)
    keep = _until_plan(run.path.times)
    values = {
        "demand": lambda: run.path.D,
        "supply": lambda: run.path.S,
        "utilisation_pct": lambda: 100 * run.path.utilisation,
        "rent_usd": lambda: run.path.rent,
        "power_gw": lambda: run.power_gw,
    }[quantity]()
    shares = dict(sorted((FAN | {"b05": 0.05, "b95": 0.95}).items(), key=lambda pair: pair[1]))
    bands = np.quantile(values[:, keep], list(shares.values()), axis=0)
    return pd.DataFrame({"year": run.path.times[keep], **dict(zip(shares, bands, strict=True))})


def quarters(model: Model, *, january: bool = False) -> pd.DataFrame:
    """Return by quarter up to the end of 2029 how likely capacity is full and some demand unmet.

    Columns: year, p_full, p_unmet, median_tightness (demand over supply).
    """
    run = _run(model, january)
    keep = _until_plan(run.path.times)
    rho = run.path.rho[:, keep]
    return pd.DataFrame(
        {
            "year": run.path.times[keep],
            "p_full": [float(column.mean()) for column in (rho >= FULL).T],
            "p_unmet": [float(column.mean()) for column in (rho > 1).T],
            "median_tightness": np.median(rho, axis=0),
        }
    )


def fullness(model: Model, months: Iterable[int]) -> pd.DataFrame:
    """Return how likely capacity is full so many months after the event.

    Columns: months, year, p_full by the main model, low and high (the envelope over it and the forms of `forms`), p_without
    (in the same world without the event), p_january (by what was known in January 2025).
    """
    run, ante = runs.base_run(model), runs.ex_ante_run(model)
    asked = tuple(months)
    others = forms(model, asked)
    found = []
    for month in asked:
        p_full = float(run.path.saturation(month).mean())
        every = [p_full, *others.loc[others["is_form"], f"p_{month}"]]
        found.append(
            {
                "months": month,
                "year": EVENT_YEAR + month / 12,
                "p_full": p_full,
                "low": min(every),
                "high": max(every),
                "p_without": float(run.without.saturation(month).mean()),
                "p_january": float(ante.path.saturation(month).mean()),
            }
        )
    return pd.DataFrame(found)


@per_model
def plan_year(model: Model) -> pd.DataFrame:
    """Return the end of 2029, when the announced plan was to stand, a row a draw.

    Columns: tightness (demand over supply); utilisation_pct; idle_pct (every owner idles alike), idle_without_pct (the same
    without the event), idle_last_in_pct (the last built idles first); power_start_gw, power_gw, power_without_gw;
    power_effect_pct; energy_twh (a year at that load); supply_ratio (against no event).
    """
    run = runs.base_run(model)
    end, power = run.plan_index, run.power_gw
    rho, without = run.path.rho[:, end], runs.without_gw(run)
    return pd.DataFrame(
        {
            "tightness": rho,
            "utilisation_pct": 100 * run.path.utilisation[:, end],
            "idle_pct": 100 * stranded_pro_rata(rho),
            "idle_without_pct": 100 * stranded_pro_rata(run.without.rho[:, end]),
            "idle_last_in_pct": 100 * stranded_last_in(rho, power[:, end], run.draws["stargate_built"]),
            "power_start_gw": power[:, 0],
            "power_gw": power[:, end],
            "power_without_gw": without,
            "power_effect_pct": 100 * (power[:, end] / without - 1),
            "energy_twh": runs.energy_twh(run),
            "supply_ratio": run.path.S[:, end] / run.without.S[:, end],
        }
    )


def idle_by_fifths(model: Model, drivers: Iterable[str]) -> pd.DataFrame:
    """Return the expected idle share at the end of 2029 where a driver lies in its lowest and in its highest fifth of draws.

    Columns: driver, low_fifth, high_fifth (%), the largest gap first. A driver that the run fixes has no fifths and no row.
    """
    idle = plan_year(model)["idle_pct"].to_numpy()
    found = []
    for name in drivers:
        values = model.draws[name]
        low, high = np.quantile(values, [0.2, 0.8])
        if low < high:
            found.append((name, float(idle[values <= low].mean()), float(idle[values >= high].mean())))
    frame = pd.DataFrame(found, columns=["driver", "low_fifth", "high_fifth"])
    order = (frame["high_fifth"] - frame["low_fifth"]).abs().sort_values(ascending=False).index
    return frame.loc[order].reset_index(drop=True)


def binding_ceilings(model: Model) -> pd.DataFrame:
    """Return what stops additions by quarter up to the end of 2029.

    Columns: year, ceiling (``plans``, ``chips``, ``power``, ``capital``), share (% of draws).
    """
    result = alternatives.ceiling_path(model)
    if result is None:
        return pd.DataFrame(columns=["year", "ceiling", "share"])
    starts = result.path.times[:-1]
    found = [
        (float(starts[i]), name, 100 * float((result.binding[:, i] == k).mean()))
        for i in _until_plan(starts + 0.25)
        for k, name in enumerate(variants.CEILINGS)
    ]
    return pd.DataFrame(found, columns=["year", "ceiling", "share"])


@per_model
def forms(model: Model, months: tuple[int, ...] = (12, 24, 36)) -> pd.DataFrame:
    """Return the headline answers of the main path and of its variants.

    Columns: form; p_12 for 12 of the `months` and so on, and p_2029 (probability that capacity is full so many months after the
    event and at the end of 2029); idle_pct (expected, then), rent_ratio (median, then, over its start); is_form, whether it
    is another form of the model, or else switches a parameter or the event off.
    """
    found = []
    for key, path in alternatives.variant_paths(model):
        end = path.index(PLAN_YEAR)
        found.append(
            {
                "form": key,
                **{f"p_{month}": float(path.saturation(month).mean()) for month in months},
                "p_2029": float((path.rho[:, end] >= FULL).mean()),
                "idle_pct": 100 * float(stranded_pro_rata(path.rho[:, end]).mean()),
                "rent_ratio": float(np.median(path.rent[:, end] / path.rent[:, 0])),
                "is_form": key in alternatives.FORMS,
            }
        )
    return pd.DataFrame(found)


# --- years brought forward -------------------------------------------------------------------------------------------


@per_model
def pull_forward(model: Model) -> pd.DataFrame:
    """Return the years by which research came early, a row a draw.

    Columns: price, algorithm (by route), whole (the two weighed), attributable (what is left of it after a year of rivals).
    """
    d = model.draws
    rest = runs.pull_forward_draws(attributable(d, YEARS_SHORT))
    return pd.DataFrame({**runs.pull_forward_draws(d), "attributable": rest["whole"]})


def field_leads(model: Model) -> pd.DataFrame:
    """Return what the whole field gained on its former trends, an upper bound for any one release: series, years, sources.

    ``index_at_event`` and ``index_to_date``: pace of a capability index after its break over the pace before, from the break
    to the event and to the newest value. ``horizon_g26``, ``_g29``, ``_g30``: the level of the time horizon a year apart
    against three published doubling trends. NaN where not public.
    """
    known = {
        key: evidence.fact(model.facts, key)
        for key in ("G44", "G45", "G52", "G39", "G32", "G26", "G29", "G30")
    }
    value = {key: f.value for key, f in known.items() if f is not None and f.value is not None}
    year = {key: f.year for key, f in known.items() if f is not None}
    found: dict[str, tuple[float | None, str]] = {}
    for series, end in (("index_at_event", EVENT_YEAR), ("index_to_date", year.get("G52"))):
        there = "G44" in value and "G45" in value and end is not None
        lead = timing.lead_over_pace(value["G45"], value["G44"], end - year["G45"]) if there and end else None
        found[series] = lead, "G45"
    for trend in ("G26", "G29", "G30"):
        lead = None
        if {"G39", "G32", trend} <= value.keys():
            elapsed = (year["G39"] - year["G32"]) * timing.DAYS_PER_YEAR
            lead = timing.lead_over_doubling(value["G39"], value["G32"], value[trend], elapsed)
        found[f"horizon_{trend.lower()}"] = lead, trend
    rows_ = []
    for series, (lead, key) in found.items():
        fact = known[key]
        rows_.append((series, lead, () if lead is None or fact is None else (fact.source,)))
    return pd.DataFrame(rows_, columns=["series", "years", "sources"]).astype({"years": float})


# --- China -----------------------------------------------------------------------------------------------------------


def implied_lags(model: Model) -> pd.DataFrame:
    """Return the lag in months that shares of compute imply, a row a draw: location and, where it was public, ownership."""
    return pd.DataFrame(china.implied_lags(model.draws, model.facts))


def lags(model: Model) -> pd.DataFrame:
    """Return the lag that shares of compute imply, and what of it the observed lag leaves to explain.

    Columns: name, months, low, high, sources. Names are ``lag_location`` and ``unexplained_location``, the same by
    ``ownership``, and ``lag``: the envelope over both measures. Observed is the newest of two tests. NaN, without sources,
    where a measure was not public.
    """
    draws = implied_lags(model)
    owners = [f.source for row_id in evidence.OWNERS if (f := evidence.fact(model.facts, row_id)) is not None]
    counted = tuple(dict.fromkeys(owners))
    seen = next((f for key in ("G21", "G19") if (f := evidence.fact(model.facts, key)) is not None), None)
    found: list[tuple[Any, ...]] = []
    for measure, sources in (("location", ()), ("ownership", counted)):
        known = draws.get(measure)
        found.append((f"lag_{measure}", known, sources))
        rest = None if known is None or seen is None or seen.value is None else known - seen.value
        found.append((f"unexplained_{measure}", rest, (*sources, seen.source) if seen else sources))
    rows_ = [
        (name, *np.quantile(values, [0.5, 0.05, 0.95]), sources)
        if values is not None
        else (name, None, None, None, ())
        for name, values, sources in found
    ]
    frame = pd.DataFrame(rows_, columns=["name", "months", "low", "high", "sources"])
    frame = frame.astype(dict.fromkeys(("months", "low", "high"), float))
    both = frame[frame["name"].str.startswith("lag_")].rename(columns={"months": "value"})
    whole = envelope(both.assign(name="lag")).rename(columns={"value": "months"})
    whole["sources"] = [counted]
    return pd.concat([whole, frame], ignore_index=True)


def control_lags(model: Model, scenarios: pd.DataFrame) -> pd.DataFrame:
    """Return `scenarios` with the spread of the lag under each in months: its columns, then low, q25, median, q75, high.

    A scenario is a row with the columns chinese_compute (over what the facts show) and algorithm_gap (over what it is).
    """
    draws = {
        str(k): china.control_lag_months(model.draws, row["chinese_compute"], row["algorithm_gap"])
        for k, row in enumerate(scenarios.to_dict("records"))
    }
    return pd.concat([scenarios.reset_index(drop=True), spread(draws).drop(columns="label")], axis=1)


# --- the back-test ---------------------------------------------------------------------------------------------------


@per_model
def january(model: Model) -> pd.DataFrame:
    """Return what the January 2025 run predicted, and what followed.

    Columns: key, prediction (rows that share it are one test), in_sample, low, q25, median, q75, high, observed, error_pct
    (median over observed, less one), pit, sources.
    """
    found = []
    for row in backtest_rows.backtest_rows(model):
        middle = float(np.median(row.draws))
        found.append(
            {
                "key": row.key,
                "prediction": row.prediction,
                "in_sample": row.in_sample,
                **spread({"": row.draws}).iloc[0].drop("label"),
                "observed": row.observed,
                "error_pct": None if row.observed is None else 100 * (middle / row.observed - 1),
                "pit": row.pit,
                "sources": () if row.observed is None else row.sources,
            }
        )
    return pd.DataFrame(found).astype(dict.fromkeys((*SPREAD, "observed", "error_pct", "pit"), float))


def tested(predicted: pd.DataFrame) -> pd.DataFrame:
    """Return how the predictions came out that an observation tests, from the rows of `january`.

    Columns: prediction, observations (how many), missed, above. What was used in building the path tests nothing. A prediction missed if any of its observations did, and came in above the
    median if the mean of its PITs did.
    """
    fair = predicted[predicted["pit"].notna() & ~predicted["in_sample"].astype(bool)]
    found = [
        (name, len(pits), any(map(backtest.missed, pits)), float(np.mean(pits)) > 0.5)
        for name, pits in fair.groupby("prediction", sort=False)["pit"]
    ]
    return pd.DataFrame(found, columns=["prediction", "observations", "missed", "above"])


# --- facts -----------------------------------------------------------------------------------------------------------


def published(model: Model, names: Mapping[str, str], *, per: float = 1.0) -> pd.DataFrame:
    """Return rows of the fact tables by names of one's own; one that was not public is there, with NaN.

    Columns: name, row_id, value, low, high (divided by `per`), date, year, as_of, source, sources, verified, note.
    """
    chosen = pd.DataFrame(list(names.items()), columns=["name", "row_id"])
    found = chosen.merge(evidence.rows(model.facts, names.values()), on="row_id", how="left")
    found[["value", "low", "high"]] /= per
    found["sources"] = found["source"].map(lambda source: () if pd.isna(source) else (source,))
    return found
