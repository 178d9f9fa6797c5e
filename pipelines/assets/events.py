"""What a layer's asset tells Dagster at its end: its checks, and what there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import dagster as dg

from pipelines.assets.checks import asset_check_results
from pipelines.assets.specs import asset_key, materialized
from pipelines.tables import Table
from pipelines.verdicts import check_published, last_verdicts
from pipelines.warehouse import Warehouse

Events = Iterator[dg.MaterializeResult | dg.AssetCheckResult]


def finished(
    context: dg.AssetExecutionContext, house: Warehouse, tables: Iterable[Table], checked: list[Table]
) -> Events:
    """Check what changed, then say what there is."""
    check_published(house, checked)
    for table in tables:
        if asset_key(table.full_name) in context.selected_asset_keys:
            yield materialized(table.full_name, house.row_count(table.full_name))
    yield from asset_check_results(checked, last_verdicts(house), context.selected_asset_check_keys)
