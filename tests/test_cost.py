"""The cost part reproduces published figures, holds its identities, and refuses what it cannot compute."""

import functools
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepseek_era import prose, tables
from deepseek_era.building.rehearse import rehearse
from deepseek_era.cost import (
    architecture,
    breakthroughs,
    full_cost,
    hardware,
    lookup,
    memory,
    price,
    serving,
    study,
    training,
)
from deepseek_era.cost import tables as cost
from deepseek_era.errors import ModelInputError
from deepseek_era.figure import round_significant
from deepseek_era.model import Model
from deepseek_era.parameters import resolve

FIXED = [
    "cost.api.discount_input",
    "cost.api.discount_cached",
    "cost.api.discount_output",
    "cost.api.discount_call",
    "cost.api.verbosity_for_93",
    "cost.api.discount_per_task",
    "cost.api.discount_output_o3_mini",
    "cost.training.v3_gpu_hours",
    "cost.training.v3_cost",
    "cost.training.v3_flop",
    "cost.training.v3_mfu_bf16",
    "cost.training.r1_stage_cost",
    "cost.training.flop_ratio_llama_405b",
    "cost.training.full_cost",
    "cost.training.hidden_multiplier",
    "cost.memory.active_fp8",
    "cost.memory.resident_fp8",
    "cost.memory.understatement",
    "cost.kv.v3_bytes_per_token",
    "cost.kv.mha_ratio",
    "cost.serving.nodes_from_log",
    "cost.serving.cost_per_day",
    "cost.serving.margin",
    "cost.serving.decode_tokens_per_s_node",
    "cost.mtp.speedup",
]
WITH_INTERVAL = [
    "cost.api.discount_call",
    "cost.training.full_cost",
    "cost.training.hidden_multiplier",
    "cost.serving.decode_tokens_per_s_node",
    "cost.mtp.speedup",
]

O1 = price.Prices(15, 7.5, 60)
R1 = price.Prices(0.55, 0.14, 2.19)
positive = st.floats(0.01, 100)
share = st.floats(0, 1)


@pytest.fixture(scope="module")
def latest():
    return Model(resolve({"draws": 4096}))


@pytest.fixture(scope="module")
def article():
    return Model(resolve({"draws": 2048}, vintage="article"))


@functools.cache
def session(model):
    """What the notebook records, shows and says for a model."""
    return rehearse("cost", model=model)


def figures_for(model):
    return session(model).figures


def value(model, id):
    return figures_for(model)[id].value


def said(cell, figures):
    """A prose cell of the notebook with its conditions settled for these figures."""
    cells = json.loads((tables.ROOT / "notebooks" / "02-cost.ipynb").read_text(encoding="utf-8"))["cells"]
    source = next("".join(c["source"]) for c in cells if c["id"] == cell)
    return prose.settle(source.removeprefix(prose.MAGIC), prose.Vocabulary(figures), cell)


# ---------------------------------------------------------------- published figures


def test_every_fixed_figure_is_there_and_those_that_need_an_interval_have_one(latest):
    figures = figures_for(latest)
    assert [i for i in FIXED if figures[i].value is None] == []
    assert [i for i in WITH_INTERVAL if figures[i].low is None or figures[i].high is None] == []
    assert all(f.low <= f.value <= f.high for f in figures.values() if f.low is not None)


def test_launch_list_prices_give_the_three_discounts(latest):
    # o1 15 / 7.50 / 60 and R1 0.55 / 0.14 / 2.19 USD per million tokens, 20 January 2025
    assert value(latest, "cost.api.discount_input") == pytest.approx(96.33, abs=0.01)
    assert value(latest, "cost.api.discount_cached") == pytest.approx(98.13, abs=0.01)
    assert value(latest, "cost.api.discount_output") == pytest.approx(96.35, abs=0.01)
    assert value(latest, "cost.api.discount_output_o3_mini") == pytest.approx(50.2, abs=0.05)
    assert value(latest, "cost.api.discount_output_o3_cut") == pytest.approx(72.6, abs=0.05)


def test_the_benchmark_runs_give_the_discount_per_case_and_per_solved_case(latest):
    # Aider polyglot: R1 5.42 USD, 225 cases, 56.9 %; o1 (high) 186.50 USD, 224 cases, 61.7 %
    assert value(latest, "cost.api.discount_per_task") == pytest.approx(97.1, abs=0.05)
    assert value(latest, "cost.api.discount_per_solved") == pytest.approx(96.9, abs=0.05)


