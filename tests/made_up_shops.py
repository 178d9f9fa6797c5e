"""Made-up rows of the marts for one merchant: states that a simulated shop seldom has all at once.

Young data, few orders, no returns, red, worse, better; for tests of the report and the pages. ``made_up_snapshot``
publishes them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any

from made_up_risks import change_rows, product_rows

END = date(2026, 11, 21)
LAST_WEEK = date(2026, 11, 9)
Z, Z_80 = 1.6448536269514722, 1.2815515655446004


def developed_after(age_days: float) -> float:
    """Share of returns in after so many days, as a shop with two to forty days has it."""
    return min(max((age_days - 2) / 38, 0.0), 1.0) ** 0.8


def wilson(returned: float, exposure: float, z: float = Z) -> tuple[float | None, float | None, float | None]:
    """Rate and Wilson interval with n = exposure, as wide as a projection's may be; nothing below 5 units."""
    if exposure < 5:
        return None, None, None
    share = min(returned / exposure, 1.0)
    centre = (share + z * z / (2 * exposure)) / (1 + z * z / exposure)
    half = z * sqrt(share * (1 - share) / exposure + z * z / (4 * exposure**2)) / (1 + z * z / exposure)
    return share, max(centre - half, 0.0), min(centre + half, 1.0)


def measures(shipped: int, returned: int, developed: float) -> dict[str, Any]:
    """The measures that every rate mart has."""
    exposure = shipped * developed
    rate, lower, upper = wilson(returned, exposure)
    _, lower_80, upper_80 = wilson(returned, exposure, Z_80)
    return {
        "shipped_quantity": shipped,
        "exposure_quantity": exposure,
        "returned_quantity": returned,
        "observed_return_rate": returned / shipped if shipped else None,
        "projected_return_rate": rate,
        "projected_lower_80": lower_80,
        "projected_upper_80": upper_80,
        "projected_lower_90": lower,
        "projected_upper_90": upper,
        "evidence": "not_enough_evidence" if rate is None else "enough",
        "developed_share": developed,
        "is_young": developed < 0.3,
    }


