"""Files of the BigCommerce sources through the real ingest: every header generation, daily exports, refusals."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bigcommerce_staging import cell_item
from ingested_files import words
from what_is_here import FORMATS, needs_shared

from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.settings import load_settings, write_home
from pipelines.sources import all_sources, recognise
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "data" / "bigcommerce_orders"
RETURN_SAMPLES = ROOT / "tests" / "data" / "return_requests"
GENERATIONS = {
    "default_2014": (2, 3),
    "form_fields_2022": (2, 2),
    "default_2024": (3, 4),
    "multi_storefront": (2, 2),
    "all_fields": (2, 3),
    "rows_mode": (2, 4),
}
"""Orders and lines of each sample."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Generator[Warehouse]:
    write_home(tmp_path / "home")
    with open_warehouse(load_settings(tmp_path / "home"), "test") as opened:
        yield opened


def load(warehouse: Warehouse, *paths: Path, date_format: str | None = None) -> list[FileResult]:
    merchant = warehouse.settings.merchants["demo"]
    return list(ingest_files(warehouse, merchant, paths, IngestOptions(date_format=date_format)))


def ask(warehouse: Warehouse, query: str) -> list[tuple]:
    return warehouse.connection.execute(query).fetchall()


@pytest.mark.parametrize("name", GENERATIONS)
def test_a_header_generation_loads_completely(warehouse: Warehouse, name: str) -> None:
    (result,) = load(warehouse, SAMPLES / f"{name}.csv")
    assert (result.status, result.source, result.quarantine) == ("loaded", "bigcommerce_orders", [])
    assert result.records_in == result.records_loaded
    orders = ask(warehouse, "select count(*) from staging.bigcommerce__orders")
    lines = ask(warehouse, "select count(*) from staging.bigcommerce__order_lines")
    assert (orders[0][0], lines[0][0]) == GENERATIONS[name]
    assert not ask(warehouse, "select 1 from staging.bigcommerce__orders where not is_money_reconciled")


def test_every_sample_has_its_test() -> None:
    assert {path.stem for path in SAMPLES.iterdir()} == set(GENERATIONS)


def test_nothing_personal_reaches_raw(warehouse: Warehouse) -> None:
    load(warehouse, *SAMPLES.iterdir(), *RETURN_SAMPLES.iterdir())
    for table in ("raw.bigcommerce__orders", "raw.bigcommerce__return_requests"):
        everything = words(warehouse, table)
        for value in ("@example.com", "Robin", "Invented Road", "Springfield", "555", "05156"):
            assert value not in everything


def test_form_fields_are_kept_as_attributes(warehouse: Warehouse) -> None:
    load(warehouse, SAMPLES / "form_fields_2022.csv")
    query = "select attributes ->> 'Billing Purchase Order #' from staging.bigcommerce__orders where order_id = '5201'"
    assert ask(warehouse, query) == [("PO-7",)]


def test_return_requests_load_completely(warehouse: Warehouse) -> None:
    results = load(warehouse, *sorted(RETURN_SAMPLES.iterdir()))
    assert [(result.source, result.records_loaded, result.quarantine) for result in results] == [
        ("return_requests", 3, []),
        ("return_requests", 2, []),
    ]
    query = "select status, count(*) from staging.bigcommerce__return_lines group by all order by all"
    assert ask(warehouse, query) == [("authorized", 1), ("other", 1), ("received", 1), ("refunded", 1), ("repaired", 1)]
    assert ask(warehouse, "select count(*) from staging.bigcommerce__return_status_events") == [(10,)]
    assert (
        "[email]"
        in ask(warehouse, "select comment from staging.bigcommerce__return_lines where return_id = '1001'")[0][0]
    )


@pytest.mark.real_data
@needs_shared("formats")
def test_the_shared_samples_load_completely(warehouse: Warehouse) -> None:
    results = load(warehouse, *sorted(FORMATS.glob("bigcommerce_orders_*.csv")))
    assert len(results) == 2
    for result in results:
        assert (result.status, result.quarantine, result.date_format) == ("loaded", [], "dmy")
        assert result.records_loaded == result.records_in == 3
    assert ask(
        warehouse,
        "select product_name, quantity, line_total_amount::double from staging.bigcommerce__order_lines"
        " order by order_id, product_name",
    ) == [
        ("ASIN : B000000000", 2, 20.0),
        ('Sample Knife 8" | Collab Edition', 1, 59.99),
        ('Sample\'s "Wedge" Pillow', 1, 249.0),
        ("Line one\nLine two", 3, 3897.0),
        ("Sample A", 1, 20.0),
        ("Sample B, large", 2, 50.0),
        ("Sample C", 1, 9.99),
    ]
    assert ask(warehouse, "select order_id, refund_amount::double from staging.bigcommerce__refunds") == [
        ("200001", 20.0)
    ]


HEADER = [
    "Order ID",
    "Order Date",
    "Order Status",
    "Subtotal (inc tax)",
    "Total Quantity",
    "Refund Amount",
    "Product Details",
]


