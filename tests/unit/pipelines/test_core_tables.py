"""The law of core: any order and any split of the files gives the same tables as a full rebuild."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.contracts import contract
from pipelines.contracts.base import PROVENANCE
from pipelines.core_tables import declared_tables, merge
from pipelines.ingest.staging import REJECTED_RULE
from pipelines.tables import Table
from pipelines.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

pytestmark = pytest.mark.slow  # real warehouses: too long for `make test-unit`, part of `make test`

START = datetime(2026, 1, 1)

Row = dict[str, object]
File = tuple[int, list[Row]]
"""Days after START that the file is old, and its rows."""


def stage(warehouse: Warehouse, entity: str, files: Iterable[tuple[str, File]], sequence_from: int = 1) -> None:
    """Put rows into ``staging.test__<entity>`` and their files into the ledger."""
    declared = Table(
        "staging", f"test__{entity}", "Test.", "row", ("merchant_id",), (*PROVENANCE, *contract(entity).columns)
    )
    warehouse.ensure(declared, (REJECTED_RULE,))
    connection = warehouse.connection
    for sequence, (file_id, (age, rows)) in enumerate(files, sequence_from):
        connection.execute(
            "insert into raw.files by name select $1 as file_id, 'demo' as merchant_id, 'test' as source,"
            " $2::timestamp as as_of, $3::bigint as file_sequence",
            [file_id, START + timedelta(days=age), sequence],
        )
        for number, row in enumerate(rows, 1):
            full = {"merchant_id": "demo", "file_id": file_id, "record_number": number, **row}
            names = ", ".join(full)
            marks = ", ".join("?" for _ in full)
            connection.execute(f"insert into staging.test__{entity} ({names}) values ({marks})", list(full.values()))
    columns = ", ".join(column.name for column in (*PROVENANCE, *contract(entity).columns))
    connection.execute(f"create or replace view staging.{entity} as select {columns} from staging.test__{entity}")


def merge_files(warehouse: Warehouse, entity: str, merged: Sequence[str], new: Sequence[str] | None) -> None:
    allowed = [*merged, *(new or [])]
    listed = ", ".join(f"'{name}'" for name in allowed)
    warehouse.connection.execute(
        f"create or replace view changed.files as select file_id, as_of, file_sequence from raw.files"
        f" where file_id in ({listed})"
    )
    with warehouse.transaction():
        merge(warehouse, contract(entity), new)


def content(warehouse: Warehouse, entity: str) -> dict[str, list[tuple[object, ...]]]:
    return {
        table.full_name: warehouse.connection.execute(f"select * from {table.full_name} order by all").fetchall()
        for table in declared_tables(contract(entity))
    }


def fresh(warehouse: Warehouse, entity: str) -> None:
    for name in (f"staging.test__{entity}",):
        if warehouse.has_table(name):
            warehouse.connection.execute(f"delete from {name}")
    warehouse.connection.execute("delete from raw.files")
    warehouse.connection.execute("delete from quarantine.conflicts")
    for table in declared_tables(contract(entity)):
        if warehouse.has_table(table.full_name):
            warehouse.connection.execute(f"delete from {table.full_name}")


ORDERS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["Shipped", "Pending", "Refunded"])),
    min_size=1,
    max_size=4,
    unique_by=lambda pair: pair[0],
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), files=st.lists(ORDERS, min_size=1, max_size=5))
def test_orders_in_any_order_and_grouping_equal_a_full_rebuild(
    warehouse: Warehouse, data: st.DataObject, files: list[list[tuple[str, str]]]
) -> None:
    made: list[tuple[str, File]] = [
        (f"f{age}", (age, [{"order_id": key, "status_raw": status} for key, status in rows]))
        for age, rows in enumerate(files)
    ]
    fresh(warehouse, "orders")
    stage(warehouse, "orders", made)
    merge_files(warehouse, "orders", [name for name, _ in made], None)
    expected = content(warehouse, "orders")

    shuffled = data.draw(st.permutations(made))
    cuts = sorted({0, len(shuffled), *data.draw(st.sets(st.integers(0, len(shuffled)), max_size=3))})
    fresh(warehouse, "orders")
    done: list[str] = []
    for start, end in pairwise(cuts):
        batch = shuffled[start:end]
        stage(warehouse, "orders", batch, sequence_from=len(done) + 1)
        merge_files(warehouse, "orders", done, [name for name, _ in batch])
        done += [name for name, _ in batch]
    assert content(warehouse, "orders") == expected


LINES = st.dictionaries(st.sampled_from("ab"), st.integers(1, 3), min_size=1, max_size=2)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), files=st.lists(LINES, min_size=1, max_size=4))
def test_children_are_replaced_per_parent_in_any_order(
    warehouse: Warehouse, data: st.DataObject, files: list[dict[str, int]]
) -> None:
    made: list[tuple[str, File]] = [
        (
            f"f{age}",
            (
                age,
                [
                    {"order_id": order, "order_line_id": str(line), "quantity": age + 1}
                    for order, count in orders.items()
                    for line in range(1, count + 1)
                ],
            ),
        )
        for age, orders in enumerate(files)
    ]
    newest = {order: (age, count) for age, orders in enumerate(files) for order, count in orders.items()}
    fresh(warehouse, "order_lines")
    done: list[str] = []
    for name, file in data.draw(st.permutations(made)):
        stage(warehouse, "order_lines", [(name, file)], sequence_from=len(done) + 1)
        merge_files(warehouse, "order_lines", done, [name])
        done.append(name)
    found = warehouse.connection.execute(
        "select order_id, order_line_id, quantity from core.order_lines order by all"
    ).fetchall()
    expected = sorted(
        (order, str(line), age + 1) for order, (age, count) in newest.items() for line in range(1, count + 1)
    )
    assert found == expected


def test_an_edited_order_keeps_no_ghost_line(warehouse: Warehouse) -> None:
    three = [{"order_id": "a", "order_line_id": str(n), "quantity": 1} for n in (1, 2, 3)]
    stage(warehouse, "order_lines", [("old", (0, three)), ("new", (1, three[:2]))])
    merge_files(warehouse, "order_lines", [], ["old"])
    merge_files(warehouse, "order_lines", ["old"], ["new"])
    rows = warehouse.connection.execute("select order_line_id from core.order_lines order by all").fetchall()
    assert rows == [("1",), ("2",)]


def test_one_snapshot_split_over_two_files_keeps_both_halves(warehouse: Warehouse) -> None:
    lines = [{"order_id": "a", "order_line_id": str(n), "quantity": 1} for n in (1, 2)]
    stage(warehouse, "order_lines", [("one", (0, lines[:1])), ("two", (0, lines[1:]))])
    merge_files(warehouse, "order_lines", [], ["one"])
    merge_files(warehouse, "order_lines", ["one"], ["two"])
    assert warehouse.row_count("core.order_lines") == 2


def test_history_holds_what_was_replaced_and_since_when(warehouse: Warehouse) -> None:
    versions = [("Pending", 0), ("Pending", 1), ("Shipped", 2), ("Refunded", 5)]
    stage(
        warehouse,
        "orders",
        [(f"f{age}", (age, [{"order_id": "a", "status_raw": status}])) for status, age in versions],
    )
    merge_files(warehouse, "orders", [], [f"f{age}" for _, age in versions])
    day = [START + timedelta(days=age) for age in range(6)]
    history = warehouse.connection.execute(
        "select status_raw, valid_from, valid_to from core.orders_history order by valid_from"
    ).fetchall()
    assert history == [("Pending", day[0], day[2]), ("Shipped", day[2], day[5])]
    current = warehouse.connection.execute(
        "select status_raw, first_seen_at, last_changed_at from core.orders"
    ).fetchall()
    assert current == [("Refunded", day[0], day[5])]


def test_a_tie_goes_to_the_later_load_and_is_told(warehouse: Warehouse) -> None:
    stage(
        warehouse,
        "orders",
        [("one", (0, [{"order_id": "a", "status_raw": "x"}])), ("two", (0, [{"order_id": "a", "status_raw": "y"}]))],
    )
    merge_files(warehouse, "orders", [], ["one", "two"])
    assert warehouse.connection.execute("select status_raw from core.orders").fetchall() == [("y",)]
    conflicts = warehouse.connection.execute(
        "select entity, key, kept_file_id, dropped_file_id from quarantine.conflicts"
    ).fetchall()
    assert conflicts == [("orders", "a", "two", "one")]


def told_conflicts(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.connection.execute(
        "select merchant_id, key, kept_file_id, dropped_file_id from quarantine.conflicts order by all"
    ).fetchall()


def lines(quantity: int, merchant_id: str = "demo", order_id: str = "a") -> list[Row]:
    return [
        {"merchant_id": merchant_id, "order_id": order_id, "order_line_id": str(line), "quantity": quantity}
        for line in (1, 2)
    ]


def test_a_merge_leaves_conflicts_of_others_alone(warehouse: Warehouse) -> None:
    disagreeing = [("one", (0, lines(1, "other") + lines(1, order_id="b"))), ("two", (0, lines(2, "other")))]
    stage(warehouse, "order_lines", [*disagreeing, ("third", (0, lines(3, order_id="b")))])
    merge_files(warehouse, "order_lines", [], ["one", "two", "third"])
    told = told_conflicts(warehouse)
    assert [row[:2] for row in told] == [("demo", "b / 1"), ("demo", "b / 2"), ("other", "a / 1"), ("other", "a / 2")]
    stage(warehouse, "order_lines", [("fourth", (1, lines(1))), ("fifth", (2, lines(2)))], sequence_from=4)
    merge_files(warehouse, "order_lines", ["one", "two", "third"], ["fourth", "fifth"])
    assert told_conflicts(warehouse) == told


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_conflict_that_is_mended_is_told_no_more(warehouse: Warehouse, is_whole: bool) -> None:
    stage(warehouse, "order_lines", [("one", (0, lines(1))), ("two", (0, lines(2))), ("mending", (1, []))])
    merge_files(warehouse, "order_lines", [], ["one", "two"])
    assert told_conflicts(warehouse) == [("demo", "a / 1", "two", "one"), ("demo", "a / 2", "two", "one")]
    warehouse.connection.execute("delete from staging.test__order_lines where file_id = 'one'")
    warehouse.connection.execute(
        "insert into meta.mended_keys by name select 'mending' as file_id, 'one' as mended_file_id,"
        """ 'order_lines' as entity, 'demo' as merchant_id, '{"order_id": "a"}'::json as key"""
    )
    merge_files(warehouse, "order_lines", ["one", "two"], None if is_whole else ["mending"])
    assert told_conflicts(warehouse) == []


def test_files_that_are_not_merged_do_not_count(warehouse: Warehouse) -> None:
    stage(
        warehouse,
        "orders",
        [("good", (0, [{"order_id": "a", "status_raw": "x"}])), ("held", (9, [{"order_id": "a", "status_raw": "y"}]))],
    )
    merge_files(warehouse, "orders", [], ["good"])
    assert warehouse.connection.execute("select status_raw from core.orders").fetchall() == [("x",)]


def in_pieces(warehouse: Warehouse, entity: str, files: Sequence[tuple[str, File]], cuts: Sequence[int]) -> None:
    """Load and merge files in the given order, a piece at a time; a cut is the position where a piece begins."""
    fresh(warehouse, entity)
    done: list[str] = []
    for start, end in pairwise(sorted({0, len(files), *cuts})):
        piece = files[start:end]
        stage(warehouse, entity, piece, sequence_from=len(done) + 1)
        merge_files(warehouse, entity, done, [name for name, _ in piece])
        done += [name for name, _ in piece]


SEEN_VERSIONS = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.one_of(st.none(), st.integers(-3, 8)), st.sampled_from(["Booked", "Out", "Delivered"])
    ),
    min_size=1,
    max_size=5,
)
"""Records of one file: parcel, day up to which the source had seen it, status; a parcel may stand there repeatedly."""


def parcels_seen(records: list[tuple[str, int | None, str]]) -> list[Row]:
    return [
        {
            "shipment_id": parcel,
            "status_raw": status,
            "observed_at": None if seen is None else START + timedelta(days=seen, hours=1),
        }
        for parcel, seen, status in records
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), files=st.lists(SEEN_VERSIONS, min_size=1, max_size=4))
def test_versions_that_the_source_dates_are_the_same_in_any_order(
    warehouse: Warehouse, data: st.DataObject, files: list[list[tuple[str, int | None, str]]]
) -> None:
    made: list[tuple[str, File]] = [(f"f{age}", (age, parcels_seen(records))) for age, records in enumerate(files)]
    in_pieces(warehouse, "shipments", made, ())
    expected = content(warehouse, "shipments")

    shuffled = data.draw(st.permutations(made))
    in_pieces(warehouse, "shipments", shuffled, sorted(data.draw(st.sets(st.integers(0, len(made)), max_size=3))))
    assert content(warehouse, "shipments") == expected

    stage(warehouse, "shipments", [])
    merge_files(warehouse, "shipments", [name for name, _ in shuffled], None)
    assert content(warehouse, "shipments") == expected

    newest: dict[str, tuple[datetime, int, int, str]] = {}
    for age, records in enumerate(files):
        for number, (parcel, seen, status) in enumerate(records):
            moment = START + (timedelta(days=age) if seen is None else timedelta(days=seen, hours=1))
            newest[parcel] = max(newest.get(parcel, (datetime.min, 0, 0, "")), (moment, age, number, status))
    found = warehouse.connection.execute("select shipment_id, status_raw from core.shipments order by all").fetchall()
    assert found == sorted((parcel, version[3]) for parcel, version in newest.items())


def test_several_versions_within_one_file_leave_a_history(warehouse: Warehouse) -> None:
    records: list[tuple[str, int | None, str]] = [("a", 3, "Delivered"), ("a", 1, "Booked"), ("a", 2, "Out")]
    stage(warehouse, "shipments", [("one", (9, parcels_seen(records)))])
    merge_files(warehouse, "shipments", [], ["one"])
    seen = [START + timedelta(days=day, hours=1) for day in range(4)]
    history = warehouse.connection.execute(
        "select status_raw, valid_from, valid_to from core.shipments_history order by valid_from"
    ).fetchall()
    assert history == [("Booked", seen[1], seen[2]), ("Out", seen[2], seen[3])]
    current = warehouse.connection.execute("select status_raw, observed_at, last_changed_at from core.shipments")
    assert current.fetchall() == [("Delivered", seen[3], START + timedelta(days=9))]


def test_an_older_file_that_saw_the_thing_later_wins_and_dates_the_change(warehouse: Warehouse) -> None:
    stage(
        warehouse,
        "shipments",
        [
            ("newer", (9, parcels_seen([("a", 1, "Booked")]))),
            ("older", (5, parcels_seen([("a", 3, "Delivered")]))),
        ],
    )
    merge_files(warehouse, "shipments", [], ["newer"])
    merge_files(warehouse, "shipments", ["newer"], ["older"])
    current = warehouse.connection.execute("select status_raw, first_seen_at, last_changed_at from core.shipments")
    assert current.fetchall() == [("Delivered", START + timedelta(days=5), START + timedelta(days=5))]
    history = warehouse.connection.execute("select status_raw, valid_from, valid_to from core.shipments_history")
    assert history.fetchall() == [
        ("Booked", START + timedelta(days=1, hours=1), START + timedelta(days=3, hours=1)),
    ]


SETS = st.sets(st.sampled_from(["2024", "2025", "2026"]), min_size=1)


def policies(versions: Iterable[str], rule: str) -> list[Row]:
    return [
        {"policy_version_id": version, "valid_from": START.date(), "exchange_rule": rule}
        for version in sorted(versions)
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), files=st.lists(SETS, min_size=1, max_size=4))
def test_the_newest_file_holds_the_whole_set_in_any_order(
    warehouse: Warehouse, data: st.DataObject, files: list[set[str]]
) -> None:
    made: list[tuple[str, File]] = [
        (f"f{age}", (age, policies(versions, f"rule {age}"))) for age, versions in enumerate(files)
    ]
    shuffled = data.draw(st.permutations(made))
    in_pieces(warehouse, "policies", shuffled, sorted(data.draw(st.sets(st.integers(0, len(made)), max_size=3))))
    merged = content(warehouse, "policies")
    found = warehouse.connection.execute(
        "select policy_version_id, exchange_rule from core.policies order by all"
    ).fetchall()
    assert found == [(version, f"rule {len(files) - 1}") for version in sorted(files[-1])]
    merge_files(warehouse, "policies", [name for name, _ in shuffled], None)
    assert content(warehouse, "policies") == merged


def test_of_two_whole_sets_of_one_age_the_later_load_speaks_alone(warehouse: Warehouse) -> None:
    stage(
        warehouse,
        "policies",
        [("one", (0, policies(["2025", "2026"], "old"))), ("two", (0, policies(["2026"], "new")))],
    )
    merge_files(warehouse, "policies", [], ["one"])
    merge_files(warehouse, "policies", ["one"], ["two"])
    found = warehouse.connection.execute("select policy_version_id, exchange_rule from core.policies").fetchall()
    assert found == [("2026", "new")]