def test_the_final_run_is_hours_times_the_makers_rate(latest):
    # DeepSeek-V3 technical report, table 1: 2,664 + 119 + 5 thousand H800 hours, 2 USD, 5.576 million USD
    assert value(latest, "cost.training.v3_gpu_hours") == pytest.approx(2.788, rel=1e-6)
    assert value(latest, "cost.training.v3_cost") == pytest.approx(5.576, rel=1e-6)
    # Nature supplement of September 2025: 147 thousand hours, 0.294 million USD
    assert value(latest, "cost.training.r1_stage_cost") == pytest.approx(0.294, rel=1e-6)


def test_a_second_route_gives_the_same_pretraining_hours(latest):
    # ISCA 2025, table 4: 272.8 billion tokens a day on 2,048 GPUs
    second = value(latest, "cost.training.second_route_hours")
    assert second == pytest.approx(2.666, abs=0.001)
    assert second == pytest.approx(value(latest, "cost.training.v3_pretraining_hours"), rel=0.002)


def test_utilisation_is_the_published_share_of_the_bf16_peak(latest):
    # ISCA 2025: 385 TFLOPS of 989, at the makers' 250 GFLOP per token
    assert value(latest, "cost.training.v3_mfu_bf16") == pytest.approx(100 * 385 / 989, rel=0.01)
    assert value(latest, "cost.training.v3_mfu_fp8") == pytest.approx(
        value(latest, "cost.training.v3_mfu_bf16") / 2, rel=0.01
    )


def test_llama_405b_took_eleven_and_a_half_times_the_arithmetic(latest):
    assert value(latest, "cost.training.flop_ratio_llama_405b") == pytest.approx(11.5, abs=0.1)


@pytest.mark.parametrize(
    ("model", "gflop"),
    [("DeepSeek-V3 / R1", 250), ("DeepSeek-V2", 155), ("Llama-3.1-405B", 2448)],
)
def test_counted_arithmetic_per_training_token_is_what_the_makers_publish(latest, model, gflop):
    # ISCA 2025 (arXiv 2505.09343), table 2, at sequences of 4,096 tokens
    shape = study.shape(latest, model)
    assert architecture.training_flop_per_token(shape, 4096) / 1e9 == pytest.approx(gflop, rel=0.012)


def test_parameters_are_counted_within_one_percent_of_every_published_total(latest):
    table = latest.facts.table("architectures")
    tied = {"Qwen2.5-1.5B", "R1-Distill-Qwen-1.5B"}  # share one embedding table: counted twice here
    for row in table[~table["model"].isin(tied)].to_dict("records"):
        total = architecture.count_parameters(architecture.from_row(row)).total / 1e9
        # Kimi K2's published total is rounded to a trillion
        assert total == pytest.approx(
            row["params_total_b"], rel=0.03 if row["model"] == "Kimi K2" else 0.01
        ), row["model"]
    assert value(latest, "cost.memory.parameters_total") == pytest.approx(671.0, abs=0.1)
    assert value(latest, "cost.memory.parameters_active") == pytest.approx(37.6, abs=0.1)


def test_cache_bytes_are_the_published_ones_for_every_architecture(latest):
    # ISCA 2025, table 1: 70.272, 327.680 and 516.096 KB per token
    assert value(latest, "cost.kv.v3_bytes_per_token") == 70272
    assert value(latest, "cost.kv.qwen_72b") == 327680
    assert value(latest, "cost.kv.llama_405b") == 516096
    for row in latest.facts.table("architectures").to_dict("records"):
        shape = architecture.from_row(row)
        assert architecture.kv_bytes(shape) == row["kv_cache_bytes_per_token_bf16_derived"], shape.name


def test_latent_attention_equals_two_and_a_quarter_groups_in_v2(latest):
    # DeepSeek-V2 report: the cache equals that of grouped attention with 2.25 groups
    v2 = study.shape(latest, "DeepSeek-V2")
    one_group = architecture.kv_bytes(v2, "GQA", kv_groups=1)
    assert architecture.kv_bytes(v2) / one_group == pytest.approx(2.25)


def test_the_operators_day_adds_up(latest):
    # DeepSeek, inference system overview, 1 March 2025
    assert value(latest, "cost.serving.nodes_from_log") == pytest.approx(226.75, rel=0.002)
    assert value(latest, "cost.serving.cost_per_day") == pytest.approx(87072, rel=1e-6)
    assert value(latest, "cost.serving.revenue_per_day") == pytest.approx(562027, rel=0.001)
    assert value(latest, "cost.serving.margin") == pytest.approx(545, abs=1)


