"""How fast returns come, and where the rate of every cohort is heading."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from pipelines.contracts.base import Column
from pipelines.learning.declaration import LearnedModel, learned_table
from pipelines.learning.inputs import HISTORY, PERIODS, known_days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars

INPUTS = HISTORY | {"periods": PERIODS}

_REASON = Column("reason_class", "varchar", "Class of the stated reason, or `all`: returns for whatever reason.")
_SHARE = "developed_share between 0 and 1"

_CURVES = learned_table(
    "maturity_curves",
    "How fast returns come after delivery: the share of the returns to expect that is known at each age, for every"
    " window of the return policy and category. Kaplan-Meier by days since delivery, right-censored at the last day"
    " that returns are known for, drawn towards the window's and the merchant's curve where there is little evidence.",
    grain="window class x category x class of reason x day of age",
    key=("window_class", "category", "reason_class", "age_days"),
    columns=(
        Column("window_class", "varchar", "Return window of the policy in force, such as `30 days`; `*` all of them."),
        Column("category", "varchar", "Category of the product; `none` where it has none, `*` all of them."),
        _REASON,
        Column("age_days", "bigint", "Days since delivery, 0 to the horizon of the window."),
        Column(
            "developed_share",
            "double",
            "Units asked back within `age_days` / units asked back within the horizon, to expect; clock: delivered.",
        ),
        Column("lower_90", "double", "Lower end of the 90 % interval of the true share."),
        Column("upper_90", "double", "Upper end of that interval."),
        Column("at_risk_quantity", "bigint", "Units delivered at least so many days before the returns end."),
        Column("returned_quantity", "bigint", "Units asked back on that day of age."),
        Column("credibility", "double", "Weight of the cell's own evidence in its curve, 0 to 1."),
        Column(
            "basis",
            "varchar",
            "What the curve rests on: `own` evidence, `blended`, the `merchant`, what others `shared`, or `assumed`.",
        ),
    ),
    model=INPUTS,
    asserts={"share_is_a_share": _SHARE, "interval_holds_the_share": "developed_share between lower_90 and upper_90"},
    not_null=("developed_share",),
)

_COHORTS = learned_table(
    "cohort_rates",
    "The return rate of every cohort of orders: as observed, and where it is heading, with intervals. Clock: ordered;"
    " in units; parcels that never arrived (RTO) are not returns.",
    grain="cohort x class of reason",
    key=("cohort_kind", "cohort", "reason_class"),
    columns=(
        Column("cohort_kind", "varchar", "`week` of the orders, or `period` of a report.", values=("week", "period")),
        Column("cohort", "varchar", "Monday of the week as YYYY-MM-DD, or the name of the period."),
        Column("start_date", "date", "First order date of the cohort."),
        Column("end_date", "date", "Last order date of the cohort."),
        _REASON,
        Column("shipped_quantity", "bigint", "Units shipped, RTO excluded: the denominator."),
        Column("returned_quantity", "bigint", "Units asked back so far, at most those shipped: the numerator."),
        Column("exposure_quantity", "double", "Shipped units x developed share: units that had their chance."),
        Column("developed_share", "double", "Exposure / shipped units."),
        Column("observed_rate", "double", "Returned / shipped units so far; too low while the cohort is young."),
        Column("projected_rate", "double", "What the observed rate will be at the end; empty without evidence."),
        Column("lower_80", "double", "Lower end of the 80 % interval of the cohort's own final observed rate."),
        Column("upper_80", "double", "Upper end of that interval."),
        Column("lower_90", "double", "Lower end of the 90 % interval of the cohort's own final observed rate."),
        Column("upper_90", "double", "Upper end of that interval."),
        Column("true_rate_lower_90", "double", "Lower end of the 90 % interval of the rate behind the cohort."),
        Column("true_rate_upper_90", "double", "Upper end of that interval."),
        Column("evidence", "varchar", "`enough`, or `not_enough_evidence`.", values=("enough", "not_enough_evidence")),
    ),
    model=INPUTS,
    asserts={
        "share_is_a_share": _SHARE,
        "wide_holds_narrow": "lower_90 <= lower_80 and upper_80 <= upper_90",
        "interval_holds_the_rate": "projected_rate between lower_90 and upper_90",
        "interval_is_a_share": "lower_90 >= 0 and upper_90 <= 1",
        "no_rate_without_evidence": "evidence = 'enough' or projected_rate is null",
    },
    not_null=("evidence",),
)


def _learn(inputs: Mapping[str, polars.DataFrame], priors: Sequence[str]) -> dict[str, polars.DataFrame]:
    import polars as pl

    from models.maturity import SharedPrior, learn_curves, project, project_periods

    known = known_days(inputs)
    sold, returned = inputs["sold"], inputs["returned"]
    prior = SharedPrior.of([SharedPrior(**json.loads(text)) for text in priors])
    curves = learn_curves(sold, returned, known_from=known.start, known_through=known.end, prior=prior)
    weeks = project(sold, returned, curves).with_columns(
        pl.lit("week").alias("cohort_kind"),
        pl.col("cohort").alias("start_date"),
        pl.col("cohort").cast(pl.String),
        end_date=pl.col("cohort") + pl.duration(days=6),
    )
    dates = inputs["periods"].rename({"period_start_date": "start_date", "period_end_date": "end_date"})
    periods = (
        project_periods(sold, returned, curves, dates)
        .with_columns(cohort_kind=pl.lit("period"), cohort=pl.col("period"))
        .join(dates, on="period")
    )
    columns = [column.name for column in _COHORTS.columns[1:]]
    return {
        "maturity_curves": curves.frame,
        "cohort_rates": pl.concat([weeks.select(columns), periods.select(columns)]),
    }


def _prior(inputs: Mapping[str, polars.DataFrame]) -> str:
    from models.maturity import learn_curves

    known = known_days(inputs)
    curves = learn_curves(inputs["sold"], inputs["returned"], known_from=known.start, known_through=known.end)
    return json.dumps(asdict(curves.as_prior()))


MODEL = LearnedModel(
    name="maturity",
    tables=(_CURVES, _COHORTS),
    inputs=INPUTS,
    learn=_learn,
    prior=_prior,
    packages=("maturity",),
)
