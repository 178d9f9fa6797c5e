"""The queries on changes, products at risk and early warnings: published marts -> records of the payload.

Only selects and renames: ranks, verdicts and intervals come finished.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.reports.change_payload import ChangePart, RateChange
from pipelines.reports.risk_payload import Alert, EarlyWarnings, Risk, RiskProduct, WarningWeek

if TYPE_CHECKING:
    from pipelines.reports.published import Published
    from pipelines.reports.weeks import IsoWeek

CHANGES = {"week": "last_week", "four_weeks": "last_4_weeks", "thirteen_weeks": "last_13_weeks"}
"""Name of a change in the payload -> its later period in the marts."""

PARTS_SHOWN = 8
PRODUCTS_SHOWN = 10
UNITS_SHOWN = 6
UNIT_KINDS = ("variant", "supplier", "fulfilment_type", "brand")
FLAGS_SHOWN = 12
WATCHED_SHOWN = 12
WARNING_WEEKS = 26
BY_HAND = (None, "", "0")
NAMELESS = (None, "", "-", "none")
"""How marts write that a line names no supplier, brand, category or variant."""


def changes(snapshot: Published, merchant_id: str, week: IsoWeek) -> tuple[RateChange, ...]:
    """Changes up to a week's Sunday, the shortest periods first."""
    rows = snapshot.query(
        "select period, before_start_date, before_end_date, after_start_date, after_end_date,"
        " before_observed_rate as before_rate, after_observed_rate as after_rate, observed_rate_change as total,"
        " before_developed_share as before_developed, after_developed_share as after_developed,"
        " mix_part, rate_part, maturity_part, rate_part_lower_90 as rate_part_lower,"
        " rate_part_upper_90 as rate_part_upper, detectable_change, verdict"
        " from marts.rate_changes where merchant_id = ? and after_end_date <= ?",
        [merchant_id, week.sunday],
    ).to_dicts()
    parts: dict[str, list[ChangePart]] = {}
    for row in _parts(snapshot, merchant_id):
        parts.setdefault(row.pop("period"), []).append(ChangePart(**row))
    by_period = {row.pop("period"): row for row in rows}
    return tuple(
        RateChange(**by_period[period], change=name, parts=tuple(parts.get(period, ())[:PARTS_SHOWN]))
        for name, period in CHANGES.items()
        if period in by_period
    )


def _parts(snapshot: Published, merchant_id: str) -> list[dict[str, Any]]:
    """Parts by category: those of its products, new and gone ones among them, added up."""
    return snapshot.query(
        "select period, category, sum(before_shipped_quantity)::double as shipped_before,"
        " sum(after_shipped_quantity)::double as shipped_after, sum(mix_part) as mix_part,"
        " sum(rate_part) as rate_part, sum(maturity_part) as maturity_part"
        " from marts.rate_change_parts where merchant_id = ? group by period, category"
        " having count(*) = count(mix_part) and count(*) = count(rate_part) and count(*) = count(maturity_part)"
        " order by period, round(abs(sum(mix_part)) + abs(sum(rate_part)), 9) desc, category",
        [merchant_id],
    ).to_dicts()


_MEASURES = (
    "measured.category, measured.shipped_line_count, measured.returned_line_count, measured.shipped_quantity,"
    " measured.exposure_quantity, measured.returned_quantity,"
    " measured.developed_share, measured.shrunk_return_rate as rate, measured.rate_lower_90 as lower,"
    " measured.rate_upper_90 as upper, measured.expected_return_rate as expected_rate, measured.limit_rate,"
    " measured.probability_above_limit, measured.expected_excess_quantity, measured.excess_lower_90 as excess_lower,"
    " measured.excess_upper_90 as excess_upper, measured.excess_cost_amount, measured.leading_reason_class,"
    " coalesce(measured.could_be_chance, true) as could_be_chance"
)
_CAN_BE_SAID = (
    "measured.evidence = 'enough' and measured.shrunk_return_rate is not null"
    " and measured.rate_lower_90 is not null and measured.rate_upper_90 is not null"
)


def risk(snapshot: Published, merchant_id: str) -> Risk:
    """Both lists of products, other units beyond their like, and how many products nothing is said of."""
    rows = snapshot.query(
        "select measured.product_id, measured.product_name, measured.faulty_rank, measured.cost_rank,"
        f" measured.is_probably_faulty, {_MEASURES},"
        " reasons.returned_line_count as leading_returned_line_count,"
        " reasons.shipped_line_count * reasons.developed_share * reasons.expected_return_rate"
        " as leading_expected_line_count"
        " from marts.return_rate_by_product as measured"
        " left join marts.product_reasons as reasons on reasons.merchant_id = measured.merchant_id"
        " and reasons.product_id = measured.product_id and reasons.reason_class = measured.leading_reason_class"
        f" where measured.merchant_id = ? and {_CAN_BE_SAID}"
        " and (measured.is_probably_faulty or measured.expected_excess_quantity > 0)"
        " and measured.cost_rank is not null and measured.faulty_rank is not null"
        " order by measured.cost_rank, measured.product_id",
        [merchant_id],
    ).to_dicts()
    counts = snapshot.query(
        "select count(*) as product_count, count(*) filter (where evidence is distinct from 'enough') as too_few_count,"
        " count(unit_cost_amount) as with_cost_count from marts.return_rate_by_product where merchant_id = ?",
        [merchant_id],
    ).to_dicts()[0]
    faulty = sorted((row for row in rows if row["is_probably_faulty"]), key=lambda row: row["faulty_rank"])
    costly = [row for row in rows if (row["expected_excess_quantity"] or 0) > 0]
    return Risk(
        faulty=tuple(_product(row) for row in faulty[:PRODUCTS_SHOWN]),
        costly=tuple(_product(row) for row in costly[:PRODUCTS_SHOWN]),
        other_units=_other_units(snapshot, merchant_id),
        **counts,
    )


