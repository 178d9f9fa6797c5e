"""Publishing and reading: what changed is rewritten, a kill leaves the last snapshot, a query is one SELECT."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines import publishing
from pipelines.contracts.base import MERCHANT, Column
from pipelines.errors import UsageProblem
from pipelines.holds import set_holds
from pipelines.publishing import publish
from pipelines.snapshot import NoSnapshot, open_snapshot, read_manifest
from pipelines.staleness import mark_dirty, mark_rows
from pipelines.tables import Table
from pipelines.unlisted_parts import KEEP_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.settings import Settings
    from pipelines.warehouse import Warehouse

SALES = Table(
    "marts",
    "sales",
    "Test.",
    "day of a merchant",
    ("merchant_id", "sold_date"),
    (MERCHANT, Column("sold_date", "date", "Day."), Column("units", "bigint", "Units.")),
    month="sold_date",
)


def fill(warehouse: Warehouse, rows: list[tuple[str, str | None, int]]) -> None:
    warehouse.ensure(SALES)
    mark_dirty(warehouse, (SALES,))
    warehouse.connection.execute("delete from marts.sales")
    for row in rows:
        warehouse.connection.execute("insert into marts.sales values (?, ?::date, ?)", list(row))
    mark_dirty(warehouse, (SALES,))


ROWS: list[tuple[str, str | None, int]] = [("a", "2026-01-05", 1), ("a", "2026-02-05", 2), ("b", None, 3)]


def read(home: Path) -> list[tuple[object, ...]]:
    with open_snapshot(home) as snapshot:
        return snapshot.query("select * from marts.sales order by all").rows()


def parts(home: Path) -> dict[tuple[str, str | None], str]:
    manifest = read_manifest(home)
    assert manifest is not None
    return {(part["merchant_id"], part["month"]): part["file"] for part in manifest["tables"]["marts.sales"]["parts"]}


def test_nothing_published_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(NoSnapshot, match="keeprate build"):
        open_snapshot(settings.home)


def test_every_row_is_read_back_and_parts_are_by_merchant_and_month(warehouse: Warehouse, settings: Settings) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    assert len(read(settings.home)) == 3
    assert set(parts(settings.home)) == {("a", "2026-01-01"), ("a", "2026-02-01"), ("b", None)}


def test_only_touched_parts_are_written_anew(warehouse: Warehouse, settings: Settings) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    before = parts(settings.home)
    warehouse.connection.execute("update marts.sales set units = 9 where sold_date = date '2026-02-05'")
    warehouse.connection.execute("insert into meta.dirty_parts values ('marts.sales', 'a', date '2026-02-01')")
    publish(warehouse, [SALES])
    after = parts(settings.home)
    assert {part for part in before if before[part] != after[part]} == {("a", "2026-02-01")}
    assert ("a", 9) in {(row[0], row[2]) for row in read(settings.home)}


def test_a_dirty_part_with_the_same_rows_in_another_order_keeps_its_file(
    warehouse: Warehouse, settings: Settings
) -> None:
    rows: list[tuple[str, str | None, int]] = [("a", f"2026-01-{day:02}", day) for day in range(1, 29)]
    fill(warehouse, [*rows, *ROWS])
    publish(warehouse, [SALES])
    before = parts(settings.home)
    folder = settings.home / "snapshots" / "parts"
    times = {name: (folder / name).stat().st_mtime_ns for name in before.values()}
    fill(warehouse, [*reversed(rows), *ROWS[:2], ("b", None, 4)])
    publish(warehouse, [SALES])
    after = parts(settings.home)
    assert {part for part in before if before[part] != after[part]} == {("b", None)}
    assert all((folder / name).stat().st_mtime_ns == times[name] for name in after.values() if name in times)
    assert len(read(settings.home)) == len(rows) + len(ROWS)


def test_a_row_that_stands_twice_is_another_content(warehouse: Warehouse, settings: Settings) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    # Twice the same row cancels out in an exclusive or.
    fill(warehouse, [*ROWS, ROWS[0], ROWS[0]])
    publish(warehouse, [SALES])
    assert len(read(settings.home)) == len(ROWS) + 2


def test_a_part_whose_file_was_lost_is_written_again(warehouse: Warehouse, settings: Settings) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    (settings.home / "snapshots" / "parts" / parts(settings.home)["a", "2026-01-01"]).unlink()
    mark_dirty(warehouse, (SALES,))
    publish(warehouse, [SALES])
    assert len(read(settings.home)) == len(ROWS)


def test_a_part_that_became_empty_goes(warehouse: Warehouse, settings: Settings) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    fill(warehouse, ROWS[:1])
    publish(warehouse, [SALES])
    assert read(settings.home) == [("a", date(2026, 1, 5), 1)]


def test_a_held_merchant_keeps_its_last_good_parts_until_the_hold_ends(
    warehouse: Warehouse, settings: Settings
) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    set_holds(warehouse, "published", {"a": "a check failed"})
    fill(warehouse, [("a", "2026-01-05", 99), ("b", None, 4)])
    manifest = publish(warehouse, [SALES])
    assert manifest["held"]["a"]["reason"] == "a check failed"
    assert {(row[0], row[2]) for row in read(settings.home)} == {("a", 1), ("a", 2), ("b", 4)}
    set_holds(warehouse, "published", {})
    publish(warehouse, [SALES])
    assert {(row[0], row[2]) for row in read(settings.home)} == {("a", 99), ("b", 4)}


def test_a_held_merchant_keeps_its_rows_where_columns_come_and_go(warehouse: Warehouse, settings: Settings) -> None:
    fill(warehouse, [*ROWS, ("a", "2026-03-05", 4), ("b", "2026-03-05", 6)])
    publish(warehouse, [SALES])
    set_holds(warehouse, "published", {"a": "a check failed"})
    columns = (*SALES.columns[:2], Column("units", "varchar", "Units."), Column("price", "decimal(18,4)", "Price."))
    reshaped = replace(SALES, columns=columns)
    warehouse.connection.execute("drop table marts.sales")
    warehouse.ensure(reshaped)
    warehouse.connection.execute(
        "insert into marts.sales values ('a', date '2026-01-05', '9', 1.5), ('b', null, '3', 2.5)"
    )
    mark_rows(warehouse, reshaped, "marts.sales")
    publish(warehouse, [reshaped])
    first, second, third = (date(2026, month, 5) for month in (1, 2, 3))
    price = Decimal("2.5000")
    last_good = [("a", first, "1", None), ("a", second, "2", None), ("a", third, "4", None)]
    assert read(settings.home) == [*last_good, ("b", None, "3", price)]
    # The hold goes on, and ends.
    publish(warehouse, [reshaped])
    assert read(settings.home) == [*last_good, ("b", None, "3", price)]
    set_holds(warehouse, "published", {})
    publish(warehouse, [reshaped])
    assert read(settings.home) == [("a", first, "9", Decimal("1.5000")), ("b", None, "3", price)]


def test_parts_of_which_no_row_is_left_go_though_only_now_is_looked_at(
    warehouse: Warehouse, settings: Settings
) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    warehouse.connection.execute("delete from marts.sales where units <> 2")
    mark_dirty(warehouse, (SALES,))
    publish(warehouse, [SALES])
    assert [row[2] for row in read(settings.home)] == [2]


@pytest.mark.parametrize("step", ["_write_parts", "put_in_force"])
def test_a_publish_that_dies_leaves_the_last_snapshot_and_the_next_one_is_whole(
    warehouse: Warehouse, settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    old = read(settings.home)
    fill(warehouse, [("a", "2026-01-05", 7)])
    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            publish(warehouse, [SALES])
    assert read(settings.home) == old
    (settings.home / "snapshots" / "parts" / ".writing-99" / "half").mkdir(parents=True)
    publish(warehouse, [SALES])
    assert not list((settings.home / "snapshots" / "parts").glob(".writing-*"))
    assert [row[2] for row in read(settings.home)] == [7]


def test_unlisted_parts_stay_for_two_days_then_go(warehouse: Warehouse, settings: Settings) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    first = set(parts(settings.home).values())
    fill(warehouse, [("a", "2026-01-05", 7)])
    publish(warehouse, [SALES])
    folder = settings.home / "snapshots" / "parts"
    assert first <= {path.name for path in folder.iterdir()}
    for path in folder.iterdir():
        os.utime(path, (time.time() - KEEP_SECONDS - 1,) * 2)
    publish(warehouse, [SALES])
    assert {path.name for path in folder.iterdir()} == set(parts(settings.home).values())


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; select 2",
        "copy (select 1) to 'x.csv'",
        "create table t as select 1",
        "select * from read_csv('/etc/passwd')",
        "select * from 'warehouse.duckdb'",
        "set lock_configuration = false",
        "attach 'warehouse.duckdb'",
        "selec 1",
    ],
)
def test_a_query_is_one_select_over_what_is_published(warehouse: Warehouse, settings: Settings, sql: str) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    with open_snapshot(settings.home) as snapshot, pytest.raises(UsageProblem):
        snapshot.query(sql)


def test_values_are_bound(warehouse: Warehouse, settings: Settings) -> None:
    fill(warehouse, ROWS)
    publish(warehouse, [SALES])
    with open_snapshot(settings.home) as snapshot:
        assert snapshot.query("select units from marts.sales where merchant_id = $1", ["b"]).rows() == [(3,)]
