"""What ingest made of a file, held against what stands in the file: every complaint is a defect of one of the two.

A refused file must say why, in words, and leave nothing. Of a loaded one every record, every byte and, in the columns
that are kept as they stand, every value is looked for.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from benchmarks.mutating.recount import count_values, read_table, text_of
from pipelines.contracts.base import PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.mutating.recount import Record, TableText
    from pipelines.ingest.result import FileResult
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse

LONGEST_MESSAGE = 3000
"""Characters of a refusal that a person still reads."""

_MASK = re.compile(r"\[(text|name|email|link|number|street|postcode)\]")
"""Put in the place of what may be personal, and of a whole cell that cannot be what its column holds."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_INNER_WORDS = re.compile(r"\b(Traceback|[A-Z]\w+(Error|Exception)\b|Binder|INTERNAL|0x[0-9a-f]{6})")


def complaints(warehouse: Warehouse, result: FileResult, data: bytes, kind: str) -> Iterator[str]:
    """What is wrong with what became of a file; nothing, mostly.

    Args:
        warehouse: where it was loaded.
        result: what ingest says.
        data: the file's bytes.
        kind: see :class:`benchmarks.mutating.samples.Sample`.
    """
    if result.status == "refused":
        yield from _refusal(warehouse, result)
    elif result.status != "loaded":
        yield f"an unknown status {result.status}"
    else:
        yield from _ledger(warehouse, result)
        text = text_of(data)
        if kind == "parquet" or data[:4] == b"PAR1":
            return
        if text is None:
            yield "loaded, although its text is in no encoding that is accepted"
        else:
            yield from _text(warehouse, result, text)


def _refusal(warehouse: Warehouse, result: FileResult) -> Iterator[str]:
    message = result.message
    parts = {"file", "found", "expected", "remedy"}
    if not (result.error and all(result.error.get(part) for part in parts)):
        yield f"a refusal without {', '.join(sorted(parts))}: {message[:300]}"
    if len(message) > LONGEST_MESSAGE:
        yield f"a refusal of {len(message)} characters: {message[:200]}"
    if found := _CONTROL.search(message):
        yield f"a control character in a refusal ({found.group()!r}): {message[:300]!r}"
    if _INNER_WORDS.search(message):
        yield f"words of the machine in a refusal: {message[:400]}"
    if result.sha256 and warehouse.one("select 1 from raw.files where sha256 = $1", [result.sha256]):
        yield "refused, and in the ledger"


def _ledger(warehouse: Warehouse, result: FileResult) -> Iterator[str]:
    entry = warehouse.one(
        "select record_count, loaded_count, quarantined_count, text_byte_count, accounted_byte_count, file_id"
        " from raw.files where sha256 = $1 order by file_sequence desc limit 1",
        [result.sha256],
    )
    if entry is None:
        yield "loaded, and not in the ledger"
        return
    records, loaded, quarantined, size, accounted, file_id = entry
    if records != loaded + quarantined:
        yield f"{records} records in, {loaded} loaded, {quarantined} quarantined"
    if (records, loaded, quarantined) != (result.records_in, result.records_loaded, result.records_quarantined):
        yield "the result and the ledger tell other counts"
    if size != accounted:
        yield f"{size} bytes, {accounted} accounted for"
    silent = warehouse.one(
        "select count(*) from quarantine.rows where file_id = $1 and not coalesce("
        "rule <> '' and expected <> '' and remedy <> '' and line_number >= 1 and file_name <> '', false)",
        [file_id],
    )
    if silent and silent[0]:
        yield f"{silent[0]} quarantined rows without rule, expected, remedy, line or file"
    if any(_CONTROL.search(warning) or len(warning) > LONGEST_MESSAGE for warning in result.warnings):
        yield "a warning with control characters, or a very long one"


