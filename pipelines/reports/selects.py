"""The queries of the report and of the overview page: published marts -> records of the payload.

Only selects, renames and sums of counts; every rate and interval comes finished from ``sql/marts``. Steps and
ledgers are in ``ledger_selects``, sources in ``source_selects``. What follows from all is decided in ``reading``.
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
PRODUCTS_SHOWN = 10
MINIMUM_UNMAPPED_LINES = 3
"""A code used less often could be one person's free text; it is counted, not printed."""
REASON_SHOWN = 60
"""So many characters of a reason that is on no list are quoted."""
REASON_ORDER = (
    "defective", "not_as_described", "poor_quality", "delivery", "changed_mind", "unclear", "unmapped",
)  # fmt: skip
BY_HAND = (None, "", "0")


def periods(snapshot: Published, merchant_id: str, week: IsoWeek) -> dict[str, shapes.Rate]:
    """Rates of the four periods that end with a week, by the mart's name of the period."""
    rows = snapshot.query(
        "select period, period_start_date as start_date, period_end_date as end_date, order_count,"
        " shipped_quantity, exposure_quantity, returned_quantity, observed_return_rate as observed_rate,"
        " adjusted_return_rate as rate, adjusted_rate_lower as lower, adjusted_rate_upper as upper,"
        " developed_share, is_young from marts.return_rate_overall where merchant_id = ?",
        [merchant_id],
    ).to_dicts()
    newest = [row for row in rows if row["end_date"] is not None and row["end_date"] <= week.sunday]
    newest.sort(key=lambda row: row["end_date"])
    return {row.pop("period"): shapes.Rate(**row) for row in newest}


def weeks(snapshot: Published, merchant_id: str, week: IsoWeek) -> tuple[shapes.Rate, ...]:
    """Rates of the last weeks up to a week, oldest first."""
    rows = snapshot.query(
        "select order_week, order_count, shipped_quantity, exposure_quantity, returned_quantity,"
        " observed_return_rate as observed_rate, adjusted_return_rate as rate, adjusted_rate_lower as lower,"
        " adjusted_rate_upper as upper, developed_share, is_young from marts.return_rate_weekly"
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
    return tuple(
        shapes.Reason(
            reason_class=name,
            return_line_count=row["return_line_count"],
            returned_quantity=row["returned_quantity"],
            share=row["returned_quantity"] / total if total else None,
        )
        for name in REASON_ORDER
        for row in (by_class.get(name, nothing),)
    )


def products(snapshot: Published, merchant_id: str, whole: shapes.Rate | None) -> tuple[shapes.Product, ...]:
    """Products above the whole shop, the highest low end first."""
    rows = snapshot.query(
        "select product_id, product_name, shipped_quantity, exposure_quantity, returned_quantity,"
        " adjusted_return_rate as rate, adjusted_rate_lower as lower, adjusted_rate_upper as upper,"
        " developed_share, leading_reason_class, leading_reason_share from marts.return_rate_by_product"
        " where merchant_id = ? and exposure_quantity >= ? and not is_young"
        " and adjusted_rate_lower is not null and adjusted_return_rate > ?"
        " order by adjusted_rate_lower desc, returned_quantity desc, product_id limit ?",
        [merchant_id, shapes.MINIMUM_EXPOSURE, (whole.rate if whole else None) or 0.0, PRODUCTS_SHOWN],
    ).to_dicts()
    return tuple(_product(row) for row in rows)


def _product(row: dict[str, Any]) -> shapes.Product:
    product_id = row.pop("product_id")
    name = row.pop("product_name")
    return shapes.Product(
        product_id=product_id or "0",
        product_name=name or product_id or "0",
        is_added_by_hand=product_id in BY_HAND,
        **row,
    )


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
