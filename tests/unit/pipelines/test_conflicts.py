"""Files of one age that disagree: the later load wins, and both are named for as long as they disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from staged_rows import Row, merge_files, stage

if TYPE_CHECKING:
    from pipelines.warehouse import Warehouse

pytestmark = pytest.mark.slow


def test_a_tie_goes_to_the_later_load_and_is_told(warehouse: Warehouse) -> None:
    stage(
        warehouse,
        "orders",
        [("one", (0, [{"order_id": "a", "status_raw": "x"}])), ("two", (0, [{"order_id": "a", "status_raw": "y"}]))],
    )
    merge_files(warehouse, "orders", [], ["one", "two"])
    assert warehouse.connection.execute("select status_raw from core.orders").fetchall() == [("y",)]
    conflicts = warehouse.connection.execute(
        "select entity, key, kept_file_id, dropped_file_id from quarantine.conflicts"
    ).fetchall()
    assert conflicts == [("orders", "a", "two", "one")]


def told_conflicts(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.connection.execute(
        "select merchant_id, key, kept_file_id, dropped_file_id from quarantine.conflicts order by all"
    ).fetchall()


def lines(quantity: int, merchant_id: str = "demo", order_id: str = "a") -> list[Row]:
    return [
        {"merchant_id": merchant_id, "order_id": order_id, "order_line_id": str(line), "quantity": quantity}
        for line in (1, 2)
    ]


def test_a_merge_leaves_conflicts_of_others_alone(warehouse: Warehouse) -> None:
    disagreeing = [("one", (0, lines(1, "other") + lines(1, order_id="b"))), ("two", (0, lines(2, "other")))]
    stage(warehouse, "order_lines", [*disagreeing, ("third", (0, lines(3, order_id="b")))])
    merge_files(warehouse, "order_lines", [], ["one", "two", "third"])
    told = told_conflicts(warehouse)
    assert [row[:2] for row in told] == [("demo", "b / 1"), ("demo", "b / 2"), ("other", "a / 1"), ("other", "a / 2")]
    stage(warehouse, "order_lines", [("fourth", (1, lines(1))), ("fifth", (2, lines(2)))], sequence_from=4)
    merge_files(warehouse, "order_lines", ["one", "two", "third"], ["fourth", "fifth"])
    assert told_conflicts(warehouse) == told


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_conflict_that_is_mended_is_told_no_more(warehouse: Warehouse, is_whole: bool) -> None:
    stage(warehouse, "order_lines", [("one", (0, lines(1))), ("two", (0, lines(2))), ("mending", (1, []))])
    merge_files(warehouse, "order_lines", [], ["one", "two"])
    assert told_conflicts(warehouse) == [("demo", "a / 1", "two", "one"), ("demo", "a / 2", "two", "one")]
    warehouse.connection.execute("delete from staging.test__order_lines where file_id = 'one'")
    warehouse.connection.execute(
        "insert into meta.mended_keys by name select 'mending' as file_id, 'one' as mended_file_id,"
        """ 'order_lines' as entity, 'demo' as merchant_id, '{"order_id": "a"}'::json as key"""
    )
    merge_files(warehouse, "order_lines", ["one", "two"], None if is_whole else ["mending"])
    assert told_conflicts(warehouse) == []
