"""The law of rates within a group: one Beta, or a mixture of two or three where the counts prefer it.

Belongs here: the shape that groups share. Not here: where each group lies (``hierarchy``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.product_risk.beta_binomial import Floats, gradient, log_marginal

MOST_COMPONENTS = 3
LEAST_CONCENTRATION, MOST_CONCENTRATION = 0.7, 30_000.0
_ROUNDS = 25
_MOST_UNSURE = 0.6


@dataclass(frozen=True)
class Shape:
    """A mixture of Betas relative to a group's place.

    Attributes:
        weights: share of each component, sums to one.
        places: each component's mean on the logit scale, less the group's place; shape (components,).
        log_concentrations: log of each component's concentration, less the group's scale.
    """

    weights: Floats
    places: Floats
    log_concentrations: Floats

    @property
    def count(self) -> int:
        """Number of components."""
        return len(self.weights)


@dataclass(frozen=True)
class Counts:
    """Effective counts of units with the place and scale of the group that each is in, and how many are alike."""

    returned: Floats
    kept: Floats
    place: Floats
    scale: Floats
    times: Floats


def single(logit_mean: float, log_concentration: float) -> Shape:
    """One Beta."""
    return Shape(np.ones(1), np.array([logit_mean]), np.array([log_concentration]))


def component_logs(counts: Counts, shape: Shape) -> Floats:
    """Log of weight x marginal likelihood; shape (units, components)."""
    columns = [
        np.log(weight) + log_marginal(counts.returned, counts.kept, counts.place + place, counts.scale + scale)
        for weight, place, scale in zip(shape.weights, shape.places, shape.log_concentrations, strict=True)
    ]
    return np.stack(columns, axis=1)


def log_sum(columns: Floats) -> Floats:
    """Log of the sum of exponentials over the last axis."""
    top = columns.max(axis=-1)
    return top + np.log(np.exp(columns - top[..., None]).sum(axis=-1))


def choose_shape(counts: Counts, start: Shape, units: float) -> Shape:
    """Take a second and a third Beta where the Bayesian information criterion prefers them.

    Args:
        counts: alike units put together.
        start: the best single Beta.
        units: number of units, the sample size of the criterion.

    Returns:
        The shape with the smallest criterion (Schwarz 1978); the given one where the counts are too few to tell.
    """
    best, best_score = start, _score(counts, start, units)
    if units < 30:
        return best
    smaller = start
    for _ in range(1, MOST_COMPONENTS):
        tried = [_maximise(counts, candidate) for candidate in _splits(smaller, counts)]
        scores = [_score(counts, shape, units) for shape in tried]
        smaller = tried[int(np.argmin(scores))]
        if min(scores) < best_score - 1e-6:
            best, best_score = smaller, min(scores)
        elif smaller.count > best.count:
            break
    return best


def fit_shape(counts: Counts, shape: Shape) -> Shape:
    """The likeliest shape with as many components, from a start."""
    return _maximise(counts, shape)


def unsure_shapes(counts: Counts, shape: Shape, others: int) -> list[Shape]:
    """Shapes as far from the likeliest as the counts leave open: sigma points of the Laplace approximation.

    Two for each parameter, all with the same weight, so that their mean and covariance are the posterior's (Julier
    and Uhlmann 1997). ``others`` is the number of further unsure numbers, whose points share the weight.
    """
    number = shape.count
    point = _pack(shape)
    units = max(float(counts.times.sum()), 1.0)
    rows = []
    for index in range(len(point)):
        move = np.zeros(len(point))
        move[index] = 1e-3
        ends = [_objective(point + sign * move, counts, number, 1.0 / units)[1] for sign in (1.0, -1.0)]
        rows.append((ends[0] - ends[1]) / 2e-3 * units)
    curvature = np.stack(rows)
    values, vectors = np.linalg.eigh(0.5 * (curvature + curvature.T))
    spread = np.sqrt(len(point) + others) * np.minimum(1.0 / np.sqrt(np.maximum(values, 1e-6)), _MOST_UNSURE)
    moves = [sign * spread[index] * vectors[:, index] for index in range(len(point)) for sign in (1.0, -1.0)]
    return [_unpack(point + move, number) for move in moves]


def _pack(shape: Shape) -> Floats:
    return np.concatenate([np.log(shape.weights[1:] / shape.weights[0]), shape.places, shape.log_concentrations])


def _score(counts: Counts, shape: Shape, units: float) -> float:
    value = float(counts.times @ log_sum(component_logs(counts, shape)))
    return -2.0 * value + (3 * shape.count - 1) * float(np.log(max(units, 2.0)))


def _splits(shape: Shape, counts: Counts) -> list[Shape]:
    """Starts with one component more: the widest split in two, or a small one far above it."""
    spread = np.exp(-0.5 * shape.log_concentrations) * np.sqrt(2.0 + np.exp(shape.places) + np.exp(-shape.places))
    widest = int(np.argmax(spread * np.sqrt(shape.weights)))
    starts = []
    for share, below, above in ((0.5, -0.8, 0.8), (0.1, -0.15, 2.0)):
        step = min(float(spread[widest]), 1.5)
        weights = np.append(shape.weights, shape.weights[widest] * share)
        weights[widest] *= 1.0 - share
        places = np.append(shape.places, shape.places[widest] + above * step)
        places[widest] += below * step
        narrow = shape.log_concentrations[widest] + 0.7
        scales = np.append(shape.log_concentrations, narrow)
        scales[widest] = narrow
        starts.append(Shape(weights, places, scales))
    return starts


def _maximise(counts: Counts, start: Shape) -> Shape:
    from scipy.optimize import minimize

    number = start.count
    low, high = np.log(LEAST_CONCENTRATION), np.log(MOST_CONCENTRATION)
    bounds = [(-6.0, 6.0)] * (number - 1) + [(-12.0, 8.0)] * number + [(low - 3.0, high)] * number
    origin = np.clip(
        _pack(start),
        [bound[0] for bound in bounds],
        [bound[1] for bound in bounds],
    )
    scale = 1.0 / max(float(counts.times.sum()), 1.0)
    found = minimize(
        lambda point: _objective(point, counts, number, scale),
        origin,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": _ROUNDS * number, "ftol": 1e-7, "gtol": 1e-6},
    )
    return _ordered(_unpack(found.x, number))


def _unpack(point: Floats, number: int) -> Shape:
    ratio = np.concatenate([[0.0], point[: number - 1]])
    weights = np.exp(ratio - ratio.max())
    return Shape(weights / weights.sum(), point[number - 1 : 2 * number - 1], point[2 * number - 1 :])


def _ordered(shape: Shape) -> Shape:
    order = np.argsort(shape.places, kind="stable")
    return Shape(shape.weights[order], shape.places[order], shape.log_concentrations[order])


def _objective(point: Floats, counts: Counts, number: int, scale: float) -> tuple[float, Floats]:
    """Minus log likelihood a unit with its gradient; a weak pull keeps concentrations from running away."""
    shape = _unpack(point, number)
    parts = [
        gradient(counts.returned, counts.kept, counts.place + place, counts.scale + concentration)
        for place, concentration in zip(shape.places, shape.log_concentrations, strict=True)
    ]
    columns = np.stack([part[0] for part in parts], axis=1) + np.log(shape.weights)
    values = log_sum(columns)
    shares = np.exp(columns - values[:, None]) * counts.times[:, None]
    held = shares.sum(axis=0)
    by_weight = (held - shape.weights * counts.times.sum())[1:]
    by_place = np.array([shares[:, index] @ part[1] for index, part in enumerate(parts)])
    by_scale = np.array([shares[:, index] @ part[2] for index, part in enumerate(parts)])
    pull = (shape.log_concentrations - 3.5) / 2.0
    value = float(counts.times @ values) - 0.5 * float(pull @ pull)
    slopes = np.concatenate([by_weight, by_place, by_scale - pull / 2.0])
    return -value * scale, -slopes * scale
