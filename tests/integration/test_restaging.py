"""Staging anew: killed midway nothing is lost, and what changed before the first build counts as well."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from homes_by_hand import orders
from ingested_files import ask, empty_warehouse, load

from pipelines.build import merge_core
from pipelines.ingest import staging
from pipelines.ledger import QUARANTINE_ROWS
from pipelines.publishing import publish
from pipelines.restaging import restage
from pipelines.settings import load_settings
from pipelines.snapshot import open_snapshot
from pipelines.warehouse import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.warehouse import Warehouse

STAGED = "select order_id from staging.generic__orders where rejected_rule is null order by order_id"

PLACED = "select placed_at from staging.bigcommerce__orders where order_id = '8501'"
"""At 14:20:05 by the shop's clock, which such an export does not set to summer time."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with empty_warehouse(tmp_path) as opened:
        yield opened


def load_orders(warehouse: Warehouse, folder: Path, first: int, last: int) -> None:
    path = folder / f"orders-{first}-2026-04-01.csv"
    path.write_text(orders(first, last), encoding="utf-8")
    (result,) = load(warehouse, path)
    assert result.status == "loaded", result.message


@pytest.mark.parametrize("step", ["prepare", "stage_files"])
def test_a_kill_while_staging_anew_loses_no_row_though_a_file_comes_next(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    load_orders(warehouse, tmp_path, 1, 3)
    restage(warehouse)
    with monkeypatch.context() as patch:
        patch.setattr(staging, step, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restage(warehouse, is_full=True)
    load_orders(warehouse, tmp_path, 4, 5)
    restage(warehouse)
    assert ask(warehouse, STAGED) == [(str(number),) for number in range(1, 6)]
    assert restage(warehouse) == []


def published_rejections(warehouse: Warehouse) -> list[tuple]:
    publish(warehouse, [QUARANTINE_ROWS])
    with open_snapshot(warehouse.settings.home) as snapshot:
        return snapshot.query("select rule from quarantine.rows").rows()


def test_what_staging_anew_does_not_reject_any_more_leaves_the_snapshot(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "orders-2026-04-01.csv"
    path.write_text(orders(1, 1) + "2,soon,USD,10.00\n", encoding="utf-8")
    load(warehouse, path)
    merge_core(warehouse)
    assert published_rejections(warehouse) == [("placed_date_not_date",)]
    warehouse.connection.execute(
        "update raw.generic__records set fields = ['2', '2026-03-02', 'USD', '10.00'] where record_number = 2"
    )
    restage(warehouse, is_full=True)
    assert published_rejections(warehouse) == []


def set_zone(home: Path, timezone: str) -> None:
    path = home / "keeprate.toml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(f'timezone = "{timezone}"\n' if line.startswith("timezone = ") else line for line in lines)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("has_late_file", [False, True], ids=["no late file", "a file of the new zone"])
def test_a_zone_that_is_corrected_before_the_first_build_counts(tmp_path: Path, has_late_file: bool) -> None:
    with empty_warehouse(tmp_path) as warehouse:
        load(warehouse, "bigcommerce_orders/all_fields.csv")
    home = tmp_path / "home"
    set_zone(home, "Asia/Tokyo")
    with open_warehouse(load_settings(home), "test") as warehouse:
        if has_late_file:
            load_orders(warehouse, tmp_path, 1, 1)
        assert "bigcommerce_orders" in restage(warehouse)
        assert ask(warehouse, PLACED) == [(datetime(2025, 7, 1, 5, 20, 5),)]
        assert restage(warehouse) == []


def test_a_file_of_a_zone_that_is_taken_back_is_staged_anew(tmp_path: Path) -> None:
    with empty_warehouse(tmp_path) as warehouse:
        load_orders(warehouse, tmp_path, 1, 1)
    home = tmp_path / "home"
    set_zone(home, "Asia/Tokyo")
    with open_warehouse(load_settings(home), "test") as warehouse:
        load(warehouse, "bigcommerce_orders/all_fields.csv")
    set_zone(home, "America/New_York")
    with open_warehouse(load_settings(home), "test") as warehouse:
        restage(warehouse)
        assert ask(warehouse, PLACED) == [(datetime(2025, 7, 1, 19, 20, 5),)]
