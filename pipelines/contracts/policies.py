"""Policies: the return policy's versions, each with the days on which it was in force."""

from __future__ import annotations

from pipelines.contracts.base import ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="policies",
    description="One row per version of the return policy.",
    key=("policy_version_id",),
    is_whole_set=True,
    columns=(
        Column("policy_version_id", "varchar", "Id of the version.", is_required=True, examples=("2025-01", "2026-01")),
        Column("window_days", "bigint", "Days in which goods may be returned.", minimum=0, maximum=3650, examples=("30", "60")),
        Column("window_clock", "varchar", "What starts the days.", values=("ordered", "shipped", "delivered"), examples=("delivered", "delivered")),
        Column("payer_by_reason", "json", "Who pays the way back, by class of reason.", examples=('{"changed_mind": "customer"}', '{"changed_mind": "merchant"}')),
        Column("exchange_rule", "varchar", "Whether and how goods are exchanged.", examples=("same price only", "free")),
        Column("conditions", "varchar", "Conditions on the goods.", examples=("unused, in its box", "unused")),
        Column("policy_text", "varchar", "The policy as customers read it."),
        Column("valid_from", "date", "First day in force.", is_required=True, examples=("2025-01-01", "2026-01-01")),
        Column("valid_to", "date", "Last day in force; empty while it is in force.", examples=("2025-12-31", "")),
        ATTRIBUTES,
    ),
    checks={"valid_to_not_before_valid_from": "valid_to >= valid_from"},
)
