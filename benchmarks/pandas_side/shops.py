"""What the analyst knows of the two shops, and which file is which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Shop:
    """One shop and its files.

    Attributes:
        merchant_id: its id.
        timezone: its clock.
        currency_code: its currency.
        date_format: dates of its orders export.
        paths: its files, the older first.
    """

    merchant_id: str
    timezone: str
    currency_code: str
    date_format: str
    paths: Sequence[Path]

    def files(self, kind: str) -> list[Path]:
        """Its files of a kind, by the day in their names."""
        return sorted((path for path in self.paths if path.stem[:-11] == kind), key=lambda path: path.stem[-10:])

    def local_dates(self, moments: pd.Series) -> pd.Series:
        """Local dates of moments in UTC."""
        local = moments.dt.tz_localize("UTC").dt.tz_convert(self.timezone)
        return local.dt.tz_localize(None).dt.normalize()

    def universal(self, moments: pd.Series) -> pd.Series:
        """Moments of the shop's clock in UTC."""
        local = moments.dt.tz_localize(self.timezone, ambiguous=False, nonexistent="shift_forward")
        return local.dt.tz_convert("UTC").dt.tz_localize(None)


KNOWN = {
    "fashion": {"timezone": "America/New_York", "currency_code": "USD", "date_format": "%d/%m/%Y"},
    "home": {"timezone": "Asia/Taipei", "currency_code": "TWD", "date_format": "%m/%d/%Y"},
}


def shop(merchant_id: str, paths: Sequence[Path]) -> Shop:
    """A shop by its id."""
    return Shop(merchant_id=merchant_id, paths=paths, **KNOWN[merchant_id])


def day_of(path: Path) -> pd.Timestamp:
    """The day in a file's name."""
    return pd.to_datetime(path.stem[-10:])
