"""Tables of the market part from companies' own figures: spending, revenue, growth and what was expected of them.

A figure that was not public at the vintage is NaN, or its row is absent.
"""

from __future__ import annotations

import pandas as pd

from deepseek_era.lookup import rows
from deepseek_era.market.returns import PERCENT
from deepseek_era.market.tables import rows_of
from deepseek_era.model import Model

BIG_FOUR = ("Amazon", "Microsoft", "Alphabet", "Meta")
CASH_BASIS = "cash purchases of property and equipment, calendar quarter"
GUIDANCE_UNTIL = "2025-02-28"  # first guidance for 2025, given with the results of January and February
CASH = "cash, calendar year"
LEASES = "with finance leases, calendar year"
FISCAL = "with finance leases, fiscal year to June 2025"
LABS = ("OpenAI", "Anthropic", "xAI", "Mistral AI")


def whole_day(date: str) -> str:
    """Return a stated date as a day: a month alone becomes its 15th, a year its middle."""
    return f"{date}{'-07-01' if len(date) == 4 else '-15' if len(date) == 7 else ''}"


def _sum_of(part: pd.DataFrame, column: str, count: int) -> float:
    """Return the sum of a column where every one of `count` rows is known, else NaN."""
    return float(part[column].sum()) if len(part) == count else float("nan")


def _first(part: pd.DataFrame, column: str) -> float:
    return float(part[column].iloc[0]) if len(part) else float("nan")


def capex_totals(model: Model) -> pd.DataFrame:
    """Return the four largest buyers' capital expenditure of 2024 and 2025, USD billion; NaN before it was public.

    Columns: year, actual_usd_b (cash basis, calendar year), forecast_usd_b (as analysts had it three days before the event;
    their definition is not stated, so only its growth may stand beside the cash figures).
    """
    table = model.facts.table("capex")
    cash = rows(table, kind="actual", metric=CASH_BASIS, company=BIG_FOUR)
    estimates = rows(table, kind="estimate")
    records = []
    for year in (2024, 2025):
        spent = cash[cash["period"].str.startswith(f"{year}-Q")]
        records.append(
            (
                year,
                _sum_of(spent, "capex_usd_b", 4 * len(BIG_FOUR)),
                _first(rows(estimates, period=str(year)), "capex_usd_b"),
            )
        )
    return pd.DataFrame(records, columns=["year", "actual_usd_b", "forecast_usd_b"])


def _year_total(table: pd.DataFrame, company: str, year: int) -> float:
    """Return a firm's cash figure of a calendar year."""
    part = rows(table, company=company, kind="actual", metric=CASH_BASIS)
    return _sum_of(part[part["period"].str.startswith(f"{year}-Q")], "capex_usd_b", 4)


def _stated(table: pd.DataFrame, company: str, period: str, metric: str) -> float:
    """Return a year's figure as a firm stated it."""
    part = rows(table, company=company, kind="actual", period=period, quarter="FY")
    return _first(part[part["metric"].str.startswith(metric)].iloc[::-1], "capex_usd_b")


def _guidance(table: pd.DataFrame, company: str, period: str) -> dict[str, object]:
    """Return a firm's last guidance of the winter before the event's spring."""
    part = rows(table, company=company, kind="guidance", period=period)
    part = part[part["date_given"] <= GUIDANCE_UNTIL].sort_values("date_given")
    if part.empty:
        return {}
    plan = part.iloc[-1]
    return {
        "guided": float(plan["capex_usd_b"]),
        "guided_on": str(plan["date_given"]),
        "guided_verified": str(plan["verified"]),
    }


def capex_plans(model: Model) -> pd.DataFrame:
    """Return capital expenditure of 2024 and 2025 beside the guidance of January and February 2025, USD billion.

    One row per firm and definition; a firm's guidance stands only beside actual figures of the same definition. Microsoft's
    covered AI data centres alone and stands beside all that it spent, in the fiscal year of both. Columns: company, basis,
    actual_2024, guided, guided_on, guided_verified, actual_2025, over_pct (spent over guided); NaN or None where unknown.
    """
    table = model.facts.table("capex")
    records: list[dict[str, object]] = []
    for company in BIG_FOUR:
        # Meta and Microsoft guide on another basis, so no guidance stands beside their cash figures
        plan = _guidance(table, company, "2025") if company in ("Amazon", "Alphabet") else {}
        spent = {f"actual_{year}": _year_total(table, company, year) for year in (2024, 2025)}
        records.append({"company": company, "basis": CASH, **spent, **plan})
    lease = "capex including principal payments on finance leases"
    spent = {f"actual_{year}": _stated(table, "Meta", str(year), lease) for year in (2024, 2025)}
    records.append({"company": "Meta", "basis": LEASES, **spent, **_guidance(table, "Meta", "2025")})
    spent = {"actual_2025": _stated(table, "Microsoft", "FY2025", "capex including finance leases")}
    records.append(
        {"company": "Microsoft", "basis": FISCAL, **spent, **_guidance(table, "Microsoft", "FY2025")}
    )
    columns = ["company", "basis", "actual_2024", "guided", "guided_on", "guided_verified", "actual_2025"]
    plans = pd.DataFrame(records, columns=columns).astype(
        dict.fromkeys(("actual_2024", "guided", "actual_2025"), float)
    )
    return plans.assign(over_pct=(plans["actual_2025"] / plans["guided"] - 1) * PERCENT)


