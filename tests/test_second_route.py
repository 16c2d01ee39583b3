"""Headline figures by a second route: raw tables read with `csv`, plain draws, formulas written out anew.

Nothing of the package computes here; it only hands over the figure that is compared. Draws are plain pseudo-random
ones, not the report's balanced sequence, so probabilities may differ by the error of both.
"""

import csv
import math
import statistics
from collections import defaultdict

import numpy as np
import pytest
from scipy import stats

from deepseek_era.building.rehearse import figures_of
from deepseek_era.model import Model
from deepseek_era.parameters import resolve
from deepseek_era.tables import ROOT
from deepseek_era.verdicts import scorecard

N = 200_000
P_ERROR = 0.008  # of a probability: about four standard errors of both routes together


def read(name):
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def corrected(name, *key):
    """The rows of a table with its corrections, applied in the order in which they stand."""
    rows = {tuple(row[k] for k in key): row for row in read(name)}
    for change in read("corrections"):
        if change["table"] == name:
            row = rows[tuple(change["key"].split(";"))]
            assert row[change["column"]] == change["old"]
            row[change["column"]] = change["new"]
    return list(rows.values())


@pytest.fixture(scope="module")
def model():
    return Model(resolve())


@pytest.fixture(scope="module")
def figure(model):
    found = {}
    for role in ("cost", "market", "capacity", "verdicts", "scorecard"):
        found |= figures_of(role, model)
    return lambda key: found[key]


# --- plain draws ---------------------------------------------------------------------------------------------------


def newest(vintage):
    """The newest row of each parameter that was public by a date."""
    rows = {}
    for row in read("parameters"):
        if row["as_of"] <= vintage and (row["id"] not in rows or rows[row["id"]]["as_of"] <= row["as_of"]):
            rows[row["id"]] = row
    return rows


def value_of(row, z):
    """Values of a distribution at standard-normal scores, clipped to the bounds of its row."""
    one, two, three = (float(row[k]) if row[k] else math.nan for k in ("p1", "p2", "p3"))
    u = stats.norm.cdf(z)
    if row["dist"] == "lognormal":  # 5th and 95th percentile
        values = one * (two / one) ** ((z / 1.6448536 + 1) / 2)
    elif row["dist"] == "pert":
        span = three - one
        values = stats.beta.ppf(u, 1 + 4 * (two - one) / span, 1 + 4 * (three - two) / span, one, span)
    elif row["dist"] == "uniform":
        values = one + (two - one) * u
    elif row["dist"] == "truncated":
        ends = (float(row["lower_bound"]) - one) / two, (float(row["upper_bound"]) - one) / two
        values = stats.truncnorm.ppf(u, *ends, one, two)
    elif row["dist"] == "normal":
        values = one + two * z
    else:
        values = np.full_like(z, one)
    return np.clip(values, float(row["lower_bound"] or -np.inf), float(row["upper_bound"] or np.inf))


class Draws:
    """Draws made when first asked for, with the stated correlations of their scores."""

    def __init__(self, vintage, seed=11):
        self.rows, self.rng = newest(vintage), np.random.default_rng(seed)
        self.scores, self.values = {}, {}
        pairs = read("correlations")
        names = sorted({name for pair in pairs for name in (pair["a"], pair["b"])})
        matrix = np.eye(len(names))
        for pair in pairs:
            i, j = names.index(pair["a"]), names.index(pair["b"])
            matrix[i, j] = matrix[j, i] = 2 * math.sin(math.pi * float(pair["spearman"]) / 6)
        size, turn = np.linalg.eigh(
            matrix
        )  # a square root of the whole matrix, not the package's of each set
        scores = (turn * np.sqrt(size)) @ self.rng.standard_normal((len(names), N))
        self.scores = dict(zip(names, scores, strict=True))

    def __getitem__(self, name):
        if name not in self.values:
            z = self.scores[name] if name in self.scores else self.rng.standard_normal(N)
            self.values[name] = value_of(self.rows[name], z)
            if name == "pass_through_short":
                self.values[name] = self._held(self.values[name])
        return self.values[name]

    def _held(self, passed):
        """The fall of the average price in the first year lies between what stayed and what fell with the trend."""
        if "price_fall_most" not in self.rows:
            return passed
        saved = np.log(spread_over(self["adoption_short"], self["inference_gain"]))
        bounded = np.minimum(np.maximum(passed * saved, self["price_fall_least"]), self["price_fall_most"])
        return np.where(saved > self["price_fall_least"], bounded / np.where(saved > 0, saved, 1), passed)


