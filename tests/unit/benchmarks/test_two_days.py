"""Two days of exports: what the second tells is new or has changed, and nothing is lost between them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.processes import python, run_process

ORDERS, DAY_ORDERS = 6_000, 80


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[Path]]]:
    folder = tmp_path_factory.mktemp("two-days")
    options = ["--orders", str(ORDERS), "--day-orders", str(DAY_ORDERS)]
    _, printed = run_process(python("-m", "benchmarks.two_days", "--output", str(folder), *options))
    return {
        day: {shop: [Path(path) for path in paths] for shop, paths in shops.items()}
        for day, shops in json.loads(printed).items()
    }


def rows(days: dict[str, dict[str, list[Path]]], day: str, shop: str, kind: str) -> list[dict[str, str]]:
    found = []
    for path in days[day][shop]:
        if path.name.startswith(kind):
            with path.open(encoding="utf-8", newline="") as file:
                found += list(csv.DictReader(file))
    return found


SHOPS = ("fashion", "home")


def test_the_day_brings_as_many_new_orders_as_asked(days: dict) -> None:
    first = [row["Order ID"] for shop in SHOPS for row in rows(days, "first", shop, "orders-")]
    day = [row["Order ID"] for shop in SHOPS for row in rows(days, "day", shop, "orders-")]
    assert len(first) == len(set(first)) == ORDERS
    assert len(day) == len(set(day))
    assert len(set(day) - set(first)) == DAY_ORDERS
    assert max(int(number) for number in first if len(number) == 6) < min(
        int(number) for number in set(day) - set(first) if len(number) == 6
    )


@pytest.mark.parametrize("shop", SHOPS)
def test_older_orders_of_the_day_have_changed(days: dict, shop: str) -> None:
    before = {row["Order ID"]: row for row in rows(days, "first", shop, "orders-")}
    again = [row for row in rows(days, "day", shop, "orders-") if row["Order ID"] in before]
    assert again
    changed = Counter(name for row in again for name in row if row[name] != before[row["Order ID"]][name])
    assert all(any(row[name] != before[row["Order ID"]][name] for name in row) for row in again)
    assert set(changed) == {"Order Status", "Total Shipped", "Date Shipped", "Refund Amount"}


@pytest.mark.parametrize("shop", SHOPS)
def test_parcels_and_messages_are_told_once(days: dict, shop: str) -> None:
    first = [row["SHIPMENT ID"] for row in rows(days, "first", shop, "shipments-")]
    day = [row["SHIPMENT ID"] for row in rows(days, "day", shop, "shipments-")]
    assert day
    assert not set(first) & set(day)
    shipped = {row["ORDER ID"] for part in ("first", "day") for row in rows(days, part, shop, "shipments-")}
    orders = [row for part in ("first", "day") for row in rows(days, part, shop, "orders-")]
    newest = {row["Order ID"]: row for row in orders}
    assert {number for number, row in newest.items() if row["Date Shipped"]} <= shipped

    def moments(part: str) -> list[str]:
        (path,) = [path for path in days[part][shop] if path.suffix == ".jsonl"]
        messages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [message["timestamp"] for message in messages if message["timestamp"].endswith("Z")]

    assert max(moments("first")) < min(moments("day"))


@pytest.mark.parametrize("shop", SHOPS)
def test_the_day_tells_requests_that_are_new_or_changed(days: dict, shop: str) -> None:
    before = {row["return_id"]: row for row in rows(days, "first", shop, "returns-")}
    day = rows(days, "day", shop, "returns-")
    assert [row for row in day if row["return_id"] not in before]
    again = [row for row in day if row["return_id"] in before]
    assert again
    assert all(row["date_updated"] > before[row["return_id"]]["date_updated"] for row in again)


def test_files_are_named_by_their_day_and_no_catalogue_is_in_the_second(days: dict) -> None:
    for shop in SHOPS:
        assert {path.stem[-10:] for path in days["day"][shop]} == {"2026-11-01"}
        assert max(path.stem[-10:] for path in days["first"][shop]) < "2026-11-01"
        assert {path.name[:6] for path in days["day"][shop]} == {"orders", "shipme", "clickp", "return"}
