"""What the tables under ``data/`` promise: structure, keys, dates, sources, and facts that everybody can check."""

import datetime as dt
import json
import re
import shutil

import jsonschema
import numpy as np
import pytest

from deepseek_era import quotes, tables
from deepseek_era.errors import DataError

PACKAGE = json.loads((tables.ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource for resource in PACKAGE["resources"]}
GROUPS = {"facts", "outcomes", "settings"}
TYPES = {"string", "number", "integer", "boolean", "date"}
COLLECTED = PACKAGE["collected_to"]  # no fact is newer, but those of a later refresh taken over

# The parts of the Data Package standard (version 2) that our descriptor uses, as a JSON Schema.
STANDARD = {
    "type": "object",
    "required": ["$schema", "name", "licenses", "resources"],
    "properties": {
        "$schema": {"const": "https://datapackage.org/profiles/2.0/datapackage.json"},
        "name": {"type": "string", "pattern": "^[a-z0-9._-]+$"},
        "created": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "collected_to": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "licenses": {"$ref": "#/$defs/licenses"},
        "resources": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/resource"}},
    },
    "$defs": {
        "licenses": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "anyOf": [{"required": ["name"]}, {"required": ["path"]}],
                "properties": {"name": {"pattern": "^[A-Za-z0-9._-]+$"}, "path": {"pattern": "^https?://"}},
            },
        },
        "resource": {
            "type": "object",
            "required": ["name", "type", "path", "title", "description", "group", "licenses", "schema"],
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z0-9_]+$"},
                "type": {"const": "table"},
                "path": {"type": "string", "pattern": r"^[a-z0-9_]+\.csv$"},
                "description": {"type": "string", "minLength": 15},
                "group": {"enum": sorted(GROUPS)},
                "licenses": {"$ref": "#/$defs/licenses"},
                "sources": {"type": "array", "minItems": 1, "items": {"required": ["title"]}},
                "schema": {"$ref": "#/$defs/schema"},
            },
        },
        "schema": {
            "type": "object",
            "required": ["fields", "missingValues"],
            "properties": {
                "fields": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/field"}},
                "missingValues": {"const": [""]},
                "primaryKey": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                "foreignKeys": {
                    "type": "array",
                    "items": {
                        "required": ["fields", "reference"],
                        "properties": {"reference": {"required": ["resource", "fields"]}},
                    },
                },
            },
        },
        "field": {
            "type": "object",
            "required": ["name", "type", "description"],
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z0-9_]+$"},
                "type": {"enum": sorted(TYPES)},
                "description": {"type": "string", "minLength": 1},
                "constraints": {
                    "propertyNames": {
                        "enum": ["required", "unique", "enum", "minimum", "maximum", "pattern"],
                    }
                },
            },
        },
    },
}


def load(name):
    return (tables.outcomes if RESOURCES[name]["group"] == "outcomes" else tables.load)(name)


def fields(name):
    return {field["name"]: field for field in RESOURCES[name]["schema"]["fields"]}


def test_the_descriptor_follows_the_data_package_standard():
    errors = list(jsonschema.Draft202012Validator(STANDARD).iter_errors(PACKAGE))
    assert not errors, [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in errors[:5]]
    assert len(RESOURCES) == len(PACKAGE["resources"]), "a table is declared twice"


def test_every_file_is_declared_and_every_declared_file_is_there():
    there = {path.name for path in (tables.ROOT / "data").glob("*.csv")}
    assert there == {resource["path"] for resource in PACKAGE["resources"]}


@pytest.mark.parametrize("name", RESOURCES)
def test_the_table_loads_with_its_declared_columns_and_types(name):
    frame = load(name)
    assert list(frame.columns) == list(fields(name))
    assert len(frame) or name == "corrections"
    for column, field in fields(name).items():
        if field["type"] == "number":
            assert frame[column].dtype == np.float64
            assert field.get("unit"), f"{name}.{column} is a number without a unit"


@pytest.mark.parametrize("name", RESOURCES)
def test_keys_exist_and_refer_to_columns_that_exist(name):
    schema = RESOURCES[name]["schema"]
    if name != "corrections":
        assert schema.get("primaryKey"), "a table without a key cannot be corrected or traced"
    assert set(schema.get("primaryKey", [])) <= set(fields(name))
    for key in [*schema.get("foreignKeys", []), *schema.get("listKeys", [])]:
        assert set(key["fields"]) <= set(fields(name))
        assert set(key["reference"]["fields"]) <= set(fields(key["reference"]["resource"]))