def _text(warehouse: Warehouse, result: FileResult, text: str) -> Iterator[str]:
    from pipelines.sources import source_named

    source = source_named(result.source)
    entry = warehouse.one(
        "select file_id, text_byte_count, encoding, mapping, blank_record_count from raw.files where sha256 = $1"
        " order by file_sequence desc limit 1",
        [result.sha256],
    )
    if entry is None:
        return
    file_id, size, encoding, mapping, blank_count = entry
    mark = 3 if encoding == "utf-8-bom" else 0
    if len(text.encode()) + mark != size:
        yield f"{len(text.encode()) + mark} bytes of text, {size} in the ledger"
    if source.is_of_documents:
        values = count_values(text) if source.shapes else None
        if source.name == "clickpost_events" and text.count("\n{") and values != result.records_in:
            yield f"{values} JSON values, {result.records_in} records"
        return
    head = text.lstrip("\r\n").partition("\n")[0]
    table = read_table(text, source.text_form.has_quotes or "\t" not in head or '"' in head)
    if table.broken:
        # The rule is broken, and it was loaded all the same: only records that are whole may have been.
        yield f"loaded, although {table.broken}"
        return
    if len(table.records) != result.records_in + blank_count:
        yield f"{len(table.records)} records counted again, {result.records_in} and {blank_count} blank in the ledger"
        return
    yield from _records(warehouse, source, table, file_id, mapping)


def _records(warehouse: Warehouse, source: Source, table: TableText, file_id: str, mapping: str) -> Iterator[str]:
    width, is_padded = len(table.header), source.text_form.is_padded
    by_line = {record.line: record for record in table.records}
    uneven = {
        record.line
        for record in table.filled
        if len(record.fields) > width or (len(record.fields) < width and not is_padded)
    }
    set_aside = {
        line
        for (line,) in warehouse.connection.execute(
            "select line_number from quarantine.rows where file_id = $1 and entity = 'record'", [file_id]
        ).fetchall()
    }
    if uneven != set_aside:
        yield f"lines {sorted(uneven ^ set_aside)[:5]} are uneven or set aside, not both"
    # A raw table of its own may call a column otherwise; one of provenance is never the file's.
    own = {column.name for column in PROVENANCE}
    there_are = {f'"{name}"' for name, _ in warehouse.columns_of(f"raw.{source.raw_table}") if name not in own}
    columns = [
        (expression, position)
        for expression, position in _kept_columns(source, table.header, mapping)
        if expression in there_are or expression.startswith("fields[")
    ]
    names = ", ".join(f"{expression}" for expression, _ in columns)
    rows = warehouse.connection.execute(
        f"select line_number, {names or 'null'} from raw.{source.raw_table} where file_id = $1", [file_id]
    ).fetchall()
    there = {row[0] for row in rows}
    if len(there) != len(rows) or not {r.line for r in table.filled} - set_aside <= there or not there <= set(by_line):
        yield "raw holds other lines than the file"
        return
    is_blank_empty = source.text_form.is_blank_empty
    for row in rows:
        for (expression, position), value in zip(columns, row[1:], strict=False):
            wanted = _field(by_line[row[0]], position, is_blank_empty)
            if value != wanted and not (wanted and _MASK.search(value or "")):
                yield f"line {row[0]}, {expression}: {str(value)[:80]!r} in raw, {str(wanted)[:80]!r} in the file"
                return


def _field(record: Record, position: int, is_blank_empty: bool) -> str | None:
    text = record.fields[position] if position < len(record.fields) else ""
    return None if not text or (is_blank_empty and all(unicodedata.category(sign) == "Zs" for sign in text)) else text


def _kept_columns(source: Source, header: tuple[str, ...], mapping: str) -> list[tuple[str, int]]:
    """Columns of the raw table that hold what stands in the file, as SQL, and their place in it."""
    if source.name == "corrections":
        return []  # What is kept of a correction depends on the file that it corrects.
    if source.name == "generic":
        from pipelines.mapping.staging import mapping_from_json

        keepings = mapping_from_json(mapping, [name.strip() for name in header], "file").keepings
        return [(f"fields[{n + 1}]", n) for n, keeping in enumerate(keepings) if keeping.handling == "keep"]
    from pipelines.ingest.landing import column_names

    places = {name: position for position, name in enumerate(column_names([name.strip() for name in header]))}
    return [
        (f'"{column.name}"', places[column.name])
        for column in source.columns
        if column.handling == "keep" and column.name in places
    ]
