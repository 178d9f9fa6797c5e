"""What a build does after ingest, step by step and without Dagster: restage, merge, rebuild, decide what is stale.

The assets (``pipelines.assets``) call these in order. Each step leaves the warehouse so that the next build can
go on from there: a table that must be rebuilt has no entry in ``meta.builds`` until it is.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipelines import core_tables
from pipelines.builds import built, enter_build
from pipelines.cases import forget_cases, update_cases
from pipelines.contracts import all_contracts
from pipelines.holds import holds
from pipelines.ingest import staging
from pipelines.learning import all_learned_models, learned_tables
from pipelines.ledger import CONFLICTS, MENDED, QUARANTINE_ROWS, TOUCHED, VERDICTS
from pipelines.memory import atomically
from pipelines.policies import stamp_orders
from pipelines.quarantine.mended_keys import forget_mended_keys
from pipelines.reference_tables import REFERENCE_TABLES
from pipelines.restaging import wanted_codes
from pipelines.sql_tables import all_sql_tables
from pipelines.sql_text import literals
from pipelines.staleness import forget_readers, mark_changed_parts, mark_ledgers, reads_cases
from pipelines.stated_tables import STATED, stated_code
from pipelines.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.sql_tables import SqlTable
    from pipelines.warehouse import Warehouse


def pending_files(warehouse: Warehouse) -> dict[str, list[str]]:
    """Files that were loaded and not merged yet, by merchant."""
    rows = warehouse.connection.execute(
        "select merchant_id, file_id from raw.files where merged_at is null order by file_sequence"
    ).fetchall()
    pending: dict[str, list[str]] = {}
    for merchant_id, file_id in rows:
        pending.setdefault(merchant_id, []).append(file_id)
    return pending


def merge_core(warehouse: Warehouse, *, is_full: bool = False) -> dict[str, int]:
    """Merge pending files of merchants that are not held into every core entity table.

    Returns:
        By entity, how many things were touched; entities that nothing touched are left out.
    """
    held = holds(warehouse, "incoming")
    pending = [
        file_id
        for merchant_id, files in pending_files(warehouse).items()
        if merchant_id not in held
        for file_id in files
    ]
    staging.unite(warehouse)
    touched = atomically(warehouse, partial(_merge, warehouse, pending, is_full=is_full))
    # Always, not only where orders or policies were touched: a run may have been killed before it.
    stamp_orders(warehouse)
    return touched


def _merge(warehouse: Warehouse, pending: list[str], *, is_full: bool) -> dict[str, int]:
    known = built(warehouse)
    touched = {}
    is_any_stale = False
    chosen = f"merged_at is not null or file_id in ({literals(pending)})"
    _note_stated(warehouse)
    warehouse.connection.execute(
        f"create or replace view changed.files as select file_id, as_of, file_sequence from raw.files where {chosen}"
    )
    for contract in all_contracts().values():
        code = core_tables.code_hash(contract)
        is_stale = is_full or known.get(f"core.{contract.entity}") != code
        for table in core_tables.declared_tables(contract):
            warehouse.ensure(table)
        if is_stale or pending:
            merged = core_tables.merge(warehouse, contract, None if is_stale else pending)
            if merged.changed_count or merged.is_whole:
                touched[contract.entity] = merged.changed_count
                for table in core_tables.declared_tables(contract):
                    forget_readers(warehouse, table.full_name)
                forget_readers(warehouse, f"staging.{contract.entity}")
            if merged.is_whole and contract.links:
                forget_cases(warehouse)
        if is_stale:
            is_any_stale = True
            enter_build(warehouse, f"core.{contract.entity}", code)
    if pending:
        warehouse.connection.execute(
            f"update raw.files set merged_at = now()::timestamp where file_id in ({literals(pending)})"
        )
        forget_mended_keys(warehouse, pending)
    if pending or is_any_stale:
        # Staged anew or first built: what tells of files and staging is of yesterday as well.
        mark_ledgers(warehouse)
    return touched


def _note_stated(warehouse: Warehouse) -> None:
    """What reads a table of keeprate.toml is stale where that says something else than at the last build."""
    for table in STATED:
        code = stated_code(warehouse, table)
        if built(warehouse).get(table.full_name) != code:
            forget_readers(warehouse, table.full_name, is_whole=True)
            enter_build(warehouse, table.full_name, code)


def derive(warehouse: Warehouse, schema: str) -> Iterator[tuple[str, int]]:
    """Bring the SQL tables of a schema up to date: case by case where that is possible, else those that are stale.

    Yields:
        Name of each table that was computed, and how many of its rows were.
    """
    tables = [table for table in all_sql_tables().values() if table.schema == schema]
    if schema == "core":
        # What cases read besides their own rows comes first.
        yield from _rebuild_stale(warehouse, [table for table in tables if not reads_cases(table)])
        yield from update_cases(warehouse).items()
    yield from _rebuild_stale(warehouse, tables)


def _rebuild_stale(warehouse: Warehouse, tables: Iterable[SqlTable]) -> Iterator[tuple[str, int]]:
    for table in tables:
        # Looked up each time: what was rebuilt before may have made this one stale.
        if built(warehouse).get(table.full_name) != table.code_hash:
            yield table.full_name, rebuild(warehouse, table)


def rebuild(warehouse: Warehouse, table: SqlTable) -> int:
    """Rebuild one SQL table; what reads it is stale if its rows changed.

    Returns:
        Its rows.
    """
    atomically(warehouse, partial(_rebuild, warehouse, table))
    return warehouse.row_count(table.full_name)


def _rebuild(warehouse: Warehouse, table: SqlTable) -> None:
    if warehouse.replace(table, table.sql, partial(mark_changed_parts, warehouse, table)):
        forget_readers(warehouse, table.full_name, is_whole=True)
    enter_build(warehouse, table.full_name, table.code_hash)


def published_tables() -> list[Table]:
    """Every table that readers of the snapshot see."""
    tables: list[Table] = [*STATED, QUARANTINE_ROWS, MENDED, CONFLICTS, VERDICTS]
    for contract in all_contracts().values():
        tables += core_tables.declared_tables(contract)
    tables += REFERENCE_TABLES.values()
    tables += learned_tables()
    tables += [table for table in all_sql_tables().values() if table.is_published]
    return tables


def is_nothing_to_do(warehouse: Warehouse) -> bool:
    """Whether a build would change nothing: no pending file, no stale code, no touched case, no unpublished part."""
    known = built(warehouse)
    current = wanted_codes(warehouse) | {table.full_name: stated_code(warehouse, table) for table in STATED}
    current |= {f"core.{name}": core_tables.code_hash(contract) for name, contract in all_contracts().items()}
    current |= {table.full_name: table.code_hash for table in REFERENCE_TABLES.values()}
    current |= {table.full_name: table.code_hash for table in all_sql_tables().values() if table.schema != "staging"}
    current |= {model.entry: model.code_hash for model in all_learned_models().values()}
    # What is held stays as it is published, and its parts dirty, until the hold ends.
    unpublished = warehouse.one(
        "select count(*) from meta.dirty_parts"
        f" where merchant_id is null or merchant_id not in ({literals(holds(warehouse))})"
    )
    held = set(holds(warehouse, "incoming"))
    return (
        all(known.get(name) == code for name, code in current.items())
        and not set(pending_files(warehouse)) - held
        and unpublished == (0,)
        and not warehouse.row_count(TOUCHED.full_name)
    )