def test_both_published_decode_rates_lie_near_the_form_with_network_time_added(latest):
    for row in cost.reproduction(latest).itertuples():
        assert row.middle == pytest.approx(row.observed, rel=0.25), row.who
        assert row.observed < row.low_hidden, row.who


@pytest.mark.parametrize(
    ("table", "prefixes"),
    [
        (cost.service_by_form, ("cost.serving.", "cost.mtp.")),
        (cost.variants, ("cost.variant.",)),
    ],
)
def test_what_is_printed_of_service_holds_the_band_of_every_form(latest, table, prefixes):
    figures, seen = figures_for(latest), 0
    for row in table(latest).itertuples():
        found = [figures[p + row.name] for p in prefixes if p + row.name in figures]
        for printed in found:
            band = [round_significant(x) for x in (row.low, row.value, row.high)]
            assert printed.low <= band[0] <= band[1] <= band[2] <= printed.high, (row.name, row.form)
        seen += len(found)
    assert seen >= 2 * len(study.FORMS)


def test_an_independent_reproduction_is_placed_among_both_forms_at_its_own_chip(latest):
    row = cost.reproduction(latest).set_index("name").loc["sglang"]
    assert row["high"] < row["observed"] < row["low_hidden"]  # neither form alone holds it, the envelope does
    assert "lies between the brackets" in " ".join(session(latest).passages)


def test_the_printed_range_of_decode_is_the_envelope_over_both_forms(latest):
    figures = figures_for(latest)
    printed, added, hidden = (
        figures[f"cost.serving.decode_{i}"] for i in ("tokens_per_s_node", "added", "overlapped")
    )
    assert (printed.low, printed.high) == (added.low, hidden.high)
    assert printed.value == pytest.approx((added.value + hidden.value) / 2, rel=1e-5)
    assert added.high < hidden.low  # the choice of the form moves more than all draws of the efficiencies
    published = value(latest, "cost.serving.decode_published")
    assert added.low <= published <= added.high
    text = " ".join(session(latest).passages)
    assert "lies in the lower bracket" in text
    assert "come from the operator’s own log" in text


@pytest.mark.parametrize(
    ("rate", "where"),
    [
        (25_000, "in the upper bracket"),
        (17_500, "between the brackets"),
        (50_000, "above both brackets"),
    ],
)
def test_a_rate_in_the_other_bracket_or_in_none_is_said_so_and_so_is_a_day_that_does_not_add_up(rate, where):
    model = Model(resolve({"draws": 1024}))
    real = model.facts.table

    def with_rate(name):
        frame = real(name)
        if name == "inference_reports":
            day = (frame["report"] == study.DAY_REPORT) & (frame["metric"] == "decode throughput per node")
            assert day.sum() == 1
            frame = frame.assign(value=frame["value"].mask(day, float(rate)))
        return frame

    model.facts.table = with_rate
    shown = rehearse("cost", model=model)
    text = " ".join(shown.passages)
    assert f"lies {where}." in text
    assert "The operator’s published day does not add up." in text
    assert shown.exhibits["cost-serving"].title.endswith(f"the operator’s own rate lies {where}")


def test_all_to_all_time_counts_the_layers_that_have_experts_and_the_published_limit_all(latest):
    # ISCA 2025, section 2.3.2: 32 tokens, two half-batches in turn, hidden size taken as 7,000: 120.96 µs a layer
    a = study.v3(latest)
    ours = 2 * float(serving.network_seconds(a, 32.0))
    per_layer = ours / 2 / a.moe_layers * 7000 / a.hidden
    assert (a.moe_layers, a.layers) == (58, 61)
    assert per_layer == pytest.approx(120.96e-6, rel=1e-4)
    assert 2 * a.layers * per_layer == pytest.approx(14.76e-3, rel=1e-3)  # as published: every layer
    assert 2 * a.moe_layers * per_layer == pytest.approx(
        14.03e-3, rel=1e-3
    )  # the same with dense layers left out
    assert ours == pytest.approx(14.37e-3, rel=1e-3)  # and at the true hidden size
    for number in ("14.76 ms", "14.37 ms", "58 of V3's 61"):
        assert number in serving.network_seconds.__doc__


# ---------------------------------------------------------------- like against like


def tier_of(model):
    table = tables.load("price_tiers")
    return dict(zip(table["model"], table["tier"], strict=True))[model]


