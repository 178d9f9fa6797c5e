"""Shipment lines: what is in each parcel."""

from __future__ import annotations

from pipelines.contracts.base import ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="shipment_lines",
    description="One row per item in a parcel; what tells of the parcel last replaces all its lines.",
    key=("shipment_id", "shipment_line_id"),
    parent=("shipment_id",),
    version="observed_at",
    month="shipped_date",
    links={"shipment": ("shipment_id",), "parcel": ("shipment_id",), "order": ("order_id",)},
    columns=(
        Column("shipment_id", "varchar", "Parcel number.", is_required=True, examples=("S-1", "S-2")),
        Column("shipment_line_id", "varchar", "Item within the parcel: the source's id, else the position from 1.", is_required=True, examples=("1", "1")),
        Column("order_id", "varchar", "Order that the item belongs to.", examples=("100017", "100018")),
        Column("product_id", "varchar", "Product number; `0` is an item that was added by hand.", examples=("301", "302")),
        Column("sku", "varchar", "Stock keeping unit, trimmed; empty where the source has none.", examples=("KN-8", "")),
        Column("product_name", "varchar", "Product name as it stands with the parcel.", examples=("Chef's knife, 8 inch", "Tea towel")),
        Column("return_reason_raw", "varchar", "For a reverse parcel: reason of this item's return as the source writes it."),
        Column("quantity", "bigint", "Units of the item in the parcel; empty where the source does not say.", minimum=0, examples=("1", "2")),
        Column("shipped_date", "date", "The merchant's local date of the parcel's shipping.", examples=("2026-03-16", "2026-03-20")),
        Column("observed_at", "timestamp", "Up to when the source had seen the parcel (UTC); empty where the source does not say."),
        ATTRIBUTES,
    ),
)
