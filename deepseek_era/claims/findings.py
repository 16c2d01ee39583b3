"""The thirteen claims answered: one function each, from figures of all parts to verdict and finding.

A finding is two plain sentences whose numbers are tokens; publishing fills them in, so page, paper and table print
the same number. The verdict comes from `rules` alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deepseek_era import registry, tables
from deepseek_era.claims import facts, rules
from deepseek_era.errors import DataError, plain
from deepseek_era.figure import Figure
from deepseek_era.forms import envelope
from deepseek_era.model import Model, per_model
from deepseek_era.words import listed


@dataclass(frozen=True)
class ClaimResult:
    """One claim of the article with its verdict, a finding in two sentences, and what both rest on."""

    id: str
    claim: str
    verdict: str
    finding: str
    figures: tuple[str, ...]
    sources: tuple[str, ...]


Judge = Callable[["Evidence"], ClaimResult]
_CLAIMS: dict[str, Judge] = {}


def claim(id: str, rule: str = "") -> Callable[[Judge], Judge]:
    """Say that a function answers a claim of ``data/claims.csv``, and by which rule (of `rules.RULES` where left out)."""

    def register(judge: Judge) -> Judge:
        _CLAIMS[id] = judge
        rules.RULES.setdefault(id, rule)
        return judge

    return register


class Evidence(Mapping[str, Figure]):
    """The figures that claims are judged by: those of the dated facts, of cost and of capacity, by id."""

    def __init__(
        self,
        figures: Mapping[str, Figure],
        claims: pd.DataFrame,
        training_links: str,
        laboratories: Sequence[float] = (),
    ) -> None:
        self._figures = dict(figures)
        self._claims = claims.set_index("id")
        self.training_links = training_links
        self.laboratories = tuple(
            laboratories
        )  # research compute over final runs at each that published both

    def __getitem__(self, id: str) -> Figure:
        return self._figures[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    def of(self, *parts: str) -> list[Figure]:
        """Return the figures of these parts: ``of("claims.app", "claims.quality")``."""
        return [f for id, f in self._figures.items() if any(id.startswith(f"{part}.") for part in parts)]

    def value(self, id: str) -> float | None:
        """Return the value of a figure, or None where it is absent or was not public."""
        figure = self._figures.get(id)
        return None if figure is None else figure.value

    def interval(self, id: str) -> tuple[float | None, float | None]:
        """Return the 5th and 95th percentile of a figure; its value twice where it has none."""
        figure = self._figures.get(id)
        if figure is None or figure.value is None:
            return None, None
        return (
            figure.value if figure.low is None else figure.low,
            figure.value if figure.high is None else figure.high,
        )

    def claimed(self, id: str) -> float:
        """Return the number in the article's claim."""
        return float(str(self._claims.loc[id, "article_value"]))

    def known(self, *ids: str) -> bool:
        """Return whether all these figures were public."""
        return all(self.value(i) is not None for i in ids)

    def result(self, id: str, verdict: str, finding: str, *figures: str) -> ClaimResult:
        """Return the claim's result with the sources of the figures that it names."""
        # a figure that was not public names no source either
        sources = [s for f in figures if self.value(f) is not None for s in self._figures[f].sources]
        words = str(self._claims.loc[id, "claim_paraphrase"])
        return ClaimResult(id, words, verdict, finding, tuple(figures), tuple(dict.fromkeys(sources)))


def _token(id: str, part: str = "") -> str:
    return "{{ " + id + (f" | {part}" if part else "") + " }}"


