"""How a declared table looks to Dagster: key, group, kinds, owners, description, columns, row count."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.contracts import all_contracts
from pipelines.sources import all_sources
from pipelines.sql_tables import all_sql_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.tables import Table

OWNERS = ["team:keeprate"]


def asset_key(full_name: str) -> dg.AssetKey:
    """``schema.table`` as an asset key."""
    return dg.AssetKey(full_name.split("."))


def asset_spec(table: Table, *, kinds: set[str], extra_dependencies: Iterable[str] = ()) -> dg.AssetSpec:
    """The asset of a declared table.

    Args:
        table: the declaration.
        kinds: icons, such as ``sql`` or ``csv``.
        extra_dependencies: ``schema.table`` names that the table needs beside those it reads.
    """
    read = (stored for name in (*table.dependencies, *extra_dependencies) for stored in _stored(name))
    dependencies = sorted(set(read) - {table.full_name})
    return dg.AssetSpec(
        asset_key(table.full_name),
        deps=[asset_key(name) for name in dependencies],
        description=f"{table.description}\n\nOne row: {table.grain}.",
        group_name=table.schema,
        kinds={"duckdb", *kinds},
        owners=OWNERS,
        freshness_policy=_FRESH if table.schema == "marts" else None,
        metadata={"dagster/column_schema": column_schema(table), "dagster/table_name": table.full_name},
    )


def _stored(name: str) -> list[str]:
    """The tables behind a view: ``changed.x`` shows this run's rows, ``staging.<entity>`` those of all sources.

    Behind a transient step stands what it reads.
    """
    schema, _, table = name.partition(".")
    if schema == "changed":
        if not table.startswith("staging_"):
            return [f"raw.{table}"]
        step = all_sql_tables()[f"staging.{table.removeprefix('staging_')}"]
        return [step.full_name] if step.is_kept else [read for one in step.dependencies for read in _stored(one)]
    if schema == "staging" and table in all_contracts():
        return [staged.full_name for staged in _staged_tables() if staged.name.endswith(f"__{table}")]
    return [name]


def _staged_tables() -> list[Table]:
    return [table for source in all_sources().values() for table in source.staged_tables()]


_FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))
"""The daily build runs every 24 hours: two hours late is worth a warning, a missed day a failure."""


def column_schema(table: Table) -> dg.TableSchema:
    """The declared columns with types and descriptions."""
    return dg.TableSchema(
        columns=[dg.TableColumn(column.name, column.type, description=column.description) for column in table.columns]
    )


def materialized(full_name: str, row_count: int, **metadata: int) -> dg.MaterializeResult:
    """The event of a table that is up to date, with its rows."""
    return dg.MaterializeResult(asset_key(full_name), metadata={"dagster/row_count": row_count, **metadata})
