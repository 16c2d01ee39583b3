"""The ledger: it adds up, nothing moves without an event, transfers that were put in come out, and bad tables are refused."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from deepseek_era import tables
from deepseek_era.errors import DataError
from deepseek_era.ledger import flows, study
from deepseek_era.ledger.equations import (
    PARTS,
    SELLERS,
    Drivers,
    Observed,
    ledger,
    losses,
    per_dollar_lost,
)
from deepseek_era.model import Model
from deepseek_era.parameters import resolve

DRIVERS = {
    "k": (1, 20),
    "T": (0.7, 1.5),
    "phi": (0, 1.2),
    "eps": (0, 2.5),
    "kappa": (0, 1),
    "eps_tools": (0, 2.5),
    "kept": (0, 1),
    "lost": (0, 0.4),
    "gap": (1, 20),
    "resale": (0, 1),
    "training": (0, 1),
    "margin": (0.1, 0.9),
    "margin_open": (0, 0.9),
    "margin_clouds": (0, 0.9),
    "margin_power": (0, 0.9),
    "worth": (0, 1),
    "metered": (0, 1),
}
MONEY = st.floats(0.1, 50)
drivers = st.fixed_dictionaries({name: st.floats(*ends) for name, ends in DRIVERS.items()})
observed = st.fixed_dictionaries({f.name: MONEY for f in fields(Observed)})
NOTHING = {"k": 1.0, "T": 1.0, "lost": 0.0}


def arrays(kind, values):
    return kind(**{name: np.array([float(v)]) for name, v in values.items()})


@pytest.fixture(scope="module")
def model():
    return Model(resolve({"draws": 4096}))


@settings(max_examples=150, deadline=None)
@given(observed, drivers)
def test_the_six_parts_add_up_to_the_welfare_worked_out_from_the_other_side(seen, d):
    book = ledger(arrays(Observed, seen), arrays(Drivers, d))
    size = sum(seen.values()) * max(1.0, d["k"] ** (d["phi"] * d["eps"]), d["k"] ** d["eps"])
    assert book.error <= 1e-9 * max(1, size)
    assert set(book.parts) == set(PARTS)


@settings(max_examples=100, deadline=None)
@given(observed, drivers)
def test_without_an_event_every_line_is_exactly_nought(seen, d):
    book = ledger(arrays(Observed, seen), arrays(Drivers, d | NOTHING))
    for values in (*book.parts.values(), book.welfare, book.saved, book.quality):
        assert values[0] == 0
    assert per_dollar_lost(book.parts).value is None


def economy(before, d):
    """Return an economy with the event, and each party's true gain, worked out from demand curves by hand.

    Volumes and prices start at one; demand is Q(p) = p^-e. Users gain the area left of the demand curve; firms gain
    what they are paid less what they pay.
    """
    price, unit = d["k"] ** -d["phi"], d["k"] ** -d["kappa"]

    def volume(e, p=price):
        return p**-e

    def area(e, p=price):
        return integrate.quad(lambda x: x**-e, p, 1)[0]

    e, n, stay = d["eps"], d["eps_tools"], 1 - d["lost"]
    paid = {
        "users_closed": before["users_closed"] * stay * price * volume(e),
        "clouds_closed": before["clouds_closed"] * stay * price * volume(e),
        "tools_closed": before["tools_closed"] * stay * price * volume(n),
    }
    switched = {
        "users": before["users_closed"] * d["lost"] * price * volume(e),
        "tools": before["tools_closed"] * d["lost"] * price * volume(n),
    }
    paid["users_open"] = before["users_open"] * price * volume(e) + switched["users"] / d["gap"]
    paid["tools_open"] = before["tools_open"] * price * volume(n) + switched["tools"] / d["gap"]
    cloud = {
        "resold": (d["resale"], stay * price * volume(e), stay * unit * volume(e)),
        "rented": (
            (1 - d["resale"]) * (1 - d["training"]),
            volume(e, 1 / d["k"]) / d["k"],
            volume(e, 1 / d["k"]) / d["k"],
        ),
        "trained": ((1 - d["resale"]) * d["training"], d["T"], d["T"]),
    }
    uk0 = before["users_clouds"]
    paid["users_clouds"] = uk0 * sum(share * spend for share, spend, _ in cloud.values())
    sold0 = before["users_closed"] + before["clouds_closed"] + before["tools_closed"]
    served0 = (1 - d["margin"]) * sold0
    served1 = (
        (1 - d["margin"])
        * stay
        * unit
        * (
            (before["users_closed"] + before["clouds_closed"]) * volume(e)
            + before["tools_closed"] * volume(n)
        )
    )
    research0 = before["research"]
    paid["closed_clouds"] = served1 + research0 * d["T"]
    hosts = [before["users_open"] + before["tools_open"], paid["users_open"] + paid["tools_open"]]
    own = 1 - d["margin_clouds"]
    chips0 = own * (served0 + research0 + (1 - d["margin_open"]) * hosts[0] + uk0)
    chips1 = own * (
        paid["closed_clouds"]
        + (1 - d["margin_open"]) * hosts[1]
        + uk0 * sum(share * use for share, _, use in cloud.values())
    )
    sold1 = paid["users_closed"] + paid["clouds_closed"] + paid["tools_closed"]
    tool_bill = paid["tools_closed"] + paid["tools_open"] - before["tools_closed"] - before["tools_open"]
    cheaper = d["worth"] * (1 - 1 / d["gap"])
    bought = before["users_closed"] + before["users_open"] + uk0 * d["resale"]
    used = bought * area(e) + uk0 * cloud["rented"][0] * area(e, 1 / d["k"]) + cheaper * switched["users"]
    by_tools = (before["tools_closed"] + before["tools_open"]) * area(n) + cheaper * switched["tools"]
    closed = (sold1 - paid["closed_clouds"]) - (sold0 - served0 - research0)
    clouds_out = paid["clouds_closed"] - before["clouds_closed"]
    clouds_in = (paid["closed_clouds"] - served0 - research0) + (1 - d["margin_open"]) * (hosts[1] - hosts[0])
    gains = {
        "users": used + by_tools + d["kept"] * tool_bill,
        "closed sellers": closed,
        "open hosts": d["margin_open"] * (hosts[1] - hosts[0]),
        "clouds": clouds_in + paid["users_clouds"] - uk0 - clouds_out - (chips1 - chips0),
        "chips and power": d["margin_power"] * (chips1 - chips0),
        "tools": -d["kept"] * tool_bill,
    }
    return paid, gains


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {f.name: MONEY for f in fields(Observed) if f.name != "closed_clouds"} | {"research": MONEY}
    ),
    drivers,
)
def test_transfers_put_into_an_economy_are_recovered_from_what_can_be_seen_of_it(before, d):
    d = d | {"metered": 1.0}
    paid, gains = economy(before, d)
    book = ledger(arrays(Observed, paid), arrays(Drivers, d))
    for name in PARTS:
        scale = max(1.0, *map(abs, gains.values()), *paid.values())
        assert book.parts[name][0] == pytest.approx(gains[name], abs=1e-6 * scale), name


@settings(max_examples=60, deadline=None)
@given(observed, drivers)
def test_users_never_lose_by_a_lower_price_unless_tools_keep_it(seen, d):
    book = ledger(arrays(Observed, seen), arrays(Drivers, d))
    assert book.parts["users"][0] + book.parts["tools"][0] >= -1e-9 * sum(seen.values()) - 1e-9


def test_a_flat_price_moves_nothing_of_what_is_paid_by_subscription():
    d = {name: sum(ends) / 2 for name, ends in DRIVERS.items()} | {"lost": 0.0, "metered": 0.0}
    seen = dict.fromkeys((f.name for f in fields(Observed)), 0.0) | {
        "users_closed": 10.0,
        "closed_clouds": 8.0,
    }
    book = ledger(arrays(Observed, seen), arrays(Drivers, d | {"T": 1.0}))
    assert book.parts["users"][0] == 0
    # the sellers keep what serving costs less
    assert book.parts["closed sellers"][0] == pytest.approx(
        10 * (1 - d["margin"]) * (1 - d["k"] ** -d["kappa"])
    )


def test_the_ratio_is_of_the_means_and_leaves_out_draws_without_a_loss():
    parts = dict.fromkeys(PARTS, np.zeros(4)) | {
        "users": np.array([4.0, 2.0, 8.0, 1.0]),
        "clouds": np.array([-2.0, -1.0, 3.0, 0.0]),
        "tools": np.array([0.0, 0.0, -1.0, -0.05]),
    }
    found = per_dollar_lost(parts)
    assert losses(parts).tolist() == [2, 1, 1, 0.05]
    assert found.value == pytest.approx(15 / 4.05)
    assert found.left_out == 0.25
    with_orders = per_dollar_lost(parts, np.array([-2.0, 1.0, -1.0, -1.0]))
    assert with_orders.value == pytest.approx(15 / 8.05)
    assert with_orders.left_out == 0


# ---------------------------------------------------------------- the run


def test_the_ledger_of_the_run_closes_and_its_lines_have_the_signs_that_the_algebra_gives(model):
    found, left = study.effect(model), study.left(model)
    assert found is not None
    assert left is not None
    assert found.ledger.error < 1e-9
    assert left.ledger.error < 1e-9
    table = study.lines(model).set_index("line")
    assert table.loc[list(PARTS), "value"].sum() == pytest.approx(table.loc["total", "value"])
    assert table.loc["users", "p_loss"] == 0
    # what is left while rivals catch up is less than all of it
    assert (table["left"].abs() <= table["value"].abs() + 0.05).all()
    assert found.ratio.value == pytest.approx(
        found.ledger.parts["users"].mean() / losses(found.ledger.parts).mean()
    )
    assert found.ratio_with_orders.value < found.ratio.value


def test_the_parts_of_the_total_add_up(model):
    items = study.apart(model).set_index("item")["value"]
    total = study.lines(model).set_index("line").loc["total", "value"]
    assert items[["saved", "quality", "priced_out"]].sum() == pytest.approx(total)


def test_orders_for_chips_are_a_memo_and_in_no_line(model):
    found = study.effect(model)
    dearer = replace(found, orders=found.orders * 2, orders_profit=found.orders_profit * 2)
    assert dearer.ratio == found.ratio
    assert np.array_equal(dearer.ledger.total, found.ledger.total)


def test_all_payments_fit_what_the_segments_report():
    table = flows.consistency(Model(resolve({})).facts)
    assert set(table["segment"]) == set(flows.SEGMENTS)
    assert table["within"].all()


def test_in_january_2025_no_ledger_can_be_drawn_up():
    january = Model(resolve({"vintage": "article", "draws": 1024}))
    assert study.effect(january) is None
    assert study.left(january) is None
    for table in (study.lines(january), study.apart(january)):
        assert table.select_dtypes("number").isna().all(axis=None)
    assert study.variants(january).empty
    assert study.words(january, "C02") == ""


def test_a_call_says_who_lost_as_an_amount_above_nought_and_leaves_a_coin_open(model):
    table = study.lines(model).set_index("line")
    for call in tables.load("calls")["id"]:
        said, name = study.words(model, call), study.line_of(call)
        if not name:
            assert "no line of its own" in said
        elif max(table.loc[name, ["p_loss", "p_gain"]]) < 0.6:
            assert said.startswith(f"Whether {name} gained or lost")
        else:
            verb = "gained" if table.loc[name, "value"] > 0 else "lost"
            assert said.startswith(f"{name.capitalize()} {verb} $")


def test_a_run_that_sets_nothing_loose_has_no_loss_and_says_so():
    none = {"inference_gain": 1, "training_gain": 1, "open_share_gain_short": 0, "draws": 1024}
    still = Model(resolve(none))
    found = study.effect(still)
    assert found.ledger.error == 0
    assert found.ratio.value is None
    assert study.words(still, "C02").startswith("Closed sellers neither gained nor lost")


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 10))
def test_a_triangle_stays_between_its_ends_and_has_its_mean(a, b, c):
    low, mode, high = sorted((a, b, c))
    u = (np.arange(4000) + 0.5) / 4000
    found = flows.triangular(u, low, mode, high)
    assert found.min() >= low - 1e-12
    assert found.max() <= high + 1e-12
    expected = (low + mode + high) / 3
    assert math.isclose(found.mean(), expected, abs_tol=1e-3 * (high - low) + 1e-12)


@pytest.mark.parametrize(
    ("table", "drop", "change", "message"),
    [
        (
            "ledger_segments",
            lambda t: (t["segment"] == "open hosts") & (t["year"] == 2025),
            None,
            "data/ledger_segments.csv: no revenue of open hosts in 2025, allowed: a row of kind revenue for every segment "
            "that data/ledger_flows.csv says is paid",
        ),
        (
            "ledger_flows",
            None,
            ("high", 0.1),
            r"data/ledger_flows.csv row 2 \(consumers to closed sellers, 2023\): saw 0.65, allowed: from its low 0.4 to its high 0.1",
        ),
    ],
)
def test_a_ledger_that_cannot_be_right_is_one_line(monkeypatch, table, drop, change, message):
    load = tables.load

    def changed(name):
        frame = load(name).copy()
        if name == table and drop is not None:
            frame = frame[~drop(frame)]
        if name == table and change is not None:
            frame.loc[frame.index[0], change[0]] = change[1]
        return frame

    monkeypatch.setattr(tables, "load", changed)
    with pytest.raises(DataError, match=message):
        flows.check()


def test_every_line_that_a_call_names_is_a_line_of_the_ledger():
    named = set(tables.load("call_roles")["line"]) - {""}
    assert named <= set(PARTS)
    assert set(SELLERS) == set(PARTS) - {"users"}


def test_the_branch_of_margins_follows_from_the_accounts_of_the_sellers():
    table = tables.load("ledger_segments")
    own = table[(table["segment"] == "closed sellers") & (table["year"] == 2025)]
    margins = own[own["kind"] == "gross margin"].set_index("firm")
    revenue = own[own["kind"] == "revenue"].set_index("firm")["value"].reindex(margins.index)
    middle = (margins["value"] * revenue).sum() / revenue.sum()
    wanted = [margins["low"].min(), middle, margins["high"].max()]
    branch = tables.load("branches").set_index("id").loc["margin_from_accounts", "was"]
    assert [float(x) for x in branch.split()[1:]] == pytest.approx([x / 100 for x in wanted], abs=0.005)
