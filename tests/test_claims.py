"""The thirteen claims: the rule of each, the dated facts behind them, and that both follow the numbers."""

import datetime as dt
import functools
import re
import shutil

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepseek_era import prose, quotes, tables
from deepseek_era.building.rehearse import rehearse, rehearsed
from deepseek_era.charts import theme
from deepseek_era.charts.base import svg
from deepseek_era.claims import facts, findings, rules
from deepseek_era.cost import study
from deepseek_era.cost import tables as cost
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.tables import Facts

pytestmark = pytest.mark.usefixtures("as_in_a_build")

DRAWS = 1024
TODAY, ARTICLE = Facts(dt.date(2026, 11, 23)), Facts(dt.date(2025, 1, 31))


@pytest.fixture(scope="module")
def today():
    return Model(resolve({"draws": DRAWS}))


@pytest.fixture(scope="module")
def january():
    return Model(resolve({"draws": DRAWS}, vintage="article"))


@functools.cache
def notebook(model):
    """Return the session of the claims' notebook on a model."""
    return rehearse("claims", model=model)


def verdicts(model):
    return {r.id: r.verdict for r in findings.results(model)}


# --- rules ---------------------------------------------------------------------------------------------------------

CASES = [
    (rules.f01, (18, None, 10), "true"),
    (rules.f01, (18, 2.0, 10), "true-with-context"),
    (rules.f01, (9.9, None, 10), "misleading"),
    (rules.f01, (9.9, None, 5), "true"),
    (rules.f01, (1.9, None, 10), "false"),
    (rules.f01, (None, None, 10), "unverifiable"),
    (rules.f02, (259, 4, 0), "unverifiable"),
    (rules.f02, (259, 4, 1), "true"),
    (rules.f02, (259, 0, 0), "misleading"),
    (rules.f03, (93, (93.5, 92.5, 93.0), 90, 97), "true"),
    (rules.f03, (93, (96.3, 98.1, 96.35), 90, 97), "true-with-context"),
    (rules.f03, (93, (96.3, 98.1, 96.35), 94, 97), "true-with-context"),
    (rules.f03, (93, (96.3, 98.1, 96.35), 94.1, 97), "misleading"),
    (rules.f03, (93, (50.0, 60.0), 40, 60), "false"),
    (rules.f04, (37, 671), "false"),
    (rules.f04, (37, 70), "misleading"),
    (rules.f04, (37, 40), "true"),
    (rules.f05, (0, 3), "true-with-context"),
    (rules.f05, (0, 0), "true"),
    (rules.f05, (500, 0), "false"),
    (rules.f05, (None, 0), "unverifiable"),
    (rules.f06_date, (-1,), "false"),
    (rules.f06_date, (0,), "true"),
    (rules.f06_date, (14,), "true"),
    (rules.f06_date, (15,), "misleading"),
    (rules.f06, (-1, 0), "undecided"),
    (rules.f06, (-1, 1), "undecided"),
    (rules.f06, (-15, 0), "false"),
    (rules.f06, (3, 1), "true"),
    (rules.f06, (None, 0), "unverifiable"),
    (rules.f07, (1,), "true"),
    (rules.f07, (4,), "misleading"),
    (rules.f07, (31,), "false"),
    (rules.f08, (-0.35, -17, (None,), None), "true"),
    (rules.f08, (-0.35, -17, (-4.8,), None), "true-with-context"),
    (rules.f08, (-0.35, -17, (-1.0,), 7), "true-with-context"),
    (rules.f08, (-9, -17, (None,), None), "misleading"),
    (rules.f08, (-9, 2, (None,), None), "false"),
    (rules.f09, (57, 1.8, 2.0, 18), "true-with-context"),
    (rules.f09, (57, 1.8, 2.0, 1.0), "true"),
    (rules.f09, (57, 0.91, 1.003, 18), "misleading"),
    (rules.f09, (57, 1.8, 1.003, 18), "misleading"),
    (rules.f09, (1.0, 0.91, 1.003, 18), "false"),
    (rules.f09, (57, 1.8, None, 18), "unverifiable"),
    (rules.f10, (6, 5.576, 39), "true-with-context"),
    (rules.f10, (6, 8.4, 39), "misleading"),
    (rules.f10, (6, 5.576, 95), "misleading"),
    (rules.f10, (6, 5.576, 39, (5.0, 7.6)), "true-with-context"),
    (rules.f10, (6, 5.576, 39, (8.4, 8.4)), "misleading"),
    (rules.f10, (6, 60, 39), "false"),
    (rules.f11, ("H800 GPUs with NVLink", 10_000), "misleading"),
    (rules.f11, ("H800 GPUs with NVLink", None), "false"),
    (rules.f11, ("PCI-Express cards", 10_000), "true"),
    (rules.f11, ("", 10_000), "unverifiable"),
    (rules.f12, (11, 5, (10.4, 8.1, 4.4)), "true"),
    (rules.f12, (11, 5, (10.4, 8.1, 1.6)), "true-with-context"),
    (rules.f12, (11, 5, (1.9, 1.6)), "false"),
    (rules.f12, (2.5, 1.1, (10.4,)), "true-with-context"),
    (rules.f12, (1.5, 1.1, (10.4,)), "false"),
    (rules.f12, (11, 5, ()), "unverifiable"),
    (rules.f13, ((7, 8), (5.6, 10.1)), "undecided"),
    (rules.f13, ((7, 11), (5.6, 10.1)), "false"),
    (rules.f13, ((2, 3), (5.6, 10.1)), "true"),
    (rules.f13, ((), (5.6, 10.1)), "unverifiable"),
    (rules.f13, ((7, 8), (5.6,)), "unverifiable"),
]


