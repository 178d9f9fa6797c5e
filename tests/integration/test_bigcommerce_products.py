"""Products exports of both generations and the SKU inventory through the real ingest: the quirks of each format."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from what_is_here import FORMATS, needs_shared

from pipelines.build import merge_core
from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.ingest.staging import unite
from pipelines.restaging import restage
from pipelines.settings import load_settings, write_home
from pipelines.sources import recognise
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator

DATA = Path(__file__).resolve().parents[1] / "data"
MODERN = DATA / "bigcommerce_products" / "sample.csv"
BULK_EDIT = DATA / "bigcommerce_products_bulk_edit" / "sample.csv"
OLDER = DATA / "bigcommerce_products_bulk_edit" / "older_with_gps.csv"
INVENTORY = DATA / "bigcommerce_sku_inventory" / "sku-inventory-2026-03-16.csv"
AGE = datetime(2026, 3, 16, 12)


@pytest.fixture
def warehouse(tmp_path: Path) -> Generator[Warehouse]:
    write_home(tmp_path / "home")
    with open_warehouse(load_settings(tmp_path / "home"), "test") as opened:
        yield opened


def load(warehouse: Warehouse, *paths: Path) -> list[FileResult]:
    merchant = warehouse.settings.merchants["demo"]
    return list(ingest_files(warehouse, merchant, paths, IngestOptions(as_of=AGE)))


def ask(warehouse: Warehouse, query: str) -> list[tuple]:
    return warehouse.connection.execute(query).fetchall()


def attributes(warehouse: Warehouse, table: str, product_id: str) -> dict:
    query = f"select attributes from staging.{table} where product_id = '{product_id}' and variant_id = '-'"
    return json.loads(ask(warehouse, query)[0][0])


def edited(path: Path, target: Path, *changes: tuple[str, str]) -> Path:
    """A copy of a sample with some texts replaced, each of which must stand in it."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    target.write_text(text, encoding="utf-8")
    return target


@pytest.mark.parametrize(
    ("path", "source", "records"),
    [
        (MODERN, "bigcommerce_products", 7),
        (BULK_EDIT, "bigcommerce_products_bulk_edit", 8),
        (OLDER, "bigcommerce_products_bulk_edit", 2),
        (INVENTORY, "bigcommerce_sku_inventory", 2),
    ],
)
def test_a_sample_loads_completely(warehouse: Warehouse, path: Path, source: str, records: int) -> None:
    (result,) = load(warehouse, path)
    assert (result.status, result.source, result.quarantine) == ("loaded", source, [])
    assert result.records_in == result.records_loaded == records


PRODUCTS = "product_id, variant_id, sku, product_options, product_name, list_price_amount::double, weight::double"


def test_variants_follow_their_product_and_take_over_what_is_blank(warehouse: Warehouse) -> None:
    load(warehouse, MODERN)
    assert ask(warehouse, f"select {PRODUCTS} from staging.bigcommerce__products order by record_number") == [
        ("101", "-", "SKU-001", None, "Sample Coffee, 12 oz", 25.95, 0.75),
        ("101", "77", "SKU-001-12", "Bag Size: 12 oz", "Sample Coffee, 12 oz", 24.95, 0.75),
        ("101", "78", "SKU-001-1", "Bag Size: 1, 12 oz pack, Colour: Red", "Sample Coffee, 12 oz", 25.95, 0.75),
        ("102", "-", "LA-4", None, "Desk lamp", 129.0, 1.2),
        ("103", "-", None, None, "Brewing guide", 5.0, None),
    ]
    query = (
        "select distinct category_ids, supplier, description_text, unit_cost_amount::double, is_visible, currency_code"
        " from staging.bigcommerce__products where product_id = '101'"
    )
    assert ask(warehouse, query) == [("350;263", "Invented Farms", "Dark & strong.", 10.0, True, "USD")]


def test_zero_means_no_price_and_false_means_hidden(warehouse: Warehouse) -> None:
    load(warehouse, MODERN)
    query = (
        "select sale_price_amount::double, unit_cost_amount, is_visible, width::double from"
        " staging.bigcommerce__products where product_id in ('102', '103') order by product_id"
    )
    assert ask(warehouse, query) == [(99.5, None, False, 10.5), (None, None, True, 0.0)]


def test_what_no_column_takes_is_kept(warehouse: Warehouse) -> None:
    load(warehouse, MODERN)
    kept = attributes(warehouse, "bigcommerce__products", "101")
    assert kept["brand_id"] == "35" and kept["channels"] == "1" and kept["type"] == "physical"
    assert kept["custom_fields"] == {"Roast": "Dark"}
    assert kept["Meta Keywords"] == "coffee;dark"
    assert "Image Description" not in kept and "Current Stock" not in kept