def test_the_path_of_prices_sets_flagship_against_flagship_and_small_against_small(latest):
    path = cost.price_path(latest)
    for row in path.itertuples():
        same = tier_of(row.deepseek_model) == tier_of(row.comparator_model) == row.comparator
        assert row.alike == same, row
    last = path.groupby(["comparator", "hours"]).tail(1).set_index(["comparator", "hours"])
    assert last["alike"].all()
    # DeepSeek's price page and OpenAI's, autumn 2026: 0.60 off-peak and 1.20 at peak hours against 1.20
    assert last.loc[("small", "standard"), "deepseek_model"] == "DeepSeek-V4.1-Flash"
    assert value(latest, "cost.api.path_small_latest") == pytest.approx(50)
    assert value(latest, "cost.api.path_small_latest_peak") == pytest.approx(0)
    assert value(latest, "cost.api.path_flagship_latest") > value(
        latest, "cost.api.path_flagship_latest_peak"
    )


def test_a_tiers_head_is_its_newest_model_on_sale_and_peak_hours_begin_with_their_price(latest):
    prices = latest.facts.table("api_prices")
    tiers = tables.load("price_tiers").merge(prices, on=["provider", "model"])
    launch = tiers.groupby("model")["effective_from"].min()
    for row in cost.price_path(latest).itertuples():
        own = tiers[(tiers["provider"] == "DeepSeek") & (tiers["tier"] == row.comparator)]
        newest = launch[own["model"].unique()]
        newest = newest[newest <= row.date]
        assert not row.alike or launch[row.deepseek_model] == newest.max(), row
    peak = prices[
        (prices["provider"] == "DeepSeek") & prices["tier_or_note"].str.startswith("peak", na=False)
    ]
    path = cost.price_path(latest)
    assert path[path["hours"] == "peak"]["date"].min() == peak["effective_from"].min() == "2026-08-16"


def test_a_note_that_mentions_a_night_discount_is_not_a_night_price():
    notes = pd.Series(
        [
            "night discount 50 percent",
            "effective 16:00 UTC; night discount cancelled",
            "peak (01-04 UTC)",
            "off-peak",
            None,
        ]
    )
    assert lookup.hours(notes).tolist() == ["night", "standard", "peak", "standard", "standard"]


def test_every_model_that_stood_at_the_head_has_its_days_in_the_path(latest):
    # V3.1 asked 1.68 for 24 days of September 2025
    assert "DeepSeek-V3.1 (chat and reasoner)" in set(cost.price_path(latest)["deepseek_model"])


def test_the_words_on_the_path_follow_its_figures(latest, article):
    figures = dict(figures_for(latest))
    level = "small model costs {{ cost.api.path_small_latest }} less than OpenAI’s; at peak hours the two cost the same."
    assert level in said("cost-path", figures)
    dearer = replace(figures["cost.api.path_small_latest_peak"], value=-10.0)
    assert "OpenAI’s, at peak hours more." in said("cost-path", {**figures, dearer.id: dearer})
    assert "Later comparators were not public yet." in said("cost-path", figures_for(article))
    assert "path_small" not in said("cost-path", figures_for(article))


def test_the_words_on_the_articles_discount_say_on_which_side_of_the_range_it_lies(latest):
    figures = figures_for(latest)
    drawn = figures["cost.api.discount_call"]
    for claimed, words_ in ((drawn.low - 1, "below"), (drawn.value, "inside"), (drawn.high + 1, "above")):
        article = replace(figures["cost.api.article_discount"], value=claimed)
        assert f"lies {words_} that range" in said("cost-price", {**figures, article.id: article})


def test_the_drafts_speed_up_is_the_published_one(latest):
    # DeepSeek-V3 report: 85 to 90 % accepted, 1.8 times the tokens per second
    figure = figures_for(latest)["cost.mtp.speedup"]
    assert figure.low <= 1.8 <= figure.high + 0.05
    assert figure.value == pytest.approx(1.8, rel=0.03)


def test_the_hidden_cost_covers_the_published_range_of_research_compute(latest):
    table = latest.facts.table("infrastructure")
    shares = table[table["topic"] == "final run share"]["value_low"]
    # Epoch, 23 March 2026: OpenAI 9.6, Z.ai 12.3, MiniMax 22.6 per cent
    assert shares.tolist() == [9.6, 12.3, 22.6]
    span = lookup.rows(table, metric="share of final runs in R&D compute", topic="hidden cost ratio")
    assert (span["value_low"].iloc[0], span["value_high"].iloc[0]) == (shares.min(), shares.max())
    figure = figures_for(latest)["cost.training.compute_cost"]
    run = value(latest, "cost.training.v3_cost")
    assert figure.low < 100 * run / shares.max()
    assert figure.high > 100 * run / shares.min()


