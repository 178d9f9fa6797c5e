"""Leading a file through ingest: opened, recognised, counted, landed, examined, staged, entered in the ledger.

Everything about one file happens in one transaction. A dry run is the same, rolled back at the end.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import KeeprateError, Refused
from pipelines.ingest import staging
from pipelines.ingest.age import age_of
from pipelines.ingest.landing import LandedFile, land_csv, raw_select, raw_table
from pipelines.ingest.opening import OpenedFile, open_file
from pipelines.ingest.records import RecordScan, scan_records
from pipelines.sources import recognise, source_named
from pipelines.warehouse import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pipelines.settings import Merchant
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse


@dataclass(frozen=True)
class IngestOptions:
    """What the caller states about the files.

    Attributes:
        source: name of the source, or None to recognise it.
        mapping: mapping file for a generic source, or None.
        date_format: ``dmy``, ``mdy`` or ``ymd``, or None.
        encoding: codec name, or None.
        as_of: age of the files, in the merchant's zone unless it has its own, or None.
        is_dry_run: show what would happen, keep nothing.
    """

    source: str | None = None
    mapping: Path | None = None
    date_format: str | None = None
    encoding: str | None = None
    as_of: datetime | None = None
    is_dry_run: bool = False


@dataclass
class FileResult:
    """What became of a file.

    Attributes:
        path: as given.
        status: ``loaded``, ``already loaded``, ``dry run`` or ``refused``.
        source: recognised or stated source.
        sha256: of the file as given.
        records_in: by the independent count.
        records_loaded: records from which something was staged.
        records_quarantined: records that went to quarantine whole.
        cells_quarantined: cells that went there while their record was loaded.
        blank_records: separators, counted apart.
        as_of: age of the file, ISO, UTC.
        as_of_evidence: where it was taken from.
        date_format: order of day, month, year, where the source needs one.
        date_format_evidence: how that was proven.
        columns: header names: known ones by name, others kept as attributes.
        quarantine: rule, count and first line of each kind of rejection.
        warnings: what a person should know.
        error: parts of the refusal, or None.
        message: the refusal as a sentence, or empty.
    """

    path: str
    status: str = "refused"
    source: str = ""
    sha256: str = ""
    records_in: int = 0
    records_loaded: int = 0
    records_quarantined: int = 0
    cells_quarantined: int = 0
    blank_records: int = 0
    as_of: str = ""
    as_of_evidence: str = ""
    date_format: str = ""
    date_format_evidence: str = ""
    columns: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[dict[str, object]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: dict[str, object] | None = None
    message: str = ""

    def as_json(self) -> dict[str, object]:
        """Everything, for ``--json``."""
        return asdict(self)


class _RollBack(Exception):  # noqa: N818 - ends a dry run's transaction
    pass


def ingest_files(
    warehouse: Warehouse, merchant: Merchant, paths: Sequence[Path], options: IngestOptions
) -> Iterator[FileResult]:
    """Ingest files one by one; a refused file does not stop the next.

    Yields:
        One result a file, in the order given.
    """
    for path in paths:
        with tempfile.TemporaryDirectory(dir=scratch_folder(warehouse.settings)) as folder:
            result = FileResult(str(path))
            try:
                _ingest(warehouse, merchant, path, options, Path(folder), result)
            except KeeprateError as error:
                result.status, result.message = "refused", str(error)
                result.error = error.as_json() if isinstance(error, Refused) else {"message": str(error)}
            yield result


def _ingest(
    warehouse: Warehouse,
    merchant: Merchant,
    path: Path,
    options: IngestOptions,
    scratch: Path,
    result: FileResult,
) -> None:
    opened = open_file(path, scratch, options.encoding)
    result.sha256 = opened.sha256
    file_id = hashlib.sha256(f"{merchant.merchant_id}:{opened.sha256}".encode()).hexdigest()[:16]
    if _report_known(warehouse, file_id, result):
        return
    try:
        with warehouse.transaction():
            _load(warehouse, merchant, opened, file_id, options, result)
            if options.is_dry_run:
                raise _RollBack
    except _RollBack:
        result.status = "dry run"
    else:
        result.status = "loaded"


def _report_known(warehouse: Warehouse, file_id: str, result: FileResult) -> bool:
    row = warehouse.connection.execute(
        "select source, record_count, loaded_count, quarantined_count, quarantined_cell_count,"
        " blank_record_count, as_of, as_of_evidence, date_format, date_format_evidence, loaded_at"
        " from raw.files where file_id = $1",
        [file_id],
    ).fetchone()
    if not row:
        return False
    result.status = "already loaded"
    (result.source, result.records_in, result.records_loaded, result.records_quarantined) = row[:4]
    (result.cells_quarantined, result.blank_records) = row[4:6]
    result.as_of, result.as_of_evidence = row[6].isoformat(), row[7]
    result.date_format, result.date_format_evidence = row[8] or "", row[9] or ""
    result.warnings.append(f"the same content was loaded on {row[10]:%Y-%m-%d %H:%M} UTC; nothing to do")
    return True


def _load(
    warehouse: Warehouse,
    merchant: Merchant,
    opened: OpenedFile,
    file_id: str,
    options: IngestOptions,
    result: FileResult,
) -> None:
    scan = scan_records(opened.text_path, opened.file_name)
    source = (
        source_named(options.source) if options.source else recognise(list(scan.header), opened.file_name)
    )
    _require_columns(source, scan, opened.file_name)
    result.source = source.name
    landed = LandedFile(
        warehouse.connection,
        merchant,
        source,
        opened.file_name,
        list(scan.header),
        options.date_format or merchant.date_formats.get(source.name),
    )
    land_csv(landed, opened.text_path, scan)
    facts = source.examine(landed)
    as_of, evidence = age_of(
        opened.path, merchant.timezone, options.as_of, warehouse.connection, _present(source, scan)
    )
    warehouse.ensure(raw_table(source))
    warehouse.connection.execute(
        f"insert into raw.{source.raw_table} by name " + raw_select(landed, file_id, warehouse.settings.key)
    )
    result.as_of, result.as_of_evidence = as_of.isoformat(), evidence
    result.records_in, result.blank_records = scan.record_count, scan.blank_count
    result.warnings += facts.warnings
    if facts.date_format:
        result.date_format, result.date_format_evidence = facts.date_format.value, facts.date_format.evidence
        result.warnings += facts.date_format.warnings
    result.columns = _columns(source, scan)
    _enter(warehouse, merchant, opened, file_id, scan, landed, as_of, result)
    staging.stage_files(warehouse, source, [file_id])
    staging.quarantine_malformed(
        warehouse, source, merchant.merchant_id, file_id, opened.file_name, landed.malformed
    )
    settle_counts(warehouse, source, file_id)
    _report_counts(warehouse, file_id, result)


def _require_columns(source: Source, scan: RecordScan, file_name: str) -> None:
    missing = source.missing(list(scan.header))
    if missing:
        raise Refused(
            file_name,
            line=1,
            column=missing[0],
            found=f"a header without {', '.join(missing)}",
            expected=f"the columns of {source.title}",
            remedy="export it with these columns, or leave --source out so that it is recognised",
        )


def _present(source: Source, scan: RecordScan) -> str:
    names = {name.strip().lower().replace(" ", "_") for name in scan.header}
    return source.updated_column if source.updated_column in names else ""


def _columns(source: Source, scan: RecordScan) -> dict[str, list[str]]:
    from pipelines.sources.base import snake_case

    known = {column.name for column in source.columns}
    return {
        "known": [name for name in scan.header if snake_case(name) in known],
        "kept_as_attributes": [name for name in scan.header if snake_case(name) not in known],
    }


def _enter(
    warehouse: Warehouse,
    merchant: Merchant,
    opened: OpenedFile,
    file_id: str,
    scan: RecordScan,
    landed: LandedFile,
    as_of: datetime,
    result: FileResult,
) -> None:
    warehouse.connection.execute(
        "insert into raw.files by name select $1 as file_id, $2 as merchant_id, $3 as source, $4 as file_name,"
        " $5 as sha256, $6::bigint as byte_count, $7::bigint as text_byte_count,"
        " $8::bigint as accounted_byte_count, $9 as encoding, $10 as compression, $11::json as header,"
        " $12 as header_hash, $13::bigint as record_count, $14::bigint as blank_record_count,"
        " $15::timestamp as as_of, $16 as as_of_evidence, nullif($17, '') as date_format,"
        " nullif($18, '') as date_format_evidence, $19::json as warnings,"
        " (select coalesce(max(file_sequence), 0) + 1 from raw.files) as file_sequence,"
        " now()::timestamp as loaded_at",
        [
            file_id,
            merchant.merchant_id,
            result.source,
            opened.file_name,
            opened.sha256,
            opened.byte_count,
            scan.byte_count,
            int(scan.offsets[-1]),
            opened.encoding,
            opened.compression,
            json.dumps(landed.header, ensure_ascii=False),
            landed.header_hash,
            scan.record_count,
            scan.blank_count,
            as_of,
            result.as_of_evidence,
            result.date_format,
            result.date_format_evidence,
            json.dumps(result.warnings, ensure_ascii=False),
        ],
    )


def settle_counts(warehouse: Warehouse, source: Source, file_id: str) -> None:
    """Count what was staged and what was quarantined, record by record, and enter it in the ledger."""
    staged = " union ".join(
        f"select record_number from staging.{name} where file_id = '{file_id}'" for name in source.staged
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


def _report_counts(warehouse: Warehouse, file_id: str, result: FileResult) -> None:
    row = warehouse.connection.execute(
        "select loaded_count, quarantined_count, quarantined_cell_count from raw.files where file_id = $1",
        [file_id],
    ).fetchone()
    if row:
        result.records_loaded, result.records_quarantined, result.cells_quarantined = row
    rules = warehouse.connection.execute(
        "select rule, column_name, count(*), min(line_number), any_value(expected), any_value(remedy)"
        " from quarantine.rows where file_id = $1 group by all order by min(line_number)",
        [file_id],
    ).fetchall()
    names = ("rule", "column", "count", "first_line", "expected", "remedy")
    result.quarantine = [dict(zip(names, rule, strict=True)) for rule in rules]
