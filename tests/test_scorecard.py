"""Settlement, scores and what few calls can show; and the wall between facts and outcomes."""

import datetime as dt
import functools
import math
import re
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures_report import sample_report
from hypothesis import given
from hypothesis import strategies as st

import deepseek_era
from deepseek_era import api, prose, tables
from deepseek_era.book import card as book_card
from deepseek_era.book import cards, typed
from deepseek_era.book.card import Reading, Standing
from deepseek_era.building import build, execute
from deepseek_era.building.rehearse import rehearse
from deepseek_era.charts import theme
from deepseek_era.charts.base import svg
from deepseek_era.errors import DataError, ModelInputError, UserError
from deepseek_era.model import Model
from deepseek_era.parameters import RUN_PARAMETERS, names, resolve
from deepseek_era.tables import Facts
from deepseek_era.verdicts import came, evidence, settlement
from deepseek_era.verdicts import scorecard as card
from deepseek_era.words import day_words

pytestmark = pytest.mark.usefixtures("as_in_a_build")

DRAWS = 1024


@pytest.fixture(scope="module")
def today():
    return Model(resolve({"draws": DRAWS}))


@pytest.fixture(scope="module")
def january():
    return Model(resolve({"draws": DRAWS}, vintage="article"))


@functools.cache
def notebook(model):
    """Return the session of the scorecard's notebook on a model."""
    return rehearse("scorecard", model=model)


def figures_of(model):
    return notebook(model).figures


@pytest.fixture(scope="module")
def settled(today):
    return card.scorecard(today).settled


# --- thresholds and dates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "status"),
    [(-16.5, "right"), (-2.0, "right"), (-1.99, "mixed"), (0.0, "mixed"), (2.0, "wrong"), (9.0, "wrong")],
)
def test_a_value_on_the_threshold_counts_and_between_the_two_is_mixed(value, status):
    assert settlement.judge(value, "<= -2", ">= +2") == status


def test_strict_thresholds_leave_their_own_value_mixed():
    assert settlement.judge(157, "< 157", "> 300") == "mixed"


@given(st.floats(-1e6, 1e6), st.floats(-100, 0), st.floats(0.5, 100))
def test_thresholds_that_exclude_each_other_give_exactly_one_status(value, low, high):
    status = settlement.judge(value, f"<= {low:.3f}", f">= {high:.3f}")
    assert status in ("right", "wrong", "mixed")
    assert (status == "right") == (value <= float(f"{low:.3f}"))


def test_a_threshold_without_a_number_is_refused_with_what_was_seen():
    with pytest.raises(DataError, match="saw threshold 'negative', allowed: a comparison such as '<= -2'"):
        settlement.judge(1.0, "negative", ">= 2")


def test_thresholds_that_overlap_are_refused():
    with pytest.raises(DataError, match="meets both '>= 1' and '>= 2'; they must exclude each other"):
        settlement.judge(3.0, ">= 1", ">= 2")


@pytest.mark.parametrize(
    ("cell", "day"), [("2025-11-24", "2025-11-24"), ("2025-02", "2025-02-28"), ("2026", "2026-12-31")]
)
def test_a_date_without_a_day_counts_as_public_on_its_last_day(cell, day):
    assert settlement.public_day(cell) == day


@pytest.mark.parametrize("cell", ["soon", "2025-13", "2025-02-30", ""])
def test_a_date_that_is_none_is_refused(cell):
    with pytest.raises(DataError, match="allowed: YYYY, YYYY-MM or YYYY-MM-DD"):
        settlement.public_day(cell)


# --- settling ------------------------------------------------------------------------------------------------------


def readings(**changes):
    row = {
        "call_id": "C99",
        "reading": "a",
        "horizon": "short",
        "lens": "fundamental",
        "threshold_right": ">= 2",
        "threshold_wrong": "<= 0",
        "horizon_end": "2026-01-27",
        "status_to_date": "right",
        "status_source": "X",
        "as_of": "2025-06-30",
    }
    return pd.DataFrame([row | changes])


NO_FACTS = Facts(dt.date(2025, 1, 31))


def settle(vintage, **changes):
    return settlement.settle(readings(**changes), NO_FACTS, vintage).iloc[0]


def test_a_reading_is_open_until_its_outcome_is_public_and_settled_from_that_day():
    assert settle(dt.date(2025, 6, 29)).status == "open"
    on_the_day = settle(dt.date(2025, 6, 30))
    assert (on_the_day.status, on_the_day.settled, on_the_day.hit) == ("right", True, 1.0)


@pytest.mark.parametrize("status", ["mixed", "open", *settlement.UNCOUNTED])
def test_mixed_open_and_uncounted_readings_are_never_scored(status):
    row = settle(dt.date(2026, 2, 1), status_to_date=status)
    assert not row.settled
    assert math.isnan(row.hit)


