"""Why the return rate changed against the period before: mix, rate, maturity, and whether it is real."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipelines.contracts.base import Column
from pipelines.learning.declaration import LearnedModel, learned_table, no_rows
from pipelines.learning.inputs import CURVES, HISTORY, known_days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars

PERIODS = "select merchant_id, period, previous_period, period_start_date, period_end_date from core.report_periods"
_TO_MONDAY = timedelta(days=6)

INPUTS = HISTORY | {"curves": CURVES, "periods": PERIODS}

_SIDES = (("before", "the earlier period"), ("after", "the later period"))
_COUNTS = tuple(
    column
    for side, words in _SIDES
    for column in (
        Column(f"{side}_shipped_quantity", "bigint", f"Units shipped to orders of {words}, RTO excluded."),
        Column(f"{side}_returned_quantity", "bigint", f"Units of those asked back so far, {words}."),
        Column(f"{side}_developed_share", "double", f"Share of the returns to expect that is known, {words}."),
        Column(f"{side}_observed_rate", "double", f"Returned / shipped units so far, {words}; clock: ordered."),
    )
)
_PARTS = (
    Column("observed_rate_change", "double", "Observed rate of the later period - of the earlier one."),
    Column("mix_part", "double", "What comes from other goods being sold."),
    Column("rate_part", "double", "What comes from the same goods being returned more or less often."),
    Column("maturity_part", "double", "What comes from one period being younger than the other."),
)
VERDICTS = ("real", "mix", "maturity", "noise", "not_enough_evidence")

_CHANGES = learned_table(
    "rate_changes",
    "The change of the observed return rate against the period before, split exactly into mix, rate and maturity.",
    grain="period that has one before it",
    key=("period",),
    columns=(
        Column("period", "varchar", "The later period, as core.report_periods names it."),
        *(
            Column(f"{side}_{end}_date", "date", f"{words[:1].upper()}{words[1:]}: its {end} day of orders.")
            for side, words in _SIDES
            for end in ("start", "end")
        ),
        *_COUNTS,
        *_PARTS,
        Column("rate_part_lower_90", "double", "Lower end of the 90 % interval of the rate part of the true rates."),
        Column("rate_part_upper_90", "double", "Upper end of that interval."),
        Column("chance_probability", "double", "Probability of a rate part this large where no rate changed."),
        Column("detectable_change", "double", "Rate part that would be called real in 80 % of cases."),
        Column("verdict", "varchar", "What the change mostly is.", values=VERDICTS),
    ),
    model=INPUTS,
    asserts={
        "parts_make_the_change": "abs(mix_part + rate_part + maturity_part - observed_rate_change) < 0.000000001",
        "interval_holds_the_part": "rate_part between rate_part_lower_90 and rate_part_upper_90",
    },
    not_null=("verdict",),
)

_GROUPS = learned_table(
    "rate_change_parts",
    "The parts of ml.rate_changes by product, which add up to them; what is too small to speak stands together.",
    grain="period that has one before it x group of goods",
    key=("period", "group_kind", "category", "product_id"),
    columns=(
        Column("period", "varchar", "The later period, as core.report_periods names it."),
        Column(
            "group_kind",
            "varchar",
            "`product`; `new` or `gone` ones; the rest of a category; the rest of the shop.",
            values=("product", "new", "gone", "category_rest", "shop_rest"),
        ),
        Column("category", "varchar", "Category; `-` for the rest of the shop."),
        Column("product_id", "varchar", "Product; `-` where several stand together."),
        *_COUNTS,
        Column("observed_rate_change", "double", "Observed rate of the group, later - earlier period."),
        *_PARTS[1:],
    ),
    model=INPUTS,
)


def _learn(inputs: Mapping[str, polars.DataFrame], priors: Sequence[str]) -> dict[str, polars.DataFrame]:
    import polars as pl

    from models.maturity import StoredCurves
    from models.rate_change.cells import Periods, change_cells
    from models.rate_change.decompose import decompose

    known = known_days(inputs)
    curves = StoredCurves(inputs["curves"], known_from=known.start, known_through=known.end)
    cells = change_cells(inputs["sold"], inputs["returned"], curves, known_through=known.end)
    dates = {row["period"]: row for row in inputs["periods"].iter_rows(named=True)}
    totals, groups = [], []
    for name, row in sorted(dates.items()):
        earlier = dates.get(row["previous_period"])
        if earlier is None:
            continue
        days = {
            f"{side}_{end}_date": period[f"period_{end}_date"]
            for side, period in (("before", earlier), ("after", row))
            for end in ("start", "end")
        }
        mondays = [day if key.endswith("start_date") else day - _TO_MONDAY for key, day in days.items()]
        found = decompose(cells, Periods(*mondays))
        named = [pl.lit(name).alias("period"), *(pl.lit(day).alias(key) for key, day in days.items())]
        totals.append(found.total.with_columns(named))
        groups.append(
            found.groups.with_columns(pl.lit(name).alias("period"), pl.col("category", "product_id").fill_null("-"))
        )
    return {
        "rate_changes": pl.concat(totals) if totals else no_rows(_CHANGES),
        "rate_change_parts": pl.concat(groups) if groups else no_rows(_GROUPS),
    }


MODEL = LearnedModel(
    name="rate_change",
    tables=(_CHANGES, _GROUPS),
    inputs=INPUTS,
    learn=_learn,
    packages=("rate_change", "maturity"),
)
