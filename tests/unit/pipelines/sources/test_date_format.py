"""Which date format a file is proven to have, and which files are refused; against a real DuckDB."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

import duckdb
import pytest
from dated_files import File, decide, land, load, nothing_loaded

from pipelines.errors import Refused
from pipelines.sources.base import Decision
from pipelines.sources.date_evidence import Tally
from pipelines.sources.date_format import decide_date_format, proven_by


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return nothing_loaded()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31/12/2024", "dmy"),
        ("12/31/2024", "mdy"),
        ("31-12-2024", "dmy"),
        ("12.31.2024", "mdy"),
        ("2024-12-31", "ymd"),
        ("2024/1/3", "ymd"),
        ("2024-12-31T10:00:00", "ymd"),
        ("12-31-2024 17:05:33", "mdy"),
        ("3/31/2025 9:05 AM", "mdy"),
        (" 31/1/2024 ", "dmy"),
    ],
)
def test_a_part_that_can_be_no_month_proves_the_format(
    connection: duckdb.DuckDBPyConnection, text: str, expected: str
) -> None:
    land(connection, [("1", text), ("2", None), ("3", "nonsense")])
    decision = decide(File(connection))
    assert decision is not None and decision.value == expected
    assert "1 of 2 dates" in decision.evidence


def test_the_shipping_date_of_the_same_template_proves_it_too(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("1", "03/04/2025", "17/04/2025")])
    decision = decide(File(connection))
    assert decision and decision.value == "dmy"


def test_a_file_without_dates_needs_none(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("1", None)])
    assert decide(File(connection)) is None


def test_dates_that_read_the_same_both_ways_are_accepted_and_prove_nothing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    land(connection, [("1", "04/04/2025"), ("2", "5/5/2025")])
    decision = decide(File(connection))
    assert decision and decision.value == ""
    assert "same day" in decision.evidence


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([("1", "13/04/2025"), ("2", "04/14/2025")], 3),
        ([("1", "2025-04-13"), ("2", "04/05/2025")], 3),
        ([("1", "04/04/2025"), ("2", "2025-04-13")], 3),
    ],
)
def test_dates_that_contradict_each_other_are_refused(
    connection: duckdb.DuckDBPyConnection, rows: list, line: int
) -> None:
    land(connection, rows)
    with pytest.raises(Refused, match=r"--date-format dmy.mdy.ymd") as caught:
        decide(File(connection))
    assert caught.value.line == line


@pytest.mark.parametrize("rows", [[("1", "Mar 16th 2026")], [("1", "03/04/25")], [("1", "31/31/2025")]])
def test_dates_that_nobody_can_read_are_refused(connection: duckdb.DuckDBPyConnection, rows: list) -> None:
    land(connection, rows)
    with pytest.raises(Refused, match="export again"):
        decide(File(connection))


def test_without_any_proof_the_file_is_refused_with_the_way_to_state_it(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("1", "03/04/2025")])
    with pytest.raises(Refused, match="--date-format dmy") as caught:
        decide(File(connection))
    assert caught.value.line == 2


@pytest.mark.parametrize("value", ["dmy", "mdy"])
def test_what_is_stated_counts(connection: duckdb.DuckDBPyConnection, value: str) -> None:
    land(connection, [("1", "03/04/2025")])
    decision = decide(File(connection, value, earlier=("mdy", "old.csv")))
    assert decision is not None and decision.value == value and not decision.warnings
    assert "stated" in decision.evidence


@pytest.mark.parametrize(
    ("text", "value"), [("13/04/2025", "mdy"), ("04/13/2025", "dmy"), ("04/05/2025", "ymd"), ("2025-04-05", "dmy")]
)
def test_what_is_stated_against_the_data_is_refused(
    connection: duckdb.DuckDBPyConnection, text: str, value: str
) -> None:
    land(connection, [("1", text)])
    with pytest.raises(Refused, match="which is stated"):
        decide(File(connection, value))


def test_what_is_stated_against_order_ids_is_a_warning(connection: duckdb.DuckDBPyConnection) -> None:
    load(connection, 100, date(2025, 3, 1), 60)
    land(connection, [(str(100 + 3 * 39 + i), "09/04/2025") for i in range(3)])
    decision = decide(File(connection, "mdy"))
    assert decision and decision.value == "mdy"
    assert "3 of 3 ambiguous orders as dmy" in decision.warnings[0]


def test_an_earlier_file_with_the_header_hands_its_format_on(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("1", "03/04/2025")])
    assert decide(File(connection, earlier=("dmy", "march.csv"))) == Decision("dmy", "inherited from file march.csv")


def test_a_year_first_file_hands_nothing_on_to_a_year_last_one(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("1", "03/04/2025")])
    with pytest.raises(Refused):
        decide(File(connection, earlier=("ymd", "march.csv")))


def test_a_proof_against_an_earlier_file_is_told(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("1", "04/13/2025")])
    decision = decide(File(connection, earlier=("dmy", "march.csv")))
    assert decision and decision.value == "mdy" and "march.csv" in decision.warnings[0]


@pytest.mark.parametrize(("pattern", "expected"), [("%d/%m/%Y", "dmy"), ("%m/%d/%Y", "mdy")])
def test_ids_inside_a_loaded_range_prove_the_format(
    connection: duckdb.DuckDBPyConnection, pattern: str, expected: str
) -> None:
    load(connection, 1000, date(2025, 3, 1), 90)
    days = [date(2025, 4, day) for day in range(1, 12) if day != 4]
    land(connection, [(str(1000 + 3 * (day - date(2025, 3, 1)).days + 1), day.strftime(pattern)) for day in days])
    decision = decide(File(connection))
    assert decision and decision.value == expected
    assert "10 of 10 ambiguous orders" in decision.evidence and ", 0 as" in decision.evidence


def test_one_order_between_loaded_ones_is_proof(connection: duckdb.DuckDBPyConnection) -> None:
    load(connection, 1000, date(2025, 3, 1), 90)
    land(connection, [(str(1000 + 3 * 33), "03/04/2025")])
    decision = decide(File(connection))
    assert decision and decision.value == "dmy"


def test_ids_of_another_merchant_prove_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    load(connection, 1000, date(2025, 3, 1), 90)
    connection.execute("update staging.bigcommerce__orders set merchant_id = 'other'")
    land(connection, [(str(1000 + 3 * 33), "03/04/2025")])
    with pytest.raises(Refused):
        decide(File(connection))


def test_one_backdated_order_neither_proves_nor_hides(connection: duckdb.DuckDBPyConnection) -> None:
    load(connection, 1000, date(2025, 3, 1), 90)
    connection.execute("update staging.bigcommerce__orders set placed_date = '2024-01-01' where order_id = '1098'")
    days = [date(2025, 4, day) for day in range(1, 12) if day != 4]
    land(connection, [(str(1000 + 3 * (day - date(2025, 3, 1)).days + 1), day.strftime("%d/%m/%Y")) for day in days])
    decision = decide(File(connection))
    assert decision and decision.value == "dmy"


def test_two_orders_above_all_loaded_ids_are_too_few(connection: duckdb.DuckDBPyConnection) -> None:
    load(connection, 1000, date(2025, 3, 1), 31)
    land(connection, [("2001", "02/04/2025"), ("2002", "02/04/2025")])
    with pytest.raises(Refused):
        decide(File(connection))
    land(connection, [("2001", "02/04/2025"), ("2002", "02/04/2025"), ("2003", "02/04/2025")])
    decision = decide(File(connection))
    assert decision and decision.value == "dmy"


def test_ids_that_fit_both_readings_prove_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    load(connection, 1000, date(2024, 1, 1), 31)
    land(connection, [(str(5000 + i), "02/04/2025") for i in range(20)])
    with pytest.raises(Refused):
        decide(File(connection))


def test_an_inherited_format_against_ids_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    """The template was changed to month first; the file alone does not tell."""
    load(connection, 1000, date(2025, 3, 1), 33)
    land(connection, [("1099", "04/03/2025"), ("1100", "04/03/2025")])
    with pytest.raises(Refused, match=r"file march\.csv with the same header is dmy, but order ids"):
        decide(File(connection, earlier=("dmy", "march.csv")))


def test_an_inherited_format_into_the_future_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    """Day first, the orders would be placed after today; month first, they follow yesterday's."""
    load(connection, 1000, date(2025, 5, 20), 18)
    land(connection, [("1200", "06/07/2025"), ("1201", "06/07/2025")])
    with pytest.raises(Refused):
        decide_date_format(cast(Any, File(connection, earlier=("dmy", "may.csv"))), ("order_date",), date(2025, 6, 8))