@pytest.mark.parametrize("status", ["unresolved", "conditional", "repeated"])
def test_no_number_makes_a_hit_or_a_miss_of_a_question_at_fault(status, monkeypatch):
    for value in (-3.0, 5.0):
        monkeypatch.setitem(settlement.CHECKS, ("C99", "a"), lambda facts, value=value: value)
        assert settle(dt.date(2026, 2, 1), status_to_date=status).status == status


def test_the_statuses_are_defined_once_and_the_table_allows_the_same():
    field = next(
        f for f in tables.declared()["resolutions"]["schema"]["fields"] if f["name"] == "status_to_date"
    )
    assert set(field["constraints"]["enum"]) == set(settlement.STATES)
    without = {s for s, state in settlement.STATES.items() if state.worth is None}
    assert without == {"open", *settlement.UNCOUNTED}
    assert all(settlement.STATES[s].means in settlement.spoken(s) for s in settlement.UNCOUNTED)


def test_bounds_settle_a_reading_where_both_ends_do_and_nowhere_else(monkeypatch):
    for ends, status in (((2.0, 9.0), "right"), ((-5.0, 0.0), "wrong"), ((1.0, 9.0), "unresolved")):
        monkeypatch.setitem(settlement.CHECKS, ("C99", "a"), lambda facts, e=ends: settlement.Bounds(*e))
        row = settle(dt.date(2026, 2, 1))
        assert (row.status, row.recomputed) == (status, ends[0])
    assert settle(dt.date(2026, 2, 1), horizon="long", horizon_end="2028-01-27").status == "open"


def test_what_held_before_the_event_earns_no_credit(monkeypatch):
    monkeypatch.setitem(settlement.CHECKS, ("C99", "a"), lambda facts: 5.0)
    assert settle(dt.date(2026, 2, 1)).status == "right"
    monkeypatch.setitem(settlement.STARTS, ("C99", "a"), lambda facts: 3.0)
    assert settle(dt.date(2026, 2, 1)).status == "status-quo"
    monkeypatch.setitem(settlement.STARTS, ("C99", "a"), lambda facts: 1.0)
    assert settle(dt.date(2026, 2, 1)).status == "right"


def test_a_long_call_is_interim_at_most():
    row = settle(
        dt.date(2026, 2, 1), horizon="long", horizon_end="2028-01-27", status_to_date="interim-right"
    )
    assert (row.status, bool(row.settled)) == ("interim-right", False)


def test_a_recomputed_long_call_between_its_thresholds_stays_open(monkeypatch):
    monkeypatch.setitem(settlement.CHECKS, ("C99", "a"), lambda facts: 1.0)
    row = settle(
        dt.date(2026, 2, 1), horizon="long", horizon_end="2028-01-27", status_to_date="interim-right"
    )
    assert row.status == "open"
    monkeypatch.setitem(settlement.CHECKS, ("C99", "a"), lambda facts: 5.0)
    assert settle(dt.date(2026, 2, 1), horizon="long", horizon_end="2028-01-27").status == "interim-right"
    assert settle(dt.date(2028, 1, 28), horizon="long", horizon_end="2028-01-27").status == "right"


def test_a_recomputed_value_overrules_the_recorded_status(monkeypatch):
    monkeypatch.setitem(settlement.CHECKS, ("C99", "a"), lambda facts: -3.0)
    row = settle(dt.date(2026, 2, 1))
    assert (row.recorded, row.status, row.hit) == ("right", "wrong", 0.0)


def test_a_status_that_is_not_known_is_refused_with_the_allowed_ones():
    with pytest.raises(
        DataError, match=r"column status_to_date: saw 'won', allowed: right \| wrong \| mixed"
    ):
        settle(dt.date(2026, 2, 1), status_to_date="won")


# --- the record ----------------------------------------------------------------------------------------------------


def test_recomputed_statuses_agree_with_those_recorded_by_hand(settled):
    known = settled[settled["recomputed"].notna()]
    assert len(known) == len(settlement.CHECKS)
    differing = known[known["status"] != known["recorded"]]
    assert differing.empty, differing[["call_id", "reading", "recomputed", "recorded", "status"]]


