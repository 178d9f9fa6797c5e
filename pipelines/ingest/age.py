"""The age of a file: when what it says was true. The first proof that exists is taken, and recorded."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_IN_NAME = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?:[T_ -]?([01]\d|2[0-3])[-:h]?([0-5]\d))?(?!\d)"
)


def age_of(
    path: Path,
    timezone: str,
    stated: datetime | None,
    connection: duckdb.DuckDBPyConnection,
    updated_column: str,
) -> tuple[datetime, str]:
    """The file's age in UTC (without a zone mark) and where it was taken from.

    Args:
        path: the file; its name may hold a date, read in the merchant's zone.
        timezone: the merchant's IANA zone.
        stated: what ``--as-of`` said, or None.
        connection: holds the landed rows as ``landing``.
        updated_column: column of ``landing`` that says when a row last changed, or empty.
    """
    if stated:
        return _as_utc(stated, timezone), "stated with --as-of"
    if found := _date_in_name(path.name):
        return _as_utc(found, timezone), "date in the file's name"
    if updated_column:
        # A cast to timestamp would drop an offset that the text has.
        universal = (
            f"case when regexp_matches({updated_column}, ':.*(Z|[+-]\\d\\d:?\\d\\d)$')"
            f" then timezone('UTC', try_cast({updated_column} as timestamptz))"
            f" else timezone('UTC', timezone($1, try_cast({updated_column} as timestamp))) end"
        )
        ((moment,),) = connection.execute(f"select max({universal}) from landing", [timezone]).fetchall()
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


def _as_utc(moment: datetime, timezone: str) -> datetime:
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
    return local.astimezone(UTC).replace(tzinfo=None)
