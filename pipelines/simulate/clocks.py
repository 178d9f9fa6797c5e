"""Clocks: a shop's wall clock, UTC, and the Indian clock that one of the formats writes.

Moments inside the simulation are seconds since 1970 on the shop's wall clock.

Belongs here: turning one clock into another, and moments into text. Not here: when something happens.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

DAY = 86_400
INDIA_SECONDS = 19_800
_FIRST_DAY, _LAST_DAY = dt.date(2000, 1, 1), dt.date(2060, 1, 1)


@cache
def _offsets(timezone: str) -> NDArray[np.int64]:
    """Offset of each day's noon from UTC in seconds, from 2000-01-01 on."""
    zone = ZoneInfo(timezone)
    noon = dt.datetime(_FIRST_DAY.year, 1, 1, 12)
    days = (_LAST_DAY - _FIRST_DAY).days
    found = [(noon + dt.timedelta(days=day)).replace(tzinfo=zone).utcoffset() for day in range(days)]
    return np.array([int(offset.total_seconds()) if offset else 0 for offset in found], dtype=np.int64)


def seconds(day: dt.date) -> int:
    """First second of a day."""
    return int(np.datetime64(day).astype("datetime64[s]").astype(np.int64))


def to_utc(moments: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Turn moments of a shop's wall clock into UTC; on the day of a change of clocks, noon's offset holds."""
    offsets = _offsets(timezone)
    day = np.clip(moments // DAY - seconds(_FIRST_DAY) // DAY, 0, len(offsets) - 1)
    return moments - offsets[day]


def to_india(moments: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Turn moments of a shop's wall clock into the Indian clock."""
    return to_utc(moments, timezone) + INDIA_SECONDS


def moment_text(column: str, pattern: str = "%Y-%m-%d %H:%M:%S") -> pl.Expr:
    """Write a column of seconds as text; null stays null."""
    return pl.from_epoch(pl.col(column), time_unit="s").dt.strftime(pattern)