@pytest.mark.parametrize(
    ("reading", "recorded", "tolerance"),
    [
        ("C01a", -16.5, 0.05),  # Nvidia less the S&P 500 fund, six trading days
        ("C01b", 1.05, 0.005),  # 193.7 earned against 183.8 expected
        ("C03b", 97, 0.5),  # at least 0.2 GW against 206 MW
        ("C05a", 18, 0.5),  # 376 of capital spending against 318 guided
        ("C05b", 4.7, 0.05),
        ("C06b", 0.87, 0.005),
        ("C11a", 1.43, 0.005),  # median of 2.3, 1.6, 1.3, 1.0
        ("C11b", 34.9, 0.05),
        ("C12a", 5.1, 0.05),
        ("C12b", -22.8, 0.05),
        ("C14a", 852, 0.5),
        ("C15a", -33.9, 0.05),
        ("C15b", 12, 0.05),  # median of 11, 13, 21, 28 and two that are as low as can be
        ("C18a", 73, 0.5),
        ("A01a", -9.0, 0.05),  # 1.95 to 1.775
        ("A01b", 44, 0.5),
        ("C21a", 2.5, 0.05),
    ],
)
def test_recomputed_values_reproduce_the_recorded_ones(settled, reading, recorded, tolerance):
    row = settled[(settled["call_id"] + settled["reading"]) == reading].iloc[0]
    assert row.recomputed == pytest.approx(recorded, abs=tolerance)
    assert re.search(re.escape(f"{abs(recorded):g}"), row.value_to_date)


def test_the_figures_count_what_the_readings_say(today, settled):
    figures = {k: figures_of(today)[f"scorecard.{k}"].value for k in ("resolved", "hits", "brier_article")}
    calls = settled[settled["call_id"].str.startswith("C")]
    short, long = (calls[calls["horizon"] == h]["status"] for h in ("short", "long"))
    hits, misses = (short == "right").sum(), (short == "wrong").sum()
    assert (figures["resolved"], figures["hits"]) == (hits + misses, hits)
    assert figures["brier_article"] == pytest.approx(
        (hits * 0.04 + misses * 0.64) / (hits + misses), abs=1e-6
    )
    found = figures_of(today)
    assert found["scorecard.interim_right"].value == (long == "interim-right").sum()
    assert found["scorecard.interim_wrong"].value == (long == "interim-wrong").sum()
    assert found["scorecard.brier_even"].value == 0.25
    parts = ("resolved", "mixed", "open", "short_uncounted")
    assert sum(found[f"scorecard.{k}"].value for k in parts) == found["scorecard.short_readings"].value
    ended = ("scorecard.interim_right", "scorecard.interim_wrong")
    unended = ("scorecard.interim_open", "scorecard.long_uncounted")
    assert sum(found[id].value for id in ended + unended) == found["scorecard.long_readings"].value


def test_every_settlement_that_changed_says_why():
    changes = tables.load("corrections")
    changes = changes[(changes["table"] == "resolutions") & (changes["column"] == "status_to_date")]
    assert set(changes["key"]) >= {"C03;b", "C06;b", "C07;a", "C10;a", "C14;a", "C18;a", "C19;a", "C22;a"}
    assert changes["why"].str.len().gt(30).all()
    # a rule that moved is a change too, whether or not the status did
    assert {"C01;b", "C12;a", "C05;a"} <= set(tables.load("corrections")["key"])


def test_the_two_readings_that_turn_on_a_choice_print_the_fork(today):
    found = {f"{r['id']}{r['reading']}": typed.read(Reading, r, "here") for r in card.readings(today)}
    shown = {k: cards._outcome(found[k]).text for k in ("C03b", "A01a", "C14a", "C07a")}
    assert "17–25%, which would be right" in shown["C03b"]
    assert "On the edge" in shown["A01a"]
    assert "Conditional: holds under a condition of its own" in shown["C14a"]
    assert "Unresolved: what is public cannot answer the question" in shown["C07a"]


@pytest.mark.parametrize("run", ["today", "january"])
def test_prose_names_only_recorded_figures(run, request):
    session = notebook(request.getfixturevalue(run))
    for text in session.passages:
        assert {n for n in prose.named(text) if not n.startswith("ref:")} <= set(session.figures)


def weakness():
    """Return for each reading, straight from the tables, whether it has sources and whether all of them are weak."""
    listed = tables.load("sources").set_index("source_id")
    weak = set(listed.index[(listed["quality"] == "C") | (listed["how_read"] == "recalled")])
    frame = tables.outcomes("resolutions")
    ids = [[i for i in tables.split_ids(cell) if i != "none"] for cell in frame["status_source"]]
    return {
        f"{c}{r}": (found, bool(found) and set(found) <= weak)
        for c, r, found in zip(frame["call_id"], frame["reading"], ids, strict=True)
    }


