"""Staging: raw rows of some files are typed by the source's SQL; what it rejects goes to quarantine.

A staging query reads ``changed.<raw table>``: the raw rows of the files at hand. Its last column,
``rejected_rule``, is null for a row that is kept. Nothing is dropped: a rejected row stands in
``quarantine.rows`` with file, line, rule, column and the masked field. Where a header says ``load: transient``, only
the steps behind it read what the query yields: it is a temporary table of this load, and what it rejects goes to
quarantine as ever. A record counts as loaded by the tables that are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.contracts import all_contracts
from pipelines.contracts.base import PROVENANCE, Column
from pipelines.ingest.entry import settle_counts
from pipelines.ingest.landing import raw_table
from pipelines.quarantine.mended_records import mended_records
from pipelines.quarantine.mended_rows import note_mended, take_open
from pipelines.quarantine.shown_field import shown_field
from pipelines.sql_tables import SqlTable, all_sql_tables
from pipelines.sql_text import literals
from pipelines.staleness import mark_ledgers
from pipelines.tables import SchemaMismatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.contracts import Contract
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse

REJECTED_RULE = Column("rejected_rule", "varchar", "Rule that rejects the row; empty once it is kept.")


def prepare(warehouse: Warehouse, source: Source) -> None:
    """Create the tables that a source's files land in.

    Outside the file's transaction: DuckDB writes a table that the same transaction created a second time at commit.
    """
    warehouse.ensure(raw_table(source))
    for table in source.staged_tables():
        warehouse.ensure(table, (REJECTED_RULE,))
    for name in source.staged:
        if f"staging.{name}" in all_sql_tables() and not all_sql_tables()[f"staging.{name}"].is_kept:
            # An earlier version may have kept it.
            warehouse.connection.execute(f"drop table if exists staging.{name}")


def renew(warehouse: Warehouse, source: Source) -> None:
    """Make a source's staging tables anew and empty, with the columns that are declared now, in their order."""
    for table in source.staged_tables():
        warehouse.connection.execute(f"drop table if exists {table.full_name} cascade")
    prepare(warehouse, source)


def stage_files(warehouse: Warehouse, source: Source, file_ids: Sequence[str]) -> None:
    """Stage the raw rows of some files of one source; earlier staged rows of these files go, rejected ones stay.

    Raises:
        SchemaMismatch: a staging query yields other columns than its header declares.
    """
    if source.stage(warehouse.connection, file_ids):
        return
    _narrow(warehouse, source.raw_table, mended_records(warehouse.connection, source, file_ids), file_ids)
    passing = []
    for name in source.staged:
        table = all_sql_tables()[f"staging.{name}"]
        _require_exact(warehouse, table)
        if table.is_kept:
            _stage(warehouse, source, table, file_ids)
            _narrow(warehouse, f"staging_{name}", table.full_name, file_ids)
        else:
            passing.append(_pass_on(warehouse, source, table))
    for rows in passing:
        warehouse.connection.execute(f"drop table {rows}")


def stage_anew(warehouse: Warehouse, source: Source, file_ids: Sequence[str], corrections_id: str = "") -> int:
    """Stage files of one source that were staged before: quarantine, what was mended and the ledger follow.

    Args:
        warehouse: holds a transaction.
        source: what the files are.
        file_ids: the files.
        corrections_id: corrections file that is being applied to them, if one is.

    Returns:
        Rows that left quarantine by a correction.

    Raises:
        SchemaMismatch: a staging query yields other columns than its header declares.
    """
    take_open(warehouse, file_ids)
    stage_files(warehouse, source, file_ids)
    for file_id in file_ids:
        settle_counts(warehouse, source, file_id)
    mended = note_mended(warehouse, file_ids, corrections_id)
    mark_ledgers(warehouse)
    return mended


def _stage(warehouse: Warehouse, source: Source, table: SqlTable, file_ids: Sequence[str]) -> None:
    """Make the rows of a staging table that is kept."""
    warehouse.ensure(table, (REJECTED_RULE,))
    _forget(warehouse, table.full_name, file_ids)
    if not table.rejections:
        warehouse.connection.execute(f"insert into {table.full_name} by name {table.sql}")
        _require_nothing_rejected(warehouse, table, file_ids)
        return
    # By way of a temporary table: a row that is inserted and deleted again in one transaction makes DuckDB
    # write the whole table a second time.
    rows = f"staged_{table.name}"
    warehouse.connection.execute(f"create or replace temp table {rows} as {table.sql}")
    warehouse.connection.execute(
        f"insert into {table.full_name} by name select * from {rows} where rejected_rule is null"
    )
    _quarantine(warehouse, source, table, rows)
    warehouse.connection.execute(f"drop table {rows}")


def _pass_on(warehouse: Warehouse, source: Source, table: SqlTable) -> str:
    """Make a transient step for the steps behind it.

    Returns:
        The temporary table that holds it; the caller drops it.
    """
    rows = f"staged_{table.name}"
    warehouse.connection.execute(f"create or replace temp table {rows} as {table.sql}")
    _quarantine(warehouse, source, table, rows)
    warehouse.connection.execute(
        f"create or replace view changed.staging_{table.name} as select * from temp.{rows} where rejected_rule is null"
    )
    return rows


