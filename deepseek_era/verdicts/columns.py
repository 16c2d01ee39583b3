"""The columns of the table of calls."""

OUTCOME_COLUMNS = ("outcome", "outcome_as_of", "outcome_support")
"""What the scorecard adds to the table of calls."""
CALL_COLUMNS = (
    "id",
    "horizon",
    "stakeholder",
    "article_call",
    "unit",
    "impact_median",
    "impact_p5",
    "impact_p95",
    "threshold",
    "p_winner",
    "p_loser",
    "p_neutral",
    "p_winner_attributable",
    "p_loser_attributable",
    "p_era",
    "one_sided",
    "verdict",
    "agreement",
    "grade",
    "lens",
    "outcome",
    "outcome_as_of",
    "p_era_winner",
    "p_era_loser",
    "outcome_support",
    "article_size",
    "p_article",
    "p_against",
    "p_too_small",
    "on_edge",
    "cells",
)
"""The table of calls as a run writes it."""
COLUMNS = tuple(column for column in CALL_COLUMNS if column not in OUTCOME_COLUMNS)
"""The table of calls as the verdicts give it, before an outcome is known."""
AGREEMENT_COLUMNS = (
    "article_call",
    "agreement",
    "p_era",
    "p_article",
    "p_against",
    "p_too_small",
    "on_edge",
)
"""Columns that turn with the article's call; every other column is blind to it."""
