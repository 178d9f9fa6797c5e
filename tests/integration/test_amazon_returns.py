"""Amazon's reports of returns through the real ingest: their text, keys, what becomes of each row."""

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
    "amazon_fba_returns/api.txt": 6,
    "amazon_fba_returns/api_later.txt": 4,
    "amazon_fba_returns/page_days_cp1252.txt": 2,
    "amazon_fbm_returns/order_item_id.txt": 2,
    "amazon_fbm_returns/short_rows.txt": 3,
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
    for table in ("amazon__fba_returns", "amazon__fbm_returns"):
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


def test_quotes_are_ordinary_and_comments_are_masked(warehouse: Warehouse) -> None:
    load(warehouse, "amazon_fba_returns/api.txt")
    query = "select product_name, comment from staging.amazon_fba__return_lines order by record_number limit 1"
    assert ask(warehouse, query) == [('Sample pump, 8" heel', 'too "tight", write to [email]')]


def test_overlapping_files_and_late_rows_double_nothing(warehouse: Warehouse) -> None:
    """The later file repeats units with and without license plate, changes a status and brings a late row."""
    load(warehouse, "amazon_fba_returns/api_later.txt", as_of=datetime(2026, 3, 20))
    load(warehouse, "amazon_fba_returns/api.txt", as_of=datetime(2026, 3, 10))
    merge_core(warehouse)
    query = (
        "select order_id, count(*), string_agg(status_raw, '|' order by return_line_id) from"
        " core.return_lines group by all order by all"
    )
    back = "Unit returned to inventory"
    assert ask(warehouse, query) == [
        ("701-1000001-1000001", 2, f"Reimbursed|{back}"),
        ("701-1000003-1000003", 2, f"{back}|{back}"),
        ("701-1000004-1000004", 1, back),
        ("701-1000005-1000005", 1, back),
    ]
    assert ask(warehouse, "select count(*) from core.inspections") == [(6,)]


def test_a_parcel_that_was_never_delivered_is_no_return(warehouse: Warehouse) -> None:
    load(warehouse, "amazon_fba_returns/api.txt")
    assert row(warehouse, "amazon_fba__shipments", ("order_id", "direction", "outcome", "problem")) == (
        "701-1000002-1000002",
        "forward",
        "returned_to_origin",
        "refused",
    )
    assert row(warehouse, "amazon_fba__shipment_lines", ("sku", "quantity")) == ("LAMP", 1)
    reasons = ask(warehouse, "select distinct reason_raw from staging.amazon_fba__return_lines order by all")
    assert reasons == [("AMZ-PG-APP-TOO-SMALL",), ("APPAREL_TOO_SMALL",), ("CR-NEW_CODE",), ("NEVER_ARRIVED",)]


def test_the_crosswalk_knows_amazon_by_the_name_that_staging_writes(warehouse: Warehouse) -> None:
    """Codes that no list has stay unmapped; none is guessed from its prefix."""
    load(warehouse, "amazon_fba_returns/api.txt", "amazon_fbm_returns/short_rows.txt")
    merge_core(warehouse)
    query = (
        "select distinct reason_raw, reason_class from core.return_lines left join core.reason_codes"
        " on reason_codes.reason_list = return_lines.reason_list and code_key = lower(reason_raw) order by all"
    )
    assert dict(ask(warehouse, query)) == {
        "AMZ-PG-APP-TOO-SMALL": "not_as_described",
        "AMZ-PG-WJ-TOO-SMALL": "not_as_described",
        "APPAREL_TOO_SMALL": "not_as_described",
        "CR-DEFECTIVE": None,
        "CR-NEW_CODE": None,
        "NEVER_ARRIVED": "delivery",
    }


def test_days_of_the_page_are_proven_and_windows_text_is_read(warehouse: Warehouse) -> None:
    (result,) = load(warehouse, "amazon_fba_returns/page_days_cp1252.txt")
    assert result.date_format == "dmy" and "above 12" in result.date_format_evidence
    assert ask(warehouse, "select encoding from raw.files") == [("cp1252",)]
    assert row(warehouse, "amazon_fba__return_lines", ("comment", "received_at"), "record_number = 1") == (
        "café table, still too small",
        datetime(2026, 4, 5, 4, 0),
    )


