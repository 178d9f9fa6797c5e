"""Assets of ``core`` and ``marts``: files are merged, derived tables rebuilt where inputs changed, all checked."""

from collections.abc import Iterable, Iterator

import dagster as dg

from pipelines.assets.checks import asset_check_results, asset_check_specs
from pipelines.assets.ingest import BuildConfig
from pipelines.assets.resources import WarehouseResource
from pipelines.assets.specs import asset_key, asset_spec, materialized
from pipelines.build import derive, merge_core
from pipelines.contracts import all_contracts
from pipelines.core_tables import declared_tables
from pipelines.ledger import CONFLICTS
from pipelines.progress import say
from pipelines.sql_tables import all_sql_tables
from pipelines.tables import Table
from pipelines.verdicts import check_published, last_verdicts
from pipelines.warehouse import Warehouse

Events = Iterator[dg.MaterializeResult | dg.AssetCheckResult]

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
    yield from _finish(context, house, MERGED, ENTITIES)


@dg.multi_asset(
    name="derive",
    specs=[asset_spec(table, kinds={"sql"}) for table in DERIVED_CORE],
    check_specs=[spec for table in DERIVED_CORE for spec in asset_check_specs(table)],
    can_subset=True,
)
def derived_core_assets(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Events:
    """Bring the core tables that are derived in SQL up to date with what changed."""
    _derive(warehouse.warehouse, "core")
    yield from _finish(context, warehouse.warehouse, DERIVED_CORE, DERIVED_CORE)


@dg.multi_asset(
    name="aggregate",
    specs=[asset_spec(table, kinds={"sql"}) for table in MARTS],
    check_specs=[spec for table in MARTS for spec in asset_check_specs(table)],
    can_subset=True,
)
def mart_assets(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Events:
    """Rebuild the marts, where what they read changed."""
    _derive(warehouse.warehouse, "marts")
    yield from _finish(context, warehouse.warehouse, MARTS, MARTS)


def _derive(house: Warehouse, schema: str) -> None:
    for name, rows in derive(house, schema):
        say(f"{name}: {rows:,} rows")


def _finish(
    context: dg.AssetExecutionContext, house: Warehouse, tables: Iterable[Table], checked: list[Table]
) -> Events:
    """Check what changed, then say what there is."""
    check_published(house, checked)
    for table in tables:
        if asset_key(table.full_name) in context.selected_asset_keys:
            yield materialized(table.full_name, house.row_count(table.full_name))
    yield from asset_check_results(checked, last_verdicts(house), context.selected_asset_check_keys)
