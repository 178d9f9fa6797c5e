"""Return status events: each change of a return line's status."""

from __future__ import annotations

from pipelines.contracts.base import ATTRIBUTES, Column, Contract
from pipelines.contracts.return_lines import RETURN_STATUSES

CONTRACT = Contract(
    entity="return_status_events",
    description="One row per change of a return line's status.",
    key=("return_line_id", "to_status", "changed_at"),
    month="changed_at",
    links={"return": ("return_line_id",)},
    columns=(
        Column("return_line_id", "varchar", "Id of the request line.", is_required=True, examples=("R-1", "R-1")),
        Column("from_status", "varchar", "Status before.", values=RETURN_STATUSES, examples=("pending", "authorized")),
        Column("to_status", "varchar", "Status after.", is_required=True, values=RETURN_STATUSES, examples=("authorized", "received")),
        Column("changed_at", "timestamp", "When it changed (UTC), or the end of the interval in which it did.", is_required=True, examples=("2026-03-21 09:00:00", "2026-03-25 09:00:00")),
        Column("changed_after", "timestamp", "Start of that interval (UTC), where only the interval is known."),
        ATTRIBUTES,
    ),
)