def test_the_development_and_a_year_of_the_fleet_stand_as_a_bracket_in_text_and_chart(latest):
    low, high = (value(latest, f"cost.fleet.yearly_{i}") for i in ("low", "high"))
    whole = figures_for(latest)["cost.training.full_cost"]
    assert whole.high < low < high
    assert value(latest, "cost.fleet.yearly_over_development") == pytest.approx(low / whole.value, rel=1e-4)
    exhibit = session(latest).exhibits["cost-waterfall"]
    year = exhibit.data[exhibit.data["kind"] == "flow a year"].iloc[0]
    assert (year["low"], year["high"]) == (low, high)
    assert f"${low:.0f}–{high:.0f}m" in exhibit.title
    text = said("cost-full", figures_for(latest))
    assert {"cost.fleet.yearly_low", "cost.fleet.yearly_high"} <= set(prose.named(text))


def test_utilisation_is_compared_on_the_basis_that_the_other_runs_have(latest):
    cells = json.loads((tables.ROOT / "notebooks" / "02-cost.ipynb").read_text(encoding="utf-8"))["cells"]
    text = next("".join(c["source"]) for c in cells if c["id"] == "cost-training")
    sentence = text[text.index("With six operations") : text.index("By {% if")]
    assert {"cost.training.v3_mfu_6nd", "cost.training.peer_mfu_median"} <= set(prose.named(sentence))
    assert "cost.training.v3_mfu_bf16" not in prose.named(sentence)
    runs = study.runs(latest)
    own = runs[runs["model"] == study.V3_NAME]["utilisation"].iloc[0]
    assert 100 * own == pytest.approx(value(latest, "cost.training.v3_mfu_6nd"), rel=1e-3)


def test_the_words_on_training_follow_its_figures(latest, article):
    figures = figures_for(latest)
    gap, low = figures["cost.training.second_route_gap"], figures["cost.training.peer_mfu_min"]
    used = figures["cost.training.v3_mfu_6nd"].value
    assert "A second route agrees." in said("cost-training", figures)
    assert "inside the range of other runs" in said("cost-training", figures)
    apart = {gap.id: replace(gap, value=-5.0), low.id: replace(low, value=used + 1)}
    assert "A second route disagrees." in said("cost-training", {**figures, **apart})
    assert "outside the range of other runs" in said("cost-training", {**figures, **apart})
    early = said("cost-training", figures_for(article))
    assert "was not public yet." in early
    assert "arithmetic per token counted from the architecture" in early


@pytest.mark.parametrize(
    ("rate", "where"),
    [
        (0.1, "below the range of"),
        (2.2, "at the lower end of"),
        (3.0, "within the range of"),
        (9.0, "above the range of"),
    ],
)
def test_the_words_on_the_makers_rate_say_where_it_stands(latest, rate, where):
    figures = figures_for(latest)
    owned = replace(figures["cost.tco.gpu_hour"], low=2.0, value=2.5, high=3.3)
    assumed = replace(figures["cost.training.rate"], value=rate)
    text = said("cost-entrant", {**figures, owned.id: owned, assumed.id: assumed})
    assert f"stands {where} what owning costs" in text


def test_the_pcie_cluster_is_half_the_price_at_five_sixths_of_the_speed(latest):
    # Fire-Flyer AI-HPC paper (SC24): 11,600 against 23,000; 0.83 / 0.60 = 1.38
    assert value(latest, "cost.pcie.total_price_share") == pytest.approx(50.4, abs=0.1)
    assert value(latest, "cost.pcie.value_ratio") == pytest.approx(1.38, abs=0.005)


# ---------------------------------------------------------------- identities


@given(s=st.floats(0.02, 1), cached=share, target=st.floats(1, 95))
def test_verbosity_for_a_discount_gives_that_discount_back(s, cached, target):
    v = price.verbosity_for_discount(target, R1, O1, s, cached)
    if np.isfinite(v):
        assert price.call_discount_percent(R1, O1, s, v, cached) == pytest.approx(target, abs=1e-6)
    else:
        assert price.call_discount_percent(R1, O1, s, 0.0, cached) <= target + 1e-6


