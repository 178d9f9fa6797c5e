"""Retention: words of customers and staff are kept for some months (24), then they are emptied; what they count stays.

What expires is free text: comments, notes, messages, remarks. Reasons stay, they are a list's. A row's age is the
date that staging reads in it, else its file's. Whole calendar months expire together, so that a build empties nothing
on most days: a text goes with the month in which it becomes that old. What comes later in older files is emptied
before it is merged.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pipelines.builds import built, forget_builds
from pipelines.contracts import all_contracts
from pipelines.erasure.emptying import restage_erased
from pipelines.mapping.staging import mapping_from_json
from pipelines.sources import all_sources
from pipelines.sql_text import identifiers, literals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.settings import Settings
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse

ENTRY = "retention"
"""Under which ``meta.builds`` keeps up to when words were emptied."""


def cutoff(settings: Settings, today: date | None = None) -> date | None:
    """First day whose words are kept; None where they are kept for good.

    Args:
        settings: the home's settings; ``comments_months`` 0 keeps everything.
        today: the day (UTC) of the call if None.
    """
    if not settings.comments_months:
        return None
    day = today or datetime.now(UTC).date()
    # The first of the month after the one that lies so many months back.
    number = day.year * 12 + day.month - settings.comments_months
    return date(number // 12, number % 12 + 1, 1)


def retention_code(settings: Settings) -> str:
    """Changes when more words expire."""
    return str(cutoff(settings))


def expire_words(warehouse: Warehouse, today: date | None = None) -> int:
    """Empty words that are too old: of waiting files, and of all files when a month has passed.

    Core is merged anew as a whole where files were merged already.

    Returns:
        Rows of ``raw`` that were emptied.
    """
    first = cutoff(warehouse.settings, today)
    if first is None:
        return 0
    is_new_month = built(warehouse).get(ENTRY) != str(first)
    where = "" if is_new_month else "where merged_at is null"
    by_source: dict[str, list[str]] = {}
    for name, file_id in warehouse.connection.execute(
        f"select source, file_id from raw.files {where} order by file_sequence"
    ).fetchall():
        by_source.setdefault(name.partition(":")[0], []).append(file_id)
    count = 0
    touched: dict[str, set[str]] = {}
    with warehouse.transaction():
        for source in all_sources().values():
            files = by_source.get(source.name, [])
            for group, assignments, has_words in _words(warehouse, source, files):
                found = _empty(warehouse, source, group, assignments, has_words, first)
                count += sum(found.values())
                touched.setdefault(source.name, set()).update(found)
        restage_erased(warehouse, touched)
        changed = sorted(file_id for files in touched.values() for file_id in files)
        if changed and _are_merged(warehouse, changed):
            forget_builds(warehouse, [f"core.{entity}" for entity in all_contracts()])
    return count


def _empty(
    warehouse: Warehouse, source: Source, files: Sequence[str], assignments: str, has_words: str, first: date
) -> dict[str, int]:
    """Rows that were emptied, by file."""
    table = f"raw.{source.raw_table}"
    dates = _dates(source)
    dated = (
        f"select file_id, record_number, max(day) as day from ({' union all '.join(dates)}) group by all"
        if dates
        else "select null::varchar as file_id, null::bigint as record_number, null::date as day where false"
    )
    connection = warehouse.connection
    connection.execute(
        "create or replace temp table expired_records as"
        f" with days as ({dated}) select words.file_id, words.record_number from {table} as words"
        " join raw.files as files on files.file_id = words.file_id"
        " left join days on days.file_id = words.file_id and days.record_number = words.record_number"
        f" where words.file_id in ({literals(files)}) and ({has_words})"
        f" and coalesce(days.day, files.as_of::date) < date '{first}'"
    )
    connection.execute(
        f"update {table} set {assignments}"
        " where (file_id, record_number) in (select (file_id, record_number) from expired_records)"
    )
    return dict(connection.execute("select file_id, count(*) from expired_records group by all").fetchall())


def _dates(source: Source) -> list[str]:
    """Queries of the days that staging reads in each record."""
    found = []
    for table in source.staged_tables():
        contract = all_contracts().get(table.name.partition("__")[2])
        if contract and contract.month in {column.name for column in table.columns}:
            found.append(
                f"select file_id, record_number, cast({contract.month} as date) as day from {table.full_name}"
                f" where {contract.month} is not null"
            )
    return found


def _words(warehouse: Warehouse, source: Source, files: list[str]) -> list[tuple[list[str], str, str]]:
    """Files that share their columns of words, the assignments that empty these, and whether a row has any."""
    if not files or not warehouse.has_table(f"raw.{source.raw_table}"):
        return []
    if source.declared_raw_table() is None:
        names = [identifiers([column.name]) for column in source.columns if column.handling == "free_text"]
        return [(files, *_of(names))] if names else []
    return [group for file_id in files if (group := _generic_words(warehouse, file_id))] if not source.columns else []


def _of(names: list[str]) -> tuple[str, str]:
    return ", ".join(f"{name} = null" for name in names), " or ".join(f"words.{name} is not null" for name in names)


def _generic_words(warehouse: Warehouse, file_id: str) -> tuple[list[str], str, str] | None:
    import json

    row = warehouse.one("select mapping, header, file_name from raw.files where file_id = $1", [file_id])
    bound = mapping_from_json(row[0], json.loads(row[1]), row[2]) if row and row[0] else None
    if bound is None:
        return None
    texts = {
        name.lower()
        for entity in bound.mapping.entities
        for column in entity.columns
        if all_contracts()[entity.entity].column(column.name).privacy == "free_text"
        for name in column.sources
    }
    places = [number for number, name in enumerate(bound.header, 1) if name.lower() in texts]
    if not places:
        return None
    fields = ", ".join(
        "null" if number in places else f"fields[{number}]" for number in range(1, len(bound.header) + 1)
    )
    has_words = " or ".join(f"words.fields[{number}] is not null" for number in places)
    return [file_id], f"fields = cast([{fields}] as varchar[])", has_words


def _are_merged(warehouse: Warehouse, files: Sequence[str]) -> bool:
    row = warehouse.one(
        f"select count(*) from raw.files where merged_at is not null and file_id in ({literals(files)})"
    )
    return bool(row and row[0])
