"""Which date format a file is proven to have, and which files are refused; against a real DuckDB."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from pipelines.errors import Refused
from pipelines.sources.base import Decision
from pipelines.sources.date_evidence import Tally
from pipelines.sources.date_format import decide_date_format, proven_by

TODAY = date(2025, 6, 30)


@dataclass
class File:
    """What a date format is decided from: the attributes of a landed file that are read, nothing else."""

    connection: duckdb.DuckDBPyConnection
    date_format_option: str | None = None
    earlier: tuple[str, str] | None = None
    table: str = "landing"
    file_name: str = "orders.csv"
    file_id: str = "this"
    header: list[str] = field(default_factory=lambda: ["Order ID", "Order Date", "Date Shipped"])
    merchant: Any = field(default_factory=lambda: SimpleNamespace(merchant_id="demo"))

    def earlier_date_format(self) -> tuple[str, str] | None:
        return self.earlier


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("create schema staging")
    connection.execute(
        "create table staging.bigcommerce__orders (merchant_id varchar, order_id varchar, placed_date date,"
        " file_id varchar default 'earlier')"
    )
    connection.execute(
        "create table staging.shipments (merchant_id varchar, order_id varchar, direction varchar, shipped_date date)"
    )
    return connection


def land(connection: duckdb.DuckDBPyConnection, rows: list[tuple[str | None, ...]]) -> None:
    connection.execute(
        "create or replace temp table landing (record_number bigint, line_number bigint, order_id varchar,"
        " order_date varchar, date_shipped varchar)"
    )
    for number, row in enumerate(rows, 1):
        order_id, order_date, *more = row
        connection.execute(
            "insert into landing values (?, ?, ?, ?, ?)",
            [number, number + 1, order_id, order_date, more[0] if more else None],
        )


def load(connection: duckdb.DuckDBPyConnection, first_id: int, first: date, days: int, per_day: int = 3) -> None:
    """Orders of some days, already loaded, with ids that grow with time."""
    connection.execute(
        "insert into staging.bigcommerce__orders by name"
        " select 'demo' as merchant_id, cast($1 + i as varchar) as order_id,"
        " $2::date + (i // $3)::int as placed_date, 'earlier' as file_id from range($4) as numbers (i)",
        [first_id, first, per_day, days * per_day],
    )


def decide(file: File) -> Decision | None:
    return decide_date_format(cast(Any, file), ("order_date", "date_shipped"), TODAY)


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


def test_shipments_prove_the_format(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("7", "03/04/2025"), ("8", "03/04/2025"), ("9", "05/04/2025")])
    connection.execute("insert into staging.shipments values ('demo', '7', 'forward', '2025-04-05')")
    connection.execute("insert into staging.shipments values ('demo', '8', 'reverse', '2025-03-05')")
    connection.execute("insert into staging.shipments values ('demo', '9', null, '2025-04-05')")
    decision = decide(File(connection))
    assert decision == Decision("dmy", "shipments agree with 2 of 2 ambiguous orders as dmy, 0 as mdy")


def test_shipments_refuse_an_inherited_format(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("7", "03/04/2025")])
    connection.execute("insert into staging.shipments values ('demo', '7', 'forward', '2025-04-05')")
    with pytest.raises(Refused, match="shipments agree"):
        decide(File(connection, earlier=("mdy", "march.csv")))


def stage_parcels(connection: duckdb.DuckDBPyConnection, days: dict[str, str]) -> None:
    """Parcels that a shipments export has staged, with the day of their order; no build has made the view anew."""
    connection.execute(
        "create table staging.bigcommerce__shipments (merchant_id varchar, order_id varchar, ordered_date date,"
        " shipped_date date, rejected_rule varchar)"
    )
    for order_id, day in days.items():
        connection.execute(
            "insert into staging.bigcommerce__shipments values ('demo', ?, ?, ?, null)", [order_id, day, day]
        )


def test_order_dates_of_shipments_prove_the_format_to_the_day(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("7", "03/04/2025"), ("8", "05/04/2025")])
    stage_parcels(connection, {"7": "2025-03-04"})
    evidence = "the order dates that shipments state agree with 1 of 1 ambiguous orders as mdy, 0 as dmy"
    assert decide(File(connection)) == Decision("mdy", evidence)


def test_order_dates_of_shipments_stand_above_order_ids(connection: duckdb.DuckDBPyConnection) -> None:
    """Ids that were restarted, or an import of old orders, mislead; the day of the order does not."""
    load(connection, 1000, date(2025, 3, 1), 90)
    land(connection, [(str(1000 + 3 * 33), "03/04/2025")])
    stage_parcels(connection, {"1099": "2025-03-04"})
    decision = decide(File(connection))
    assert decision and decision.value == "mdy"


def test_order_dates_of_shipments_refuse_an_inherited_format(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("7", "03/04/2025")])
    stage_parcels(connection, {"7": "2025-04-03"})
    with pytest.raises(Refused, match="order dates that shipments state agree with 1 of 1"):
        decide(File(connection, earlier=("mdy", "march.csv")))


def test_agreeing_shipments_are_part_of_the_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    stage_parcels(connection, {"7": "2025-04-03"})
    for file in (File(connection, "dmy"), File(connection, earlier=("dmy", "march.csv"))):
        land(connection, [("7", "03/04/2025")])
        decision = decide(file)
        assert decision and decision.evidence.endswith(
            "shipments state agree with 1 of 1 ambiguous orders as dmy, 0 as mdy"
        )
    land(connection, [("7", "03/04/2025"), ("8", "31/03/2025")])
    decision = decide(File(connection))
    assert decision and decision.evidence.startswith("the first part is above 12") and "1 of 1" in decision.evidence


def test_disagreeing_shipments_are_a_warning_beside_what_is_stated(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("7", "03/04/2025")])
    stage_parcels(connection, {"7": "2025-04-03"})
    decision = decide(File(connection, "mdy"))
    assert decision and decision.value == "mdy" and "the file is read as mdy" in decision.warnings[0]


def test_rejected_parcels_and_another_merchants_prove_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("7", "03/04/2025")])
    stage_parcels(connection, {"7": "2025-04-03"})
    for change in ("rejected_rule = 'order_id_number'", "rejected_rule = null, merchant_id = 'other'"):
        connection.execute(f"update staging.bigcommerce__shipments set {change}")
        with pytest.raises(Refused):
            decide(File(connection))


def test_an_earlier_load_of_the_same_file_does_not_speak_for_itself(connection: duckdb.DuckDBPyConnection) -> None:
    load(connection, 100, date(2025, 3, 1), 60)
    connection.execute("update staging.bigcommerce__orders set file_id = 'this'")
    land(connection, [(str(100 + 3 * 39 + i), "09/04/2025") for i in range(3)])
    decision = decide(File(connection, "mdy"))
    assert decision and not decision.warnings


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
