"""Stock levels: how many units of an item the shop had when a file was written."""

from __future__ import annotations

from pipelines.contracts.base import ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="stock_levels",
    description="One row per stock item and moment at which a file told of it.",
    key=("stock_item_id", "observed_at"),
    month="observed_at",
    columns=(
        Column("stock_item_id", "varchar", "The SKU; where it is empty, product and variant joined by `/`.", is_required=True, examples=("KN-8", "302/-")),
        Column("sku", "varchar", "Stock keeping unit, trimmed; empty where the source has none.", examples=("KN-8", "")),
        Column("product_id", "varchar", "Product number, where the source states it.", examples=("301", "302")),
        Column("variant_id", "varchar", "Variant number; `-` where the product has none.", examples=("-", "-")),
        Column("stock_quantity", "bigint", "Units in stock; below 0 where more were sold than there were.", is_required=True, examples=("40", "0")),
        Column("low_stock_quantity", "bigint", "Units at which the shop warns.", examples=("5", "5")),
        Column("observed_at", "timestamp", "When it was so (UTC): the age of the file.", is_required=True, examples=("2026-03-16 00:00:00", "2026-03-16 00:00:00")),
        ATTRIBUTES,
    ),
)
