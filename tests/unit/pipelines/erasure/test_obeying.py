"""Every later load obeys an erasure, whatever the order of files and rows; persons of others stay."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest
from erased_shop import ORDERS, Load, erase_up_to_the_build, words_in_raw

from pipelines.builds import built, enter_build
from pipelines.warehouse import Warehouse

NEW = {
    "orders": (
        "order_id,placed_date,currency_code,total_amount,customer_email,ship_postcode_prefix\n"
        "21,2026-05-14,USD,10.00,ann@example.com,secret of ann 100\n"
    ),
    "returns": (
        "return_line_id,order_id,quantity,awb,comment,reason_raw\n"
        "RL21,21,1,BACK21,secret of ann,secret of ann as reason\nRL22,22,1,BACK22,secret of bob,Wrong size\n"
    ),
    "inspections": (
        "inspection_id,return_line_id,result_raw,note\nI21,RL21,damaged,secret of ann\nI22,RL22,damaged,secret of bob\n"
    ),
    "events": (
        "shipment_id,awb,happened_at,code_raw,remark\n"
        "x21,BACK21,2026-05-16 12:00:00,4,secret of ann\nx22,BACK22,2026-05-16 12:00:00,4,secret of bob\n"
    ),
}
"""Ann orders again, and sends that back, beside somebody else; each file is tied to one other."""


@pytest.fixture
def erased(warehouse: Warehouse, load: Load, ann: str) -> Iterator[Warehouse]:
    load("orders.csv", ORDERS)
    erase_up_to_the_build(warehouse, ann)
    return warehouse


@pytest.mark.slow
def test_the_order_of_files_does_not_matter(warehouse: Warehouse, load: Load, ann: str) -> None:
    load("orders.csv", ORDERS)
    erase_up_to_the_build(warehouse, ann)
    for number, names in enumerate(list(permutations(NEW))[::7]):
        # Other numbers each time: what was found before must not help.
        for name in names:
            load(f"{name}-{number}.csv", NEW[name].replace("21", f"3{number}").replace("22", f"4{number}"))
        words = words_in_raw(warehouse)
        assert "secret of ann" not in words, names
        assert ann not in words
    assert words.count("secret of bob") >= 4 * 3


def test_the_order_of_rows_does_not_matter(erased: Warehouse, load: Load) -> None:
    """The row that is tied to Ann by another row's number stands before it."""
    load(
        "shipments.csv",
        "shipment_id,order_id,awb,rto_awb\nS3,,RTO7,\nS2,,OUT7,RTO7\nS1,7,OUT7,\nS4,8,OUT8,\n",
    )
    load(
        "events.csv",
        "shipment_id,awb,happened_at,code_raw,remark\n"
        "s3,x,2026-05-16 12:00:00,4,secret of ann\ns4,y,2026-05-16 12:00:00,4,secret of bob\n",
    )
    events = erased.connection.execute("select remark from staging.generic__tracking_events order by shipment_id")
    assert events.fetchall() == [(None,), ("secret of bob",)]


def test_files_that_came_before_are_merged_anew_where_a_later_one_ties_them_to_the_person(
    erased: Warehouse, load: Load
) -> None:
    load("inspections.csv", NEW["inspections"].replace("RL21", "RL7"))
    assert "secret of ann" in words_in_raw(erased)
    enter_build(erased, "core.inspections", "merged")
    load("returns.csv", NEW["returns"].replace("RL21,21", "RL7,7"))
    assert "secret of ann" not in words_in_raw(erased)
    assert "core.inspections" not in built(erased)


def test_a_file_that_touches_no_other_leaves_everything_merged(erased: Warehouse, load: Load, ann: str) -> None:
    enter_build(erased, "core.orders", "merged")
    load("returns.csv", NEW["returns"])
    load("more.csv", NEW["orders"].replace("21,2026", "30,2026"))
    assert "secret of ann" in words_in_raw(erased)
    assert ann not in words_in_raw(erased)
    assert "core.orders" in built(erased)
