"""Every capacity figure of the report, from one set of joint draws and the facts of the vintage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deepseek_era.capacity import china, evidence, timing, variants
from deepseek_era.capacity.aggregate import (
    YEARS_LONG,
    YEARS_SHORT,
    aggregate,
    attributable,
    rebound_elasticity,
    rebound_finite,
    spend_ratio,
)
from deepseek_era.capacity.alternatives import (
    full_over_forms,
    stranding_break_even,
    variant_rows,
)
from deepseek_era.capacity.backtest_rows import backtest_rows, stock_growth, tally
from deepseek_era.capacity.path import (
    EVENT_YEAR,
    stranded_last_in,
    stranded_pro_rata,
)
from deepseek_era.capacity.runs import (
    Run,
    base_run,
    energy_twh,
    ex_ante_run,
    pull_forward_draws,
    without_gw,
)
from deepseek_era.figure import Figure
from deepseek_era.model import Model, per_model

SATURATION_MONTHS = (12, 24, 36)


def _probability(id: str, hits: np.ndarray, label: str) -> Figure:
    return Figure(id, float(np.mean(hits)), "probability", "modelled", label)


def _observed(
    id: str,
    found: evidence.Fact | None,
    unit: str,
    label: str,
    *,
    factor: float = 1.0,
    kind: str = "observed",
) -> Figure:
    """Return a fact as a figure; its value is None where the fact is not public at the vintage."""
    if found is None:
        return Figure(id, None, unit, kind, label)
    low, high = (None if x is None else x * factor for x in (found.low, found.high))
    if low is None or high is None:
        low = high = None
    return Figure(id, found.value * factor, unit, kind, label, low, high, (found.source_id,))


def _plain(
    id: str, value: float | None, unit: str, label: str, sources: tuple[str, ...] = (), kind: str = "observed"
) -> Figure:
    return Figure(id, value, unit, kind, label, sources=sources)


def jevons_figures(run: Run) -> list[Figure]:
    """Return aggregate gains, compute ratios, break-evens and probabilities of backfire."""
    d, a = run.draws, run.a
    out = []
    for name, kbar, kbar_t, x, total, phi, eps in (
        (
            "short",
            a.kbar_S,
            a.kbarT_S,
            a.x_S,
            a.X_S,
            d["pass_through_short"],
            d["elasticity_short"],
        ),
        ("long", a.kbar_L, a.kbarT_L, a.x_L, a.X_L, d["pass_through_long"], d["elasticity_long"]),
    ):
        year = "one year" if name == "short" else "three years"
        product = rebound_elasticity(phi, eps)
        draw = Figure.from_draws
        p = f"capacity.{{}}_{name}"
        out += [
            draw(p.format("aggregate_gain"), kbar, unit="ratio", label=f"aggregate inference gain, {year}"),
            draw(
                p.format("aggregate_training_gain"),
                kbar_t,
                unit="ratio",
                label=f"aggregate training gain, {year}",
            ),
            draw(
                p.format("compute_ratio"), total, unit="ratio", label=f"all compute against no event, {year}"
            ),
            draw(
                p.format("inference_ratio"),
                x,
                unit="ratio",
                label=f"inference compute against no event, {year}",
            ),
            draw(
                p.format("training_ratio"),
                kbar_t ** (a.eta_S if name == "short" else a.eta_L),
                unit="ratio",
                label=f"training compute against no event, {year}",
            ),
            draw(
                p.format("jevons.rebound"),
                100 * product,
                unit="%",
                label=f"rebound, elasticity form, {year}",
            ),
            draw(
                p.format("jevons.rebound_finite"),
                100 * rebound_finite(kbar, phi, eps),
                unit="%",
                label=f"rebound for the finite gain, {year}",
            ),
            draw(
                p.format("spend_ratio"),
                spend_ratio(kbar, phi, eps),
                unit="ratio",
                label=f"customers’ spending on inference against no event, {year}",
            ),
            _probability(p.format("jevons.p_backfire"), product > 1, f"P(inference compute rises), {year}"),
            _probability(p.format("jevons.p_compute_rises"), total > 1, f"P(all compute rises), {year}"),
        ]
    break_even = 1 / np.maximum(d["pass_through_long"], 1e-6)
    label = "elasticity at which long-term inference compute is unchanged, one over pass-through"
    out.append(
        Figure.from_draws("capacity.jevons.break_even_elasticity", break_even, unit="ratio", label=label)
    )
    out.append(Figure.from_draws("capacity.jevons.break_even", break_even, unit="elasticity", label=label))
    rest = aggregate(attributable(d, YEARS_LONG))
    out.append(
        Figure.from_draws(
            "capacity.attributable.compute_ratio_long",
            rest.X_L,
            unit="ratio",
            label="all compute against no event after three years, less what rivals would have brought",
        )
    )
    for name in ("short", "long"):
        for what in ("pass_through", "elasticity"):
            out.append(
                Figure.from_draws(
                    f"capacity.{what}_{name}",
                    d[f"{what}_{name}"],
                    unit="elasticity",
                    kind="judgement",
                    label=f"{what.replace('_', '-')} assumed, {name} term",
                )
            )
    return out


def path_figures(run: Run) -> list[Figure]:
    """Return saturation, unmet demand, rent, and growth of the path."""
    out = []
    for months in SATURATION_MONTHS:
        out.append(
            _probability(
                f"capacity.saturation.p_{months}",
                run.path.saturation(months),
                f"P(utilisation at least 0.9), {months} months after the event",
            )
        )
        year = EVENT_YEAR + months / 12
        out.append(
            _probability(
                f"capacity.unmet.p_{months}",
                run.path.rho_at(year) > 1,
                f"P(demand above usable supply), {months} months after the event",
            )
        )
    end = run.plan_index
    out += [
        Figure.from_draws(
            "capacity.utilisation.end_2029",
            100 * run.path.utilisation[:, end],
            unit="%",
            label="usable compute in use at the end of 2029",
        ),
        _probability(
            "capacity.saturation.p_end_2029", run.path.rho[:, end] >= 0.9, "P(full) at the end of 2029"
        ),
        Figure.from_draws(
            "capacity.demand_growth",
            run.draws["demand_growth"],
            unit="ratio per year",
            kind="judgement",
            label="growth of compute demand at constant rent, at the start",
        ),
        Figure.from_draws(
            "capacity.supply_growth",
            run.draws["supply_growth"],
            unit="ratio per year",
            kind="judgement",
            label="growth of installed compute under current plans, at the start",
        ),
        _probability(
            "capacity.p_demand_outgrows_supply",
            run.draws["demand_growth"] > run.draws["supply_growth"],
            "P(demand growth above planned supply growth)",
        ),
        Figure(
            "capacity.saturation.effect_36",
            100 * float(np.mean(run.path.saturation(36)) - np.mean(run.without.saturation(36))),
            "pp",
            "modelled",
            "change in P(full) after 36 months that is due to the event",
        ),
    ]
    return out


def growth_check_figures(model: Model) -> list[Figure]:
    """Return demand growth by a second route: tokens processed over serving efficiency, both as published."""
    tokens = evidence.token_counts(model.facts)
    recent = tokens[tokens["year"] >= 2025]
    growth = {
        series: factor
        for series in recent["series"].unique()
        if (factor := evidence.yearly_factor(recent, series)) is not None
    }
    efficiency = evidence.serving_efficiency_growth(model.facts)
    label = "growth of compute demand by tokens over serving efficiency, compute per token unchanged"
    if not growth or not efficiency:
        return [Figure("capacity.check.demand_growth", None, "ratio per year", "published", label)]
    all_pairs = variants.compute_growth(
        np.array(list(growth.values()))[:, None], 1.0, np.array(list(efficiency.values()))[None, :]
    )
    middle = float(np.exp(np.mean(np.log(all_pairs))))
    return [
        Figure(
            "capacity.check.demand_growth",
            middle,
            "ratio per year",
            "published",
            f"{label} (range over {len(growth)} counts and {len(efficiency)} efficiencies)",
            float(all_pairs.min()),
            float(all_pairs.max()),
            tuple(efficiency),
        )
    ]


def stargate_figures(model: Model, run: Run) -> list[Figure]:
    """Return the stranded share by convention, its dollars, and the published ledger."""
    d, end = run.draws, run.plan_index
    pro_rata = stranded_pro_rata(run.path.rho[:, end])
    effect = pro_rata - stranded_pro_rata(run.without.rho[:, end])
    last_in = stranded_last_in(run.path.rho[:, end], run.power_gw[:, end], d["stargate_built"])
    rows = evidence.facts_of(model.facts, "power", ("P033", "P035", "P036", "P037", "P039", "P044", "P101"))
    committed = rows.get("P101")
    out = [
        Figure.from_draws(
            "capacity.stargate.stranded",
            100 * pro_rata,
            unit="% of plan",
            label="idle share at the end of 2029, every owner alike",
        ),
        Figure(
            "capacity.stargate.stranded_mean",
            100 * float(pro_rata.mean()),
            "% of plan",
            "modelled",
            "expected idle share at the end of 2029",
        ),
        _probability("capacity.stargate.p_any", pro_rata > 0, "P(any of it idle) at the end of 2029"),
        _probability("capacity.stargate.p_tenth", pro_rata > 0.1, "P(more than a tenth idle)"),
        _probability("capacity.stargate.p_half", pro_rata > 0.5, "P(more than half idle)"),
        Figure.from_draws(
            "capacity.stargate.stranded_last_in",
            100 * last_in,
            unit="% of plan",
            label="stress: the last built idles first",
        ),
        Figure(
            "capacity.stargate.stranded_last_in_mean",
            100 * float(last_in.mean()),
            "% of plan",
            "modelled",
            "stress: expected idle share if the last built idles first",
        ),
        Figure.from_draws(
            "capacity.stargate.effect",
            100 * effect,
            unit="pp",
            label="change in the idle share that is due to the event",
        ),
        Figure(
            "capacity.stargate.break_even_demand_growth",
            stranding_break_even(model),
            "ratio per year",
            "modelled",
            "growth of demand below which a tenth stands idle, all else at its median",
        ),
        _probability("capacity.stargate.p_effect", effect > 0.1, "P(the event idles a further tenth)"),
        _observed(
            "capacity.stargate.announced_usd_b",
            rows.get("P033"),
            "USD billion",
            "announced",
            factor=1e-9,
            kind="published",
        ),
        _observed(
            "capacity.stargate.announced_gw", rows.get("P036"), "GW", "announced target", kind="published"
        ),
        _observed(
            "capacity.stargate.committed_gw",
            rows.get("P035"),
            "GW",
            "sites named, September 2025",
            kind="published",
        ),
        _observed(
            "capacity.stargate.committed_usd_b",
            committed,
            "USD billion",
            "investment in the sites named",
            factor=1e-9,
            kind="published",
        ),
        _observed(
            "capacity.stargate.abilene_gw", rows.get("P037"), "GW", "planned at Abilene", kind="published"
        ),
        _observed("capacity.stargate.energised_gw", rows.get("P039"), "GW", "in operation at Abilene"),
        _observed(
            "capacity.stargate.plan_2030_usd_b",
            rows.get("P044"),
            "USD billion",
            "compute plan of OpenAI to 2030, as cut",
            factor=1e-9,
            kind="published",
        ),
    ]
    energised, target = rows.get("P039"), rows.get("P036")
    share = None if energised is None or target is None else 100 * energised.value / target.value
    out.append(
        _plain(
            "capacity.stargate.energised_share",
            share,
            "%",
            "in operation at Abilene over the announced target",
            () if energised is None else (energised.source_id,),
        )
    )
    label = "expected idle share times the investment in the sites named"
    if committed is None:
        out.append(Figure("capacity.stargate.stranded_usd_b", None, "USD billion", "modelled", label))
    else:
        usd = pro_rata * committed.value / 1e9
        low, high = np.quantile(usd, [0.05, 0.95])
        out.append(
            Figure(
                "capacity.stargate.stranded_usd_b",
                float(usd.mean()),
                "USD billion",
                "modelled",
                label,
                float(low),
                float(high),
                (committed.source_id,),
            )
        )
    return out


def power_figures(model: Model, run: Run) -> list[Figure]:
    """Return GW and TWh of installed AI compute and the forecasts beside them."""
    end = run.plan_index
    gw = run.power_gw
    change = 100 * (gw[:, end] / without_gw(run) - 1)
    rows = evidence.facts_of(model.facts, "power", ("P007", "P017", "P018", "P027", "P057"))
    return [
        Figure.from_draws(
            "capacity.power.gw_start",
            gw[:, 0],
            unit="GW",
            kind="judgement",
            label="power of installed AI compute at the start, facility level",
        ),
        Figure.from_draws(
            "capacity.power.gw_end_2029",
            gw[:, end],
            unit="GW",
            label="power of installed AI compute at the end of 2029",
        ),
        Figure.from_draws(
            "capacity.power.twh_2030",
            energy_twh(run),
            unit="TWh",
            label="yearly electricity of AI compute at the load of end 2029",
        ),
        Figure.from_draws(
            "capacity.power.effect",
            change,
            unit="%",
            label="change in AI power at the end of 2029 that is due to the event",
        ),
        _probability(
            "capacity.power.p_lower", change < -1, "P(the event lowers AI power by more than a hundredth)"
        ),
        _observed(
            "capacity.power.iea_2030",
            rows.get("P007"),
            "TWh",
            "all data centres in 2030, IEA base case",
            kind="published",
        ),
        _observed(
            "capacity.power.goldman_2030",
            rows.get("P027"),
            "TWh",
            "all data centres in 2030, Goldman Sachs",
            kind="published",
        ),
        _observed(
            "capacity.power.citi_added_gw",
            rows.get("P057"),
            "GW",
            "AI capacity added to 2030, Citi",
            kind="published",
        ),
        _observed(
            "capacity.power.growth_2025", rows.get("P017"), "%", "growth of data-centre electricity in 2025"
        ),
    ]


def field_leads(model: Model) -> dict[str, Figure]:
    """Return what the whole field gained on its former trends: upper bounds for any one release.

    Index: pace after the break over the pace before, from the break to the event and to the newest index
    value. Time horizon: level a year apart against three published doubling trends.
    """
    facts = model.facts
    rows = evidence.facts_of(
        facts, "capability_gap", ("G44", "G45", "G26", "G29", "G30", "G32", "G39", "G52")
    )
    out: dict[str, Figure] = {}
    before, after = rows.get("G44"), rows.get("G45")
    # the row is dated "after 2024-04": the break of the two-segment fit
    break_date = evidence.year_of(after.date.split()[-1]) if after else 0.0
    for key, label, until in (
        ("index_at_event", "capability index, April 2024 to the event", EVENT_YEAR),
        ("index_to_date", "capability index, April 2024 to the last value", None),
    ):
        id = f"capacity.pull_forward.field_{key}"
        last = rows.get("G52") if until is None else None
        end = until if until is not None else (evidence.year_of(last.date) if last else None)
        if before is None or after is None or end is None:
            out[key] = Figure(id, None, "years", "published", label)
            continue
        value = timing.lead_over_pace(after.value, before.value, end - break_date)
        out[key] = Figure(id, value, "years", "published", label, sources=(after.source_id,))
    level, former = rows.get("G39"), rows.get("G32")
    for row_id, words in (("G26", "2019 to 2025"), ("G29", "2023 on"), ("G30", "2024 on")):
        key = f"horizon_{row_id.lower()}"
        id = f"capacity.pull_forward.field_{key}"
        label = f"task horizon, a year to February 2026, against the trend of {words}"
        trend = rows.get(row_id)
        if level is None or former is None or trend is None:
            out[key] = Figure(id, None, "years", "published", label)
            continue
        elapsed = (evidence.year_of(level.date) - evidence.year_of(former.date)) * timing.DAYS_PER_YEAR
        value = timing.lead_over_doubling(level.value, former.value, trend.value, elapsed)
        out[key] = Figure(id, value, "years", "published", label, sources=(trend.source_id,))
    return out


def pull_forward_figures(model: Model, run: Run) -> list[Figure]:
    """Return years pulled forward, by trend, attributable apart, and P(the article's two to three years)."""
    d = run.draws
    years = pull_forward_draws(d)
    rest = pull_forward_draws(attributable(d, YEARS_SHORT))
    whole = years["whole"]
    return [
        Figure.from_draws(
            "capacity.pull_forward", whole, unit="years", label="years of trend that the event brought"
        ),
        _probability("capacity.pull_forward.p_2_to_3", (whole >= 2) & (whole <= 3), "P(2 to 3 years)"),
        _probability("capacity.pull_forward.p_at_least_2", whole >= 2, "P(2 years or more)"),
        _probability("capacity.pull_forward.p_at_least_1", whole >= 1, "P(1 year or more)"),
        Figure.from_draws(
            "capacity.pull_forward.price", years["price"], unit="years", label="against the price trend"
        ),
        Figure.from_draws(
            "capacity.pull_forward.algorithm",
            years["algorithm"],
            unit="years",
            label="against the trend of training algorithms",
        ),
        Figure.from_draws(
            "capacity.pull_forward.attributable",
            rest["whole"],
            unit="years",
            label="years left after a year of catching up by rivals",
        ),
        *field_leads(model).values(),
    ]


def _lag_figures(model: Model, run: Run) -> list[Figure]:
    """Return the lag that shares of compute imply, by either measure and as their envelope, and what each leaves over."""
    lags = china.implied_lags(run.draws, model.facts)
    owners = evidence.facts_of(model.facts, "accelerator_supply", china.OWNERS)
    sources = tuple(dict.fromkeys(f.source_id for f in owners.values()))
    observed = evidence.facts_of(model.facts, "capability_gap", ("G21", "G19"))
    seen = observed.get("G21", observed.get("G19"))
    out = [
        Figure.envelope(
            "capacity.china.lag",
            tuple(lags.values()),
            unit="months",
            label="lag implied by shares of compute: envelope over location and ownership",
            sources=sources,
        ),
        _probability(
            "capacity.china.p_lag_over_6",
            lags["location"] > 6,
            "P(lag above half a year), shares by location",
        ),
    ]
    for measure in ("location", "ownership"):
        draws = lags.get(measure)
        for key, values, words in (
            ("lag", draws, "lag implied by compute shares"),
            (
                "unexplained",
                None if draws is None or seen is None else draws - seen.value,
                "implied less observed lag",
            ),
        ):
            id, label = f"capacity.china.{key}_{measure}", f"{words}, by {measure}"
            out.append(
                Figure(id, None, "months", "modelled", label)
                if values is None
                else Figure.from_draws(
                    id,
                    values,
                    unit="months",
                    label=label,
                    sources=(sources if measure == "ownership" else ())
                    + ((seen.source_id,) if key == "unexplained" and seen is not None else ()),
                )
            )
    return out


def china_figures(model: Model, run: Run) -> list[Figure]:
    """Return the lag from shares of compute by both measures, and observed lags."""
    d, facts = run.draws, model.facts
    owners = evidence.facts_of(facts, "accelerator_supply", (*china.OWNERS, "S211", "S212", "S178", "S184"))
    out = _lag_figures(model, run)
    for id, row, text in (
        ("us_share_location", "S211", "US share of AI compute by location, May 2025"),
        ("china_share_location", "S212", "Chinese share of AI compute by location, May 2025"),
        ("us_share_ownership", "S207", "five American firms’ share of AI compute, end of 2025"),
        ("china_share_ownership", "S208", "Chinese-owned share of AI compute, end of 2025"),
        ("china_share_tracked_2024", "S178", "Chinese-owned share of tracked chips without Huawei, 2024"),
        ("china_share_tracked_2025", "S184", "Chinese-owned share of tracked chips without Huawei, 2025"),
    ):
        out.append(_observed(f"capacity.china.{id}", owners.get(row), "%", text, kind="published"))
    gaps = evidence.facts_of(facts, "capability_gap", ("G18", "G19", "G21"))
    out += [
        _observed(
            "capacity.china.lag_index",
            gaps.get("G19"),
            "months",
            "observed mean lag on a capability index since 2023 (range of single models)",
            kind="published",
        ),
        _observed(
            "capacity.china.lag_hidden_test",
            gaps.get("G21"),
            "months",
            "observed lag on a US government test, part of it hidden, May 2026",
            kind="published",
        ),
        _observed(
            "capacity.china.preference_gap",
            gaps.get("G18"),
            "%",
            "American lead on a preference board, March 2026",
            kind="published",
        ),
    ]
    for key, scenario in zip(
        ("as_is", "lifted", "bite", "outputs_open", "outputs_open_bite", "outputs_closed"),
        china.SCENARIOS,
        strict=True,
    ):
        out.append(
            Figure.from_draws(
                f"capacity.china.controls.{key}",
                china.control_lag_months(d, scenario),
                unit="months",
                label=f"lag by location: {scenario.name}",
            )
        )
    return out


def backtest_figures(model: Model) -> list[Figure]:
    """Return predictions, observations, errors and PITs of the January 2025 run."""
    out: list[Figure] = []
    rows = backtest_rows(model)
    for row in rows:
        base = f"capacity.backtest.{row.key}"
        out.append(
            Figure.from_draws(f"{base}.predicted", row.draws, unit="ratio", label=f"{row.what}, predicted")
        )
        out.append(
            _plain(
                f"{base}.observed",
                row.observed,
                "ratio",
                f"{row.what}: {row.observed_label}",
                row.sources if row.observed is not None else (),
            )
        )
        error = None if row.observed is None else 100 * float(np.median(row.draws) / row.observed - 1)
        out.append(
            Figure(f"{base}.error", error, "%", "modelled", f"{row.what}: median over observed, less one")
        )
        out.append(Figure(f"{base}.pit", row.pit, "score", "modelled", f"{row.what}: PIT"))
    done = tally(rows)
    for key, number, label in (
        ("observations", done.observations, "observations that the January 2025 run did not use"),
        ("tests", done.tests, "separate predictions of the January 2025 run that they test"),
        ("misses", done.missed, "predictions of which an observation lies outside the ninety per cent"),
    ):
        out.append(Figure(f"capacity.backtest.{key}", number, "count", "modelled", label))
    run = ex_ante_run(model)
    for months in SATURATION_MONTHS:
        out.append(
            _probability(
                f"capacity.backtest.saturation_{months}",
                run.path.saturation(months),
                f"January 2025 run: P(full) after {months} months",
            )
        )
    return out


def evidence_figures(model: Model) -> list[Figure]:
    """Return observed rents, token growth, and stock growth."""
    facts = model.facts
    rows = evidence.facts_of(
        facts, "accelerator_supply", ("S256", "S257", "S258", "S259", "S262", "S267", "S268")
    )
    out = [
        _observed(
            "capacity.rent.on_demand_2024",
            rows.get("S256"),
            "USD per GPU-hour",
            "H100 on demand, October 2024",
        ),
        _observed(
            "capacity.rent.low", rows.get("S257"), "USD per GPU-hour", "H100 one-year contract, October 2025"
        ),
        _observed(
            "capacity.rent.high", rows.get("S258"), "USD per GPU-hour", "H100 one-year contract, March 2026"
        ),
        _plain(
            "capacity.stock_growth_2025",
            stock_growth(facts),
            "ratio",
            "installed compute of four makers, end of 2025 over end of 2024",
            () if stock_growth(facts) is None else ("EPOCH_CHIPCOUNTS",),
        ),
        _observed(
            "capacity.enterprise_utilisation",
            rows.get("S259"),
            "%",
            "measured GPU utilisation of enterprise clusters",
        ),
    ]
    signals = evidence.capacity_signals(facts)
    for key, sign in (("tight", 1), ("loose", -1)):
        own = signals[signals["sign"] == sign]
        out.append(
            Figure(
                f"capacity.signals.{key}",
                len(own),
                "count",
                "observed",
                f"dated signals that capacity was {key}",
                sources=tuple(dict.fromkeys(own["source"])),
            )
        )
    low, high = rows.get("S257"), rows.get("S258")
    change = None if low is None or high is None else 100 * (high.value / low.value - 1)
    out.append(
        _plain(
            "capacity.rent.turn",
            change,
            "%",
            "H100 one-year rent, October 2025 to March 2026",
            () if low is None else (low.source_id,),
        )
    )
    tokens = evidence.token_counts(facts)
    for series, key in (
        ("Google, all surfaces", "google"),
        ("ByteDance Doubao", "doubao"),
        ("OpenAI API", "openai"),
        ("OpenRouter (router)", "openrouter"),
    ):
        own = tokens[tokens["series"] == series]
        out.append(
            _plain(
                f"capacity.tokens.{key}_growth",
                evidence.yearly_factor(tokens, series),
                "ratio per year",
                f"tokens processed: {series}, first to last count",
                tuple(dict.fromkeys(own["source"])) if len(own) > 1 else (),
            )
        )
    return out


def adjustment_figures(run: Run) -> list[Figure]:
    """Return how fast demand answers to price, and when waiting lists show."""
    d = run.draws
    speed = variants.adjustment_speed(d["elasticity_short"], np.maximum(d["elasticity_long"], 1e-6))
    return [
        Figure.from_draws(
            "capacity.adjustment.half_life",
            3 * variants.half_life(speed),
            unit="months",
            label="time in which demand closes half of its gap to the long response",
        ),
        Figure(
            "capacity.waiting.busy_share",
            100 * variants.busy_share_at_wait(1000, 0.01),
            "%",
            "modelled",
            "share of a pool of 1,000 servers in use when the mean wait reaches a hundredth of a job",
        ),
    ]


def saturation_over_forms(model: Model, own: Figure) -> Figure:
    """Return the probability of the main model with its range over the forms of the model (its own draws included)."""
    assert own.value is not None
    low, high = full_over_forms(model)
    return replace(
        own,
        label=f"{own.label}: main model, range over forms of the model",
        low=min(low, own.value),
        high=max(high, own.value),
    )


def variant_figures(model: Model) -> list[Figure]:
    """Return the headline answers of each variant."""
    out = []
    for v in variant_rows(model):
        out.append(
            Figure(
                f"capacity.variant.{v.key}.p_36",
                v.p_full_36,
                "probability",
                "modelled",
                f"P(full) after 36 months: {v.name}",
            )
        )
        out.append(
            Figure(
                f"capacity.variant.{v.key}.stranded",
                100 * float(v.stranded.mean()),
                "% of plan",
                "modelled",
                f"expected idle share, end of 2029: {v.name}",
            )
        )
    return out


@per_model
def figures(model: Model) -> dict[str, Figure]:
    """Return every capacity figure of the report, keyed by id."""
    run = base_run(model)
    found = [
        *jevons_figures(run),
        *path_figures(run),
        *adjustment_figures(run),
        *growth_check_figures(model),
        *stargate_figures(model, run),
        *power_figures(model, run),
        *pull_forward_figures(model, run),
        *china_figures(model, run),
        *backtest_figures(model),
        *evidence_figures(model),
        *variant_figures(model),
    ]
    keyed = {f.id: f for f in found}
    last = f"capacity.saturation.p_{SATURATION_MONTHS[-1]}"
    keyed[last] = saturation_over_forms(model, keyed[last])
    return keyed
