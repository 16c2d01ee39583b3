"""The columns of the table of calls."""

OUTCOME_COLUMNS = (
    "came_true",
    "came_true_note",
    "came_true_second",
    "came_true_as_of",
    "came_true_support",
    "p_today",
)
"""What the scorecard adds to the table of calls: the answer to "did it come true?" and what stands beside it."""
CROSS_COLUMNS = ("id", "name", "horizon", "came_true", "was_it_r1", "cell", "edge", "one_sided")
"""The cross of "did it come true?" and "was it R1?", a row a call."""
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
    "lens",
    *OUTCOME_COLUMNS,
    "p_era_winner",
    "p_era_loser",
    "article_size",
    "cells",
    "band",
    "was_it_r1",
    "edge",
    "fades",
    "p_own",
    "p_other",
    "p_small",
    "p_own_attributable",
    "p_other_attributable",
    "p_small_attributable",
    "months",
    "chi_star",
    "delta_low",
    "delta_high",
    "delta_visible",
    "p_visible",
    "p_zero",
)
"""The table of calls as a run writes it."""
COLUMNS = tuple(column for column in CALL_COLUMNS if column not in OUTCOME_COLUMNS)
"""The table of calls as the verdicts give it, before an outcome is known."""
SIDED_COLUMNS = (
    "article_call",
    "was_it_r1",
    "edge",
    "fades",
    "p_era",
    "p_own",
    "p_other",
    "p_small",
    "p_own_attributable",
    "p_other_attributable",
    "p_small_attributable",
    "months",
    "chi_star",
    "delta_low",
    "delta_high",
)
"""Columns that turn with the article's side; every other column is blind to it."""