def test_text_is_kept_the_same_whether_or_not_pyarrow_is_installed():
    """It sorts equal rows in another order: a report would hang on an extra that it does without."""
    assert tables.load("sources")["source_id"].dtype.storage == "python"


def test_every_table_of_facts_names_its_sources():
    known = set(load("sources")["source_id"])
    for name, resource in RESOURCES.items():
        columns = [c for c in ("source_id", "source_ids", "status_source") if c in fields(name)]
        if not columns:
            named = resource.get("sourceIds", [])
            assert resource["group"] == "settings" or name == "sources" or named, f"{name} has no source"
            assert set(named) <= known
        for column in columns:
            used = {part for cell in load(name)[column] for part in tables.split_ids(cell)}
            assert used <= known
            assert all(";" not in part and part == part.strip() for part in used)


def test_every_fact_says_whether_it_was_read_or_recalled():
    for name, resource in RESOURCES.items():
        if resource["group"] == "facts" and name not in (
            "sources",
            "returns_daily",
            "returns_panel",
            "total_return_monthly",
            "headlines",
        ):
            assert set(load(name)["verified"]) <= {"read", "recalled"}, name


def test_every_row_carries_the_day_on_which_it_was_public():
    sources = load("sources")
    refreshed = sources[sources["source_id"].str.fullmatch(r"S_LITELLM_\d{8,}")]["published"]
    last = max([COLLECTED, *refreshed])
    for name, resource in RESOURCES.items():
        # no facts: who says them, what was looked up, the report's own numbers, reasons, questions, plain words
        if name in (
            *("sources", "second_source_searches"),
            *("figures", "reasons", "stories", "drivers", "glossary", "own_calls"),
        ):
            continue
        assert resource["as_of"] == "as_of"
        days = load(name)["as_of"]
        assert all(dt.date.fromisoformat(day).isoformat() == day for day in days), name
        assert all("1990" < day <= last for day in days), f"{name}: a fact from after the day of collection"


def test_a_fact_is_not_public_before_the_day_it_speaks_of():
    """A price seen, a score, a return or a closing quarter cannot be known before its own day."""
    for name, column in {
        "api_price_observations": "observed_from",
        "benchmarks": "score_date",
        "event_moves": "date",
        "inference_reports": "report_date",
        "returns_daily": "date",
        "returns_panel": "date",
        "releases": "date_public",
        "model_scores": "date_public",
        "release_price_cuts": "priced_on",
        "task_costs": "run_date",
        "total_return_monthly": "date",
        "training_runs": "release_date",
    }.items():
        frame = load(name)
        early = frame[frame["as_of"] < frame[column]]
        assert early.empty, f"{name}: {early.head(1).to_dict('records')}"


def test_quarterly_results_are_dated_by_their_release_not_by_the_quarter():
    revenues = load("revenues")
    quarters = revenues[
        revenues["period"].str.fullmatch(r"(FY)?\d{4}-Q\d") & (revenues["kind"] == "quarterly revenue")
    ]
    lag = [
        (dt.date.fromisoformat(a) - dt.date.fromisoformat(e)).days
        for a, e in zip(quarters["as_of"], quarters["date_or_period_end"], strict=True)
    ]
    assert min(lag) >= 10
    capex = load("capex").set_index(["company", "period", "metric"])
    cash = capex.xs("cash purchases of property and equipment, calendar quarter", level="metric")["as_of"]
    assert cash[("Meta", "2024-Q4")] == "2025-01-29"
    assert cash[("Amazon", "2024-Q4")] > "2025-01-31"


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("inference_reports", lambda t: t["source_id"] == "S_DAY6"),
        ("capability_gap", lambda t: t["source_id"] == "METR_R1"),
        ("accelerator_supply", lambda t: t["source_id"].isin(["EPOCH_CHIPCOUNTS", "EPOCH_NVIDIA_STOCK"])),
        ("accelerator_supply", lambda t: t["source_id"] == "EPOCH_COUNTRYSHARE"),
        ("training_runs", lambda t: t["source_id"] == "S_R1V2T7"),
        ("elasticity", lambda t: t["source_id"].isin(["AIONE_EMI", "BESTHUB_STATE"])),
        ("capex", lambda t: (t["company"] == "Amazon") & (t["period"] == "2025")),
        ("accelerator_prices", lambda t: t["source_id"] == "SEMI_BANDS"),
        ("timeline", lambda t: t["category"] == "distillation denial"),
        ("model_scores", lambda t: t["score"] > 0),
        ("release_price_cuts", lambda t: t["event_id"] == "R032"),
    ],
)
def test_what_came_after_the_article_is_hidden_from_its_vintage(name, mask):
    frame = load(name)
    late = frame[mask(frame)]
    assert len(late)
    assert (late["as_of"] > "2025-01-31").all()


