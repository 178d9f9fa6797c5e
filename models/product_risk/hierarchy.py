"""Groups within a merchant: each group's place and concentration, shrunk to the merchant's as far as it is unsure.

Belongs here: the hierarchical Beta-Binomial by marginal likelihood (Laplace approximation for the groups). Not
here: counting (``counts``), what follows for a unit (``posterior``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.product_risk.beta_binomial import Floats, derivatives
from models.product_risk.components import Counts, Shape, choose_shape, fit_shape, single, unsure_shapes
from models.product_risk.shared_prior import Expectation

Integers = NDArray[np.int64]
_ROUNDS, _STEPS, _SETTLED = 8, 2, 3e-3
_PSEUDO_GROUPS = 2.0
_ENOUGH_UNITS = 200
_SURE = 2e-3
"""Mean variance of groups' places below which they are taken as known."""
NODES = np.array([-np.sqrt(3.0), 0.0, np.sqrt(3.0)])
NODE_WEIGHTS = np.array([1.0, 4.0, 1.0]) / 6.0
"""Gauss and Hermite's for a normal law: exact for mean, variance and fourth moment."""


@dataclass(frozen=True)
class Units:
    """Effective counts of units, the group of each, and its own offset on the logit scale."""

    returned: Floats
    kept: Floats
    group: Integers
    offset: Floats
    groups: int


@dataclass(frozen=True)
class Hierarchy:
    """What was learned of the groups.

    Attributes:
        shape: law of rates within a group, relative to its place.
        unsure: laws as far from it as the counts leave open, all as likely; only where there are more Betas than one,
            else the groups' variances tell it.
        place, scale: most probable place (logit) and log concentration of each group, relative to ``shape``.
        place_variance, scale_variance, covariance: how unsure they are (Laplace).
        expectation: the same for groups not seen yet; what another merchant may be given.
    """

    shape: Shape
    place: Floats
    scale: Floats
    place_variance: Floats
    scale_variance: Floats
    covariance: Floats
    expectation: Expectation
    unsure: tuple[Shape, ...] = ()


@dataclass(frozen=True)
class _Table:
    """Units put together where they are alike."""

    returned: Floats
    kept: Floats
    offset: Floats
    group: Integers
    times: Floats


def fit_hierarchy(units: Units, expectation: Expectation, least_trials: float = 0.0) -> Hierarchy:
    """Fit shape, spread of groups and each group's place by marginal likelihood.

    Args:
        units: effective counts with groups numbered from 0.
        expectation: the belief before any count; wide unless another merchant shares.
        least_trials: smaller units teach nothing, as long as 200 larger ones do. Counts divided by a dispersion are
            fractions, whose likelihood leans to a high concentration where they are small.

    Returns:
        The hierarchy; with no evidence at all it is the expectation itself.
    """
    trials = units.returned + units.kept
    teaching = trials >= least_trials
    if teaching.sum() < _ENOUGH_UNITS:
        teaching = np.ones(len(trials), dtype=bool)
    table = _alike(units, teaching)
    state = _start(units, expectation)
    for _ in range(_ROUNDS):
        before = state
        state = _pooled(table, state, expectation)
        if units.groups > 1:
            state = _groups(table, state, _STEPS)
        state = _spreads(state, expectation)
        if _moved(before, state) < _SETTLED:
            break
    informative = float(table.times[table.returned + table.kept > 0.5].sum())
    counts = _counts(table, state)
    shape = choose_shape(counts, state.shape, informative)
    if shape.count > 1:
        for _ in range(2 if units.groups > 1 else 0):
            state = _groups(table, replace(state, shape=shape), _STEPS)
            state = _spreads(state, expectation)
            shape = fit_shape(_counts(table, state), shape)
        others = 2 if units.groups > 1 else 0
        state = replace(state, shape=shape)
        state = replace(state, unsure=tuple(unsure_shapes(_counts(table, state), shape, others)))
        if units.groups == 1:
            state = replace(state, place_variance=np.zeros(1), scale_variance=np.zeros(1), covariance=np.zeros(1))
    return state


def _moved(before: Hierarchy, after: Hierarchy) -> float:
    """How far centre, concentration and spreads went in a round."""

    def numbers(state: Hierarchy) -> Floats:
        learned = state.expectation
        return np.array([*state.shape.places, *state.shape.log_concentrations, learned.group_spread])

    return float(np.abs(numbers(after) - numbers(before)).max())


def _start(units: Units, expectation: Expectation) -> Hierarchy:
    zeros = np.zeros(units.groups)
    returned, trials = units.returned.sum(), (units.returned + units.kept).sum()
    share = (returned + 0.5) / (trials + 0.5 + 0.5 * np.exp(-expectation.logit_mean))
    centre = float(np.log(share / (1.0 - share)) - np.mean(units.offset)) if trials else expectation.logit_mean
    return Hierarchy(single(centre, expectation.log_concentration), zeros, zeros, zeros, zeros, zeros, expectation)