@claim("F01")
def _f01(e: Evidence) -> ClaimResult:
    rivals = [e.value(i) for i in ("claims.gain.list_o3_mini", "claims.gain.list_o3")]
    known = [r for r in rivals if r is not None]
    bar = e.claimed("F01")
    verdict, lenient = (
        rules.f01(e.value("claims.gain.call"), min(known) if known else None, b) for b in (bar, bar / 2)
    )
    finding = (
        f"At launch a call to o1 cost {_token('claims.gain.call')} as much as one to R1: in {_token('claims.gain.p_article')} "
        f"of draws at least the article’s {_token('claims.article.f01')}, in {_token('claims.gain.p_half')} at least half of "
        f"that. A solved case of a coding benchmark cost {_token('claims.gain.solved', 'value')}. "
    )
    if e.known("claims.gain.list_o1_mini"):
        finding += f"Against o1-mini, smaller and on sale that day, output cost {_token('claims.gain.list_o1_mini', 'value')}. "
    if known:
        finding += (
            f"The lead did not last: {_token('claims.o3_mini.days_after_r1')} later o3-mini asked only "
            f"{_token('claims.gain.list_o3_mini', 'value')} R1’s price for output"
        )
        if e.known("claims.gain.list_o3"):
            finding += f", and by June o3 {_token('claims.gain.list_o3', 'value')}"
        finding += "."
    else:
        finding += "No cheaper rival of like quality was on sale yet."
    finding += (
        " Either bar gives the same verdict."
        if verdict == lenient
        else f" With half the article’s number as the bar the verdict would be “{rules.WORDS[lenient].lower()}”."
    )
    return e.result(
        "F01",
        verdict,
        finding,
        "claims.gain.call",
        "claims.article.f01",
        "claims.gain.p_article",
        "claims.gain.p_half",
        "claims.gain.task",
        "claims.gain.solved",
        "claims.gain.list_o1_mini",
        "claims.gain.list_o3_mini",
        "claims.gain.list_o3",
        "claims.o3_mini.days_after_r1",
    )


@claim("F02")
def _f02(e: Evidence) -> ClaimResult:
    verdict = rules.f02(
        e.value("claims.r1.days_after_v2"),
        e.value("claims.distillation.allegations") or 0,
        e.value("claims.distillation.proofs") or 0,
    )
    finding = (
        f"Earlier work is documented: V2, with the same attention and experts, came {_token('claims.r1.days_after_v2')} "
        f"before R1, and o1-preview {_token('claims.r1.days_after_o1_preview')} before. "
        f"Distillation is unproven: {_token('claims.distillation.allegations')} public allegations or inquiries, "
        f"{_token('claims.distillation.proofs')} with outputs that others could check"
        if not e.value("claims.distillation.proofs")
        else f"Distillation was shown in {_token('claims.distillation.proofs')} public statements with outputs"
    )
    if e.value("claims.distillation.denials"):
        finding += "; DeepSeek denies it in a reviewed paper, as unchecked as the rest"
    if e.known("claims.r1_zero.share_of_o1"):
        finding += (
            f"; R1-Zero, trained without worked examples, already reached {_token('claims.r1_zero.share_of_o1')} of o1’s "
            "score in mathematics"
        )
    return e.result(
        "F02",
        verdict,
        finding + ".",
        "claims.r1.days_after_v2",
        "claims.r1.days_after_o1_preview",
        "claims.distillation.allegations",
        "claims.distillation.proofs",
        "claims.r1_zero.share_of_o1",
    )


@claim("F03")
def _f03(e: Evidence) -> ClaimResult:
    lists = [e.value(f"cost.api.discount_{kind}") for kind in ("input", "cached", "output")]
    low, high = e.interval("cost.api.discount_call")
    verdict = rules.f03(e.claimed("F03"), tuple(d for d in lists if d is not None), low, high)
    known = [d for d in lists if d is not None]
    outside = known and (min(known) > e.claimed("F03") or max(known) < e.claimed("F03"))
    finding = (
        f"By list price R1 was {_token('cost.api.discount_input')} cheaper on input and "
        f"{_token('cost.api.discount_output')} on output"
    )
    finding += f", so no mix of the two gives {_token('claims.article.f03')}. " if outside else ". "
    finding += (
        f"R1 writes more, so a whole call was {_token('cost.api.discount_call')} cheaper; in a call of output alone the "
        f"article’s figure fits if it wrote {_token('cost.api.verbosity_for_93')} as many tokens."
    )
    ids = ("input", "cached", "output", "call")
    return e.result(
        "F03",
        verdict,
        finding,
        *(f"cost.api.discount_{i}" for i in ids),
        "cost.api.verbosity_for_93",
        "cost.api.discount_per_task",
        "claims.article.f03",
    )


