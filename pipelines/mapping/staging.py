"""Generic files from ``raw`` to ``staging``: the queries of each file's mapping are run, what is wrong is told.

The law: a record is quarantined when any table of the mapping that takes it rejects it, and then no table keeps
it; every other record is loaded: mapped, skipped with a reason, or counted as taken by no table. A rebuild needs
nothing but ``raw.generic__records``, ``raw.files`` and ``core.merchants``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import Refused
from pipelines.mapping.aggregates import first_failing
from pipelines.mapping.binding import BoundMapping, bind
from pipelines.mapping.direct import direct_mapping
from pipelines.mapping.model import MappedEntity
from pipelines.mapping.parse import read_mapping
from pipelines.mapping.rows import RECORDS, conflicts_query, repeats_query, rows_query, staging_table
from pipelines.mapping.statements import Problem, entity_query, source_query
from pipelines.mapping.values import Reading, number_macro
from pipelines.quarantine.mended_records import mended_lists
from pipelines.sql_text import literal

if TYPE_CHECKING:
    import duckdb

_TWINS = {
    "orders": ("total_amount", "total_merchant_amount"),
    "order_lines": ("line_total_amount", "line_total_merchant_amount"),
    "refunds": ("refund_amount", "refund_merchant_amount"),
}
"""Amounts, and what they are in the merchant's currency, by entity."""
_SHOWN_CURRENCIES = 5


@dataclass(frozen=True)
class StagedFile:
    """What became of a file.

    Attributes:
        file_id: the file.
        row_counts: rows staged, by entity.
        loaded_count: records that were not quarantined.
        quarantined_count: records that were.
        warnings: what a person should know.
    """

    file_id: str
    row_counts: dict[str, int]
    loaded_count: int
    quarantined_count: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _File:
    file_id: str
    merchant_id: str
    file_name: str
    bound: BoundMapping
    reading: Reading
    currency_code: str


def mapping_from_json(text: str, header: list[str], file_name: str) -> BoundMapping:
    """The bound mapping that ``raw.files.mapping`` holds, as :meth:`Mapping.as_json` wrote it."""
    stored = json.loads(text)
    if "direct" in stored:
        return bind(direct_mapping(header, file_name, stored["direct"]), header)
    return bind(read_mapping(stored["toml"], stored["file_name"]), header)


