"""Cases: an order with all that hangs on it; derived core tables are brought up to date case by case.

A case is a set of rows that no equality of ids leads out of: an order, its lines, refunds, parcels, scans and
returns, with other orders where a waybill or a customer's returns without order join them. A table of
``sql/core`` with ``load: merge`` computes each case from the rows of that case alone, so its query gives the same
rows over some whole cases as over everything. A build therefore notes which ids changed (``note_touched``),
gathers the whole cases around them, runs the same queries in a database in memory that holds nothing else, and puts
the results in the place of the old rows. What a day changes is small; where it is not, the tables are rebuilt whole.

Which columns tie a row to its case stands in the contracts (``Contract.links``), which columns name a derived
table's rows of a case in its header (``case:``).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.builds import built, forget_builds
from pipelines.ledger import TOUCHED
from pipelines.sql_tables import all_sql_tables
from pipelines.staleness import forget_readers, mark_changed_parts

if TYPE_CHECKING:
    from collections.abc import Generator

    from pipelines.contracts import Contract
    from pipelines.sql_tables import SqlTable
    from pipelines.warehouse import Warehouse

LARGEST_SHARE = 0.1
"""Of all orders: where more are touched, rebuilding everything is cheaper than gathering."""

FEW = 2_000
"""Orders that are always gathered, however small the shop."""

_SETS = {
    ("order_id",): "select merchant_id, id as order_id from case_nodes where kind = 'order'",
    ("return_line_id",): "select merchant_id, id as return_line_id from case_nodes where kind = 'return'",
    ("parcel_id",): "select distinct merchant_id, parcel_id from case_tellings",
    ("scans_id",): "select merchant_id, telling_id as scans_id from case_tellings where told_by = 'scans'",
    ("told_by", "telling_id"): "select merchant_id, told_by, telling_id from case_tellings",
}
"""What ``case:`` may name, with the ids of the gathered cases."""

_EXTRACTS = {
    "core.orders": "order_id",
    "core.order_lines": "order_id",
    "core.refunds": "order_id",
    "core.return_lines": "return_line_id",
    "core.return_status_events": "return_line_id",
    "core.inspections": "return_line_id",
    "core.shipments": "shipment_id",
    "core.shipment_lines": "shipment_id",
    "core.tracking_events": "shipment_id",
    "staging.return_lines": "return_line_id",
}
"""Tables of which only the cases' rows are read, with the column that names them; others are read whole."""

_WAYS = ("core.parcel_tellings", "core.parcel_lines", "core.return_line_matches")
"""Derived tables along which ids are followed: without them no case can be gathered."""

_KINDS = {"order_id": "order", "return_line_id": "return", "shipment_id": "shipment"}


def case_tables() -> list[SqlTable]:
    """Derived tables that are kept case by case, each after what it reads."""
    return [table for table in all_sql_tables().values() if table.schema == "core" and table.case]


def note_touched(warehouse: Warehouse, contract: Contract, changed: str) -> None:
    """Note the ids of some rows of a contract's table, old ones and new ones, for the next ``update_cases``.

    Args:
        warehouse: the open warehouse, within the transaction that changes the rows.
        contract: whose rows they are.
        changed: a relation with all of the contract's columns that link.
    """
    for kind, columns in contract.links.items():
        for column in columns:
            value = f"trim({column})" if kind == "order" else column
            value = f"lower(trim({column}))" if kind == "parcel" else value
            warehouse.connection.execute(
                f"insert into {TOUCHED.full_name} by name select distinct merchant_id, '{kind}' as kind, {value} as id"
                f" from {changed} where nullif({value}, '') is not null"
            )


def forget_cases(warehouse: Warehouse) -> None:
    """Note that every case must be computed anew: all tables that are kept case by case are stale."""
    forget_builds(warehouse, [table.full_name for table in case_tables()])
    for table in case_tables():
        forget_readers(warehouse, table.full_name, is_whole=True)
    warehouse.connection.execute(f"delete from {TOUCHED.full_name}")


def update_cases(warehouse: Warehouse) -> dict[str, int]:
    """Bring the tables that are kept case by case up to date with what was touched, if that is little.

    Otherwise they are noted as stale. Tables that are stale already are left to be rebuilt.

    Returns:
        By table, the rows that were computed anew.
    """
    _note_what_time_changed(warehouse)
    if not warehouse.row_count(TOUCHED.full_name):
        return {}
    known = built(warehouse)
    fresh = [table for table in case_tables() if known.get(table.full_name) == table.code_hash]
    if not {table.full_name for table in fresh} >= set(_WAYS) or not _gather(warehouse):
        with warehouse.transaction():
            forget_cases(warehouse)
        return {}
    with _computed(warehouse) as database:
        return _put(warehouse, fresh, database)


