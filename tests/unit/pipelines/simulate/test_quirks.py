"""Every property of real exports that formats.md lists is in the files, about as often as it should be."""

from __future__ import annotations

import re
from collections import Counter

import pytest

SHOPS = ("fashion", "home")


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


@pytest.fixture(params=SHOPS)
def shop(request):
    return request.param


def test_item_oddities(world, shop):
    items = world.items(shop)
    names, skus, options = ([item[key] for item in items] for key in ("name", "sku", "options"))
    bounds = {
        "comma": (share(["," in name for name in names]), 0.24, 0.38),
        "pipe": (share(["|" in name for name in names]), 0.001, 0.02),
        "line break": (share(["\n" in name for name in names]), 0.0005, 0.02),
        "colon": (share([" : " in name for name in names]), 0.001, 0.02),
        "double blank": (share(["  " in name for name in names]), 0.002, 0.03),
        "entity": (share([re.search(r"&(#039|quot|amp);", name) is not None for name in names]), 0.002, 0.03),
        "outer blank": (share([name != name.strip(" ") for name in names]), 0.004, 0.03),
        "sku blank": (share([sku != sku.strip(" ") for sku in skus]), 0.001, 0.015),
        "sku empty": (share([sku == "" for sku in skus]), 0.001, 0.02),
        "option value with comma": (share(["Pack Size: 1, 1" in option for option in options]), 0.003, 0.12),
        "option without colon": (share(["? " in option for option in options]), 0.008, 0.025),
        "several options": (share([option.count(": ") > 1 for option in options]), 0.2, 0.99),
        "custom item": (share([item["id"] == "0" for item in items]), 0.006, 0.025),
        "weight": (share([re.fullmatch(r"\d+\.\d{4}", item["weight"]) is not None for item in items]), 1, 1),
    }
    wrong = {key: value for key, (value, low, high) in bounds.items() if not low <= value <= high}
    assert not wrong


def test_entities_in_options(world):
    assert any("5&#039;5&quot; to 5&#039;10&quot;" in item["options"] for item in world.items("fashion"))


def test_buyers(world, shop):
    records = world.orders[shop]
    guests = [record.fields for record in records if record.fields["Customer ID"] == "0"]
    assert 0.06 <= len(guests) / len(records) <= 0.10
    assert all(fields["Customer Name"] == "" and fields["Customer Email"] for fields in guests)
    named = share([record.fields["Customer Name"] != "" for record in records])
    assert named < 1 - len(guests) / len(records)
    billing = [name for name in records[0].fields if name.startswith("Billing ") and "Purchase" not in name]
    assert len(billing) == 11
    blank = [all(record.fields[name] == "" for name in billing) for record in records]
    assert 0.07 <= share(blank) <= 0.13
    assert share([record.fields["Shipping Email"] != "" for record in records]) == 1


def test_dates_are_half_ambiguous(world, shop):
    first, second = zip(
        *(map(int, record.fields["Order Date"].split("/")[:2]) for record in world.orders[shop]), strict=True
    )
    day, month = (first, second) if shop == "fashion" else (second, first)
    assert max(day) == 31
    assert max(month) == 12
    assert 0.3 <= share([value <= 12 for value in day]) <= 0.5


def test_same_product_twice_and_even_the_same_variant(world, shop):
    orders = [record.items for record in world.orders[shop] if record.items]
    twice = identical = 0
    for items in orders:
        products = Counter(item["id"] for item in items if item["id"] != "0")
        variants = Counter((item["id"], item["options"]) for item in items if item["id"] != "0")
        twice += max(products.values(), default=0) > 1
        identical += max(variants.values(), default=0) > 1
    assert 0.004 <= twice / len(orders) <= 0.06
    assert 0 < identical < twice


