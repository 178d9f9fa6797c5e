"""Inspections: what the warehouse found when goods came back."""

from __future__ import annotations

from pipelines.contracts.base import ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="inspections",
    description="One row per inspected return line.",
    key=("inspection_id",),
    month="inspected_at",
    links={"return": ("return_line_id",)},
    columns=(
        Column("inspection_id", "varchar", "Id of the inspection.", is_required=True, examples=("I-1", "I-2")),
        Column("return_line_id", "varchar", "Return line that was inspected.", is_required=True, examples=("R-1", "R-2")),
        Column("result_raw", "varchar", "Result as the warehouse writes it.", is_required=True, examples=("Blade cracked", "As new")),
        Column("disposition", "varchar", "What happens to the goods.", examples=("scrap", "restock")),
        Column("note", "varchar", "Inspector's words, personal parts masked.", privacy="free_text"),
        Column("inspected_at", "timestamp", "When it was inspected (UTC).", examples=("2026-03-26 10:00:00", "2026-03-27 10:00:00")),
        ATTRIBUTES,
    ),
)
