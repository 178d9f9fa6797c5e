"""Assets of ``ml``: what models learn from ``core``, each merchant by itself."""

import dagster as dg

from pipelines.assets.checks import asset_check_specs
from pipelines.assets.events import Events, finished
from pipelines.assets.ingest import BuildConfig
from pipelines.assets.resources import WarehouseResource
from pipelines.assets.specs import asset_spec
from pipelines.learning import learned_tables
from pipelines.learning.run import learn
from pipelines.progress import say

LEARNED = learned_tables()


@dg.multi_asset(
    name="learn",
    specs=[asset_spec(table, kinds={"python"}) for table in LEARNED],
    check_specs=[spec for table in LEARNED for spec in asset_check_specs(table)],
    can_subset=True,
)
def learned_assets(context: dg.AssetExecutionContext, config: BuildConfig, warehouse: WarehouseResource) -> Events:
    """Learn the models of merchants whose rows changed."""
    for name, count in learn(warehouse.warehouse, is_full=config.is_full):
        say(f"learned {name} of {count:,} merchants")
    yield from finished(context, warehouse.warehouse, LEARNED, LEARNED)
