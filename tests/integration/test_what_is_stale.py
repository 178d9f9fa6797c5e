"""What a build finds to do: keeprate.toml names other merchants, a merchant is held, nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homes_by_hand import orders
from ingested_files import ask

from pipelines.build import derive, is_nothing_to_do, merge_core, published_tables
from pipelines.holds import set_holds
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.learning.run import learn
from pipelines.ledger import MERCHANTS
from pipelines.publishing import publish
from pipelines.reference_loading import load_reference_tables
from pipelines.restaging import restage
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.sql_tables import all_sql_tables
from pipelines.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.sql_tables import SqlTable
    from pipelines.warehouse import Warehouse

pytestmark = pytest.mark.slow


def build(warehouse: Warehouse) -> None:
    """Every step of a build but the checks and pages."""
    load_reference_tables(warehouse)
    restage(warehouse)
    merge_core(warehouse)
    list(derive(warehouse, "core"))
    list(learn(warehouse))
    list(derive(warehouse, "marts"))
    publish(warehouse, published_tables())


def load(warehouse: Warehouse, merchant_id: str, path: Path) -> None:
    (result,) = ingest_files(warehouse, warehouse.settings.merchant(merchant_id), [path], IngestOptions())
    assert result.status == "loaded", result.message


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two merchants with an order each, built and published."""
    home = tmp_path / "home"
    for merchant_id in ("north", "south"):
        write_home(home, new_merchant(home, merchant_id))
    path = tmp_path / "orders-2026-04-01.csv"
    path.write_text(orders(1, 1), encoding="utf-8")
    with open_warehouse(load_settings(home), "test") as warehouse:
        for merchant_id in ("north", "south"):
            load(warehouse, merchant_id, path)
        build(warehouse)
        assert is_nothing_to_do(warehouse)
    return home


def reads_merchants(table: SqlTable) -> bool:
    return table.schema in ("core", "marts") and MERCHANTS.full_name in table.dependencies


def test_what_reads_merchants_follows_keeprate_toml(home: Path) -> None:
    readers = [name for name, table in all_sql_tables().items() if reads_merchants(table)]
    rows = {name: f"select * from {name} order by all" for name in readers}
    write_home(home, new_merchant(home, "west"))
    with open_warehouse(load_settings(home), "test") as warehouse:
        assert not is_nothing_to_do(warehouse)
        build(warehouse)
        found = {name: ask(warehouse, query) for name, query in rows.items()}
        warehouse.connection.execute("delete from meta.builds where table_name <> $1", [MERCHANTS.full_name])
        build(warehouse)
        assert found == {name: ask(warehouse, query) for name, query in rows.items()}
        assert any(row[0] == "west" for query in found.values() for row in query)
        assert is_nothing_to_do(warehouse)


def test_what_is_held_leaves_a_build_idle_until_the_hold_ends(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "orders-2026-04-02.csv"
    path.write_text(orders(1, 2), encoding="utf-8")
    with open_warehouse(load_settings(home), "test") as warehouse:
        load(warehouse, "north", path)
        set_holds(warehouse, "published", {"north": "a check failed"})
        assert not is_nothing_to_do(warehouse)
        build(warehouse)
        assert is_nothing_to_do(warehouse)
        load(warehouse, "south", path)
        assert not is_nothing_to_do(warehouse)
        build(warehouse)
        assert is_nothing_to_do(warehouse)
        set_holds(warehouse, "published", {})
        assert not is_nothing_to_do(warehouse)
