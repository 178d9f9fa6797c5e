"""What one merchant's rates may teach another, where both share: six numbers per reason class, no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean, pvariance

SHOPS_DIFFER = 0.7
"""Standard deviation, on the scales of the logit and of the log concentration, by which shops differ at least."""


@dataclass(frozen=True)
class Expectation:
    """What is believed of the rates before any return of the merchant is seen.

    Attributes:
        logit_mean: centre of the rates of groups, logit scale.
        logit_mean_spread: standard deviation of that belief.
        log_concentration: log of the Beta's concentration (units of evidence that the group is worth).
        log_concentration_spread: standard deviation of that belief.
        group_spread: standard deviation of groups' centres, logit scale.
        concentration_spread: standard deviation of groups' log concentrations.
    """

    logit_mean: float = -2.2
    logit_mean_spread: float = 2.0
    log_concentration: float = 3.0
    log_concentration_spread: float = 1.5
    group_spread: float = 0.4
    concentration_spread: float = 0.5


@dataclass(frozen=True)
class SharedPrior:
    """Expectations by reason class ('all' included); a class that is missing keeps the wide default."""

    classes: Mapping[str, Expectation] = field(default_factory=dict)

    def of(self, reason_class: str) -> Expectation:
        """The expectation of one class."""
        if reason_class in self.classes:
            return self.classes[reason_class]
        return Expectation() if reason_class == "all" else Expectation(logit_mean=-4.0)

    @classmethod
    def pooled(cls, priors: Sequence[SharedPrior]) -> SharedPrior | None:
        """What several merchants teach one: their average, believed as far as they agree, and never surely.

        Args:
            priors: one a merchant.

        Returns:
            The pooled prior, or None without any. A class counts the merchants that have it.
        """
        names = sorted({name for prior in priors for name in prior.classes})
        found = {name: [prior.classes[name] for prior in priors if name in prior.classes] for name in names}
        return cls({name: _average(expectations) for name, expectations in found.items()}) if priors else None


def _average(expectations: Sequence[Expectation]) -> Expectation:
    centre = fmean(one.logit_mean for one in expectations)
    strength = fmean(one.log_concentration for one in expectations)
    return Expectation(
        logit_mean=centre,
        logit_mean_spread=_spread([one.logit_mean for one in expectations], SHOPS_DIFFER),
        log_concentration=strength,
        log_concentration_spread=_spread([one.log_concentration for one in expectations], SHOPS_DIFFER),
        group_spread=fmean(one.group_spread for one in expectations),
        concentration_spread=fmean(one.concentration_spread for one in expectations),
    )


def _spread(values: Sequence[float], least: float) -> float:
    """Standard deviation between merchants, never below ``least``: the next one may differ from all of them."""
    return sqrt(least**2 + pvariance(values))
