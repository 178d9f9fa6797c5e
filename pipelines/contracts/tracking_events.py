"""Tracking events: a carrier's scans of a parcel."""

from __future__ import annotations

from pipelines.contracts.base import ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="tracking_events",
    description="One row per scan of a parcel.",
    key=("shipment_id", "happened_at", "code_raw"),
    month="happened_at",
    columns=(
        Column("shipment_id", "varchar", "Parcel number.", is_required=True, examples=("S-1", "S-1")),
        Column("happened_at", "timestamp", "When the scan happened (UTC).", is_required=True, examples=("2026-03-16 12:00:00", "2026-03-18 15:00:00")),
        Column("code_raw", "varchar", "Carrier's or aggregator's code.", is_required=True, examples=("4", "8")),
        Column("code", "varchar", "Code in one vocabulary.", examples=("picked_up", "delivered")),
        Column("place", "varchar", "Where it was scanned.", examples=("Newark", "New York")),
        Column("remark", "varchar", "Carrier's remark, personal parts masked.", privacy="free_text"),
        ATTRIBUTES,
    ),
)