@given(factor=positive, s=share, cached=share, v=positive)
def test_doubling_every_price_doubles_a_call(factor, s, cached, v):
    scaled = price.Prices(
        *(factor * p for p in (R1.input_usd_per_mtok, R1.cached_usd_per_mtok, R1.output_usd_per_mtok))
    )
    work = price.Workload.from_ratios(s, cached)
    one = price.cost_per_call(R1, work, verbosity=v)
    assert price.cost_per_call(scaled, work, verbosity=v) == pytest.approx(factor * one)


@given(flop=st.floats(1e20, 1e26), mfu=st.floats(0.01, 1), peak=st.floats(1e13, 1e16))
def test_hours_and_utilisation_invert_each_other(flop, mfu, peak):
    hours = training.gpu_hours(flop, peak, mfu)
    assert training.model_flop_utilisation(flop, hours, peak) == pytest.approx(mfu)


@given(
    final=st.floats(1, 1e9),
    m=st.floats(1, 50),
    data=st.floats(1, 3),
    staff=st.floats(0, 0.9),
    prior=st.floats(0, 1e9),
)
def test_the_waterfalls_steps_are_never_negative_and_sum_to_the_formula(final, m, data, staff, prior):
    cost = full_cost.full_cost(final, m, data, staff, prior)
    steps = (cost.final_run, cost.prior_models, cost.experiments, cost.data, cost.staff)
    assert all(float(step) >= -1e-6 * final for step in steps)
    assert float(cost.total) == pytest.approx(final * m * data / (1 - staff), rel=1e-9)
    assert float(cost.staff) == pytest.approx(
        staff * float(cost.total), rel=1e-6, abs=1e-12 * float(cost.total)
    )


@given(prior=st.floats(0, 1e12))
def test_prior_models_and_the_fleet_never_move_the_total(prior):
    assert full_cost.full_cost(5e6, 8, 1.05, 0.4, prior).total == pytest.approx(
        full_cost.full_cost(5e6, 8, 1.05, 0.4).total
    )


@given(rate=st.floats(0, 0.5), years=st.floats(0.5, 40))
def test_an_annuity_repays_the_capital_exactly(rate, years):
    factor = float(hardware.capital_recovery_factor(rate, years))
    present = factor * (years if rate < 1e-9 else (1 - (1 + rate) ** -years) / rate)
    assert present == pytest.approx(1, rel=1e-4)
    assert factor >= 1 / years - 1e-12


@given(batch=st.floats(1, 4096), k=st.integers(1, 16), zipf=st.floats(0, 2))
@settings(max_examples=50)
def test_skewed_routing_never_touches_more_experts_than_uniform_routing(batch, k, zipf):
    uniform = float(serving.expert_coverage(256, k, batch))
    skewed = float(serving.expert_coverage_skewed(256, k, batch, zipf))
    assert -1e-12 <= skewed <= uniform + 1e-9


def test_expert_coverage_is_what_random_routing_gives():
    rng = np.random.default_rng(7)
    seen = [
        len(np.unique(np.concatenate([rng.choice(64, 6, replace=False) for _ in range(20)])))
        for _ in range(300)
    ]
    assert np.mean(seen) / 64 == pytest.approx(float(serving.expert_coverage(64, 6, 20)), rel=0.01)


@given(alpha=st.floats(0, 0.999), drafts=st.integers(0, 6))
def test_tokens_per_step_is_the_closed_form(alpha, drafts):
    assert float(serving.tokens_per_step(alpha, drafts)) == pytest.approx(
        (1 - alpha ** (drafts + 1)) / (1 - alpha)
    )


@given(low=st.floats(1, 60), more=st.floats(1.01, 2))
@settings(max_examples=30)
def test_a_larger_batch_raises_throughput_and_never_speeds_up_a_stream(low, more):
    a, unit = _v3(), _unit()
    step = serving.decode(a, unit, np.array([low, low * more]), 4000.0, 0.4, 0.65)
    assert step.tokens_per_s_gpu[1] >= step.tokens_per_s_gpu[0] - 1e-9
    assert step.tokens_per_s_stream[1] <= step.tokens_per_s_stream[0] + 1e-9


def test_a_draft_helps_a_stream_alone_more_than_in_a_full_batch():
    plain = serving.decode(_v3(), _unit(), np.array([1.0, 128.0]), 4000.0, 0.4, 0.65)
    drafted = serving.decode(_v3(), _unit(), np.array([1.0, 128.0]), 4000.0, 0.4, 0.65, 0.875, 0.05)
    gain = drafted.tokens_per_s_stream / plain.tokens_per_s_stream
    assert gain[0] > 1.5
    assert gain[1] < gain[0]


