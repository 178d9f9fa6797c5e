"""Work that finds no memory: nothing of the first try stays, the next has less, and the limit is what it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ingested_files import ask, empty_warehouse, load

from pipelines.ingest import staging
from pipelines.memory import LARGE_FILE, MOST_MEMORY, atomically, available_memory, make_room
from pipelines.warehouse import Warehouse

TOO_MUCH = "select list(i::varchar || repeat('x', 1000) order by i desc) from range(4000000) as t(i)"


def limit_of(warehouse: Warehouse) -> float:
    """Bytes that DuckDB may use."""
    ((count,),) = warehouse.connection.execute(
        "select parse_formatted_bytes(current_setting('memory_limit'))"
    ).fetchall()
    return count


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse with a table of one number; DuckDB may use little."""
    with empty_warehouse(tmp_path) as opened:
        small = replace(opened.settings, memory_limit="120MB", is_memory_stated=True)
        opened.connection.execute("set memory_limit = '120MB'")
        opened.connection.execute("create table raw.seen (number bigint)")
        yield Warehouse(opened.connection, small)


def test_work_that_finds_no_memory_is_done_again_with_less(warehouse: Warehouse) -> None:
    limits: list[float] = []

    def work() -> str:
        limits.append(limit_of(warehouse))
        warehouse.connection.execute("insert into raw.seen values ($1)", [len(limits)])
        if len(limits) < 3:
            warehouse.connection.execute(TOO_MUCH).fetchall()
        return "done"

    before = limit_of(warehouse)
    assert atomically(warehouse, work) == "done"
    assert [limit / before for limit in limits] == pytest.approx([1, 0.5, 0.25], rel=0.01)
    assert warehouse.connection.execute("from raw.seen").fetchall() == [(3,)]
    assert limit_of(warehouse) == before


def test_where_no_limit_is_stated_work_may_take_more_and_keeps_it(warehouse: Warehouse) -> None:
    warehouse.settings = replace(warehouse.settings, is_memory_stated=False)
    limits: list[float] = []

    def work() -> str:
        limits.append(limit_of(warehouse))
        # A group of 200 MB that no disk helps: it is one value.
        warehouse.connection.execute(
            "select length(string_agg(i::varchar, '')) from range(30000000) as t(i)"
        ).fetchall()
        return "done"

    assert atomically(warehouse, work) == "done"
    assert limits == pytest.approx([120e6, MOST_MEMORY], rel=0.1)
    assert limit_of(warehouse) == limits[1]
    assert atomically(warehouse, work) == "done"
    assert len(limits) == 3


def test_a_machine_without_memory_gives_no_more(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse.settings = replace(warehouse.settings, is_memory_stated=False)
    monkeypatch.setattr("pipelines.memory.available_memory", lambda: MOST_MEMORY - 1)
    limits: list[float] = []

    def work() -> None:
        limits.append(limit_of(warehouse))
        warehouse.connection.execute(TOO_MUCH).fetchall()

    with pytest.raises(duckdb.OutOfMemoryException):
        atomically(warehouse, work)
    assert [limit / limits[0] for limit in limits] == pytest.approx([1, 0.5, 0.25], rel=0.1)


def test_a_large_file_gets_more_from_the_start(warehouse: Warehouse) -> None:
    """Unless a limit is stated."""
    make_room(warehouse, LARGE_FILE + 1)
    assert limit_of(warehouse) == pytest.approx(120e6, rel=0.1)
    warehouse.settings = replace(warehouse.settings, is_memory_stated=False)
    make_room(warehouse, LARGE_FILE)
    assert limit_of(warehouse) == pytest.approx(120e6, rel=0.1)
    make_room(warehouse, LARGE_FILE + 1)
    assert limit_of(warehouse) == pytest.approx(MOST_MEMORY, rel=0.1)
    limits = []
    atomically(warehouse, lambda: limits.append(limit_of(warehouse)))
    assert [*limits, limit_of(warehouse)] == pytest.approx([MOST_MEMORY] * 2, rel=0.1)


def test_what_never_fits_is_told(warehouse: Warehouse) -> None:
    before = limit_of(warehouse)
    with pytest.raises(duckdb.OutOfMemoryException):
        atomically(warehouse, lambda: warehouse.connection.execute(TOO_MUCH).fetchall())
    assert limit_of(warehouse) == before
    assert warehouse.connection.execute("select 1").fetchall() == [(1,)]


def test_another_error_is_not_tried_again(warehouse: Warehouse) -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        warehouse.connection.execute("insert into raw.seen values (1)")
        warehouse.connection.execute("select no_such_column from raw.seen")

    with pytest.raises(duckdb.BinderException):
        atomically(warehouse, work)
    assert len(calls) == 1
    assert warehouse.row_count("raw.seen") == 0


def test_a_file_that_finds_no_memory_is_loaded_once(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The query that fails is a real one; it is put behind the file's first staging, when its rows stand already."""
    limits: list[float] = []
    stage_files = staging.stage_files

    def stage_and_run_out(*arguments: Any) -> None:
        stage_files(*arguments)
        limits.append(limit_of(warehouse))
        if len(limits) == 1:
            warehouse.connection.execute(TOO_MUCH).fetchall()

    monkeypatch.setattr(staging, "stage_files", stage_and_run_out)
    (result,) = load(warehouse, "clickpost_report/all_columns.csv")
    assert (result.status, len(limits)) == ("loaded", 2)
    assert len(result.warnings) == len(set(result.warnings))
    assert ask(warehouse, "select count(*) from raw.files") == [(1,)]
    assert ask(warehouse, "select count(*) from raw.clickpost__report") == [(result.records_in,)]
    assert limits[1] < limits[0] == limit_of(warehouse)


def test_available_memory_is_what_the_machine_says() -> None:
    available = available_memory()
    assert available is not None
    assert 0 < available <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