def test_every_outcome_used_has_a_date_and_a_source_and_none_rests_on_a_weak_one_without_saying_so(today):
    settled = card.scorecard(today).settled
    shown = card.outcome_list(today).set_index("reading")
    shown.index = shown.index.str.split().str[0]
    by_call = card.supports(today)
    on_cards = {f"{r['id']}{r['reading']}": r for r in card.readings(today)}
    wanted = weakness()
    assert set(wanted) == set(shown.index) == set(on_cards)
    for row in settled.to_dict("records"):
        key = f"{row['call_id']}{row['reading']}"
        sources, weak = wanted[key]
        if settlement.STATES[row["status"]].worth is not None:
            assert dt.date.fromisoformat(row["public"]) <= today.parameters.vintage
            assert sources, key
        said = shown.loc[key, "support"]
        assert ("weak" in said) == weak == bool(shown.loc[key, "weak_or_recalled_only"]), (key, said)
        assert ("recalled" in said) == ("RECALL" in sources), (key, said)
        named = {"none"} if not sources else {said}
        assert f"{row['reading']}: {next(iter(named))}" in by_call[row["call_id"]].split("; ")
        assert on_cards[key]["support"] in named
        assert on_cards[key]["weak"] == weak
        assert on_cards[key]["public"] == row["public"]


def test_what_is_settled_otherwise_is_what_the_corrections_change(today, january):
    since = card.settled_otherwise(today)
    assert (since["before"] != since["now"]).all()
    settled = card.scorecard(today).settled
    now = dict(
        zip(card.named(settled), settled["status"].map(lambda s: settlement.STATES[s].words), strict=True)
    )
    assert since["reading"].is_unique
    for row in since.itertuples():
        assert row.now == now[row.reading], row.reading
    assert card.settled_otherwise(january).empty


def one_document(ids):
    """Return whether all these sources are or copy one document, by the table of originals alone."""
    originals = tables.load("originals")
    behind = [set(originals.loc[originals["source_id"] == i, "document"]) or {i} for i in ids]
    return len(ids) < 2 or bool(set.intersection(*behind))


def test_the_prose_counts_what_rests_on_little(today):
    figures, wanted = figures_of(today), weakness()
    alone = {
        k
        for k, (ids, _) in wanted.items()
        if ids and one_document(set(ids) - {"RECALL"}) and ids != ["derived_prices"]
    }
    weak = {k for k, (_, w) in wanted.items() if w}
    settled = card.scorecard(today).settled
    scored = set((settled["call_id"] + settled["reading"])[settled["settled"]])
    counted = {
        "single_source": alone,
        "single_weak": alone & weak,
        "several_weak": weak - alone,
        "part_recalled": {k for k, (ids, _) in wanted.items() if "RECALL" in ids},
        "settled_weak": weak & scored,
    }
    assert {k: figures[f"scorecard.{k}"].value for k in counted} == {k: len(v) for k, v in counted.items()}
    assert all(counted[k] for k in counted)  # so that each of the counts is tried
    prose = (tables.ROOT / "notebooks" / "06-scorecard.ipynb").read_text(encoding="utf-8")
    assert all(f"scorecard.{k} " in prose for k in counted)


class OnlyRead(Facts):
    """The facts without the rows that were recalled."""

    def table(self, name):
        frame = super().table(name)
        return frame[frame["verified"] == "read"] if "verified" in frame else frame


@pytest.mark.parametrize(("call_id", "reading"), sorted(settlement.CHECKS))
def test_a_reading_that_needs_a_recalled_row_names_memory_among_its_sources(call_id, reading):
    day = dt.date(2026, 11, 23)
    whole = settlement.recompute(Facts(day), call_id, reading)
    read = settlement.recompute(OnlyRead(day), call_id, reading)
    assert (read != whole) == ("RECALL" in weakness()[f"{call_id}{reading}"][0])


@pytest.mark.parametrize(
    ("sources", "weak", "own", "again", "recalled", "words"),
    [
        (1, False, False, False, False, "one source"),
        (1, True, False, False, False, "one weak source"),
        (2, True, False, False, False, "2 weak sources"),
        (3, False, False, False, False, "3 sources"),
        (3, False, False, True, False, "recomputed"),
        (1, False, False, True, False, "recomputed, one source"),
        (2, True, False, True, False, "recomputed, 2 weak sources"),
        (1, False, True, True, False, "recomputed"),
        (1, False, True, False, False, "own price series"),
        (4, False, False, True, True, "recomputed, in part recalled"),
    ],
)
def test_how_a_reading_is_supported_in_words(sources, weak, own, again, recalled, words):
    assert card._support_words(sources, weak, own, again, recalled) == words


