"""Whether the correction for maturity does what it says: young weeks' rates aim at the truth, intervals hold it.

Many small merchants with one true rate and one true delay; what a week will show in the end is drawn, what it shows so
far is what the marts see.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import polars as pl
import pytest
from declared_tables import database

from pipelines.sql_tables import all_sql_tables

MERCHANTS, WEEKS, ORDERS_A_WEEK, RATE = 60, 30, 80, 0.15
THROUGH = np.datetime64("2026-03-15", "D")


@pytest.fixture(scope="module")
def shops() -> Iterator[duckdb.DuckDBPyConnection]:
    draw = np.random.default_rng(20261122)
    count = MERCHANTS * WEEKS * ORDERS_A_WEEK
    age = np.tile(np.arange(WEEKS * ORDERS_A_WEEK) * 7 // ORDERS_A_WEEK, MERCHANTS)
    placed = THROUGH - age.astype("timedelta64[D]")
    orders = pl.DataFrame(
        {
            "merchant_id": np.repeat([f"m{number:02d}" for number in range(MERCHANTS)], WEEKS * ORDERS_A_WEEK),
            "order_id": np.arange(count).astype(str),
            "total_quantity": np.ones(count, dtype=np.int64),
            "placed_date": placed,
        }
    )
    delay = np.minimum(2 + draw.gamma(2.0, 7.0, count).astype(np.int64), 60)
    is_seen = (draw.random(count) < RATE) & (delay <= age)
    returns = orders.filter(is_seen).select(
        "merchant_id",
        pl.col("order_id").alias("return_line_id"),
        "order_id",
        pl.lit(1).alias("quantity"),
        pl.Series("requested_date", (placed + delay.astype("timedelta64[D]"))[is_seen]),
    )
    tables = [
        table
        for table in all_sql_tables().values()
        if table.schema == "core" or table.full_name == "marts.return_rate_weekly"
    ]
    made = {table.full_name for table in tables}
    with database({name for table in tables for name in table.dependencies} - made) as connection:
        for name, frame in (("core.orders", orders), ("core.return_lines", returns)):
            connection.register("drawn", frame.to_arrow())
            connection.execute(f"insert into {name} by name select * from drawn")
            connection.unregister("drawn")
        connection.execute(
            "insert into raw.files by name select distinct merchant_id, merchant_id as file_id,"
            " timestamp '2026-03-15 12:00:00' as as_of, timestamp '2026-03-16 00:00:00' as merged_at"
            " from core.orders"
        )
        connection.execute("insert into staging.return_lines by name select merchant_id, file_id from raw.files")
        for table in tables:
            connection.execute(f"create table {table.full_name} as {table.sql}")
        yield connection


def figures(shops: duckdb.DuckDBPyConnection, first_week: str, last_week: str) -> tuple[float, float, float, float]:
    """Mean observed rate, mean adjusted rate, share of intervals that hold the truth, mean developed share."""
    row = shops.execute(
        """
        select
            avg(observed_return_rate),
            sum(returned_quantity) / sum(exposure_quantity),
            avg(case when $1 between adjusted_rate_lower and adjusted_rate_upper then 1 else 0 end),
            avg(developed_share)
        from marts.return_rate_weekly
        where order_week between cast($2 as date) and cast($3 as date)
        """,
        [RATE, first_week, last_week],
    ).fetchone()
    assert row
    return row


@pytest.mark.parametrize(
    ("first_week", "last_week", "developed"),
    [("2026-02-23", "2026-03-02", (0.3, 0.6)), ("2026-01-12", "2026-02-16", (0.75, 0.99))],
    ids=["one to two weeks old", "three to eight weeks old"],
)
def test_young_weeks_aim_at_the_truth(
    shops: duckdb.DuckDBPyConnection, first_week: str, last_week: str, developed: tuple[float, float]
) -> None:
    observed, adjusted, covered, share = figures(shops, first_week, last_week)
    assert developed[0] < share < developed[1]
    assert observed < RATE * (share + 0.05)
    assert adjusted == pytest.approx(RATE, rel=0.06)
    assert 0.84 <= covered <= 0.97


def test_mature_weeks_need_no_correction(shops: duckdb.DuckDBPyConnection) -> None:
    observed, adjusted, covered, share = figures(shops, "2025-09-01", "2025-12-08")
    assert (share, observed) == (1.0, pytest.approx(adjusted))
    assert adjusted == pytest.approx(RATE, rel=0.04)
    assert 0.86 <= covered <= 0.95