def test_refunds_and_statuses_disagree(world, shop):
    fields = [record.fields for record in world.orders[shop]]
    assert all(re.fullmatch(r"\d+\.\d{4}", row["Refund Amount"]) for row in fields)
    status = Counter((row["Order Status"], float(row["Refund Amount"]) > 0) for row in fields)
    assert status["Shipped", True] >= 1
    assert status["Refunded", False] >= 1
    assert status["Refunded", True] > status["Refunded", False]
    assert status["Partially refunded", True] > 10
    assert all(float(row["Refund Amount"]) <= float(row["Order Total (inc tax)"]) for row in fields)


def test_statuses_are_sentence_case_with_one_of_the_merchants_own(world, shop):
    statuses = {record.fields["Order Status"] for record in world.orders[shop]}
    assert {"Awaiting fulfillment", "Partially shipped", "Cancelled", "Declined", "Completed"} <= statuses
    assert ("Returned to store" if shop == "fashion" else "退回門市") in statuses
    assert not any(re.search(r" [A-Z]", status) for status in statuses)


def test_shipped_quantities(world, shop):
    fields = [record.fields for record in world.orders[shop]]
    shipped = [row for row in fields if row["Order Status"] == "Shipped"]
    quantities = [(int(row["Total Shipped"]), int(row["Total Quantity"])) for row in shipped]
    # A total that is broken on purpose may be one too high.
    assert 0.012 <= share([sent < ordered for sent, ordered in quantities]) <= 0.04
    waiting = [row for row in fields if row["Order Status"].startswith("Awaiting")]
    assert waiting
    assert all(row["Date Shipped"] == "" and row["Total Shipped"] == "0" for row in waiting)


def test_texts_with_line_breaks(world, shop):
    fields = [record.fields for record in world.orders[shop]]
    for column in ("Customer Message", "Order Notes"):
        assert 0.0005 <= share(["\n" in row[column] for row in fields]) <= 0.03
    messages = "".join(row["Customer Message"] for row in fields)
    assert ("\r\n" in messages) == (shop == "fashion")


def test_gift_certificates(world, shop):
    paid = [
        record
        for record in world.orders[shop]
        if record.money("Order Total (inc tax)") == 0 and record.money("Subtotal (inc tax)") > 0
    ]
    assert 1 <= len(paid) <= 0.01 * len(world.orders[shop])
    assert all(record.money("Gift Certificate Amount Redeemed") > 0 for record in paid)
    assert all(record.fields["Gift Certificate Code"].startswith("GC-") for record in paid)


def test_currencies_and_tax(world):
    home = world.orders["home"]
    foreign = [record.fields for record in home if record.fields["Order Currency Code"] != "TWD"]
    assert 2 <= len(foreign) <= 0.01 * len(home)
    assert all(re.fullmatch(r"\d+\.\d{10}", record.fields["Exchange Rate"]) for record in home)
    assert all(float(row["Exchange Rate"]) != 1 for row in foreign)
    taxed = share([record.money("Tax Total") > 0 for record in home])
    assert 0.2 <= taxed <= 0.4
    assert {record.fields["Channel Name"] for record in home} == {"Storefront", "Shopee", "門市 POS"}
    assert any(record.fields["Billing Purchase Order #"].startswith("PO-") for record in home)
    for record in world.orders["fashion"]:
        assert record.fields["Order Currency Code"] == "USD"
        assert record.fields["Exchange Rate"] == "1.0000000000"
        assert record.money("Tax Total") == 0


def test_truth_counts_the_oddities_that_the_files_hold(world, shop):
    told = world.truth[shop]["item_oddities"]
    items = world.items(shop)
    damaged = 6 * sum(row["shop"] == shop for row in world.broken)
    found = {
        "name_comma": sum("," in item["name"] for item in items),
        "name_pipe": sum("|" in item["name"] for item in items),
        "sku_empty": sum(item["sku"] == "" for item in items),
        "product_id_zero": sum(item["id"] == "0" for item in items),
    }
    assert all(0 <= told[key] - count <= damaged for key, count in found.items())
    guests = sum(record.fields["Customer ID"] == "0" for record in world.orders[shop])
    assert world.truth[shop]["order_oddities"]["guest"] == guests
