"""What the models learn from core tables that a test made, without a warehouse: so that marts can be made after it.

The queries, the functions and the tables are those of ``pipelines.learning``; nobody borrows from another merchant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.learning import all_learned_models

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import polars as pl

    from pipelines.learning.declaration import LearnedModel
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
        first = next(iter(model.inputs.values()))
        merchants = connection.execute(f"select distinct merchant_id from ({first}) order by all").fetchall()
        for (merchant_id,) in merchants:
            frames = model.learn(_inputs(connection, model, merchant_id), [])
            for table in model.tables:
                _insert(connection, table, merchant_id, frames)


def _inputs(connection: duckdb.DuckDBPyConnection, model: LearnedModel, merchant_id: str) -> dict[str, pl.DataFrame]:
    return {
        name: connection.sql(
            f"select * exclude (merchant_id) from ({query}) where merchant_id = $merchant_id",
            params={"merchant_id": merchant_id},
        ).pl()
        for name, query in model.inputs.items()
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