def _narrow(warehouse: Warehouse, view: str, table: str, file_ids: Sequence[str]) -> None:
    warehouse.connection.execute(
        f"create or replace view changed.{view} as select * from {table} where file_id in ({literals(file_ids)})"
    )


def _forget(warehouse: Warehouse, table: str, file_ids: Sequence[str]) -> None:
    warehouse.connection.execute(f"delete from {table} where file_id in ({literals(file_ids)})")


def _require_exact(warehouse: Warehouse, table: SqlTable) -> None:
    found = warehouse.described(table.sql)
    if not found or found[-1][0] != REJECTED_RULE.name:
        raise SchemaMismatch(f"{table.full_name}: a staging select must end in rejected_rule")
    table.require_columns(found[:-1])


def _require_nothing_rejected(warehouse: Warehouse, table: SqlTable, file_ids: Sequence[str]) -> None:
    row = warehouse.one(
        f"select any_value(rejected_rule) from {table.full_name}"
        f" where file_id in ({literals(file_ids)}) and rejected_rule is not null"
    )
    if row and row[0] is not None:
        raise _undescribed(table, row[0])


def _undescribed(table: SqlTable, rule: str) -> SchemaMismatch:
    return SchemaMismatch(f"{table.full_name}: rule {rule!r} is not described under rejects in the header")


def _quarantine(warehouse: Warehouse, source: Source, table: SqlTable, rows: str) -> None:
    """Put the rejected ones of staged rows into quarantine, with the words that the header has for the rule."""
    rejected = warehouse.connection.execute(
        f"select distinct rejected_rule from {rows} where rejected_rule is not null"
    ).fetchall()
    rules = {rejection.rule: rejection for rejection in table.rejections}
    for (rule,) in rejected:
        if rule not in rules:
            raise _undescribed(table, rule)
        rejection = rules[rule]
        warehouse.connection.execute(
            f"""
            insert into quarantine.rows by name
            select
                rejected.merchant_id,
                $1 as source,
                rejected.file_id,
                files.file_name,
                rejected.record_number,
                rejected.line_number,
                $2 as entity,
                $3 as rule,
                $4 as column_name,
                {shown_field(f"landed.{rejection.column}")} as field,
                $5 as expected,
                $6 as remedy,
                now()::timestamp as quarantined_at
            from (select distinct merchant_id, file_id, record_number, line_number from {rows}
                  where rejected_rule = $3) as rejected
            left join changed.{source.raw_table} as landed using (file_id, record_number)
            left join raw.files as files on files.file_id = rejected.file_id
            """,
            [source.name, table.entity, rule, rejection.column, rejection.expected, rejection.remedy],
        )


def quarantine_malformed(
    warehouse: Warehouse,
    source: Source,
    merchant_id: str,
    file_id: str,
    file_name: str,
    malformed: Sequence[tuple[int, int, str]],
    words: tuple[str, str, str],
) -> None:
    """Quarantine records whose fields cannot be told apart: number, line and what is known of each.

    ``words`` are the rule, what was expected and what to do.
    """
    import pyarrow

    numbers, lines, what = zip(*malformed, strict=True)
    rows = {"record_number": numbers, "line_number": lines, "field": what}
    warehouse.connection.register("malformed_arrow", pyarrow.table({name: list(own) for name, own in rows.items()}))
    warehouse.connection.execute(
        "insert into quarantine.rows by name select $1 as merchant_id, $2 as source, $3 as file_id, $4 as file_name,"
        " record_number::bigint as record_number, line_number::bigint as line_number, 'record' as entity,"
        " $5 as rule, '' as column_name, field, $6 as expected, $7 as remedy, now()::timestamp as quarantined_at"
        " from malformed_arrow",
        [merchant_id, source.name, file_id, file_name, *words],
    )
    warehouse.connection.unregister("malformed_arrow")


def unite(warehouse: Warehouse) -> None:
    """Make ``staging.<entity>``: all sources' rows of an entity, with every contract column."""
    tables = warehouse.connection.execute(
        "select table_name from information_schema.tables where table_schema = 'staging' and table_type = 'BASE TABLE'"
        " order by table_name"
    ).fetchall()
    by_entity: dict[str, list[str]] = {entity: [] for entity in all_contracts()}
    for (name,) in tables:
        entity = name.partition("__")[2]
        if entity in by_entity:
            by_entity[entity].append(name)
    for entity, names in by_entity.items():
        warehouse.connection.execute(
            f"create or replace view staging.{entity} as " + _union(warehouse, all_contracts()[entity], names)
        )


def _union(warehouse: Warehouse, contract: Contract, names: list[str]) -> str:
    columns = (*PROVENANCE, *contract.columns)
    selects = []
    for name in names:
        present = {column for column, _ in warehouse.columns_of(f"staging.{name}")}
        picked = ", ".join(
            column.name if column.name in present else f"null::{column.type} as {column.name}" for column in columns
        )
        selects.append(f"select {picked} from staging.{name} where rejected_rule is null")
    if not selects:
        empty = ", ".join(f"null::{column.type} as {column.name}" for column in columns)
        return f"select {empty} where false"
    return " union all ".join(selects)