def test_pictures_and_films_are_records_of_their_product(warehouse: Warehouse) -> None:
    load(warehouse, MODERN)
    query = "select item_kind, item_id, product_id from staging.bigcommerce__product_records order by record_number"
    assert ask(warehouse, query)[3:5] == [("image", "11", "101"), ("video", "5", "101")]


STOCK = "stock_item_id, sku, product_id, variant_id, stock_quantity, low_stock_quantity, observed_at"


def test_stock_is_read_where_it_is_kept(warehouse: Warehouse) -> None:
    load(warehouse, MODERN)
    assert ask(warehouse, f"select {STOCK} from staging.bigcommerce__stock_levels order by record_number") == [
        ("SKU-001-12", "SKU-001-12", "101", "77", 40, 5, AGE),
        ("SKU-001-1", "SKU-001-1", "101", "78", 0, None, AGE),
        ("LA-4", "LA-4", "102", "-", 3, 1, AGE),
    ]


def test_the_bulk_edit_export_by_product_and_sku(warehouse: Warehouse) -> None:
    """Blanks before Item Type and names, rules of prices, commas in options, thousands separators."""
    load(warehouse, BULK_EDIT)
    query = f"select {PRODUCTS} from staging.bigcommerce_bulk_edit__products order by record_number"
    assert ask(warehouse, query) == [
        ("101", "-", "SKU-001", None, "Sample Coffee, 12 oz", 25.95, 0.75),
        ("101", "1", "SKU-001-12", "Bag Size: 12 oz", "Sample Coffee, 12 oz", 24.95, 0.75),
        ("101", "2", "SKU-001-1", "Bag Size: 1, 12 oz pack, Colour: Red", "Sample Coffee, 12 oz", 27.95, 0.75),
        ("101", "3", None, "Bag Size: 5 lb", "Sample Coffee, 12 oz", 25.95, 5.25),
        ("102", "-", "LA-4", None, 'Desk lamp, "Sun"', 1299.0, 1.2),
        ("103", "-", None, None, "Brewing guide", 5.0, None),
    ]
    query = (
        "select distinct brand, category_path, supplier, fulfilment_type, sale_price_amount::double, description_text"
        " from staging.bigcommerce_bulk_edit__products where product_id = '101'"
    )
    description = 'Dark & strong. Café blend 8\'s "best"'
    assert ask(warehouse, query) == [
        ("Invented Roasters", "Coffee > Blends", "Invented Farms", "drop_ship", 23.95, description)
    ]
    query = (
        "select supplier, fulfilment_type, is_visible from staging.bigcommerce_bulk_edit__products"
        " where product_id = '102'"
    )
    assert ask(warehouse, query) == [("Lamps & Co", "own", False)]


def test_the_bulk_edit_exports_attributes(warehouse: Warehouse) -> None:
    """All categories, a literal slash, fields that are no supplier; long numbers of known columns are not masked."""
    load(warehouse, BULK_EDIT)
    kept = attributes(warehouse, "bigcommerce_bulk_edit__products", "101")
    assert kept["categories"] == "Coffee > Blends;Gifts;Brand Names > Big/Small"
    assert kept["custom_fields"] == {"Roast": "Dark", "Origin": "Sample; washed"}
    assert kept["upc_ean"] == "012345678905" and kept["retail_price"] == "29.95"
    assert not [name for name in kept if "Image" in name or "Stock" in name]
    assert "categories" not in attributes(warehouse, "bigcommerce_bulk_edit__products", "102")


def test_stock_of_the_bulk_edit_export(warehouse: Warehouse) -> None:
    """By option at the SKUs, also below 0 and without a code; by product at the product; none nowhere."""
    load(warehouse, BULK_EDIT)
    query = f"select {STOCK} from staging.bigcommerce_bulk_edit__stock_levels order by record_number"
    assert ask(warehouse, query) == [
        ("SKU-001-12", "SKU-001-12", "101", "1", 40, 5, AGE),
        ("SKU-001-1", "SKU-001-1", "101", "2", -2, None, AGE),
        ("101/3", None, "101", "3", 7, None, AGE),
        ("LA-4", "LA-4", "102", "-", 3, 1, AGE),
    ]


def test_more_pictures_and_older_columns_change_no_product(warehouse: Warehouse) -> None:
    """Files of one store differ in their picture columns; a product's content must not."""
    load(warehouse, BULK_EDIT, OLDER)
    query = "select distinct attributes from staging.bigcommerce_bulk_edit__products where product_id = '103'"
    assert len(ask(warehouse, query)) == 1
    assert attributes(warehouse, "bigcommerce_bulk_edit__products", "90")["GPS Gender"] == "unisex"
    assert "Image" not in str(ask(warehouse, "select attributes from raw.bigcommerce_bulk_edit__products"))


