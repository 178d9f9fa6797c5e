"""A file's entry in the ledger ``raw.files``: what it is, what was decided, how many of its records went where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.masking.numbers import without_numbers
from pipelines.quarantine.groups import in_corrections

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.ingest.landing import LandedFile
    from pipelines.ingest.opening import OpenedFile
    from pipelines.ingest.records import RecordScan
    from pipelines.ingest.result import FileResult
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse


def enter_file(
    warehouse: Warehouse,
    file_id: str,
    opened: OpenedFile,
    scan: RecordScan,
    landed: LandedFile,
    as_of: datetime,
    result: FileResult,
) -> None:
    """Enter a file in ``raw.files``; what was staged of it is counted later."""
    warehouse.connection.execute(
        "insert into raw.files by name select $1 as file_id, $2 as merchant_id, $3 as source, $4 as file_name,"
        " $5 as sha256, $6::bigint as byte_count, $7::bigint as text_byte_count,"
        " $8::bigint as accounted_byte_count, $9 as encoding, $10 as compression, $11::json as header,"
        " $12 as header_hash, $13::bigint as record_count, $14::bigint as blank_record_count,"
        " $15::timestamp as as_of, $16 as as_of_evidence, nullif($17, '') as date_format,"
        " nullif($18, '') as date_format_evidence, $19::json as warnings, nullif($20, '') as mapping,"
        " (select coalesce(max(file_sequence), 0) + 1 from raw.files) as file_sequence,"
        " now()::timestamp as loaded_at",
        [
            file_id,
            landed.merchant.merchant_id,
            result.source,
            opened.file_name,
            opened.sha256,
            opened.byte_count,
            scan.byte_count,
            scan.accounted_byte_count,
            opened.encoding,
            opened.compression,
            json.dumps(_told_header(landed.header), ensure_ascii=False),
            landed.header_hash,
            scan.record_count,
            scan.blank_count,
            as_of,
            result.as_of_evidence,
            result.date_format,
            result.date_format_evidence,
            json.dumps(result.warnings, ensure_ascii=False),
            landed.mapping,
        ],
    )


def _told_header(header: list[str]) -> list[str]:
    """The header; a name that is an address or a number of somebody is told by its place alone."""
    return [f"column {number}" if without_numbers(name) != name else name for number, name in enumerate(header, 1)]


def settle_counts(warehouse: Warehouse, source: Source, file_id: str) -> None:
    """Count what was staged and what was quarantined, record by record, and enter it in the ledger."""
    staged = " union ".join(
        f"select record_number from {table.full_name} where file_id = '{file_id}'" for table in source.staged_tables()
    )
    warehouse.connection.execute(f"create or replace temp table staged_records as {staged}")
    warehouse.connection.execute(
        "update quarantine.rows set is_whole_record = record_number not in (select record_number from staged_records)"
        " where file_id = $1",
        [file_id],
    )
    warehouse.connection.execute(
        """
        update raw.files set
            loaded_count = (select count(*) from staged_records),
            quarantined_count = (
                select count(distinct record_number) from quarantine.rows where file_id = $1 and is_whole_record
            ),
            quarantined_cell_count = (
                select count(*) from quarantine.rows where file_id = $1 and not is_whole_record
            )
        where file_id = $1
        """,
        [file_id],
    )


def report_counts(warehouse: Warehouse, file_id: str, result: FileResult) -> None:
    """Put the ledger's counts and warnings, and what each rule rejected, into the result."""
    row = warehouse.one(
        "select loaded_count, quarantined_count, quarantined_cell_count, warnings from raw.files where file_id = $1",
        [file_id],
    )
    if row:
        result.records_loaded, result.records_quarantined, result.cells_quarantined = row[:3]
        # Staging may have found more to tell than the examination did.
        result.warnings = list(dict.fromkeys([*result.warnings, *json.loads(row[3] or "[]")]))
    rules = warehouse.connection.execute(
        "select rule, column_name, count(*), min(line_number), any_value(expected), any_value(remedy)"
        " from quarantine.rows where file_id = $1 group by all order by min(line_number)",
        [file_id],
    ).fetchall()
    names = ("rule", "column", "count", "first_line", "expected", "remedy")
    told = [(rule, in_corrections(result.source, column), *rest) for rule, column, *rest in rules]
    result.quarantine = [dict(zip(names, rule, strict=True)) for rule in told]
