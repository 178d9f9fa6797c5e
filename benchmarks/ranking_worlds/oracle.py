"""The rule that knows the law of true rates, the lags, and by how much returns cluster; it sees the same counts.

Its posterior is exact on a fine grid of rates: each week's goods count with their own developed share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.ranking_worlds.worlds import Floats, Shop

_GRID = 1_000
_CHUNK = 500


@dataclass(frozen=True)
class Known:
    """What the rule says of each unit.

    Attributes:
        mean: posterior mean of the rate.
        lower, upper: its central 90 % interval.
        above: probability of a rate above 1.5 x the law's mean.
        expected: mean of the unit's law.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    above: Floats
    expected: Floats


def know(shop: Shop) -> Known:
    """Apply the rule to a shop."""
    edges = np.linspace(np.log(1e-4 / (1 - 1e-4)), np.log(0.97 / 0.03), _GRID)
    rates = 1.0 / (1.0 + np.exp(-edges))
    step = rates * (1.0 - rates)
    densities = np.stack([law.density(rates) * step for law in shop.world.laws])
    expected = np.array([law.mean for law in shop.world.laws])[shop.category]
    logs = np.log(np.maximum(densities, 1e-300))
    back, kept = _weighed(shop)
    keeps = np.log1p(-rates[None, :] * shop.developed[:, None])
    columns = [
        _summaries(
            logs[shop.category[part]] + back[part].sum(axis=1)[:, None] * np.log(rates) + kept[part] @ keeps,
            rates,
            1.5 * expected[part],
        )
        for part in np.array_split(np.arange(shop.world.units), max(shop.world.units // _CHUNK, 1))
    ]
    mean, lower, upper, above = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Known(mean, lower, upper, above, expected)


def _weighed(shop: Shop) -> tuple[Floats, Floats]:
    """Goods back and kept, divided by the variance factor that the world has: clusters and weekly shocks."""
    factor = 2.0 * shop.world.cluster - 1.0
    factor = factor + shop.world.shock * shop.developed * np.maximum(shop.sold - 1.0, 0.0)
    return shop.returned / factor, (shop.sold - shop.returned) / factor


def _summaries(logs: Floats, rates: Floats, limit: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    cumulative = np.cumsum(weights, axis=1)
    cumulative /= cumulative[:, -1:]
    weights /= weights.sum(axis=1, keepdims=True)
    at = np.minimum(np.searchsorted(rates, limit), len(rates) - 1)
    above = 1.0 - cumulative[np.arange(len(limit)), at]
    return weights @ rates, _quantile(cumulative, rates, 0.05), _quantile(cumulative, rates, 0.95), above


def _quantile(cumulative: Floats, rates: Floats, share: float) -> Floats:
    index: NDArray[np.int64] = np.clip((cumulative < share).sum(axis=1), 1, len(rates) - 1)
    row = np.arange(len(index))
    below, above = cumulative[row, index - 1], cumulative[row, index]
    part = np.clip((share - below) / np.maximum(above - below, 1e-300), 0.0, 1.0)
    return rates[index - 1] + part * (rates[index] - rates[index - 1])