def test_a_card_says_what_was_seen_and_what_it_rests_on(today):
    answers = came.words(today)
    found = book_card.by_call(book_card.each(Reading, card.readings(today), "here", "reading of"))
    views = {}
    for key in ("C20", "C09", "C03"):
        standing = Standing(
            answers[key].word, answers[key].remark, as_of=answers[key].as_of, readings=found[key]
        )
        view = views[key] = cards.view(sample_report().cards[0], standing)
        assert len(view.outcomes) == 2
        assert all(o.sources for o in view.outcomes)
        words = {"C20": "one weak source", "C09": "weak sources only", "C03": "one source"}[key]
        assert f"a reading rests on {words}" in view.estimates[3].words
    assert "Seen (percentage points): about −39" in views["C20"].outcomes[1].text


def test_before_an_outcome_is_public_no_card_shows_it(january):
    assert all(r["public"] <= "2025-01-31" for r in card.readings(january))
    assert set(card.supports(january).values()) == {"a: none; b: none"}


def test_on_31_january_2025_nothing_is_settled_and_no_score_exists(january):
    figures = figures_of(january)
    assert figures["scorecard.resolved"].value == 0
    assert figures["scorecard.brier_article"].value is None
    assert figures["scorecard.brier_model"].value is None
    assert {found.word for found in came.words(january).values()} == {"too early"}


def test_readings_settle_as_the_vintage_moves_and_never_reopen():
    rules = tables.outcomes("resolutions")
    before: set[str] = set()
    for day in ("2025-01-31", "2025-06-30", "2025-12-31", "2026-06-30", "2026-11-23"):
        vintage = dt.date.fromisoformat(day)
        frame = settlement.settle(rules, Facts(vintage), vintage)
        now = set((frame["call_id"] + frame["reading"])[frame["settled"]])
        assert before <= now
        before = now
    assert before


def test_a_corrected_fact_corrects_the_score(tmp_path, monkeypatch):
    shutil.copytree(tables.ROOT / "data", tmp_path / "data")
    path = tmp_path / "data" / "revenues.csv"
    text = path.read_text(encoding="utf-8")
    assert "2026-01-25,62.31," in text
    path.write_text(text.replace("2026-01-25,62.31,", "2026-01-25,30.00,"), encoding="utf-8")
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(tmp_path / "data"))
    day = dt.date(2026, 11, 23)
    frame = settlement.settle(tables.outcomes("resolutions"), Facts(day), day)
    row = frame[(frame["call_id"] == "C01") & (frame["reading"] == "b")].iloc[0]
    assert (row.recorded, row.status) == ("wrong", "right")  # 161 against 184


def test_users_are_one_population_from_lens_to_settlement(today):
    groups = tables.load("groups")
    named = set(groups.loc[groups["group"].isin(["software", "internet"]), "ticker"])
    assert settlement._ai_users(today.facts) == sorted(named)
    indicator = tables.outcomes("resolutions").set_index(["call_id", "reading"])["indicator"]["C12", "a"]
    assert f"{len(named)} software and internet firms" in indicator


# --- scores --------------------------------------------------------------------------------------------------------


def test_brier_and_log_score_of_three_forecasts_by_hand():
    assert card.brier_terms([0.8, 0.8, 0.5], [1, 0, 1]) == pytest.approx([0.04, 0.64, 0.25])
    assert card.log_terms([0.8, 0.8, 0.5], [1, 0, 1]) == pytest.approx(
        [math.log(0.8), math.log(0.2), math.log(0.5)]
    )


def test_a_certain_miss_costs_a_finite_log_score():
    assert card.log_terms([1.0], [0])[0] == pytest.approx(math.log(0.02))


@pytest.mark.parametrize("p", [-0.1, 1.2])
def test_a_probability_out_of_range_is_refused(p):
    with pytest.raises(ModelInputError, match="allowed: 0 to 1"):
        card.brier_terms([p], [1])


def test_an_outcome_between_right_and_wrong_is_refused():
    with pytest.raises(ModelInputError, match="mixed and open readings are not scored"):
        card.brier_terms([0.8], [0.5])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_the_brier_score_of_a_forecast_and_its_mirror_are_equal(forecasts):
    p, hit = np.array([f[0] for f in forecasts]), np.array([float(f[1]) for f in forecasts])
    assert card.brier_terms(p, hit).mean() == pytest.approx(card.brier_terms(1 - p, 1 - hit).mean())