@claim("F04")
def _f04(e: Evidence) -> ClaimResult:
    verdict = rules.f04(e.claimed("F04"), e.value("cost.memory.resident_fp8"))
    finding = (
        f"All experts must be in memory: {_token('cost.memory.resident_fp8')} at eight bits, not "
        f"{_token('cost.memory.active_fp8')}, which is only what each token reads. "
        f"The full model needs {_token('cost.memory.understatement')} what the article counts; what fits is one of the "
        "small distilled models."
    )
    return e.result(
        "F04",
        verdict,
        finding,
        "cost.memory.resident_fp8",
        "cost.memory.active_fp8",
        "cost.memory.understatement",
    )


@claim("F05")
def _f05(e: Evidence) -> ClaimResult:
    verdict = rules.f05(e.value("claims.service.documented_limit"), e.value("claims.service.stoppages") or 0)
    finding = (
        "The terms of DeepSeek’s interface stated no limit"
        if e.value("claims.service.documented_limit") == 0
        else "What the terms said of limits was not yet on record"
    )
    finding += f", but sign-ups were restricted {_token('claims.service.signup_days_after_r1')} after R1"
    if e.known("claims.service.topup_stop_days"):
        finding += f" and payments stopped for {_token('claims.service.topup_stop_days')} for lack of servers"
    finding += ". Batching lowers cost"
    if e.known("claims.service.stream_tokens_per_s"):
        finding += (
            f", but not the wait: one node writes {_token('cost.serving.decode_tokens_per_s_node')} in the roofline while "
            f"each user saw about {_token('claims.service.stream_tokens_per_s')}"
        )
    else:
        finding += f" and raises the output of a node, {_token('cost.serving.decode_tokens_per_s_node')} in the roofline, not the speed of one answer"
    return e.result(
        "F05",
        verdict,
        finding + ".",
        "claims.service.documented_limit",
        "claims.service.signup_days_after_r1",
        "claims.service.topup_stop_days",
        "claims.service.stoppages",
        "cost.serving.decode_tokens_per_s_node",
        "claims.service.stream_tokens_per_s",
    )


@claim("F06")
def _f06(e: Evidence) -> ClaimResult:
    days, records = e.value("claims.r1.days_after_stargate"), e.value("claims.r1.motive_records") or 0
    verdict = rules.f06(days, records)
    order = "before" if days is not None and days < 0 else "after"
    finding = (
        f"The date is {rules.WORDS[rules.f06_date(days)].lower()}: R1 was published "
        f"{_token('claims.r1.distance_to_stargate')} {order} Stargate was announced. "
    )
    why = f"{_token('claims.r1.motive_records')} public records say" if records else "no public record says"
    finding += (
        f"The hint is {rules.WORDS[rules.f06_hint(days, records)].lower()}: {why} why that day was chosen. "
    )
    finding += (
        f"The public’s attention came after both: the app reached first place {_token('claims.attention.days_after_stargate')} "
        "after Stargate."
    )
    return e.result(
        "F06",
        verdict,
        finding,
        "claims.r1.distance_to_stargate",
        "claims.r1.days_after_stargate",
        "claims.r1.motive_records",
        "claims.attention.days_after_stargate",
    )


@claim("F07")
def _f07(e: Evidence) -> ClaimResult:
    verdict = rules.f07(e.value("claims.app.rank"))
    finding = (
        f"On 26 January 2025 the app was number {_token('claims.app.rank_number')} of all free apps in the US store, not only "
        f"of its category, up from number {_token('claims.app.rank_before_number')} two days before. "
    )
    if e.known("claims.app.users_share_of_chatgpt", "claims.app.downloads_change_q2"):
        way = "fallen" if (e.value("claims.app.downloads_change_q2") or 0) < 0 else "risen"
        finding += (
            f"First in downloads was not first in use: it had {_token('claims.app.users_share_of_chatgpt')} of ChatGPT’s "
            f"daily users, and by the second quarter downloads had {way} by {_token('claims.app.downloads_size_q2')}."
        )
    else:
        finding += (
            f"By the next day it had been downloaded {_token('claims.app.downloads_27_january')} times."
        )
    return e.result(
        "F07",
        verdict,
        finding,
        "claims.app.rank_number",
        "claims.app.rank",
        "claims.app.rank_before_number",
        "claims.app.users_share_of_chatgpt",
        "claims.app.downloads_change_q2",
        "claims.app.downloads_size_q2",
        "claims.app.downloads_27_january",
    )


