"""Where the evidence points: what was seen of a call against what was expected of it, weighed by a stated rule.

- Three states of a call: on the article's side, neither, on the other side. Each has a prior, from what happened to its
  party in earlier entries, or a third.
- An observation speaks by its surprise: what was seen less what was expected in January 2025, in standard deviations of
  such expectations, positive towards the article's side. Its weight of evidence is that of a normal surprise with mean one
  against mean nought, never more than a factor of four.
- Observations of one call move together, so each is damped; nothing stands in for a family without data.
- It knows no draw of the model and is scored against nothing: it holds the outcomes that it would be scored against.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from deepseek_era import tables
from deepseek_era.arrays import Array, floats
from deepseek_era.errors import DataError
from deepseek_era.figure import format_number
from deepseek_era.lookup import sources
from deepseek_era.model import Model, per_model
from deepseek_era.tables import Facts
from deepseek_era.verdicts.evaluate import Call, evaluations
from deepseek_era.verdicts.evidence import observations

STATES = ("towards", "neither", "away")
WORDS = {"towards": "the article’s side", "neither": "neither side", "away": "the other side"}
TOGETHER = 0.5
"""Correlation of the surprises of one call; a judgement, run with `OTHERS` as well."""
OTHERS = (0.0, 0.8)
MOST = math.log(4)
EVEN = (1 / 3, 1 / 3, 1 / 3)
NO_INFORMATION = 0.5  # pseudo-count of each outcome of a party (Jeffreys)
FEWEST_FAMILIES = 2
FAR = 0.15
"""A probability that moves by more than this without one observation rests on it, and the report says so there."""
_NEEDED = ("family", "seen", "expected", "spread", "log", "towards")


@dataclass(frozen=True)
class States:
    """Probabilities that the evidence gives to the three states of a call; they sum to one."""

    towards: float
    neither: float
    away: float

    @property
    def leading(self) -> str:
        """The likeliest state, one of `STATES`; of two alike the first."""
        return max(STATES, key=lambda name: float(getattr(self, name)))


def states(
    surprises: Sequence[float] | Array, prior: Sequence[float] = EVEN, together: float = TOGETHER
) -> States:
    """Return what surprises make of a prior.

    Parameters
    ----------
    surprises
        In standard deviations, positive towards the article's side.
    prior
        Probabilities of towards, neither and away.
    together
        Correlation of the surprises: each of n is damped by ``1 / (1 + together (n - 1))``.

    >>> states([0.0]).leading, states([2.0, 2.0]).leading, states([-2.0, -2.0]).leading
    ('neither', 'towards', 'away')
    """
    z = floats(surprises)
    weight = 1 / (1 + together * max(0, len(z) - 1))
    towards, away = (weight * np.clip(sign * z - 0.5, -MOST, MOST).sum() for sign in (1, -1))
    logs = np.log(floats(prior)) + np.array([towards, 0.0, away])
    odds = np.exp(logs - logs.max())
    return States(*(float(p) for p in odds / odds.sum()))


def surprise(row: pd.Series) -> float:
    """Return the surprise of an observation, in standard deviations, positive towards the article's side."""
    seen, expected = float(row["seen"]), float(row["expected"])
    gap = math.log(seen / expected) if row["log"] == 1 else seen - expected
    return float(row["towards"]) * gap / float(row["spread"])


# ---------------------------------------------------------------- tables of facts


