"""Assets of ``core`` and ``marts``: files are merged, derived tables rebuilt where inputs changed, all checked."""

import dagster as dg

from pipelines.assets.checks import asset_check_specs
from pipelines.assets.events import Events, finished
from pipelines.assets.ingest import BuildConfig
from pipelines.assets.resources import WarehouseResource
from pipelines.assets.specs import asset_spec
from pipelines.build import derive, merge_core
from pipelines.contracts import all_contracts
from pipelines.core_tables import declared_tables
from pipelines.ledger import CONFLICTS
from pipelines.progress import say
from pipelines.sql_tables import all_sql_tables
from pipelines.tables import Table
from pipelines.warehouse import Warehouse

ENTITIES = [table for contract in all_contracts().values() for table in declared_tables(contract)]
MERGED: list[Table] = [CONFLICTS, *ENTITIES]
DERIVED_CORE: list[Table] = [table for table in all_sql_tables().values() if table.schema == "core"]
MARTS: list[Table] = [table for table in all_sql_tables().values() if table.schema == "marts"]


@dg.multi_asset(
    name="merge",
    specs=[asset_spec(table, kinds={"sql"}) for table in MERGED],
    check_specs=[spec for table in ENTITIES for spec in asset_check_specs(table)],
    can_subset=True,
)
def core_assets(context: dg.AssetExecutionContext, config: BuildConfig, warehouse: WarehouseResource) -> Events:
    """Merge the waiting files of merchants that are not held into ``core``."""
    house = warehouse.warehouse
    for entity, count in merge_core(house, is_full=config.is_full).items():
        say(f"core.{entity}: {count:,} merged")
    yield from finished(context, house, MERGED, ENTITIES)


@dg.multi_asset(
    name="derive",
    specs=[asset_spec(table, kinds={"sql"}) for table in DERIVED_CORE],
    check_specs=[spec for table in DERIVED_CORE for spec in asset_check_specs(table)],
    can_subset=True,
)
def derived_core_assets(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Events:
    """Bring the core tables that are derived in SQL up to date with what changed."""
    _derive(warehouse.warehouse, "core")
    yield from finished(context, warehouse.warehouse, DERIVED_CORE, DERIVED_CORE)


@dg.multi_asset(
    name="aggregate",
    specs=[asset_spec(table, kinds={"sql"}) for table in MARTS],
    check_specs=[spec for table in MARTS for spec in asset_check_specs(table)],
    can_subset=True,
)
def mart_assets(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Events:
    """Rebuild the marts, where what they read changed."""
    _derive(warehouse.warehouse, "marts")
    yield from finished(context, warehouse.warehouse, MARTS, MARTS)


def _derive(house: Warehouse, schema: str) -> None:
    for name, rows in derive(house, schema):
        say(f"{name}: {rows:,} rows")
