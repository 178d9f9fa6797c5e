"""A file's age from the column that says when a row last changed: whose clock it shows, and how it is written."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.ingest.age import age_of

INDIA = timedelta(hours=5, minutes=30)


def age(folder: Path, cells: list[str], offset: timedelta | None = None, date_format: str = "") -> tuple[datetime, str]:
    path = folder / "report.csv"
    path.touch()
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create table landing (updated_at varchar)")
        connection.executemany("insert into landing values (?)", [[cell] for cell in cells])
        return age_of(path, "America/New_York", None, connection, "updated_at", offset, date_format)


@pytest.mark.parametrize(
    ("cells", "offset", "date_format", "expected"),
    [
        (["2026-03-01 10:00:00", "2026-01-01 10:00:00"], None, "", datetime(2026, 3, 1, 15)),
        (["2026-07-01 10:00:00"], None, "", datetime(2026, 7, 1, 14)),
        (["2026-03-01 10:00:00"], INDIA, "", datetime(2026, 3, 1, 4, 30)),
        (["2026-03-01T10:00:00Z"], INDIA, "", datetime(2026, 3, 1, 10)),
        (["05-03-2026 17:05", "13-02-2026 09:00"], INDIA, "dmy", datetime(2026, 3, 5, 11, 35)),
        (["3/5/2026 17:05:09"], INDIA, "mdy", datetime(2026, 3, 5, 11, 35, 9)),
        (["05-03-2026"], INDIA, "dmy", datetime(2026, 3, 4, 18, 30)),
    ],
)
def test_the_newest_change_on_the_clock_of_the_format(
    tmp_path: Path, cells: list[str], offset: timedelta | None, date_format: str, expected: datetime
) -> None:
    assert age(tmp_path, cells, offset, date_format) == (expected, "newest updated_at in the file")


def test_dates_in_an_unknown_order_tell_no_age(tmp_path: Path) -> None:
    assert age(tmp_path, ["05-03-2026 17:05"], INDIA)[1] == "time at which the file was last changed on disk"


@pytest.mark.parametrize("offset", [None, INDIA])
@pytest.mark.parametrize(
    "cell", ["9999-12-31", "infinity", "-infinity", "epoch", "294247-01-10 04:00:54", "290309-12-22 (BC) 00:00:00"]
)
def test_a_change_that_cannot_be_tells_no_age(tmp_path: Path, cell: str, offset: timedelta | None) -> None:
    """A row changed in the year 9999 would outdate every later file; some of these cannot even be converted."""
    assert age(tmp_path, [cell], offset)[1] == "time at which the file was last changed on disk"
    assert age(tmp_path, [cell, "2026-03-01 10:00:00"], timedelta(0))[0] == datetime(2026, 3, 1, 10)