def open_loss(d):
    """Volume lost to open sellers: none of it is volume that the incumbents kept by matching the price."""
    switched = np.minimum(d["adoption_direct_short"], d["adoption_short"])
    kept = d["adoption_short"] - switched
    return d["open_share_gain_short"] * (1 - kept / (1 - switched))


def spread_over(share, gain):
    """The gain of a mixed workload: its cost is 1 − a of the old and a at the new one."""
    return 1 / (1 - share + share / gain)


def inference(d, horizon):
    """Price and compute after one or three years, against no event."""
    gain = spread_over(d[f"adoption_{horizon}"], d["inference_gain"])
    price = np.exp(-d[f"pass_through_{horizon}"] * np.log(gain))
    return gain, price, price ** -d[f"elasticity_{horizon}"] / gain


def compute(d, horizon):
    _, _, served = inference(d, horizon)
    training = spread_over(d[f"training_adoption_{horizon}"], d["training_gain"])
    response = d["budget_response"] * (d["first_year_adjustment"] if horizon == "short" else 1)
    share = d[f"training_share_{horizon}"]
    return share * training**response + (1 - share) * served


def seller_profit(d):
    """Gross profit of model sellers in the first year, new over old: volume times (price less cost)."""
    gain, price, _ = inference(d, "short")
    margin = d["gross_margin"]
    cost_now = (1 - margin) * gain ** -d["own_cost_fall_short"]
    return price ** -d["elasticity_short"] * (price - cost_now) / margin


def logit_shift(start, push):
    odds = start / (1 - start) * np.exp(push)
    return 100 * (odds / (1 + odds) - start)


def nvidia_short(d):
    return 100 * ((1 - d["nvidia_share_loss_short"]) * compute(d, "short") - 1)


def sellers(d):
    return 100 * ((1 - open_loss(d)) * seller_profit(d) - 1)


def clouds(d):
    _, _, served = inference(d, "short")
    training = spread_over(d["training_adoption_short"], d["training_gain"])
    w, theta = d["training_share_short"], d["resale_share_short"]
    eta = d["budget_response"] * d["first_year_adjustment"]
    resale = (1 - open_loss(d)) * seller_profit(d) - 1
    rented = w * training**eta + (1 - w) * served * (1 + d["hosting_uplift_short"]) - 1
    return 100 * (theta * resale + (1 - theta) * rented)


def training_spend(d):
    training = spread_over(d["training_adoption_short"], d["training_gain"])
    return 100 * (training ** (d["budget_response"] * d["first_year_adjustment"]) - 1)


def pull_forward(d):
    by_price = np.log(d["inference_gain"]) / np.log(d["price_trend"]) - d["o1_lead"]
    by_training = np.log(d["training_gain"]) / np.log(d["algorithm_trend"])
    weight = d["research_weight"]
    return weight * np.where(by_price > 0, by_price, 0) + (1 - weight) * by_training


def open_share(d):
    lasting = (1 - d["closed_match"]) * np.log(d["inference_gain"])
    push = d["open_price_response"] * lasting + d["open_lag_response"] * d["lag_shift"]
    return logit_shift(d["open_share_router"], push)


def entry(d):
    staff, data = d["entrant_staff_share"], d["entrant_data_share"]
    left = (1 - staff - data) / d["training_gain"] + data * (1 - d["distil_saving"]) + staff
    return 100 * (1 - left)


def academics(d):
    gain = spread_over(d["academic_open_share"], d["inference_gain"])
    share = d["academic_compute_share"]
    return 100 * (1 / (share * gain ** -d["academic_pass_through"] + 1 - share) - 1)


def new_uses(d):
    _, price, _ = inference(d, "long")
    cost_now = 1 - d["use_inference_share"] * (1 - price)
    return 100 * (cost_now ** -d["use_tail"] - 1)


def nvidia_long(d):
    return 100 * ((1 - d["nvidia_share_loss_long"]) * compute(d, "long") - 1)


@pytest.fixture(scope="module")
def today():
    return Draws("2026-11-23")


