"""What is known of a unit's rate once its counts are in: mean, interval, probability above a limit.

A mixture of Betas: one for each component of the shape, in which the uncertainty about the group's place and
concentration is put by matching mean and variance over nine nodes. Not here: fitting (``hierarchy``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.product_risk.beta_binomial import Floats, log_marginal, shapes
from models.product_risk.hierarchy import Hierarchy, Units

_NODES = np.array([-np.sqrt(3.0), 0.0, np.sqrt(3.0)])
_NODE_WEIGHTS = np.array([1.0, 4.0, 1.0]) / 6.0
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
    for node, weight in zip(_NODES, _NODE_WEIGHTS, strict=True):
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
    shape = hierarchy.shape
    weights, firsts, seconds = [], [], []
    for share, place, concentration in zip(shape.weights, shape.places, shape.log_concentrations, strict=True):
        weight, first, second = _component(units, hierarchy, place, concentration)
        weights.append(np.log(share) + weight)
        firsts.append(first)
        seconds.append(second)
    logs = np.stack(weights, axis=1)
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return Mixture(shares / shares.sum(axis=1, keepdims=True), np.stack(firsts, axis=1), np.stack(seconds, axis=1))


def _component(units: Units, hierarchy: Hierarchy, place: float, concentration: float) -> tuple[Floats, Floats, Floats]:
    """Log marginal likelihood at the group's mode, and the Beta that matches mean and variance over the nodes."""
    group = units.group
    deviation = np.sqrt(hierarchy.place_variance)
    slope = hierarchy.covariance / np.maximum(hierarchy.place_variance, 1e-12)
    rest = np.sqrt(np.maximum(hierarchy.scale_variance - slope * hierarchy.covariance, 0.0))
    mean, square = np.zeros(len(group)), np.zeros(len(group))
    for node, weight in zip(_NODES, _NODE_WEIGHTS, strict=True):
        for other, other_weight in zip(_NODES, _NODE_WEIGHTS, strict=True):
            moved = hierarchy.place + node * deviation
            scale = hierarchy.scale + node * slope * deviation + other * rest + concentration
            first, second = shapes(units.offset + moved[group] + place, np.clip(scale, -0.7, 10.5)[group])
            first, second = first + units.returned, second + units.kept
            both = first + second
            share = first / both
            mean += weight * other_weight * share
            square += weight * other_weight * (share * (1.0 - share) / (both + 1.0) + share**2)
    variance = np.clip(square - mean**2, 1e-15, 0.98 * mean * (1.0 - mean))
    total = mean * (1.0 - mean) / variance - 1.0
    at = units.offset + hierarchy.place[group] + place
    scale = np.clip(hierarchy.scale + concentration, -0.7, 10.5)[group]
    return log_marginal(units.returned, units.kept, at, scale), mean * total, (1.0 - mean) * total
