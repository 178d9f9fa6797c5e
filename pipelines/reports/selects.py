"""The queries of the report and of the overview page: published marts -> records of the payload.

Only selects, renames and sums of counts; every rate and interval comes finished from ``sql/marts``, or, where a mart
has it only by week, from what was learned. Steps and ledgers are in ``ledger_selects``, sources in ``source_selects``,
changes, products and warnings in ``risk_selects``, what comes after a return in ``outcome_selects``. What follows from
all is decided in ``reading``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipelines.reports import payload as shapes
from pipelines.reports import source_selects
from pipelines.reports.trust import judge, worst

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.reports.published import Published
    from pipelines.reports.weeks import IsoWeek

WEEKS_SHOWN = 26
WEEKS_OF_REASONS = 13
MINIMUM_UNMAPPED_LINES = 3
"""A code used less often could be one person's free text; it is counted, not printed."""
REASON_SHOWN = 60
"""So many characters of a reason that is on no list are quoted."""
REASON_ORDER = (
    "defective", "not_as_described", "poor_quality", "delivery", "changed_mind", "unclear", "unmapped",
)  # fmt: skip


_MEASURES = (
    "shipped_quantity, exposure_quantity, returned_quantity, observed_return_rate as observed_rate,"
    " projected_return_rate as rate, projected_lower_90 as lower, projected_upper_90 as upper,"
    " projected_lower_80 as lower_80, projected_upper_80 as upper_80, developed_share, is_young"
)


def periods(snapshot: Published, merchant_id: str, week: IsoWeek) -> dict[str, shapes.Rate]:
    """Rates of the four periods that end with a week, by the mart's name of the period."""
    rows = snapshot.query(
        "select period, period_start_date as start_date, period_end_date as end_date, order_count,"
        f" {_MEASURES} from marts.return_rate_overall where merchant_id = ?",
        [merchant_id],
    ).to_dicts()
    newest = [row for row in rows if row["end_date"] is not None and row["end_date"] <= week.sunday]
    newest.sort(key=lambda row: row["end_date"])
    return {row.pop("period"): shapes.Rate(**row) for row in newest}


def weeks(snapshot: Published, merchant_id: str, week: IsoWeek) -> tuple[shapes.Rate, ...]:
    """Rates of the last weeks up to a week, oldest first."""
    rows = snapshot.query(
        f"select order_week, order_count, {_MEASURES} from marts.return_rate_weekly"
        " where merchant_id = ? and order_week <= ? and order_week > ? order by order_week",
        [merchant_id, week.monday, week.monday - timedelta(weeks=WEEKS_SHOWN)],
    ).to_dicts()
    return tuple(
        shapes.Rate(start_date=row["order_week"], end_date=row.pop("order_week") + timedelta(days=6), **row)
        for row in rows
    )


def reasons(snapshot: Published, merchant_id: str, week: IsoWeek) -> tuple[shapes.Reason, ...]:
    """Every class of reason over the last thirteen weeks, in their fixed order."""
    rows = snapshot.query(
        "select reason_class, sum(return_line_count)::bigint as return_line_count,"
        " sum(returned_quantity)::double as returned_quantity from marts.return_rate_by_reason"
        " where merchant_id = ? and order_week <= ? and order_week > ? group by reason_class",
        [merchant_id, week.monday, week.monday - timedelta(weeks=WEEKS_OF_REASONS)],
    ).to_dicts()
    by_class = {row["reason_class"]: row for row in rows}
    total = sum(row["returned_quantity"] for row in rows)
    nothing = {"return_line_count": 0, "returned_quantity": 0.0}
    projected = _projected_reasons(snapshot, merchant_id, week)
    return tuple(
        shapes.Reason(
            reason_class=name,
            return_line_count=row["return_line_count"],
            returned_quantity=row["returned_quantity"],
            share=row["returned_quantity"] / total if total else None,
            **projected.get(name, {}),
        )
        for name in REASON_ORDER
        for row in (by_class.get(name, nothing),)
    )


def _projected_reasons(snapshot: Published, merchant_id: str, week: IsoWeek) -> dict[str, dict[str, Any]]:
    """Rate of each class over the thirteen weeks together: intervals of single weeks cannot be added up."""
    rows = snapshot.query(
        "select reason_class, projected_rate as rate, lower_90 as lower, upper_90 as upper, developed_share"
        " from ml.cohort_rates where merchant_id = ? and cohort_kind = 'period' and cohort = 'last_13_weeks'"
        " and end_date = ? and reason_class <> 'all' and evidence = 'enough'",
        [merchant_id, week.sunday],
    ).to_dicts()
    return {row.pop("reason_class"): row for row in rows}


