"""The law of cases: what was touched and computed anew, case by case, equals what computing everything gives.

Over made-up worlds in which everything goes wrong, and edits of every kind: rows that come, go, change, move to another
order, share a waybill, name a return, or turn an unknown order into a known one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from broken_world import broken_world
from declared_tables import database, reference_rows

from pipelines.builds import enter_build
from pipelines.cases import case_tables, note_touched, update_cases
from pipelines.contracts import all_contracts
from pipelines.ledger import BUILDS, DIRTY_PARTS, TOUCHED
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.sql_tables import all_sql_tables
from pipelines.staleness import reads_cases
from pipelines.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MERCHANTS = ("demo", "other", "bare")
NEEDED = ("core.returns_coverage", "core.refund_sources", "core.product_versions")
"""What cases read besides their own rows, and is made in SQL too."""

EDITS = (
    "update core.orders set status = 'refunded', shipped_quantity = 0 where {order_id}",
    "delete from core.orders where {order_id}",
    "insert into core.orders select * replace ('unknown' as order_id) from core.orders where order_id = '{seed}'",
    "insert into core.orders select * replace ('N' || order_id as order_id) from core.orders where {order_id}",
    "insert into core.orders select * replace ('R{seed}-0' as order_id) from core.orders where order_id = '{seed}'",
    "update core.orders set customer_id = 'C' || hash(order_id) % 83 where hash(order_id || '{seed}') % 4 = 0"
    " and customer_id in (select customer_id from core.return_lines where order_id is null)",
    "update core.order_lines set quantity = quantity + 1, sku = 'B' where {order_id}",
    "delete from core.order_lines where {order_id}",
    "update core.shipments set order_id = '{seed}' where {shipment_id}",
    "update core.shipments set awb = 'AWB-same3', outcome = 'returned_to_origin' where {shipment_id}",
    "update core.shipments set awb = null, order_id = null, reference_number = '{seed}' where {shipment_id}",
    "update core.shipments set direction = null where {shipment_id}",
    "update core.shipments set carrier = 'another' where order_id is null and hash(shipment_id || '{seed}') % 20 = 0",
    "update core.shipments set order_id = null, reference_number = null where {shipment_id}",
    "delete from core.shipments where {shipment_id}",
    "update core.shipment_lines set sku = 'A', order_id = '{seed}' where {shipment_id}",
    "delete from core.shipment_lines where {shipment_id}",
    "insert into core.tracking_events select * replace (upper(shipment_id) as shipment_id, 'awb{seed}-0' as awb)"
    " from core.tracking_events where {shipment_id}",
    "update core.tracking_events set code = 'rto_delivered' where {shipment_id}",
    "delete from core.tracking_events where {shipment_id}",
    "update core.return_lines set order_id = '{seed}' where {return_line_id}",
    "update core.return_lines set order_id = null, awb = null where {return_line_id}",
    "update core.return_lines set awb = 'awb-SAME2 ', reason_list = 'clickpost' where {return_line_id}",
    "update core.return_lines set return_id = 'R{seed}-0', status = 'authorized' where {return_line_id}",
    "delete from core.return_lines where {return_line_id}",
    "update core.refunds set return_line_id = 'R{seed}-0' where {refund_id}",
    "update core.refunds set order_id = '{seed}' where {refund_id}",
    "delete from core.refunds where {refund_id}",
    "insert into core.return_status_events select * replace (changed_at + interval 3 day as changed_at)"
    " from core.return_status_events where {return_line_id}",
    "insert into core.inspections by name select merchant_id, 'I' || return_line_id as inspection_id, return_line_id,"
    " requested_at as inspected_at from core.return_lines where {return_line_id}",
)


SEEDS = (1, 2)
TOGETHER = 3
"""Edits before one comparison; each is of another table than the others of its group."""
PICKED = 60
"""Of so many rows one is edited: enough that an edit finds some, few enough that most cases are left out."""


def edits_together() -> list[list[int]]:
    """Places in ``EDITS``, dealt to groups; neighbours are of one table."""
    groups = len(EDITS) // TOGETHER
    return [list(range(group, len(EDITS), groups)) for group in range(groups)]


@contextmanager
def edited_world(seed: int, folder: Path) -> Iterator[Warehouse]:
    """A made-up world with all its tables, before any edit."""
    write_home(folder, new_merchant(folder, "demo"))
    world = broken_world(seed, MERCHANTS, order_count=250, orders_of_a_waybill=25)
    tables = _made()
    for table in tables:
        world |= {name: list(rows) for name, rows in reference_rows(table).items()}
    read = {name for table in tables for name in table.dependencies} - {table.full_name for table in tables}
    with database(read | set(world), world) as connection:
        house = Warehouse(connection, load_settings(folder))
        for ledger in (BUILDS, DIRTY_PARTS, TOUCHED):
            house.ensure(ledger)
        # Returns without order are looked for among what their customer bought.
        connection.execute("update core.orders set customer_id = 'C' || order_id::integer % 83")
        connection.execute(
            "update core.return_lines set customer_id = 'C' || regexp_extract(return_line_id, '[0-9]+')::integer % 83"
        )
        # Some parcels name their order on their items alone.
        connection.execute(
            "update core.shipment_lines set order_id = ' ' || split_part(substr(shipment_id, 2), '-', 1)"
            " where hash(shipment_id) % 3 = 0"
        )
        _see_returns(house)
        for table in tables:
            connection.execute(f"create table {table.full_name} as {table.sql}")
            enter_build(house, table.full_name, table.code_hash)
        yield house


def _made() -> list:
    return [
        table for name, table in all_sql_tables().items() if table.schema == "core" and (table.case or name in NEEDED)
    ]


def _see_returns(house: Warehouse) -> None:
    """Stage the return lines as they stand in core."""
    house.connection.execute("delete from staging.return_lines")
    house.connection.execute(
        "insert into staging.return_lines by name select columns(core_lines.*), 1 as record_number from"
        " (select merchant_id, merchant_id as file_id, return_line_id, status, requested_date, requested_at"
        " from core.return_lines) as core_lines"
    )


def _edit(house: Warehouse, statement: str, seed: int) -> None:
    """Run an edit and note what it touched, as a merge does."""
    connection = house.connection
    picks = {
        name: f"hash({name} || '{seed}') % {PICKED} = 0"
        for name in ("order_id", "shipment_id", "return_line_id", "refund_id")
    }
    name = _edited_table(statement)
    connection.execute(f"create or replace temp table rows_before as from {name}")
    connection.execute(statement.format(seed=seed, **picks))
    _see_returns(house)
    before, after = "select * from rows_before", f"select * from {name}"
    connection.execute(
        f"create or replace temp table changed as ({before} except {after}) union all ({after} except {before})"
    )
    note_touched(house, all_contracts()[name.removeprefix("core.")], "changed")


def _edited_table(statement: str) -> str:
    return next(word for word in statement.split() if word.startswith("core."))


def _update(house: Warehouse) -> dict[str, int]:
    """Compute the touched cases anew, behind what they read besides their own rows."""
    house.connection.execute("delete from core.returns_coverage")
    house.connection.execute(f"insert into core.returns_coverage {all_sql_tables()['core.returns_coverage'].sql}")
    return update_cases(house)


def _differing(house: Warehouse) -> list[str]:
    """Case tables that are not what computing everything gives: rows and the sum over the hashes of their columns."""
    found = []
    for table in case_tables():
        columns = ", ".join(column.name for column in table.columns)
        sums = [
            house.one(f"select count(*), sum(hash({columns})) from {rows}")
            for rows in (table.full_name, f"({table.sql})")
        ]
        if sums[0] != sums[1]:
            found.append(table.full_name)
    return found


def _first_wrong(seed: int, groups: list[list[int]], folder: Path) -> str:
    """The edit behind which a table is first wrong, one edit after the other in a new world."""
    with edited_world(seed, folder) as house:
        for place in (place for group in groups for place in group):
            _edit(house, EDITS[place], seed=place + 7)
            _update(house)
            if found := _differing(house):
                return f"behind the edit: {EDITS[place]}: {found}"
    return f"only behind several edits together: {[EDITS[place] for place in groups[-1]]}"


def test_every_edit_is_made_once_and_no_two_of_a_group_are_of_one_table() -> None:
    groups = edits_together()
    assert sorted(place for group in groups for place in group) == list(range(len(EDITS)))
    for group in groups:
        assert len({_edited_table(EDITS[place]) for place in group}) == TOGETHER, group


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_touched_cases_become_what_computing_everything_gives(seed: int, tmp_path: Path) -> None:
    groups = edits_together()
    is_some_left_out, idle = False, []
    with edited_world(seed, tmp_path / "together") as house:
        orders = house.row_count("core.orders")
        for number, group in enumerate(groups):
            for place in group:
                _edit(house, EDITS[place], seed=place + 7)
                idle += [EDITS[place]] * (house.row_count("changed") == 0)
            computed = _update(house)
            assert _differing(house) == [], _first_wrong(seed, groups[: number + 1], tmp_path / "singly")
            is_some_left_out |= 0 < computed.get("core.order_units", 0) < orders / 2
            assert house.row_count(TOUCHED.full_name) == 0
    assert is_some_left_out, "every group of edits gathered most of the orders, so that nothing was proven"
    assert len(idle) <= 1, f"edits that changed no row: {idle}"


def test_headers_name_rows_as_cases_are_gathered() -> None:
    tables = all_sql_tables()
    cases = case_tables()
    assert len(cases) > 10
    for table in cases:
        assert table.load == "merge"
        assert set(table.case) <= {column.name for column in table.columns}, table.full_name
    for table in tables.values():
        if table.schema == "core" and not table.case:
            assert table.load == "replace", table.full_name
    # What cases read besides their own rows must be up to date before they are computed.
    for table in cases:
        for name in table.dependencies:
            if name in tables and not tables[name].case:
                assert not reads_cases(tables[name]), f"{table.full_name} reads {name}, which is made from cases"
