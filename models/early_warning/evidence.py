"""How much more likely the counts are if the unit's rate rose than if it did not.

A unit's returns of cohort week w are Poisson with mean theta x E(w), theta ~ Gamma(a, a); had the rate risen m-fold
with cohort tau, those of w >= tau have mean m x theta x E(w). With theta integrated out, the ratio of the two
likelihoods is

    m^A(tau) x ((a + B) / (a + B + (m - 1) B(tau)))^(a + A)

with A, B all returns and expectations and A(tau), B(tau) those of the cohorts from tau on. Under "no rise" its mean is
1 at every look, whatever tau and m, and so is the mean of their average. (Gamma-Poisson Bayes factor; mixture over
start and size as in e-detectors, Shin, Ramdas & Rinaldo 2022.) All of it in logarithms: big units overflow otherwise.
"""

from __future__ import annotations

import numpy as np

SIZES = np.array([1.5, 2.0, 3.0, 5.0])
SIZE_WEIGHTS = np.array([0.3, 0.4, 0.2, 0.1])
WINDOW = 26
"""Cohort weeks, back from the look, with one of which a rise may have begun; what is older is the unit's baseline."""


def log_ratios(
    returned: np.ndarray,
    expected: np.ndarray,
    shape: np.ndarray,
    old_returned: np.ndarray,
    old_expected: np.ndarray,
    sizes: np.ndarray = SIZES,
) -> np.ndarray:
    """Logarithm of the ratio for every start and size.

    Args:
        returned: (..., weeks) returns by cohort week of the window, oldest first, divided by the dispersion.
        expected: (..., weeks) the same of what is expected at theta = 1.
        shape: (...) the ``a`` of the prior; infinity where theta is known to be 1.
        old_returned: (...) returns of older cohorts.
        old_expected: (...) expectation of older cohorts.
        sizes: (sizes,) how many-fold.

    Returns:
        (..., weeks, sizes).
    """
    back = np.flip(np.cumsum(np.flip(returned, -1), -1), -1)
    base = np.flip(np.cumsum(np.flip(expected, -1), -1), -1)
    total = old_returned + back[..., 0]
    whole = shape + old_expected + base[..., 0]
    if np.all(np.isinf(shape)):
        return back[..., None] * np.log(sizes) - base[..., None] * (sizes - 1)
    share = base / np.maximum(whole, 1e-12)[..., None]
    lost = (shape + total)[..., None, None] * np.log1p(share[..., None] * (sizes - 1))
    return back[..., None] * np.log(sizes) - lost


def log_mean(ratios: np.ndarray, start_weights: np.ndarray, size_weights: np.ndarray = SIZE_WEIGHTS) -> np.ndarray:
    """Logarithm of the weighted mean over starts and sizes.

    Args:
        ratios: (..., weeks, sizes) from :func:`log_ratios`.
        start_weights: (..., weeks) weight of each start; they need not add up to 1, what is missing counts 0.
        size_weights: (sizes,) adding up to 1.

    Returns:
        (...); minus infinity where no start has weight.
    """
    top = np.max(ratios, axis=(-2, -1), keepdims=True)
    mean = np.einsum("...ws,...w,s->...", np.exp(ratios - top), start_weights, size_weights)
    with np.errstate(divide="ignore"):
        return np.log(mean) + top[..., 0, 0]
