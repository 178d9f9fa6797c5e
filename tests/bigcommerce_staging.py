"""Staging a few made-up BigCommerce records in memory, without files: for tests of what the queries read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
from declared_tables import database

from pipelines.sources import source_named
from pipelines.sql_tables import all_sql_tables

HEADER = ["Order ID", "Customer ID", "Order Date", "Order Status", "Total Quantity", "Product Details"]


def staged(
    records: Sequence[Mapping[str, Any]],
    source_name: str = "bigcommerce_orders",
    date_format: str | None = "dmy",
    timezone: str = "UTC",
    currency_code: str = "USD",
) -> duckdb.DuckDBPyConnection:
    """Raw records of one file, staged by all queries of their source, in order.

    Args:
        records: raw columns by name; record number and line follow from the position.
        source_name: whose queries run.
        date_format: what was decided about the file.
        timezone: of the merchant.
        currency_code: of the merchant.

    Returns:
        A database with ``staging.<table>`` of the source, ``rejected_rule`` included.
    """
    source = source_named(source_name)
    changed = f"changed.{source.raw_table}"
    rows = [
        {"merchant_id": "demo", "file_id": "f1", "record_number": number, "line_number": number + 1, **record}
        for number, record in enumerate(records, 1)
    ]
    file = {"file_id": "f1", "merchant_id": "demo", "date_format": date_format, "header": HEADER}
    merchant = {"merchant_id": "demo", "timezone": timezone, "currency_code": currency_code}
    connection = database(
        [changed, "raw.files", "core.merchants"],
        {changed: rows, "raw.files": [file], "core.merchants": [merchant]},
    )
    for name in source.staged:
        connection.execute(f"create table staging.{name} as {all_sql_tables()[f'staging.{name}'].sql}")
        connection.execute(
            f"create view changed.staging_{name} as select * from staging.{name} where rejected_rule is null"
        )
    return connection


def order(order_id: int, product_details: str | None, total_quantity: int | None, **more: object) -> dict[str, Any]:
    """A raw record of an order."""
    quantity = None if total_quantity is None else str(total_quantity)
    record = {
        "order_id": str(order_id),
        "order_date": "17/02/2025",
        "order_status": "Shipped",
        "total_quantity": quantity,
        "product_details": product_details,
    }
    return {**record, **more}


def cell_item(
    product_id: int = 7,
    quantity: int = 1,
    sku: str = "S-1",
    name: str = "Cup",
    options: str = "",
    unit_price: str = "5.00",
    line_total: str | None = None,
    weight: str = "0.5000",
) -> str:
    """One item of a product cell, as the Default template writes it."""
    total = line_total or f"{quantity * float(unit_price.replace(',', '')):.2f}"
    return (
        f"Product ID: {product_id}, Product Qty: {quantity}, Product SKU: {sku}, Product Name: {name}, "
        f"Product Weight: {weight}, Product Variation Details: {options}, "
        f"Product Unit Price: {unit_price}, Product Total Price: {total}"
    )


def all_fields_item(
    product_id: int = 7,
    quantity: int = 1,
    sku: str = "S-1",
    name: str = "Cup",
    options: str = "",
    unit_price: str = "5.00",
    index: int = 1,
) -> str:
    """One item of a product cell, as a custom template with all fields writes it."""
    return (
        f"Product ID: {product_id}, Product Qty: {quantity}, Product SKU: {sku}, Product Name: {name}, "
        f"Product Variation Details: {options}, Product Unit Price: {unit_price}, Product Unit Cost: 1.00, "
        f"Product Index: {index}, Product Weight: 0.5000, Product Total Price: {quantity * float(unit_price):.2f}, "
        f"Product Total Cost: {quantity:.2f}, Peachtree General Ledger Account: , Peachtree Tax Type: 1"
    )
