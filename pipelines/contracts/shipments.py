"""Shipments: parcels, forward to the customer or reverse to the merchant."""

from __future__ import annotations

from pipelines.contracts.base import AMOUNT, ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="shipments",
    description="One row per parcel.",
    key=("shipment_id",),
    month="shipped_date",
    has_history=True,
    columns=(
        Column("shipment_id", "varchar", "Parcel number, unique within the merchant.", is_required=True, examples=("S-1", "S-2")),
        Column("order_id", "varchar", "Order that the parcel belongs to.", examples=("100017", "100018")),
        Column("direction", "varchar", "`forward` to the customer, `reverse` to the merchant.", values=("forward", "reverse"), examples=("forward", "reverse")),
        Column("carrier", "varchar", "Carrier as the source writes it.", examples=("UPS", "UPS")),
        Column("service", "varchar", "Service level.", examples=("Ground", "Ground")),
        Column("awb", "varchar", "Waybill number, always text."),
        Column("origin_zone", "varchar", "Zone that the parcel leaves from."),
        Column("destination_zone", "varchar", "Zone that the parcel goes to."),
        Column("outcome", "varchar", "How it ended.", values=("delivered", "returned_to_origin", "lost", "damaged", "cancelled", "in_transit", "unknown"), examples=("delivered", "in_transit")),
        Column("currency_code", "varchar", "ISO 4217 currency of the cost."),
        Column("cost_amount", AMOUNT, "What the merchant paid for the parcel.", minimum=0),
        Column("is_cross_border", "boolean", "Origin and destination are in different countries."),
        Column("promised_date", "date", "Date promised to the customer."),
        Column("shipped_date", "date", "The merchant's local date of shipping.", examples=("2026-03-16", "2026-03-20")),
        Column("shipped_at", "timestamp", "When it was shipped (UTC)."),
        Column("delivered_at", "timestamp", "When it was delivered (UTC); for `reverse`, when it was back at the warehouse.", examples=("2026-03-18 15:00:00", "")),
        ATTRIBUTES,
    ),
)
