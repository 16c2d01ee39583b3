"""Words of the claims notebook that depend on the run; numbers in them are tokens that publishing fills in."""

from __future__ import annotations

from deepseek_era.claims import report, rules
from deepseek_era.model import Model
from deepseek_era.words import listed

_COUNTED = {
    rules.TRUE: "hold as written",
    rules.CONTEXT: "hold only with context",
    rules.MISLEADING: "mislead",
    rules.FALSE: "are false",
    rules.UNDECIDED: "cannot be decided",
    rules.UNVERIFIABLE: "cannot be verified",
}
_ONE = {
    rules.TRUE: "holds as written",
    rules.CONTEXT: "holds only with context",
    rules.MISLEADING: "misleads",
    rules.FALSE: "is false",
    rules.UNDECIDED: "cannot be decided",
    rules.UNVERIFIABLE: "cannot be verified",
}


def tally(model: Model) -> str:
    """Return how many claims got which verdict, as a clause."""
    verdicts = [r.verdict for r in report.results(model)]
    parts = []
    for verdict in rules.VERDICTS:
        n = verdicts.count(verdict)
        if n:
            words = _ONE if n == 1 else _COUNTED
            parts.append(f"{{{{ claims.count.{verdict.replace('-', '_')} }}}} {words[verdict]}")
    return listed(parts)


def phrases(model: Model) -> dict[str, str]:
    """Return every phrase of the claims notebook, keyed by id."""
    found = report.evidence(model)
    days = found.value("claims.r1.days_after_stargate")
    out = {
        "phrase.claims.dek": f"Of the article’s {{{{ claims.count.all }}}} claims of fact, {tally(model)}.",
        "phrase.claims.order": (
            "The order of the two is not in the records that were public."
            if days is None
            else f"The weights were published {{{{ claims.r1.distance_to_stargate }}}} "
            f"{'before' if days < 0 else 'after'} the announcement."
        ),
    }
    out["phrase.claims.hint"] = (
        "Of the second {{ claims.r1.motive_records }} public records speak."
        if found.value("claims.r1.motive_records")
        else "Of the second nothing is on record: nobody has published why that day was chosen."
    )
    out["phrase.claims.changed"] = (
        "Some rules were changed after the verdicts of a first version had been seen. "
        + "; ".join(f"{id}: {why}" for id, why in rules.CHANGED.items())
        + "."
    )
    others = []
    if found.known("claims.quality.gap_o1_aider"):
        side = "behind" if (found.value("claims.quality.gap_o1_aider") or 0) < 0 else "away from"
        others.append(
            f"The author of a coding benchmark found R1 {{{{ claims.quality.lag_o1_aider }}}} {side} o1 on the same exercises"
        )
    if found.known("claims.quality.gap_o1_arena"):
        above = (found.value("claims.quality.gap_o1_arena") or 0) >= 0
        others.append(
            f"users who voted blind put it {{{{ claims.quality.arena_distance }}}} {'above' if above else 'below'} o1, "
            "a share of {{ claims.quality.arena_win_share }} of the votes between the two"
        )
    if found.known("claims.quality.months_behind_metr"):
        others.append(
            "and on long tasks without help a third party placed it where the best models had stood "
            "{{ claims.quality.months_behind_metr }} before"
        )
    out["phrase.claims.others"] = (
        "; ".join(others) + "." if others else "No third party had published a comparison yet."
    )
    o3 = "Against the o3 that OpenAI had shown in December the gap is {{ claims.quality.lag_o3_preview }} at the median"
    if found.known("claims.quality.gap_o3_released"):
        o3 += (
            "; against the o3 that was sold from April it is {{ claims.quality.lag_o3_released }}, because the product scored "
            "lower than the preview. DeepSeek’s own answer to it came {{ claims.r1_0528.days_after_o3 }} after that release"
        )
    out["phrase.claims.o3"] = o3 + "."
    verdict = next(r.verdict for r in report.results(model) if r.id == "F08")
    out["phrase.claims.quality"] = {
        rules.TRUE: "So the article has the order right, and “Comparable to o1 in quality” is fair.",
        rules.CONTEXT: "So the article has the order right, and “Comparable to o1 in quality” is fair for the maker’s tests. It is generous for others.",
        rules.MISLEADING: "So one half of the article’s order holds and the other does not.",
        rules.FALSE: "So neither half of the article’s order holds.",
        rules.UNVERIFIABLE: "The order could not be checked on what was public.",
    }[verdict]
    if found.known("claims.app.users_share_of_chatgpt", "claims.app.downloads_change_q2"):
        way = "fallen" if (found.value("claims.app.downloads_change_q2") or 0) < 0 else "risen"
        out["phrase.claims.app"] = (
            "Downloads are not use. At the end of January the app had {{ claims.app.daily_users }} daily users and ChatGPT’s "
            "had {{ claims.app.daily_users_chatgpt }}. By the second quarter monthly downloads had "
            f"{way} by {{{{ claims.app.downloads_size_q2 }}}}, by the count of one data firm."
        )
    else:
        out["phrase.claims.app"] = (
            "How much it was used, and how long the rush would last, was not yet public."
        )
    if found.known("claims.r1_zero.share_of_o1"):
        out["phrase.claims.zero"] = (
            "One published result speaks against dependence: R1-Zero, trained by reward alone without worked examples, reached "
            "{{ claims.r1_zero.share_of_o1 }} of o1’s score on a mathematics contest. It does not speak about the base model, "
            "whose training text may hold answers of other models, as the public web does."
        )
    else:
        out["phrase.claims.zero"] = (
            "What R1 reached without worked examples was not yet in a reviewed publication."
        )
    return out