def _note_what_time_changed(warehouse: Warehouse) -> None:
    known = built(warehouse)
    for table in case_tables():
        if table.also and known.get(table.full_name) == table.code_hash:
            kind = _KINDS[table.case[0]]
            warehouse.connection.execute(
                f"insert into {TOUCHED.full_name} by name select distinct merchant_id, '{kind}' as kind,"
                f" {table.case[0]} as id from ({table.also})"
            )


def _gather(warehouse: Warehouse) -> bool:
    """Follow the ids from row to row until no new one is found.

    Fills the temporary tables ``case_nodes`` (merchant_id, kind, id) and ``case_tellings`` (rows of
    ``core.parcel_tellings``).

    Returns:
        False where more than ``LARGEST_SHARE`` of all orders would be gathered; then it stopped midway.
    """
    connection = warehouse.connection
    connection.execute(
        f"create or replace temp table case_nodes as select distinct merchant_id, kind, id from {TOUCHED.full_name}"
    )
    connection.execute("create or replace temp table case_tellings as select * from core.parcel_tellings limit 0")
    connection.execute("create or replace temp table case_frontier as select * from case_nodes")
    limit = max(warehouse.row_count("core.orders") * LARGEST_SHARE, FEW)
    while warehouse.row_count("case_frontier"):
        ((orders,),) = connection.execute("select count(*) from case_nodes where kind = 'order'").fetchall()
        if orders > limit:
            return False
        connection.execute(f"create or replace temp table case_found as {_TELLINGS} union {_PARCEL_LINES}")
        connection.execute(
            "insert into case_tellings select * from case_found anti join case_tellings"
            " using (merchant_id, told_by, telling_id)"
        )
        connection.execute(
            f"create or replace temp table case_frontier as select distinct merchant_id, kind, id from ({_NEXT})"
            " where nullif(id, '') is not null and kind is not null"
            " except select merchant_id, kind, id from case_nodes"
        )
        connection.execute("insert into case_nodes select * from case_frontier")
    return True


def _rows_reached(table: str, *ways: tuple[str, str]) -> str:
    """SQL for rows of a table that any of some ways, each an expression and a kind, reaches.

    Each way reads its own column of the table and nothing else; the few rows that are found are fetched by their place.
    """
    places = " union ".join(
        f"select told.rowid as place from {table} as told semi join case_frontier as reached"
        f" on told.merchant_id = reached.merchant_id and reached.kind = '{kind}' and {expression} = reached.id"
        for expression, kind in ways
    )
    return f"select told.* from {table} as told semi join ({places}) as found on told.rowid = found.place"


