"""What the models learn from core tables that a test made, without a warehouse: so that marts can be made after it.

The queries, the functions and the tables are those of ``pipelines.learning``; nobody borrows from another merchant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.learning import all_learned_models
from pipelines.learning.declaration import LearnedModel, ReadingModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from pipelines.tables import Table


def learn_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every table of ``ml`` and fill it, merchant by merchant.

    Args:
        connection: holds the schema ``ml`` and the core tables that models read; tables of ``ml`` that are there
            already are kept and must be empty.
    """
    for model in all_learned_models().values():
        for table in model.tables:
            listed = ", ".join(f"{column.name} {column.type}" for column in table.columns)
            connection.execute(f"create table if not exists {table.full_name} ({listed})")
        first = model.items if isinstance(model, ReadingModel) else next(iter(model.inputs.values()))
        merchants = connection.execute(f"select distinct merchant_id from ({first}) order by all").fetchall()
        for (merchant_id,) in merchants:
            if isinstance(model, ReadingModel):
                frames = _read(connection, model, merchant_id)
            else:
                frames = _learned(connection, model, merchant_id)
            for table in model.tables:
                _insert(connection, table, merchant_id, frames)


def _learned(
    connection: duckdb.DuckDBPyConnection, model: LearnedModel, merchant_id: str
) -> Mapping[str, pl.DataFrame]:
    return model.learn(_inputs(connection, {**model.inputs, **model.kept}, merchant_id), [])


def _read(connection: duckdb.DuckDBPyConnection, model: ReadingModel, merchant_id: str) -> Mapping[str, pl.DataFrame]:
    (table,) = model.tables
    reader = model.reader(_inputs(connection, model.inputs, merchant_id))
    items = _inputs(connection, {"items": model.items}, merchant_id)["items"].unique(table.key[1]).sort(table.key[1])
    found = reader.read(items).with_columns(items[table.key[1]], model_version=pl.lit(reader.version))
    return {table.name: found}


def _inputs(
    connection: duckdb.DuckDBPyConnection, queries: Mapping[str, str], merchant_id: str
) -> dict[str, pl.DataFrame]:
    return {
        name: connection.sql(
            f"select * exclude (merchant_id) from ({query}) where merchant_id = $merchant_id",
            params={"merchant_id": merchant_id},
        ).pl()
        for name, query in queries.items()
    }


def _insert(
    connection: duckdb.DuckDBPyConnection, table: Table, merchant_id: str, frames: Mapping[str, pl.DataFrame]
) -> None:
    own = table.columns[1:]
    wanted = ", ".join(f"{column.name}::{column.type} as {column.name}" for column in own)
    connection.register("learned_rows", frames[table.name].select(column.name for column in own).to_arrow())
    connection.execute(
        f"insert into {table.full_name} by name select $1::varchar as merchant_id, {wanted} from learned_rows",
        [merchant_id],
    )
    connection.unregister("learned_rows")
