"""Store traffic: visits of the shop by day, so that returns can be read beside purchases."""

from __future__ import annotations

from pipelines.contracts.base import ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="store_traffic",
    description="One row per day and channel.",
    key=("traffic_date", "channel"),
    month="traffic_date",
    columns=(
        Column("traffic_date", "date", "The merchant's local date.", is_required=True, examples=("2026-03-14", "2026-03-15")),
        Column("channel", "varchar", "Channel; `all` where the source does not split it.", is_required=True, examples=("all", "all")),
        Column("session_count", "bigint", "Visits.", minimum=0, examples=("1200", "1180")),
        Column("cart_count", "bigint", "Visits with something in the cart.", minimum=0, examples=("140", "131")),
        Column("checkout_count", "bigint", "Visits that reached the checkout.", minimum=0, examples=("60", "55")),
        ATTRIBUTES,
    ),
)
