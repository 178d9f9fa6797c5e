"""What is known of a unit's rate once its counts are in: mean, interval, probability above a limit.

A mixture of Betas: one for each component of the shape, in which the uncertainty about shape and group is put by
matching mean and variance over a handful of nodes. Not here: fitting (``hierarchy``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.product_risk.beta_binomial import Floats, log_marginal, shapes
from models.product_risk.components import Shape
from models.product_risk.hierarchy import NODE_WEIGHTS, NODES, Hierarchy, Units

_HALVINGS = 22


@dataclass(frozen=True)
class Mixture:
    """Betas a unit; each array has shape (units, components)."""

    weights: Floats
    first: Floats
    second: Floats

    def mean(self) -> Floats:
        """Posterior mean of each unit's rate."""
        return (self.weights * self.first / (self.first + self.second)).sum(axis=1)

    def above(self, limit: Floats) -> Floats:
        """Probability that each unit's rate lies above its limit."""
        from scipy.special import betaincc

        tails = betaincc(self.first, self.second, np.clip(limit, 0.0, 1.0)[:, None])
        return np.clip((self.weights * tails).sum(axis=1), 0.0, 1.0)

    def quantile(self, share: float) -> Floats:
        """The rate below which each unit lies with that probability."""
        from scipy.special import betainc, betaincinv

        each = betaincinv(self.first, self.second, share)
        if each.shape[1] == 1:
            return each[:, 0]
        low, high = each.min(axis=1), each.max(axis=1)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            below = (self.weights * betainc(self.first, self.second, middle[:, None])).sum(axis=1) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return 0.5 * (low + high)


def group_means(units: Units, hierarchy: Hierarchy) -> Floats:
    """The rate expected of each unit before its own counts: the mean of its group's law, at the unit's offset."""
    total = np.zeros(len(units.group))
    shape = hierarchy.shape
    deviation = np.sqrt(hierarchy.place_variance)[units.group]
    for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
        at = units.offset + hierarchy.place[units.group] + node * deviation
        for share, place in zip(shape.weights, shape.places, strict=True):
            total += weight * share / (1.0 + np.exp(-(at + place)))
    return total


def posterior(units: Units, hierarchy: Hierarchy) -> Mixture:
    """Combine each unit's counts with the law of its group.

    Args:
        units: effective counts.
        hierarchy: what was fitted, the units' own counts included: nodes are weighed by all counts, so that
            a group of one unit is not counted twice.

    Returns:
        One mixture a unit, with as many Betas as the shape has components.
    """
    moments = _Moments(len(units.group), hierarchy.shape.count)
    for node in _nodes(hierarchy):
        moments.add(node, units)
    return moments.mixture()


@dataclass(frozen=True)
class _Node:
    """One way that shape and groups may be, and its weight."""

    weight: float
    shape: Shape
    place: Floats
    scale: Floats


def _nodes(hierarchy: Hierarchy) -> list[_Node]:
    """Nine nodes over groups' place and scale; with an unsure shape, sigma points over both together."""
    deviation = np.sqrt(hierarchy.place_variance)
    slope = hierarchy.covariance / np.maximum(deviation, 1e-9)
    rest = np.sqrt(np.maximum(hierarchy.scale_variance - slope**2, 0.0))

    def at(weight: float, first: float, second: float) -> _Node:
        place = hierarchy.place + first * deviation
        return _Node(weight, hierarchy.shape, place, hierarchy.scale + first * slope + second * rest)

    if not hierarchy.unsure:
        pairs = list(zip(NODES, NODE_WEIGHTS, strict=True))
        return [at(one[1] * two[1], one[0], two[0]) for one in pairs for two in pairs]
    moved = [(0.0, 0.0)] if len(hierarchy.place) == 1 else [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)]
    far = 0.0 if len(moved) == 1 else np.sqrt(len(hierarchy.unsure) / 2.0 + 2.0)
    shapes_of = [_Node(1.0, shape, hierarchy.place, hierarchy.scale) for shape in hierarchy.unsure]
    groups_of = [at(1.0, far * first, far * second) for first, second in moved] if far else []
    return [replace(node, weight=1.0 / len(shapes_of + groups_of)) for node in shapes_of + groups_of]


class _Moments:
    """Weight, mean and mean square of each component, summed over nodes."""

    def __init__(self, units: int, components: int) -> None:
        self.weight, self.mean, self.square = (np.zeros((units, components)) for _ in range(3))

    def add(self, node: _Node, units: Units) -> None:
        shape, group = node.shape, units.group
        firsts, seconds, logs = [], [], []
        for share, place, scale in zip(shape.weights, shape.places, shape.log_concentrations, strict=True):
            at, wide = units.offset + node.place[group] + place, np.clip(node.scale[group] + scale, -0.7, 10.5)
            first, second = shapes(at, wide)
            firsts.append(first + units.returned)
            seconds.append(second + units.kept)
            one = shape.count == 1
            logs.append(
                np.zeros_like(at) if one else np.log(share) + log_marginal(units.returned, units.kept, at, wide)
            )
        columns = np.stack(logs, axis=1)
        weights = np.exp(columns - columns.max(axis=1, keepdims=True))
        weights *= node.weight / weights.sum(axis=1, keepdims=True)
        first, both = np.stack(firsts, axis=1), np.stack(firsts, axis=1) + np.stack(seconds, axis=1)
        share_back = first / both
        self.weight += weights
        self.mean += weights * share_back
        self.square += weights * (share_back * (1.0 - share_back) / (both + 1.0) + share_back**2)

    def mixture(self) -> Mixture:
        weight = np.maximum(self.weight, 1e-300)
        mean = np.clip(self.mean / weight, 1e-9, 1.0 - 1e-9)
        variance = np.clip(self.square / weight - mean**2, 1e-15, 0.98 * mean * (1.0 - mean))
        total = mean * (1.0 - mean) / variance - 1.0
        return Mixture(self.weight / self.weight.sum(axis=1, keepdims=True), mean * total, (1.0 - mean) * total)
