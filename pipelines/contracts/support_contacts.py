"""Support contacts: messages between customers and the shop's service."""

from __future__ import annotations

from pipelines.contracts.base import ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="support_contacts",
    description="One row per contact of a customer with the shop's service.",
    key=("contact_id",),
    month="contacted_at",
    columns=(
        Column("contact_id", "varchar", "Id of the contact.", is_required=True, examples=("C-1", "C-2")),
        Column("order_id", "varchar", "Order that it is about, where known.", examples=("100017", "")),
        Column("return_line_id", "varchar", "Return line that it is about, where known."),
        Column("customer_id", "varchar", "Pseudonym of the customer number.", privacy="identity", examples=("501", "502")),
        Column("channel", "varchar", "Mail, chat, phone.", examples=("mail", "chat")),
        Column("message", "varchar", "The customer's words, personal parts masked.", privacy="free_text", examples=("Where is my refund?", "")),
        Column("contacted_at", "timestamp", "When it happened (UTC).", examples=("2026-03-28 11:00:00", "2026-03-29 12:00:00")),
        ATTRIBUTES,
    ),
)