def write(path: Path, days: list[date], first_id: int, pattern: str = "%d/%m/%Y") -> Path:
    """A daily export: three orders a day."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for number in range(3 * len(days)):
            day = days[number // 3]
            writer.writerow([first_id + number, day.strftime(pattern), "Shipped", "5.00", 1, "0.0000", cell_item()])
    return path


def test_thirty_daily_exports_in_a_row(warehouse: Warehouse, tmp_path: Path) -> None:
    """A month of files after one proven file: each is read right, though many alone could be read both ways."""
    april = [date(2025, 4, 1) + timedelta(number) for number in range(30)]
    may = [date(2025, 5, 1) + timedelta(number) for number in range(30)]
    results = load(warehouse, write(tmp_path / "april.csv", april, 1000))
    for number, day in enumerate(may):
        results += load(warehouse, write(tmp_path / f"orders-{day}.csv", [day], 1090 + 3 * number))
    assert [result.status for result in results] == ["loaded"] * 31
    assert results[1].date_format_evidence.startswith("inherited from file april.csv")
    assert results[5].date_format == "" and "same day" in results[5].date_format_evidence
    assert results[6].date_format_evidence.startswith("inherited from file orders-2025-05-04.csv")
    assert results[20].date_format_evidence.startswith("the first part is above 12")
    query = "select placed_date, count(*) from staging.bigcommerce__orders group by all order by all"
    assert ask(warehouse, query) == [(day, 3) for day in (*april, *may)]


def test_a_changed_template_is_refused_until_it_is_stated(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, write(tmp_path / "april.csv", [date(2025, 4, 1) + timedelta(n) for n in range(30)], 1000))
    path = write(tmp_path / "changed.csv", [date(2025, 4, 11)], 1031, "%m/%d/%Y")
    (refused,) = load(warehouse, path)
    assert refused.status == "refused" and "--date-format" in refused.message and "april.csv" in refused.message
    assert not ask(warehouse, "select 1 from raw.files where file_name = 'changed.csv'")
    (stated,) = load(warehouse, path, date_format="mdy")
    assert stated.status == "loaded" and "stated" in stated.date_format_evidence


def test_a_file_inside_the_loaded_range_is_proven_by_its_ids(warehouse: Warehouse, tmp_path: Path) -> None:
    days = [date(2025, 4, 1) + timedelta(number) for number in range(30)]
    load(warehouse, write(tmp_path / "april.csv", days, 1000))
    path = write(tmp_path / "one_day.csv", [date(2025, 4, 11)], 1030)
    path.write_text(
        path.read_text()
        .replace("Order Status", "Merchant-defined Order Status,Order Status")
        .replace("Shipped", "x,Shipped")
    )
    (result,) = load(warehouse, path)
    assert result.status == "loaded", result.message
    assert result.date_format == "dmy" and "3 of 3 ambiguous orders" in result.date_format_evidence


def test_an_order_that_is_rejected_leaves_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "orders.csv", [date(2025, 4, 20), date(2025, 4, 21)], 1000)
    path.write_text(path.read_text().replace("1001,20/04/2025", "1001,20 April").replace("0.0000", "2.0000"))
    (result,) = load(warehouse, path)
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (6, 5, 1)
    assert result.quarantine[0]["rule"] == "order_date_readable"
    for table in ("order_records", "orders", "order_lines", "refunds"):
        assert not ask(warehouse, f"select 1 from staging.bigcommerce__{table} where order_id = '1001'")
    assert ask(warehouse, "select record_number, line_number, is_whole_record from quarantine.rows") == [(2, 3, True)]


def test_a_broken_cell_leaves_its_order(warehouse: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "orders.csv", [date(2025, 4, 20)], 1000)
    path.write_text(path.read_text().replace("Product Total Price: 5.00", "Product Total Price: five", 1))
    (result,) = load(warehouse, path)
    assert (result.records_loaded, result.records_quarantined, result.cells_quarantined) == (3, 0, 1)
    query = "select order_id, money_basis from staging.bigcommerce__orders order by 1"
    assert ask(warehouse, query) == [("1000", "not_checked"), ("1001", "inc_tax"), ("1002", "inc_tax")]
    assert ask(warehouse, "select entity, rule, line_number, is_whole_record from quarantine.rows") == [
        ("order_lines", "product_details_grammar", 2, False)
    ]


def test_a_record_with_empty_fields_beyond_the_header_is_set_aside(warehouse: Warehouse, tmp_path: Path) -> None:
    """A comma without quotes moves every later cell; that the last ones are empty must not hide it."""
    path = write(tmp_path / "orders.csv", [date(2025, 4, 20)], 1000)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], lines[2] + ",,", *lines[3:]]) + "\n")
    (result,) = load(warehouse, path)
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (3, 2, 1)
    assert (result.quarantine[0]["rule"], result.quarantine[0]["first_line"]) == ("field_count", 3)


def test_a_shipments_header_is_no_orders_header() -> None:
    shipments = ["SHIPMENT ID", "DATE SHIPPED", "ORDER ID", "ORDER DATE", "TRACKING NO", "SHIPMENT ITEMS"]
    source = all_sources()["bigcommerce_orders"]
    assert not source.matches(shipments)
    assert source.missing(shipments) == ["Order Status", "Product Details"]
    assert recognise(["order id", " ORDER DATE ", "Order status", "Product Details"], "x.csv").name == source.name