THRESHOLDS = {row["id"]: float(row["threshold"]) for row in read("calls")}


@pytest.mark.parametrize(
    ("key", "impact"),
    [
        ("c01", nvidia_short),
        ("c02", sellers),
        ("c04", clouds),
        ("c05", training_spend),
        ("c06", pull_forward),
        ("c07", open_share),
        ("c08", entry),
        ("c10", academics),
        ("c20", new_uses),
        ("c21", nvidia_long),
    ],
)
def test_probabilities_and_intervals_of_a_call_from_its_equation_and_plain_draws(key, impact, today, figure):
    values, limit = impact(today), THRESHOLDS[key.upper()]
    found = figure(f"verdicts.{key}.impact")
    assert figure(f"verdicts.{key}.p_winner").value == pytest.approx((values > limit).mean(), abs=P_ERROR)
    assert figure(f"verdicts.{key}.p_loser").value == pytest.approx((values < -limit).mean(), abs=P_ERROR)
    spread = found.high - found.low
    for printed, q in ((found.low, 0.05), (found.value, 0.5), (found.high, 0.95)):
        assert printed == pytest.approx(np.quantile(values, q), abs=0.02 * spread)


def test_the_flip_of_nvidia_counted_in_plain_draws(today, figure):
    lost, won = nvidia_short(today) < -THRESHOLDS["C01"], nvidia_long(today) > THRESHOLDS["A02"]
    assert figure("verdicts.nvidia_flip").value == pytest.approx((lost & won).mean(), abs=P_ERROR)


def test_compute_in_the_long_run_and_the_chance_of_backfire(today, figure):
    total, printed = compute(today, "long"), figure("capacity.compute_ratio_long")
    for value, q in ((printed.low, 0.05), (printed.value, 0.5), (printed.high, 0.95)):
        assert value == pytest.approx(np.quantile(total, q), rel=0.015)
    _, _, served = inference(today, "long")
    backfire = figure("capacity.jevons.p_backfire_long").value
    assert backfire == pytest.approx((served > 1).mean(), abs=P_ERROR)
    # for any gain above one that is pass-through times elasticity above one
    product = today["pass_through_long"] * today["elasticity_long"]
    assert backfire == pytest.approx((product > 1).mean(), abs=P_ERROR)


def test_years_pulled_forward(today, figure):
    years, printed = pull_forward(today), figure("capacity.pull_forward")
    for value, q in ((printed.low, 0.05), (printed.value, 0.5), (printed.high, 0.95)):
        assert value == pytest.approx(np.quantile(years, q), abs=0.02)
    within = ((years >= 2) & (years <= 3)).mean()
    assert figure("verdicts.c06.p_2_to_3").value == pytest.approx(within, abs=0.002)


# --- cost ----------------------------------------------------------------------------------------------------------


def test_the_full_cost_of_development_by_plain_monte_carlo(today, figure):
    hours = sum(
        float(row["gpu_hours_m"])
        for row in read("training_runs")
        if row["model"] == "DeepSeek-V3" and row["stage"] == "total"
    )
    assert hours == pytest.approx(2.788)
    total = hours * today["gpu_hour_usd"] * today["experiments_multiple"] * today["data_multiple"]
    total = total / (1 - today["staff_share"])
    printed = figure("cost.training.full_cost")
    for value, q in ((printed.low, 0.05), (printed.value, 0.5), (printed.high, 0.95)):
        assert value == pytest.approx(np.quantile(total, q), rel=0.015)
    assert figure("cost.training.v3_cost").value == pytest.approx(2 * hours)


def test_the_discount_on_a_whole_call_from_list_prices_and_drawn_workloads(today, figure):
    r1, o1 = (0.55, 0.14, 2.19), (15.0, 7.5, 60.0)  # uncached input, cached input, output, USD per million
    listed = {
        (float(r["input_usd_per_mtok"]), float(r["output_usd_per_mtok"]))
        for r in read("api_prices")
        if r["output_usd_per_mtok"] and r["input_usd_per_mtok"]
    }
    assert {(r1[0], r1[2]), (o1[0], o1[2])} <= listed
    out, cached, wordy = today["output_input_ratio"], today["cache_share"], today["verbosity"]

    def bill(price, tokens_out):
        return (1 - cached) * price[0] + cached * price[1] + tokens_out * price[2]

    discount = 100 * (1 - bill(r1, out * wordy) / bill(o1, out))
    printed = figure("cost.api.discount_call")
    for value, q in ((printed.low, 0.05), (printed.value, 0.5), (printed.high, 0.95)):
        assert value == pytest.approx(np.quantile(discount, q), abs=0.1)
    assert figure("cost.api.verbosity_for_93").value == pytest.approx(0.07 * o1[2] / r1[2], rel=1e-5)


