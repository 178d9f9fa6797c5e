"""Reads the snapshot into a payload: the queries of the report and of the overview page, in one place.

Only selects, renames and sums of counts; every rate and interval comes finished from ``sql/marts``.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

from pipelines.errors import UsageProblem, nearest
from pipelines.reports import payload as shapes
from pipelines.reports.trust import judge, worst
from pipelines.reports.weeks import IsoWeek

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars

WEEKS_SHOWN = 26
WEEKS_OF_REASONS = 13
PRODUCTS_SHOWN = 10
MINIMUM_UNMAPPED_LINES = 3
"""A code used less often could be one person's free text; it is counted, not printed."""
REASON_ORDER = (
    "defective", "not_as_described", "poor_quality", "delivery", "changed_mind", "unclear", "unmapped",
)  # fmt: skip
BY_HAND = (None, "", "0")


class Published(Protocol):
    """What a reader needs of an open snapshot."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Version, time of publishing, and merchants that are held."""
        ...

    def query(self, sql: str, parameters: Sequence[object] | None = None) -> polars.DataFrame:
        """Run one select."""
        ...


def merchants(snapshot: Published) -> tuple[shapes.Merchant, ...]:
    """Every published merchant, by name."""
    rows = snapshot.query(
        "select merchant_id, name, locale, timezone, currency_code from core.merchants order by name, merchant_id"
    ).to_dicts()
    return tuple(shapes.Merchant(**row) for row in rows)


def find_merchant(snapshot: Published, merchant_id: str) -> shapes.Merchant:
    """One published merchant.

    Raises:
        UsageProblem: nothing is published of it; the message lists who is.
    """
    known = {merchant.merchant_id: merchant for merchant in merchants(snapshot)}
    if merchant_id in known:
        return known[merchant_id]
    held = snapshot.manifest.get("held", {}).get(merchant_id)
    if held:
        raise UsageProblem(
            f"nothing of {merchant_id} was ever published: its files are held back since {held['since']}.\n"
            f"  found:    {held['reason']}\n"
            "  to do:    see quarantine.rows (keeprate query), correct the files, then keeprate build"
        )
    raise UsageProblem(
        f"no merchant {merchant_id!r} is published{nearest(merchant_id, list(known))}; "
        f"published: {', '.join(known) or 'none'}.\n"
        "  to do:    keeprate ingest FILE --merchant ID, then keeprate build"
    )


def report_weeks(snapshot: Published, merchant_id: str) -> list[IsoWeek]:
    """Weeks that the published tables can report on, newest first; empty where no order is published."""
    ends = snapshot.query(
        "select distinct period_end_date from marts.return_rate_overall"
        " where merchant_id = ? and period = 'last_4_weeks' and period_end_date is not null"
        " order by period_end_date desc",
        [merchant_id],
    )["period_end_date"].to_list()
    return [IsoWeek.containing(day) for day in ends]


def read_payload(snapshot: Published, merchant_id: str, week: str | None = None) -> shapes.Payload:
    """Everything that the report and the overview page say of one merchant and week.

    Args:
        snapshot: an open snapshot.
        merchant_id: whose.
        week: ISO week such as ``2026-W46``; None for the newest whole week.

    Raises:
        UsageProblem: unknown merchant, no orders yet, or a week that the published tables do not describe.
    """
    merchant = find_merchant(snapshot, merchant_id)
    chosen = _choose_week(report_weeks(snapshot, merchant_id), merchant_id, week)
    counts = _one(snapshot, _TRUST_BOX, [merchant_id])
    has_returns = bool(counts["has_returns_source"])
    trust = _trust(snapshot, merchant_id, counts)
    held = snapshot.manifest.get("held", {}).get(merchant_id)
    periods = _periods(snapshot, merchant_id, chosen) if has_returns else {}
    recent, before = periods.get("last_4_weeks"), periods.get("previous_4_weeks")
    return shapes.Payload(
        software_version=version("keeprate"),
        snapshot_version=str(snapshot.manifest["version"]),
        published_at=str(snapshot.manifest["published_at"]),
        merchant=merchant,
        week=str(chosen),
        week_start_date=chosen.monday,
        week_end_date=chosen.sunday,
        headline=headline_of(recent) if has_returns else "no_returns",
        comparison=comparison_of(recent, before),
        recent=recent,
        before=before,
        quarter=periods.get("last_13_weeks"),
        whole=periods.get("all"),
        weeks=_weeks(snapshot, merchant_id, chosen) if has_returns else (),
        reasons=_reasons(snapshot, merchant_id, chosen) if has_returns else (),
        products=_products(snapshot, merchant_id, periods.get("all")) if has_returns else (),
        refunds=_refunds(snapshot, merchant_id, chosen),
        refunds_without_order_count=int(counts["refunds_without_order_count"] or 0),
        trust=trust if not held else trust.model_copy(update={"level": "red"}),
        held=shapes.Held(since=str(held["since"]), reason=str(held["reason"])) if held else None,
    )