def test_the_article_vintage_still_holds_what_the_models_need():
    facts = tables.Facts(tables.ARTICLE_VINTAGE)
    runs = facts.table("training_runs")
    assert {"DeepSeek-V3", "Llama-3.1-405B"} <= set(runs["model"])
    assert {"o3-mini", "o1 (2024-12-17)"} <= set(facts.table("api_prices")["model"])
    assert "DeepSeek-V3 / R1" in set(facts.table("architectures")["model"])
    assert facts.table("returns_daily")["date"].max() == "2025-01-31"


def test_groups_hold_the_firms_that_the_article_names_in_its_own_words():
    groups = load("groups")
    assert not groups.duplicated(["ticker", "group"]).any()
    assert set(groups["ticker"]) <= set(load("returns_daily")["ticker"])
    assert groups["reason"].str.len().gt(0).all()
    named = {part for cell in load("calls")["market_group"] for part in tables.split_ids(cell)}
    assert named <= set(groups["group"])
    # a group that a call names cites the article for every firm; the others cite nothing
    cited = groups["article_words"].fillna("").ne("")
    assert cited.equals(groups["group"].isin(named))
    words = set(groups.loc[cited, "article_words"])
    assert {w: quotes.misquoted(w) for w in words if quotes.misquoted(w)} == {}
    members = groups.groupby("group")["ticker"].agg(set)
    assert members["clouds"] == {"AMZN", "MSFT", "GOOGL"}  # AWS, Azure, GCP
    assert members["model_labs"] == {"GOOGL", "MSFT"}  # Google, and the partner of OpenAI
    assert members["stargate"] == {"ORCL"}
    assert "META" not in set().union(*(members[name] for name in named))
    # a firm that stands for another says whom it stands for and why
    proxies = groups["reason"].str.startswith("listed proxy")
    assert set(groups.loc[groups["group"].isin(["stargate", "data_labelling"]), "ticker"]) <= set(
        groups.loc[proxies | groups["reason"].str.contains("listed proxy"), "ticker"]
    )


def test_the_users_of_ai_are_the_firms_of_software_and_internet():
    groups = load("groups")
    named = tables.split_ids(load("calls").set_index("id").loc["C12", "market_group"])
    members = groups[groups["group"].isin(named)]
    assert set(named) == {"software", "internet"}
    assert members["ticker"].is_unique
    assert members.groupby("group")["ticker"].count().to_dict() == {"software": 16, "internet": 10}


def test_benchmarks_offered_exist_for_every_trading_day():
    parameters = load("parameters").set_index("id")
    returns = load("returns_daily")
    days = returns["date"].nunique()
    for ticker in parameters.loc["benchmark", "choices"].split("|"):
        assert (returns["ticker"] == ticker).sum() == days, ticker


def test_parameters_have_one_row_or_two_and_the_first_was_known_to_the_article():
    frame = load("parameters")
    for name, rows in frame.groupby("id", sort=False):
        assert len(rows) <= 2, name
        assert rows["as_of"].is_monotonic_increasing, name
        assert rows["as_of"].iloc[0] <= "2025-01-31", name
        assert (
            rows["dist"].nunique() == 1
            or name == "prior_growth"
            or set(rows["dist"]) <= {"lognormal", "pert", "uniform", "fixed"}
        )
        for column in ("symbol", "unit", "horizon", "lower_bound", "upper_bound", "description"):
            assert rows[column].nunique(dropna=False) == 1, f"{name}: {column} differs between vintages"