def test_thirty_daily_files_in_a_row(connection: duckdb.DuckDBPyConnection) -> None:
    """Each holds a day or two; only those behind the 12th prove their format, the others inherit it."""
    load(connection, 1000, date(2025, 4, 20), 10)
    earlier, evidence = ("dmy", "april.csv"), []
    for number in range(30):
        day = date(2025, 5, 1) + timedelta(number)
        ids = [str(1100 + 3 * number + i) for i in range(3)]
        land(connection, [(order_id, f"{day:%d/%m/%Y}") for order_id in ids])
        decision = decide_date_format(
            cast(Any, File(connection, earlier=earlier, file_name=f"{day}.csv")), ("order_date",), day + timedelta(1)
        )
        assert decision is not None and decision.value in ("dmy", "") and not decision.warnings
        evidence.append(decision.evidence.split()[0])
        for order_id in ids:
            connection.execute(
                "insert into staging.bigcommerce__orders values ('demo', ?, ?, 'earlier')", [order_id, day]
            )
        earlier = (decision.value, f"{day}.csv") if decision.value else earlier
    assert evidence[0] == "inherited" and evidence[4] == "not" and evidence[20] == "the"


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        (Tally(compared=100, between=100, dmy=96, mdy=2), "dmy"),
        (Tally(compared=100, between=100, dmy=2, mdy=96), "mdy"),
        (Tally(compared=100, between=100, dmy=94, mdy=2), ""),
        (Tally(compared=100, between=100, dmy=100, mdy=51), ""),
        (Tally(compared=2, between=0, dmy=2, mdy=0), ""),
        (Tally(compared=3, between=0, dmy=3, mdy=0), "dmy"),
        (Tally(), ""),
    ],
)
def test_a_tally_proves_only_what_is_clear(tally: Tally, expected: str) -> None:
    assert proven_by(tally) == expected