_TELLINGS = _rows_reached(
    "core.parcel_tellings",
    ("told.awb_key", "parcel"),
    ("told.shipment_id", "shipment"),
    ("case when not told.is_waybill_numbered then lower(trim(told.shipment_id)) end", "parcel"),
    ("told.order_id", "order"),
    ("told.reference_number", "order"),
    ("told.reference_number", "return"),
)
_PARCEL_LINES = (
    "select told.* from core.parcel_tellings as told semi join ("
    "select lines.merchant_id, lines.parcel_id from core.parcel_lines as lines semi join case_frontier as reached"
    " on lines.merchant_id = reached.merchant_id and reached.kind = 'order' and lines.order_id = reached.id"
    ") as lines on told.merchant_id = lines.merchant_id and told.parcel_id = lines.parcel_id"
)
# A parcel may name its order on its items alone.
_ITEMS = (
    "select lines.merchant_id, trim(lines.order_id) as order_id from core.shipment_lines as lines semi join tellings"
    " on lines.merchant_id = tellings.merchant_id and lines.shipment_id = tellings.telling_id"
    " and tellings.told_by = 'shipment'"
)
_RETURNS = _rows_reached(
    "core.return_lines",
    ("told.return_line_id", "return"),
    ("told.return_id", "return"),
    ("trim(told.order_id)", "order"),
    ("lower(trim(told.awb))", "parcel"),
    ("lower(trim(told.forward_awb))", "parcel"),
)
_MATCHES = _rows_reached("core.return_line_matches", ("told.return_line_id", "return"), ("told.order_id", "order"))
_REFUNDS = _rows_reached("core.refunds", ("told.order_id", "order"), ("told.return_line_id", "return"))
# A return without order is looked for among what its customer bought; whose customer changed has two.
_CUSTOMERS = (
    f"select merchant_id, customer_id from ({_rows_reached('core.orders', ('told.order_id', 'order'))})"
    " union select merchant_id, id as customer_id from case_frontier where kind = 'customer'"
)
_CUSTOMERS_RETURNS = (
    f"select told.* from core.return_lines as told semi join ({_CUSTOMERS}) as bought"
    " on told.merchant_id = bought.merchant_id and told.customer_id = bought.customer_id"
    " where told.order_id is null"
)
_CUSTOMERS_ORDERS = (
    "select told.merchant_id, told.order_id from core.orders as told semi join ("
    f"{_rows_reached('core.return_lines', ('told.return_line_id', 'return'))}"
    ") as asked on told.merchant_id = asked.merchant_id and told.customer_id = asked.customer_id"
    " and asked.order_id is null"
)
_NEXT = f"""
    with tellings as (from case_found),
    items as ({_ITEMS}),
    asked as ({_RETURNS} union {_CUSTOMERS_RETURNS}),
    matches as ({_MATCHES}),
    refunds as ({_REFUNDS}),
    bought as ({_CUSTOMERS_ORDERS})
    select merchant_id, unnest(['parcel', 'parcel', 'shipment', 'order', 'order', 'return']) as kind,
        unnest([awb_key, lower(trim(shipment_id)), shipment_id, order_id, reference_number, reference_number]) as id
    from tellings
    union all
    select merchant_id, 'order' as kind, order_id as id from items
    union all
    select merchant_id, unnest(['return', 'return', 'order', 'parcel', 'parcel']) as kind,
        unnest([return_line_id, return_id, trim(order_id), lower(trim(awb)), lower(trim(forward_awb))]) as id
    from asked
    union all
    select merchant_id, unnest(['return', 'order']) as kind, unnest([return_line_id, order_id]) as id from matches
    union all
    select merchant_id, unnest(['order', 'return']) as kind, unnest([order_id, return_line_id]) as id from refunds
    union all
    select merchant_id, 'order' as kind, order_id as id from bought
"""


@contextmanager
def _computed(warehouse: Warehouse) -> Generator[str]:
    """A database in memory in which the tables hold the gathered cases alone."""
    connection, tables = warehouse.connection, case_tables()
    ((home,),) = connection.execute("select current_database()").fetchall()
    read = {name for table in tables for name in table.dependencies} - {table.full_name for table in tables}
    connection.execute("attach ':memory:' as cases")
    try:
        for schema in sorted({name.partition(".")[0] for name in read} | {"core"}):
            connection.execute(f"create schema if not exists cases.{schema}")
        for name in sorted(read):
            connection.execute(f"create table cases.{name} as {_extract(home, name)}")
        connection.execute("use cases")
        for table in tables:
            names = ", ".join(column.name for column in table.columns)
            connection.execute(f"create table {table.full_name} as select {names} from ({table.sql})")
        connection.execute(f"use {home}")
        yield "cases"
    finally:
        connection.execute(f"use {home}")
        connection.execute("detach cases")


def _extract(home: str, name: str) -> str:
    column = _EXTRACTS.get(name)
    if not column:
        return f"select * from {home}.{name}"
    return (
        f"select * from {home}.{name} as told semi join ("
        f"select merchant_id, id as {column} from temp.case_nodes where kind = '{_KINDS[column]}') as wanted"
        f" using (merchant_id, {column})"
    )


def _put(warehouse: Warehouse, tables: list[SqlTable], database: str) -> dict[str, int]:
    """Put what was computed in the place of the cases' old rows, all tables at once."""
    connection = warehouse.connection
    rows = {}
    with warehouse.transaction():
        for table in tables:
            connection.execute(f"create or replace temp table case_ids as {_SETS[table.case]}")
            same = f"using (merchant_id, {', '.join(table.case)})"
            names = ", ".join(column.name for column in table.columns)
            connection.execute(
                f"create or replace temp table rows_before as select {names} from {table.full_name} semi join case_ids"
                f" {same}"
            )
            computed = f"{database}.{table.full_name}"
            if mark_changed_parts(warehouse, table, "rows_before", computed):
                gone = " and ".join(f"old.{name} = case_ids.{name}" for name in ("merchant_id", *table.case))
                connection.execute(f"delete from {table.full_name} as old using case_ids where {gone}")
                connection.execute(f"insert into {table.full_name} by name select {names} from {computed}")
                forget_readers(warehouse, table.full_name)
            rows[table.full_name] = warehouse.row_count(computed)
        connection.execute(f"delete from {TOUCHED.full_name}")
    return rows