@claim("F08")
def _f08(e: Evidence) -> ClaimResult:
    verdict = rules.f08(
        e.value("claims.quality.gap_o1_own"),
        e.value("claims.quality.gap_o3_preview"),
        (e.value("claims.quality.gap_o1_aider"),),
        e.value("claims.quality.months_behind_metr"),
    )
    finding = (
        f"In the maker’s table R1 leads o1 on {_token('claims.quality.wins_own')} of {_token('claims.quality.n_own')} tests and "
        f"trails o3 by a median of {_token('claims.quality.lag_o3_preview')}. "
    )
    if e.known("claims.quality.months_behind_metr"):
        finding += (
            f"Some third parties see it lower: {_token('claims.quality.lag_o1_aider')} behind o1 in coding, and on long tasks where "
            f"the best models stood {_token('claims.quality.months_behind_metr')} earlier."
        )
    else:
        finding += f"An independent coding test puts it {_token('claims.quality.lag_o1_aider')} behind o1."
    return e.result(
        "F08",
        verdict,
        finding,
        "claims.quality.wins_own",
        "claims.quality.n_own",
        "claims.quality.gap_o1_own",
        "claims.quality.lag_o3_preview",
        "claims.quality.gap_o3_preview",
        "claims.quality.gap_o3_released",
        "claims.quality.lag_o1_aider",
        "claims.quality.gap_o1_aider",
        "claims.quality.months_behind_metr",
    )


@claim("F09")
def _f09(e: Evidence) -> ClaimResult:
    gains = {
        "latent attention": e.value("cost.kv.mha_ratio"),
        "the second token": e.value("cost.mtp.stream_gain_full_batch"),
        "eight bits": e.value("cost.breakthrough.chain_rate"),
    }
    cache, tokens, number_format = gains.values()
    verdict = rules.f09(cache, tokens, number_format, e.value("cost.memory.understatement"))
    idle = [name for name, gain in gains.items() if gain is not None and gain < rules.TENTH]
    finding = (
        f"Latent attention shrinks the cache {_token('cost.kv.mha_ratio')} against plain heads. A second token speeds up a "
        f"stream alone, {_token('cost.mtp.speedup')}, but {_token('cost.mtp.stream_gain_full_batch')} in a full batch"
    )
    if e.known("cost.breakthrough.chain_rate"):
        finding += (
            f"; eight bits double the peak, yet V3 did {_token('cost.breakthrough.chain_rate')} the work per GPU-hour of a "
            "BF16 run, which is no measure of FP8 alone, since traffic between experts is in it"
        )
    finding += ". "
    if idle:
        finding += f"So by what the rule counts no gain in use shows for {listed(idle)}. "
        if "eight bits" in idle:
            finding += "That they also halve the weights, which leaves a node more room, is not counted. "
    finding += (
        f"The largest saving is one that the article does not name: one parameter in {_token('claims.experts.ratio')} works "
        "on a token."
    )
    return e.result(
        "F09",
        verdict,
        finding,
        "cost.kv.mha_ratio",
        "cost.mtp.speedup",
        "cost.mtp.stream_gain_full_batch",
        "cost.breakthrough.chain_rate",
        "claims.experts.ratio",
    )