# --- market --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def returns():
    """Ticker to day to return, percent."""
    found = defaultdict(dict)
    for row in read("returns_daily"):
        found[row["ticker"]][row["date"]] = float(row["return_pct"])
    return found


def regression(firm, benchmark, days, event):
    """Abnormal return of the event day, the residuals by day and what the error of the day is made of."""
    days = [d for d in days if d in firm]
    x = np.column_stack([np.ones(len(days)), [benchmark[d] for d in days]])
    y = np.array([firm[d] for d in days])
    coefficients, *_ = np.linalg.lstsq(x, y, rcond=None)
    at = np.array([1.0, benchmark[event]])
    leverage = at @ np.linalg.inv(x.T @ x) @ at
    return firm[event] - at @ coefficients, dict(zip(days, y - x @ coefficients, strict=True)), leverage


def window(returns, event="2025-01-27"):
    """The 240 trading days that end eleven days before the event."""
    calendar = sorted(returns["EWX"])
    place = calendar.index(event)
    return calendar[place - 250 : place - 10]


BROAD = ("EWX", "RSP", "IWM", "VTI", "SPY", "DIA")


def interval(mean_return, benchmark, days, event):
    """Abnormal return of a series on a day, with its 90 % prediction interval."""
    abnormal, residuals, leverage = regression(mean_return, benchmark, days, event)
    degrees = len(residuals) - 2
    error = math.sqrt(sum(e * e for e in residuals.values()) / degrees * (1 + leverage))
    half = stats.t.ppf(0.95, degrees) * error
    return abnormal, abnormal - half, abnormal + half, abnormal / error


def together(returns, tickers):
    """Mean return of firms by day, over the days on which all of them traded."""
    days = set.intersection(*(set(returns[t]) for t in tickers))
    return {d: float(np.mean([returns[t][d] for t in tickers])) for d in days}


def test_nvidias_abnormal_return_and_its_range_over_broad_markets_by_least_squares(returns, figure):
    days = window(returns)
    assert len(days) == 240
    every = {b: interval(returns["NVDA"], returns[b], days, "2025-01-27") for b in BROAD}
    printed = figure("market.nvda.ar_0")
    assert printed.value == pytest.approx(every["EWX"][0], abs=1e-3)
    assert printed.low == pytest.approx(min(low for _, low, *_ in every.values()), abs=1e-3)
    assert printed.high == pytest.approx(max(high for _, _, high, _ in every.values()), abs=1e-3)
    assert printed.low < every["EWX"][1] < every["EWX"][2] < printed.high
    sizes = [-value for value, *_ in every.values()]
    assert figure("market.nvda.broad_least").value == pytest.approx(min(sizes), abs=1e-3)
    assert figure("market.nvda.broad_most").value == pytest.approx(max(sizes), abs=1e-3)


def test_the_clouds_fall_of_the_day_is_no_evidence_by_least_squares_and_days_counted(returns, figure):
    """Amazon, Microsoft and Alphabet as one series; every other day of the returns tried as the event."""
    days, event = window(returns), "2025-01-27"
    clouds = together(returns, ["AMZN", "MSFT", "GOOGL"])
    every = [interval(clouds, returns[b], days, event) for b in BROAD]
    printed = figure("market.clouds.caar_0")
    assert printed.value == pytest.approx(every[0][0], abs=1e-3)
    assert printed.value == pytest.approx(-1.26, abs=0.01)
    assert printed.low == pytest.approx(min(low for _, low, *_ in every), abs=1e-3)
    assert printed.high == pytest.approx(max(high for _, _, high, _ in every), abs=1e-3)
    calendar = sorted(returns["EWX"])
    place = calendar.index(event)
    others = [d for k, d in enumerate(calendar) if not place - 10 <= k <= place + 10]
    reached = sum(
        abs(interval(clouds, returns["EWX"], [d for d in days if d != day], day)[3]) >= abs(every[0][3])
        for day in others
    )
    assert figure("market.placebo.days").value == len(others)
    assert figure("market.clouds.p_placebo").value == pytest.approx(
        (1 + reached) / (1 + len(others)), abs=1e-5
    )
    assert figure("market.clouds.p_placebo").value == pytest.approx(0.27, abs=0.02)


