"""What one merchant's rates may teach another, where both share: six numbers per reason class, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