@claim("F10")
def _f10(e: Evidence) -> ClaimResult:
    verdict = rules.f10(
        e.claimed("F10"),
        e.value("cost.training.v3_cost"),
        e.value("cost.training.v3_mfu_6nd"),
        e.interval("cost.training.v3_cost_at_rents"),
    )
    finding = (
        f"The reported {_token('cost.training.v3_gpu_hours')} of GPU time come to {_token('cost.training.v3_cost')} at the maker’s "
        f"rent and {_token('cost.training.v3_cost_at_rents')} at market rents. They imply {_token('cost.training.v3_mfu_6nd')} of "
        "the hardware’s peak"
    )
    if e.known("cost.training.peer_mfu_median"):
        finding += f", against {_token('cost.training.peer_mfu_median')} at the median of other runs"
    finding += ". But the bill is V3’s, by the maker’s own count"
    if e.known("cost.training.r1_stage_cost"):
        finding += f"; turning V3 into R1 cost {_token('cost.training.r1_stage_cost')} more"
    return e.result(
        "F10",
        verdict,
        finding + ".",
        "cost.training.v3_gpu_hours",
        "cost.training.v3_cost",
        "cost.training.v3_cost_at_rents",
        "cost.training.v3_mfu_6nd",
        "cost.training.peer_mfu_median",
        "cost.training.r1_stage_cost",
    )


@claim("F11")
def _f11(e: Evidence) -> ClaimResult:
    verdict = rules.f11(e.training_links, e.value("claims.pcie.gpus"))
    finding = (
        f"The PCI-Express cluster is real: {_token('claims.pcie.gpus')} older GPUs at {_token('claims.pcie.cost')} of the cost "
        f"and {_token('claims.pcie.speed')} of the speed of the standard design. "
    )
    finding += (
        f"But V3 was trained on {_token('claims.v3.gpus')} newer GPUs joined by NVLink and InfiniBand, so the claim pairs the "
        "model with the wrong machine."
        if verdict == rules.MISLEADING
        else f"V3 was trained on {_token('claims.v3.gpus')} GPUs."
    )
    return e.result(
        "F11", verdict, finding, "claims.pcie.gpus", "claims.pcie.cost", "claims.pcie.speed", "claims.v3.gpus"
    )


@claim("F12")
def _f12(e: Evidence) -> ClaimResult:
    low, _ = e.interval("cost.training.hidden_multiplier")
    verdict = rules.f12(e.value("cost.training.hidden_multiplier"), low, e.laboratories)
    finding, shares = "", ""
    if e.known("claims.final_run.share_high"):
        shares = " at such shares"
        finding = (
            f"At {_token('claims.final_run.laboratories')} laboratories that published both, final runs are "
            f"{_token('claims.final_run.share_low')} to {_token('claims.final_run.share_high')} of research compute. "
        )
    finding += (
        f"With experiments{shares}, data and staff, V3 cost {_token('cost.training.full_cost')} to develop, "
        f"{_token('cost.training.hidden_multiplier')} its final run. "
    )
    if e.known("cost.fleet.yearly_low", "cost.fleet.yearly_high"):
        finding += (
            f"That counts V3’s share of the machines alone; a year of the whole fleet, serving included, is put at "
            f"{_token('cost.fleet.yearly_low')} to {_token('cost.fleet.yearly_high')}. "
        )
    finding += f"The {_token('claims.fleet.a100')} A100 of 2021 are real."
    return e.result(
        "F12",
        verdict,
        finding,
        "claims.final_run.laboratories",
        "claims.final_run.share_low",
        "claims.final_run.share_high",
        "cost.training.full_cost",
        "cost.training.hidden_multiplier",
        "cost.training.v3_cost",
        "cost.fleet.yearly_low",
        "cost.fleet.yearly_high",
        "claims.fleet.a100",
    )