def check() -> int:
    """Return how many observations count.

    Raises
    ------
    DataError
        In one line: an observation that counts without expectation, spread or family, one whose sign nobody coded, and
        two of one quantity of a call.
    """
    table = tables.load("evidence_scores")
    held: dict[tuple[str, str], str] = {}
    for place, row in enumerate(table.to_dict("records"), start=2):
        where = f"data/evidence_scores.csv row {place} ({row['call_id']}, {row['evidence_id']})"
        if row["standing"] != "counts":
            continue
        for column in _NEEDED:
            if row[column] == "" or pd.isna(row[column]):
                raise DataError(
                    f"{where}: counts, but has no {column}, allowed: a value, or another standing"
                )
        if not row["spread"] > 0:
            raise DataError(f"{where}, column spread: saw {row['spread']:g}, allowed: above 0")
        if row["log"] == 1 and not min(row["seen"], row["expected"]) > 0:
            raise DataError(
                f"{where}: its surprise is taken in logarithms, allowed: seen and expected above 0"
            )
        if pd.isna(row["sign_first"]) and pd.isna(row["sign_second"]):
            raise DataError(
                f"{where}: nobody coded its sign, allowed: sign_first or sign_second of -1, 0 or 1"
            )
        key = (str(row["call_id"]), str(row["quantity"]))
        if key in held:
            raise DataError(
                f"{where}: a second row of {key[1]!r} beside {held[key]}, allowed: one row a quantity and call, the newest"
            )
        held[key] = str(row["evidence_id"])
    return len(held)


def base_rates(facts: Facts) -> pd.DataFrame:
    """Return what became of each party in earlier entries, cases of AI left out, one vote a case.

    Columns: party, cases; won, lost and no_change (votes); p_won, p_lost, p_no_change, with _low and _high (90 %) for the first
    two; read (share of the rows that were read); sources. A case in which a party won and lost splits its vote.
    """
    table = facts.table("entry_cases")
    table = table[(table["rate"] == 1) & (table["ai"] == 0)]
    records = []
    for party, part in table.groupby("party", sort=False):
        votes = part.groupby("case")["outcome"].value_counts(normalize=True).groupby(level="outcome").sum()
        won, lost, same = (float(votes.get(name, 0.0)) for name in ("won", "lost", "no change"))
        total = won + lost + same + 3 * NO_INFORMATION
        record = {
            "party": party,
            "cases": part["case"].nunique(),
            "won": won,
            "lost": lost,
            "no_change": same,
        }
        for name, count in (("won", won), ("lost", lost), ("no_change", same)):
            own = count + NO_INFORMATION
            record[f"p_{name}"] = own / total
            low, high = np.asarray(stats.beta.ppf([0.05, 0.95], own, total - own)).tolist()
            record |= {f"p_{name}_low": low, f"p_{name}_high": high}
        records.append(
            record | {"read": float((part["verified"] == "read").mean()), "sources": sources(part)}
        )
    return pd.DataFrame(records)


def party_of(call_id: str) -> str:
    """Return the party of the earlier cases that a call's stakeholder belongs to; empty for none."""
    roles = tables.load("call_roles")
    found = roles.loc[roles["call_id"] == call_id, "party"]
    return str(found.iloc[0]) if len(found) else ""


def prior(facts: Facts, call: Call) -> tuple[float, float, float]:
    """Return the prior of towards, neither and away: what became of the call's party earlier, a third each without one."""
    rates = base_rates(facts)
    own = rates[rates["party"] == party_of(call.id)] if len(rates) else rates
    if own.empty or call.article_call not in ("winner", "loser"):
        return EVEN
    won, lost, same = (float(own[f"p_{name}"].iloc[0]) for name in ("won", "lost", "no_change"))
    return (won, same, lost) if call.article_call == "winner" else (lost, same, won)


@per_model
def observed(model: Model) -> pd.DataFrame:
    """Return the observations that were public, with `surprise` (NaN where there is none); the columns of the table."""
    check()
    table = model.facts.table("evidence_scores")
    known = table[list(_NEEDED)].notna().all(axis=1) & (table["spread"] > 0)
    found = [
        surprise(row) if full else math.nan for full, (_, row) in zip(known, table.iterrows(), strict=True)
    ]
    return table.assign(surprise=floats(found), counts=table["standing"] == "counts")


@dataclass(frozen=True)
class Agreement:
    """How far two coders gave the same signs.

    Rows, share alike, Cohen's kappa, share alike where neither said 0, and rows whose sign, alike, the expectation turned.
    """

    n: int
    alike: float
    kappa: float
    alike_signed: float
    turned: int


