"""Landing: a file's records as a temporary table of text; ``keeping`` makes rows of ``raw`` from it.

The temporary table never leaves the process; personal columns that nobody needs are not even read into it.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pipelines.contracts.base import ATTRIBUTES, PROVENANCE, Column
from pipelines.ingest.broken_lines import unclosed_quote
from pipelines.ingest.header import LONGEST_FIELD
from pipelines.ingest.personal_values import is_looked_at
from pipelines.ingest.records import RecordScan
from pipelines.sources.base import snake_case
from pipelines.sql_text import identifiers, literal
from pipelines.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from pipelines.merchants import Merchant
    from pipelines.sources.base import Source, TextForm

LOADED_AT = Column("loaded_at", "timestamp", "When the row was loaded (UTC).")
_SMALLEST_LINE_LIMIT = 2 << 20
_SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What ``trim`` of DuckDB takes off, so that both ways of reading find the same fields blank."""

_BATCH_ROWS, _BATCH_CHARACTERS = 20_000, 64 << 20


@dataclass
class LandedFile:
    """A file whose records stand in the temporary view ``landing``, all text, empty fields NULL.

    Attributes:
        connection: the warehouse's connection.
        merchant: whose file it is.
        source: what it is.
        file_name: its name, for messages.
        header: the names as they stand in it.
        date_format_option: what ``--date-format`` or the merchant's setting says, or None.
        mapping: text of the mapping through which a generic file is read, or empty.
        file_id: its id in the ledger; rows under it are an earlier load of the same file.
        table: name of the view: ``record_number``, ``line_number`` and one column per header name.
        malformed: records that cannot be told apart into fields: number, line, what is wrong and the byte range.
        malformed_words: the rule that they break, what was expected and what to do, for quarantine.
    """

    connection: duckdb.DuckDBPyConnection
    merchant: Merchant
    source: Source
    file_name: str
    header: list[str]
    date_format_option: str | None = None
    mapping: str = ""
    file_id: str = ""
    table: str = "landing"
    malformed: list[tuple[int, int, str]] = field(default_factory=list)
    malformed_words: tuple[str, str, str] = (
        "field_count",
        "as many fields as the header has names",
        "mend the line (is a comma unquoted?) and load the file again",
    )

    @property
    def header_hash(self) -> str:
        """Hash of the header's names, without regard to case and order of columns."""
        folded = sorted(name.strip().lower() for name in self.header)
        return hashlib.sha256("\n".join(folded).encode()).hexdigest()[:16]

    def earlier_date_format(self) -> tuple[str, str] | None:
        """Date format and file name of the newest loaded file of this merchant, source and header."""
        rows = self.connection.execute(
            "select date_format, file_name from raw.files where merchant_id = $1 and source = $2"
            " and header_hash = $3 and date_format is not null order by file_sequence desc limit 1",
            [self.merchant.merchant_id, self.source.name, self.header_hash],
        ).fetchall()
        return (rows[0][0], rows[0][1]) if rows else None


def raw_table(source: Source) -> Table:
    """The declared ``raw`` table of a source."""
    own = source.declared_raw_table()
    if own:
        return own
    kept = tuple(
        Column(column.name, "varchar", f"`{column.header}`, {_HANDLED[column.handling]}.")
        for column in source.columns
        if column.handling != "drop"
    )
    return Table(
        schema="raw",
        name=source.raw_table,
        description=f"{source.title}: every field that is not personal, as text.",
        grain="record of a file",
        key=("file_id", "record_number"),
        columns=(*PROVENANCE, *kept, ATTRIBUTES, LOADED_AT),
        load="merge",
        is_published=False,
    )


_HANDLED = {
    "keep": "as it stands in the file",
    "identity": "as the person's pseudonym",
    "free_text": "personal parts masked",
    "reason": "personal parts masked",
    "place": "streets and numbers masked",
    "postcode": "its first three characters",
}