def test_the_power_groups_abnormal_return_as_one_portfolio(returns, figure):
    days, event = window(returns), "2025-01-27"
    members = [row["ticker"] for row in read("groups") if row["group"] == "power"]
    members = [t for t in members if sum(d in returns[t] for d in days) >= 120]
    ends = []
    for name in BROAD:
        fitted = [regression(returns[t], returns[name], days, event) for t in members]
        mean = np.mean([abnormal for abnormal, *_ in fitted])
        # the portfolio's own residuals on the days on which all its firms traded hold the correlation between firms
        common = [d for d in days if all(d in residuals for _, residuals, _ in fitted)]
        series = np.array([np.mean([residuals[d] for _, residuals, _ in fitted]) for d in common])
        error = math.sqrt(series @ series / (len(common) - 2) * (1 + fitted[0][2]))
        half = stats.t.ppf(0.95, len(common) - 2) * error
        ends.append((mean, mean - half, mean + half))
    printed = figure("market.power.caar_0")
    assert printed.value == pytest.approx(ends[0][0], abs=1e-3)
    # short histories enter there differently
    assert printed.low == pytest.approx(min(low for _, low, _ in ends), rel=0.03)
    assert printed.high == pytest.approx(max(high for *_, high in ends), rel=0.03)


# --- scores --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def settled():
    """The settled readings of the short calls as recorded: call, hit, the article's side."""
    sides = {row["id"]: row["call"] for row in read("calls")}
    return [
        (row["call_id"], row["reading"], float(row["status_to_date"] == "right"), sides[row["call_id"]])
        for row in corrected("resolutions", "call_id", "reading")
        if row["horizon"] == "short"
        and row["status_to_date"] in ("right", "wrong")
        and row["call_id"] < "C23"
        and row["call_id"].startswith("C")
    ]


def brier(pairs):
    return sum((p - hit) ** 2 for p, hit in pairs) / len(pairs)


def test_brier_and_log_scores_by_hand(settled, figure):
    hits = [hit for _, _, hit, _ in settled]
    assert figure("scorecard.resolved").value == len(settled)
    for p, name in ((0.65, "article_65"), (0.8, "article"), (0.95, "article_95"), (0.5, "even")):
        score = figure(f"scorecard.brier_{name}").value
        assert score == pytest.approx(brier([(p, h) for h in hits]), rel=1e-5)
        log = sum(math.log(p if h else 1 - p) for h in hits) / len(hits)
        assert figure(f"scorecard.log_{name}").value == pytest.approx(log, rel=1e-5)
    wins = brier([(0.8 if side == "winner" else 0.2, hit) for _, _, hit, side in settled])
    assert figure("scorecard.brier_everyone_wins").value == pytest.approx(wins, rel=1e-5)
    themes = {row["id"]: row["theme"] for row in read("calls")}
    rates = []
    for call, _, hit, _ in settled:
        others = [h for c, _, h, _ in settled if themes[c] != themes[call]]
        rates.append((sum(others) / len(others), hit))
    assert figure("scorecard.brier_base_rate").value == pytest.approx(brier(rates), rel=1e-5)


# --- settlements from the tables by another route -------------------------------------------------------------------


def number(table, key, **where):
    rows = [r for r in table if all(r[k] == v for k, v in where.items())]
    assert len(rows) == 1, where
    return float(rows[0][key])