@pytest.mark.parametrize(("rule", "numbers", "verdict"), CASES)
def test_a_rule_gives_the_stated_verdict(rule, numbers, verdict):
    assert rule(*numbers) == verdict


@given(st.floats(0.01, 1e4), st.one_of(st.none(), st.floats(0.01, 1e4)), st.floats(1, 100))
def test_a_dearer_rival_or_a_lower_bar_never_worsens_the_verdict_on_the_gain(gain, rival, bar):
    order = {v: i for i, v in enumerate(rules.VERDICTS)}
    if rival is not None:
        assert order[rules.f01(gain, rival * 2, bar)] <= order[rules.f01(gain, rival, bar)]
    assert order[rules.f01(gain, rival, bar / 2)] <= order[rules.f01(gain, rival, bar)]


@given(st.lists(st.floats(0.1, 40), min_size=1, max_size=3), st.floats(0.1, 40), st.floats(0.1, 40))
def test_the_verdict_on_export_limits_turns_on_whether_both_measures_agree(observed, one, other):
    shorter = {max(observed) < one, max(observed) < other}
    expected = rules.UNDECIDED if len(shorter) == 2 else rules.TRUE if shorter == {True} else rules.FALSE
    assert rules.f13(observed, (one, other)) == rules.f13(observed, (other, one)) == expected


@given(st.floats(1, 1e4), st.floats(0, 1e4))
def test_more_memory_needed_never_improves_the_verdict_on_local_use(resident, more):
    order = {v: i for i, v in enumerate(rules.VERDICTS)}
    assert order[rules.f04(37, resident + more)] >= order[rules.f04(37, resident)]


@pytest.mark.parametrize(("discount", "gain"), [(90, 10), (50, 2), (0, 1)])
def test_a_discount_of_ninety_per_cent_is_a_tenfold_gain(discount, gain):
    assert rules.gain(discount) == pytest.approx(gain)


def test_every_claim_has_a_rule_in_words_and_every_verdict_a_word():
    assert set(rules.RULES) == set(tables.load("claims")["id"])
    assert set(rules.WORDS) == set(rules.VERDICTS)


# --- dated facts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "days"),
    [
        ("L18", "L17", -1),  # Stargate 21 January 2025, R1 20 January
        ("L08", "L17", 130),  # o1-preview 12 September 2024
        ("L13", "L17", 25),  # V3 26 December 2024
        ("L29", "L32", 19),  # top-ups stopped 6 to 25 February 2025
    ],
)
def test_days_between_events_follow_the_calendar(first, second, days):
    assert facts.days_between(TODAY, first, second) == days
    assert facts.days_between(TODAY, second, first) == -days


def test_an_event_after_the_vintage_is_not_there():
    assert facts.event(ARTICLE, "L36") is None
    assert facts.days_between(ARTICLE, "L36", "L38") is None


def test_an_event_known_only_by_its_month_has_no_day():
    assert facts.event(TODAY, "L03") is None