def land_csv(landed: LandedFile, text_path: Path, scan: RecordScan) -> None:
    """Fill the view ``landing`` from a scanned CSV file.

    Raises:
        Refused: quotes are broken so that records cannot be told apart.
    """
    import duckdb

    names = column_names(scan.header)
    dropped = {
        column.name
        for column in landed.source.columns
        if column.handling == "drop" and not is_looked_at(landed.source, column.name)
    }
    wanted = [name for name in names if name not in dropped]
    form = landed.source.text_form
    shape = ", ".join(f"{literal(name)}: 'varchar'" for name in names)
    longest = int(np.diff(scan.offsets).max(initial=0))
    # A fresh table's rowid tells the record only while the order of reading is kept.
    landed.connection.execute("set preserve_insertion_order = true")
    try:
        landed.connection.execute(
            f"create or replace temp table landing_rows as select {_emptied(wanted, form)} from read_csv($1,"
            " header = true, auto_detect = false, all_varchar = true, quote = $5, escape = $5,"
            " strict_mode = $6, null_padding = $7, delim = $2, max_line_size = $3, skip = $4,"
            f" columns = {{{shape}}})",
            [
                str(text_path),
                scan.delimiter,
                max(_SMALLEST_LINE_LIMIT, longest + 1024),
                scan.skipped_lines,
                '"' if scan.has_quotes else "",
                # The strict reader cannot read CRLF without quotes; the lenient one would drop fields beyond the
                # header, so that the fields are counted first.
                scan.has_quotes,
                form.is_padded and not scan.has_quotes,
            ],
        )
        positions = np.arange(1, len(scan.line_numbers) + 1)
        # fetchall, because a half-read result keeps the connection from registering the line numbers.
        ((count,),) = landed.connection.execute("select count(*) from landing_rows").fetchall()
        is_even = count == len(positions) and _has_even_fields(scan, len(names), form)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        is_even = False
    finally:
        landed.connection.execute("set preserve_insertion_order = false")
    if not is_even:
        positions = _land_field_by_field(landed, text_path, scan, names, wanted)
    number_landed(landed, scan, positions)


def _emptied(names: list[str], form: TextForm) -> str:
    """Columns for a select list; NULL where the form says that a field of blanks only is an empty one."""
    if not form.is_blank_empty:
        return identifiers(names)
    quoted = (identifiers([name]) for name in names)
    return ", ".join(f"case when trim({name}) <> '' then {name} end as {name}" for name in quoted)


def _has_even_fields(scan: RecordScan, width: int, form: TextForm) -> bool:
    """Whether the fast reader, where it does not look itself, may be trusted with every record's fields."""
    if scan.field_counts is None:
        return True
    fewest, most = scan.field_counts
    return not scan.has_stray_returns and most <= width and (form.is_padded or fewest == width)


