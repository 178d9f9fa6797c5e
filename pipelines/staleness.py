"""What a change makes stale: tables that read another are rebuilt, published parts are written anew.

Notes only; rebuilding belongs in ``pipelines.build``, case by case in ``pipelines.cases``, writing parts in
``pipelines.publishing``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipelines.builds import forget_builds
from pipelines.contracts import all_contracts
from pipelines.learning import all_learned_models
from pipelines.ledger import CONFLICTS, DIRTY_PARTS, FILES, MENDED, QUARANTINE_ROWS
from pipelines.snapshot import read_manifest
from pipelines.sql_tables import all_sql_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.sql_tables import SqlTable
    from pipelines.tables import Table
    from pipelines.warehouse import Warehouse


def mark_dirty(warehouse: Warehouse, tables: Iterable[Table]) -> None:
    """Note that every part of some tables must be published anew, or leave the snapshot where it has no row left."""
    published = (read_manifest(warehouse.settings.home) or {"tables": {}})["tables"]
    for table in tables:
        mark_rows(warehouse, table, table.full_name)
        parts = published.get(table.full_name, {"parts": []})["parts"]
        warehouse.connection.execute(
            f"insert into {DIRTY_PARTS.full_name} by name select $1 as table_name,"
            " unnest($2::varchar[]) as merchant_id, unnest($3::date[]) as month",
            [table.full_name, [part["merchant_id"] for part in parts], [part["month"] for part in parts]],
        )


def mark_ledgers(warehouse: Warehouse) -> None:
    """Note that the ledgers of files changed: they are published anew, and what reads them is stale.

    Args:
        warehouse: the open warehouse, within the transaction that changes them.
    """
    ledgers = (FILES, QUARANTINE_ROWS, MENDED, CONFLICTS)
    mark_dirty(warehouse, ledgers)
    for ledger in ledgers:
        forget_readers(warehouse, ledger.full_name)


def mark_rows(warehouse: Warehouse, table: Table, rows: str) -> int:
    """Note that the parts that hold some rows must be published anew.

    Args:
        warehouse: the open warehouse.
        table: the declared table.
        rows: relation of rows of it.

    Returns:
        How many parts these are.
    """
    merchant, month = part_columns(table)
    ((count,),) = warehouse.connection.execute(
        f"insert into {DIRTY_PARTS.full_name} by name select distinct $1 as table_name, "
        f"{merchant} as merchant_id, {month} as month from {rows}",
        [table.full_name],
    ).fetchall()
    return int(count)


def mark_changed_parts(warehouse: Warehouse, table: Table, before: str | None, after: str) -> int:
    """Note that the parts in which two relations of a table's rows differ must be published anew.

    Compared are the number of rows of a part, and the sum and the exclusive or of their 64-bit hashes: two parts whose
    rows differ and agree in all three are not to be met by chance.

    Args:
        warehouse: the open warehouse.
        table: the declared table; both relations have its columns.
        before: relation of the rows that were there; None where every part is to be published.
        after: relation of the rows that take their place.

    Returns:
        How many parts differ.
    """
    if before is None:
        return mark_rows(warehouse, table, after)
    merchant, month = part_columns(table)
    names = ", ".join(column.name for column in table.columns)
    # The month first: within one row group all rows are of few months.
    summed = (
        f"select {merchant} as merchant_id, {month} as month, count(*) as row_count, sum(row_hash) as hash_sum,"
        " bit_xor(row_hash) as hash_xor"
    )
    sides = [
        f"select * from ({summed} from (select *, hash({names}) as row_hash from {rows}) group by 1, 2)"
        for rows in (before, after)
    ]
    connection = warehouse.connection
    connection.execute(
        "create or replace temp table changed_parts as select merchant_id, month from ("
        f"{sides[0]} union all {sides[1]}) group by all"
        " having count(*) = 1 or min(row_count) <> max(row_count) or min(hash_sum) <> max(hash_sum)"
        " or min(hash_xor) <> max(hash_xor)"
    )
    connection.execute(
        f"insert into {DIRTY_PARTS.full_name} by name select $1 as table_name, merchant_id, month from changed_parts",
        [table.full_name],
    )
    return warehouse.row_count("changed_parts")


def part_columns(table: Table) -> tuple[str, str]:
    """SQL for the merchant and the month of a table's row, as parts are cut."""
    has_merchant = any(column.name == "merchant_id" for column in table.columns)
    return (
        "merchant_id" if has_merchant else "null::varchar",
        f"date_trunc('month', {table.month})::date" if table.month else "null::date",
    )


def forget_readers(warehouse: Warehouse, name: str, *, is_whole: bool = False) -> None:
    """Note that SQL tables and models that read a table directly are stale; what reads those follows when they changed.

    Tables that are kept case by case are passed over where the change reaches them as touched ids.

    Args:
        warehouse: the open warehouse, within the transaction that changes the table.
        name: the table that changed.
        is_whole: it was built anew from nothing, and no touched ids tell what changed.
    """
    readers = _readers(name, is_whole)
    if readers:
        forget_builds(warehouse, readers)


@cache
def _readers(name: str, is_whole: bool) -> frozenset[str]:
    """SQL tables, staging left out, and learned models that must be made anew because a table changed."""
    models = frozenset(model.entry for model in all_learned_models().values() if name in model.dependencies)
    return models | frozenset(
        table.full_name
        for table in all_sql_tables().values()
        if name in table.dependencies
        and table.schema != "staging"
        and not (table.case and (name in table.follows or (name in linked_tables() and not is_whole)))
    )


def reads_cases(table: SqlTable) -> bool:
    """Whether a table is kept case by case, or reads one that is, directly or not."""
    tables = all_sql_tables()
    return bool(table.case) or any(reads_cases(tables[name]) for name in table.dependencies if name in tables)


@cache
def linked_tables() -> frozenset[str]:
    """Tables whose changes reach tables that are kept case by case as touched ids."""
    entities = {f"core.{contract.entity}" for contract in all_contracts().values() if contract.links}
    return frozenset(entities | {table.full_name for table in all_sql_tables().values() if table.case})