def test_the_makers_own_table_is_read_as_printed():
    gaps = facts.own_table_gaps(TODAY).set_index("benchmark")
    # table of the R1 model card, 20 January 2025
    assert (gaps.loc["AIME 2024", "r1"], gaps.loc["AIME 2024", "o1"]) == (79.8, 79.2)
    assert gaps.loc["GPQA Diamond", "gap"] == pytest.approx(71.5 - 75.7)
    assert "Codeforces" not in gaps.index  # a percentile is not a share of tasks


def test_o3_preview_and_release_are_kept_apart_and_the_release_is_lower():
    wide = facts.o3_gaps(TODAY).pivot_table(index="benchmark", columns="version", values="o3")
    both = wide.dropna()
    assert both.loc["AIME 2024"].to_dict() == {"preview": 96.7, "released": 91.6}
    assert (both["released"] < both["preview"]).all()
    assert set(facts.o3_gaps(ARTICLE)["version"]) == {"preview"}


def test_o3_medians_compare_the_same_benchmarks():
    figures = {f.id: f for f in facts.quality(TODAY)}
    wide = facts.o3_gaps(TODAY).pivot_table(index="benchmark", columns="version", values="gap").dropna()
    assert figures["claims.quality.gap_o3_released"].value == pytest.approx(wide["released"].median())
    assert figures["claims.quality.gap_o3_preview"].value == pytest.approx(wide["preview"].median())


def test_the_coding_benchmark_puts_r1_behind_o1():
    assert facts.aider_gap(TODAY) == pytest.approx(56.9 - 61.7)


def test_an_elo_gap_of_nothing_is_an_even_vote(today):
    found = findings.evidence(today)
    gap, share = found.value("claims.quality.gap_o1_arena"), found.value("claims.quality.arena_win_share")
    assert (share > 50) == (gap > 0)
    assert share == pytest.approx(100 / (1 + 10 ** (-gap / 400)), rel=1e-5)


# --- the answers ---------------------------------------------------------------------------------------------------


def test_the_verdicts_of_the_base_run(today):
    assert verdicts(today) == {
        "F01": "true-with-context",
        "F02": "unverifiable",
        "F03": "true-with-context",
        "F04": "false",
        "F05": "true-with-context",
        "F06": "undecided",
        "F07": "true",
        "F08": "true-with-context",
        "F09": "misleading",
        "F10": "true-with-context",
        "F11": "misleading",
        "F12": "true",
        "F13": "undecided",
    }


@pytest.mark.parametrize(
    ("changes", "claim", "verdict"),
    [
        ({"gpu_hour_usd": 3.0}, "F10", "misleading"),  # 2.788 million hours at 3 USD are 8.4 million
        ({"verbosity": 1.0}, "F03", "misleading"),  # a call then costs as the list says
        ({"experiments_multiple": 1.0, "data_multiple": 1.0, "staff_share": 0.0}, "F12", "false"),
    ],
)
def test_a_changed_parameter_changes_the_verdict(changes, claim, verdict, today):
    assert verdicts(today)[claim] != verdict
    assert verdicts(Model(resolve({"draws": 1024, **changes})))[claim] == verdict


def test_on_31_january_2025_what_was_not_public_is_unverifiable(january):
    found = verdicts(january)
    assert found["F13"] == "unverifiable"
    assert found["F12"] == "unverifiable"  # no laboratory had published both numbers
    assert findings.evidence(january).value("claims.quality.months_behind_metr") is None