@claim("F13")
def _f13(e: Evidence) -> ClaimResult:
    observed = [x for i in ("lag", "lag_caisi") if (x := e.value(f"claims.china.{i}")) is not None]
    measures = [f"capacity.china.lag_{m}" for m in ("location", "ownership")]
    lows = [low for m in measures if (low := e.interval(m)[0]) is not None]
    verdict = rules.f13(observed, lows)
    if e.known("claims.china.lag", "claims.china.lag_caisi", *measures):
        finding = (
            f"The best Chinese model has trailed by {_token('claims.china.lag')} on average since 2023 and by "
            f"{_token('claims.china.lag_caisi')} in the latest government test. Shares of compute by where chips stand imply "
            f"{_token(measures[0])}, by who owns them {_token(measures[1])}. "
        )
        finding += {
            rules.UNDECIDED: "By the one, limits on chips account for the lag; by the other, "
            f"{_token('capacity.china.unexplained_ownership')} must come from access to models, from algorithms or from "
            "smuggled chips. That the limits do not work is an opinion on it.",
            rules.TRUE: "By either, something passes the limits.",
            rules.FALSE: "By neither is the lag shorter than the limits on chips explain.",
        }[verdict]
    else:
        finding = (
            "No measured lag and no count of compute by owner was public yet, so the claim could not be tested. "
            f"From compute shares the model puts the lag at {_token('capacity.china.lag')}."
        )
    return e.result(
        "F13",
        verdict,
        finding,
        "claims.china.lag",
        "claims.china.lag_caisi",
        *measures,
        "capacity.china.unexplained_ownership",
        "claims.distillation.allegations",
        "capacity.china.lag",
    )


# --- figures -------------------------------------------------------------------------------------------------------


def _derived(found: Mapping[str, Figure], claims: pd.DataFrame) -> list[Figure]:
    """Return figures that reword others: gains from discounts, distances without a sign, the article's own numbers."""
    made = []
    for name, kind in (("call", "call"), ("task", "per_task"), ("solved", "per_solved")):
        figure = found.get(f"cost.api.discount_{kind}")
        if figure is not None:
            ends = [rules.gain(x) for x in (figure.value, figure.low, figure.high)]
            made.append(registry.figure(f"claims.gain.{name}", *ends, sources=figure.sources))

    def reword(id: str, source: str, how: Callable[[float], float], **words: str) -> None:
        figure = found.get(source)
        if figure is not None:
            value = None if figure.value is None else how(figure.value)
            made.append(registry.figure(id, value, sources=figure.sources, words=words))

    days = "claims.r1.days_after_stargate"
    reword(
        "claims.r1.distance_to_stargate", days, abs, days="day" if found[days].value in (-1, 1) else "days"
    )
    for name in ("o3_preview", "o3_released", "o1_aider"):
        reword(f"claims.quality.lag_{name}", f"claims.quality.gap_{name}", operator.neg)
    arena = "claims.quality.gap_o1_arena"
    reword("claims.quality.arena_distance", arena, abs)
    reword(
        "claims.quality.arena_win_share", arena, lambda gap: 100 / (1 + 10 ** (-gap / 400))
    )  # what an Elo gap means
    reword("claims.app.downloads_size_q2", "claims.app.downloads_change_q2", abs)
    for name in ("rank", "rank_before"):
        reword(f"claims.app.{name}_number", f"claims.app.{name}", float)
    reword("claims.experts.ratio", "cost.memory.understatement", float)
    for row in claims.to_dict("records"):
        value = pd.to_numeric(row["article_value"], errors="coerce")
        if pd.notna(value):
            words = {"claim": row["id"], "unit": row["article_unit"]}
            id = f"claims.article.{str(row['id']).lower()}"
            made.append(registry.figure(id, value, sources=[str(row["source_id"])], words=words))
    return made


# names of the tables of cost that the claims are judged by
_TRAINING = ("v3_gpu_hours", "v3_cost", "v3_cost_at_rents", "v3_mfu_6nd", "peer_mfu_median", "r1_stage_cost")


