"""The law of cases: what was touched and computed anew, case by case, equals what computing everything gives.

Over made-up worlds in which everything goes wrong, and edits of every kind: rows that come, go, change, move to another
order, share a waybill, name a return, or turn an unknown order into a known one.
"""

from __future__ import annotations

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
    "update core.order_lines set quantity = quantity + 1, sku = 'B' where {order_id}",
    "delete from core.order_lines where {order_id}",
    "update core.shipments set order_id = '{seed}' where {shipment_id}",
    "update core.shipments set awb = 'AWB-same3', outcome = 'returned_to_origin' where {shipment_id}",
    "update core.shipments set awb = null, order_id = null, reference_number = '{seed}' where {shipment_id}",
    "update core.shipments set direction = null where {shipment_id}",
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


@pytest.fixture
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    """A made-up world with all its tables, before any edit."""
    write_home(tmp_path, new_merchant(tmp_path, "demo"))
    world = broken_world(request.param, MERCHANTS, order_count=250, orders_of_a_waybill=25)
    tables = _made()
    for table in tables:
        world |= {name: list(rows) for name, rows in reference_rows(table).items()}
    read = {name for table in tables for name in table.dependencies} - {table.full_name for table in tables}
    with database(read | set(world), world) as connection:
        house = Warehouse(connection, load_settings(tmp_path))
        for ledger in (BUILDS, DIRTY_PARTS, TOUCHED):
            house.ensure(ledger)
        # Returns without order are looked for among what their customer bought.
        connection.execute("update core.orders set customer_id = 'C' || hash(order_id) % 60")
        connection.execute("update core.return_lines set customer_id = 'C' || hash(return_line_id) % 60")
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
        name: f"hash({name} || '{seed}') % 60 = 0"
        for name in ("order_id", "shipment_id", "return_line_id", "refund_id")
    }
    entities = [contract for contract in all_contracts().values() if contract.links]
    for contract in entities:
        connection.execute(f"create or replace temp table {contract.entity}_before as from core.{contract.entity}")
    connection.execute(statement.format(seed=seed, **picks))
    _see_returns(house)
    for contract in entities:
        before, after = f"select * from {contract.entity}_before", f"select * from core.{contract.entity}"
        connection.execute(
            f"create or replace temp table changed as ({before} except {after}) union all ({after} except {before})"
        )
        note_touched(house, contract, "changed")


def _differing(house: Warehouse) -> list[str]:
    """Case tables that are not what computing everything gives."""
    found = []
    for table in case_tables():
        house.connection.execute(f"create or replace temp table whole_rows as {table.sql}")
        rows, whole = f"select * from {table.full_name}", "select * from whole_rows"
        count = house.one(f"select count(*) from (({rows} except all {whole}) union all ({whole} except all {rows}))")
        if count != (0,):
            found.append(table.full_name)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", [1, 2], indirect=True)
def test_touched_cases_become_what_computing_everything_gives(warehouse: Warehouse) -> None:
    orders = warehouse.row_count("core.orders")
    is_some_left_out = False
    for number, edit in enumerate(EDITS):
        _edit(warehouse, edit, seed=number + 7)
        warehouse.connection.execute("delete from core.returns_coverage")
        warehouse.connection.execute(
            f"insert into core.returns_coverage {all_sql_tables()['core.returns_coverage'].sql}"
        )
        computed = update_cases(warehouse)
        assert _differing(warehouse) == [], edit
        is_some_left_out |= 0 < computed.get("core.order_units", 0) < orders / 2
        assert warehouse.row_count(TOUCHED.full_name) == 0
    assert is_some_left_out, "every edit gathered most of the orders, so that nothing was proven"


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
