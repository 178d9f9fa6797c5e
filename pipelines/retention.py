"""Retention: words of customers and staff are kept for some months (24), then they are emptied; what they count stays.

What expires is free text, also within lists and where a correction stated it: comments, notes, messages, remarks, and
columns of records of persons that no contract column takes. Reasons stay, they are a list's. A row's age is the date
that staging reads in it, else its file's. Whole calendar months expire together, so that a build empties nothing on
most days: a text goes with the month in which it becomes that old. What comes later in older files is emptied before it
is merged. The old text still stands in free blocks of the warehouse's file until that is renewed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pipelines.builds import built
from pipelines.contracts import all_contracts
from pipelines.erasure.emptying import restage_erased
from pipelines.erasure.evidence import raw_groups
from pipelines.erasure.raw_columns import differs
from pipelines.erasure.tombstones import remerge
from pipelines.quarantine.emptied_cells import empty_cells
from pipelines.renewal import want_renewal
from pipelines.sql_text import literals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.erasure.evidence import RawGroup
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
    by_merchant: dict[str, list[str]] = {}
    for merchant_id, file_id in warehouse.connection.execute(
        f"select merchant_id, file_id from raw.files {where} order by file_sequence"
    ).fetchall():
        by_merchant.setdefault(merchant_id, []).append(file_id)
    count = 0
    touched: dict[str, set[str]] = {}
    with warehouse.transaction():
        for merchant_id, files in by_merchant.items():
            for group in raw_groups(warehouse, merchant_id, files):
                found = _empty(warehouse, group, first)
                count += sum(found.values())
                touched.setdefault(group.source.name, set()).update(found)
                for name, corrected in empty_cells(warehouse, "expired_records", is_expiry=True).items():
                    touched.setdefault(name, set()).update(corrected)
        restage_erased(warehouse, touched)
        changed = sorted(file_id for files in touched.values() for file_id in files)
        if changed:
            want_renewal(warehouse)
        if changed and _are_merged(warehouse, changed):
            remerge(warehouse)
    return count


def _empty(warehouse: Warehouse, group: RawGroup, first: date) -> dict[str, int]:
    """Rows that were emptied, by file; those that are old enough stand in ``expired_records`` afterwards."""
    connection = warehouse.connection
    dates = _dates(group.source)
    dated = (
        f"select file_id, record_number, max(day) as day from ({' union all '.join(dates)}) where {group.where}"
        " group by all"
        if dates
        else "select null::varchar as file_id, null::bigint as record_number, null::date as day where false"
    )
    connection.execute(
        "create or replace temp table expired_records as"
        f" with days as ({dated}) select words.file_id, words.record_number from {group.table} as words"
        " join raw.files as files on files.file_id = words.file_id"
        " left join days on days.file_id = words.file_id and days.record_number = words.record_number"
        f" where words.{group.where} and coalesce(days.day, files.as_of::date) < date '{first}'"
    )
    new = group.columns.expirations()
    if not new:
        return {}
    connection.execute(
        f"create or replace temp table emptied_records as select file_id, record_number from {group.table}"
        f" semi join expired_records using (file_id, record_number) where {group.where} and ({differs(new)})"
    )
    connection.execute(
        f"update {group.table} set {group.columns.assignments(new)}"
        " where (file_id, record_number) in (select (file_id, record_number) from emptied_records)"
    )
    return dict(connection.execute("select file_id, count(*) from emptied_records group by all").fetchall())


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


def _are_merged(warehouse: Warehouse, files: Sequence[str]) -> bool:
    row = warehouse.one(
        f"select count(*) from raw.files where merged_at is not null and file_id in ({literals(files)})"
    )
    return bool(row and row[0])
