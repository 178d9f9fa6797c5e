"""Amazon's and Shopify's orders through the real ingest: lines, money, dates, what becomes of each row."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from ingested_files import SAMPLES, ask, changed_copy, empty_warehouse, load, row, words
from what_is_here import FORMATS, needs_shared

from pipelines.build import merge_core

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from pipelines.warehouse import Warehouse

RECORDS = {
    "amazon_orders/archived_japan.txt": 1,
    "amazon_orders/columns_29_later.txt": 2,
    "amazon_orders/columns_32.txt": 5,
    "shopify_orders/export_79.csv": 3,
    "shopify_orders/help_page_spelling.csv": 1,
}
"""Records of each sample."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Generator[Warehouse]:
    with empty_warehouse(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("name", RECORDS)
def test_a_sample_loads_completely(warehouse: Warehouse, name: str) -> None:
    (result,) = load(warehouse, name)
    assert (result.status, result.source, result.quarantine) == ("loaded", name.split("/")[0], [])
    assert result.records_loaded == RECORDS[name]


def test_every_sample_has_its_test() -> None:
    folders = {name.split("/")[0] for name in RECORDS}
    assert {f"{folder}/{path.name}" for folder in folders for path in (SAMPLES / folder).iterdir()} == set(RECORDS)


def test_nothing_personal_reaches_raw(warehouse: Warehouse) -> None:
    load(warehouse, *RECORDS)
    for table in ("amazon__orders", "shopify__orders"):
        everything = words(warehouse, f"raw.{table}")
        for value in (
            "@example.com",
            "Robin Sample",
            "Invented Road",
            "pringfield",
            "SPRINGFIELD",
            "5550",
            "62701",
            "PO 77",
        ):
            assert value not in everything, table


def test_the_newer_report_of_orders_wins_by_its_own_dates(warehouse: Warehouse) -> None:
    results = load(warehouse, "amazon_orders/columns_29_later.txt", "amazon_orders/columns_32.txt")
    assert [result.as_of for result in results] == ["2026-03-01T09:00:00", "2026-02-22T22:07:59"]
    assert results[0].as_of_evidence == "newest last_updated_date in the file"
    merge_core(warehouse)
    query = "select order_id, status_raw, placed_date, total_amount::double from core.orders order by order_id"
    assert ask(warehouse, query) == [
        ("701-1000001-1000001", "Shipped - Delivered to Buyer", date(2026, 2, 19), 108.22),
        ("701-1000002-1000002", "Shipped", date(2026, 2, 19), 45.0),
        ("701-1000009-1000009", "Cancelled", date(2026, 2, 19), None),
        ("701-1000010-1000010", "Pending", date(2026, 2, 19), None),
    ]
    query = (
        "select order_line_id, sku, quantity, warehouse, fulfilment_type from core.order_lines"
        " where order_id in ('701-1000002-1000002', '701-1000009-1000009') order by order_id, order_line_id"
    )
    assert ask(warehouse, query) == [
        ("1", "BULB", 1, "Amazon", None),
        ("2", "LAMP", 1, "Amazon", None),
        ("3", "LAMP", 1, "Amazon", None),
        ("1", "LAMP", 0, None, "own"),
    ]


def test_japanese_text_is_read_with_its_encoding_stated(warehouse: Warehouse, tmp_path: Path) -> None:
    """The second byte of some characters is a backslash in this encoding."""
    path = tmp_path / "report.txt"
    text = (SAMPLES / "amazon_orders/archived_japan.txt").read_text(encoding="utf-8")
    path.write_bytes(text.encode("cp932"))
    (result,) = load(warehouse, path, encoding="cp932")
    assert (result.status, result.records_loaded) == ("loaded", 1)
    assert row(warehouse, "amazon__order_lines", ("product_name", "line_total_amount::int")) == ("見本の表示", 3300)
    assert row(warehouse, "amazon__orders", ("tax_amount::int", "total_amount")) == (300, None)
    assert ask(warehouse, "select encoding from raw.files") == [("cp932",)]


def test_a_line_that_cannot_be_read_takes_its_order_with_it(warehouse: Warehouse, tmp_path: Path) -> None:
    """Else the newest file would replace a whole order by one that lost a line."""
    path = changed_copy(tmp_path, "amazon_orders/columns_32.txt", "5.00", "five")
    (result,) = load(warehouse, path)
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (5, 2, 3)
    assert {(broken["rule"], broken["count"]) for broken in result.quarantine} == {
        ("item_price_number", 1),
        ("order_record_rejected", 2),
    }
    assert not ask(warehouse, "select 1 from staging.amazon__order_lines where order_id = '701-1000002-1000002'")


def test_a_shopify_order(warehouse: Warehouse) -> None:
    load(warehouse, "shopify_orders/export_79.csv")
    query = (
        "select order_id, placed_at, placed_date, cancelled_at, status, ship_postcode_prefix, money_basis,"
        " total_quantity from staging.shopify__orders order by order_id"
    )
    assert ask(warehouse, query) == [
        ("#2001", datetime(2026, 2, 8, 12, 2, 13), date(2026, 2, 8), None, "partially_refunded", "275", "inc_tax", 3),
        (
            "#2002",
            datetime(2026, 2, 10, 4, 30),
            date(2026, 2, 9),
            datetime(2026, 2, 9, 21),
            "cancelled",
            "275",
            "ex_tax",
            2,
        ),
    ]
    query = (
        "select sku, product_name, attributes ->> 'Vendor', attributes ->> 'Lineitem taxable' from"
        " staging.shopify__order_lines order by record_number"
    )
    assert ask(warehouse, query)[:2] == [
        ("TEE-BLK-S", "Sample tee - Black / S", "Sample", "true"),
        (None, 'Mug, 3" large', "Other Maker", "false"),
    ]
    assert row(warehouse, "shopify__orders", ("attributes ->> 'Accepts Marketing'",), "order_id = '#2001'") == ("true",)
    assert row(warehouse, "shopify__refunds", ("refund_id", "item_kind", "refund_amount", "record_number")) == (
        "#2001",
        "order",
        Decimal("29.95"),
        1,
    )


def test_other_spellings_of_shopify_are_the_same_columns(warehouse: Warehouse) -> None:
    load(warehouse, "shopify_orders/help_page_spelling.csv")
    assert row(warehouse, "shopify__orders", ("cancelled_at",)) == (datetime(2026, 2, 10, 21),)
    columns = ("sku", "attributes ->> 'Lineitem compare at price'")
    assert row(warehouse, "shopify__order_lines", columns) == ("TEE-BLK-S", "35.00")


@pytest.mark.real_data
@needs_shared("formats")
def test_the_shared_samples_load_completely(warehouse: Warehouse) -> None:
    results = load(warehouse, *FORMATS.glob("amazon_all_orders*.tsv"), *FORMATS.glob("shopify_*.csv"))
    assert [(result.source, result.records_loaded, result.quarantine) for result in results] == [
        ("amazon_orders", 2, []),
        ("shopify_orders", 2, []),
    ]
    query = (
        "select order_id, status, currency_code, total_amount::double, ship_postcode_prefix,"
        " placed_at, total_quantity from staging.amazon__orders order by 1"
    )
    placed = datetime(2025, 5, 20, 8, 4, 21)
    assert ask(warehouse, query) == [
        ("111-0000000-0000001", "shipped", "USD", 54.11, "000", placed, 1),
        ("111-0000000-0000009", "cancelled", None, None, None, placed, 0),
    ]
    query = (
        "select order_line_id, sku, product_name, quantity, line_total_amount::double from"
        " staging.shopify__order_lines order by 1"
    )
    assert ask(warehouse, query) == [
        ("1", "TEE-BLK-S", "Crew Tee - Black / S", 2, 59.9),
        ("2", "MUG", "Mug, large", 1, 20.0),
    ]
    columns = (
        "order_id",
        "placed_at",
        "shipped_date",
        "status_raw",
        "total_amount::double",
        "money_basis",
        "ship_postcode_prefix",
    )
    assert row(warehouse, "shopify__orders", columns) == (
        "#1001",
        datetime(2025, 6, 8, 13, 2, 13),
        date(2025, 6, 8),
        "partially_refunded / fulfilled",
        89.85,
        "inc_tax",
        "200",
    )
    assert row(warehouse, "shopify__refunds", ("refund_id", "refund_amount")) == ("#1001", Decimal("29.95"))