def clear_landing(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what was landed: personal values must not outlive the file's load."""
    connection.execute("drop view if exists temp.landing")
    connection.execute("drop table if exists temp.landing_rows")
    connection.execute("drop table if exists temp.landing_lines")
    connection.execute("drop table if exists temp.judged_texts")


def number_landed(landed: LandedFile, scan: RecordScan, positions: np.ndarray) -> None:
    """Give each landed row its record and line number; a fresh table's rowid is the order of reading."""
    import pyarrow

    is_kept = ~scan.is_blank[positions - 1]
    lines = pyarrow.table(
        {
            "row_position": np.flatnonzero(is_kept).astype(np.int64),
            "record_number": positions[is_kept].astype(np.int64),
            "line_number": scan.line_numbers[positions[is_kept] - 1],
        }
    )
    landed.connection.register("landing_lines_arrow", lines)
    landed.connection.execute("create or replace temp table landing_lines as select * from landing_lines_arrow")
    landed.connection.unregister("landing_lines_arrow")
    landed.connection.execute(
        "create or replace temp view landing as select landing_lines.record_number, landing_lines.line_number,"
        " landing_rows.* from landing_rows join landing_lines on landing_lines.row_position = landing_rows.rowid"
    )


def _land_field_by_field(
    landed: LandedFile, text_path: Path, scan: RecordScan, names: list[str], wanted: list[str]
) -> np.ndarray:
    """The slow way, for a file in which some record has too few or too many fields: those are set aside."""
    keep = [names.index(name) for name in wanted]
    batch = _Batch(landed, wanted)
    positions: list[int] = []
    form = landed.source.text_form
    blank = 0
    try:
        for position, record in enumerate(_records(text_path, scan), 1):
            is_whole = len(record) == len(names) or (form.is_padded and len(record) < len(names))
            if scan.is_blank[position - 1]:
                blank += 1
            elif is_whole:
                positions.append(position)
                texts = (record[index] if index < len(record) else "" for index in keep)
                batch.add(
                    [None if not text or (form.is_blank_empty and not text.strip(_SPACES)) else text for text in texts]
                )
            else:
                landed.malformed.append(_malformed(scan, position, len(record), len(names)))
    except (csv.Error, IndexError) as error:
        raise unclosed_quote(text_path, landed.file_name) from error
    if len(positions) + len(landed.malformed) + blank != len(scan.line_numbers):
        raise unclosed_quote(text_path, landed.file_name)
    batch.put()
    return np.array(positions, dtype=np.int64)


class _Batch:
    """Rows on their way into ``landing_rows``, some at a time: the file may be larger than the memory."""

    def __init__(self, landed: LandedFile, names: list[str]) -> None:
        self.connection = landed.connection
        self.names = names
        self.rows: list[list[str | None]] = []
        self.size = 0
        columns = ", ".join(f"{identifiers([name])} varchar" for name in names)
        self.connection.execute(f"create or replace temp table landing_rows ({columns})")

    def add(self, row: list[str | None]) -> None:
        """Take a row, and put what was taken so far where it is much."""
        self.rows.append(row)
        self.size += sum(len(text) for text in row if text)
        if len(self.rows) >= _BATCH_ROWS or self.size >= _BATCH_CHARACTERS:
            self.put()

    def put(self) -> None:
        """Put what was taken into the table."""
        import pyarrow

        columns = zip(*self.rows, strict=True) if self.rows else ([] for _ in self.names)
        arrays = [pyarrow.array(column, pyarrow.string()) for column in columns]
        self.connection.register("landing_arrow", pyarrow.table(dict(zip(self.names, arrays, strict=True))))
        self.connection.execute("set preserve_insertion_order = true")
        self.connection.execute("insert into landing_rows select * from landing_arrow")
        self.connection.execute("set preserve_insertion_order = false")
        self.connection.unregister("landing_arrow")
        self.rows, self.size = [], 0


def _records(text_path: Path, scan: RecordScan) -> Iterator[list[str]]:
    """The fields of each record, blank ones included, without DuckDB."""
    if not scan.has_quotes:
        data = np.memmap(text_path, dtype=np.uint8, mode="r")
        for start, end in pairwise(scan.offsets):
            yield bytes(data[start:end]).rstrip(b"\r\n").decode("utf-8").split(scan.delimiter)
        return
    csv.field_size_limit(LONGEST_FIELD)
    with text_path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=scan.delimiter, strict=True)
        records = (record for record in reader if record)
        while reader.line_num <= scan.skipped_lines:
            next(records)
        yield from records


def _malformed(scan: RecordScan, position: int, found: int, expected: int) -> tuple[int, int, str]:
    start, end = scan.offsets[position - 1], scan.offsets[position]
    what = f"{found} fields where the header has {expected}; bytes {start} to {end}"
    return position, int(scan.line_numbers[position - 1]), what


def column_names(header: tuple[str, ...] | list[str]) -> list[str]:
    """snake_case names of a header, made distinct where two headers differ in signs only."""
    names: list[str] = []
    for position, name in enumerate(header, 1):
        candidate = snake_case(name) if name.strip() else f"column_{position}"
        names.append(candidate if candidate not in names else f"{candidate}_{position}")
    return names
