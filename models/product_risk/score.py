"""Scores of products, variants, suppliers, fulfilment types and brands, and the two lists made of them.

Belongs here: one merchant's counts to one frame of scores. The steps are in ``counts``, ``dispersion``,
``hierarchy``, ``posterior`` and ``chance``; the columns in ``columns``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from models.product_risk.beta_binomial import Floats
from models.product_risk.chance import excess_p_values, surely_not_chance
from models.product_risk.columns import SCORE_SCHEMA, assemble, with_lists
from models.product_risk.counts import CLASS_ALL, ClassCounts, DevelopedCurves, UnitCounts, count_units, unit_columns
from models.product_risk.dispersion import Dispersion, estimate_dispersion
from models.product_risk.hierarchy import Hierarchy, Units, fit_hierarchy
from models.product_risk.posterior import group_means, posterior
from models.product_risk.shared_prior import Expectation, SharedPrior

LIMIT_RATIO = 1.5
LEAST_PROBABILITY = 0.9
FALSE_SHARE_ALL, FALSE_SHARE_CLASSES = 0.02, 0.01
"""Together under the 5 % that shuffled returns may say anything at all."""
_SHRINK = 20.0
_CLUSTERED, _LEAST_TRIALS = 1.2, 5.0


@dataclass(frozen=True)
class RiskScores:
    """Scores of the units of one kind.

    Attributes:
        frame: one row a unit and reason class ('all' included), sorted by unit and class; columns as in
            ``models.product_risk.columns.SCORE_SCHEMA``.
        ranked_by: what the second list ranks by: 'cost' or, without the merchant's own costs, 'units'.
        dispersion: variance factor of returns by reason class.
        components: number of Betas in the law of rates by reason class.
        expectations: what was learned of the merchant's rates by reason class.
    """

    frame: pl.DataFrame
    ranked_by: str
    dispersion: Mapping[str, Dispersion]
    components: Mapping[str, int]
    expectations: Mapping[str, Expectation]

    def probably_faulty(self, number: int = 50) -> pl.DataFrame:
        """The units whose rate is probably above the limit and no chance, the surest first."""
        return self.frame.filter(pl.col("is_probably_faulty") & pl.col("faulty_rank").is_not_null()).sort(
            "faulty_rank"
        )[:number]

    def costs_most(self, number: int = 50) -> pl.DataFrame:
        """The units with the most expected excess returns (x unit cost, see ``ranked_by``), the dearest first."""
        return self.frame.filter(pl.col("cost_rank").is_not_null()).sort("cost_rank")[:number]

    def as_prior(self) -> SharedPrior:
        """What another merchant may be given, where both share."""
        return SharedPrior(dict(self.expectations))


@dataclass(frozen=True)
class ClassScores:
    """Estimates of one reason class, one element a unit."""

    counts: ClassCounts
    expected: Floats
    limit: Floats
    mean: Floats
    lower: Floats
    upper: Floats
    above: Floats
    p_values: Floats


def score(
    sold: pl.DataFrame,
    returned: pl.DataFrame,
    curves: DevelopedCurves,
    *,
    unit: str,
    unit_costs: pl.DataFrame | None = None,
    limit: float | None = None,
    limit_ratio: float = LIMIT_RATIO,
    prior: SharedPrior | None = None,
) -> RiskScores:
    """Score every unit of a kind by its final return rate, and put it into two lists.

    Rates are those of sold order lines of which anything comes back in the end, whatever their age now: a
    hierarchical Beta-Binomial (product in category in merchant, variant in product; supplier, fulfilment type and
    brand against what their mix of categories would return) on exposure, that is lines x developed share. Frames that
    do not tell lines are taken to hold one unit in each.
    The interval's target is the unit's true final rate. Counts are divided by an over-dispersion factor.

    Args:
        sold: product_id, variant_id, category, supplier, fulfilment_type (brand where scored), window_class,
            horizon_days, order_week, start_date, quantity, line_count where known; one merchant's.
        returned: the same keys with lag_days, reason_class, quantity and line_count: lines of which these are the
            first units to come back.
        curves: tells developed shares; :class:`models.product_risk.counts.DevelopedCurves`.
        unit: 'product', 'variant', 'supplier', 'fulfilment_type' or 'brand'.
        unit_costs: unit_id, unit_cost_amount: the merchant's own cost of a return; None ranks by units.
        limit: a rate above which a unit is called faulty; None: ``limit_ratio`` x what is expected of its like.
        limit_ratio: see ``limit``.
        prior: expectations of another merchant; None: wide ones.

    Returns:
        The scores; an empty frame with the same columns where nothing was sold or returned.

    Raises:
        ValueError: an unknown kind of unit.
    """
    by = unit_columns(unit)
    counts = count_units(sold, returned, curves, by)
    ranked_by = "units" if unit_costs is None or unit_costs.is_empty() else "cost"
    if not len(counts.keys):
        return RiskScores(pl.DataFrame(schema=SCORE_SCHEMA), ranked_by, {}, {}, {})
    prior = prior or SharedPrior()
    scored, dispersion, hierarchies = {}, {}, {}
    for name, of_class in counts.classes.items():
        dispersion[name] = estimate_dispersion(of_class, counts.weeks, counts.sold)
        scored[name], hierarchies[name] = _score_class(
            counts, of_class, unit, dispersion[name], prior.of(name), (limit, limit_ratio)
        )
    frame = assemble(unit, counts, scored, _not_chance(scored))
    return RiskScores(
        with_lists(frame, unit_costs if ranked_by == "cost" else None, LEAST_PROBABILITY),
        ranked_by,
        dispersion,
        {name: hierarchy.shape.count for name, hierarchy in hierarchies.items()},
        {name: hierarchy.expectation for name, hierarchy in hierarchies.items()},
    )


def _score_class(
    counts: UnitCounts,
    of_class: ClassCounts,
    unit: str,
    dispersion: Dispersion,
    expectation: Expectation,
    limits: tuple[float | None, float],
) -> tuple[ClassScores, Hierarchy]:
    factors = dispersion.factors(of_class, counts.weeks)
    level, share, shrunk = _others(counts, of_class)
    offset = np.zeros(len(counts.keys)) if unit == "product" else np.log(shrunk / (1.0 - shrunk))
    if unit != "product":
        # the offset tells the level already, what is left is a ratio near one
        expectation = Expectation(0.0, 0.5, *_others_of(expectation))
    units = _effective(of_class, factors, _group_numbers(counts, unit), offset)
    hierarchy = fit_hierarchy(units, expectation, _LEAST_TRIALS if dispersion.constant > _CLUSTERED else 0.0)
    known = posterior(units, hierarchy)
    expected = _expected(units, hierarchy, unit)
    limit = np.minimum(limits[1] * expected, 1.0) if limits[0] is None else np.full(len(expected), limits[0])
    mean = known.mean()
    result = ClassScores(
        counts=of_class,
        expected=expected,
        limit=limit,
        mean=mean,
        # of a rate that is next to nothing the mean may lie outside of the central interval
        lower=np.minimum(known.quantile(0.05), mean),
        upper=np.maximum(known.quantile(0.95), mean),
        above=known.above(limit),
        p_values=excess_p_values(
            of_class.returned, of_class.unreturned, of_class.young, np.maximum(level, expected), share, factors
        ),
    )
    return result, hierarchy


def _others_of(expectation: Expectation) -> tuple[float, float, float, float]:
    return (
        expectation.log_concentration,
        expectation.log_concentration_spread,
        expectation.group_spread,
        expectation.concentration_spread,
    )


def _group_numbers(counts: UnitCounts, unit: str) -> tuple[np.ndarray, int]:
    """Number of each unit's group: its category, its product, or the only one."""
    if unit == "product":
        return counts.category, len(counts.categories)
    if unit == "variant":
        names = counts.keys["product_id"].rank("dense").to_numpy().astype(np.int64) - 1
        return names, int(names.max()) + 1
    return np.zeros(len(counts.keys), dtype=np.int64), 1


