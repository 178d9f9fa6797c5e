"""The law of core: any order and any split of the files gives the same tables as a full rebuild."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from staged_rows import START, File, Row, merge_files, stage

from pipelines.contracts import contract
from pipelines.core_tables import declared_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.warehouse import Warehouse

pytestmark = pytest.mark.slow  # real warehouses: too long for `make test-unit`, part of `make test`


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