def _alike(units: Units, teaching: NDArray[np.bool_]) -> _Table:
    """Put units together whose group is the same and whose counts differ by less than they tell."""
    units = Units(
        units.returned[teaching], units.kept[teaching], units.group[teaching], units.offset[teaching], units.groups
    )
    trials = units.returned + units.kept
    keys = np.stack(
        [
            units.group,
            np.round(np.log1p(trials) / 0.06).astype(np.int64),
            np.round(8.0 * np.sqrt(units.returned)).astype(np.int64),
            np.round(units.offset / 0.05).astype(np.int64),
        ]
    )
    _, inverse, times = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    inverse = inverse.ravel()

    def mean(values: Floats) -> Floats:
        return np.bincount(inverse, values, minlength=len(times)) / times

    group = np.zeros(len(times), dtype=np.int64)
    group[inverse] = units.group
    return _Table(mean(units.returned), mean(units.kept), mean(units.offset), group, times.astype(float))


def _counts(table: _Table, state: Hierarchy) -> Counts:
    """The units at three nodes over what is unsure of their groups' places: the expectation of an EM step.

    At the most probable places the units of a small group lie nearer to them than to the true ones, and the law of
    rates would look narrower than it is (Neyman and Scott 1948).
    """
    place, scale = table.offset + state.place[table.group], state.scale[table.group]
    deviation = np.sqrt(state.place_variance)[table.group]
    if len(state.place) == 1 or table.times @ deviation**2 < _SURE * table.times.sum():
        return Counts(table.returned, table.kept, place, scale, table.times)
    spread = Counts(
        np.tile(table.returned, len(NODES)),
        np.tile(table.kept, len(NODES)),
        np.concatenate([place + node * deviation for node in NODES]),
        np.tile(scale, len(NODES)),
        np.concatenate([table.times * weight for weight in NODE_WEIGHTS]),
    )
    return _merged(spread)


def _merged(counts: Counts) -> Counts:
    """Put together what is alike whatever its group: units of small groups are many, and their counts are few."""
    trials = counts.returned + counts.kept
    sizes = (
        np.log1p(trials) / 0.06,
        8.0 * np.sqrt(counts.returned),
        counts.place / 0.1,
        counts.scale / 0.2,
    )
    key = np.zeros(len(trials), dtype=np.int64)
    for size in sizes:
        number = np.round(size).astype(np.int64)
        number -= number.min()
        key = key * (int(number.max()) + 1) + number
    _, inverse = np.unique(key, return_inverse=True)
    times = np.bincount(inverse, counts.times).astype(np.float64)

    def mean(values: Floats) -> Floats:
        return np.bincount(inverse, values * counts.times) / times

    return Counts(mean(counts.returned), mean(counts.kept), mean(counts.place), mean(counts.scale), times)


def _pooled(table: _Table, state: Hierarchy, expectation: Expectation) -> Hierarchy:
    """Newton steps for the merchant's centre and concentration, over what is known of the groups' places."""
    counts = _counts(table, state)
    one = np.zeros(len(counts.times), dtype=np.int64)
    flat = _Table(counts.returned, counts.kept, counts.place, one, counts.times)
    centre = Hierarchy(
        single(0.0, 0.0),
        state.shape.places.copy(),
        state.shape.log_concentrations.copy(),
        np.zeros(1),
        np.zeros(1),
        np.zeros(1),
        expectation,
    )
    prior = (
        expectation.logit_mean,
        expectation.logit_mean_spread**-2,
        expectation.log_concentration,
        expectation.log_concentration_spread**-2,
    )
    moved = _newton(flat, centre, prior, _STEPS, counts.scale)
    state = replace(state, shape=single(float(moved.place[0]), float(moved.scale[0])))
    if len(state.place) > 1:
        return state
    # a shop with one group has no spread of groups to learn: what is unsure is its only centre and concentration
    return replace(
        state,
        place_variance=moved.place_variance,
        scale_variance=moved.scale_variance,
        covariance=moved.covariance,
    )


def _groups(table: _Table, state: Hierarchy, steps: int) -> Hierarchy:
    """Newton steps for every group's place and scale at once."""
    prior = (0.0, state.expectation.group_spread**-2, 0.0, state.expectation.concentration_spread**-2)
    return _newton(table, state, prior, steps, None)


def _spreads(state: Hierarchy, expectation: Expectation) -> Hierarchy:
    """Spread of groups: the expected squares of their places, with two pseudo-groups of the expectation."""
    groups = len(state.place)

    def spread(values: Floats, variances: Floats, before: float) -> float:
        squares = float(np.sum(values**2 + variances)) if groups > 1 else before**2
        number = groups if groups > 1 else 1
        return float(np.sqrt((squares + _PSEUDO_GROUPS * before**2) / (number + _PSEUDO_GROUPS)))

    learned = replace(
        state.expectation,
        logit_mean=float(state.shape.weights @ state.shape.places),
        log_concentration=float(state.shape.weights @ state.shape.log_concentrations),
        group_spread=spread(state.place, state.place_variance, expectation.group_spread),
        concentration_spread=spread(state.scale, state.scale_variance, expectation.concentration_spread),
    )
    return replace(state, expectation=learned)