def shop(
    merchant_id: str = "fashion",
    name: str = "Alder & Vine",
    locale: str = "en",
    currency_code: str = "USD",
    *,
    weekly_units: int = 640,
    rate: float = 0.142,
    jump: float = 0.0,
    weeks: int = 40,
    has_returns: bool = True,
    developed: float | None = None,
    products: tuple[tuple[str, str, int, float, str], ...] | None = None,
    trust: dict[str, Any] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Rows of one merchant in every mart.

    Args:
        merchant_id: id.
        name: as printed.
        locale: language.
        currency_code: ISO 4217.
        weekly_units: units shipped a week.
        rate: final return rate.
        jump: what the rate of the last four weeks adds.
        weeks: weeks of history; few make a young shop.
        has_returns: whether a returns source is loaded.
        developed: developed share of every week, instead of that of its age.
        products: product id, name, units shipped, rate, leading reason.
        trust: columns of ``marts.trust_box`` to set otherwise.
    """
    calendar = [LAST_WEEK - timedelta(weeks=weeks - 1 - index) for index in range(weeks)]
    weekly = [_week(merchant_id, monday, weekly_units, rate, jump, developed) for monday in calendar]
    tables = {
        "core.merchants": [
            {
                "merchant_id": merchant_id,
                "name": name,
                "locale": locale,
                "timezone": "UTC",
                "currency_code": currency_code,
            }
        ],
        "marts.return_rate_overall": _periods(merchant_id, weekly, has_returns),
        "marts.refund_ledger": [_refunds(merchant_id, row, currency_code) for row in weekly],
        "marts.data_coverage": _coverage(merchant_id, has_returns),
        "marts.trust_box": [_trust(merchant_id, has_returns, weekly) | (trust or {})],
    }
    if has_returns:
        tables |= {
            "marts.return_rate_weekly": weekly,
            "marts.return_rate_by_reason": [line for row in weekly for line in _reasons(merchant_id, row)],
            "marts.return_rate_by_product": product_rows(merchant_id, products or PRODUCTS.get(locale, PRODUCTS["en"])),
            "marts.rate_changes": change_rows(merchant_id, weekly, jump),
            "ml.cohort_rates": _reasons_of_quarter(merchant_id, weekly),
            "marts.unmapped_reasons": [
                {
                    "merchant_id": merchant_id,
                    "reason_list": "bigcommerce",
                    "reason_raw": "Sizing chart <old>",
                    "return_line_count": 14,
                    "first_requested_date": calendar[0],
                    "last_requested_date": END,
                }
            ],
        }
    return tables


PRODUCTS = {
    "en": (
        ("118", "Wrap dress Marlow, sage", 412, 0.46, "not_as_described"),
        ("204", "Slim chino Dover", 980, 0.24, "not_as_described"),
        ("131", "Merino crew Aske", 640, 0.21, "poor_quality"),
        ("377", "Canvas tote Hythe", 1220, 0.16, "defective"),
        ("290", "Linen shirt Whitby, long sleeves, limited colour of the season", 530, 0.17, "changed_mind"),
        ("0", "added by hand", 160, 0.15, "unclear"),
        ("455", "Rain jacket Keld", 48, 0.3, "delivery"),
        ("456", "Scarf Arran", 90, 0.02, "changed_mind"),
    ),
    "zh-Hant": (
        ("K-18", "多功能氣炸烤箱 12L 曜石黑", 412, 0.31, "defective"),
        ("K-22", "無線手持吸塵器 V9 Pro", 980, 0.19, "poor_quality"),
        ("H-07", "北歐風實木床頭櫃", 240, 0.23, "delivery"),
        ("H-31", "記憶棉枕頭（兩入）", 1220, 0.12, "changed_mind"),
        ("0", "added by hand", 160, 0.11, "unclear"),
        ("K-40", "智慧體重計", 90, 0.05, "changed_mind"),
    ),
}

_MIX = {
    "defective": 0.19,
    "not_as_described": 0.36,
    "poor_quality": 0.12,
    "delivery": 0.07,
    "changed_mind": 0.17,
    "unclear": 0.07,
    "unmapped": 0.02,
}


def _week(merchant_id: str, monday: date, units: int, rate: float, jump: float, share: float | None) -> dict[str, Any]:
    number = monday.isocalendar().week
    shipped = round(units * (1 + 0.18 * ((number * 7) % 5 - 2) / 2))
    developed = share or sum(developed_after((END - monday).days - day) for day in range(7)) / 7
    final = rate * (1 + 0.12 * ((number * 3) % 7 - 3) / 3) + (jump if monday > LAST_WEEK - timedelta(weeks=4) else 0)
    returned = round(shipped * final * developed)
    return {
        "merchant_id": merchant_id,
        "order_week": monday,
        "order_count": round(shipped / 1.7),
        **measures(shipped, returned, developed),
    }


def _periods(merchant_id: str, weekly: list[dict[str, Any]], has_returns: bool) -> list[dict[str, Any]]:
    cuts = {
        "last_4_weeks": weekly[-4:],
        "previous_4_weeks": weekly[-8:-4],
        "last_13_weeks": weekly[-13:],
        "all": weekly,
    }
    rows = []
    for period, chosen in cuts.items():
        if not chosen:
            continue
        shipped = sum(row["shipped_quantity"] for row in chosen)
        exposure = sum(row["exposure_quantity"] for row in chosen) if has_returns else 0
        rows.append(
            {
                "merchant_id": merchant_id,
                "period": period,
                "period_start_date": chosen[0]["order_week"],
                "period_end_date": chosen[-1]["order_week"] + timedelta(days=6),
                "order_count": sum(row["order_count"] for row in chosen),
                **measures(
                    shipped,
                    sum(row["returned_quantity"] for row in chosen),
                    exposure / shipped if shipped else 0,
                ),
            }
        )
    return rows


def _reasons(merchant_id: str, week: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for reason_class, share in _MIX.items():
        returned = round(week["returned_quantity"] * share)
        values = measures(week["shipped_quantity"], returned, week["developed_share"])
        for name in ("exposure_quantity", "projected_lower_80", "projected_upper_80"):
            values.pop(name)
        rows.append(
            {
                "merchant_id": merchant_id,
                "order_week": week["order_week"],
                "reason_class": reason_class,
                "return_line_count": returned,
                **values,
            }
        )
    return rows


def _reasons_of_quarter(merchant_id: str, weekly: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was learned of every class over the last thirteen weeks together."""
    chosen = weekly[-13:]
    shipped = sum(row["shipped_quantity"] for row in chosen)
    developed = sum(row["exposure_quantity"] for row in chosen) / max(shipped, 1)
    rows = []
    for reason_class, share in _MIX.items():
        returned = round(sum(row["returned_quantity"] for row in chosen) * share)
        rate, lower, upper = wilson(returned, shipped * developed)
        rows.append(
            {
                "merchant_id": merchant_id,
                "cohort_kind": "period",
                "cohort": "last_13_weeks",
                "start_date": chosen[0]["order_week"],
                "end_date": chosen[-1]["order_week"] + timedelta(days=6),
                "reason_class": reason_class,
                "projected_rate": rate,
                "lower_90": lower,
                "upper_90": upper,
                "developed_share": developed,
                "evidence": "not_enough_evidence" if rate is None else "enough",
            }
        )
    return rows


def _refunds(merchant_id: str, week: dict[str, Any], currency_code: str) -> dict[str, Any]:
    ordered = round(week["shipped_quantity"] * 41.35, 2)
    refunded = round(ordered * 0.081, 2)
    return {
        "merchant_id": merchant_id,
        "order_week": week["order_week"],
        "order_count": week["order_count"],
        "refunded_order_count": week["order_count"] // 11,
        "order_total_amount": ordered,
        "refund_amount": refunded,
        "currency_code": currency_code,
        "refund_value_rate": refunded / ordered,
        "refunds_without_rate_count": 0,
    }


def _coverage(merchant_id: str, has_returns: bool) -> list[dict[str, Any]]:
    rows = [
        ("bigcommerce_orders", "orders", 41, 18204, 18198, 6, 11),
        ("bigcommerce_orders", "order_lines", 41, 18204, 18198, 6, 11),
    ]
    if has_returns:
        rows.append(("return_requests", "return_lines", 19, 2604, 2603, 1, 0))
    return [
        {
            "merchant_id": merchant_id,
            "source": source,
            "entity": entity,
            "file_count": files,
            "record_count": records,
            "loaded_count": loaded,
            "quarantined_count": quarantined,
            "quarantined_cell_count": cells,
            "row_count": loaded,
            "first_date": date(2025, 5, 22),
            "last_date": END,
            "data_through_at": datetime(2026, 11, 21, 23, 59),
        }
        for source, entity, files, records, loaded, quarantined, cells in rows
    ]


def _trust(merchant_id: str, has_returns: bool, weekly: list[dict[str, Any]]) -> dict[str, Any]:
    lines = sum(row["returned_quantity"] for row in weekly) if has_returns else 0
    return {
        "merchant_id": merchant_id,
        "order_count": 18198,
        "order_line_count": 31044,
        "return_line_count": lines,
        "records_in_count": 20808 if has_returns else 18204,
        "records_loaded_count": 20801 if has_returns else 18198,
        "records_quarantined_count": 7 if has_returns else 6,
        "cells_quarantined_count": 11,
        "orders_without_lines_count": 11,
        "money_not_reconciled_count": 23,
        "money_not_reconciled_share": 23 / 18198,
        "orphan_return_count": 9 if has_returns else 0,
        "excess_returned_quantity": 2 if has_returns else 0,
        "unmapped_reason_count": 31 if has_returns else 0,
        "unmapped_reason_share": 0.02 if has_returns else None,
        "unclear_reason_share": 0.07 if has_returns else None,
        "refunds_without_order_count": 3,
        "refunds_without_rate_count": 0,
        "has_returns_source": has_returns,
        "returns_from_date": None,
        "orders_through_date": END,
        "returns_through_date": END if has_returns else None,
        "conflict_count": 0,
        "source_count": 2 if has_returns else 1,
        "late_source_count": 0,
        "late_sources": None,
        "unmapped_status_count": 0,
        "unmatched_refund_count": 0,
        "unmatched_return_count": 0,
        "unmatched_rto_count": 0,
        "unmatched_parcel_count": 0,
        "serious_contradiction_count": 0,
    }


def joined(*shops: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Rows of several merchants in one set of tables."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for rows in shops:
        for name, lines in rows.items():
            tables.setdefault(name, []).extend(lines)
    return tables
