"""The frames that a decomposition gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.rate_change.errors import Errors
from models.rate_change.grouping import Groups, Units
from models.rate_change.split import Split, by_group, ratio
from models.rate_change.verdict import Part, chance_of, detectable_change, half_width, judge

COUNTS: dict[str, pl.DataType] = {
    f"{side}_{name}": kind
    for side in ("before", "after")
    for name, kind in (
        ("shipped_quantity", pl.Int64()),
        ("exposure_quantity", pl.Float64()),
        ("returned_quantity", pl.Int64()),
        ("developed_share", pl.Float64()),
        ("observed_rate", pl.Float64()),
    )
}
"""Columns of both frames: what was counted in either period."""

_NUMBER = pl.Float64()

TOTAL_SCHEMA: dict[str, pl.DataType] = {
    **COUNTS,
    "observed_rate_change": _NUMBER,
    "mix_part": _NUMBER,
    "rate_part": _NUMBER,
    "maturity_part": _NUMBER,
    "mix_part_error": _NUMBER,
    "rate_part_error": _NUMBER,
    "maturity_part_error": _NUMBER,
    "rate_part_lower_90": _NUMBER,
    "rate_part_upper_90": _NUMBER,
    "chance_probability": _NUMBER,
    "detectable_change": _NUMBER,
    "dispersion_factor": _NUMBER,
    "week_freedom": _NUMBER,
    "verdict": pl.String(),
}

GROUP_SCHEMA: dict[str, pl.DataType] = {
    "group_kind": pl.String(),
    "category": pl.String(),
    "product_id": pl.String(),
    **COUNTS,
    "observed_rate_change": _NUMBER,
    "mix_part": _NUMBER,
    "rate_part": _NUMBER,
    "maturity_part": _NUMBER,
    "rate_part_error": _NUMBER,
}


@dataclass(frozen=True)
class Answer:
    """Everything that was found about a pair of periods."""

    units: Units
    groups: Groups
    split: Split
    errors: Errors
    names: pl.DataFrame


def total_row(answer: Answer) -> pl.DataFrame:
    """One row as :data:`TOTAL_SCHEMA`; parts are summed over groups, none is taken as the remainder."""
    units, errors = answer.units, answer.errors
    mix = Part(float(np.sum(answer.split.mix)), errors.mix)
    rate = Part(float(np.sum(answer.split.rate)), errors.rate)
    maturity = Part(float(np.sum(answer.split.maturity)), errors.maturity)
    freedom = errors.dispersion.freedom
    half = half_width(rate.error, freedom, 0.9)
    exposure, returned = units.exposure.sum(axis=1), units.returned.sum()
    observed = units.returned.sum(axis=1) / units.shipped.sum(axis=1)
    row = _counts(units) | {
        "observed_rate_change": float(observed[1] - observed[0]),
        "mix_part": mix.value,
        "rate_part": rate.value,
        "maturity_part": maturity.value,
        "mix_part_error": mix.error,
        "rate_part_error": rate.error,
        "maturity_part_error": maturity.error,
        "rate_part_lower_90": rate.value - half,
        "rate_part_upper_90": rate.value + half,
        "chance_probability": chance_of(rate, freedom),
        "detectable_change": detectable_change(rate.error, freedom),
        "dispersion_factor": errors.dispersion.factor,
        "week_freedom": errors.dispersion.seen_freedom,
        "verdict": judge(
            mix, rate, maturity, freedom=freedom, exposure=float(exposure.min()), returned=float(returned)
        ),
    }
    return _finite(pl.DataFrame([row], schema=TOTAL_SCHEMA))


def no_total(units: Units) -> pl.DataFrame:
    """The row of a pair of which one period has no units: counts, no parts."""
    row = dict.fromkeys(TOTAL_SCHEMA) | _counts(units) | {"verdict": "not_enough_evidence"}
    return _finite(pl.DataFrame([row], schema=TOTAL_SCHEMA))


def no_groups() -> pl.DataFrame:
    """No rows, as :data:`GROUP_SCHEMA`."""
    return pl.DataFrame(schema=GROUP_SCHEMA)


def group_rows(answer: Answer) -> pl.DataFrame:
    """One row per group as :data:`GROUP_SCHEMA`, the largest part first."""
    units, groups, split = answer.units, answer.groups, answer.split
    shipped, exposure, returned = (by_group(groups, value) for value in (units.shipped, units.exposure, units.returned))
    shop = shipped.sum(axis=1)
    category_names = answer.names.unique("category").sort("category")["category"].to_list()
    product_names = answer.names["product_id"].to_list()
    columns: dict[str, object] = {
        "group_kind": _kinds(groups, shipped),
        "category": [category_names[index] if index >= 0 else None for index in groups.category.tolist()],
        "product_id": [product_names[index] if index >= 0 else None for index in groups.product.tolist()],
    }
    for side, word in enumerate(("before", "after")):
        columns |= {
            f"{word}_shipped_quantity": shipped[side].astype(np.int64),
            f"{word}_exposure_quantity": exposure[side],
            f"{word}_returned_quantity": returned[side].astype(np.int64),
            f"{word}_developed_share": ratio(exposure[side], shipped[side], np.nan),
            f"{word}_observed_rate": ratio(returned[side], shipped[side], np.nan),
        }
    columns |= {
        # What the group adds to the change of the whole: with its share of the units, unlike its own rates.
        "observed_rate_change": returned[1] / shop[1] - returned[0] / shop[0],
        "mix_part": split.mix,
        "rate_part": split.rate,
        "maturity_part": split.maturity,
        "rate_part_error": answer.errors.group_rate,
    }
    frame = _finite(pl.DataFrame(columns, schema=GROUP_SCHEMA))
    size = pl.max_horizontal(pl.col("mix_part", "rate_part", "maturity_part").abs())
    return frame.sort([size, "category", "product_id"], descending=[True, False, False], nulls_last=True)


def _kinds(groups: Groups, shipped: np.ndarray) -> list[str]:
    kinds = []
    for index in range(groups.count):
        if groups.category[index] < 0:
            kinds.append("shop_rest")
        elif shipped[0, index] == 0:
            kinds.append("new")
        elif shipped[1, index] == 0:
            kinds.append("gone")
        else:
            kinds.append("category_rest" if groups.product[index] < 0 else "product")
    return kinds


def _counts(units: Units) -> dict[str, object]:
    row: dict[str, object] = {}
    for side, word in enumerate(("before", "after")):
        shipped, exposure, returned = (
            float(value[side].sum()) for value in (units.shipped, units.exposure, units.returned)
        )
        row |= {
            f"{word}_shipped_quantity": round(shipped),
            f"{word}_exposure_quantity": exposure,
            f"{word}_returned_quantity": round(returned),
            f"{word}_developed_share": exposure / shipped if shipped else None,
            f"{word}_observed_rate": returned / shipped if shipped else None,
        }
    return row


def _finite(frame: pl.DataFrame) -> pl.DataFrame:
    """NaN and infinities as null."""
    numbers = pl.selectors.float()
    return frame.with_columns(pl.when(numbers.is_finite()).then(numbers).otherwise(None))