def test_leave_one_out_never_uses_the_run_itself():
    values = np.array([0.1, 0.2, 0.3, 0.9])
    assert training.leave_one_out_median(values) == pytest.approx([0.3, 0.3, 0.2, 0.2])


def _v3():
    return architecture.Architecture(
        "V3", 61, 7168, 128, 128, 128, "MLA", 18432, 129280, 1536, 512, 64, 128, 2048, 3, 256, 8, 1
    )


def _unit(gpus=144):
    return serving.ServingUnit(hardware.Accelerator("H800", 989e12, 1979e12, 3.36e12, 80e9), gpus)


# ---------------------------------------------------------------- vintages, rows, memory


def test_at_the_articles_date_later_facts_are_not_there(article):
    figures = figures_for(article)
    later = [
        "cost.training.r1_stage_cost",
        "cost.training.second_route_hours",
        "cost.serving.nodes_from_log",
        "cost.serving.margin",
        "cost.api.discount_output_o3_cut",
        "cost.limits.concurrency_low",
    ]
    assert [i for i in later if figures[i].value is not None] == []
    assert figures["cost.api.discount_output"].value == pytest.approx(96.35, abs=0.01)
    assert figures["cost.kv.v3_bytes_per_token"].value == 70272


def test_a_parameter_fixed_to_one_number_has_no_spread_left():
    fixed = {
        "experiments_multiple": 10,
        "data_multiple": 1,
        "staff_share": 0.5,
        "gpu_hour_usd": 2,
        "draws": 1024,
    }
    figure = figures_for(Model(resolve(fixed)))["cost.training.full_cost"]
    assert figure.low == figure.value == figure.high == pytest.approx(5.576 * 10 / 0.5)


def test_a_new_accelerator_and_a_new_architecture_row_flow_through(latest):
    chips = latest.facts.table("accelerators")
    row = {
        "name": "Chip X",
        "bf16_dense_tflops": 1000.0,
        "fp8_dense_tflops": np.nan,
        "memory_gb": 500.0,
        "mem_bw_gbps": 5000.0,
    }
    chips = pd.concat([chips, pd.DataFrame([row])], ignore_index=True)
    chip = hardware.find(chips, "Chip X")
    assert chip.peak(8) == chip.peak(16) == 1e15  # without FP8 units weights of eight bits gain no arithmetic
    shapes = latest.facts.table("architectures")
    new = shapes[shapes["model"] == "Llama-3.1-70B"].assign(model="Model X", layers=40)
    a = architecture.find(pd.concat([shapes, new], ignore_index=True), "Model X")
    step = serving.decode(a, serving.ServingUnit(chip, 8), np.array([4.0]), 1000.0, 0.4, 0.6)
    assert architecture.kv_bytes(a) == 163840
    assert step.tokens_per_s_stream[0] > 0
    runs = latest.facts.table("training_runs")
    run = {
        "model": "Model X",
        "stage": "pre-training",
        "params_active_b": 10,
        "tokens_t": 1,
        "gpu_hours_m": 0.05,
        "hardware": "Chip X",
        "developer": "X",
        "release_date": "2026-01-01",
        "source_id": "x",
        "verified": "read",
    }
    table = training.comparable_runs(pd.concat([runs, pd.DataFrame([run])], ignore_index=True), chips)
    found = table[table["model"] == "Model X"]
    assert found["utilisation"].iloc[0] == pytest.approx(6e22 / (0.05e6 * 3600 * 1e15))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("H100 80GB", "H100 SXM"),
        ("A100 40GB", "A100 PCIe 40GB"),
        ("A100 80GB", "A100 SXM 80GB"),
        ("H800", "H800 SXM"),
        ("MI250X and A100", None),
        ("", None),
        ("V100", None),
    ],
)
def test_hardware_labels_find_their_chip_or_none(latest, label, name):
    assert training.match_accelerator(label, latest.facts.table("accelerators")) == name


def test_a_million_draws_of_the_full_cost_take_less_than_a_gigabyte():
    import tracemalloc

    n = 10**6
    rng = np.random.default_rng(1)
    final, m, data, staff = (rng.uniform(*ends, n) for ends in ((4e6, 9e6), (1, 15), (1, 1.3), (0.2, 0.5)))
    tracemalloc.start()
    cost = full_cost.full_cost(final, m, data, staff, 4e6)
    assert cost.total.shape == (n,)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e9


