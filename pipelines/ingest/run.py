"""Leading a file through ingest: opened, recognised, counted, landed, examined, staged, entered in the ledger.

Everything about one file happens in one transaction. A dry run is the same, rolled back at the end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.builds import enter_staging, merchant_code, merchant_name, staging_name
from pipelines.erasure.tombstones import obey_tombstones
from pipelines.errors import CannotRun, KeeprateError, Refused
from pipelines.ingest import staging
from pipelines.ingest.age import age_of
from pipelines.ingest.ahead import opened_ahead
from pipelines.ingest.documents import Document, document_kind, land_document, no_table, read_document
from pipelines.ingest.entry import enter_file, report_counts, settle_counts
from pipelines.ingest.keeping import raw_select
from pipelines.ingest.landing import (
    LandedFile,
    clear_landing,
    column_names,
    land_csv,
)
from pipelines.ingest.masking_again import mask_again
from pipelines.ingest.parquet_files import land_parquet, scan_parquet
from pipelines.ingest.personal_values import note_names
from pipelines.ingest.records import RecordScan, read_head, scan_records
from pipelines.ingest.remapping import forget_file, has_other_date_format, has_other_mapping
from pipelines.ingest.result import FileResult, IngestOptions
from pipelines.masking.functions import forget_texts, masking
from pipelines.masking.numbers import without_mails
from pipelines.memory import atomically, make_room
from pipelines.privacy import merchant_key
from pipelines.quarantine.mending import (
    CORRECTIONS,
    forget_corrections,
    forget_mended,
    has_rejected_corrections,
    mend,
    renew_corrections,
)
from pipelines.reference_loading import load_reference_tables
from pipelines.sources import all_sources, recognise, source_named
from pipelines.warehouse import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipelines.ingest.opening import OpenedFile
    from pipelines.merchants import Merchant
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse


class _RollBack(Exception):  # noqa: N818 - ends a dry run's transaction
    pass


def ingest_files(
    warehouse: Warehouse, merchant: Merchant, paths: Sequence[Path], options: IngestOptions
) -> Iterator[FileResult]:
    """Ingest files one by one; a refused file does not stop the next.

    Yields:
        One result a file, in the order given.
    """
    try:
        for path, opening in opened_ahead(scratch_folder(warehouse.settings), paths, options.encoding):
            result = FileResult(without_mails(str(path)))
            try:
                _ingest(warehouse, merchant, opening.result(), options, result)
            except CannotRun:
                # Not the file's fault: it is not refused, and stays where it is.
                raise
            except KeeprateError as error:
                result.status, result.message = "refused", str(error)
                result.error = error.as_json()
            yield result
    finally:
        forget_texts()


def _ingest(
    warehouse: Warehouse,
    merchant: Merchant,
    opened: OpenedFile,
    options: IngestOptions,
    result: FileResult,
) -> None:
    result.sha256 = opened.sha256
    file_id = hashlib.sha256(f"{merchant.merchant_id}:{opened.sha256}".encode()).hexdigest()[:16]
    is_remapped = has_other_mapping(warehouse, file_id, options.mapping)
    is_reread = has_other_date_format(warehouse, file_id, options.date_format)
    is_retried = has_rejected_corrections(warehouse, file_id)
    if not is_remapped and not is_reread and not is_retried and _report_known(warehouse, file_id, result):
        return
    make_room(warehouse, opened.text_path.stat().st_size)
    try:
        landed = _land(warehouse, merchant, opened, file_id, options, result)
        load_reference_tables(warehouse)
        with warehouse.transaction():
            staging.prepare(warehouse, landed.landed.source)
        said = list(result.warnings)

        def keep() -> None:
            # Where memory did not suffice this is done again: what the first try said is not said twice.
            result.warnings[:] = said
            if is_remapped or is_reread:
                forget_file(warehouse, file_id)
                forget_mended(warehouse, file_id)
                before = "through another mapping" if is_remapped else "with another date format"
                result.warnings.append(f"loaded before {before}: what came from it is replaced")
            if is_retried:
                forget_corrections(warehouse, file_id)
                result.warnings.append("loaded before, and not all of it could be applied: it is looked at anew")
            _keep(warehouse, landed, result)
            if is_remapped or is_reread:
                renew_corrections(warehouse, file_id)
            if options.is_dry_run:
                raise _RollBack

        atomically(warehouse, keep)
    except _RollBack:
        result.status = "dry run"
    else:
        result.status = "loaded"
    finally:
        clear_landing(warehouse.connection)


def _report_known(warehouse: Warehouse, file_id: str, result: FileResult) -> bool:
    row = warehouse.one(
        "select source, record_count, loaded_count, quarantined_count, quarantined_cell_count,"
        " blank_record_count, as_of, as_of_evidence, date_format, date_format_evidence, loaded_at"
        " from raw.files where file_id = $1",
        [file_id],
    )
    if not row:
        return False
    result.status = "already loaded"
    (result.source, result.records_in, result.records_loaded, result.records_quarantined) = row[:4]
    (result.cells_quarantined, result.blank_records) = row[4:6]
    result.as_of, result.as_of_evidence = row[6].isoformat(), row[7]
    result.date_format, result.date_format_evidence = row[8] or "", row[9] or ""
    result.warnings.append(f"the same content was loaded on {row[10]:%Y-%m-%d %H:%M} UTC; nothing to do")
    return True


@dataclass(frozen=True)
class _Landed:
    """A file that was read and understood, before anything of it is kept."""

    file_id: str
    opened: OpenedFile
    scan: RecordScan
    landed: LandedFile
    as_of: datetime


def _land(
    warehouse: Warehouse,
    merchant: Merchant,
    opened: OpenedFile,
    file_id: str,
    options: IngestOptions,
    result: FileResult,
) -> _Landed:
    """Recognise, count, land and examine; outside a transaction, where a fresh table's rowid counts from 0."""
    document = _document(opened, options)
    if document:
        scan, source = document.scan, document.source
        result.warnings += document.warnings
    elif opened.is_parquet:
        scan = scan_parquet(opened.text_path, opened.file_name)
        source = _source_of(scan.header, options, opened.file_name)
    else:
        head = read_head(opened.text_path, opened.file_name)
        source = _source_of(head.names, options, opened.file_name)
        scan = scan_records(opened.text_path, opened.file_name, head.has_quotes(source.text_form))
    landed = LandedFile(
        warehouse.connection,
        merchant,
        source,
        opened.file_name,
        list(scan.header),
        options.date_format or merchant.date_formats.get(source.name),
        source.mapping_text(list(scan.header), opened.file_name, options.source or "", options.mapping),
        file_id,
    )
    if document:
        land_document(landed, document)
    else:
        (land_parquet if opened.is_parquet else land_csv)(landed, opened.text_path, scan)
    facts = source.examine(landed)
    as_of, evidence = age_of(
        opened.path,
        merchant.timezone,
        options.as_of,
        warehouse.connection,
        _present(source, scan),
        source.updated_offset,
        facts.date_format.value if facts.date_format else "",
    )
    result.source, result.columns = source.name, source.column_uses(landed)
    if document and document.dropped:
        result.columns["not_kept"] = list(document.dropped)
        result.warnings.append(f"not kept, being personal: {', '.join(document.dropped)}")
    result.as_of, result.as_of_evidence = as_of.isoformat(), evidence
    result.records_in, result.blank_records = scan.record_count, scan.blank_count
    result.warnings += facts.warnings
    if facts.date_format:
        result.date_format, result.date_format_evidence = facts.date_format.value, facts.date_format.evidence
        result.warnings += facts.date_format.warnings
    return _Landed(file_id, opened, scan, landed, as_of)