def test_the_sku_inventory(warehouse: Warehouse) -> None:
    (result,) = load(warehouse, INVENTORY)
    assert result.records_loaded == 2
    query = f"select {STOCK} from staging.stock_levels order by record_number"
    unite(warehouse)
    assert ask(warehouse, query) == [
        ("SKU-001-12", "SKU-001-12", None, None, 40, None, AGE),
        ("LA-4", "LA-4", None, None, -1, None, AGE),
    ]
    query = "select attributes ->> 'width', attributes ->> 'upc_ean' from staging.stock_levels order by record_number"
    assert ask(warehouse, query) == [("1.0000", "012345678905"), ("10.5000", None)]


def test_a_row_before_any_product_is_quarantined(warehouse: Warehouse, tmp_path: Path) -> None:
    lines = MODERN.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "products.csv"
    path.write_text("".join([lines[0], lines[2], lines[1], *lines[3:]]), encoding="utf-8")
    (result,) = load(warehouse, path)
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (7, 6, 1)
    assert (result.quarantine[0]["rule"], result.quarantine[0]["first_line"]) == ("item_before_product", 2)


def test_rows_of_a_rejected_product_are_given_to_no_other(warehouse: Warehouse, tmp_path: Path) -> None:
    (result,) = load(warehouse, edited(BULK_EDIT, tmp_path / "p.csv", ("Product,102,", "Product,LA,")))
    assert [rule["rule"] for rule in result.quarantine] == ["product_id_number"]
    (result,) = load(warehouse, edited(BULK_EDIT, tmp_path / "q.csv", ("Product,101,", "Product,,")))
    assert {rule["rule"]: rule["count"] for rule in result.quarantine} == {
        "product_id_number": 1,
        "product_row_rejected": 5,
    }
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (8, 2, 6)


