"""Tracking events: a carrier's scans of a parcel."""

from __future__ import annotations

from pipelines.contracts.base import ATTRIBUTES, Column, Contract
from pipelines.contracts.shipments import DIRECTIONS, PARCEL_STATUSES, PROBLEMS

CONTRACT = Contract(
    entity="tracking_events",
    description="One row per scan of a parcel.",
    key=("shipment_id", "happened_at", "code_raw"),
    month="happened_at",
    links={
        "shipment": ("shipment_id",),
        "parcel": ("shipment_id", "awb"),
        "order": ("order_id", "reference_number"),
        "return": ("reference_number",),
    },
    columns=(
        Column("shipment_id", "varchar", "Parcel number, as in `core.shipments` where the source has both; else the waybill.", is_required=True, examples=("S-1", "S-1")),
        Column("awb", "varchar", "Waybill number, always text."),
        Column("order_id", "varchar", "Order that the parcel belongs to, where the source states it."),
        Column("reference_number", "varchar", "Merchant's or aggregator's reference of the parcel."),
        Column("carrier", "varchar", "Carrier as the source writes it."),
        Column("direction", "varchar", "`forward` to the customer, `reverse` to the merchant; empty where the source does not say.", values=DIRECTIONS, examples=("forward", "forward")),
        Column("happened_at", "timestamp", "When the scan happened (UTC).", is_required=True, examples=("2026-03-16 12:00:00", "2026-03-18 15:00:00")),
        Column("code_raw", "varchar", "Carrier's or aggregator's code.", is_required=True, examples=("4", "8")),
        Column("code", "varchar", "Code in one vocabulary, read with the direction; unknown ones are `other`.", values=PARCEL_STATUSES, examples=("picked_up", "delivered")),
        Column("problem_list", "varchar", "List that `problem_raw` is a code of: `ndr` for deliveries, `npr` for pickups; the same number means different things."),
        Column("problem_raw", "varchar", "Why the attempt failed: code or words of the source."),
        Column("problem", "varchar", "Why the attempt failed, in one vocabulary.", values=PROBLEMS),
        Column("place", "varchar", "Where it was scanned.", examples=("Newark", "New York")),
        Column("remark", "varchar", "Carrier's remark, personal parts masked.", privacy="free_text"),
        ATTRIBUTES,
    ),
)