def headline_of(recent: shapes.Rate | None) -> shapes.Headline:
    """Which headline the last four weeks allow."""
    if recent is not None and recent.is_sayable:
        return "rate"
    return "too_young" if recent is not None and recent.is_young and recent.shipped_quantity else "too_little"


def comparison_of(recent: shapes.Rate | None, before: shapes.Rate | None) -> shapes.Comparison:
    """Better or worse only where the two intervals do not overlap."""
    if recent is None or before is None or not (recent.is_sayable and before.is_sayable):
        return "incomparable"
    if recent.lower is None or recent.upper is None or before.lower is None or before.upper is None:
        return "incomparable"
    if recent.upper < before.lower:
        return "better"
    return "worse" if recent.lower > before.upper else "same"


def _choose_week(available: list[IsoWeek], merchant_id: str, week: str | None) -> IsoWeek:
    if not available:
        raise UsageProblem(
            f"no order of {merchant_id} is published, so there is no week to report on.\n"
            "  to do:    keeprate ingest FILE --merchant ID, then keeprate build"
        )
    if week is None:
        return available[0]
    asked = IsoWeek.parse(week)
    if asked in available:
        return asked
    raise UsageProblem(
        f"the published tables of {merchant_id} do not describe {asked}: they describe "
        f"{', '.join(map(str, available[:5]))}.\n"
        f"  to do:    ask for {available[0]}, or build again once the files for {asked} are loaded"
    )


def _periods(snapshot: Published, merchant_id: str, week: IsoWeek) -> dict[str, shapes.Rate]:
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


def _weeks(snapshot: Published, merchant_id: str, week: IsoWeek) -> tuple[shapes.Rate, ...]:
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


def _reasons(snapshot: Published, merchant_id: str, week: IsoWeek) -> tuple[shapes.Reason, ...]:
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


def _products(snapshot: Published, merchant_id: str, whole: shapes.Rate | None) -> tuple[shapes.Product, ...]:
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


def _refunds(snapshot: Published, merchant_id: str, week: IsoWeek) -> tuple[shapes.RefundWeek, ...]:
    rows = snapshot.query(
        "select order_week, order_count, refunded_order_count, order_total_amount, refund_amount,"
        " refund_value_rate, refunds_without_rate_count from marts.refund_ledger"
        " where merchant_id = ? and order_week <= ? and order_week > ? order by order_week",
        [merchant_id, week.monday, week.monday - timedelta(weeks=WEEKS_OF_REASONS)],
    ).to_dicts()
    return tuple(shapes.RefundWeek(**row) for row in rows)


_TRUST_BOX = (
    "select order_count, return_line_count, records_in_count, records_loaded_count, records_quarantined_count,"
    " cells_quarantined_count, orders_without_lines_count, money_not_reconciled_count,"
    " money_not_reconciled_share, orphan_return_count, unmapped_reason_count, unclear_reason_share,"
    " refunds_without_order_count, has_returns_source, orders_through_date, returns_from_date,"
    " returns_through_date, conflict_count from marts.trust_box where merchant_id = ?"
)


def _trust(snapshot: Published, merchant_id: str, counts: Mapping[str, Any]) -> shapes.Trust:
    facts = judge(counts)
    return shapes.Trust(
        level=worst([fact.level for fact in facts]),
        facts=facts,
        coverage=_coverage(snapshot, merchant_id),
        unmapped_reasons=_unmapped(snapshot, merchant_id),
        orders_through_date=counts["orders_through_date"],
        returns_from_date=counts["returns_from_date"],
        returns_through_date=counts["returns_through_date"],
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
        "select reason_list, left(reason_raw, 60) as reason_raw, return_line_count"
        " from marts.unmapped_reasons"
        " where merchant_id = ? and return_line_count >= ?"
        " order by return_line_count desc, reason_raw limit 5",
        [merchant_id, MINIMUM_UNMAPPED_LINES],
    ).to_dicts()
    return tuple(shapes.UnmappedReason(**row) for row in rows)


def _one(snapshot: Published, sql: str, parameters: list[object]) -> dict[str, Any]:
    return snapshot.query(sql, parameters).to_dicts()[0]