def refunds(snapshot: Published, merchant_id: str, week: IsoWeek) -> tuple[shapes.RefundWeek, ...]:
    """The refund ledger of the last thirteen weeks, oldest first."""
    rows = snapshot.query(
        "select order_week, order_count, refunded_order_count, order_total_amount, refund_amount,"
        " refund_value_rate, refunds_without_rate_count from marts.refund_ledger"
        " where merchant_id = ? and order_week <= ? and order_week > ? order by order_week",
        [merchant_id, week.monday, week.monday - timedelta(weeks=WEEKS_OF_REASONS)],
    ).to_dicts()
    return tuple(shapes.RefundWeek(**row) for row in rows)


# What the box counts is judged as a share of these; a merchant without parcels has 0 of them.
TRUST_BOX = (
    "select order_count, return_line_count, records_in_count, records_loaded_count, records_quarantined_count,"
    " cells_quarantined_count, orders_without_lines_count, money_not_reconciled_count,"
    " money_not_reconciled_share, orphan_return_count, unmapped_reason_count, unclear_reason_share,"
    " refunds_without_order_count, has_returns_source, orders_through_date, returns_from_date,"
    " returns_through_date, conflict_count, source_count, late_source_count, late_sources, unmapped_status_count,"
    " unmatched_refund_count, unmatched_return_count, unmatched_rto_count, unmatched_parcel_count,"
    " serious_contradiction_count,"
    " (select count(*) from core.parcels where merchant_id = box.merchant_id) as parcel_count,"
    " (select coalesce(sum(refund_count), 0)::bigint from marts.ledger_refunds"
    "  where merchant_id = box.merchant_id) as refund_item_count,"
    " (select coalesce(sum(return_line_count), 0)::bigint from marts.ledger_returns"
    "  where merchant_id = box.merchant_id and kind <> 'told_twice') as claim_count,"
    " (select coalesce(sum(parcel_count), 0)::bigint from marts.ledger_rto"
    "  where merchant_id = box.merchant_id) as rto_count"
    " from marts.trust_box as box where merchant_id = ?"
)


def trust(snapshot: Published, merchant_id: str, counts: Mapping[str, Any]) -> shapes.Trust:
    """What is counted in the trust box, judged."""
    facts = judge(counts)
    return shapes.Trust(
        level=worst([fact.level for fact in facts]),
        facts=facts,
        coverage=_coverage(snapshot, merchant_id),
        unmapped_reasons=_unmapped(snapshot, merchant_id),
        orders_through_date=counts["orders_through_date"],
        returns_from_date=counts["returns_from_date"],
        returns_through_date=counts["returns_through_date"],
        sources=source_selects.sources(snapshot, merchant_id),
        contradictions=source_selects.contradictions(snapshot, merchant_id),
    )


def _coverage(snapshot: Published, merchant_id: str) -> tuple[shapes.Coverage, ...]:
    rows = snapshot.query(
        "select source, entity, file_count, record_count, loaded_count, quarantined_count,"
        " quarantined_cell_count, first_date, last_date, data_through_at from marts.data_coverage"
        " where merchant_id = ? order by source, entity",
        [merchant_id],
    ).to_dicts()
    return tuple(shapes.Coverage(**row) for row in rows)


def _unmapped(snapshot: Published, merchant_id: str) -> tuple[shapes.UnmappedReason, ...]:
    rows = snapshot.query(
        f"select reason_list, left(reason_raw, {REASON_SHOWN}) as reason_raw, return_line_count"
        " from marts.unmapped_reasons"
        " where merchant_id = ? and return_line_count >= ?"
        " order by return_line_count desc, reason_raw limit 5",
        [merchant_id, MINIMUM_UNMAPPED_LINES],
    ).to_dicts()
    return tuple(shapes.UnmappedReason(**row) for row in rows)


def one(snapshot: Published, sql: str, parameters: list[object]) -> dict[str, Any]:
    """The only row of a query."""
    return snapshot.query(sql, parameters).to_dicts()[0]