def ensure_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the staging tables of generic files that do not exist yet."""
    from pipelines.contracts import all_contracts

    for table in (RECORDS, *(staging_table(entity) for entity in all_contracts())):
        columns = "".join(f"{column.name} {column.type}, " for column in table.columns)
        # Every staging table has it; rejected records never get into these.
        connection.execute(f"create table if not exists {table.full_name} ({columns}rejected_rule varchar)")


def stage(connection: duckdb.DuckDBPyConnection, file_ids: Sequence[str]) -> list[StagedFile]:
    """Stage some generic files; their earlier staged rows go, what stands in quarantine stays.

    Args:
        connection: holds raw.generic__records, raw.files, quarantine.rows and core.merchants.
        file_ids: files to stage.

    Returns:
        What became of each file; its warnings are entered in ``raw.files`` too.

    Raises:
        Refused: an aggregate of a mapping cannot be computed on the file's values.
        MappingError: a stored mapping is no longer valid under today's contracts.
    """
    ensure_tables(connection)
    return [_stage_file(connection, _file(connection, file_id)) for file_id in file_ids]


def _file(connection: duckdb.DuckDBPyConnection, file_id: str) -> _File:
    row = connection.execute(
        "select files.merchant_id, files.file_name, files.mapping, files.header, files.date_format,"
        " coalesce(merchants.timezone, 'UTC'), coalesce(merchants.currency_code, '')"
        " from raw.files as files left join core.merchants as merchants using (merchant_id) where file_id = $1",
        [file_id],
    ).fetchone()
    if not row:
        raise KeyError(f"raw.files has no file {file_id}")
    merchant_id, file_name, mapping, header, date_format, timezone, currency_code = row
    bound = mapping_from_json(mapping, json.loads(header), file_name)
    reading = Reading(
        date_format or bound.mapping.date_format,
        bound.mapping.timezone,
        timezone,
        bound.mapping.decimal_comma,
    )
    return _File(file_id, merchant_id, file_name, bound, reading, currency_code)


def _stage_file(connection: duckdb.DuckDBPyConnection, file: _File) -> StagedFile:
    import duckdb

    _forget(connection, file.file_id)
    connection.execute(number_macro(file.reading.decimal_comma))
    records = mended_lists(connection, file.file_id, file.bound.header)
    source = source_query(file.bound, file.file_id, records)
    connection.execute(f"create or replace temp table generic_source as {source}")
    problems = [_type_records(connection, file, entity) for entity in file.bound.mapping.entities]
    _reject(connection, file, problems)
    row_counts = {}
    for entity in file.bound.mapping.entities:
        if place := first_failing(connection, entity):
            raise _not_summed(file, entity, *place)
        query = rows_query(file.bound, entity, file.reading, file.merchant_id, file.file_id, file.currency_code)
        try:
            connection.execute(f"insert into staging.generic__{entity.entity} by name {query}")
        except (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException):
            # Each record can be computed, all of them together cannot. DuckDB's own words would show a cell.
            raise _not_summed(file, entity) from None
        row_counts[entity.entity] = _count(
            connection,
            f"select count(*) from staging.generic__{entity.entity} where file_id = $1",
            file.file_id,
        )
    _enter_records(connection, file)
    warnings = _warnings(connection, file)
    _enter_warnings(connection, file.file_id, warnings)
    loaded = _count(connection, f"select count(*) from {RECORDS.full_name} where file_id = $1", file.file_id)
    rejected = _count(connection, "select count(*) from generic_rejected")
    _clean(connection, file)
    return StagedFile(file.file_id, row_counts, loaded, rejected, tuple(warnings))


def _forget(connection: duckdb.DuckDBPyConnection, file_id: str) -> None:
    tables = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'staging'"
        " and table_name like 'generic\\_\\_%' escape '\\'"
    ).fetchall()
    for (name,) in tables:
        connection.execute(f"delete from staging.{name} where file_id = $1", [file_id])


def _type_records(connection: duckdb.DuckDBPyConnection, file: _File, entity: MappedEntity) -> list[Problem]:
    query, problems = entity_query(file.bound, entity, file.reading)
    connection.execute(f"create or replace temp table generic_{entity.entity} as {query}")
    return problems


def _reject(connection: duckdb.DuckDBPyConnection, file: _File, problems: list[list[Problem]]) -> None:
    """One row a rejected record: the first problem of the first table that rejects it."""
    entities = file.bound.mapping.entities
    found = " union all ".join(
        f"select __record_number, __line_number, {number} as entity_number, __problem, __field"
        f" from generic_{entity.entity} where __problem is not null"
        for number, entity in enumerate(entities)
    )
    connection.execute(
        "create or replace temp table generic_rejected as select __record_number as record_number,"
        " min(__line_number) as line_number, min(entity_number) as entity_number,"
        " arg_min(__problem, entity_number) as problem,"
        " arg_min(struct_pack(v := __field), entity_number).v as field"
        f" from ({found}) group by __record_number"
    )
    present = connection.execute("select distinct entity_number, problem from generic_rejected").fetchall()
    for entity_number, problem_number in present:
        problem = problems[entity_number][problem_number - 1]
        connection.execute(
            "insert into quarantine.rows by name select $1 as merchant_id, 'generic' as source, $2 as file_id,"
            " $3 as file_name, record_number, line_number, $4 as entity, $5 as rule, $6 as column_name, field,"
            " $7 as expected, $8 as remedy, true as is_whole_record, now()::timestamp as quarantined_at"
            f" from generic_rejected where entity_number = {entity_number} and problem = {problem_number}",
            [
                file.merchant_id,
                file.file_id,
                file.file_name,
                entities[entity_number].entity,
                problem.rule,
                problem.column,
                problem.expected,
                problem.remedy,
            ],
        )


def _enter_records(connection: duckdb.DuckDBPyConnection, file: _File) -> None:
    taken = " union ".join(
        f"select __record_number from generic_{entity.entity}" for entity in file.bound.mapping.entities
    )
    reasons = " ".join(
        f"when {number} then {literal(skip.reason)}" for number, skip in enumerate(file.bound.mapping.skips, 1)
    )
    reason = f"case __skip {reasons} end" if reasons else "null"
    connection.execute(
        f"insert into {RECORDS.full_name} by name select $1 as merchant_id, $2 as file_id,"
        " source.__record_number as record_number, source.__line_number as line_number,"
        " case when __skip is not null then 'skipped' when taken.__record_number is not null then 'mapped'"
        f" else 'no_table' end as disposition, {reason} as reason"
        f" from generic_source as source left join ({taken}) as taken using (__record_number)"
        " where source.__record_number not in (select record_number from generic_rejected)",
        [file.merchant_id, file.file_id],
    )


def _warnings(connection: duckdb.DuckDBPyConnection, file: _File) -> list[str]:
    found = [
        f"{count:,} records are left out by the mapping: {reason}"
        for reason, count in connection.execute(
            f"select reason, count(*) from {RECORDS.full_name} where file_id = $1 and disposition = 'skipped'"
            " group by all order by all",
            [file.file_id],
        ).fetchall()
    ]
    unmatched = _count(
        connection,
        f"select count(*) from {RECORDS.full_name} where file_id = $1 and disposition = 'no_table'",
        file.file_id,
    )
    if unmatched:
        found.append(f"{unmatched:,} records match no table of the mapping; they are kept in raw only")
    for entity in file.bound.mapping.entities:
        found += _grouping_warnings(connection, entity)
        found += _money_warnings(connection, file, entity.entity)
    return found


def _money_warnings(connection: duckdb.DuckDBPyConnection, file: _File, entity: str) -> list[str]:
    """Money that is in another currency and has no rate: kept as it stands, and counted nowhere."""
    if entity not in _TWINS:
        return []
    amount, twin = _TWINS[entity]
    rows = connection.execute(
        f"select case when regexp_full_match(currency_code, '[A-Z]{{3}}') then currency_code"
        " when currency_code is null then 'no currency' else 'what is no currency code' end as written, count(*)"
        f" from staging.generic__{entity} where file_id = $1 and {amount} is not null and {twin} is null"
        " group by written order by written",
        [file.file_id],
    ).fetchall()
    if not rows:
        return []
    told = ", ".join(f"{count:,} in {written}" for written, count in rows[:_SHOWN_CURRENCIES])
    return [
        f"{entity}: no rate to {file.currency_code} for {told}; this money is kept and counted in no sum,"
        " a column exchange_rate of the orders would tell it"
    ]


def _grouping_warnings(connection: duckdb.DuckDBPyConnection, entity: MappedEntity) -> list[str]:
    if not entity.group_by_key:
        repeats = _count(connection, repeats_query(entity.entity))
        return [f"{entity.entity}: {repeats:,} records repeat a key; the last of each counts"] if repeats else []
    query, names = conflicts_query(entity)
    (*counts, keys) = connection.execute(query).fetchone() or (0,)
    return [
        f"{entity.entity}: {name} differs within {count:,} of {keys:,} keys; the first record's value counts"
        for name, count in zip(names, counts, strict=False)
        if count
    ]


def _enter_warnings(connection: duckdb.DuckDBPyConnection, file_id: str, warnings: list[str]) -> None:
    """Beside those of the examination, once, however often a file is staged."""
    row = connection.execute("select warnings from raw.files where file_id = $1", [file_id]).fetchone()
    known = json.loads(row[0]) if row and row[0] else []
    merged = list(dict.fromkeys([*known, *warnings]))
    connection.execute(
        "update raw.files set warnings = $1::json where file_id = $2",
        [json.dumps(merged, ensure_ascii=False), file_id],
    )


def _not_summed(
    file: _File, entity: MappedEntity, line: int | None = None, header: str | None = None, name: str = ""
) -> Refused:
    names = name or ", ".join(column.name for column in entity.columns if column.is_aggregate)
    return Refused(
        file.file_name,
        line=line,
        column=header,
        found=f"what the expression of {names} in [{entity.entity}] of the mapping cannot be computed from",
        expected=f"values that {names} can be computed from",
        remedy='use number("column") instead of a cast: it leaves out what is no number',
    )


def _count(connection: duckdb.DuckDBPyConnection, query: str, file_id: str = "") -> int:
    row = connection.execute(query, [file_id] if file_id else []).fetchone()
    return int(row[0]) if row else 0


def _clean(connection: duckdb.DuckDBPyConnection, file: _File) -> None:
    names = ["source", "rejected", *(entity.entity for entity in file.bound.mapping.entities)]
    for name in names:
        connection.execute(f"drop table if exists generic_{name}")
