"""Documents: JSON and TOML files become rows of text under a source's raw columns, each record with its place.

A JSON file holds one document, a list of them, or one after the other (JSON Lines). What it is of is found by the
shapes that sources declare; its records are parsed by ``json_parse`` and counted by ``json_scan``, or, where nothing
but records stands in it, by ``json_outline``; both must agree.
A TOML file's records are its tables of one name. Reading tables (CSV, Parquet) does not belong here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import Refused
from pipelines.ingest.document_kinds import most_fitting, walk
from pipelines.ingest.document_rows import DocumentRows
from pipelines.ingest.json_lines import Lines, read_lines
from pipelines.ingest.json_parse import parse_json
from pipelines.ingest.json_places import line_of_escaped_key
from pipelines.ingest.json_scan import RecordSpan, scan_json
from pipelines.ingest.personal_values import TOLD
from pipelines.ingest.records import RecordScan
from pipelines.ingest.toml_document import parse_toml, scan_toml
from pipelines.masking.numbers import without_numbers
from pipelines.sources.base import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.ingest.landing import LandedFile
    from pipelines.ingest.opening import OpenedFile
    from pipelines.sources import Source

_LARGEST = 512 << 20
_PACKED = re.compile(r"\.(gz|zip)$", re.IGNORECASE)
_JSON_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*[{\]])")
_TOML_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|#[^\n]*\n)*\[\[\s*[A-Za-z_]+\s*\]\]")


@dataclass(frozen=True)
class Document:
    """A document that was read.

    Attributes:
        source: what it is.
        scan: where its records are; the header holds the raw columns and the keys that no column takes.
        rows: text by header name, for each record, and what it tells of persons under the headers ``TOLD``; None for
            one that no shape of the source fits.
        problems: by position (from 0), why a record could not be read.
        dropped: keys that look personal and are not kept.
        warnings: what a person should know.
    """

    source: Source
    scan: RecordScan
    rows: list[dict[str, str] | None]
    problems: dict[int, str]
    dropped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def document_kind(opened: OpenedFile, stated: Source | None) -> str:
    """``json`` or ``toml``, or an empty text for a table: by the stated source, the name, the first characters."""
    if opened.is_parquet:
        return ""
    if stated is not None and stated.is_of_documents:
        return "toml" if stated.toml_table else "json"
    name = _PACKED.sub("", opened.file_name.lower())
    if name.endswith((".json", ".jsonl", ".ndjson")):
        return "json"
    if name.endswith(".toml"):
        return "toml"
    with opened.text_path.open("rb") as stream:
        head = stream.read(1 << 16)
    return "json" if _JSON_START.match(head) else "toml" if _TOML_START.match(head) else ""


def no_table(opened: OpenedFile, kind: str, remedy: str) -> Refused:
    """The refusal of a document where a table is wanted; reading it as one would print its values as column names."""
    return Refused(
        opened.file_name, found=f"a {kind.upper()} document", expected="a table (CSV, Parquet)", remedy=remedy
    )


def read_document(opened: OpenedFile, kind: str, sources: Sequence[Source]) -> Document:
    """Read a JSON or TOML file.

    Args:
        opened: the file.
        kind: ``json`` or ``toml``.
        sources: what it may be: every source, or the one that was stated.

    Raises:
        Refused: it cannot be parsed, no shape fits it, or scanner and parser do not find the same records.
    """
    if not any(source.is_of_documents for source in sources):
        raise no_table(opened, kind, "leave --source out, so that the document is recognised")
    data = opened.text_path.read_bytes()
    if len(data) > _LARGEST:
        raise Refused(
            opened.file_name,
            found=f"a document of {len(data) >> 20} MB",
            expected=f"at most {_LARGEST >> 20} MB, because it is read as a whole",
            remedy="split it: a list into several lists, JSON Lines with split -l",
        )
    if kind == "toml":
        return _read_toml(data, opened.file_name, [source for source in sources if source.toml_table])
    return _read_json(data, opened.file_name, [source for source in sources if source.shapes])


def land_document(landed: LandedFile, document: Document) -> None:
    """Fill the view ``landing`` from a document; records that no shape fits are set aside."""
    import numpy as np
    import pyarrow

    from pipelines.ingest.landing import column_names, number_landed

    scan = document.scan
    kept = [position for position, row in enumerate(document.rows) if row is not None]
    for position, problem in document.problems.items():
        start, end = int(scan.offsets[position]), int(scan.record_ends[position])
        where = f"{problem}; bytes {start} to {end}"
        landed.malformed.append((position + 1, int(scan.line_numbers[position]), where))
    landed.malformed_words = (
        "record_shape",
        f"a record of {landed.source.title}",
        "remove it or put what it misses, and load the file again",
    )
    rows = [row for row in document.rows if row is not None]
    names = dict(zip(column_names(landed.header), landed.header, strict=True))
    # Landed and never kept: the texts of a record are held against what it tells of persons.
    names |= {snake_case(header): header for header in TOLD if any(header in row for row in rows)}
    try:
        table = pyarrow.table(
            {name: pyarrow.array([row.get(header) for row in rows], pyarrow.string()) for name, header in names.items()}
        )
    except UnicodeEncodeError:
        line, column = _first_undecodable(document, names.values())
        raise Refused(
            landed.file_name,
            line=line,
            column=column,
            found="half of a character (a lone surrogate such as \\ud83d) in a text",
            expected="whole characters",
            remedy="the text was cut in the middle of a character; export it again",
        ) from None
    landed.connection.register("landing_arrow", table)
    landed.connection.execute("set preserve_insertion_order = true")
    landed.connection.execute("create or replace temp table landing_rows as select * from landing_arrow")
    landed.connection.execute("set preserve_insertion_order = false")
    landed.connection.unregister("landing_arrow")
    number_landed(landed, scan, np.array([position + 1 for position in kept], dtype=np.int64))


def _first_undecodable(document: Document, headers: Iterable[str]) -> tuple[int | None, str | None]:
    """Line of the first record that holds half of a character, and the column where it stands."""
    known = list(headers)
    for position, row in enumerate(document.rows):
        for header in known:
            if (text := (row or {}).get(header)) is not None and _is_broken(text):
                is_told = not _is_broken(header) and without_numbers(header) == header
                return int(document.scan.line_numbers[position]), header if is_told else None
    return None, None


def _is_broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _read_json(data: bytes, file_name: str, sources: Sequence[Source]) -> Document:
    lines = read_lines(data, file_name, sources)
    return _of_lines(lines) if lines else _read_whole(data, file_name, sources)


def _of_lines(lines: Lines) -> Document:
    import numpy as np

    rows, found = lines.rows, lines.outline
    scan = RecordScan(
        header=tuple(_header(lines.reading.source, rows.rows)),
        delimiter="",
        line_numbers=found.lines.astype(np.int64),
        offsets=np.append(found.starts, found.ends[-1]).astype(np.int64),
        is_blank=np.zeros(len(found.starts), dtype=bool),
        byte_count=found.byte_count,
        accounted_byte_count=found.byte_count,
        ends=found.ends.astype(np.int64),
    )
    dropped = tuple(sorted(rows.dropped))
    return Document(lines.reading.source, scan, rows.rows, rows.problems, dropped, tuple(lines.warnings))


def _read_whole(data: bytes, file_name: str, sources: Sequence[Source]) -> Document:
    paths = [path for source in sources for shape in source.shapes for path in shape.paths]
    scan = scan_json(data, paths, file_name)
    values = parse_json(data.decode("utf-8"), file_name)
    if not values:
        raise Refused(file_name, found="no value", expected="JSON", remedy="export it again")
    reading = most_fitting(values, sources, file_name)
    walked = walk(values, reading.path)
    spans = scan.records[reading.path]
    if len(spans) != len(walked.records):
        # A key that is written with escapes is one to the parser, and another to the count.
        line = line_of_escaped_key(data.decode("utf-8")) or (spans[-1].line if spans else 1)
        raise _disagree(file_name, line, len(spans), len(walked.records))
    found = DocumentRows(reading)
    found.add(walked.records)
    return Document(
        reading.source,
        _record_scan(_header(reading.source, found.rows), spans, data, scan.token_byte_count),
        found.rows,
        found.problems,
        tuple(sorted(found.dropped)),
        tuple(walked.warnings),
    )


def _header(source: Source, rows: list[dict[str, str] | None]) -> list[str]:
    known = [column.header for column in source.columns]
    extra = {name for row in rows if row for name in row} - {*known, *TOLD}
    return [*known, *sorted(extra)]


def _record_scan(header: list[str], spans: Sequence[RecordSpan], data: bytes, accounted: int) -> RecordScan:
    import numpy as np

    return RecordScan(
        header=tuple(header),
        delimiter="",
        line_numbers=np.array([span.line for span in spans], dtype=np.int64),
        offsets=np.array([*(span.start for span in spans), spans[-1].end if spans else 0], dtype=np.int64),
        is_blank=np.zeros(len(spans), dtype=bool),
        byte_count=len(data),
        accounted_byte_count=accounted,
        ends=np.array([span.end for span in spans], dtype=np.int64),
    )


def _read_toml(data: bytes, file_name: str, sources: Sequence[Source]) -> Document:
    document = parse_toml(data.decode("utf-8"), file_name)
    source = next((source for source in sources if source.toml_table in document), None)
    if source is None:
        tables = ", ".join(f"[[{source.toml_table}]]" for source in sources) or "none"
        raise Refused(
            file_name,
            found="a TOML file without a table that a source reads",
            expected=f"one of {tables}",
            remedy="write a policy as docs/cookbook/return-policy.md shows; a mapping is stated with --mapping",
        )
    spans = scan_toml(data, source.toml_table)
    rows: list[dict[str, str] | None] = list(source.toml_rows(document, file_name))
    if len(spans) != len(rows):
        line = _line_of_other_table(data, source.toml_table) or (spans[-1].line if spans else 1)
        raise _disagree(file_name, line, len(spans), len(rows), f"each under its own line [[{source.toml_table}]]")
    accounted = (spans[0].start if spans else len(data)) + sum(span.end - span.start for span in spans)
    return Document(source, _record_scan(_header(source, rows), spans, data, accounted), rows, {})


def _line_of_other_table(data: bytes, name: str) -> int | None:
    """Line on which a table of that name is written in another way than as ``[[name]]``."""
    own = re.compile(rf"""[ \t]*(\[\[?)?[ \t]*["']?{re.escape(name)}["']?[ \t]*(=|\])""")
    usual = re.compile(rf"[ \t]*\[\[[ \t]*{re.escape(name)}[ \t]*\]\]")
    lines = data.decode("utf-8").removeprefix("\ufeff").split("\n")
    return next((number for number, line in enumerate(lines, 1) if own.match(line) and not usual.match(line)), None)


def _disagree(file_name: str, line: int, scanned: int, parsed: int, how: str = "as many as can be read") -> Refused:
    return Refused(
        file_name,
        line=line,
        found=f"{scanned} records by the count over the file, {parsed} by the parser",
        expected=f"the same number by both, {how}",
        remedy="look for records that are written in an unusual way (escaped keys, inline tables)",
    )
