"""The identity: a change of a sum of products, shared among its three factors without a remainder.

The observed rate of a period is the sum over groups of ``share of units x developed share x rate``. Its change
between two periods is shared by Shapley's rule (the mean over all orders in which the factors could have changed
one after another; Shorrocks 2013, J. Econ. Inequality 11), so that the parts need no order and no remainder.
What groups are, and how sure a part is, does not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Side:
    """One period's factors, each an array over the same groups.

    Attributes:
        share: the group's share of the shipped units (0-1, sums to 1).
        developed: developed share of its units (0-1).
        rate: returned units / exposure.
    """

    share: NDArray[np.float64]
    developed: NDArray[np.float64]
    rate: NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """Parts of the change of the observed rate, one value a group; over all groups they add up to the change.

    Attributes:
        mix: from other shares of the groups; a group's own value is measured against the shop's level, so that a
            group of the average rate has none however its share moves. The sum is the same either way.
        rate: from other rates within the groups.
        maturity: from other developed shares.
        rate_weight: what a group's rate part is per point of its rate's change.
        mix_weight_before: what the sum of the mix parts is per point of the group's rate before; after likewise.
        mix_weight_after: see there.
        maturity_weight_before: what the maturity part is per point of the group's rate before; after likewise.
        maturity_weight_after: see there.
    """

    mix: NDArray[np.float64]
    rate: NDArray[np.float64]
    maturity: NDArray[np.float64]
    rate_weight: NDArray[np.float64]
    mix_weight_before: NDArray[np.float64]
    mix_weight_after: NDArray[np.float64]
    maturity_weight_before: NDArray[np.float64]
    maturity_weight_after: NDArray[np.float64]


def shapley_parts(before: Side, after: Side) -> Parts:
    """Share the change of ``sum(share x developed x rate)`` among its factors.

    Args:
        before: factors of the first period, finite everywhere; where a group has no units any finite value does.
        after: factors of the second.

    Returns:
        The parts and the weights by which they depend on the rates, from which their errors follow.
    """
    share_change = after.share - before.share
    developed_change = after.developed - before.developed
    rate_weight = _joint(before.share, after.share, before.developed, after.developed)
    raw_mix_weight = _joint(before.developed, after.developed, before.rate, after.rate)
    maturity_weight = _joint(before.share, after.share, before.rate, after.rate)
    mean_share = (before.share + after.share) / 2
    level = float(np.sum(mean_share * raw_mix_weight)) / max(float(np.sum(mean_share)), 1e-12)
    return Parts(
        mix=(raw_mix_weight - level) * share_change,
        rate=rate_weight * (after.rate - before.rate),
        maturity=maturity_weight * developed_change,
        rate_weight=rate_weight,
        mix_weight_before=share_change * (before.developed / 3 + after.developed / 6),
        mix_weight_after=share_change * (after.developed / 3 + before.developed / 6),
        maturity_weight_before=developed_change * (before.share / 3 + after.share / 6),
        maturity_weight_after=developed_change * (after.share / 3 + before.share / 6),
    )


def _joint(
    first_before: NDArray[np.float64],
    first_after: NDArray[np.float64],
    second_before: NDArray[np.float64],
    second_after: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Weight of the third factor's change: both others as they were, as they are, and one of each."""
    return (first_before * second_before + first_after * second_after) / 3 + (
        first_before * second_after + first_after * second_before
    ) / 6
