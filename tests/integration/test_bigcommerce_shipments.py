"""Shipments exports through the real ingest: the quirks of the format, and dates that two exports prove together."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bigcommerce_staging import cell_item
from ingested_files import words

from pipelines.build import merge_core
from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.restaging import restage
from pipelines.settings import load_settings, write_home
from pipelines.sources import recognise
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "bigcommerce_shipments" / "sample.csv"
HEADER = ["SHIPMENT ID", "DATE SHIPPED", "ORDER ID", "ORDER DATE", "TRACKING NO", "SHIPMENT ITEMS"]


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


def parcels(path: Path, order_dates: Mapping[int, str], items: str = "7|Cup|S-1|1") -> Path:
    """A shipments export: a parcel for each order, shipped on the day of the order."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(HEADER)
        writer.writerows([900 + order, day, order, day, f"T{order}", items] for order, day in order_dates.items())
    return path


def orders(path: Path, order_dates: Mapping[int, str]) -> Path:
    """An orders export."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Order ID", "Order Date", "Order Status", "Total Quantity", "Product Details"])
        writer.writerows([order, day, "Shipped", 1, cell_item()] for order, day in order_dates.items())
    return path


def test_the_sample_loads_completely(warehouse: Warehouse) -> None:
    (result,) = load(warehouse, SAMPLE)
    assert (result.status, result.source, result.quarantine) == ("loaded", "bigcommerce_shipments", [])
    assert result.records_in == result.records_loaded == 5
    columns = "shipment_id, order_id, awb, service, shipped_date, ordered_date, destination_zone, destination_country"
    assert ask(warehouse, f"select {columns} from staging.bigcommerce__shipments order by shipment_id") == [
        ("301", "5301", "9400100", "USPS (Priority)", date(2026, 3, 16), date(2026, 3, 13), "051", "United States"),
        ("302", "5301", None, "Pickup in store", date(2026, 3, 17), date(2026, 3, 13), "051", "United States"),
        ("303", "5302", "1Z0003", "UPS® (UPS Ground)", date(2026, 4, 1), date(2026, 3, 31), "481", "United States"),
        ("304", "9999", "1Z0004", "Free Shipping", date(2026, 4, 22), date(2026, 4, 2), "M5V", "Canada"),
        ("305", "5303", "1Z0005", "Free Shipping", date(2026, 5, 3), date(2026, 5, 3), "MI", "United States"),
    ]  # fmt: skip
    assert ask(warehouse, "select distinct direction, outcome from staging.bigcommerce__shipments") == [
        ("forward", "unknown")
    ]
    states = "select attributes ->> 'shipping_state' from staging.bigcommerce__shipments order by shipment_id"
    assert [state for (state,) in ask(warehouse, states)] == ["Vermont", "Vermont", "Michigan", "Ontario", "MI"]


def test_items_of_the_sample(warehouse: Warehouse) -> None:
    """Bars, quotes, entities, commas and a ~ in names; an item added by hand; a parcel without items."""
    load(warehouse, SAMPLE)
    query = (
        "select shipment_id, shipment_line_id, order_id, product_id, sku, product_name, quantity"
        " from staging.bigcommerce__shipment_lines order by all"
    )
    assert ask(warehouse, query) == [
        ("301", "1", "5301", "77", "SKU-001-12", "Sample Coffee, 12 oz", 1),
        ("302", "1", "5301", "77", "SKU-001-12", "Sample Coffee, 12 oz", 2),
        ("302", "2", "5301", "0", None, "Gift wrap", 1),
        ("303", "1", "5302", "78", "KN-8C", 'Knife 8" | Collab Edition', 1),
        ("303", "2", "5302", "79", "TT-1", 'Tea~Towel "Sun"', 3),
        ("304", "1", "9999", "80", "LA-4", "Lamp, ~40 W", 1),
    ]


def test_nothing_personal_reaches_raw(warehouse: Warehouse) -> None:
    load(warehouse, SAMPLE)
    everything = words(warehouse, "raw.bigcommerce__shipments")
    for value in ("Robin", "Invented Road", "Springfield", "555", "05156", "48104"):
        assert value not in everything


def test_nine_parcels_of_one_order_stay_nine(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "shipments.csv"
    rows = [f'"{number}","Mar {number + 20}th 2026","1","Mar 20th 2026","","5|Cup|C|1"' for number in range(1, 10)]
    path.write_text("\n".join([",".join(HEADER), *rows]) + "\n", encoding="utf-8")
    (result,) = load(warehouse, path)
    assert result.records_loaded == 9
    query = "select count(*), count(distinct order_id), count(awb) from staging.bigcommerce__shipments"
    assert ask(warehouse, query) == [(9, 1, 0)]


def test_a_shipment_that_comes_again_is_replaced_by_the_newer_file(warehouse: Warehouse, tmp_path: Path) -> None:
    """Its lines with it: a parcel that lost an item keeps no ghost of it."""
    old = parcels(tmp_path / "shipments-2026-03-10.csv", {1: "Mar 3rd 2026"}, items="7|Cup|S-1|1~8|Mug|S-2|1")
    new = parcels(tmp_path / "shipments-2026-03-11.csv", {1: "Mar 4th 2026"})
    load(warehouse, new, old)
    restage(warehouse)
    merge_core(warehouse)
    assert ask(warehouse, "select shipment_id, shipped_date from core.shipments") == [("901", date(2026, 3, 4))]
    assert ask(warehouse, "select shipment_line_id, sku from core.shipment_lines") == [("1", "S-1")]


def test_a_shipments_header_is_recognised_in_any_case_and_order() -> None:
    assert recognise([name.title() for name in reversed(HEADER)], "x.csv").name == "bigcommerce_shipments"


def test_a_broken_item_cell_costs_the_lines_and_leaves_the_parcel(warehouse: Warehouse, tmp_path: Path) -> None:
    path = parcels(tmp_path / "shipments.csv", {1: "Mar 3rd 2026"}, items="7|Cup|S-1|1~8|Mug|S-2")
    (result,) = load(warehouse, path)
    assert (result.records_in, result.records_loaded, result.cells_quarantined) == (1, 1, 1)
    assert result.quarantine[0]["rule"] == "shipment_items_grammar"
    assert ask(warehouse, "select shipment_id from staging.bigcommerce__shipments") == [("901",)]
    assert not ask(warehouse, "select 1 from staging.bigcommerce__shipment_lines where rejected_rule is null")


def test_a_broken_date_costs_the_parcel(warehouse: Warehouse, tmp_path: Path) -> None:
    (result,) = load(warehouse, parcels(tmp_path / "shipments.csv", {1: "Mar 3rd 2026", 2: "Feb 30th 2026"}))
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (2, 1, 1)
    assert (result.quarantine[0]["rule"], result.quarantine[0]["first_line"]) == ("date_shipped_readable", 3)
    assert ask(warehouse, "select shipment_id from staging.bigcommerce__shipment_lines") == [("901",)]


def test_a_file_without_one_readable_day_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    (result,) = load(warehouse, parcels(tmp_path / "shipments.csv", {1: "03/04/2026", 2: "05/04/2026"}))
    assert result.status == "refused"
    assert "month by name" in result.message and "built-in shipments template" in result.message


def test_shipments_that_are_only_loaded_prove_orders(warehouse: Warehouse, tmp_path: Path) -> None:
    """No build has run between the two files."""
    load(warehouse, parcels(tmp_path / "shipments.csv", {1: "Apr 3rd 2026", 2: "Apr 5th 2026"}))
    (result,) = load(warehouse, orders(tmp_path / "orders.csv", {1: "03/04/2026", 2: "05/04/2026"}))
    assert (result.status, result.date_format) == ("loaded", "dmy"), result.message
    assert "order dates that shipments state agree with 2 of 2" in result.date_format_evidence


def test_agreement_with_loaded_orders_is_evidence_of_the_shipments_file(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, orders(tmp_path / "orders.csv", {1: "03/04/2026", 2: "05/04/2026"}), date_format="dmy")
    days = {1: "Apr 3rd 2026", 2: "Apr 5th 2026", 3: "Apr 6th 2026"}
    (result,) = load(warehouse, parcels(tmp_path / "shipments.csv", days))
    assert result.date_format == "" and not result.warnings
    assert result.date_format_evidence.endswith("ORDER DATE is the loaded order's day for 2 of 2 orders")


def test_shipments_without_loaded_orders_have_nothing_to_compare(warehouse: Warehouse) -> None:
    (result,) = load(warehouse, SAMPLE)
    assert "no order is loaded" in result.date_format_evidence


def test_an_orders_file_that_was_misread_is_named_and_can_be_loaded_again(warehouse: Warehouse, tmp_path: Path) -> None:
    path = orders(tmp_path / "orders.csv", {1: "03/04/2026", 2: "05/04/2026", 3: "07/04/2026"})
    load(warehouse, path, date_format="mdy")
    days = {1: "Apr 3rd 2026", 2: "Apr 5th 2026", 3: "Apr 7th 2026"}
    (shipments,) = load(warehouse, parcels(tmp_path / "shipments.csv", days))
    assert shipments.status == "loaded"
    assert "for 0 of 3 orders" in shipments.date_format_evidence
    (warning,) = shipments.warnings
    assert "orders.csv was read as mdy" in warning and "agrees with dmy for 3 of 3" in warning
    assert "load orders.csv again with --date-format dmy" in warning

    (again,) = load(warehouse, path, date_format="dmy")
    assert (again.status, again.date_format) == ("loaded", "dmy"), again.message
    assert again.warnings == ["loaded before with another date format: what came from it is replaced"]
    assert "agree with 3 of 3 ambiguous orders as dmy" in again.date_format_evidence
    assert ask(warehouse, "select placed_date from staging.bigcommerce__orders order by 1") == [
        (date(2026, 4, 3),), (date(2026, 4, 5),), (date(2026, 4, 7),)
    ]  # fmt: skip
    assert ask(warehouse, "select count(*), sum(record_count) from raw.files where source = 'bigcommerce_orders'") == [
        (1, 3)
    ]
    (known,) = load(warehouse, path, date_format="dmy")
    assert known.status == "already loaded"


def test_a_few_orders_of_another_day_blame_no_file(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, orders(tmp_path / "orders.csv", {1: "03/04/2026", 2: "05/04/2026"}), date_format="dmy")
    (result,) = load(warehouse, parcels(tmp_path / "shipments.csv", {1: "Apr 3rd 2026", 2: "May 4th 2026"}))
    assert not result.warnings and "for 1 of 2 orders" in result.date_format_evidence