def _keep(warehouse: Warehouse, file: _Landed, result: FileResult) -> None:
    """Put a landed file into ``raw``, stage it, and settle where each record went."""
    source, landed = file.landed.source, file.landed
    with masking(warehouse.connection, merchant_key(warehouse.settings.key, landed.merchant.merchant_id)):
        if note_names(landed):
            mask_again(warehouse, landed.merchant.merchant_id)
        warehouse.connection.execute(
            f"insert into raw.{source.raw_table} by name " + raw_select(landed, file.file_id, warehouse.settings.key)
        )
    enter_file(warehouse, file.file_id, file.opened, file.scan, landed, file.as_of, result)
    staging.stage_files(warehouse, source, [file.file_id])
    enter_staging(warehouse, staging_name(source.name), source.code_hash())
    enter_staging(warehouse, merchant_name(landed.merchant), merchant_code(landed.merchant))
    if landed.malformed:
        staging.quarantine_malformed(
            warehouse,
            source,
            landed.merchant.merchant_id,
            file.file_id,
            landed.file_name,
            landed.malformed,
            landed.malformed_words,
        )
    settle_counts(warehouse, source, file.file_id)
    if source.name == CORRECTIONS:
        result.warnings += mend(warehouse, file.file_id)
    obey_tombstones(warehouse, source, landed.merchant.merchant_id, file.file_id)
    report_counts(warehouse, file.file_id, result)


def _document(opened: OpenedFile, options: IngestOptions) -> Document | None:
    """The file as a document, or None for a table."""
    stated = source_named(options.source) if options.source else None
    kind = document_kind(opened, stated)
    if kind and options.mapping:
        raise no_table(opened, kind, "leave --mapping out, so that the document is recognised, or write a CSV from it")
    return read_document(opened, kind, [stated] if stated else list(all_sources().values())) if kind else None


def _source_of(header: Sequence[str], options: IngestOptions, file_name: str) -> Source:
    """What a file is: as stated; a mapping says that it is generic; else the header says it."""
    if options.source:
        source = source_named(options.source)
    else:
        source = source_named("generic") if options.mapping else recognise(list(header), file_name)
    missing = source.missing(list(header))
    if missing:
        raise Refused(
            file_name,
            line=1,
            column=missing[0],
            found=f"a header without {', '.join(missing)}",
            expected=f"the columns of {source.title}",
            remedy="export it with these columns, or leave --source out so that it is recognised",
        )
    return source


def _present(source: Source, scan: RecordScan) -> str:
    return source.updated_column if source.updated_column in column_names(scan.header) else ""