def test_rows_of_a_parameter_stand_together_with_settings_last():
    """One quasi-random dimension per id in file order: the order is part of the result."""
    frame = load("parameters")
    ids = list(frame["id"])
    assert list(dict.fromkeys(ids)) == [x for i, x in enumerate(ids) if i == 0 or ids[i - 1] != x]
    is_setting = frame["kind"].eq("setting").to_numpy()
    assert not is_setting[: int(np.argmax(is_setting))].any()
    assert is_setting[int(np.argmax(is_setting)) :].all()
    assert ids[:3] == ["inference_gain", "inference_gain", "training_gain"]


def test_distributions_are_ordered_and_lie_within_their_bounds():
    frame = load("parameters")
    for row in frame.itertuples():
        where = f"{row.id} as of {row.as_of}"
        if row.dist in ("choice", "date"):
            assert row.choices, where
            continue
        if row.dist == "text":  # empty by default, no bounds
            continue
        assert row.lower_bound < row.upper_bound, where
        if row.dist == "pert":
            assert row.p1 <= row.p2 <= row.p3, where
            assert row.p1 < row.p3, where
            ends = (row.p1, row.p3)
        elif row.dist in ("lognormal", "uniform"):
            assert row.p1 < row.p2, where
            assert row.dist == "uniform" or row.p1 > 0, where
            ends = (row.p1, row.p2)
        elif row.dist == "normal":
            assert row.p2 > 0, where
            ends = (row.p1 - 3 * row.p2, row.p1 + 3 * row.p2)
        else:
            ends = (row.p1, row.p1)
        assert row.lower_bound <= ends[0], where
        assert ends[1] <= row.upper_bound, where


def test_published_and_observed_parameters_name_a_source_or_a_definition():
    frame = load("parameters")
    bare = frame[frame["kind"].isin(["published", "observed", "estimate"]) & (frame["source_ids"] == "")]
    assert bare["note"].str.startswith("definition").all()


def test_the_articles_calls_are_complete_and_their_thresholds_positive():
    calls = load("calls")
    assert list(calls["id"]) == [f"C{i:02d}" for i in range(1, 23)] + ["A01", "A02", "A03"]
    assert (calls["threshold"] > 0).all()
    assert calls["code"].is_unique
    assert 5 <= calls["theme"].nunique() <= 6
    assert list(load("claims")["id"]) == [f"F{i:02d}" for i in range(1, 14)]
    resolutions = load("resolutions")
    assert set(resolutions["call_id"]) == set(calls["id"])
    assert (resolutions.groupby("call_id").size() == 2).all()


def test_no_correction_names_a_cell_that_is_not_there():
    """Loading a table applies its corrections and refuses one whose old value is gone."""
    for name in load("corrections")["table"]:
        load(name)


def test_the_final_run_of_v3_is_as_its_report_states():
    """2,664K + 119K + 5K = 2,788K H800 hours, 5.576 million USD at 2 USD (DeepSeek-V3 Technical Report, table 1)."""
    runs = load("training_runs")
    v3 = runs[runs["source_id"] == "S_V3REPORT"].set_index("stage")
    hours = v3["gpu_hours_m"]
    assert hours[["pre-training", "context extension", "post-training"]].tolist() == [2.664, 0.119, 0.005]
    assert hours["total"] == pytest.approx(2.788, abs=1e-9)
    assert v3.loc["total", "reported_cost_usd"] == pytest.approx(5.576e6)


def test_list_prices_of_r1_and_o1_are_those_of_january_2025():
    columns = ["input_usd_per_mtok", "cached_input_usd_per_mtok", "output_usd_per_mtok"]
    prices = tables.Facts(tables.ARTICLE_VINTAGE).table("api_prices")
    r1 = prices[(prices["model"] == "DeepSeek-R1 (deepseek-reasoner)") & (prices["provider"] == "DeepSeek")]
    o1 = prices[prices["model"] == "o1 (2024-12-17)"]
    assert r1[columns].to_numpy().tolist() == [[0.55, 0.14, 2.19]]
    assert o1[columns].to_numpy().tolist() == [[15, 7.5, 60]]


def test_returns_of_the_day_are_those_widely_reported():
    day = load("returns_daily").query("date == '2025-01-27'").set_index("ticker")["return_pct"]
    for ticker, reported in {
        "NVDA": -16.97,
        "AVGO": -17.40,
        "ORCL": -13.79,
        "VST": -28.27,
        "META": 1.91,
    }.items():
        assert day[ticker] == pytest.approx(reported, abs=0.011), ticker


