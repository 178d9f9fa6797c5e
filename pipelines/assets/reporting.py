"""Assets behind the marts: the snapshot that readers use, the pages of checks, the weekly reports."""

import dagster as dg

from pipelines.assets.learning import LEARNED
from pipelines.assets.modelling import DERIVED_CORE, MARTS, MERGED
from pipelines.assets.resources import WarehouseResource
from pipelines.assets.specs import OWNERS, asset_key
from pipelines.build import published_tables
from pipelines.builds import PAGES_BUILT, REPORTS_BUILT, enter_build
from pipelines.holds import holds
from pipelines.progress import say
from pipelines.publishing import publish
from pipelines.snapshot import reported_version
from pipelines.verdicts import hold_published, last_verdicts

SNAPSHOT = dg.AssetKey(["snapshot", "current"])
REPORTS = dg.AssetKey(["reports", "weekly"])
CHECK_PAGES = dg.AssetKey(["reports", "checks"])


@dg.asset(
    key=SNAPSHOT,
    deps=[asset_key(table.full_name) for table in (*MERGED, *DERIVED_CORE, *LEARNED, *MARTS)],
    group_name="snapshot",
    kinds={"duckdb", "parquet"},
    owners=OWNERS,
)
def snapshot(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """The published tables as immutable Parquet parts; a held merchant keeps its last good ones."""
    house = warehouse.warehouse
    held = hold_published(house)
    for merchant_id, reason in held.items():
        context.log.warning("%s is held: %s", merchant_id, reason)
    manifest = publish(house, published_tables())
    say(f"published snapshot {manifest['version']}")
    rows = sum(part["rows"] for table in manifest["tables"].values() for part in table["parts"])
    return dg.MaterializeResult(
        metadata={
            "version": manifest["version"],
            "rows": rows,
            "tables": len(manifest["tables"]),
            "held": ", ".join(manifest["held"]) or "nobody",
        }
    )


@dg.asset(key=CHECK_PAGES, deps=[SNAPSHOT], group_name="reports", kinds={"html"}, owners=OWNERS)
def check_pages(warehouse: WarehouseResource) -> dg.MaterializeResult:
    """Every check's last verdict as static pages, with counts and keys."""
    from pipelines.quality.pages import write_pages
    from pipelines.snapshot import read_manifest

    house = warehouse.warehouse
    manifest = read_manifest(house.settings.home) or {}
    merchants = {merchant.merchant_id: merchant.name for merchant in house.settings.merchants.values()}
    pages = write_pages(
        house.settings.home / "reports" / "checks", last_verdicts(house), manifest.get("published_at", ""), merchants
    )
    enter_build(house, PAGES_BUILT, reported_version(house.settings.home))
    return dg.MaterializeResult(metadata={"pages": len(pages)})


@dg.asset(key=REPORTS, deps=[SNAPSHOT], group_name="reports", kinds={"html"}, owners=OWNERS)
def weekly_reports(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """Each merchant's report of the last whole week, from the snapshot."""
    from pipelines.errors import KeeprateError
    from pipelines.reports.write import write_report

    settings = warehouse.warehouse.settings
    written = 0
    for merchant_id in settings.merchants:
        try:
            path = write_report(settings.home, merchant_id, None)
        except KeeprateError as nothing:
            # A merchant without a whole week of orders has no report yet; that is no failure.
            context.log.info("no report for %s: %s", merchant_id, nothing)
        else:
            say(f"report: {path}")
            written += 1
    # Killed before this, the next build is not idle, although the tables are published.
    enter_build(warehouse.warehouse, REPORTS_BUILT, reported_version(settings.home))
    return dg.MaterializeResult(
        metadata={"reports": written, "held": ", ".join(holds(warehouse.warehouse)) or "nobody"}
    )
