"""Assets of ``raw`` and ``staging``: what waits in the inboxes is loaded, checked, and held where it fails."""

from collections.abc import Iterator

import dagster as dg

from pipelines.assets.checks import asset_check_results, asset_check_specs
from pipelines.assets.resources import WarehouseResource
from pipelines.assets.specs import asset_key, asset_spec, materialized
from pipelines.inbox import ingest_inboxes
from pipelines.ingest.landing import raw_table
from pipelines.ledger import FILES, MENDED, QUARANTINE_ROWS
from pipelines.progress import say
from pipelines.quality.parts import forget_parts
from pipelines.reference_loading import load_reference_tables
from pipelines.reference_tables import REFERENCE_TABLES
from pipelines.restaging import restage
from pipelines.sources import all_sources
from pipelines.stated_tables import STATED
from pipelines.verdicts import check_incoming, last_verdicts

RAW_TABLES = [*STATED, *(raw_table(source) for source in all_sources().values())]
STAGED = {table.full_name: table for source in all_sources().values() for table in source.staged_tables()}
_RAW_OF = {
    table.full_name: f"raw.{source.raw_table}" for source in all_sources().values() for table in source.staged_tables()
}


class BuildConfig(dg.Config):
    """How a build is run.

    Attributes:
        is_full: stage and merge everything anew from ``raw``.
    """

    is_full: bool = False


@dg.multi_asset(
    name="load_references",
    specs=[asset_spec(table, kinds={"csv"}) for table in REFERENCE_TABLES.values()],
    can_subset=True,
)
def reference_assets(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Iterator[dg.MaterializeResult]:
    """Write the tables that come with the software, where their content changed."""
    load_reference_tables(warehouse.warehouse)
    for name in REFERENCE_TABLES:
        if asset_key(name) in context.selected_asset_keys:
            yield materialized(name, warehouse.warehouse.row_count(name))


@dg.multi_asset(
    name="load_inboxes",
    specs=[asset_spec(table, kinds={"csv"}, extra_dependencies=REFERENCE_TABLES) for table in RAW_TABLES],
    can_subset=True,
)
def raw_assets(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Iterator[dg.MaterializeResult]:
    """Load the files that wait in the merchants' inboxes into ``raw``; refused ones are set aside and named."""
    results = ingest_inboxes(warehouse.warehouse)
    refused = [result for result in results if result.status == "refused"]
    for result in refused:
        context.log.error(result.message)
    for table in RAW_TABLES:
        if asset_key(table.full_name) in context.selected_asset_keys:
            warehouse.warehouse.ensure(table)
            yield materialized(
                table.full_name,
                warehouse.warehouse.row_count(table.full_name),
                files_loaded=len(results) - len(refused),
                files_refused=len(refused),
            )


@dg.multi_asset(
    name="stage",
    specs=[
        *(asset_spec(table, kinds={"sql"}, extra_dependencies=[_RAW_OF[name]]) for name, table in STAGED.items()),
        asset_spec(FILES, kinds={"sql"}, extra_dependencies=[table.full_name for table in RAW_TABLES]),
        asset_spec(QUARANTINE_ROWS, kinds={"sql"}, extra_dependencies=STAGED),
        asset_spec(MENDED, kinds={"sql"}, extra_dependencies=STAGED),
    ],
    check_specs=[spec for table in (FILES, *STAGED.values()) for spec in asset_check_specs(table)],
    can_subset=True,
)
def staging_assets(
    context: dg.AssetExecutionContext, config: BuildConfig, warehouse: WarehouseResource
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Stage again what changed code asks for, check what waits, and hold merchants whose files fail."""
    house = warehouse.warehouse
    if config.is_full:
        # Whatever is built anew is also checked whole.
        forget_parts(house)
    for name in restage(house, is_full=config.is_full):
        say(f"staged {name} anew")
    say("checking what waits to be merged")
    check_incoming(house, list(STAGED.values()))
    for name in (FILES.full_name, *STAGED, QUARANTINE_ROWS.full_name, MENDED.full_name):
        if asset_key(name) in context.selected_asset_keys:
            yield materialized(name, house.row_count(name) if house.has_table(name) else 0)
    yield from asset_check_results((FILES, *STAGED.values()), last_verdicts(house), context.selected_asset_check_keys)
