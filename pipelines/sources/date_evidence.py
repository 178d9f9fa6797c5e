"""What the data say about the order of day and month: counts over a landed file, by SQL.

Only counting belongs here; what follows from the counts is decided in ``date_format``. What parcels say of the same
dates is counted in ``parcel_evidence``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.sources.base import snake_case

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipelines.ingest.landing import LandedFile

LOADED_ORDERS = "staging.bigcommerce__orders"
NEIGHBOURS = 5
"""Loaded orders on each side of an id that bound its date, so that one backdated order bounds nothing."""
TOLERANCE_DAYS = 1
"""Orders near midnight; a swap of day and month moves a date by 27 days or more."""


@dataclass(frozen=True)
class Readings:
    """How many dates of a file can be read how, with the first line of each kind.

    Attributes:
        counts: dates by kind: ``ymd`` (year first), ``dmy`` or ``mdy`` (only that reading is a date),
            ``either`` (both are, and differ), ``same`` (both are the same day), ``unreadable``.
        lines: physical line of the first date of a kind.
        column: header of the first of the columns that were counted.
    """

    counts: dict[str, int]
    lines: dict[str, int]
    column: str = ""

    def count(self, kind: str) -> int:
        """Dates of a kind."""
        return self.counts.get(kind, 0)

    @property
    def total(self) -> int:
        """Dates in the file, blanks left out."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Tally:
    """Ambiguous orders of a file against what is known of them from elsewhere.

    Attributes:
        compared: ambiguous orders for which something is known.
        between: those of them that are bounded on both sides.
        dmy: orders whose day-first date is in line.
        mdy: orders whose month-first date is in line.
    """

    compared: int = 0
    between: int = 0
    dmy: int = 0
    mdy: int = 0


def date_text(column: str) -> str:
    """SQL for the date part of a cell: one kind of separator, without a time behind it."""
    return f"split_part(translate(trim({column}), '-.T', '// '), ' ', 1)"


def _reading(form: str, pattern: str) -> str:
    return f"case when regexp_full_match(text, '{form}') then try_strptime(text, '{pattern}')::date end"


_DMY = _reading(r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y")
_MDY = _reading(r"\d{1,2}/\d{1,2}/\d{4}", "%m/%d/%Y")
_YMD = _reading(r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d")


def count_readings(landed: LandedFile, columns: Sequence[str]) -> Readings:
    """Count the dates of some columns (those that the file has) by how they can be read."""
    present = {snake_case(name): name for name in landed.header}
    named = next((present[column] for column in columns if column in present), "")
    cells = " union all ".join(
        f"select {column} as cell, count(*) as row_count, min(line_number) as line_number from {landed.table}"
        f" where {column} is not null group by {column}"
        for column in columns
        if column in present
    )
    rows = landed.connection.execute(
        f"""
        with texts as (
            select {date_text("cell")} as text, sum(row_count) as row_count, min(line_number) as line_number
            from ({cells})
            group by text
        ),
        readings as (
            select row_count, line_number, {_DMY} as dmy, {_MDY} as mdy, {_YMD} as ymd from texts
        )
        select
            case
                when ymd is not null then 'ymd'
                when dmy = mdy then 'same'
                when dmy is not null and mdy is not null then 'either'
                when dmy is not null then 'dmy'
                when mdy is not null then 'mdy'
                else 'unreadable'
            end as kind,
            sum(row_count)::bigint,
            min(line_number)
        from readings group by kind
        """
    ).fetchall()
    return Readings({row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}, named)


def ambiguous_orders(landed: LandedFile) -> str:
    """SQL for the orders of the file whose date can be read both ways, with their ids and both dates."""
    if "order_date" not in {snake_case(name) for name in landed.header}:
        return "select null::varchar as order_id, null::bigint as id, null::date as dmy, null::date as mdy where false"
    return f"""
        select distinct trim(order_id) as order_id, try_cast(order_id as bigint) as id, dmy, mdy
        from (
            select order_id, {_DMY} as dmy, {_MDY} as mdy
            from (select order_id, {date_text("order_date")} as text from {landed.table})
        )
        where dmy <> mdy
    """


def tally_ids(landed: LandedFile, today: date) -> Tally:
    """Compare ambiguous dates with those of loaded orders whose ids are next to theirs.

    Ids grow with time: an order lies between the earliest of its lower and the latest of its upper
    neighbours. Above all loaded ids the bound is today, because no order is placed in the future. What an earlier
    load of the same file left does not count: a file that was read wrongly would prove itself.
    """
    if not has_table(landed, LOADED_ORDERS):
        return Tally()
    row = landed.connection.execute(
        f"""
        with ambiguous as ({ambiguous_orders(landed)}),
        span as (select min(id) as lowest, max(id) as highest from ambiguous),
        every_loaded as (
            select try_cast(order_id as bigint) as id, placed_date from {LOADED_ORDERS}
            where merchant_id = $merchant_id and placed_date is not null and file_id <> $file_id
        ),
        below as (
            select distinct id from every_loaded where id < (select lowest from span)
            order by id desc limit {NEIGHBOURS}
        ),
        above as (
            select distinct id from every_loaded where id > (select highest from span)
            order by id limit {NEIGHBOURS}
        ),
        loaded as (
            select id, min(placed_date) as placed_date from every_loaded
            where id >= coalesce((select min(id) from below), (select lowest from span))
                and id <= coalesce((select max(id) from above), (select highest from span))
            group by id
        ),
        bounds as (
            select
                id,
                min(placed_date) over (order by id rows between {NEIGHBOURS - 1} preceding and current row)
                    - {TOLERANCE_DAYS} as earliest,
                max(placed_date) over (order by id rows between current row and {NEIGHBOURS - 1} following)
                    + {TOLERANCE_DAYS} as latest
            from loaded
        ),
        compared as (
            select ambiguous.dmy, ambiguous.mdy, lower.earliest, upper.latest
            from ambiguous
            asof left join bounds as lower on ambiguous.id >= lower.id
            asof left join bounds as upper on ambiguous.id <= upper.id
        ),
        bounded as (
            select
                dmy,
                mdy,
                earliest is not null and latest is not null as is_between,
                coalesce(earliest, date '0001-01-01') as earliest,
                coalesce(latest, $today::date + {TOLERANCE_DAYS}) as latest
            from compared where earliest is not null or latest is not null
        )
        select
            count(*),
            count(*) filter (where is_between),
            count(*) filter (where dmy between earliest and latest),
            count(*) filter (where mdy between earliest and latest)
        from bounded
        """,
        {"merchant_id": landed.merchant.merchant_id, "file_id": landed.file_id, "today": today},
    ).fetchone()
    return Tally(*row) if row else Tally()


def has_table(landed: LandedFile, full_name: str) -> bool:
    """Whether a table is there already."""
    schema, name = full_name.split(".")
    row = landed.connection.execute(
        "select count(*) from information_schema.tables where table_schema = $1 and table_name = $2",
        [schema, name],
    ).fetchone()
    return bool(row and row[0])