def _product(row: dict[str, Any]) -> RiskProduct:
    kept = {key: value for key, value in row.items() if key not in ("product_id", "product_name", "is_probably_faulty")}
    product_id = row["product_id"]
    return RiskProduct(
        unit_kind="product",
        unit_id=product_id or "0",
        unit_name=row["product_name"] or product_id or "0",
        is_added_by_hand=product_id in BY_HAND,
        **_cleaned(kept),
    )


def _cleaned(row: dict[str, Any]) -> dict[str, Any]:
    cost = row["excess_cost_amount"]
    return row | {
        "category": None if row["category"] in (*NAMELESS, "*", "all") else row["category"],
        "excess_cost_amount": None if cost is None else Decimal(str(round(cost, 4))),
    }


def _other_units(snapshot: Published, merchant_id: str) -> tuple[RiskProduct, ...]:
    """Of each kind the units with most returns beyond their like; one unit alone is compared with nothing."""
    rows = snapshot.query(
        "select measured.unit_kind, measured.unit_id, measured.product_id, products.product_name,"
        f" measured.faulty_rank, measured.cost_rank, {_MEASURES} from marts.product_risk_units as measured"
        " left join marts.return_rate_by_product as products on products.merchant_id = measured.merchant_id"
        " and products.product_id = measured.product_id and measured.unit_kind = 'variant'"
        f" where measured.merchant_id = ? and {_CAN_BE_SAID}"
        " qualify count(*) over (partition by measured.unit_kind) > 1"
        " order by measured.cost_rank nulls last, measured.unit_id",
        [merchant_id],
    ).to_dicts()
    shown: list[RiskProduct] = []
    for kind in UNIT_KINDS:
        of_kind = [row for row in rows if row["unit_kind"] == kind and row["unit_id"] not in NAMELESS]
        shown += [_unit(row) for row in of_kind[:UNITS_SHOWN]]
    return tuple(shown)


def _unit(row: dict[str, Any]) -> RiskProduct:
    product_id, product_name = row.pop("product_id"), row.pop("product_name")
    name = row["unit_id"]
    if product_id is not None:
        variant = name.removeprefix(f"{product_id}/")
        name = product_name or product_id if variant in (*NAMELESS, product_id) else f"{product_name} / {variant}"
    return RiskProduct(unit_name=name, **_cleaned(row))


def warnings(snapshot: Published, merchant_id: str) -> EarlyWarnings:
    """Flags with their weeks, and the watch list."""
    rows = snapshot.query(
        "select kind, unit_id, product_id, variant_id, product_name, category, supplier, first_sold_week as lot_week,"
        " reason_class, list, first_seen_week, since_week, rate_multiplier, multiplier_lower_90 as multiplier_lower,"
        " multiplier_upper_90 as multiplier_upper, returned_line_count, expected_line_count,"
        " chance_of_false_alarm, probability_above_limit from marts.early_warnings where merchant_id = ?"
        " order by rank nulls last, kind, unit_id, reason_class",
        [merchant_id],
    ).to_dicts()
    pictures = _pictures(snapshot, merchant_id)
    flags = [row for row in rows if row.pop("list") == "flag"]
    names = {id(row) for row in flags}
    watched = [row for row in rows if id(row) not in names]
    return EarlyWarnings(
        flags=tuple(_alert(row, pictures) for row in flags[:FLAGS_SHOWN]),
        flag_count=len(flags),
        watched=tuple(_alert(row, {}) for row in watched[:WATCHED_SHOWN]),
        watched_count=len(watched),
    )


def _alert(row: dict[str, Any], pictures: dict[tuple[str, str, str], list[WarningWeek]]) -> Alert:
    known = {name: value for name, value in row.items() if name in Alert.model_fields}
    key = (row["kind"], row["unit_id"], row["reason_class"])
    made = {
        "category": None if row["category"] in NAMELESS else row["category"],
        "unit_name": _unit_name(row),
        "weeks": tuple(pictures.get(key, ())[-WARNING_WEEKS:]),
    }
    return Alert.model_validate(known | made)


def _unit_name(row: dict[str, Any]) -> str:
    if row["kind"] == "sku_reason":
        name = row["product_name"] or row["product_id"] or row["unit_id"]
        return name if row["variant_id"] in NAMELESS else f"{name} / {row['variant_id']}"
    if row["kind"] in ("supplier", "lot"):
        return row["supplier"] or row["unit_id"]
    return row["category"] or row["unit_id"]


def _pictures(snapshot: Published, merchant_id: str) -> dict[tuple[str, str, str], list[WarningWeek]]:
    rows = snapshot.query(
        "select weeks.kind, weeks.unit_id, weeks.reason_class, weeks.sold_week as week, weeks.sold_line_count,"
        " weeks.returned_line_count, weeks.expected_line_count, weeks.expected_lower_90 as expected_lower,"
        " weeks.expected_upper_90 as expected_upper"
        " from marts.early_warning_weeks as weeks semi join marts.early_warnings as warnings"
        " on warnings.merchant_id = weeks.merchant_id and warnings.kind = weeks.kind"
        " and warnings.unit_id = weeks.unit_id and warnings.reason_class = weeks.reason_class"
        " and warnings.list = 'flag' where weeks.merchant_id = ? order by weeks.sold_week",
        [merchant_id],
    ).to_dicts()
    pictures: dict[tuple[str, str, str], list[WarningWeek]] = {}
    for row in rows:
        key = (row.pop("kind"), row.pop("unit_id"), row.pop("reason_class"))
        pictures.setdefault(key, []).append(WarningWeek(**row))
    return pictures
