"""Judging corrections at the door: which cell each one is for, whether it may be replaced, and by what.

The verdict is kept in ``raw.corrections__cells``: it rests on what stood in quarantine when the file was loaded.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pipelines.ingest.keeping import handled
from pipelines.quarantine.spreadsheet_text import unguarded, unguarded_sql
from pipelines.sources.base import RawColumn, snake_case
from pipelines.sql_text import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from pipelines.ingest.landing import LandedFile

_KEPT = ("keep", "free_text", "reason", "place", "postcode")


class Named(NamedTuple):
    """What a column that a correction names turned out to be.

    Attributes:
        file_id: file that is corrected.
        written: the name as the corrections file has it.
        of_column: column of the raw table, or header of a generic file; empty where there is none.
        handling: what happens to a value of it at the door, or empty.
        problem: why it cannot be corrected, or empty.
    """

    file_id: str
    written: str
    of_column: str = ""
    handling: str = ""
    problem: str = ""


def judged_query(landed: LandedFile, file_id: str, key: bytes) -> str:
    """SQL that turns landed corrections into rows of ``raw.corrections__cells``.

    Names of columns are looked up first and put into the temporary table ``correction_columns``.
    """
    _land_columns(landed.connection, list(_named_columns(landed)))
    texts = "text"
    values = " ".join(
        f"when {literal(kind)} then {handled(texts, RawColumn('corrected', kind), key, ())}"  # type: ignore[arg-type]
        for kind in _KEPT
    )
    merchant = literal(landed.merchant.merchant_id)
    # What stands where only names of ours belong may be anything that somebody typed: none of it is kept.
    typed = literal("[text]")
    return f"""
        with written as (
            select
                record_number,
                line_number,
                {unguarded_sql("trim(file_id)")} as of_file_id,
                {unguarded_sql("trim(record)")} as of_record,
                {unguarded_sql("trim(rule)")} as of_rule,
                "column" as written,
                {unguarded_sql("corrected")} as text,
                coalesce(trim(corrected), '') <> '' as is_filled
            from {landed.table}
        ),
        quarantined as (
            select file_id, cast(record_number as varchar) as of_record, bool_and(entity = 'record') as is_torn
            from (
                select file_id, record_number, entity from quarantine.rows where merchant_id = {merchant}
                union all
                select file_id, record_number, entity from quarantine.mended where merchant_id = {merchant}
            )
            group by all
        ),
        rules as (
            select rule from quarantine.rows where merchant_id = {merchant}
            union
            select rule from quarantine.mended where merchant_id = {merchant}
        ),
        judged as (
            select
                written.*,
                columns.of_column,
                columns.handling,
                case
                    when not is_filled then null
                    when files.file_id is null then 'file_unknown'
                    when quarantined.file_id is null then 'record_unknown'
                    when quarantined.is_torn then 'mend_in_file'
                    when columns.problem <> '' then columns.problem
                    when min(text) filter (where is_filled) over same_cell
                        <> max(text) filter (where is_filled) over same_cell then 'cell_told_twice'
                end as problem
            from written
            left join raw.files as files
                on written.of_file_id = files.file_id and files.merchant_id = {merchant}
            left join quarantined
                on written.of_file_id = quarantined.file_id and written.of_record = quarantined.of_record
            left join correction_columns as columns
                on written.of_file_id = columns.file_id and written.written is not distinct from columns.written
            window same_cell as (partition by written.of_file_id, written.of_record, columns.of_column)
        )
        select
            {merchant} as merchant_id,
            {literal(file_id)} as file_id,
            record_number,
            line_number,
            case when regexp_full_match(of_file_id, '[0-9a-f]{{16}}') then of_file_id
                else {typed} end as of_file_id,
            case when regexp_full_match(of_record, '\\d{{1,18}}') then of_record
                else {typed} end as of_record,
            case when of_rule in (select rule from rules) then of_rule else {typed} end as of_rule,
            coalesce(nullif(of_column, ''), {typed}) as of_column,
            case
                when coalesce(problem, 'cell_told_twice') = 'cell_told_twice' and text <> '(empty)'
                    then case handling {values} end
            end as corrected,
            is_filled,
            problem,
            now()::timestamp as loaded_at
        from judged
    """


def _named_columns(landed: LandedFile) -> Iterable[Named]:
    rows = landed.connection.execute(
        f"""
        select distinct {unguarded_sql("trim(landing.file_id)")} as of_file_id, landing."column",
            files.source, files.file_name, files.header, files.mapping
        from {landed.table} as landing
        join raw.files as files
            on {unguarded_sql("trim(landing.file_id)")} = files.file_id and files.merchant_id = $1
        where trim(landing.corrected) <> ''
        order by all
        """,
        [landed.merchant.merchant_id],
    ).fetchall()
    known: dict[str, dict[str, tuple[str, str, str]]] = {}
    for file_id, written, source, file_name, header, mapping in rows:
        if file_id not in known:
            known[file_id] = correctable_columns(source, json.loads(header or "[]"), mapping or "", file_name)
        name = snake_case(unguarded(written or ""))
        yield Named(file_id, written, *known[file_id].get(name, ("", "", "column_unknown")))


def correctable_columns(
    source_name: str, header: list[str], mapping: str, file_name: str
) -> dict[str, tuple[str, str, str]]:
    """What may be corrected of a loaded file.

    Returns:
        By name in snake_case: the column as ``raw`` calls it, its handling, and the rule by which a correction of it is
        rejected, or an empty text.
    """
    from pipelines.sources import source_named

    source = source_named(source_name)
    if source.declared_raw_table() is None:
        # Columns that are not known by name stand in attributes, and nothing rejects these.
        found = {snake_case(name): ("", "", "mend_in_file") for name in header}
        found |= {column.name: _of_declared(column) for column in source.columns}
        if source.toml_table:
            return {name: (column, handling, "mend_in_file") for name, (column, handling, _) in found.items()}
        return found
    if source.name == "generic":
        from pipelines.mapping.staging import mapping_from_json

        bound = mapping_from_json(mapping, header, file_name)
        return {
            snake_case(name): (name, keeping.handling, "" if keeping.handling in _KEPT else "column_personal")
            for name, keeping in zip(bound.header, bound.keepings, strict=True)
        }
    return {column.name: ("", "", "mend_in_file") for column in source.columns}


def _of_declared(column: RawColumn) -> tuple[str, str, str]:
    if column.handling not in _KEPT:
        return column.name, column.handling, "column_personal"
    # A list inside of a document is nothing to type into a cell.
    return column.name, column.handling, "mend_in_file" if column.items else ""


def _land_columns(connection: duckdb.DuckDBPyConnection, columns: list[Named]) -> None:
    import pyarrow

    table = pyarrow.table(
        {name: pyarrow.array([getattr(row, name) for row in columns], pyarrow.string()) for name in Named._fields}
    )
    connection.register("correction_columns_arrow", table)
    connection.execute("create or replace temp table correction_columns as select * from correction_columns_arrow")
    connection.unregister("correction_columns_arrow")
