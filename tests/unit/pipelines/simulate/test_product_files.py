"""Product, stock and policy files: headers, versions, agreement with what is sold."""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from pathlib import Path

import pytest

from pipelines.simulate.products_csv import INVENTORY_COLUMNS, MODERN_COLUMNS, legacy_columns

SAMPLES = Path(__file__).parents[5] / "shared/data/formats"
SOURCES = {"fashion": "bigcommerce_products_bulk_edit", "home": "bigcommerce_products"}


@pytest.fixture(params=["fashion", "home"])
def shop(request):
    return request.param


def header_of(path: Path) -> tuple[str, ...]:
    return tuple(next(csv.reader(path.read_text(encoding="utf-8-sig").splitlines())))


def test_headers_are_the_real_ones(world):
    legacy = header_of(world.paths("fashion", SOURCES["fashion"])[0])
    assert legacy == legacy_columns((len(legacy) - len(legacy_columns(0))) // 5)
    assert header_of(world.paths("home", SOURCES["home"])[0]) == MODERN_COLUMNS
    assert len(MODERN_COLUMNS) == 50
    assert len(legacy_columns(7)) == 87
    if SAMPLES.exists():
        assert header_of(SAMPLES / "bigcommerce_products_legacy_bulkedit_SYNTHETIC.csv") == legacy_columns(7)
        assert header_of(SAMPLES / "bigcommerce_products_v3_SYNTHETIC.csv") == MODERN_COLUMNS


def products(rows, shop):
    """Product id to its row; child rows know their parent by order only."""
    kind, key = ("Item Type", "Product ID") if shop == "fashion" else ("Item", "ID")
    return {row[key]: row for row in rows if row[kind] == "Product"}


def test_every_sold_sku_has_a_row_under_its_product(world, shop):
    rows = world.tables(shop, SOURCES[shop])[0]
    kind, key, sku = ("Item Type", "Product ID", "Product Code/SKU") if shop == "fashion" else ("Item", "ID", "SKU")
    parent, listed = None, set()
    for row in rows:
        if row[kind] == "Product":
            parent = row[key]
        elif row[kind].strip() in ("SKU", "Variant"):
            listed.add((parent, row[sku]))
    sold = {(item["id"], item["sku"]) for item in world.items(shop) if item["id"] != "0"}
    assert sold <= listed


def test_two_files_show_two_versions(world, shop):
    first, second = (products(rows, shop) for rows in world.tables(shop, SOURCES[shop]))
    assert first.keys() == second.keys()
    names = {
        "fashion": ("Price", "Product Name", "Product Description", "Product Custom Fields"),
        "home": ("Price", "Name", "Description", "Custom Fields"),
    }[shop]
    for name in names:
        changed = sum(first[key][name] != second[key][name] for key in first)
        assert 1 <= changed <= 0.2 * len(first), name


def test_orders_are_priced_and_named_by_the_version_of_their_day(world, shop):
    truth = world.truth_table(f"{shop}_products.csv")
    revised = dt.date.fromisoformat(truth[0]["revision_date"])
    assert world.paths(shop, SOURCES[shop])[1].stem.endswith((revised + dt.timedelta(days=3)).isoformat())
    name = {"fashion": "Product Name", "home": "Name"}[shop]
    first, second = (products(rows, shop) for rows in world.tables(shop, SOURCES[shop]))
    renamed = {key for key in first if first[key][name] != second[key][name]}
    for record in world.orders[shop]:
        day = world.date(shop, record.fields["Order Date"])
        for item in record.items or []:
            if item["id"] in renamed:
                assert item["name"] == (second if day >= revised else first)[item["id"]][name]


def test_inventory_lists_every_sku_once_and_shows_a_stock_out_only_if_planted(world, shop):
    before, last = world.tables(shop, "bigcommerce_sku_inventory")
    assert tuple(before[0]) == INVENTORY_COLUMNS
    skus = [row["Product SKU"] for row in before]
    assert len(set(skus)) == len(skus)
    out = {row["Product SKU"] for row in before if int(row["Stock Level"]) <= 0} - {"CUSTOM-1", "CUSTOM-2", "CUSTOM-3"}
    planted = {p["sku"] for p in world.planted if p["kind"] == "stock_out" and p["merchant_id"] == shop}
    assert out == planted
    assert all(int(row["Stock Level"]) > 0 for row in last if not row["Product SKU"].startswith("CUSTOM"))


def test_policies_have_versions_one_after_the_other(world, shop):
    (path,) = world.paths(shop, "policy_file")
    versions = tomllib.loads(path.read_text(encoding="utf-8"))["versions"]
    assert len(versions) >= 2
    days = [version["valid_from"] for version in versions]
    assert days == sorted(set(days))
    assert days[0] < dt.date(2025, 5, 1)
    assert all(version["window_clock"] == "delivered" for version in versions)
    assert versions[0]["exchange"] != versions[1]["exchange"]