def test_derived_cells_follow_from_their_parts():
    """Costs from hours and rate, hours from chips and clock, cache from architecture, cap from close and count."""
    runs = load("training_runs")
    priced = runs.dropna(subset=["gpu_hours_m", "assumed_usd_per_gpu_hour", "reported_cost_usd"])
    cost = priced["gpu_hours_m"] * 1e6 * priced["assumed_usd_per_gpu_hour"]
    np.testing.assert_allclose(cost, priced["reported_cost_usd"], rtol=0.02)
    clocked = runs.dropna(subset=["gpu_count", "wall_clock_hours", "gpu_hours_m"])
    hours = clocked["gpu_count"] * clocked["wall_clock_hours"] / 1e6
    np.testing.assert_allclose(hours, clocked["gpu_hours_m"], rtol=0.03)

    models = load("architectures")
    mla = models["attention"] == "MLA"
    latent = models["layers"] * (models["kv_lora_rank"] + models["qk_rope_head_dim"]) * 2
    heads = models["layers"] * models["n_kv_heads"] * models["head_dim"] * 2 * 2
    derived = latent.where(mla, heads)
    assert (derived == models["kv_cache_bytes_per_token_bf16_derived"]).all()

    firms = load("companies").dropna(subset=["shares_outstanding_m", "market_cap_2025_01_24_usd_b"])
    cap = firms["close_2025_01_24"] * firms["shares_outstanding_m"] / 1000
    np.testing.assert_allclose(cap, firms["market_cap_2025_01_24_usd_b"], rtol=2e-3)

    tests = load("task_costs").dropna(subset=["total_cost_usd", "test_cases", "cost_per_case_usd"])
    np.testing.assert_allclose(
        tests["total_cost_usd"] / tests["test_cases"], tests["cost_per_case_usd"], rtol=0.01
    )


def test_settled_market_readings_follow_from_the_returns_tables():
    """The values that the resolution table states, recomputed from the two tables of returns."""
    daily = load("returns_daily").pivot(index="date", columns="ticker", values="return_pct")
    window = (1 + daily.loc["2025-01-27":"2025-02-03"] / 100).prod().sub(1) * 100
    index = load("total_return_monthly").pivot(index="date", columns="ticker", values="total_return_index")
    ahead = index.sub(index["SPY"], axis=0)
    groups = load("groups")
    users = groups.loc[groups["group"].isin(["software", "internet"]), "ticker"].unique().tolist()
    stated = load("resolutions").set_index(["call_id", "reading"])["value_to_date"]

    def number(call, reading):
        return float(re.match(r"[+-]?[\d.]+", stated[call, reading]).group())

    assert window["NVDA"] - window["SPY"] == pytest.approx(number("C01", "a"), abs=0.06)
    assert (window[users] - window["SPY"]).mean() == pytest.approx(number("C12", "a"), abs=0.06)
    assert ahead.loc["2026-01-27", users].mean() == pytest.approx(number("C12", "b"), abs=0.06)
    power = ["VST", "CEG", "GEV", "TLN"]
    assert ahead.loc["2026-01-27", power].mean() == pytest.approx(number("C05", "b"), abs=0.06)
    assert ahead.loc["2026-07-31", "IGV"] == pytest.approx(number("C15", "a"), abs=0.06)
    assert ahead.loc["2026-01-27", ["BABA", "META"]].mean() == pytest.approx(number("C11", "b"), abs=0.06)


def test_capital_spending_of_2025_sums_to_the_headline():
    capex = load("capex")
    cash = capex[(capex["kind"] == "actual") & capex["metric"].str.startswith("cash purchases")]
    four = cash[cash["company"].isin(["Meta", "Microsoft", "Alphabet", "Amazon"])]
    total = four[four["period"].str.match(r"2025-Q\d")]["capex_usd_b"].sum()
    headline = load("headlines").query(
        "table == 'capex' and call_or_claim == 'C05' and unit == 'USD billion'"
    )
    assert total == pytest.approx(float(headline["value"].iloc[0]), abs=0.1)


def test_no_text_of_the_tables_points_outside_the_project():
    for path in (tables.ROOT / "data").iterdir():
        if path.suffix in (".csv", ".json"):
            text = path.read_text(encoding="utf-8")
            for word in ("shared/", "/work", "/tmp", "METHODS", "DESIGN.md"):
                assert word not in text, f"{path.name} holds {word}"


