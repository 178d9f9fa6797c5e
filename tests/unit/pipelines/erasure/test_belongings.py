"""Whatever hangs on a person is found: on an order, on a return, on a waybill; loaded, rejected or corrected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from erased_shop import ORDERS, Load, erase_up_to_the_build, words_in_raw

from pipelines.warehouse import Warehouse

RETURNS = (
    "return_line_id,return_id,order_id,quantity,awb,forward_awb,comment,reason_raw\n"
    "RL1,R1,7,1,BACK7,,ann says thanks,Wrong size\n"
    "RL2,R2,8,1,BACK8,,bob says thanks,Wrong size\n"
)
"""Ann's return of order 7 and Bob's of order 8."""


@pytest.fixture
def shop(warehouse: Warehouse, load: Load) -> Iterator[Warehouse]:
    load("orders.csv", ORDERS)
    load("returns.csv", RETURNS)
    return warehouse


HANGING = {
    "an inspection of the return": (
        "inspections.csv",
        "inspection_id,return_line_id,result_raw,note,inspected_at\n"
        "I1,RL1,damaged,secret of ann,2026-03-26 10:00:00\nI2,RL2,damaged,secret of bob,2026-03-26 10:00:00\n",
    ),
    "a message about the return": (
        "contacts.csv",
        "contact_id,order_id,return_line_id,channel,message,contacted_at\n"
        "C1,,RL1,mail,secret of ann,2026-03-28 11:00:00\nC2,,RL2,mail,secret of bob,2026-03-28 11:00:00\n",
    ),
    "scans of the return's parcel": (
        "events.csv",
        "shipment_id,awb,happened_at,code_raw,remark\n"
        "back7,BACK7,2026-03-16 12:00:00,4,secret of ann\nback8,BACK8,2026-03-16 12:00:00,4,secret of bob\n",
    ),
    "a tracker of the return's parcel": (
        "tracker.json",
        json.dumps(
            [
                {
                    "id": f"trk_{number}",
                    "tracking_code": f"BACK{number}",
                    "status": "in_transit",
                    "status_detail": "in_transit",
                    "created_at": "2026-03-20T00:00:00Z",
                    "updated_at": "2026-03-20T00:00:00Z",
                    "tracking_details": [
                        {"status": "in_transit", "datetime": "2026-03-20T00:00:00Z", "message": f"secret of {name}"}
                    ],
                }
                for number, name in ((7, "ann"), (8, "bob"))
            ]
        ),
    ),
}


@pytest.mark.parametrize("what", HANGING)
def test_what_hangs_on_a_return_is_found(shop: Warehouse, load: Load, ann: str, what: str) -> None:
    load(*HANGING[what])
    assert "secret of ann" in words_in_raw(shop)
    erase_up_to_the_build(shop, ann)
    words = words_in_raw(shop)
    assert "secret of ann" not in words
    assert "ann says thanks" not in words
    assert "secret of bob" in words
    assert "bob says thanks" in words


def test_the_waybill_under_which_a_parcel_came_back_is_followed(shop: Warehouse, load: Load, ann: str) -> None:
    """The parcel is tied to the order, the scan to the parcel's other waybill alone."""
    load("shipments.csv", "shipment_id,order_id,awb,rto_awb\nS1,7,OUT7,RTO7\nS2,8,OUT8,RTO8\n")
    load(
        "events.csv",
        "shipment_id,awb,happened_at,code_raw,remark\n"
        "x7,RTO7,2026-03-16 12:00:00,4,secret of ann\nx8,RTO8,2026-03-16 12:00:00,4,secret of bob\n",
    )
    erase_up_to_the_build(shop, ann)
    assert "secret of ann" not in words_in_raw(shop)
    assert "secret of bob" in words_in_raw(shop)


def test_a_record_that_is_rejected_is_found_as_it_was_corrected(shop: Warehouse, load: Load, ann: str) -> None:
    """Its order came by a correction, and nothing of it is staged, because its quantity is still wrong."""
    load(
        "return_requests.csv",
        "return_id,order_id,quantity,date_requested,comments,reason\n"
        "G1,,x,2026-03-20,secret of ann,Wrong size\nG2,8,x,2026-03-20,secret of bob,Wrong size\n",
    )
    row = shop.one("select file_id, record_number from quarantine.rows where record_number = 1")
    assert row
    load("corrections.csv", f"file_id,record,rule,column,corrected\n{row[0]},{row[1]},order_id_missing,order_id,7\n")
    assert shop.row_count("staging.bigcommerce__return_lines") == 0
    erase_up_to_the_build(shop, ann)
    assert "secret of ann" not in words_in_raw(shop)
    assert "secret of bob" in words_in_raw(shop)


def test_a_return_whose_id_a_mapping_computes_is_found(shop: Warehouse, load: Load, ann: str, tmp_path: Path) -> None:
    """No column of the file holds the id."""
    mapping = tmp_path / "notes.toml"
    mapping.write_text(
        '[inspections]\ninspection_id = "no"\nreturn_line_id = { sql = "\'RL\' || no" }\n'
        'result_raw = "result"\nnote = "words"\n',
        encoding="utf-8",
    )
    load("notes.csv", "no,result,words\n1,damaged,secret of ann\n2,damaged,secret of bob\n", mapping=mapping)
    erase_up_to_the_build(shop, ann)
    assert "secret of ann" not in words_in_raw(shop)
    assert "secret of bob" in words_in_raw(shop)


def test_a_placeholder_that_many_share_takes_nobody_else(shop: Warehouse, load: Load, ann: str) -> None:
    """Six orders whose parcel is called NA: it is no number of Ann's parcel."""
    rows = "".join(f"S{order},{order},NA\n" for order in range(7, 14))
    load("shipments.csv", "shipment_id,order_id,awb\n" + rows)
    load("events.csv", "shipment_id,awb,happened_at,code_raw,remark\nx,NA,2026-03-16 12:00:00,4,secret of bob\n")
    plan = erase_up_to_the_build(shop, ann)
    assert plan.parcels == ["back7", "s7"]
    assert "secret of bob" in words_in_raw(shop)
