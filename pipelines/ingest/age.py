"""The age of a file: when what it says was true. The first proof that exists is taken, and recorded."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipelines.sql_text import literal

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    import duckdb

_IN_NAME = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?:[T_ -]?([01]\d|2[0-3])[-:h]?([0-5]\d))?(?!\d)"
)


_SHORT = {"dmy": "%d-%m-%Y", "mdy": "%m-%d-%Y"}
_TIMES = ("", " %H:%M", " %H:%M:%S")


def age_of(
    path: Path,
    timezone: str,
    stated: datetime | None,
    connection: duckdb.DuckDBPyConnection,
    updated_column: str,
    updated_offset: timedelta | None = None,
    date_format: str = "",
) -> tuple[datetime, str]:
    """The file's age in UTC (without a zone mark) and where it was taken from.

    Args:
        path: the file; its name may hold a date, read in the merchant's zone.
        timezone: the merchant's IANA zone.
        stated: what ``--as-of`` said, or None.
        connection: holds the landed rows as ``landing``.
        updated_column: column of ``landing`` that says when a row last changed, or empty.
        updated_offset: what that column's clock is ahead of UTC; None: it shows the merchant's time.
        date_format: order of day and month that was proven for the file: ``dmy``, ``mdy``, or another or empty, with
            which dates that do not begin with the year tell no age.
    """
    if stated:
        return _as_utc(stated, timezone), "stated with --as-of"
    if found := _date_in_name(path.name):
        return _as_utc(found, timezone), "date in the file's name"
    if updated_column:
        naive = _moment(updated_column, date_format)
        # A cast to timestamp would drop an offset that the text has.
        universal = (
            f"case when regexp_matches({updated_column}, ':.*(Z|[+-]\\d\\d:?\\d\\d)$')"
            f" then timezone('UTC', try_cast({updated_column} as timestamptz))"
            f" else {_naive_as_utc(naive, timezone, updated_offset)} end"
        )
        # No row changed after now: one that says so, by mistake or by malice, would outdate every later file.
        plausible = f"{naive} between timestamp '1970-01-02' and now()::timestamp + interval 2 days"
        ((moment,),) = connection.execute(
            f"select max(moment) from (select case when {plausible} then {universal} end as moment from landing)"
            " where moment <= now()::timestamp + interval 1 day"
        ).fetchall()
        if moment:
            return moment, f"newest {updated_column} in the file"
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None, microsecond=0)
    return changed, "time at which the file was last changed on disk"


def _date_in_name(name: str) -> datetime | None:
    match = _IN_NAME.search(name)
    if not match:
        return None
    year, month, day, hour, minute = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute)
    except ValueError:
        return None


def _moment(column: str, date_format: str) -> str:
    """SQL that reads a cell as a time: the year first, else in the proven order of day and month."""
    year_first = f"try_cast({column} as timestamp)"
    if date_format not in _SHORT:
        return year_first
    forms = ", ".join(f"'{_SHORT[date_format]}{time}'" for time in _TIMES)
    return f"coalesce({year_first}, try_strptime(translate(trim({column}), '/.', '--'), [{forms}]))"


def _naive_as_utc(naive: str, timezone: str, offset: timedelta | None) -> str:
    """SQL that reads a time without zone on the merchant's clock, or on one of a fixed offset."""
    if offset is None:
        return f"timezone('UTC', timezone({literal(timezone)}, {naive}))"
    return f"{naive} - to_seconds({offset.total_seconds():.0f})"


def _as_utc(moment: datetime, timezone: str) -> datetime:
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
    return local.astimezone(UTC).replace(tzinfo=None)