def test_a_published_proof_of_distillation_would_turn_the_verdict(tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    frame = pd.read_csv(data / "timeline.csv", dtype=str, keep_default_na=False)
    proof = frame[frame["row_id"] == "L25"].assign(row_id="LX", category="distillation proof")
    pd.concat([frame, proof]).to_csv(data / "timeline.csv", index=False)
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    model = Model(resolve({"draws": 1024}))
    assert verdicts(model)["F02"] == "true"
    assert "shown in {{ claims.distillation.proofs }}" in findings.results(model)[1].finding
    assert "1 with outputs" in notebook(model).exhibits["claims-distillation"].title


def with_changed(tmp_path, monkeypatch, name, change):
    """Return a model over a copy of the tables in which one was changed."""
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    frame = pd.read_csv(data / f"{name}.csv", dtype=str, keep_default_na=False)
    change(frame).to_csv(data / f"{name}.csv", index=False)
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    return Model(resolve({"draws": DRAWS}))


def test_a_published_record_of_the_motive_would_settle_the_hint_and_not_the_date(tmp_path, monkeypatch):
    def add(frame):
        record = frame[frame["row_id"] == "L17"].assign(row_id="LX", category="release motive")
        return pd.concat([frame, record])

    model = with_changed(tmp_path, monkeypatch, "timeline", add)
    result = next(r for r in findings.results(model) if r.id == "F06")
    assert "The date is false" in result.finding
    assert "The hint is true" in result.finding
    assert "public records speak" in " ".join(notebook(model).passages)


def test_a_rehearsal_that_is_kept_is_one_of_the_tables_as_they_stand(tmp_path, monkeypatch):
    def add(frame):
        return pd.concat([frame, frame[-1:].assign(row_id="LX", category="release motive")])

    def records():
        return rehearsed("claims", draws=DRAWS).figures["claims.r1.motive_records"].value

    before = records()
    assert rehearsed("claims", draws=DRAWS) is rehearsed("claims", draws=DRAWS)
    with_changed(tmp_path, monkeypatch, "timeline", add)
    assert records() == before + 1


def test_a_laboratory_that_spends_most_of_its_compute_on_the_final_run_changes_the_verdict(
    tmp_path, monkeypatch, today
):
    def raise_shares(frame):
        own = frame["topic"] == "final run share"
        assert own.any()
        return frame.assign(value_low=frame["value_low"].where(~own, "60"))

    assert verdicts(today)["F12"] == "true"
    assert verdicts(with_changed(tmp_path, monkeypatch, "infrastructure", raise_shares))["F12"] == "false"


def test_two_of_three_named_breakthroughs_show_no_gain_in_use(today):
    found = findings.evidence(today)
    gains = [
        found.value(i)
        for i in ("cost.kv.mha_ratio", "cost.mtp.stream_gain_full_batch", "cost.breakthrough.chain_rate")
    ]
    assert sum(gain < rules.TENTH for gain in gains) == 2
    finding = next(r.finding for r in findings.results(today) if r.id == "F09")
    assert "no gain in use shows for the second token and eight bits" in finding
    assert "no measure of FP8 alone" in finding


def test_gains_per_case_and_per_solved_case_are_named_apart_and_are_the_benchmarks_own(today):
    found = findings.evidence(today)
    case, solved = found["claims.gain.task"], found["claims.gain.solved"]
    assert "solved" not in case.label
    assert "solved" in solved.label
    runs = cost.measured_tasks(today).set_index("model")
    r1, o1 = runs.loc[study.TASK_R1], runs.loc[study.TASK_O1]
    assert solved.value == pytest.approx(o1["usd_per_solved"] / r1["usd_per_solved"], rel=1e-4)
    # a solved case costs a case over the pass rate
    rates = r1["pass_rate_2_percent"] / o1["pass_rate_2_percent"]
    assert solved.value == pytest.approx(case.value * rates, rel=1e-3)


def test_both_bars_of_the_tenfold_claim_are_printed(today):
    found = findings.evidence(today)
    assert found.value("claims.article.f01") == 10
    assert found.value("claims.gain.p_half") >= found.value("claims.gain.p_article")
    # o1-mini lies between the two
    assert 5 < found.value("claims.gain.list_o1_mini") < 10
    finding = findings.results(today)[0].finding
    assert {"claims.gain.p_article", "claims.gain.p_half", "claims.gain.list_o1_mini"} <= set(
        prose.named(finding)
    )


def test_a_rule_changed_after_results_were_seen_is_named_with_its_reason(today):
    text = " ".join(notebook(today).passages)
    assert set(rules.CHANGED) <= set(rules.RULES)
    assert all(f"{id}: {why}" in text for id, why in rules.CHANGED.items())


def test_a_proof_from_after_the_vintage_does_not(tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(tables.ROOT / "data", data)
    frame = pd.read_csv(data / "timeline.csv", dtype=str, keep_default_na=False)
    proof = frame[frame["row_id"] == "L25"].assign(
        row_id="LX", category="distillation proof", date="2025-02-01", as_of="2025-02-01"
    )
    pd.concat([frame, proof]).to_csv(data / "timeline.csv", index=False)
    monkeypatch.setenv("DEEPSEEK_ERA_DATA", str(data))
    assert verdicts(Model(resolve({"draws": 1024}, vintage="article")))["F02"] == "unverifiable"


def test_the_denial_stands_beside_the_allegations_and_is_counted_as_none(today, january):
    found, table = findings.evidence(today), notebook(today).exhibits["claims-distillation"]
    allegations, denials = (found.value(f"claims.distillation.{k}") for k in ("allegations", "denials"))
    assert denials > 0
    assert len(table.data) == allegations + denials
    assert (table.data["published"] == "denies it").sum() == denials
    assert table.title.startswith(f"{int(allegations)} allegations")
    assert "DeepSeek denies it" in table.title
    assert "DeepSeek denies it" in findings.results(today)[1].finding
    assert findings.evidence(january).value("claims.distillation.denials") == 0
    assert "denies" not in findings.results(january)[1].finding


def test_every_row_of_the_makers_table_that_can_be_compared_is_counted(today):
    """The first edition left out DROP, on which R1 leads."""
    own = facts.own_table_gaps(today.facts).set_index("benchmark")
    assert own.loc["DROP", "gap"] > 0
    found = findings.evidence(today)
    assert found.value("claims.quality.n_own") == len(own)
    assert found.value("claims.quality.wins_own") == (own["gap"] > 0).sum() > len(own) / 2


@pytest.mark.parametrize("run", ["today", "january"])
def test_a_finding_names_only_figures_that_exist_and_lists_them(run, request):
    model = request.getfixturevalue(run)
    found = findings.evidence(model)
    for result in findings.results(model):
        used = prose.named(result.finding)
        assert used, result.id
        assert set(used) <= set(found), result.id
        assert set(used) <= set(result.figures), result.id


@pytest.mark.parametrize("run", ["today", "january"])
def test_a_finding_never_types_a_number_with_a_unit(run, request):
    for result in findings.results(request.getfixturevalue(run)):
        bare = prose.TOKEN.sub("", result.finding)
        assert not re.search(r"\d\s*(%|GB|million|billion|days|months|points|times)|[$×]\s*\d", bare), (
            result.id
        )


@pytest.mark.parametrize("run", ["today", "january"])
def test_every_number_that_a_finding_prints_was_public(run, request):
    model = request.getfixturevalue(run)
    found = findings.evidence(model)
    for result in findings.results(model):
        missing = [i for i in prose.named(result.finding) if found.value(i) is None]
        assert not missing, (result.id, missing)


def test_every_source_of_a_claim_is_in_the_table_of_sources(today):
    known = set(tables.load("sources")["source_id"])
    for result in findings.results(today):
        assert result.sources, result.id
        assert set(result.sources) <= known, result.id


@pytest.mark.parametrize("run", ["today", "january"])
def test_prose_names_only_recorded_figures(run, request):
    session = notebook(request.getfixturevalue(run))
    for text in session.passages:
        assert {n for n in prose.named(text) if not n.startswith("ref:")} <= set(session.figures)


def test_the_counts_of_verdicts_add_up(today):
    figures = notebook(today).figures
    counts = [figures[f"claims.count.{v.replace('-', '_')}"].value for v in rules.VERDICTS]
    assert sum(counts) == figures["claims.count.all"].value == len(tables.load("claims"))


# --- exhibits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", ["today", "january"])
def test_exhibits_are_drawn_small_in_tokens_only_and_at_the_stated_width(run, request):
    for exhibit in notebook(request.getfixturevalue(run)).exhibits.values():
        assert set(exhibit.sources) <= set(tables.load("sources")["source_id"])
        if exhibit.chart is None:
            assert {c.field for c in exhibit.columns} <= set(exhibit.data.columns)
            continue
        for width in (theme.WIDE, theme.NARROW):
            drawing = svg(exhibit.chart(width))
            assert len(drawing) < 60_000
            assert re.search(rf'<svg[^>]* width="{width}"', drawing)
            colours = {c.upper() for c in re.findall(r"#[0-9a-fA-F]{6}\b", drawing)}
            assert colours <= {c.upper() for c in theme.TOKENS.values()}


def test_the_timeline_keeps_the_order_of_the_calendar(today):
    dates = notebook(today).exhibits["claims-timeline"].data["date"].tolist()
    assert dates == sorted(dates)
    assert max(dates) <= "2025-01-31"


@pytest.mark.parametrize("table", ["claims-table", "claims-rules"])
def test_what_the_article_says_is_printed_in_its_own_words(table, today):
    shown = notebook(today).exhibits[table]
    column = next(c.field for c in shown.columns if c.header == "The article says")
    for said in shown.data[column]:
        assert said[0] + said[-1] == "“”"
        assert quotes.misquoted(said[1:-1]) == ""