def test_days_that_read_two_ways_are_refused_by_their_column_until_stated(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "days.txt"
    path.write_bytes((SAMPLES / "amazon_fba_returns/page_days_cp1252.txt").read_bytes().replace(b"28-04", b"06-04"))
    (refused,) = load(warehouse, path)
    assert refused.status == "refused" and refused.error and refused.error["column"] == "return-date"
    (stated,) = load(warehouse, path, date_format="dmy")
    assert stated.status == "loaded"


def test_a_page_file_inherits_the_format_of_an_earlier_one(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "amazon_fba_returns/page_days_cp1252.txt")
    path = tmp_path / "days.txt"
    path.write_bytes((SAMPLES / "amazon_fba_returns/page_days_cp1252.txt").read_bytes().replace(b"28-04", b"06-04"))
    (result,) = load(warehouse, path)
    assert (result.status, result.date_format) == ("loaded", "dmy")
    assert result.date_format_evidence.startswith("inherited")


def test_a_report_as_csv_has_quotes(warehouse: Warehouse, tmp_path: Path) -> None:
    text = (SAMPLES / "amazon_fba_returns/api.txt").read_bytes().decode()
    lines = [line.split("\t") for line in text.splitlines()]
    path = tmp_path / "page.csv"
    path.write_text("\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines) + "\n")
    (result,) = load(warehouse, path)
    assert (result.source, result.records_loaded, result.quarantine) == ("amazon_fba_returns", 6, [])
    query = "select product_name from staging.amazon_fba__return_lines where record_number = 1"
    assert ask(warehouse, query) == [('Sample pump, 8" heel',)]


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("amazon_fba_returns/api.txt", "LPNSAMPLE001\ttoo", "LPNSAMPLE001\tx\ttoo", "field_count"),
        ("amazon_fba_returns/api.txt", "LPNSAMPLE001\ttoo", "LPNSAMPLE001\nx\ttoo", "return_date_readable"),
        ("amazon_fbm_returns/short_rows.txt", "15-Mar-2026", "03/15/2026", "return_request_date_readable"),
    ],
    ids=["a tab too many", "a line break inside a field", "a date that could be guessed"],
)
def test_what_cannot_be_read_is_quarantined(
    warehouse: Warehouse, tmp_path: Path, name: str, old: str, new: str, rule: str
) -> None:
    (result,) = load(warehouse, changed_copy(tmp_path, name, old, new))
    assert result.status == "loaded" and result.records_quarantined == 1
    assert [broken["rule"] for broken in result.quarantine if broken["rule"] != "quantity_whole"] == [rule]


def test_a_seller_fulfilled_return(warehouse: Warehouse) -> None:
    load(warehouse, "amazon_fbm_returns/short_rows.txt")
    columns = ("return_line_id", "quantity", "requested_date", "label_payer", "awb", "received_at")
    parcel = "0000000000000000000042"
    query = f"select {', '.join(columns)} from staging.amazon_fbm__return_lines order by record_number"
    assert ask(warehouse, query) == [
        ("DSAMPLE1RMA/NECK-18", 2, date(2026, 3, 14), "Seller", parcel, None),
        ("DSAMPLE1RMA/RING-7", 1, date(2026, 3, 14), "Seller", parcel, datetime(2026, 3, 21, 4, 0)),
        ("DSAMPLE2RMA/NECK-18", 2, date(2026, 3, 15), "Seller", None, None),
    ]
    assert row(warehouse, "amazon_fbm__refunds", ("return_line_id", "refund_amount")) == (
        "DSAMPLE1RMA/RING-7",
        Decimal("10.69"),
    )
    assert row(
        warehouse, "amazon_fbm__shipments", ("shipment_id", "direction", "carrier", "cost_amount", "outcome")
    ) == (
        parcel,
        "reverse",
        "USPS",
        Decimal("4.14"),
        "delivered",
    )
    assert ask(warehouse, "select sku, quantity from staging.amazon_fbm__shipment_lines order by sku") == [
        ("NECK-18", 2),
        ("RING-7", 1),
    ]


@pytest.mark.real_data
@needs_shared("formats")
def test_the_shared_samples_load_completely(warehouse: Warehouse) -> None:
    results = load(warehouse, *sorted(FORMATS.glob("amazon_f*.tsv")))
    assert [(result.source, result.records_loaded, result.quarantine) for result in results] == [
        ("amazon_fba_returns", 3, []),
        ("amazon_fbm_returns", 1, []),
    ]
    query = (
        "select return_line_id, product_name, reason_raw, comment, inspection_result, received_at"
        " from staging.amazon_fba__return_lines order by 1"
    )
    assert ask(warehouse, query) == [
        (
            "111-0000000-0000001/LPNAA0000000001",
            "Sample Sandal, Women's 8\" heel",
            "APPAREL_TOO_SMALL",
            "too tight, runs small",
            "CUSTOMER_DAMAGED",
            datetime(2025, 6, 5, 15, 31, 40),
        ),
        (
            "111-0000000-0000002/LPNAA0000000002",
            "Sample Lamp",
            "NO_REASON_GIVEN",
            None,
            "SELLABLE",
            datetime(2025, 6, 6, 2, 10),
        ),
    ]
    assert row(warehouse, "amazon_fba__shipments", ("shipment_id", "outcome", "problem_raw", "rto_delivered_at")) == (
        "111-0000000-0000002/LPNAA0000000003",
        "returned_to_origin",
        "UNDELIVERABLE_REFUSED",
        datetime(2025, 6, 6, 2, 10),
    )
    columns = (
        "return_line_id",
        "order_id",
        "sku",
        "product_id",
        "reason_raw",
        "quantity",
        "requested_date",
        "status",
        "resolution",
        "label_payer",
    )
    assert row(warehouse, "amazon_fbm__return_lines", columns) == (
        "DAAAAAAAARMA/SKU-003",
        "111-0000000-0000003",
        "SKU-003",
        "B000000003",
        "AMZ-PG-WJ-TOO-SMALL",
        2,
        date(2025, 7, 14),
        "authorized",
        "StandardRefund",
        "Seller",
    )
    assert row(warehouse, "amazon_fbm__shipments", ("awb", "carrier", "cost_amount", "ordered_date")) == (
        "0000000000000000000001",
        "USPS",
        Decimal("4.14"),
        date(2025, 7, 10),
    )
    assert not ask(warehouse, "select 1 from staging.amazon_fbm__refunds")
