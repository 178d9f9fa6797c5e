"""Is a reason over-represented among a unit's returns? Observed over expected, shrunk (DuMouchel 1999).

Stays usable where sales are unknown, and misses a unit whose every reason rises: ``score`` tells that one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.product_risk.beta_binomial import Floats

SCHEMA = pl.Schema(
    {
        "unit_id": pl.String,
        "reason_class": pl.String,
        "observed_quantity": pl.Int64,
        "expected_quantity": pl.Float64,
        "ratio": pl.Float64,
        "ebgm": pl.Float64,
        "eb05": pl.Float64,
        "eb95": pl.Float64,
        "is_over_represented": pl.Boolean,
    }
)
SIGNAL = 2.0
"""EB05 from which a cell is called over-represented, as drug safety does."""
_START = (0.2, 0.1, 2.0, 4.0, 1.0 / 3.0)
_HALVINGS = 50


@dataclass(frozen=True)
class GammaMixture:
    """Law of true ratios: two Gammas (shape, rate) and the first one's weight."""

    first_shape: float
    first_rate: float
    second_shape: float
    second_rate: float
    weight: float


@dataclass(frozen=True)
class Disproportionality:
    """Cells of unit and reason class, sorted, with columns as in ``SCHEMA``, and the fitted law of ratios."""

    frame: pl.DataFrame
    prior: GammaMixture


def disproportionality(returned: pl.DataFrame, prior: GammaMixture | None = None) -> Disproportionality:
    """Empirical-Bayes ratios of observed to expected returns for each unit and reason class.

    Expected is row x column / total (within each ``category`` where the frame has one, then summed over them).

    Args:
        returned: unit_id, reason_class, quantity (and category); more rows a cell are summed.
        prior: law of ratios; None fits it by marginal likelihood to all cells with an expectation.

    Returns:
        Every unit with every class; ``ebgm`` is the geometric posterior mean, ``eb05`` and ``eb95`` posterior
        quantiles; an empty frame where nothing was returned.
    """
    cells = _cells(returned)
    observed = cells["observed_quantity"].to_numpy().astype(np.float64)
    expected = cells["expected_quantity"].to_numpy()
    prior = prior or fit_gamma_mixture(observed, expected)
    weight, shapes, rates = _posterior(observed, expected, prior)
    geometric = np.exp(_mean_log(weight, shapes, rates))
    # Where a class hardly ever comes, the law has a heap at 0, and the mean of logarithms lies below most of it.
    low = np.minimum(_quantile(weight, shapes, rates, 0.05), geometric)
    high = np.maximum(_quantile(weight, shapes, rates, 0.95), geometric)
    frame = cells.with_columns(
        (pl.col("observed_quantity") / pl.col("expected_quantity")).alias("ratio"),
        pl.Series("ebgm", geometric),
        pl.Series("eb05", low),
        pl.Series("eb95", high),
        pl.Series("is_over_represented", low >= SIGNAL),
    )
    return Disproportionality(frame.select(SCHEMA.names()).cast(dict(SCHEMA)), prior)


def fit_gamma_mixture(observed: Floats, expected: Floats) -> GammaMixture:
    """Fit the mixture of two Gammas by marginal (negative binomial) likelihood.

    Args:
        observed: counts of cells.
        expected: their expectations, above 0.

    Returns:
        The likeliest law from DuMouchel's start; the start itself where there are fewer than two cells.
    """
    from scipy.optimize import minimize

    start = GammaMixture(*_START)
    if len(observed) < 2:
        return start
    keys = np.stack([np.round(np.log(expected) / 0.02).astype(np.int64), observed.astype(np.int64)])
    _, inverse, times = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    inverse = inverse.ravel()
    counts = np.bincount(inverse, observed) / times
    sizes = np.exp(np.bincount(inverse, np.log(expected)) / times)

    def minus(point: Floats) -> float:
        law = _law(point)
        logs = np.stack(_marginals(counts, sizes, law))
        return -float(times @ np.logaddexp(logs[0], logs[1])) / float(times.sum())

    origin = np.array([*np.log(_START[:4]), np.log(_START[4] / (1.0 - _START[4]))])
    bounds = [(-7.0, 7.0)] * 4 + [(-7.0, 7.0)]
    found = minimize(minus, origin, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200})
    return _law(found.x)


def _law(point: Floats) -> GammaMixture:
    shapes = [float(value) for value in np.exp(point[:4])]
    return GammaMixture(*shapes, weight=float(1.0 / (1.0 + np.exp(-point[4]))))


def _cells(returned: pl.DataFrame) -> pl.DataFrame:
    if "category" not in returned.columns:
        returned = returned.with_columns(pl.lit("all").alias("category"))
    names = ["category", "unit_id", "reason_class"]
    rows = returned.group_by(names).agg(pl.col("quantity").sum()).filter(pl.col("quantity") > 0).sort(names)
    units = rows.group_by("category", "unit_id", maintain_order=True).agg(pl.col("quantity").sum().alias("of_unit"))
    classes = rows.group_by("category", "reason_class", maintain_order=True).agg(
        pl.col("quantity").sum().alias("of_class")
    )
    totals = rows.group_by("category", maintain_order=True).agg(pl.col("quantity").sum().alias("total"))
    grid = units.join(classes, on="category").join(totals, on="category").join(rows, on=names, how="left")
    grid = grid.with_columns(
        pl.col("quantity").fill_null(0), (pl.col("of_unit") * pl.col("of_class") / pl.col("total")).alias("expected")
    ).sort(names)
    cells = grid.group_by("unit_id", "reason_class", maintain_order=True).agg(
        pl.col("quantity").sum().alias("observed_quantity"), pl.col("expected").sum().alias("expected_quantity")
    )
    return cells.filter(pl.col("expected_quantity") > 0).sort("unit_id", "reason_class")


def _marginals(observed: Floats, expected: Floats, law: GammaMixture) -> list[Floats]:
    """Log of weight x negative binomial probability for both parts."""
    from scipy.special import gammaln

    logs = []
    for weight, shape, rate in (
        (law.weight, law.first_shape, law.first_rate),
        (1.0 - law.weight, law.second_shape, law.second_rate),
    ):
        head = gammaln(shape + observed) - gammaln(shape) - gammaln(observed + 1.0)
        tail = -observed * np.log1p(rate / expected) - shape * np.log1p(expected / rate)
        logs.append(np.log(max(weight, 1e-300)) + head + tail)
    return logs


def _posterior(observed: Floats, expected: Floats, law: GammaMixture) -> tuple[Floats, Floats, Floats]:
    logs = _marginals(observed, expected, law)
    weight = 1.0 / (1.0 + np.exp(np.clip(logs[1] - logs[0], -700.0, 700.0)))
    shapes = np.stack([law.first_shape + observed, law.second_shape + observed])
    return weight, shapes, np.stack([law.first_rate + expected, law.second_rate + expected])


def _mean_log(weight: Floats, shapes: Floats, rates: Floats) -> Floats:
    from scipy.special import psi

    logs = psi(shapes) - np.log(rates)
    return weight * logs[0] + (1.0 - weight) * logs[1]


def _quantile(weight: Floats, shapes: Floats, rates: Floats, share: float) -> Floats:
    from scipy.special import gammainc, gammaincinv

    each = gammaincinv(shapes, share) / rates
    low, high = each.min(axis=0), each.max(axis=0)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        tails = gammainc(shapes, middle * rates)
        below = weight * tails[0] + (1.0 - weight) * tails[1] < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return 0.5 * (low + high)
