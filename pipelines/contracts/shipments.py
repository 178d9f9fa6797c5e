"""Shipments: parcels, forward to the customer or reverse to the merchant, as each source tells of them."""

from __future__ import annotations

from pipelines.contracts.base import AMOUNT, ATTRIBUTES, Column, Contract

DIRECTIONS = ("forward", "reverse")

PARCEL_STATUSES = (
    "order_placed", "awb_registered", "pickup_pending", "out_for_pickup", "pickup_failed", "picked_up", "in_transit",
    "destination_hub_in", "out_for_delivery", "failed_delivery", "not_serviceable", "available_for_pickup", "delivered",
    "delayed", "held", "contact_customer_care", "cancelled", "expired", "lost", "damaged",
    "rto_requested", "rto_in_transit", "rto_out_for_delivery", "rto_delivered", "rto_failed", "rto_delayed",
    "rto_contact_customer_care", "exchange_pickup", "exchange_in_transit", "exchange_delivered",
    "return_requested", "return_approved", "return_rejected", "arrived_at_warehouse", "other",
)  # fmt: skip
"""Where a parcel is, in one vocabulary; read with the direction: `arrived_at_warehouse` is a reverse parcel's delivery."""

PROBLEMS = (
    "nobody_there", "refused", "address", "payment", "rescheduled", "no_attempt", "out_of_area", "misrouted", "delayed",
    "held", "damaged", "lost", "quality_check_failed", "quantity_mismatch", "not_ready", "cancelled", "max_attempts",
    "other",
)  # fmt: skip
"""Why an attempt to deliver or to pick up failed, in one vocabulary."""

OUTCOMES = ("delivered", "returned_to_origin", "lost", "damaged", "cancelled", "in_transit", "unknown")

CONTRACT = Contract(
    entity="shipments",
    description="One row per parcel of a source; `core.parcels` unites what several sources tell of one parcel.",
    key=("shipment_id",),
    month="shipped_date",
    has_history=True,
    version="observed_at",
    links={
        "shipment": ("shipment_id",),
        "parcel": ("shipment_id", "awb"),
        "order": ("order_id", "reference_number"),
        "return": ("reference_number",),
    },
    columns=(
        Column("shipment_id", "varchar", "Parcel number, unique within the merchant.", is_required=True, examples=("S-1", "S-2")),
        Column("order_id", "varchar", "Order that the parcel belongs to.", examples=("100017", "100018")),
        Column("reference_number", "varchar", "Merchant's or aggregator's reference of the parcel; of a reverse one often the return's.", examples=("", "R-2")),
        Column("direction", "varchar", "`forward` to the customer, `reverse` to the merchant.", values=DIRECTIONS, examples=("forward", "reverse")),
        Column("carrier", "varchar", "Carrier as the source writes it.", examples=("UPS", "UPS")),
        Column("service", "varchar", "Service level.", examples=("Ground", "Ground")),
        Column("awb", "varchar", "Waybill number, always text.", examples=("1Z0001", "1Z0002")),
        Column("rto_awb", "varchar", "Waybill under which an undelivered parcel travels back."),
        Column("payment_mode", "varchar", "How the parcel is paid for, as the source writes it: prepaid, cash on delivery."),
        Column("origin_country", "varchar", "Country that the parcel leaves from, as the source writes it."),
        Column("origin_zone", "varchar", "Zone that the parcel leaves from: first three characters of the postcode, else the region."),
        Column("destination_country", "varchar", "Country that the parcel goes to, as the source writes it."),
        Column("destination_zone", "varchar", "Zone that the parcel goes to: first three characters of the postcode, else the region."),
        Column("status_raw", "varchar", "Last status as the source writes it.", examples=("Delivered", "In transit")),
        Column("status", "varchar", "Last status in one vocabulary, read with the direction; unknown ones are `other`.", values=PARCEL_STATUSES, is_input=False),
        Column("outcome", "varchar", "How it ended.", values=OUTCOMES, examples=("delivered", "in_transit")),
        Column("problem_raw", "varchar", "Why the last attempt failed, as the source writes it."),
        Column("problem", "varchar", "Why the last attempt failed, in one vocabulary.", values=PROBLEMS, is_input=False),
        Column("return_reason_raw", "varchar", "For `reverse`: reason of the return as the source writes it for the whole parcel."),
        Column("quality_check", "varchar", "For `reverse`: kind of check at the door, as the source writes it."),
        Column("currency_code", "varchar", "ISO 4217 currency of the cost.", examples=("USD", "USD")),
        Column("cost_amount", AMOUNT, "What the merchant paid for the parcel.", minimum=0, examples=("6.40", "7.10")),
        Column("weight", "decimal(18,4)", "Weight of the parcel in the source's unit.", minimum=0),
        Column("charged_weight", "decimal(18,4)", "Weight that the carrier charged, in the source's unit.", minimum=0),
        Column("delivery_attempt_count", "bigint", "Times that it went out for delivery.", minimum=0),
        Column("pickup_attempt_count", "bigint", "Times that somebody went out to pick it up.", minimum=0),
        Column("is_cross_border", "boolean", "Origin and destination are in different countries."),
        Column("ordered_date", "date", "The merchant's local date of the order, where the source states it with the parcel."),
        Column("promised_date", "date", "Date promised to the customer."),
        Column("shipped_date", "date", "The merchant's local date of shipping.", examples=("2026-03-16", "2026-03-20")),
        Column("booked_at", "timestamp", "When the parcel was booked with the carrier (UTC)."),
        Column("shipped_at", "timestamp", "When the carrier took it (UTC): left the warehouse; for `reverse`, picked up from the customer."),
        Column("delivered_at", "timestamp", "When it was delivered (UTC); for `reverse`, when it was back at the warehouse.", examples=("2026-03-18 15:00:00", "")),
        Column("rto_marked_at", "timestamp", "When an undelivered parcel was ordered back (UTC)."),
        Column("rto_delivered_at", "timestamp", "When an undelivered parcel was back at the warehouse (UTC)."),
        Column("observed_at", "timestamp", "Up to when the source had seen the parcel (UTC); empty where the source does not say."),
        ATTRIBUTES,
    ),
)