def _newton(
    table: _Table, state: Hierarchy, prior: tuple[float, float, float, float], steps: int, scale: Floats | None
) -> Hierarchy:
    """Levenberg-Marquardt steps of each group on its own, all groups at once; a step that does not help is undone."""
    place, own_scale = state.place.copy(), state.scale.copy()
    extra = np.zeros(len(table.times)) if scale is None else scale
    damping = np.zeros(len(place))
    value, gradient, curvature = _sums(table, state.shape, place, own_scale, prior, extra)
    for _ in range(steps):
        step = _step(gradient, curvature, damping)
        new = _sums(table, state.shape, place + step[0], own_scale + step[1], prior, extra)
        better = new[0] >= value - 1e-9
        place, own_scale = place + np.where(better, step[0], 0.0), own_scale + np.where(better, step[1], 0.0)
        value = np.where(better, new[0], value)
        gradient = np.where(better, new[1], gradient)
        curvature = np.where(better, new[2], curvature)
        damping = np.where(better, damping / 10.0, np.maximum(damping * 10.0, 1.0))
    xx, xk, kk = _positive(curvature, prior)
    determinant = xx * kk - xk**2
    return replace(
        state,
        place=place,
        scale=own_scale,
        place_variance=kk / determinant,
        scale_variance=xx / determinant,
        covariance=-xk / determinant,
    )


def _sums(
    table: _Table, shape: Shape, place: Floats, scale: Floats, prior: tuple[float, float, float, float], extra: Floats
) -> tuple[Floats, Floats, Floats]:
    """Log posterior of each group, its gradient (2, groups) and curvature (3, groups), Louis' formula for mixtures."""
    at, wide = table.offset + place[table.group], extra + scale[table.group]
    parts = [
        derivatives(table.returned, table.kept, at + centre, np.clip(wide + concentration, -0.7, 10.5))
        for centre, concentration in zip(shape.places, shape.log_concentrations, strict=True)
    ]
    columns = np.stack([part.value for part in parts], axis=1) + np.log(shape.weights)
    top = columns.max(axis=1)
    shares = np.exp(columns - top[:, None])
    whole = shares.sum(axis=1)
    shares /= whole[:, None]
    firsts = [np.zeros(len(top)) for _ in range(2)]
    seconds = [np.zeros(len(top)) for _ in range(3)]
    for share, part in zip(shares.T, parts, strict=True):
        firsts = [old + share * new for old, new in zip(firsts, (part.by_x, part.by_k), strict=True)]
        full = (part.by_xx + part.by_x**2, part.by_xk + part.by_x * part.by_k, part.by_kk + part.by_k**2)
        seconds = [old + share * new for old, new in zip(seconds, full, strict=True)]
    seconds = [
        seconds[0] - firsts[0] ** 2,
        seconds[1] - firsts[0] * firsts[1],
        seconds[2] - firsts[1] ** 2,
    ]
    middle, precision, middle_k, precision_k = prior

    def by_group(values: Floats) -> Floats:
        return np.bincount(table.group, values * table.times, minlength=len(place)).astype(np.float64)

    away, away_k = place - middle, scale - middle_k
    value = by_group(top + np.log(whole)) - 0.5 * (precision * away**2 + precision_k * away_k**2)
    gradient = np.stack([by_group(firsts[0]) - precision * away, by_group(firsts[1]) - precision_k * away_k])
    curvature = np.stack([by_group(seconds[0]) - precision, by_group(seconds[1]), by_group(seconds[2]) - precision_k])
    return value, gradient, curvature


def _positive(curvature: Floats, prior: tuple[float, float, float, float]) -> tuple[Floats, Floats, Floats]:
    """Minus the curvature, made positive definite: never surer than it says, never less than half the prior."""
    xx = np.maximum(-curvature[0], 0.5 * prior[1])
    kk = np.maximum(-curvature[2], 0.5 * prior[3])
    most = 0.95 * np.sqrt(xx * kk)
    return xx, np.clip(-curvature[1], -most, most), kk


def _step(gradient: Floats, curvature: Floats, damping: Floats) -> Floats:
    xx, xk, kk = _positive(curvature, (0.0, 1e-6, 0.0, 1e-6))
    xx, kk = xx * (1.0 + damping) + 1e-9, kk * (1.0 + damping) + 1e-9
    determinant = xx * kk - xk**2
    step = np.stack([(kk * gradient[0] - xk * gradient[1]), (xx * gradient[1] - xk * gradient[0])]) / determinant
    return np.clip(step, -1.0, 1.0)
