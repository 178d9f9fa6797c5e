"""A file whose dates are to be read, beside what is loaded already: for tests of its date format."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import duckdb

from pipelines.sources.base import Decision
from pipelines.sources.date_format import decide_date_format

TODAY = date(2025, 6, 30)


@dataclass
class File:
    """What a date format is decided from: the attributes of a landed file that are read, nothing else."""

    connection: duckdb.DuckDBPyConnection
    date_format_option: str | None = None
    earlier: tuple[str, str] | None = None
    table: str = "landing"
    file_name: str = "orders.csv"
    file_id: str = "this"
    header: list[str] = field(default_factory=lambda: ["Order ID", "Order Date", "Date Shipped"])
    merchant: Any = field(default_factory=lambda: SimpleNamespace(merchant_id="demo"))

    def earlier_date_format(self) -> tuple[str, str] | None:
        return self.earlier


def nothing_loaded() -> duckdb.DuckDBPyConnection:
    """A warehouse with the tables that dates are compared with, empty."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("create schema staging")
    connection.execute(
        "create table staging.bigcommerce__orders (merchant_id varchar, order_id varchar, placed_date date,"
        " file_id varchar default 'earlier')"
    )
    connection.execute(
        "create table staging.shipments (merchant_id varchar, order_id varchar, direction varchar, shipped_date date)"
    )
    return connection


def land(connection: duckdb.DuckDBPyConnection, rows: list[tuple[str | None, ...]]) -> None:
    """The file at hand: order id, order date and, where given, shipping date of each record."""
    connection.execute(
        "create or replace temp table landing (record_number bigint, line_number bigint, order_id varchar,"
        " order_date varchar, date_shipped varchar)"
    )
    for number, row in enumerate(rows, 1):
        order_id, order_date, *more = row
        connection.execute(
            "insert into landing values (?, ?, ?, ?, ?)",
            [number, number + 1, order_id, order_date, more[0] if more else None],
        )


def load(connection: duckdb.DuckDBPyConnection, first_id: int, first: date, days: int, per_day: int = 3) -> None:
    """Orders of some days, already loaded, with ids that grow with time."""
    connection.execute(
        "insert into staging.bigcommerce__orders by name"
        " select 'demo' as merchant_id, cast($1 + i as varchar) as order_id,"
        " $2::date + (i // $3)::int as placed_date, 'earlier' as file_id from range($4) as numbers (i)",
        [first_id, first, per_day, days * per_day],
    )


def decide(file: File) -> Decision | None:
    """The decision on a file, on the day that is today."""
    return decide_date_format(cast(Any, file), ("order_date", "date_shipped"), TODAY)


def stage_parcels(connection: duckdb.DuckDBPyConnection, days: dict[str, str]) -> None:
    """Parcels that a shipments export has staged, with the day of their order; no build has made the view anew."""
    connection.execute(
        "create table staging.bigcommerce__shipments (merchant_id varchar, order_id varchar, ordered_date date,"
        " shipped_date date, rejected_rule varchar)"
    )
    for order_id, day in days.items():
        connection.execute(
            "insert into staging.bigcommerce__shipments values ('demo', ?, ?, ?, null)", [order_id, day, day]
        )