def _others(counts: UnitCounts, of_class: ClassCounts) -> tuple[Floats, Floats, Floats]:
    """Rate of the others in the unit's categories, the unit's share of the evidence, and the shrunken pooled rate."""
    groups, unit, category = len(counts.categories), counts.pair_unit, counts.pair_category
    exposure = np.bincount(category, of_class.pair_exposure, minlength=groups)
    returned = np.bincount(category, of_class.pair_returned, minlength=groups)
    rest = np.maximum(exposure[category] - of_class.pair_exposure, 0.0)
    rest_returned = np.maximum(returned[category] - of_class.pair_returned, 0.0)
    others = np.divide(rest_returned, rest, out=np.ones_like(rest), where=rest > 1e-9)
    of_pair = np.divide(of_class.pair_exposure, exposure[category], out=np.ones_like(rest), where=rest > 1e-9)
    whole = (returned.sum() + 0.5) / (exposure.sum() + 5.0)
    pooled = np.clip((returned + _SHRINK * whole) / (exposure + _SHRINK), 1e-6, 0.95)
    total = np.bincount(unit, of_class.pair_exposure, minlength=len(counts.keys))

    def mean(values: Floats, empty: float) -> Floats:
        sums = np.bincount(unit, values * of_class.pair_exposure, minlength=len(counts.keys))
        return np.divide(sums, total, out=np.full_like(sums, empty), where=total > 0)

    return np.clip(mean(others, 1.0), 1e-9, 1.0), mean(of_pair, 1.0), np.clip(mean(pooled[category], whole), 1e-6, 0.95)


def _effective(of_class: ClassCounts, factors: Floats, group: tuple[np.ndarray, int], offset: Floats) -> Units:
    """Counts whose Beta likelihood has the slope of the exact one, p^r x prod(1 - p G)^(n - r), near each unit's rate.

    A young unit without a return tells less than its exposure at a high rate, since p G is nearly p x G only where
    p is small.
    """
    pooled = (of_class.returned.sum() + 0.5) / (of_class.exposure.sum() + 5.0)
    kept = of_class.unreturned
    for _ in range(2):
        rate = np.clip((of_class.returned + 10.0 * pooled) / (of_class.returned + kept + 10.0), 0.0, 0.95)
        kept = of_class.unreturned * (1.0 - rate) / (1.0 - rate * np.minimum(of_class.young, 1.0))
    return Units(of_class.returned / factors, kept / factors, group[0], offset, group[1])


def _expected(units: Units, hierarchy: Hierarchy, unit: str) -> Floats:
    """What is expected of the unit's like: its category's mean; of a variant the category's, not its product's."""
    if unit != "variant":
        return group_means(units, hierarchy)
    spread = hierarchy.expectation.group_spread**2
    unknown = replace(
        hierarchy, place=np.zeros_like(hierarchy.place), place_variance=np.full_like(hierarchy.place, spread)
    )
    return group_means(units, unknown)


def _not_chance(scored: Mapping[str, ClassScores]) -> dict[str, np.ndarray]:
    """Which units are surely above the others: one control over 'all', one over all classes together."""
    names = [name for name in scored if name != CLASS_ALL]
    result = {CLASS_ALL: surely_not_chance(scored[CLASS_ALL].p_values, FALSE_SHARE_ALL)}
    if names:
        together = surely_not_chance(np.concatenate([scored[name].p_values for name in names]), FALSE_SHARE_CLASSES)
        result |= dict(zip(names, np.split(together, len(names)), strict=True))
    return result