def test_settlements_recomputed_from_plain_rows(model):
    status = {
        (r["call_id"], r["reading"]): (r["status"], r["recomputed"])
        for r in scorecard.scorecard(model).settled.to_dict("records")
    }
    money = corrected("revenues", "row_id")
    nvidia = {"company": "NVIDIA", "segment": "data center"}
    year = [number(money, "amount_b", **nvidia, period=f"FY2026-Q{q}") for q in (1, 2, 3, 4)]
    ratio = sum(year) / number(money, "amount_b", **nvidia, period="FY2026")
    assert status["C01", "b"] == ("wrong", pytest.approx(ratio))
    assert ratio >= 1

    rounds = corrected("valuations", "row_id")
    multiples = []
    for firm, before in (
        ("Mistral AI", "VA015"),
        ("Hugging Face", "VA043"),
        ("Together AI", "VA045"),
        ("Moonshot AI", "VA073"),
    ):
        end = [r for r in rounds if r["company"] == firm and r["valuation_b"] and r["as_of"] <= "2026-01-27"][
            -2 if firm == "Moonshot AI" else -1
        ]
        multiples.append(float(end["valuation_b"]) / number(rounds, "valuation_b", row_id=before))
    assert status["C11", "a"] == ("mixed", pytest.approx(statistics.median(multiples)))

    ratings = {
        f: number(money, "growth_yoy_pct", company=f, segment="total")
        for f in ("Salesforce", "Adobe", "ServiceNow", "Atlassian")
    }
    least = statistics.median([*ratings.values(), -100, -100])
    assert status["C15", "b"] == ("interim-wrong", pytest.approx(least))

    rents = corrected("accelerator_prices", "row_id")
    middle = {
        p: (number(rents, "low", **where) + number(rents, "high", **where)) / 2
        for p in ("2025-Q1", "2026-01", "2026-08")
        for where in [{"period": p, "price_kind": "one-year contract, middle half of a survey"}]
    }
    assert status["A01", "a"] == ("right", pytest.approx(100 * (middle["2026-01"] / middle["2025-Q1"] - 1)))
    assert status["A01", "b"] == (
        "interim-right",
        pytest.approx(100 * (middle["2026-08"] / middle["2025-Q1"] - 1)),
    )

    stock = corrected("accelerator_supply", "row_id")
    share = {}
    for day in ("2024-12-31", "2025-12-31"):
        owned = sum(
            float(r["value"])
            for r in stock
            if r["metric"] == "owner_stock_compute_all_makers"
            and r["country"] == "US"
            and r["period_end"] == day
        )
        share[day] = (
            100 * owned / number(stock, "value", metric="tracked_stock_compute_total", period_end=day)
        )
    assert min(share.values()) > 50  # held before, so no credit
    assert status["C18", "a"] == ("status-quo", pytest.approx(share["2025-12-31"]))


def test_users_settled_on_the_firms_of_the_groups(returns, model):
    firms = {r["ticker"] for r in read("groups") if r["group"] in ("software", "internet")}
    index = {(r["ticker"], r["date"]): float(r["total_return_index"]) for r in read("total_return_monthly")}
    ahead = statistics.mean(index[f, "2026-01-27"] for f in firms) - index["SPY", "2026-01-27"]
    frame = scorecard.scorecard(model).settled.set_index(["call_id", "reading"])
    assert frame.loc[("C12", "b"), "recomputed"] == pytest.approx(ahead)
    assert frame.loc[("C12", "b"), "status"] == "wrong"


# --- the model's January forecasts ---------------------------------------------------------------------------------

FIRST_EDITION = ("C01b", "C02b", "C04b", "C05a", "C06a", "C06b", "C07a", "C07b")
JANUARY = {
    "C01": nvidia_short,
    "C02": sellers,
    "C04": clouds,
    "C05": training_spend,
    "C06": pull_forward,
    "C07": open_share,
}


def test_the_models_january_forecasts_and_the_first_editions_score_from_equations_and_noise(model, figure):
    d = Draws("2025-01-31", seed=12)
    sides = {row["id"]: row["call"] for row in read("calls")}
    forecast = {}
    for call, impact in JANUARY.items():
        era = impact(d) + d[f"background_{call.lower()}"]
        limit = THRESHOLDS[call]
        forecast[call] = (era > limit).mean() if sides[call] == "winner" else (era < -limit).mean()
        assert scorecard.january_forecasts(model)[call] == pytest.approx(forecast[call], abs=P_ERROR)
    then = {r["call_id"] + r["reading"]: float(r["status_to_date"] == "right") for r in read("resolutions")}
    pairs = [(forecast[key[:3]], then[key]) for key in FIRST_EDITION]
    assert figure("scorecard.mismatched.n").value == len(pairs)
    assert figure("scorecard.mismatched.brier_model").value == pytest.approx(brier(pairs), abs=0.01)