def test_evidence_never_points_at_a_fact_from_after_it():
    """A corrected day of a fact moves the evidence that rests on it."""
    keys = {
        "headlines": "headline_id",
        "timeline": "row_id",
        "capability_gap": "row_id",
        "token_demand": "row_id",
    }
    days = {name: load(name).set_index(key)["as_of"] for name, key in keys.items()}
    late = [row.evidence_id for row in load("evidence").itertuples() if days[row.table][row.key] > row.as_of]
    assert late == []


def test_summed_guidance_is_the_sum_of_the_firms_own_ranges():
    capex = load("capex")
    capex = capex[(capex["kind"] == "guidance") & (capex["period"] == "2026")]
    ends = capex["guidance_range_b"].str.split("-")
    capex = capex.assign(low=ends.str[0].astype(float), high=ends.str[-1].astype(float))
    given = capex[capex["date_given"].between("2026-07-01", "2026-07-31")]
    four = given[given["company"].isin(["Meta", "Microsoft", "Alphabet", "Amazon"])]
    total = given[given["company"].str.startswith("Four")].iloc[0]
    assert len(four) == 4
    assert (four["low"].sum(), four["high"].sum()) == (total["low"], total["high"])
    headline = load("headlines").set_index("headline_id").loc["H100"]
    assert float(headline["value"]) == pytest.approx(four["capex_usd_b"].sum())


def test_the_peak_price_is_announced_before_it_is_in_force():
    events = load("timeline").set_index("row_id")
    assert "announces" in events.loc["L68", "event"]
    prices = load("api_prices")
    peak = prices[prices["tier_or_note"].str.startswith("peak") & (prices["provider"] == "DeepSeek")]
    assert events.loc["L68", "date"] < events.loc["L81", "date"] == peak["effective_from"].min()


def test_facts_of_autumn_agree_with_each_other():
    events = load("timeline").set_index("row_id")["date"]
    days = (dt.date.fromisoformat(events["L85"]) - dt.date.fromisoformat(events["L79"])).days
    assert days == load("outcomes_capacity").set_index("row_id")["value"]["O123"]
    money = load("revenues")
    quarter = money[(money["company"] == "NVIDIA") & (money["period"] == "FY2027-Q2")].set_index("segment")[
        "amount_b"
    ]
    parts = quarter[quarter.index.str.startswith("data center:")]
    assert len(parts) == 2
    assert parts.sum() == pytest.approx(quarter["data center"], abs=0.05)
    site = load("power").query("metric == 'site_buildings_operational'").sort_values("date_or_year")
    assert site["value"].astype(float).is_monotonic_increasing
    horizon = load("capability_gap").set_index("row_id").loc["G60"]
    assert horizon["low"] < horizon["value"] < horizon["high"]
    panel = load("returns_panel").query("date == '2026-07-27'").set_index("ticker")["return_pct"]
    told = load("timeline").set_index("row_id").loc["L87", "value"]
    assert panel["NVDA"] - panel["SPY"] == pytest.approx(told, abs=0.01)


def test_a_copy_of_the_tables_is_not_checked_again_and_a_change_in_what_a_table_refers_to_is(tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", folder, ignore=shutil.ignore_patterns("snapshots"))
    name, (target, _, _) = next(
        (name, references[0])
        for name, resource in tables.declared().items()
        if (references := tables._references(name, resource["schema"])) and references[0][0] != name
    )
    assert tables._checked(folder, name) is tables._checked(tables.ROOT / "data", name)
    path = folder / f"{target}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(lines[0] + "\n", encoding="utf-8")
    (folder / f"{name}.csv").touch()
    with pytest.raises(DataError, match=rf"data/{name}.csv row \d+, column .*: unknown id"):
        tables._checked(folder, name)


def test_tables_are_taken_for_what_they_are_while_they_are_held(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", folder, ignore=shutil.ignore_patterns("snapshots"))
    monkeypatch.setattr(tables, "data_dir", lambda: folder)
    before, package = tables.latest_vintage(), folder / "datapackage.json"
    with tables.held(), tables.held():
        assert tables.latest_vintage() == before
        later = json.loads(package.read_text(encoding="utf-8")) | {"collected_to": "2031-01-01"}
        package.write_text(json.dumps(later), encoding="utf-8")
        assert tables.latest_vintage() == before
    assert tables.latest_vintage() == dt.date(2031, 1, 1)