def _of_cost(model: Model) -> list[Figure]:
    """Return what the claims need of the cost part, under the ids of its notebook: the same tables, the same declarations."""
    from deepseek_era.cost import breakthroughs, price, study
    from deepseek_era.cost import tables as cost

    discounts, run = cost.discounts(model), cost.final_run(model)
    length = price.verbosity_for_discount(study.claim_value("F03"), *study.launch_prices(model))
    pair = discounts.set_index("name")["sources"].to_dict()["output"]
    run = run[run["name"].isin(_TRAINING)]
    needed, cache = cost.memory_needed(model), cost.kv_cache(model, ())
    service = envelope(cost.service_by_form(model)).set_index("name", drop=False)
    of_draft = cost.parameter_sources(model, "mtp_acceptance")
    chain = breakthroughs.hours_chain(model).rename(columns={"step": "respect"}).set_index("name", drop=False)
    told = {"mechanism": breakthroughs.CHAIN, "batch": f"{cost.TYPICAL_BATCH:.0f}"}
    r1, ends, of = cost.r1_sources(model), ("value", "low", "high"), registry.figures_of
    return [
        *of(discounts, "cost.api.discount_{name}", *ends),
        registry.figure("cost.api.verbosity_for_93", length, sources=pair),
        *of(run, "cost.training.{name}", *ends),
        *of(cost.development(model), "cost.training.{name}", *ends),
        *of(cost.fleet(model), "cost.fleet.{name}", "value"),
        *of(needed.iloc[:2], "cost.memory.{name}", "gb"),
        *of(needed.iloc[[1]], "cost.memory.understatement", "over_rule"),
        *of(service.loc[["decode_tokens_per_s_node"]], "cost.serving.{name}", *ends),
        *of(service.loc[["stream_gain_full_batch"]], "cost.mtp.{name}", *ends, **told),
        *of(cache[cache["attention"] == "MHA"], "cost.kv.mha_ratio", "ratio"),
        registry.figure("cost.mtp.speedup", study.draft_speedup(model), sources=of_draft),
        *of(chain.loc[["chain_rate"]], "cost.breakthrough.{name}", "factor", sources=r1, **told),
    ]


def _of_capacity(model: Model) -> list[Figure]:
    """Return what the claims need of the capacity part, by the names under which its notebook records it."""
    from deepseek_era.capacity import tables as capacity

    return registry.figures_of(capacity.lags(model), "capacity.china.{name}", "months", "low", "high")


def _shares_of_draws(model: Model, sources: Sequence[str]) -> list[Figure]:
    """Return in how many draws a call to o1 cost at least as many times R1's as the article says, and half of that."""
    from deepseek_era.cost import study

    draws, bar = study.call_discounts(model), study.claim_value("F01")
    return [
        registry.figure(f"claims.gain.{name}", np.mean(draws >= 100 * (1 - 1 / least)), sources=sources)
        for name, least in (("p_article", bar), ("p_half", bar / 2))
    ]


@per_model
def evidence(model: Model) -> Evidence:
    """Return what the claims are judged by: figures of the dated facts, of the cost part and of the capacity part."""
    claims = tables.load("claims")
    ours = {f.id: f for f in (*_of_cost(model), *_of_capacity(model))}
    found = {**ours, **facts.figures(model.facts)}
    fleet = facts.event(model.facts, "L01")
    found["claims.fleet.a100"] = registry.figure(
        "claims.fleet.a100", fleet and fleet.value, sources=[fleet.source] if fleet else ()
    )
    found |= {f.id: f for f in _derived(found, claims)}
    found |= {f.id: f for f in _shares_of_draws(model, found["cost.api.discount_call"].sources)}
    shares = facts.final_run_shares(model.facts)["value_low"]
    return Evidence(found, claims, facts.cluster_links(model.facts), [100 / x for x in shares])


@per_model
def results(model: Model) -> list[ClaimResult]:
    """Return the claims answered, in the order of ``data/claims.csv``.

    Raises
    ------
    DataError
        For a claim that no function answers.
    """
    found = evidence(model)
    ids = [str(id) for id in tables.load("claims")["id"]]
    for id in ids:
        if id not in _CLAIMS:
            raise DataError(
                f"data/claims.csv: no function answers {plain(id)}; write one in claims/findings.py under @claim({plain(id)!r})"
            )
    return [_CLAIMS[id](found) for id in ids]


def claims_table(model: Model) -> pd.DataFrame:
    """Return the claims as published: id, claim, verdict, finding, figures and sources (ids joined by semicolons)."""
    rows = [
        {
            "id": r.id,
            "claim": r.claim,
            "verdict": r.verdict,
            "finding": r.finding,
            "figures": "; ".join(r.figures),
            "sources": "; ".join(r.sources),
        }
        for r in results(model)
    ]
    return pd.DataFrame(rows)