def test_rows_behind_an_unknown_kind_or_an_unreadable_record_have_no_certain_product(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    (result,) = load(warehouse, edited(MODERN, tmp_path / "kind.csv", ("Variant,77", "Bundle,77")))
    rules = {rule["rule"]: rule["count"] for rule in result.quarantine}
    assert rules == {"item_kind_known": 1, "product_row_rejected": 3}
    lines = MODERN.read_text(encoding="utf-8").splitlines(keepends=True)
    torn = tmp_path / "torn.csv"
    torn.write_text("".join([*lines[:2], lines[2].replace("\n", "one,more\n"), *lines[3:]]), encoding="utf-8")
    (result,) = load(warehouse, torn)
    rules = {rule["rule"]: rule["count"] for rule in result.quarantine}
    assert rules == {"field_count": 1, "product_uncertain": 3}
    assert result.records_in == result.records_loaded + result.records_quarantined


def test_a_blank_row_between_products_and_variants_does_no_harm(warehouse: Warehouse, tmp_path: Path) -> None:
    (result,) = load(warehouse, edited(MODERN, tmp_path / "blank.csv", ("Variant,77", f"{',' * 49}\nVariant,77")))
    assert (result.status, result.blank_records, result.quarantine) == ("loaded", 1, [])


def test_a_bad_cell_costs_the_cell_and_leaves_the_product(warehouse: Warehouse, tmp_path: Path) -> None:
    changes = (("129,0,0,99.5", "free,0,0,-1"), ("1.2,10.5,0,0,FALSE", "1.2,10.5,0,0,perhaps"))
    (result,) = load(warehouse, edited(MODERN, tmp_path / "bad.csv", *changes))
    assert (result.records_loaded, result.records_quarantined, result.cells_quarantined) == (7, 0, 3)
    assert sorted(str(rule["rule"]) for rule in result.quarantine) == [
        "is_visible_known", "price_number", "sale_price_number",
    ]  # fmt: skip
    query = (
        "select product_name, list_price_amount, sale_price_amount, is_visible, weight::double"
        " from staging.bigcommerce__products where product_id = '102'"
    )
    assert ask(warehouse, query) == [("Desk lamp", None, None, None, 1.2)]


def test_bad_options_fields_and_rules_are_quarantined(warehouse: Warehouse, tmp_path: Path) -> None:
    changes = (("[S]Bag Size=5 lb", "Five pounds"), ("Vendor=Lamps", "made of tin;Vendor=Lamps"), ("[ADD]2.00", "+2"))
    (result,) = load(warehouse, edited(BULK_EDIT, tmp_path / "bad.csv", *changes))
    assert {rule["rule"]: rule["column"] for rule in result.quarantine} == {
        "product_name_grammar": "product_name",
        "product_custom_fields_grammar": "product_custom_fields",
        "rule_price_grammar": "price",
    }
    assert result.records_in == result.records_loaded == 8
    query = (
        "select variant_id, product_options, list_price_amount::double from"
        " staging.bigcommerce_bulk_edit__products where variant_id in ('2', '3') order by all"
    )
    assert ask(warehouse, query) == [("2", "Bag Size: 1, 12 oz pack, Colour: Red", 25.95), ("3", None, 25.95)]


def test_two_rules_of_one_sku_are_not_applied(warehouse: Warehouse, tmp_path: Path) -> None:
    changes = (("SKU-001-1,,,,,,[ADD]2.00", "SKU-001-12,,,,,,[ADD]2.00"),)
    (result,) = load(warehouse, edited(BULK_EDIT, tmp_path / "rules.csv", *changes))
    assert not result.quarantine
    query = "select list_price_amount::double from staging.bigcommerce_bulk_edit__products where variant_id = '1'"
    assert ask(warehouse, query) == [(25.95,)]


def test_a_bad_stock_cell_leaves_the_product(warehouse: Warehouse, tmp_path: Path) -> None:
    (result,) = load(warehouse, edited(MODERN, tmp_path / "bad.csv", ('12 oz",,40,5', '12 oz",,forty,5')))
    assert [rule["rule"] for rule in result.quarantine] == ["current_stock_whole"], result.quarantine
    assert len(ask(warehouse, "select 1 from staging.bigcommerce__products where variant_id = '77'")) == 1


def test_a_changed_page_becomes_a_version_and_stock_does_not(warehouse: Warehouse, tmp_path: Path) -> None:
    """Three exports: the stock moves, then the price; two versions of the page, three levels of stock."""
    merchant = warehouse.settings.merchants["demo"]
    moved = edited(MODERN, tmp_path / "products-2026-03-17.csv", ('12 oz",,40,5', '12 oz",,39,5'))
    dearer = edited(moved, tmp_path / "products-2026-03-18.csv", ("39,5,24.95", "38,5,26.95"))
    for number, path in enumerate((MODERN, moved, dearer)):
        list(ingest_files(warehouse, merchant, [path], IngestOptions(as_of=AGE + timedelta(days=number))))
    restage(warehouse)
    merge_core(warehouse)
    page = "list_price_amount::double from core.{} where product_id = '101' and variant_id = '77'"
    assert ask(warehouse, f"select {page.format('products')}") == [(26.95,)]
    history = ask(warehouse, f"select valid_from, valid_to, {page.format('products_history')}")
    assert history == [(AGE, AGE + timedelta(days=2), 24.95)]
    query = "select stock_quantity from core.stock_levels where stock_item_id = 'SKU-001-12' order by observed_at"
    assert ask(warehouse, query) == [(40,), (39,), (38,)]


def test_headers_are_told_apart() -> None:
    for path, source in ((MODERN, "bigcommerce_products"), (BULK_EDIT, "bigcommerce_products_bulk_edit")):
        header = path.read_text(encoding="utf-8").splitlines()[0].replace('"', "").split(",")
        assert recognise([name.upper() for name in reversed(header)], path.name).name == source


@pytest.mark.real_data
@needs_shared("formats")
def test_the_shared_samples_load_completely(warehouse: Warehouse) -> None:
    results = load(warehouse, *sorted(FORMATS.glob("bigcommerce_products_*.csv")))
    assert [(result.source, result.records_loaded, result.quarantine) for result in results] == [
        ("bigcommerce_products_bulk_edit", 3, []),
        ("bigcommerce_products", 3, []),
    ]
    columns = (
        "product_id, variant_id, sku, product_options, product_name, description_text, category_path, category_ids"
    )
    numbers = "list_price_amount::double, unit_cost_amount::double, weight::double, is_visible"
    unite(warehouse)
    name, html = "Sample Coffee, 12 oz", 'Sample "HTML" description'
    assert ask(warehouse, f"select {columns}, {numbers} from staging.products order by category_path, sku") == [
        ("101", "-", "SKU-001", None, name, html, "Coffee > Blends", None, 25.95, 10.0, 0.75, True),
        ("101", "1", "SKU-001-12", "Bag Size: 12 oz", name, html, "Coffee > Blends", None, 25.95, 10.0, 0.75, True),
        ("101", "-", "SKU-001", None, name, "Sample", None, "350;263", 25.95, 10.0, 0.75, True),
        ("101", "77", "SKU-001-12", "Bag Size: 12 oz", name, "Sample", None, "350;263", 25.95, 10.0, 0.75, True),
    ]
    assert attributes(warehouse, "bigcommerce_bulk_edit__products", "101")["custom_fields"] == {
        "Roast": "Dark",
        "Origin": "Sample",
    }
    assert ask(
        warehouse, "select distinct stock_item_id, stock_quantity, low_stock_quantity from staging.stock_levels"
    ) == [("SKU-001-12", 40, 5)]
