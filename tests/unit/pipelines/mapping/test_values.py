"""Text that becomes a typed value, and text that does not: never bent into one."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.contracts.base import Column
from pipelines.mapping.values import Reading, status_of, typed

PLAIN = Reading(None, "UTC", "UTC", None)
COMMA = Reading(None, "UTC", "UTC", True)
POINT = Reading(None, "UTC", "UTC", False)


def read(text: str, kind: str, reading: Reading = PLAIN, values: tuple[str, ...] = ()) -> object:
    """What a text becomes, as text."""
    query = f"select cast(cast({typed('text', Column('x', kind, '', values=values), reading)} as {kind}) as varchar)"
    with duckdb.connect() as connection:
        row = connection.execute(f"{query} from (select $1::varchar as text)", [text]).fetchone()
    assert row
    return row[0]


@pytest.mark.parametrize(
    ("text", "kind", "reading", "expected"),
    [
        ("6", "bigint", PLAIN, "6"),
        ("6.0", "bigint", PLAIN, "6"),
        ("-3", "bigint", PLAIN, "-3"),
        ("2.5", "bigint", PLAIN, None),
        ("x", "bigint", PLAIN, None),
        ("59.90", "decimal(18,4)", PLAIN, "59.9000"),
        ("59,90", "decimal(18,4)", PLAIN, None),
        ("1,059.90", "decimal(18,4)", PLAIN, None),
        ("1,059.90", "decimal(18,4)", POINT, "1059.9000"),
        ("59,90", "decimal(18,4)", POINT, None),
        ("59,90", "decimal(18,4)", COMMA, "59.9000"),
        ("1.059,90", "decimal(18,4)", COMMA, "1059.9000"),
        ("10.5", "decimal(18,4)", COMMA, None),
        ("nan", "decimal(18,4)", PLAIN, None),
        ("Yes", "boolean", PLAIN, "true"),
        ("0", "boolean", PLAIN, "false"),
        ("maybe", "boolean", PLAIN, None),
        ("{}", "json", PLAIN, "{}"),
        ("{", "json", PLAIN, None),
    ],
)
def test_numbers_and_words(text: str, kind: str, reading: Reading, expected: str | None) -> None:
    assert read(text, kind, reading) == expected


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2026-03-14", None, "2026-03-14 00:00:00"),
        ("2026-03-14T09:12:00", None, "2026-03-14 09:12:00"),
        ("14/03/2026", None, None),
        ("14/03/2026", "dmy", "2026-03-14 00:00:00"),
        ("14.03.26 09:12", "dmy", "2026-03-14 09:12:00"),
        ("03-14-2026 5:07 PM", "mdy", "2026-03-14 17:07:00"),
        ("14/03/2026", "mdy", None),
        ("31/02/2026", "dmy", None),
        ("2026/03/14 09:12:30", "ymd", "2026-03-14 09:12:30"),
        ("2026-03-14", "dmy", "2026-03-14 00:00:00"),
        ("20260314", "%Y%m%d", "2026-03-14 00:00:00"),
        ("26-03-14", None, None),
        ("yesterday", "dmy", None),
    ],
)
def test_times_are_read_in_the_stated_order_only(text: str, form: str | None, expected: str | None) -> None:
    assert read(text, "timestamp", Reading(form, "UTC", "UTC", None)) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-07-01 12:00:00", "Europe/London", "2026-07-01 11:00:00"),
        ("2026-01-01 12:00:00", "Europe/London", "2026-01-01 12:00:00"),
        ("2026-07-01 12:00:00Z", "Europe/London", "2026-07-01 12:00:00"),
        ("2026-07-01 12:00:00 +1000", "Europe/London", "2026-07-01 02:00:00"),
        ("2026-07-01T12:00:00+05:30", "UTC", "2026-07-01 06:30:00"),
    ],
)
def test_times_become_utc_by_their_offset_or_the_files_zone(text: str, zone: str, expected: str) -> None:
    assert read(text, "timestamp", Reading(None, zone, "UTC", None)) == expected


def test_a_date_with_an_offset_is_the_merchants_local_day() -> None:
    assert read("2026-07-01 23:30:00Z", "date", Reading(None, "UTC", "Asia/Taipei", None)) == "2026-07-02"
    assert read("2026-07-01 23:30:00", "date", Reading(None, "UTC", "Asia/Taipei", None)) == "2026-07-01"


def test_words_of_a_closed_list_are_matched_without_case_and_signs() -> None:
    assert read("Drop Ship", "varchar", values=("own", "drop_ship")) == "drop_ship"
    assert read("dropped", "varchar", values=("own", "drop_ship")) is None


@pytest.mark.parametrize(
    ("text", "entity", "expected"),
    [
        ("'Awaiting Fulfillment'", "orders", "awaiting_fulfillment"),
        ("'Canceled'", "orders", "cancelled"),
        ("'Teleported'", "orders", "other"),
        ("null", "orders", None),
        ("'Approved'", "return_lines", "authorized"),
    ],
)
def test_statuses_come_into_one_vocabulary(text: str, entity: str, expected: str | None) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"select {status_of(text, entity)}").fetchall() == [(expected,)]
