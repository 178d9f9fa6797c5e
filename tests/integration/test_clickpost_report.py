"""ClickPost's dashboard report through the real ingest: every quirk of the samples, successive reports, refusals."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ingested_files import words
from what_is_here import FORMATS, needs_shared

from pipelines.build import merge_core
from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.sources import recognise
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "data" / "clickpost_report"
SHARED = "clickpost_dashboard_report_HEADER_plus_SYNTHETIC.csv"
INDIA = timedelta(hours=5, minutes=30)
ENTITIES = (
    "shipments",
    "shipments_history",
    "shipment_lines",
    "tracking_events",
    "return_lines",
    "return_lines_history",
)
HEADER = [
    "AWB",
    "Clickpost Unified Status",
    "Courier Partner",
    "Order ID",
    "Created at",
    "Latest Timestamp",
    "Updated at",
]


def home(folder: Path) -> Path:
    write_home(folder, new_merchant(folder, "demo", timezone="Asia/Kolkata", currency_code="INR"))
    (folder / "key").write_text("5" * 64 + "\n", encoding="ascii")
    return folder


@pytest.fixture
def warehouse(tmp_path: Path) -> Generator[Warehouse]:
    with open_warehouse(load_settings(home(tmp_path / "home")), "test") as opened:
        yield opened


def load(warehouse: Warehouse, *paths: Path, date_format: str | None = None) -> list[FileResult]:
    merchant = warehouse.settings.merchants["demo"]
    return list(ingest_files(warehouse, merchant, paths, IngestOptions(date_format=date_format)))


def ask(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    return warehouse.connection.execute(query).fetchall()


def in_utc(text: str) -> datetime:
    return datetime.fromisoformat(text) - INDIA


def report(path: Path, *rows: Sequence[str], header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


@pytest.mark.real_data
@needs_shared(f"formats/{SHARED}")
def test_the_shared_sample_loads_completely(warehouse: Warehouse) -> None:
    (result,) = load(warehouse, FORMATS / SHARED)
    assert (result.status, result.source, result.quarantine) == ("loaded", "clickpost_report", [])
    assert (result.records_in, result.records_loaded) == (3, 3)
    assert result.as_of == in_utc("2025-05-08 17:05").isoformat()
    merge_core(warehouse)
    shipments = ask(
        warehouse,
        "select shipment_id, order_id, reference_number, direction, carrier, awb, rto_awb, payment_mode, status_raw,"
        " status, outcome, problem_raw, problem, return_reason_raw, quality_check, delivery_attempt_count,"
        " pickup_attempt_count, ordered_date, shipped_date, booked_at, shipped_at, delivered_at, rto_marked_at,"
        " rto_delivered_at, observed_at from core.shipments order by 1",
    )
    booked, picked_up = in_utc("2025-05-01 10:00"), in_utc("2025-05-02 12:00")
    delivered = in_utc("2025-05-05 17:00")
    assert shipments == [
        ("0000000000001", "ORD-1", "REF-1", "forward", "Delhivery", "0000000000001", None, "COD", "Delivered",
         "delivered", "delivered", "Customer Unavailable", "nobody_there", None, None, 2, None, date(2025, 5, 1),
         date(2025, 5, 2), booked, picked_up, delivered, None, None, delivered),
        ("0000000000002", "ORD-1", "RET-1", "reverse", "Delhivery Reverse", "0000000000002", None, "PREPAID",
         "PickupFailed", "pickup_failed", "in_transit", None, None, "Size too small", "doorstep", None, 1, None, None,
         in_utc("2025-05-07 10:00"), None, None, None, None, in_utc("2025-05-08 17:00")),
        ("0000000000003", "ORD-2", "REF-2", "forward", "Shadowfax", "0000000000003", "0000000000004", "COD",
         "RTO-Delivered", "rto_delivered", "returned_to_origin", "Rejected by Customer", "refused", None, None, None,
         None, date(2025, 5, 1), date(2025, 5, 2), booked, picked_up, None, in_utc("2025-05-06 10:00"),
         in_utc("2025-05-10 10:00"), in_utc("2025-05-10 10:00")),
    ]  # fmt: skip
    lines = (
        "select shipment_id, shipment_line_id, sku, product_name, return_reason_raw, quantity from core.shipment_lines"
    )
    assert ask(warehouse, lines + " order by 1, 2") == [
        ("0000000000001", "1", "SKU-001", "Sample Kurta", None, 1),
        ("0000000000002", "1", "SKU-001", None, "Size too small", 1),
        ("0000000000003", "1", "SKU-002", None, None, 1),
        ("0000000000003", "2", "SKU-003", None, None, 1),
    ]
    events = "select shipment_id, happened_at, code, code_raw, problem_list, problem from core.tracking_events"
    assert ask(warehouse, events + " order by 1, 2, 3") == [
        ("0000000000001", booked, "order_placed", "Created at", None, None),
        ("0000000000001", picked_up, "picked_up", "Pickup Date", None, None),
        ("0000000000001", in_utc("2025-05-04 09:00"), "out_for_delivery", "Out For Delivery 1st Attempt", None, None),
        ("0000000000001", in_utc("2025-05-04 18:00"), "failed_delivery", "TimeStamp Of Last Failed Delivery", "ndr",
         "nobody_there"),
        ("0000000000001", in_utc("2025-05-05 09:00"), "out_for_delivery", "Out For Delivery 2nd Attempt", None, None),
        ("0000000000001", delivered, "delivered", "Delivery Date", None, None),
        ("0000000000002", in_utc("2025-05-07 10:00"), "order_placed", "Created at", None, None),
        ("0000000000002", in_utc("2025-05-08 09:00"), "out_for_pickup", "Out For Pickup 1st Attempt", None, None),
        ("0000000000002", in_utc("2025-05-08 17:00"), "pickup_failed", "PickupFailed", None, None),
        ("0000000000003", booked, "order_placed", "Created at", None, None),
        ("0000000000003", picked_up, "picked_up", "Pickup Date", None, None),
        ("0000000000003", in_utc("2025-05-06 10:00"), "rto_requested", "RTO Mark Date", None, None),
        ("0000000000003", in_utc("2025-05-07 10:00"), "rto_in_transit", "RTO Intransit Timestamp", None, None),
        ("0000000000003", in_utc("2025-05-10 10:00"), "rto_delivered", "RTO Delivery Date", None, None),
    ]  # fmt: skip
    returns = ask(
        warehouse,
        "select return_line_id, return_id, order_id, sku, reason_raw, reason_list, status_raw, status, awb, quantity,"
        " requested_date, requested_at, received_at from core.return_lines",
    )
    assert returns == [
        ("RET-1/SKU-001", "RET-1", "ORD-1", "SKU-001", "Size too small", "clickpost", "PickupFailed", "authorized",
         "0000000000002", 1, date(2025, 5, 7), in_utc("2025-05-07 10:00"), None)
    ]  # fmt: skip


def test_every_quirk_of_the_sample(warehouse: Warehouse) -> None:
    (result,) = load(warehouse, SAMPLES / "all_columns.csv")
    assert (result.status, result.records_in, result.records_loaded, result.records_quarantined) == (
        "loaded",
        14,
        12,
        2,
    )
    assert {(found["rule"], found["first_line"]) for found in result.quarantine} == {
        ("awb_missing", 12),
        ("awb_not_text", 13),
        ("items_quantity_number", 14),
        ("shipping_cost_number", 14),
        ("pickup_date_readable", 14),
        ("rvp_reason_sku_wise_grammar", 7),
    }
    remedies = {found["rule"]: found["remedy"] for found in result.quarantine}
    assert "it comes with its AWB in a later report" in remedies["awb_missing"]
    assert "without opening it in a spreadsheet" in remedies["awb_not_text"]
    directions = ask(
        warehouse,
        "select shipment_id, direction, attributes ->> 'direction_evidence' from staging.clickpost__shipments"
        " where shipment_id <> '0012345678902' order by record_number",
    )
    assert directions == [
        ("0012345678901", "forward", "COD Value"),
        ("0000000000003", "forward", "RTO"),
        ("SF00077", "reverse", "Courier Partner"),
        ("EE-0009", "reverse", "RVP Reason"),
        ("XB0001", "reverse", "Out For Pickup"),
        ("BD00100", "reverse", "Return Pincode is the Drop's"),
        ("DL7001", "reverse", "Status of a return"),
        ("DL7002", "forward", "Return Pincode is the Pickup's"),
        ("ZZ9", "forward", "Return Pincode is the Pickup's"),
        ("0000000000777", "forward", "none"),
    ]
    parcel = (
        "select cost_amount::double, currency_code, weight::double, charged_weight::double, origin_zone,"
        " destination_zone, promised_date, shipped_date, attributes ->> 'Channel Name'"
        " from staging.clickpost__shipments where shipment_id = '0012345678901'"
    )
    assert ask(warehouse, parcel) == [
        (1062.5, "INR", 1250.5, 1500.0, "560", "110", date(2026, 3, 5), date(2026, 3, 2), "Web Store")
    ]
    reasons = (
        "select sku, quantity, reason_raw from staging.clickpost__return_lines where return_id = 'RET-502' order by 1"
    )
    assert ask(warehouse, reasons) == [("8901234567890", 2, "Colour differs"), ("SA-3", 1, "Damaged, seam open")]


def test_the_newest_row_of_a_parcel_counts_and_history_keeps_the_others(warehouse: Warehouse) -> None:
    load(warehouse, SAMPLES / "chosen_columns.csv", SAMPLES / "all_columns.csv")
    merge_core(warehouse)
    parcel = "where shipment_id = '0012345678902'"
    assert ask(warehouse, f"select status, outcome, delivered_at from core.shipments {parcel}") == [
        ("arrived_at_warehouse", "delivered", in_utc("2026-03-16 11:00"))
    ]
    history = f"select status_raw, valid_from, valid_to from core.shipments_history {parcel} order by valid_from"
    first, second, third = in_utc("2026-03-08 09:00"), in_utc("2026-03-08 17:00"), in_utc("2026-03-16 11:00")
    assert ask(warehouse, history) == [("OutForPickup", first, second), ("PickupFailed", second, third)]
    returned = "select status, received_at, reason_raw from core.return_lines where return_line_id = 'RET-501/KU-1-BL'"
    assert ask(warehouse, returned) == [("received", third, "Size too small, wanted M")]
    abroad = "select is_cross_border, destination_country from core.shipments where shipment_id = 'XX5'"
    assert ask(warehouse, abroad) == [(True, "NP")]


def test_successive_reports_in_any_order_give_the_same_tables(tmp_path: Path) -> None:
    older = ("A1", "OutForPickup", "Delhivery Reverse", "CP-1", "2026-03-01 10:00:00", "2026-03-02 10:00:00")
    newer = ("A1", "Delivered", "Delhivery Reverse", "CP-1", "2026-03-01 10:00:00", "2026-03-05 10:00:00")
    # Written later because of another parcel: what it says of A1 is the older word all the same.
    late = report(
        tmp_path / "a.csv",
        (*older, "2026-03-02 10:05:00"),
        ("A2", "InTransit", "Delhivery", "CP-2", "2026-03-09 10:00:00", "2026-03-09 12:00:00", "2026-03-09 12:05:00"),
    )
    early = report(tmp_path / "b.csv", (*newer, "2026-03-05 10:05:00"))
    files = [late, early, SAMPLES / "all_columns.csv", SAMPLES / "chosen_columns.csv"]
    found = []
    for place, order in enumerate((files, files[::-1], [files[place] for place in (2, 0, 3, 1)])):
        with open_warehouse(load_settings(home(tmp_path / f"home{place}")), "test") as warehouse:
            for path in order:
                load(warehouse, path)
                if place == 1 or path is order[-1]:
                    merge_core(warehouse)
            tables = {}
            for entity in ENTITIES:
                tables[entity] = ask(warehouse, f"select * from core.{entity} order by all")
            found.append(tables)
            parcel = "select status from core.shipments where shipment_id = 'A1'"
            assert ask(warehouse, parcel) == [("arrived_at_warehouse",)]
            assert ask(warehouse, "select status from core.return_lines where awb = 'A1'") == [("received",)]
    for tables in found[1:]:
        assert tables == found[0]


def test_nothing_personal_reaches_raw(warehouse: Warehouse) -> None:
    load(warehouse, *sorted(SAMPLES.iterdir()))
    for table in ("raw.clickpost__report", "staging.clickpost__shipments", "staging.clickpost__tracking_events"):
        everything = words(warehouse, table)
        for value in ("Robin", "Invented Lane", "Fictionpur", "98000", "example.com", "110045", "29ABCDE", "Household"):
            assert value not in everything, (table, value)


def test_stock_keeping_units_that_are_long_numbers_survive_the_mask(warehouse: Warehouse) -> None:
    load(warehouse, SAMPLES / "all_columns.csv")
    cells = ask(warehouse, "select rvp_reason_sku_wise from raw.clickpost__report where awb = 'SF00077'")
    assert cells == [("8901234567890: Colour differs ;SA-3: Damaged, seam open",)]


def test_a_report_that_went_through_a_spreadsheet(warehouse: Warehouse) -> None:
    (result,) = load(warehouse, SAMPLES / "through_a_spreadsheet.csv")
    assert (result.date_format, result.records_loaded, result.quarantine) == ("dmy", 2, [])
    assert (result.as_of, result.as_of_evidence) == (
        in_utc("2026-03-13 17:05").isoformat(),
        "newest updated_at in the file",
    )
    parcel = "select booked_at, delivered_at from staging.clickpost__shipments where shipment_id = 'DL0000001'"
    assert ask(warehouse, parcel) == [(in_utc("2026-03-01 10:00"), in_utc("2026-03-05 17:00"))]


def test_an_unproven_order_of_day_and_month_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    times = ("01-03-2026 10:00", "05-03-2026 17:00", "05-03-2026 17:05")
    unproven = report(tmp_path / "unproven.csv", ("A1", "Delivered", "Delhivery", "CP-1", *times))
    (refused,) = load(warehouse, unproven)
    assert refused.status == "refused"
    assert "day and month cannot be told apart" in refused.message
    assert "unproven.csv, line 2, column " in refused.message
    (stated,) = load(warehouse, unproven, date_format="dmy")
    assert (stated.status, stated.date_format) == ("loaded", "dmy")
    mixed = report(
        tmp_path / "mixed.csv",
        ("A1", "Delivered", "Delhivery", "CP-1", "13-03-2026 10:00", "", ""),
        ("A2", "Delivered", "Delhivery", "CP-1", "03-13-2026 10:00", "", ""),
    )
    assert "mixed.csv, line 3, column " in load(warehouse, mixed)[0].message
    year = report(tmp_path / "y.csv", ("A1", "x", "", "", times[0], "", ""))
    assert "y.csv, line 2, column " in load(warehouse, year, date_format="ymd")[0].message


def test_a_proven_order_is_inherited_by_the_next_report(warehouse: Warehouse, tmp_path: Path) -> None:
    row = ("A1", "Delivered", "Delhivery", "CP-1")
    load(warehouse, report(tmp_path / "proven.csv", (*row, "13-03-2026 10:00", "14-03-2026 10:00", "")))
    (result,) = load(warehouse, report(tmp_path / "next.csv", (*row, "01-04-2026 10:00", "02-04-2026 10:00", "")))
    assert (result.date_format, result.date_format_evidence) == ("dmy", "inherited from proven.csv")


def test_columns_in_any_order_and_capitals_and_few_of_them(warehouse: Warehouse, tmp_path: Path) -> None:
    header = ["clickpost UNIFIED status", "Note of the shop", "awb"]
    assert recognise(header, "x.csv").name == "clickpost_report"
    (result,) = load(warehouse, report(tmp_path / "few.csv", ("Delivered", "call 98000 00002", "007"), header=header))
    assert (result.status, result.records_loaded, result.quarantine) == ("loaded", 1, [])
    query = "select shipment_id, direction, status, observed_at, attributes ->> 'Note of the shop' from {}"
    assert ask(warehouse, query.format("staging.clickpost__shipments")) == [
        ("007", "forward", "delivered", None, "call [number]")
    ]
    assert datetime.fromisoformat(result.as_of) <= datetime.now(UTC).replace(tzinfo=None)
