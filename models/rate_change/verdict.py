"""The word for a change of the observed rate, and what it takes to say it.

``real``: the rates themselves changed; said where a rate part this large would come by chance in less than 2 of 100
pairs without a change (:data:`REAL_LEVEL`), errors of counting, weeks and curve included.
``mix``: the largest part is that other products were sold, beyond its error, and no change of rates is proven.
``maturity``: the largest part is that one period had less time for its returns, beyond its error, and likewise.
``noise``: nothing stands out beyond its error.
``not_enough_evidence``: too little was sold, came back or had time to come back in one of the periods.
"""

from __future__ import annotations

from dataclasses import dataclass

VERDICTS = ("real", "mix", "maturity", "noise", "not_enough_evidence")

REAL_LEVEL = 0.02
"""Chance of saying ``real`` where no rate changed; below the 5 % that are promised, since errors are estimates too."""

DETECTED_SHARE = 0.8
"""In this share of cases a rate part of the size ``detectable_change`` is called real."""

LEAST_EXPOSURE = 30.0
"""Units of exposure that each period needs."""

LEAST_RETURNED = 5
"""Returned units that both periods together need."""


@dataclass(frozen=True)
class Part:
    """A part of the change in observed-rate points, with its standard error."""

    value: float
    error: float


def chance_of(part: Part, freedom: float) -> float:
    """Two-sided probability of a part at least this large where there is none (Student's t)."""
    from scipy.special import stdtr

    if part.error <= 0:
        return 1.0 if part.value == 0 else 0.0
    return float(2 * stdtr(freedom, -abs(part.value) / part.error))


def half_width(error: float, freedom: float, level: float) -> float:
    """Half the width of the interval of a level (0-1) around a part."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2)) * error


def detectable_change(error: float, freedom: float) -> float:
    """Size of a rate part that is called real in :data:`DETECTED_SHARE` of cases, in observed-rate points."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - REAL_LEVEL / 2) + stdtrit(freedom, DETECTED_SHARE)) * error


def judge(mix: Part, rate: Part, maturity: Part, *, freedom: float, exposure: float, returned: float) -> str:
    """Find the word.

    Args:
        mix: parts of the change.
        rate: see mix.
        maturity: see mix.
        freedom: degrees of freedom of the errors.
        exposure: units of exposure of the period that has less.
        returned: returned units of both periods together.

    Returns:
        One of :data:`VERDICTS`.
    """
    if exposure < LEAST_EXPOSURE or returned < LEAST_RETURNED:
        return "not_enough_evidence"
    if chance_of(rate, freedom) < REAL_LEVEL:
        return "real"
    word, leading = max((("noise", rate), ("mix", mix), ("maturity", maturity)), key=lambda named: abs(named[1].value))
    return word if word == "noise" or chance_of(leading, freedom) < REAL_LEVEL else "noise"
