"""The queries on sources and contradictions: published marts -> records of the payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.reports.source_payload import ContradictionKind, SourceState

if TYPE_CHECKING:
    from pipelines.reports.published import Published


def sources(snapshot: Published, merchant_id: str) -> tuple[SourceState, ...]:
    """Every source of a merchant: those that lag most first, those that do not move last."""
    rows = snapshot.query(
        "select source, entities, file_count, record_count, quarantined_count, quarantined_cell_count,"
        " data_through_date, days_behind, is_late from marts.source_coverage where merchant_id = ?"
        " order by days_behind desc nulls last, source",
        [merchant_id],
    ).to_dicts()
    return tuple(SourceState(entities=tuple(row.pop("entities").split(", ")), **row) for row in rows)


def contradictions(snapshot: Published, merchant_id: str) -> tuple[ContradictionKind, ...]:
    """What the data say that cannot be so, counted by kind: the most serious first."""
    rows = snapshot.query(
        "select kind, severity, min(meaning) as meaning, count(*) as item_count, max(found_date) as newest_date"
        " from marts.contradictions where merchant_id = ? group by kind, severity"
        " order by case severity when 'error' then 1 when 'warning' then 2 else 3 end, item_count desc, kind",
        [merchant_id],
    ).to_dicts()
    return tuple(ContradictionKind(**row) for row in rows)
