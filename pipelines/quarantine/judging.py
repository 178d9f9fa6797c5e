"""Judging corrections at the door: which cell each one is for, whether it may be replaced, and by what.

The verdict is kept in ``raw.corrections__cells``: it rests on what stood in quarantine when the file was loaded. What a
corrected cell passes is the door of its own column (``pipelines.quarantine.correctable``); names are masked in it by
the marks of the order that the corrected record names.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pipelines.ingest.personal_values import Surroundings
from pipelines.ledger import ORDER_NAMES
from pipelines.quarantine.correctable import Correctable, correctable_columns
from pipelines.quarantine.corrected_orders import order_of
from pipelines.quarantine.mended_records import mended_rows
from pipelines.quarantine.spreadsheet_text import unguarded, unguarded_sql
from pipelines.sources import source_named
from pipelines.sources.base import snake_case
from pipelines.sql_text import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from pipelines.ingest.landing import LandedFile

_UNKNOWN = Correctable(problem="column_unknown")


class Named(NamedTuple):
    """What a column that a correction names turned out to be.

    Attributes:
        file_id: file that is corrected.
        written: the name as the corrections file has it.
        column: the column.
    """

    file_id: str
    written: str
    column: Correctable


def judged_query(landed: LandedFile, file_id: str, key: bytes) -> str:
    """SQL that turns landed corrections into rows of ``raw.corrections__cells``.

    Names of columns are looked up first and put into the temporary table ``correction_columns``, marks of names into
    ``correction_marks``. The SQL may hold the merchant's key: it must never be logged.
    """
    named = list(_named_columns(landed))
    around = Surroundings(marks="marks", shop=literal(landed.merchant.name), spared=literal(landed.merchant.name))
    doors = [column.column.door("text", key, around) for column in named]
    # Many columns of many files pass alike: each way is written once.
    ways = list(dict.fromkeys(doors))
    _land_columns(landed.connection, named, [ways.index(door) for door in doors])
    _land_marks(landed)
    values = " ".join(f"when {number} then {way}" for number, way in enumerate(ways)) or "when -1 then null"
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
                columns.way,
                order_marks.marks,
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
            left join correction_marks as order_marks
                on written.of_file_id = order_marks.file_id and written.of_record = order_marks.of_record
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
                    then case way {values} end
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
    known: dict[str, dict[str, Correctable]] = {}
    for file_id, written, source, file_name, header, mapping in rows:
        if file_id not in known:
            known[file_id] = correctable_columns(source, json.loads(header or "[]"), mapping or "", file_name)
        yield Named(file_id, written, known[file_id].get(snake_case(unguarded(written or "")), _UNKNOWN))


def _land_columns(connection: duckdb.DuckDBPyConnection, named: Sequence[Named], ways: Sequence[int]) -> None:
    import pyarrow

    texts = {
        "file_id": [row.file_id for row in named],
        "written": [row.written for row in named],
        "of_column": [row.column.of_column for row in named],
        "problem": [row.column.problem for row in named],
    }
    columns = {name: pyarrow.array(values, pyarrow.string()) for name, values in texts.items()}
    columns["way"] = pyarrow.array(ways, pyarrow.int32())
    connection.register("correction_columns_arrow", pyarrow.table(columns))
    connection.execute("create or replace temp table correction_columns as select * from correction_columns_arrow")
    connection.unregister("correction_columns_arrow")


def _land_marks(landed: LandedFile) -> None:
    """Put the marks of names that files state for the order of each corrected record into ``correction_marks``."""
    connection, merchant = landed.connection, literal(landed.merchant.merchant_id)
    connection.execute(
        "create or replace temp table correction_marks (file_id varchar, of_record varchar, marks uinteger[])"
    )
    wanted = (
        f"select distinct {unguarded_sql('trim(file_id)')} as file_id,"
        f" try_cast({unguarded_sql('trim(record)')} as bigint) as record_number"
        f" from {landed.table} where trim(corrected) <> ''"
    )
    files = connection.execute(
        "select distinct files.file_id, files.source, files.header, files.mapping, files.file_name"
        f" from ({wanted}) as wanted join raw.files as files on wanted.file_id = files.file_id"
        f" where files.merchant_id = {merchant} order by all"
    ).fetchall()
    for file_id, source_name, header, mapping, file_name in files:
        source = source_named(source_name)
        order = order_of(source, header, mapping, file_name)
        if not order:
            continue
        rows = mended_rows(connection, source, [file_id])
        connection.execute(
            "insert into correction_marks select file_id, cast(record_number as varchar), named_marks from"
            f" (select file_id, record_number, trim({order}) as of_order from {rows}"
            f" where file_id = {literal(file_id)}) as corrected semi join ({wanted}) as wanted"
            " using (file_id, record_number)"
            " join (select order_id as named_order, list_distinct(flatten(list(marks))) as named_marks"
            f" from {ORDER_NAMES.full_name} where merchant_id = {merchant} group by order_id)"
            " on named_order = of_order"
        )