def nvidia_quarters(model: Model) -> pd.DataFrame:
    """Return Nvidia's data-centre revenue by quarter, oldest first: period, date, amount_usd_b, source_id."""
    part = rows(
        model.facts.table("revenues"), company="NVIDIA", segment="data center", kind="quarterly revenue"
    )
    part = part.rename(columns={"date_or_period_end": "date", "amount_b": "amount_usd_b"})
    return part[["period", "date", "amount_usd_b", "source_id"]].sort_values("date").reset_index(drop=True)


def nvidia_years(model: Model) -> pd.DataFrame:
    """Return Nvidia's data-centre revenue of fiscal 2025 and 2026, USD billion; NaN before it was public.

    Columns: year, actual_usd_b (of its four quarters), expected_usd_b (the brokers' consensus nearest to the event).
    """
    table = model.facts.table("revenues")
    consensus = table[(table["company"] == "NVIDIA") & table["kind"].str.startswith("consensus")]
    quarters = nvidia_quarters(model)
    records = []
    for year in ("FY2025", "FY2026"):
        own = quarters[quarters["period"].str.startswith(f"{year}-Q")]
        expected = _first(rows(consensus, period=year), "amount_b")
        records.append((year, _sum_of(own, "amount_usd_b", 4), expected))
    return pd.DataFrame(records, columns=["year", "actual_usd_b", "expected_usd_b"])


def cloud_growth(model: Model) -> pd.DataFrame:
    """Return year-on-year growth of AWS, Google Cloud and Azure by quarter: cloud, period, date, growth_pct, verified.

    AWS and Google Cloud are computed from revenue; Microsoft publishes Azure's growth only.
    """
    table = model.facts.table("revenues")
    records = []
    for company, segment, name in (("Amazon", "AWS", "AWS"), ("Alphabet", "Google Cloud", "Google Cloud")):
        part = rows(table, company=company, segment=segment, kind="quarterly revenue")
        part = part.sort_values("date_or_period_end")
        amounts = part.set_index("period")["amount_b"]
        for row in part.pipe(rows_of):
            year, quarter = str(row.period).split("-")
            before = amounts.get(f"{int(year) - 1}-{quarter}")
            if before:
                growth = (row.amount_b / before - 1) * PERCENT
                records.append((name, row.period, row.date_or_period_end, growth, row.verified))
    azure = rows(table, company="Microsoft", kind="growth year on year only")
    for row in azure[azure["segment"].str.startswith("Azure")].pipe(rows_of):
        records.append(("Azure", row.period, row.date_or_period_end, row.growth_yoy_pct, row.verified))
    result = pd.DataFrame(records, columns=["cloud", "period", "date", "growth_pct", "verified"])
    return result.sort_values(["cloud", "date"]).reset_index(drop=True)


def _by_company(part: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return company, these columns and source_id, by company and date."""
    found = part[["company", *columns, "source_id"]]
    return found.sort_values(["company", "date"], ignore_index=True)


def lab_revenues(model: Model) -> pd.DataFrame:
    """Return annualised revenue of model labs as reported: company, date, amount_usd_b, kind, source_id."""
    table = model.facts.table("revenues")
    part = rows(table, company=LABS, currency="USD")
    stated = part["kind"].str.startswith("annualised run rate")
    part = part[stated & ~part["note"].fillna("").str.contains("doubtful")]
    part = part.rename(columns={"date_or_period_end": "date", "amount_b": "amount_usd_b"})
    return _by_company(part, "date", "amount_usd_b", "kind")


def lab_valuations(model: Model) -> pd.DataFrame:
    """Return valuations of model labs in funding rounds: company, date, event, valuation_usd_b, source_id."""
    table = model.facts.table("valuations")
    part = rows(table, company=LABS, currency="USD").dropna(subset="valuation_b")
    part = part.rename(columns={"valuation_b": "valuation_usd_b"})
    return _by_company(part, "date", "event", "valuation_usd_b")


def openai_2025(model: Model) -> pd.Series:
    """Return OpenAI's revenue of 2025, USD billion: `expected` as it told investors before, `reported` after; else NaN."""
    table = model.facts.table("revenues")
    part = rows(table, company="OpenAI", period="2025")
    kinds = {"expected": "company projection", "reported": "annual revenue"}
    return pd.Series(
        {name: _first(part[part["kind"].str.startswith(kind)], "amount_b") for name, kind in kinds.items()}
    )
