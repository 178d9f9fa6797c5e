"""What loaded parcels prove about the dates of an orders export: the day of the order, the day on which it left."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from dated_files import File, decide, land, load, nothing_loaded, stage_parcels

from pipelines.errors import Refused
from pipelines.sources.base import Decision


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return nothing_loaded()


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


def test_order_dates_of_shipments_prove_the_format_to_the_day(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("7", "03/04/2025"), ("8", "05/04/2025")])
    stage_parcels(connection, {"7": "2025-03-04"})
    evidence = "the order dates that shipments state agree with 1 of 1 ambiguous orders as mdy, 0 as dmy"
    assert decide(File(connection)) == Decision("mdy", evidence)


def test_a_day_beside_the_order_is_another_clock(connection: duckdb.DuckDBPyConnection) -> None:
    land(connection, [("7", "03/04/2025")])
    stage_parcels(connection, {"7": "2025-03-05"})
    decision = decide(File(connection))
    assert decision and decision.value == "mdy"


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
