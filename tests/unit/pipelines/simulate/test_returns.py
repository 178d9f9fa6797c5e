"""Return requests: lags, rates, handling, and what they leave on the orders."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pytest

from pipelines.simulate.draws import stream
from pipelines.simulate.returns import DAYS_AFTER_DEADLINE, SHORTEST_LAG_DAYS, draw_lags

UNTIL = dt.datetime(2026, 11, 1)
STATUSES = {
    "fashion": [
        "Pending",
        "Received",
        "Return Authorized",
        "Item(s) Repaired",
        "Item(s) Refunded",
        "Request Rejected",
        "Cancelled",
    ],
    "home": ["pending", "received", "authorized", "repaired", "refunded", "rejected", "cancelled"],
}
CLASSES = {"defective", "not_as_described", "poor_quality", "delivery", "changed_mind"}


@pytest.fixture(params=["fashion", "home"])
def shop(request):
    return request.param


def when(text: str) -> dt.datetime | None:
    return dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S") if text else None


@pytest.mark.parametrize("window", [30, 14, 7])
def test_lags_from_delivery_have_two_peaks(window):
    lags = draw_lags(np.full(50_000, window), stream(1, "test"))
    assert (lags.min(), lags.max()) == (SHORTEST_LAG_DAYS, window + DAYS_AFTER_DEADLINE)
    counts = np.bincount(lags, minlength=window + 5)
    if window == 30:
        assert counts[3:8].mean() > 2 * counts[15:20].mean()
        assert counts[26:31].mean() > 2 * counts[17:22].mean()
    # After the deadline hardly anybody asks.
    assert counts[window + 2 :].sum() < 0.05 * counts.sum()


def test_requests_come_in_two_waves_after_delivery_and_before_the_export(world, shop):
    delivered = {row["return_id"]: when(row["delivered_at"]) for row in world.returns_truth[shop]}
    asked = {row["return_id"]: when(row["date_requested"]) for row in world.returns[shop]}
    lags = np.array([(at.date() - delivered[key].date()).days for key, at in asked.items()])
    window = {"fashion": 30, "home": 14}[shop]
    assert lags.min() >= SHORTEST_LAG_DAYS
    assert lags.max() <= window + DAYS_AFTER_DEADLINE
    assert max(asked.values()) < UNTIL
    assert list(asked.values()) == sorted(asked.values())
    if shop == "fashion":
        counts = np.bincount(lags, minlength=35)
        assert counts[3:8].mean() > 2 * counts[16:21].mean()
        assert counts[26:31].mean() > 1.5 * counts[16:21].mean()


def test_rates(world):
    for shop, low, high in (("fashion", 0.13, 0.19), ("home", 0.05, 0.09)):
        truth = world.truth[shop]
        assert low <= truth["returned_unit_count"] / truth["shipped_unit_count"] <= high


def test_rates_differ_between_products(world):
    sold = Counter()
    for item in world.items("fashion"):
        sold[item["id"]] += int(item["qty"])
    back = Counter()
    for row in world.returns["fashion"]:
        back[row["product_id"]] += int(row["quantity"])
    rates = [back[product] / count for product, count in sold.items() if count >= 60]
    assert max(rates) > 2.5 * min(rates)


def test_returned_lines_were_ordered(world, shop):
    ordered = Counter()
    for record in world.orders[shop]:
        for item in record.items or []:
            key = (record.fields["Order ID"], item["id"], item["sku"], item["name"], item["options"])
            ordered[key] += int(item["qty"])
    broken = {row["order_id"] for row in world.broken}
    returned = Counter()
    for row in world.returns[shop]:
        if row["order_id"] not in broken:
            key = (row["order_id"], row["product_id"], row["sku"], row["product_name"], row["product_options"])
            returned[key] += int(row["quantity"])
    assert all(0 < quantity <= ordered[key] for key, quantity in returned.items())
    assert all(row["order_product_id"] == "" for row in world.returns[shop])


def test_guests_hardly_ask(world, shop):
    guests = {r.fields["Order ID"] for r in world.orders[shop] if r.fields["Customer ID"] == "0"}
    rows = world.returns[shop]
    entered = [row for row in rows if row["order_id"] in guests]
    assert len(entered) < 0.03 * len(rows)
    assert all(row["customer_id"] == "0" and row["staff_notes"] for row in entered)


def test_statuses_and_their_times(world, shop):
    names = STATUSES[shop]
    rows = world.returns[shop]
    seen = Counter(row["status"] for row in rows)
    assert set(seen) <= set(names)
    assert seen[names[4]] > seen[names[3]] > 0
    assert seen[names[5]] and seen[names[6]]
    for row in rows:
        requested, updated, approved, received, resolved = (
            when(row[f"date_{name}"]) for name in ("requested", "updated", "approved", "received", "resolved")
        )
        steps = [at for at in (requested, approved, received, resolved) if at]
        assert steps == sorted(steps)
        assert updated == steps[-1] < UNTIL
        is_closed = row["status"] in names[5:]
        assert (resolved is not None) == (is_closed or row["status"] in names[3:5])
        assert (approved is not None) == (row["status"] in names[1:5])
        assert (received is not None) == (row["status"] in (names[1], names[3], names[4]))
        assert not row["inspection_result"] or received
        assert not row["awb"] or approved


def test_old_requests_are_settled_and_young_ones_are_not(world, shop):
    open_statuses = (STATUSES[shop][0], STATUSES[shop][1], STATUSES[shop][2])
    young = [r for r in world.returns[shop] if UNTIL - when(r["date_requested"]) < dt.timedelta(days=3)]
    old = [r for r in world.returns[shop] if UNTIL - when(r["date_requested"]) > dt.timedelta(days=60)]
    assert np.mean([r["status"] in open_statuses for r in young]) > 0.8
    assert np.mean([r["status"] in open_statuses for r in old]) < 0.12


def test_refunded_requests_show_on_their_orders(world, shop):
    word = {"fashion": "Refunded", "home": "已退款"}[shop]
    refunded = {row["order_id"] for row in world.returns[shop] if row["resolution"] == word}
    orders = {record.fields["Order ID"]: record for record in world.orders[shop]}
    payable = [orders[key] for key in refunded if orders[key].money("Order Total (inc tax)") > 0]
    zero = [record for record in payable if record.money("Refund Amount") == 0]
    assert 1 <= len(zero) <= 0.05 * len(payable)
    assert all(record.fields["Order Status"] == "Refunded" for record in zero)
    assert {record.fields["Order Status"] for record in payable} >= {"Refunded", "Partially refunded"}


def test_store_credit_is_on_the_request(world, shop):
    word = {"fashion": "Store credit issued", "home": "已發購物金"}[shop]
    for row in world.returns[shop]:
        assert (float(row["store_credit"]) > 0) == (row["resolution"] == word)


def test_stated_reasons_are_a_noisy_view_of_the_truth(world, shop):
    rows = world.returns_truth[shop]
    assert {row["true_class"] for row in rows} == CLASSES
    stated = {row["return_id"]: row["reason"] for row in world.returns[shop]}
    assert all(row["stated_reason"] == stated[row["return_id"]] for row in rows)
    pairs = Counter((row["stated_reason"], row["true_class"]) for row in rows)
    reasons = Counter(row["stated_reason"] for row in rows)
    best = sum(max(pairs[reason, name] for name in CLASSES) for reason in reasons)
    assert 0.5 < best / len(rows) < 0.85
    assert len(reasons) >= 9


def test_some_customers_order_several_sizes_to_choose_from(world):
    kept = [row for row in world.returns_truth["fashion"] if row["true_sub_reason"] == "bracketing"]
    assert len(kept) > 0.02 * len(world.returns_truth["fashion"])
