"""Made-up rows of the marts on changes, products at risk and early warnings.

Beside ``made_up_shops``, which calls the rows that every merchant has; ``whole_risks`` is a merchant with all of it.
What comes after a return is in ``made_up_outcomes``.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import sqrt
from typing import Any

Z = 1.6448536269514722
LIKE = 0.12
LIMIT = 0.18
LAST_WEEK = date(2026, 11, 9)

Product = tuple[str, str, int, float, str]
"""Id, name, units shipped, rate, leading reason."""


def product_rows(merchant_id: str, products: tuple[Product, ...]) -> list[dict[str, Any]]:
    """Rows of ``marts.return_rate_by_product``: those far above their limit are probably faulty."""
    rows = [_measured(shipped, rate, reason) | _named(merchant_id, *ids) for *ids, shipped, rate, reason in products]
    for name, ranked in (
        ("faulty_rank", sorted(rows, key=lambda row: -(row["probability_above_limit"] or 0))),
        ("cost_rank", sorted(rows, key=lambda row: -(row["expected_excess_quantity"] or 0))),
    ):
        for place, row in enumerate((row for row in ranked if row["evidence"] == "enough"), start=1):
            row[name] = place
    return rows


def _named(merchant_id: str, product_id: str, name: str) -> dict[str, Any]:
    return {"merchant_id": merchant_id, "product_id": product_id, "product_name": name, "sku_count": 4}


def _measured(shipped: int, rate: float, reason: str) -> dict[str, Any]:
    developed = 0.93
    exposure = shipped * developed
    half = Z * sqrt(rate * (1 - rate) / exposure)
    lower, upper = max(rate - half, 0.0), min(rate + half, 1.0)
    above = min(max(0.5 + (rate - LIMIT) / (2.4 * half), 0.001), 0.999)
    could_be_chance = lower < LIKE * 1.2
    is_known = shipped >= 60
    values = {
        "expected_return_rate": LIKE,
        "shrunk_return_rate": rate,
        "rate_lower_90": lower,
        "rate_upper_90": upper,
        "limit_rate": LIMIT,
        "probability_above_limit": above,
        "rate_ratio": rate / LIKE,
        "rate_ratio_lower": lower / LIKE,
        "expected_excess_quantity": shipped * (rate - LIKE),
        "excess_lower_90": shipped * (lower - LIKE),
        "excess_upper_90": shipped * (upper - LIKE),
        "could_be_chance": could_be_chance,
    }
    return {
        "category": "Dresses",
        "shipped_line_count": shipped,
        "returned_line_count": round(exposure * rate),
        "shipped_quantity": shipped,
        "returned_quantity": round(exposure * rate),
        "exposure_quantity": exposure,
        "developed_share": developed,
        "observed_return_rate": round(exposure * rate) / shipped,
        **(values if is_known else dict.fromkeys(values)),
        "unit_cost_amount": None,
        "excess_cost_amount": None,
        "leading_reason_class": reason if is_known else None,
        "is_probably_faulty": is_known and above >= 0.95 and not could_be_chance,
        "faulty_rank": None,
        "cost_rank": None,
        "evidence": "enough" if is_known else "not_enough_evidence",
        "is_young": False,
    }


def change_rows(merchant_id: str, weekly: list[dict[str, Any]], jump: float) -> list[dict[str, Any]]:
    """Rows of ``marts.rate_changes``: a large ``jump`` of the last four weeks is real, a small one is not."""
    rows = []
    for period, weeks in (("last_week", 1), ("last_4_weeks", 4), ("last_13_weeks", 13)):
        after, before = weekly[-weeks:], weekly[-2 * weeks : -weeks]
        rows.append(_change(merchant_id, period, before, after, jump) if before else _no_change(period, after))
        rows[-1]["merchant_id"] = merchant_id
    return rows


def _span(name: str, weeks: list[dict[str, Any]]) -> dict[str, Any]:
    shipped, returned = (sum(row[key] for row in weeks) for key in ("shipped_quantity", "returned_quantity"))
    return {
        f"{name}_start_date": weeks[0]["order_week"],
        f"{name}_end_date": weeks[-1]["order_week"] + timedelta(days=6),
        f"{name}_shipped_quantity": shipped,
        f"{name}_returned_quantity": returned,
        f"{name}_developed_share": sum(row["exposure_quantity"] for row in weeks) / shipped,
        f"{name}_observed_rate": returned / shipped,
    }


def _no_change(period: str, after: list[dict[str, Any]]) -> dict[str, Any]:
    before = {"before_start_date": LAST_WEEK - timedelta(weeks=60), "before_end_date": LAST_WEEK - timedelta(weeks=59)}
    return {"period": period, **before, **_span("after", after), "verdict": "not_enough_evidence"}


def _change(
    merchant_id: str, period: str, before: list[dict[str, Any]], after: list[dict[str, Any]], jump: float
) -> dict[str, Any]:
    spans = _span("before", before) | _span("after", after)
    total = spans["after_observed_rate"] - spans["before_observed_rate"]
    exposure = sum(row["exposure_quantity"] for row in (*before, *after))
    error = sqrt(0.12 * 0.88 / max(exposure, 1)) * 2
    rate, mix = jump * 0.6, 0.0031
    verdict = "not_enough_evidence" if exposure < 60 else "real" if abs(rate) > 2.33 * error else "noise"
    return {
        "period": period,
        **spans,
        "observed_rate_change": total,
        "mix_part": mix,
        "rate_part": rate,
        "maturity_part": total - mix - rate,
        "rate_part_lower_90": rate - Z * error,
        "rate_part_upper_90": rate + Z * error,
        "chance_probability": 0.5,
        "detectable_change": 3.2 * error,
        "verdict": verdict,
    }


PARTS = (("Dresses", 0.0042, 0.001), ("none", -0.0011, 0.0005), ("Shoes <b>", 0.0, -0.0002))


def whole_risks(merchant_id: str, *, name: str = "Wrap dress Marlow") -> dict[str, Any]:
    """Rows of every other mart on risks and warnings of one merchant.

    Args:
        merchant_id: id.
        name: of the product that is flagged.
    """
    return {
        "marts.rate_change_parts": [
            {
                "merchant_id": merchant_id,
                "period": "last_4_weeks",
                "group_kind": "product",
                "category": category,
                "product_id": str(place),
                "before_shipped_quantity": 400 - 50 * place,
                "after_shipped_quantity": 300,
                "mix_part": mix,
                "rate_part": rate,
                "maturity_part": -0.01,
            }
            for place, (category, mix, rate) in enumerate(PARTS)
        ],
        "marts.product_reasons": [
            {
                "merchant_id": merchant_id,
                "product_id": "118",
                "reason_class": "not_as_described",
                "shipped_line_count": 412,
                "returned_line_count": 141,
                "shipped_quantity": 412,
                "returned_quantity": 141,
                "developed_share": 0.93,
                "expected_return_rate": 0.1654,
                "expected_line_count": 90.0,
                "is_signal": True,
                "evidence": "enough",
            }
        ],
        "marts.product_risk_units": _units(merchant_id),
        "marts.early_warnings": _warnings(merchant_id, name),
        "marts.early_warning_weeks": _warning_weeks(merchant_id),
    }


def _units(merchant_id: str) -> list[dict[str, Any]]:
    units = (
        ("variant", "118/M-sage", "118", 200, 0.5), ("variant", "204/L", "204", 300, 0.13),
        ("supplier", "Tailor & Sons <i>", None, 900, 0.22), ("supplier", "Weaver", None, 900, 0.12),
        ("fulfilment_type", "own", None, 900, 0.12), ("fulfilment_type", "drop_ship", None, 700, 0.16),
        ("brand", "Only one", None, 700, 0.16), ("supplier", "none", None, 700, 0.16),
    )  # fmt: skip
    rows = []
    for place, (kind, unit_id, product_id, shipped, rate) in enumerate(units, start=1):
        values = _measured(shipped, rate, "poor_quality") | {"cost_rank": place, "faulty_rank": place}
        values |= {"merchant_id": merchant_id, "unit_kind": kind, "unit_id": unit_id, "product_id": product_id}
        rows.append(values)
    return rows


def _warnings(merchant_id: str, name: str) -> list[dict[str, Any]]:
    flag = {
        "merchant_id": merchant_id,
        "list": "flag",
        "first_seen_week": date(2026, 10, 26),
        "since_week": date(2026, 10, 5),
        "rate_multiplier": 2.34,
        "multiplier_lower_90": 1.7,
        "multiplier_upper_90": 3.1,
        "sold_line_count": 210,
        "returned_line_count": 41,
        "expected_line_count": 17.6,
        "chance_of_false_alarm": 0.034,
    }
    watch = {
        "merchant_id": merchant_id,
        "list": "watch",
        "returned_line_count": 9,
        "expected_line_count": 5.2,
        "probability_above_limit": 0.62,
    }
    sku = {"kind": "sku_reason", "unit_id": "118/M-sage", "product_id": "118", "variant_id": "M-sage",
           "product_name": name, "category": "Dresses"}  # fmt: skip
    lot = {"kind": "lot", "unit_id": "Weaver/2026-09-28", "supplier": "Weaver", "first_sold_week": date(2026, 9, 28)}
    return [
        flag | sku | {"reason_class": "poor_quality", "rank": 1},
        flag | lot | {"reason_class": "all", "rank": 2, "chance_of_false_alarm": 0.0004},
        watch | {"kind": "supplier", "unit_id": "Weaver", "supplier": "Weaver", "reason_class": "all", "rank": 1},
        watch | {"kind": "category", "unit_id": "Shoes", "category": "Shoes", "reason_class": "defective", "rank": 2},
    ]


def _warning_weeks(merchant_id: str) -> list[dict[str, Any]]:
    rows = []
    for unit, reason, kind in (("118/M-sage", "poor_quality", "sku_reason"), ("Weaver/2026-09-28", "all", "lot")):
        for place in range(16):
            expected = 5.5 - 0.05 * place
            returned = round(expected + (place % 3 - 1) + (6 if place > 10 else 0))
            rows.append(
                {
                    "merchant_id": merchant_id,
                    "kind": kind,
                    "unit_id": unit,
                    "reason_class": reason,
                    "sold_week": LAST_WEEK - timedelta(weeks=15 - place),
                    "sold_line_count": 40,
                    "returned_line_count": returned,
                    "expected_line_count": expected,
                    "expected_lower_90": 2.0,
                    "expected_upper_90": 9.0,
                }
            )
    return rows
