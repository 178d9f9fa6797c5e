"""Rows of quarantine by file and rule: how many, where, what was found, what was expected, what to do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pipelines.sources.base import snake_case

if TYPE_CHECKING:
    from pipelines.quarantine.reading import Store, Wanted

FIRST_LINES = 5
EXAMPLES = 3
_ORDERS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
_OF_THE_FILE = ("the file's format", "the file's order")


@dataclass(frozen=True)
class Group:
    """What one rule rejected in one column of one file.

    Attributes:
        merchant_id: whose.
        file_name: name of the file.
        file_id: its id.
        source: what it is.
        entity: what the row was meant for.
        rule: rule that rejected it.
        column: header of the column at fault, or empty where the record could not be told apart into columns.
        is_whole_record: nothing of the records was loaded; else only what the cell was needed for is missing.
        count: records or cells.
        first_lines: physical lines of the first ones, as ``sed -n`` counts.
        found: what stood in the first different ones, personal parts masked; None for an empty cell.
        expected: what should have stood there.
        remedy: what to do.
    """

    merchant_id: str
    file_name: str
    file_id: str
    source: str
    entity: str
    rule: str
    column: str
    is_whole_record: bool
    count: int
    first_lines: tuple[int, ...]
    found: tuple[str | None, ...]
    expected: str
    remedy: str

    def as_json(self) -> dict[str, object]:
        """All of it."""
        return asdict(self)


@dataclass(frozen=True)
class Mended:
    """What a corrections file mended of a file."""

    merchant_id: str
    file_name: str
    rule: str
    mended_by_file_name: str
    count: int

    def as_json(self) -> dict[str, object]:
        """All of it."""
        return asdict(self)


@dataclass(frozen=True)
class Waiting:
    """A file that was loaded and is not merged: the next build takes it, unless its merchant is held."""

    merchant_id: str
    file_name: str
    is_held: bool

    def as_json(self) -> dict[str, object]:
        """All of it."""
        return asdict(self)


def groups_of(store: Store, wanted: Wanted) -> list[Group]:
    """Open rows by file, rule and column; of each file the whole records and what is most frequent first."""
    condition, parameters = wanted.conditions
    rows = store.ask(
        f"""
        select
            merchant_id, file_name, file_id, source, entity, rule, coalesce(column_name, '') as column_name,
            coalesce(is_whole_record, true) as is_whole, count(*) as row_count,
            list(line_number order by line_number)[:{FIRST_LINES}],
            arg_min(coalesce(field, ''), line_number, {EXAMPLES * 4}),
            any_value(expected), any_value(remedy), any_value(header), any_value(date_format)
        from ({store.rows_sql}) where {condition}
        group by all
        order by merchant_id, file_name, file_id, is_whole desc, row_count desc, rule, column_name, entity
        """,
        parameters,
    )
    return [_group(row) for row in rows]


def _group(row: tuple[Any, ...]) -> Group:
    merchant, file_name, file_id, source, entity, rule, column, is_whole, count, lines, found, *rest = row
    expected, remedy, header, date_format = rest
    shown = tuple(text or None for text in dict.fromkeys(found))[:EXAMPLES]
    return Group(
        merchant,
        file_name,
        file_id,
        source,
        entity or "",
        rule,
        shown_column(source, column, header),
        is_whole,
        count,
        tuple(line for line in lines if line is not None),
        shown,
        expected_in_file(expected, date_format),
        remedy or "",
    )


def shown_column(source: str, column: str | None, header: str | None) -> str:
    """The column as the file's header has it; as ``raw`` calls it where the header is not at hand."""
    if not column:
        return ""
    if source == "corrections":
        return in_corrections(source, column)
    names = {snake_case(name): name for name in json.loads(header or "[]")}
    return names.get(snake_case(column), column)


def in_corrections(source: str, column: str) -> str:
    """The column as a corrections file has it, where the file is one; else as it is."""
    if source != "corrections":
        return column
    return {"of_file_id": "file_id", "of_record": "record", "of_column": "column"}.get(column, column)


def expected_in_file(expected: str | None, date_format: str | None) -> str:
    """What was expected, with the order of day and month that was proven for the file, where that is meant."""
    text = expected or ""
    if date_format in _ORDERS and any(words in text for words in _OF_THE_FILE):
        return f"{text} (in this file: {_ORDERS[date_format]})"
    return text


def mended_of(store: Store, wanted: Wanted) -> list[Mended]:
    """What was mended, by file, rule and corrections file."""
    if not store.has_mended():
        return []
    condition, parameters = wanted.conditions
    rows = store.ask(
        "select merchant_id, file_name, rule, mended_by_file_name, count(*) from quarantine.mended"
        f" where {condition} group by all order by all",
        parameters,
    )
    return [Mended(*row) for row in rows]


def waiting_of(store: Store, wanted: Wanted) -> list[Waiting]:
    """Files that are loaded and not merged; only the warehouse knows them."""
    if not store.is_warehouse:
        return []
    rows = store.ask(
        "select files.merchant_id, files.file_name, holds.merchant_id is not null from raw.files as files"
        " left join (select distinct merchant_id from meta.holds where stage = 'incoming') as holds"
        " on files.merchant_id = holds.merchant_id"
        " where files.merged_at is null and ($1 = '' or files.merchant_id = $1) order by files.file_sequence",
        [wanted.merchant_id],
    )
    return [Waiting(*row) for row in rows]