def agreement(model: Model) -> Agreement | None:
    """Return how far the two coders of the signs agree; None where no row has both."""
    table = observed(model)
    both = table[table["sign_first"].notna() & table["sign_second"].notna()]
    if both.empty:
        return None
    one, two = both["sign_first"].to_numpy(), both["sign_second"].to_numpy()
    alike = float((one == two).mean())
    chance = sum(float((one == s).mean() * (two == s).mean()) for s in (-1, 0, 1))
    signed = (one != 0) & (two != 0)
    turned = (one == two) & signed & (both["surprise"].fillna(0).to_numpy() * one < 0)
    kappa = (alike - chance) / (1 - chance) if chance < 1 else 1.0
    share = float((one[signed] == two[signed]).mean()) if signed.any() else math.nan
    return Agreement(len(both), alike, kappa, share, int(turned.sum()))


@per_model
def points(model: Model) -> pd.DataFrame:
    """Return where the evidence points for each call and consideration, in file order.

    Columns: id, call, label, party; n (observations that count), families (of four); towards, neither, away (with the prior of
    the party), leading; the same with ``_even`` (a third each); loose and tight (P of the leading state with no and with more
    correlation); moves (most that leaving one observation out moves a probability); shown (both priors lead to one state, from two
    families or more); recalled (share of expectations not read); sources.
    """
    table, records = observed(model), []
    for key, e in evaluations(model).items():
        rows = table[(table["call_id"] == key) & table["counts"]]
        z, first = rows["surprise"].to_numpy(), prior(model.facts, e.call)
        own, even = states(z, first), states(z)
        families = rows["family"].nunique()
        less = [states(np.delete(z, i), first) for i in range(len(z))]
        moves = [abs(getattr(one, s) - getattr(own, s)) for one in less for s in STATES]
        others = [getattr(states(z, first, rho), own.leading) for rho in OTHERS]
        records.append(
            {
                "id": key,
                "call": key.lower(),
                "label": e.call.label,
                "party": party_of(key),
                "n": len(rows),
                "families": families,
                **vars(own),
                "leading": own.leading,
                **{f"{name}_even": value for name, value in vars(even).items()},
                "leading_even": even.leading,
                **dict(zip(("loose", "tight"), others, strict=True)),
                "moves": max(moves, default=0.0),
                "shown": own.leading == even.leading and families >= FEWEST_FAMILIES,
                "recalled": float((rows["expected_verified"] != "read").mean()) if len(rows) else math.nan,
                "sources": sources(rows) if len(rows) else (),
            }
        )
    return pd.DataFrame(records)


def words(model: Model, call: str) -> str:
    """Return where the evidence points for a call, in a sentence, and in a second one if it rests on one observation.

    Empty where nothing that counts was public.
    """
    row = points(model).set_index("id").loc[call].to_dict()
    if not row["n"]:
        return ""
    p, even = (format_number(row[f"{row['leading']}{end}"], "probability") for end in ("", "_even"))
    basis = f"{row['n']} counted {'observation' if row['n'] == 1 else 'observations'} of {row['families']} "
    basis += "kind" if row["families"] == 1 else "kinds"
    below = len(observations(model).get(call, ()))
    # a fact can hold several observations, and one of which nothing was expected counts for none
    basis += f" ({below} {'fact is' if below == 1 else 'facts are'} listed)" if below != row["n"] else ""
    moved = "Without the one that weighs most" if row["n"] > 1 else "Without it"
    rests = f" {moved} a chance moves by {100 * row['moves']:.0f} points." if row["moves"] > FAR else ""
    if row["families"] < FEWEST_FAMILIES:
        return f"The evidence is too thin to point anywhere: {basis}, and {p} for {WORDS[row['leading']]}.{rests}"
    if not row["shown"]:
        other = format_number(row[f"{row['leading_even']}_even"], "probability")
        return (
            f"Where the evidence points depends on whether earlier cases of market entry count: with them to "
            f"{WORDS[row['leading']]} ({p}), without them to {WORDS[row['leading_even']]} ({other}); {basis}.{rests}"
        )
    with_cases = f"{p}; {even} without earlier cases of market entry" if row["party"] else p
    return f"The evidence points to {WORDS[row['leading']]} ({with_cases}), by {basis}.{rests}"
