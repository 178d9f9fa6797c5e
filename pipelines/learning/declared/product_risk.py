"""Which products, variants, suppliers, ways of fulfilment and brands come back more than their like."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from pipelines.contracts.base import Column
from pipelines.learning.declaration import LearnedModel, learned_table
from pipelines.learning.inputs import CURVES, HISTORY, known_days
from pipelines.learning.unit_costs import PRICES, SETTINGS, unit_costs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars

    from models.product_risk import SharedPrior

KINDS = ("product", "variant", "supplier", "fulfilment_type", "brand")
"""What is scored, each against its like."""

INPUTS = HISTORY | {"curves": CURVES, "prices": PRICES, "settings": SETTINGS}

_UNIT = (
    Column("unit_kind", "varchar", "What the unit is.", values=KINDS),
    Column("unit_id", "varchar", "Its id: of a product; of a variant, product and variant; else the name."),
)
_ENOUGH = Column("evidence", "varchar", "`enough`, or `not_enough_evidence`.", values=("enough", "not_enough_evidence"))

_SCORES = learned_table(
    "product_risk",
    "Of the order lines of each unit, the share of which anything comes back in the end, drawn towards its like by a"
    " hierarchical Beta-Binomial model on the lines that had their chance, and how far that is beyond what its like"
    " would return. Clock: delivered; in order lines, since customers decide by the line; quantities are units; parcels"
    " that never arrived (RTO) are left out.",
    grain="kind of unit x unit x class of reason",
    key=("unit_kind", "unit_id", "reason_class"),
    columns=(
        *_UNIT,
        Column("product_id", "varchar", "Product of a product or variant; empty for other kinds."),
        Column("category", "varchar", "Category in which most of its units were sold."),
        Column("reason_class", "varchar", "Class of the stated reason with returns, or `all`: for whatever reason."),
        Column("shipped_line_count", "bigint", "Order lines shipped, RTO excluded: what the rates are of."),
        Column("returned_line_count", "bigint", "Order lines of which anything was asked back so far."),
        Column("shipped_quantity", "bigint", "Units shipped, RTO excluded."),
        Column("exposure_quantity", "double", "Shipped units x developed share: units that had their chance."),
        Column("returned_quantity", "bigint", "Units asked back so far."),
        Column("developed_share", "double", "Exposure / shipped units."),
        Column("observed_rate", "double", "Returned / shipped order lines so far; too low while young."),
        Column("expected_rate", "double", "Rate that its like would have, in the same mix of categories."),
        Column("rate", "double", "Final rate to expect: of the order lines, the share that comes back in the end."),
        Column("lower_90", "double", "Lower end of the 90 % interval of the unit's true final rate."),
        Column("upper_90", "double", "Upper end of that interval."),
        Column("limit_rate", "double", "Rate above which it is called faulty: 1.5 times the expected one."),
        Column("probability_above_limit", "double", "Probability that its true rate is above the limit."),
        Column("rate_ratio", "double", "`rate` / `expected_rate`."),
        Column("rate_ratio_lower", "double", "`lower_90` / `expected_rate`: 1 unit in 20 is below it."),
        Column("expected_excess_quantity", "double", "Units beyond those of its like, as come back with the lines."),
        Column("excess_lower_90", "double", "Lower end of the 90 % interval of the excess."),
        Column("excess_upper_90", "double", "Upper end of that interval."),
        Column("unit_cost_amount", "double", "Cost of a returned unit by the merchant's own figures, in its currency."),
        Column("excess_cost_amount", "double", "Excess units x their cost, in the merchant's currency."),
        Column("could_be_chance", "boolean", "With so many units looked at, the excess could be chance."),
        Column("leading_reason_class", "varchar", "Class of reason that drives the excess; empty without any."),
        Column("is_probably_faulty", "boolean", "On the list of probably faulty ones."),
        Column("faulty_rank", "bigint", "Place on that list, from 1."),
        Column("cost_rank", "bigint", "Place on the list of what costs most, from 1; by units without own costs."),
        _ENOUGH,
    ),
    model=INPUTS,
    asserts={
        "interval_holds_the_rate": "rate between lower_90 and upper_90",
        "rates_are_shares": "lower_90 >= 0 and upper_90 <= 1",
        "probability_is_a_share": "probability_above_limit between 0 and 1",
        "no_rate_without_evidence": "evidence = 'enough' or rate is null",
        "ranked_ones_have_evidence": "evidence = 'enough' or (faulty_rank is null and cost_rank is null)",
    },
    not_null=("evidence",),
)

_SIGNALS = learned_table(
    "reason_signals",
    "Which reasons stand out among the returns of a unit, whatever its rate: observed / expected order lines, shrunk"
    " (EBGM with its lower bound EB05, DuMouchel 1999). A unit whose every reason rises is not found here.",
    grain="kind of unit x unit x class of reason",
    key=("unit_kind", "unit_id", "reason_class"),
    columns=(
        *_UNIT,
        Column("reason_class", "varchar", "Class of the stated reason."),
        Column("returned_line_count", "bigint", "Order lines that came back for it, by the first reason of each."),
        Column("expected_line_count", "double", "Lines if its returns had the reasons of its category."),
        Column("ratio", "double", "Returned / expected order lines."),
        Column("shrunk_ratio", "double", "Geometric mean of the ratio after shrinking (EBGM)."),
        Column("shrunk_lower", "double", "Its lower bound: below it with probability 0.05 (EB05)."),
        Column("is_signal", "boolean", "The reason stands out: the lower bound is at least 2."),
    ),
    model=INPUTS,
    asserts={"bound_is_below": "shrunk_lower <= shrunk_ratio"},
)


_SIGNAL_NAMES = {
    "observed_quantity": "returned_line_count",
    "expected_quantity": "expected_line_count",
    "ebgm": "shrunk_ratio",
    "eb05": "shrunk_lower",
    "is_over_represented": "is_signal",
}


def _learn(inputs: Mapping[str, polars.DataFrame], priors: Sequence[str]) -> dict[str, polars.DataFrame]:
    import polars as pl

    from models.lines import counted_in_lines
    from models.maturity import StoredCurves
    from models.product_risk import SharedPrior, disproportionality, score, unit_id

    known = known_days(inputs)
    curves = StoredCurves(inputs["curves"], known_from=known.start, known_through=known.end)
    sold, returned = inputs["sold"], inputs["returned"]
    lines = counted_in_lines(returned)
    prior = SharedPrior.pooled([_read(text) for text in priors])
    scores, signals = [], []
    for kind in KINDS:
        costs = unit_costs(inputs, unit_id(kind))
        frame = score(sold, returned, curves, unit=kind, unit_costs=costs, prior=prior).frame
        if costs is None:
            frame = frame.with_columns(unit_cost_amount=pl.lit(None, dtype=pl.Float64))
        else:
            frame = frame.join(costs, on="unit_id", how="left")
        has_returns = (pl.col("reason_class") == "all") | (pl.col("returned_quantity") > 0)
        named = {"excess_lower": "excess_lower_90", "excess_upper": "excess_upper_90"}
        scores.append(frame.filter(has_returns).rename(named))
        cells = lines.select(unit_id(kind), "category", "reason_class", "quantity")
        found = disproportionality(cells).frame.with_columns(unit_kind=pl.lit(kind))
        signals.append(found.filter(pl.col("observed_quantity") > 0).rename(_SIGNAL_NAMES))
    return {"product_risk": pl.concat(scores), "reason_signals": pl.concat(signals)}


def _prior(inputs: Mapping[str, polars.DataFrame]) -> str:
    from models.maturity import StoredCurves
    from models.product_risk import score

    known = known_days(inputs)
    curves = StoredCurves(inputs["curves"], known_from=known.start, known_through=known.end)
    learned = score(inputs["sold"], inputs["returned"], curves, unit="product").as_prior()
    return json.dumps({name: asdict(expectation) for name, expectation in sorted(learned.classes.items())})


def _read(text: str) -> SharedPrior:
    from models.product_risk import Expectation, SharedPrior

    return SharedPrior({name: Expectation(**numbers) for name, numbers in json.loads(text).items()})


MODEL = LearnedModel(
    name="product_risk",
    tables=(_SCORES, _SIGNALS),
    inputs=INPUTS,
    learn=_learn,
    prior=_prior,
    packages=("product_risk", "maturity"),
)