def test_resampling_is_seeded():
    terms, themes = [0.04, 0.64, 0.04, 0.64, 0.04], ["a", "a", "b", "c", "d"]
    first, again, other = (card.cluster_means(terms, themes, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_one_theme_has_no_spread_and_says_nothing_about_uncertainty():
    assert np.ptp(card.cluster_means([0.04, 0.64, 0.04], ["x"] * 3, 1)) == pytest.approx(0)


def test_with_a_theme_per_call_resampling_gives_the_ordinary_standard_error():
    terms = np.random.default_rng(5).choice([0.04, 0.64], size=200)
    spread = card.cluster_means(terms, [str(i) for i in range(200)], 3).std()
    assert spread == pytest.approx(terms.std() / math.sqrt(200), rel=0.06)


def test_calls_that_move_together_widen_the_interval():
    terms = np.repeat([0.04, 0.64], 50)
    apart = card.cluster_means(terms, [str(i) for i in range(100)], 1).std()
    together = card.cluster_means(terms, [str(i // 25) for i in range(100)], 1).std()
    assert together > 3 * apart


def test_resampling_without_one_theme_a_score_is_refused():
    with pytest.raises(ModelInputError, match="saw 2 scores and 1 themes, allowed: one theme a score"):
        card.cluster_means([0.1, 0.2], ["a"], 1)


def test_the_rate_of_the_other_themes_leaves_the_own_theme_out_whole():
    assert card.other_themes_rate([1, 0, 1, 0], ["a", "a", "b", "c"]) == pytest.approx(
        [0.5, 0.5, 1 / 3, 2 / 3]
    )
    assert card.other_themes_rate([1, 0], ["a", "a"]) == pytest.approx([0.5, 0.5])


def test_up_to_eight_themes_the_interval_goes_through_every_sign_and_needs_no_seed():
    terms, themes = [0.04, 0.64, 0.04, 0.64, 0.04], ["a", "a", "b", "c", "d"]
    sums = {t: sum(x - 0.28 for x, u in zip(terms, themes, strict=True) if u == t) for t in "abcd"}
    means = [
        0.28 + sum(s * v for s, v in zip(sign, sums.values(), strict=True)) / 5
        for sign in product((1, -1), repeat=4)
    ]
    wanted = np.quantile(means, [0.05, 0.95])
    assert card.theme_interval(terms, themes, 1) == pytest.approx(tuple(wanted))
    assert card.theme_interval(terms, themes, 2) == card.theme_interval(terms, themes, 1)
    assert card.theme_interval(terms[::-1], themes[::-1], 1) == pytest.approx(tuple(wanted))


def test_one_theme_has_no_interval_and_many_are_resampled():
    assert all(math.isnan(end) for end in card.theme_interval([0.04, 0.64], ["a", "a"], 1))
    terms = np.random.default_rng(5).choice([0.04, 0.64], size=20)
    low, high = np.quantile(card.cluster_means(terms, [str(i) for i in range(20)], 3), [0.05, 0.95])
    assert card.theme_interval(terms, [str(i) for i in range(20)], 3) == (low, high)


# --- what few calls can show ---------------------------------------------------------------------------------------


def test_at_eighty_in_a_hundred_the_break_even_hit_rate_is_sixty_five():
    assert card.break_even_hit_rate(0.8) == pytest.approx(0.65)
    mean, _ = card.expected_brier(0.8, 0.65, 22)
    assert mean == pytest.approx(0.25)


def test_at_even_odds_no_record_beats_the_coin():
    assert card.break_even_hit_rate(0.5) == 0.5
    assert card.break_even_hit_rate(0.501) == pytest.approx(0.5, abs=0.01)
    assert card.chance_to_beat(0.5, [0.5, 0.9], 22).tolist() == [0, 0]


def test_a_forecaster_below_the_break_even_needs_infinitely_many_calls():
    assert card.calls_needed(0.7, 0.7) == math.inf


def test_four_themes_are_called_too_few():
    frame = pd.DataFrame({"p_article": 0.8, "p_even": 0.5, "hit": 0.0, "theme": list("abcd")})
    assert card.standing(frame, "p_article", 1) == "few"
    five = pd.concat([frame, frame.iloc[[0]].assign(theme="e")])
    assert card.standing(five, "p_article", 1) == "worse"


def test_the_score_of_a_seventy_per_cent_forecaster_over_22_calls_by_simulation():
    mean, error = card.expected_brier(0.8, 0.7, 22)
    hits = np.random.default_rng(1).random((40_000, 22)) < 0.7
    simulated = np.where(hits, 0.04, 0.64).mean(axis=1)
    assert float(mean) == pytest.approx(simulated.mean(), abs=0.002)
    assert float(error) == pytest.approx(simulated.std(), abs=0.001)


def test_the_number_of_calls_needed_has_the_stated_power():
    n = int(card.calls_needed(0.7, 0.5))
    draws = np.random.default_rng(2)
    limit = 0.5 * n + 1.6449 * math.sqrt(0.25 * n)  # one-sided 5% by the normal approximation
    assert (draws.binomial(n, 0.7, 100_000) > limit).mean() == pytest.approx(0.8, abs=0.05)
    assert card.calls_needed(0.7, 0.65) > 10 * n


@pytest.mark.parametrize("n", [5, 6])
def test_the_chance_to_beat_the_coin_equals_counting_every_record(n):
    total = 0.0
    for record in product((0, 1), repeat=n):
        if np.mean((0.8 - np.array(record)) ** 2) < 0.25:
            total += 0.7 ** sum(record) * 0.3 ** (n - sum(record))
    assert float(card.chance_to_beat(0.8, 0.7, n)) == pytest.approx(total)


# --- the comparison ------------------------------------------------------------------------------------------------


def test_all_forecasters_are_scored_on_the_same_readings(today):
    scored = card.scorecard(today).scored
    assert {s.n for s in card.scores(scored, 1)} == {len(scored)}
    assert not scored[list(card.FORECASTERS)].isna().any().any()


def test_the_first_editions_number_is_disclosed_as_what_it_was(today):
    """Its eight readings with the outcomes recorded then, and the probability at the call's own threshold."""
    old = card.mismatched(today)
    assert set(zip(old["call_id"], old["reading"], strict=True)) == set(card.MISMATCHED)
    raw = pd.read_csv(tables.ROOT / "data" / "resolutions.csv", dtype=str).set_index(["call_id", "reading"])
    then = [raw.loc[key, "status_to_date"] for key in zip(old["call_id"], old["reading"], strict=True)]
    assert old["hit"].tolist() == [float(status == "right") for status in then]
    figures = figures_of(today)
    assert figures["scorecard.mismatched.brier_model"].value == pytest.approx(
        float(((old["p"] - old["hit"]) ** 2).mean()), rel=1e-5
    )
    assert figures["scorecard.mismatched.brier_model"].value > 0.25  # the prose says worse than a coin
    assert figures["scorecard.mismatched.p_research"].value > 0.5  # a noticeable gain, held against two years


def test_the_first_editions_forecast_is_the_one_of_january(today, january):
    assert card.january_forecasts(today) == card.january_forecasts(january)


def test_turning_an_article_call_round_changes_no_outcome(today):
    rules = tables.outcomes("resolutions")
    frame = settlement.settle(rules, today.facts, today.parameters.vintage)
    calls = tables.load("calls")
    turned = calls.assign(
        call=calls["call"].map({"winner": "loser", "loser": "winner", "additional": "additional"})
    )
    plain, other = (card.build(frame, table, 0.8) for table in (calls, turned))
    assert plain.settled["status"].equals(other.settled["status"])
    assert plain.scored["p_everyone_wins"].tolist() == pytest.approx(
        (1 - other.scored["p_everyone_wins"]).tolist()
    )


def test_the_table_of_rules_shows_no_outcome(today):
    whole = notebook(today).exhibits["scorecard-calls"]
    rules = next(file.data for file in whole.files if file.name == "scorecard-rules")
    assert not {"seen", "status", "public", "support", "note"} & set(rules.columns)
    assert {"scorecard-rules", "scorecard-outcomes", "scorecard-since"} == {file.name for file in whole.files}


def test_behind_each_call_stand_the_rules_of_both_readings_and_what_was_seen(today):
    rows = card.board(today).set_index("id")
    for rule in card.rule_table(today).itertuples():
        behind = rows.loc[rule.reading[:3], "behind"].split("\n")["ab".index(rule.reading[3])]
        assert rule.article_words in behind
        assert rule.indicator in behind
        assert day_words(dt.date.fromisoformat(rule.by)) in behind
    for outcome in card.outcome_list(today).itertuples():
        row = rows.loc[outcome.reading[:3]]
        column = {"a": "first", "b": "second"}[outcome.reading[3]]
        assert row[column] == outcome.status
        day = day_words(dt.date.fromisoformat(outcome.public))
        assert f"seen on {day}: " in row["behind"].split("\n")["ab".index(outcome.reading[3])]


def test_no_row_shows_what_was_not_public(january):
    rows = card.board(january)
    assert rows["behind"].str.contains("Right if").all()
    public = card.outcome_list(january)
    assert rows["behind"].str.count("; seen on ").sum() == len(public) < len(card.rule_table(january))


def test_the_rules_quote_the_article_letter_by_letter(today):
    shown = card.scorecard(today).settled["article_words"]
    assert card.rule_table(today)["article_words"].tolist() == [f"“{words}”" for words in shown]


# --- the wall between facts and outcomes ---------------------------------------------------------------------------


def test_models_cannot_read_outcomes():
    with pytest.raises(DataError, match="holds outcomes: models cannot read it"):
        tables.load("resolutions")


def test_only_the_scorecard_opens_the_outcomes():
    package = Path(deepseek_era.__file__).parent
    callers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"tables\.outcomes\(|import outcomes\b", path.read_text(encoding="utf-8"))
    }
    # provenance and the Python interface hand out the rows of all tables; they compute nothing
    assert callers <= {"verdicts/scorecard.py", "provenance.py", "api.py"}


def test_with_the_article_vintage_no_later_fact_or_parameter_can_enter(january):
    limit = "2025-01-31"
    known = api.facts()
    for name in known[known["group"] == "facts"].index:
        frame = january.facts.table(name)
        if "as_of" in frame.columns and len(frame):
            assert frame["as_of"].max() <= limit, name
    known = [n for n in names() if n not in RUN_PARAMETERS]
    assert all(january.parameters.row(n).as_of <= limit for n in known)


def inject(folder, table, row_of, **changes):
    """Append a changed copy of one row of a table."""
    path = folder / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = frame[frame[row_of[0]] == row_of[1]].iloc[[0]].assign(**changes)
    pd.concat([frame, row]).to_csv(path, index=False)


def test_a_fact_and_a_parameter_injected_after_the_vintage_change_nothing(tmp_path, monkeypatch, january):
    before = {k: f.value for k, f in figures_of(january).items()}
    forecasts = card.january_forecasts(january)
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    inject(data, "parameters", ("id", "inference_gain"), p1="90", p2="99", as_of="2025-02-01")
    inject(data, "revenues", ("row_id", "RV024"), row_id="RVX", amount_b="1", as_of="2025-02-01")
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    again = Model(resolve({"draws": DRAWS}, vintage="article"))
    assert again.parameters.row("inference_gain").p1 == 4
    assert "RVX" not in set(again.facts.table("revenues")["row_id"])
    assert {k: f.value for k, f in figures_of(again).items()} == before
    assert card.january_forecasts(again) == forecasts
    # the same rows enter as soon as the vintage allows it, so the test can fail
    later = Model(resolve({"draws": DRAWS}, vintage="2025-02-01"))
    assert later.parameters.row("inference_gain").p1 == 90
    assert "RVX" in set(later.facts.table("revenues")["row_id"])


def test_a_parameter_first_public_after_the_vintage_is_refused_before_anything_runs(tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    path = data / "parameters.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[frame["id"] == "net_retained", "as_of"] = "2025-02-01"
    frame.to_csv(path, index=False)
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    monkeypatch.setattr(execute, "run_notebooks", lambda *a, **k: pytest.fail("a kernel started"))
    with pytest.raises(
        UserError, match="parameter net_retained: no row public by 2025-01-31, first 2025-02-01"
    ):
        build.build(scenario="article-vintage", name="never", root=tmp_path)
    assert not (tmp_path / "never").exists()


def test_evidence_dated_before_the_fact_that_it_points_to_is_refused(tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    links = pd.read_csv(data / "evidence.csv", dtype=str, keep_default_na=False)
    late = links[links["as_of"] > "2026-01-01"].iloc[0]
    inject(data, "evidence", ("evidence_id", late["evidence_id"]), evidence_id="EVX", as_of="2025-01-20")
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    with pytest.raises(
        DataError, match=rf"evidence.csv row EVX: .* has no {late['key']} public by 2025-01-20"
    ):
        evidence.observations(Model(resolve({"draws": DRAWS}, vintage="article")))


def test_a_row_without_the_day_it_was_public_stops_the_build(tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    inject(data, "timeline", ("row_id", "L17"), row_id="LX", as_of="soon")
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    with pytest.raises(
        DataError, match=r"data/timeline.csv row \d+, column as_of: saw 'soon', allowed: a date"
    ):
        Facts(dt.date(2025, 1, 31)).table("timeline")


# --- exhibits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", ["today", "january"])
def test_exhibits_are_drawn_small_in_tokens_only_and_at_the_stated_width(run, request):
    for exhibit in notebook(request.getfixturevalue(run)).exhibits.values():
        assert len(exhibit.data) <= 400
        if exhibit.chart is None:
            assert {c.field for c in exhibit.columns} <= set(exhibit.data.columns)
            continue
        for width in (theme.WIDE, theme.NARROW):
            drawing = svg(exhibit.chart(width))
            assert len(drawing) < 60_000
            assert re.search(rf'<svg[^>]* width="{width}"', drawing)
            colours = {c.upper() for c in re.findall(r"#[0-9a-fA-F]{6}\b", drawing)}
            assert colours <= {c.upper() for c in theme.TOKENS.values()}


def test_the_path_of_a_call_ends_where_the_run_stands(today):
    path = card.vintage_path(today)
    assert path.groupby("id")["vintage"].count().eq(5).all()
    assert path["p"].between(0, 1).all()
    assert path["vintage"].max() == today.parameters.vintage.isoformat()
