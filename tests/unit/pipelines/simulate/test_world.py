"""The simulation as a whole: determinism, layout, counts, period, separate shops."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines.simulate import SHOPS, simulate

UNTIL = dt.date(2026, 11, 1)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_arguments_give_the_same_bytes_and_another_seed_another_world(tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        simulate(tmp_path / name, orders=800, seed=seed, until=UNTIL)
    first, again, other = (contents(tmp_path / name) for name in "abc")
    assert first == again
    # The day on which pages are revised is drawn as well, so one product file may bear another date.
    undated = [{name[:-14] if "products" in name else name for name in files} for files in (first, other)]
    assert undated[0] == undated[1]
    csv_files = [name for name in first if name.endswith((".csv", ".jsonl")) and "broken" not in name]
    dated = {name for name in csv_files if other.get(name)}
    assert all(first[name] != other[name] for name in dated)


def test_files_are_where_the_summary_says(world):
    summary = world.summary
    for shop in ("fashion", "home"):
        assert summary.orders_files[shop] == summary.output / shop / "orders-2026-11-01.csv"
        assert summary.returns_files[shop] == summary.output / shop / "returns-2026-11-01.csv"
    assert all(path.is_file() for path in summary.truth_files)
    assert {path.name for path in summary.truth_files} == {
        *(f"{shop}_{name}.csv" for shop in ("fashion", "home") for name in ("returns", "products", "cancellations")),
        "planted.json",
        "parcels_truth.csv",
        "broken_cells.csv",
        "summary.json",
    }


def test_counts_of_the_truth_are_those_of_the_files(world):
    assert world.summary.order_count == sum(len(records) for records in world.orders.values()) == 10_000
    assert world.summary.return_count == sum(len(rows) for rows in world.returns.values())
    assert world.summary.line_count == sum(world.truth[shop]["line_count"] for shop in world.orders)
    assert world.summary.planted_count == len(world.planted)
    for shop, records in world.orders.items():
        truth = world.truth[shop]
        parsed = sum(len(record.items or []) for record in records)
        damaged = sum(row["shop"] == shop for row in world.broken)
        assert truth["order_count"] == len(records)
        assert truth["return_count"] == len(world.returns[shop])
        assert truth["returned_unit_count"] == sum(int(row["quantity"]) for row in world.returns[shop])
        assert 0 <= truth["line_count"] - parsed <= 6 * damaged


@pytest.mark.parametrize("orders", [10, 500])
def test_small_worlds_work(tmp_path, orders):
    summary = simulate(tmp_path, orders=orders, seed=1, until=UNTIL, months=2)
    assert summary.order_count == orders
    assert summary.orders_files["home"].read_bytes().count(b"\n") > orders * 0.4


@pytest.mark.parametrize("wrong", [{"orders": 9}, {"months": 0}, {"seed": -1}, {"broken_share": 1.5}])
def test_arguments_out_of_range_are_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="out of range"):
        simulate(tmp_path, until=UNTIL, **wrong)


def test_progress_names_the_shop(tmp_path):
    told: list[str] = []
    simulate(tmp_path, orders=100, seed=1, until=UNTIL, progress=told.append)
    assert all(any(shop.name in text for text in told) for shop in SHOPS)


def test_orders_lie_in_the_period_and_ids_rise_with_time(world):
    for shop, records in world.orders.items():
        dates = [world.date(shop, record.fields["Order Date"]) for record in records]
        ids = [int(record.fields["Order ID"]) for record in records]
        assert dates == sorted(dates)
        assert all(before < after for before, after in pairwise(ids))
        assert dt.date(2025, 5, 1) <= dates[0] < dt.date(2025, 5, 8)
        assert dt.date(2026, 10, 25) < dates[-1] < UNTIL


def test_shops_are_not_mixed(world):
    fashion, home = world.orders["fashion"], world.orders["home"]
    ids = [{record.fields["Order ID"] for record in records} for records in (fashion, home)]
    assert not ids[0] & ids[1]
    prefixes = {"fashion": ("MF-", "CUSTOM"), "home": ("QR-", "CUSTOM")}
    for shop, allowed in prefixes.items():
        skus = {item["sku"].strip() for item in world.items(shop)} - {""}
        assert all(sku.startswith(allowed) for sku in skus)
        own = {record.fields["Order ID"] for record in world.orders[shop]}
        assert {row["order_id"] for row in world.returns[shop]} <= own
        assert {row["return_id"] for row in world.returns_truth[shop]} == {
            row["return_id"] for row in world.returns[shop]
        }
    emails = [{record.fields["Customer Email"] for record in records} for records in (fashion, home)]
    assert not emails[0] & emails[1]


def test_demand_is_uneven(world):
    """Some products sell far more than others, and a sale week more than an ordinary one."""
    sold: dict[str, int] = {}
    for item in world.items("fashion"):
        sold[item["id"]] = sold.get(item["id"], 0) + 1
    ranked = sorted(sold.values(), reverse=True)
    assert sum(ranked[: len(ranked) // 5]) > 0.45 * sum(ranked)
    days = [world.date("home", record.fields["Order Date"]) for record in world.orders["home"]]
    sale = sum(dt.date(2025, 11, 9) <= day <= dt.date(2025, 11, 12) for day in days) / 4
    assert sale > 1.7 * len(days) / 549


def test_people_are_invented_and_come_back(world):
    for records in world.orders.values():
        accounts = [record.fields["Customer ID"] for record in records if record.fields["Customer ID"] != "0"]
        assert 0.4 < len(set(accounts)) / len(accounts) < 0.9
        assert all(record.fields["Customer Email"].endswith("@example.com") for record in records)
        assert all("555-01" in record.fields["Customer Phone"] for record in records)
