"""What the statistics are made for: over-dispersed rates, returns in clusters, money that adds up."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

import numpy as np
import pytest


@pytest.fixture(params=["fashion", "home"])
def shop(request):
    return request.param


def test_product_rates_are_over_dispersed(world):
    sold, back = Counter(), Counter()
    for item in world.items("fashion"):
        sold[item["id"]] += int(item["qty"])
    for row in world.returns_truth["fashion"]:
        if not row["planted_id"]:
            back[row["product_id"]] += int(row["quantity"])
    products = [product for product, count in sold.items() if count >= 40 and product != "0"]
    units = np.array([sold[product] for product in products])
    found = np.array([back[product] for product in products])
    rate = found.sum() / units.sum()
    chi = (found - units * rate) ** 2 / (units * rate * (1 - rate))
    # Mean 1 if all products had one rate.
    assert chi.mean() > 2


def test_returns_come_in_baskets_and_by_customer(world):
    lines = {
        record.fields["Order ID"]: len(record.items or [])
        for record in world.orders["fashion"]
        if record.fields["Date Shipped"]
    }
    returned = Counter(row["order_id"] for row in world.returns["fashion"])
    several = [key for key, count in lines.items() if count >= 2]
    once = np.mean([returned[key] >= 1 for key in several])
    each = sum(returned[key] for key in several) / sum(lines[key] for key in several)
    # Given that one line of an order comes back, another one does more often than usual.
    pairs = sum(returned[key] * (returned[key] - 1) for key in several)
    expected = sum(lines[key] * (lines[key] - 1) for key in several) * each**2
    assert once < 1
    assert pairs > 1.3 * expected


def test_goods_of_one_request_share_a_moment_and_a_parcel(world, shop):
    by_basket = defaultdict(list)
    for row in world.returns_truth[shop]:
        by_basket[row["basket"]].append(row["return_id"])
    requests = {row["return_id"]: row for row in world.returns[shop]}
    shared = [ids for ids in by_basket.values() if len(ids) > 1]
    assert shared
    for ids in shared:
        assert len({requests[key]["date_requested"] for key in ids}) == 1
        assert len({requests[key]["awb"] for key in ids}) == 1


def test_refunds_of_requests_are_the_money_on_the_orders(world, shop):
    asked = Counter()
    for row in world.returns_truth[shop]:
        asked[row["order_id"]] += int(row["refund_hundredths"])
    orders = {record.fields["Order ID"]: record for record in world.orders[shop]}
    zero = 0
    for order_id, cents in asked.items():
        if not cents:
            continue
        record = orders[order_id]
        refund, total = record.money("Refund Amount"), record.money("Order Total (inc tax)")
        due = min(Decimal(cents) / 100, total)
        zero += refund == 0 < due
        # A whole refund gives the shipping back now and then.
        assert refund in (0, due, total)
    assert zero <= 0.05 * len(asked)


def test_the_older_file_of_requests_knows_less(world, shop):
    older, newer = ({row["return_id"]: row for row in rows} for rows in world.tables(shop, "return_requests"))
    assert older.keys() < newer.keys()
    assert max(row["date_updated"] for row in older.values()) < world.paths(shop, "return_requests")[0].stem[-10:]
    moved = [key for key in older if older[key]["status"] != newer[key]["status"]]
    assert len(moved) > 5
    fixed = ("order_id", "sku", "quantity", "reason", "date_requested", "comments")
    assert all(older[key][name] == newer[key][name] for key in older for name in fixed)
    assert all(older[key]["date_updated"] < newer[key]["date_updated"] for key in moved)


def test_undelivered_and_lost_parcels_bring_no_return(world, shop):
    never = {
        row["order_id"]
        for row in world.parcels_truth
        if row["merchant_id"] == shop and row["true_outcome"] in ("returned_to_origin", "lost")
    }
    assert never
    assert not never & {row["order_id"] for row in world.returns[shop]}


def test_who_cancelled_is_told(world, shop):
    rows = world.truth_table(f"{shop}_cancellations.csv")
    told = {row["order_id"]: row["cancelled_by"] for row in rows if row["cancelled_by"]}
    status = {record.fields["Order ID"]: record.fields["Order Status"] for record in world.orders[shop]}
    assert {key for key, name in status.items() if name in ("Cancelled", "Declined")} == told.keys()
    assert set(told.values()) == {"customer", "merchant", "payment"}