def test_every_mechanism_is_dated_before_r1(latest):
    table = breakthroughs.factors(latest)
    assert (table["first_date"] < study.R1_DATE).all()
    chain = breakthroughs.hours_chain(latest)["factor"].to_numpy()
    assert np.prod(chain[:3]) == pytest.approx(chain[3])


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (
            lambda: price.Workload(0.5, 0.2, 0.2, 0.2),
            "fresh_input + cached_input + answer + reasoning is 1.1, allowed: 1",
        ),
        (lambda: price.Workload(-0.1, 0.5, 0.3, 0.3), "share fresh_input is -0.1, allowed: 0 to 1"),
        (
            lambda: architecture.kv_bytes_per_token("MLQ", layers=1),
            "attention 'MLQ' is unknown, allowed: MHA, GQA, MQA, MLA",
        ),
        (
            lambda: serving.decode(_v3(), _unit(), 400.0, 4000.0, 0.4, 0.65),
            "batch of 400 sequences per GPU does not fit, allowed: up to",
        ),
        (lambda: serving.decode(_v3(), _unit(8), 1.0, 4000.0, 0.4, 0.65), "allowed: up to 0 beside"),
        (lambda: serving.expert_coverage(8, 9, 1), "9 per token of 8"),
        (lambda: serving.tokens_per_step(1.2), "acceptance 1.2, allowed: 0 to 1"),
        (lambda: full_cost.full_cost(1, 0.5, 1, 0.3), "experiments_multiple is 0.5, allowed: 1 or more"),
        (lambda: full_cost.full_cost(1, 2, 1, 1.0), "staff_share is 1, allowed: 0 to below 1"),
        (lambda: hardware.capital_recovery_factor(0.1, 0), "life of 0 years, allowed: above 0"),
        (lambda: training.gpu_hours(1e24, 1e15, 1.5), "utilisation 1.5, allowed: above 0 to 1"),
        (lambda: price.cost_per_solved(5, 100, 0), "pass rate 0 %, allowed: above 0 to 100"),
        (lambda: price.discount_percent(1, 0), "reference price is 0, allowed: above 0"),
        (lambda: memory.weight_bytes(1e9, 0), "0 bits per weight, allowed: above 0"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_the_reason(call, reason):
    with pytest.raises(ModelInputError) as error:
        call()
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_name_is_refused_with_the_nearest(latest):
    with pytest.raises(ModelInputError, match="nearest: H100 SXM"):
        hardware.find(latest.facts.table("accelerators"), "H100 SMX")
    with pytest.raises(ModelInputError, match=r"nearest: Llama-3\.1-405B"):
        architecture.find(latest.facts.table("architectures"), "Llama-3.1-405")


def test_undoing_a_choice_of_the_architecture_never_makes_service_faster(latest):
    table = cost.variants(latest).pivot_table(index="name", columns="form", values="value")
    others = table.drop(["as_built", "drafts"])
    assert (others < table.loc["as_built"]).all(axis=None)


def test_a_hidden_network_never_slows_a_step_and_never_takes_less_than_any_part(latest):
    added, hidden = (study.decode_draws(latest, overlap=o) for o in study.FORMS.values())
    assert (hidden.tokens_per_s_node >= added.tokens_per_s_node - 1e-9).all()
    for part in (hidden.compute_s, hidden.memory_s, hidden.network_s):
        assert (hidden.step_s >= part).all()
    assert np.allclose(added.step_s - added.network_s, np.maximum(added.compute_s, added.memory_s))


def test_every_row_of_the_two_tables_reaches_the_reports_tables():
    model = Model(resolve({"draws": 1024}))
    real = model.facts.table

    def with_rows(name):
        frame = real(name)
        if name == "architectures":
            new = frame[frame["model"] == "Kimi K2"].assign(model="Model X", layers=30)
        elif name == "accelerators":
            new = frame[frame["name"] == "H100 SXM"].assign(name="Chip X", memory_gb=1000.0)
        else:
            return frame
        return pd.concat([frame, new], ignore_index=True)

    model.facts.table = with_rows
    shapes, chips = cost.architectures(model), cost.accelerators(model)
    assert shapes.set_index("model").loc["Model X", "cache_kb"] == pytest.approx(30 * 576 * 2 / 1e3)
    assert chips.set_index("name").loc["Chip X", "needed"] == 1
    assert len(shapes) == len(real("architectures")) + 1
    assert len(chips) == len(real("accelerators")) + 1
