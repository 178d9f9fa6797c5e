"""Learn the developed-share curves of one merchant: cell by cell, shrunk to window class, merchant and prior."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.lines import counted_in_lines
from models.maturity.cells import ALL_REASONS, ANY, DEFAULT_HORIZON, DayCounts, count_days
from models.maturity.curves import Curves
from models.maturity.forgetting import Forgetting, choose_forgetting, follow_trend
from models.maturity.line_sizes import dispersion_of_units
from models.maturity.prior import ASSUMED_RATE, ASSUMED_STRENGTH, SHARED_STRENGTH, SharedPrior, assumed_hazards
from models.maturity.reverse_hazard import (
    LARGEST_VARIANCE,
    Floats,
    Hazards,
    Integers,
    LagCounts,
    count_lags,
    developed_share,
    pull,
    shrink,
    weekly_triangle,
)

LONGEST_LOOK_BACK_IN_DAYS = 1100


@dataclass(frozen=True)
class _Entries:
    """Returns as arrays: codes of window class, category and reason class, days, units."""

    window_class: Integers
    category: Integers
    reason: Integers
    start: Integers
    lag: Integers
    age: Integers
    quantity: Floats

    def only(self, mask: NDArray[np.bool_]) -> _Entries:
        return _Entries(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    def counted(self, cell: Integers, cells: int, days: int, half_life_days: float) -> LagCounts:
        return count_lags(
            cell, self.start, self.lag, self.age, self.quantity, shape=(cells, days), half_life_days=half_life_days
        )


def _names(counts: DayCounts) -> tuple[list[str], list[str], list[str]]:
    windows = sorted(set(counts.sold["window_class"]) | set(counts.returned["window_class"]))
    categories = sorted(set(counts.sold["category"]) | set(counts.returned["category"]))
    return windows, categories, sorted(set(counts.returned["reason_class"]))


def _codes(column: pl.Series, names: list[str]) -> Integers:
    if column.is_empty():
        return np.zeros(0, dtype=np.int64)
    return column.replace_strict(names, list(range(len(names))), return_dtype=pl.Int64).to_numpy()


def _pairs(counts: DayCounts, names: tuple[list[str], list[str], list[str]]) -> Integers:
    """Window classes x categories that have lines, sorted: few of all that could be, where there are many of both."""
    frames = (counts.sold, counts.returned)
    codes = [
        _codes(frame["window_class"], names[0]) * len(names[1]) + _codes(frame["category"], names[1])
        for frame in frames
    ]
    return np.unique(np.concatenate(codes))


def _entries(counts: DayCounts, names: tuple[list[str], list[str], list[str]]) -> _Entries:
    frame = counts.returned
    if counts.known_from is not None:
        # Lines that started before the first known day show only their late returns: reversed hazards divide by
        # all returns up to a day, which nobody knows for these lines.
        whole = frame.filter(pl.col("start_date") >= counts.known_from)
        frame = whole if int(whole["quantity"].sum()) > 0 else frame.clear()
    age = frame["age_days"].to_numpy()
    return _Entries(
        _codes(frame["window_class"], names[0]),
        _codes(frame["category"], names[1]),
        _codes(frame["reason_class"], names[2]),
        -age,
        frame["lag_days"].to_numpy(),
        age,
        frame["quantity"].to_numpy().astype(np.float64),
    )


def _forgetting(entries: _Entries, horizon: int) -> Forgetting:
    """How the past is used, from all returns of the merchant."""
    if len(entries.start) == 0:
        return Forgetting(np.inf, False, 1.0)
    first = max(int(entries.start.min()), -LONGEST_LOOK_BACK_IN_DAYS)
    # Weeks are cut so that the last one ends on the last known day.
    first -= 6 - (-first) % 7
    return choose_forgetting(
        *weekly_triangle(entries.start, entries.lag, entries.quantity, horizon=horizon, first_start=first)
    )


def _prior_hazards(prior: SharedPrior | None, days: int, horizon: int) -> Hazards:
    """Hazards the merchant is pulled to: what is assumed, moved by what others share."""
    assumed = assumed_hazards(days, horizon)[None, :]
    doubt = assumed * (1.0 - assumed) / (ASSUMED_STRENGTH + 1.0)
    if prior is None or not prior.on_day:
        return Hazards(assumed, doubt, np.zeros_like(assumed), ASSUMED_STRENGTH)
    on_day, up_to_day = np.zeros((1, days)), np.zeros((1, days))
    told = min(days, len(prior.on_day))
    on_day[0, :told], up_to_day[0, :told] = prior.on_day[:told], prior.up_to_day[:told]
    effective = np.minimum(up_to_day, SHARED_STRENGTH)
    counts = LagCounts(on_day, up_to_day, effective)
    pulled = pull(counts, assumed, doubt, dispersion=1.0, strength=ASSUMED_STRENGTH)
    return Hazards(pulled.share, pulled.variance, pulled.weight, ASSUMED_STRENGTH + float(effective.max()))


def _combined(first: Floats, second: Floats, common: Floats) -> Floats:
    """Hazards of a cell that leans both ways: the odds of both over the odds of what they have in common."""

    def odds(share: Floats) -> Floats:
        return np.log(share) - np.log1p(-share)

    return 1.0 / (1.0 + np.exp(np.clip(odds(common) - odds(first) - odds(second), -30.0, 30.0)))


def _clipped(share: Floats) -> Floats:
    return np.clip(share, 1e-9, 1.0 - 1e-6)


@dataclass(frozen=True)
class _Tree:
    """Hazards of every level: the merchant's, window classes', and cells', for all reasons and by reason class."""

    merchant: Hazards
    windows: Hazards
    cells: Hazards
    window_reasons: Hazards
    cell_reasons: Hazards


def _grow(
    entries: _Entries, sizes: tuple[int, int, int], pairs: Integers, days: int, forgetting: Forgetting, top: Hazards
) -> tuple[_Tree, LagCounts]:
    """Shrink from the top: prior, merchant, window class, category, and reason classes beside them."""
    windows, categories, reasons = sizes
    half_life, dispersion = 7.0 * forgetting.half_life_weeks, forgetting.dispersion
    nothing = np.zeros_like(entries.window_class)
    whole = entries.counted(nothing, 1, days, half_life)
    merchant = pull(whole, top.share, top.variance, dispersion=dispersion, strength=top.strength)
    by_window = entries.counted(entries.window_class, windows, days, half_life)
    window = shrink(by_window, _clipped(merchant.share), merchant.variance, dispersion=dispersion)
    cell = np.searchsorted(pairs, entries.window_class * categories + entries.category)
    by_cell = entries.counted(cell, len(pairs), days, half_life)
    up = pairs // categories
    cells = shrink(by_cell, window.share[up], window.variance[up], dispersion=dispersion)
    leaf = entries.window_class * reasons + entries.reason
    by_reason = entries.counted(leaf, windows * reasons, days, half_life)
    up_reason = np.repeat(np.arange(windows), reasons)
    window_reasons = shrink(by_reason, window.share[up_reason], window.variance[up_reason], dispersion=dispersion)
    fine = cell * reasons + entries.reason
    by_fine = entries.counted(fine, len(pairs) * reasons, days, half_life)
    of_cell = np.repeat(np.arange(len(pairs)), reasons)
    of_reason = (up[of_cell] * reasons) + np.tile(np.arange(reasons), len(pairs))
    parent = _combined(cells.share[of_cell], window_reasons.share[of_reason], window.share[up[of_cell]])
    noise = np.maximum(cells.variance[of_cell], window_reasons.variance[of_reason])
    fine_hazards = shrink(by_fine, _clipped(parent), noise, dispersion=dispersion)
    return _Tree(merchant, window, cells, window_reasons, fine_hazards), whole


def _carried_on(
    entries: _Entries,
    recent: Hazards,
    forgetting: Forgetting,
    top: Hazards,
    curves: tuple[Floats, Floats],
    horizons: Integers,
) -> tuple[Floats, Floats]:
    """Carry the trend of the whole merchant's lags on in every curve."""
    share, log_variance = (part.copy() for part in curves)
    half_life = 7.0 * forgetting.half_life_weeks
    whole = entries.counted(np.zeros_like(entries.lag), 1, share.shape[1], 2.0 * half_life)
    older = pull(whole, top.share, top.variance, dispersion=forgetting.dispersion, strength=top.strength)
    for horizon in np.unique(horizons).tolist():
        rows = horizons == horizon
        shift, added = follow_trend(recent, older, horizon, half_life)
        # Each age belongs to other lines: only what is drawn as one curve must not fall.
        moved = np.minimum(share[rows] * np.exp(shift), 1.0)
        share[rows] = np.maximum.accumulate(moved, axis=1)
        log_variance[rows] = np.minimum(log_variance[rows] + added, LARGEST_VARIANCE)
    return share, log_variance


def _basis(own: Floats, merchant_weight: float, shared: bool) -> list[str]:
    """Name what a curve mostly rests on."""
    below = "merchant" if merchant_weight >= 0.5 else "shared" if shared else "assumed"
    return ["own" if weight >= 0.8 else "blended" if weight >= 0.2 else below for weight in own.tolist()]


def _cell_table(
    names: tuple[list[str], list[str], list[str]], pairs: Integers, counts: DayCounts, tree: _Tree, shared: bool
) -> pl.DataFrame:
    """Name the rows in the order in which the arrays are stacked."""
    windows, categories, reasons = names
    cells = [(windows[pair // len(categories)], categories[pair % len(categories)]) for pair in pairs.tolist()]
    keys = [(ANY, ANY, ALL_REASONS)]
    keys += [(window, ANY, ALL_REASONS) for window in windows]
    keys += [(*cell, ALL_REASONS) for cell in cells]
    keys += [(window, ANY, reason) for window in windows for reason in reasons]
    keys += [(*cell, reason) for cell in cells for reason in reasons]
    levels = (tree.merchant, tree.windows, tree.cells, tree.window_reasons, tree.cell_reasons)
    own = np.concatenate([level.weight.max(axis=1) for level in levels])
    longest = max(counts.horizons.values(), default=DEFAULT_HORIZON)
    frame = pl.DataFrame(keys, schema=["window_class", "category", "reason_class"], orient="row")
    return frame.with_columns(
        horizon_days=pl.Series([counts.horizons.get(key[0], longest) for key in keys], dtype=pl.Int64),
        credibility=pl.Series(own),
        basis=pl.Series(_basis(own, float(tree.merchant.weight.max()), shared)),
    )


def _evidence(
    counts: DayCounts, names: tuple[list[str], list[str], list[str]], pairs: Integers, days: int
) -> tuple[Floats, Floats]:
    """Units at least so old and returns on that age, for every row of the cell table."""
    categories, reasons, cells = len(names[1]), len(names[2]), len(pairs)
    sold, returned = counts.sold, counts.returned
    # Pairs are sorted, and no window class is without any.
    first_of_window = np.searchsorted(pairs // max(categories, 1), np.arange(len(names[0])))

    def cell_of(frame: pl.DataFrame) -> Integers:
        code = _codes(frame["window_class"], names[0]) * categories + _codes(frame["category"], names[1])
        return np.searchsorted(pairs, code)

    def summed(place: Integers, day: Integers, frame: pl.DataFrame, rows: int, columns: int) -> Floats:
        added = np.bincount(place * columns + day, weights=frame["quantity"].to_numpy(), minlength=rows * columns)
        return added.reshape(rows, columns).astype(np.float64)

    def by_window(values: Floats) -> Floats:
        return np.add.reduceat(values, first_of_window, axis=0) if cells else values[:0]

    old = np.clip(sold["age_days"].to_numpy(), -1, days - 1)
    units = summed(cell_of(sold), old + 1, sold, cells, days + 1)
    units = np.cumsum(units[:, ::-1], axis=1)[:, ::-1][:, 1:]
    place = cell_of(returned) * reasons + _codes(returned["reason_class"], names[2])
    fine = summed(place, returned["lag_days"].to_numpy(), returned, cells * reasons, days)
    came = fine.reshape(cells, reasons, days)

    def stacked(all_cells: Floats, by_window_reason: Floats, each: Floats) -> Floats:
        whole = by_window(all_cells)
        return np.concatenate([whole.sum(axis=0, keepdims=True), whole, all_cells, by_window_reason, each])

    at_risk = stacked(units, np.repeat(by_window(units), reasons, axis=0), np.repeat(units, reasons, axis=0))
    returns = stacked(came.sum(axis=1), by_window(came).reshape(-1, days), fine)
    return at_risk, returns


def learn_curves(
    sold: pl.DataFrame,
    returned: pl.DataFrame,
    *,
    known_from: dt.date | None,
    known_through: dt.date,
    prior: SharedPrior | None = None,
) -> Curves:
    """Learn how the returns of one merchant come in over the days after the start of a line.

    Returns are right-censored by the last known day and left-truncated by the first. Cells are shrunk to their
    window class, these to the merchant, the merchant to what sharing merchants told or to an assumed curve, with
    strengths estimated from how much cells differ. Older weeks are forgotten as fast as foretells best.

    Args:
        sold: window_class, category, horizon_days, order_week, start_date, quantity; with ``line_count``, curves are
            those of lines, or the days on which single large lines came back would be everybody's.
        returned: the same and lag_days, reason_class; with ``quantity_squares``, see :mod:`models.maturity.line_sizes`.
        known_from: first day returns are known for; None when the past is complete.
        known_through: last day returns are known for.
        prior: of other merchants, only where both share.

    Returns:
        The curves; an empty shop gets the assumed one.
    """
    lines_sold, lines_returned = counted_in_lines(sold), counted_in_lines(returned)
    counts = count_days(lines_sold, lines_returned, known_from=known_from, known_through=known_through)
    names = _names(counts)
    longest = max(counts.horizons.values(), default=DEFAULT_HORIZON)
    entries = _entries(counts, names)
    forgetting = _forgetting(entries, longest)
    top = _prior_hazards(prior, longest + 1, longest)
    sizes = (len(names[0]), len(names[1]), len(names[2]))
    pairs = _pairs(counts, names)
    tree, whole = _grow(entries, sizes, pairs, longest + 1, forgetting, top)
    table = _cell_table(names, pairs, counts, tree, prior is not None)
    levels = (tree.merchant, tree.windows, tree.cells, tree.window_reasons, tree.cell_reasons)
    stacked = Hazards(
        np.concatenate([level.share for level in levels]),
        np.concatenate([level.variance for level in levels]),
        np.concatenate([level.weight for level in levels]),
        0.0,
    )
    horizons = table["horizon_days"].to_numpy()
    share, log_variance = developed_share(stacked, horizons)
    if forgetting.trend:
        share, log_variance = _carried_on(entries, tree.merchant, forgetting, top, (share, log_variance), horizons)
    at_risk, returns = _evidence(counts, names, pairs, longest + 1)
    exposure = (
        float(
            np.interp(counts.sold["age_days"].to_numpy(), np.arange(longest + 1), share[0], left=0.0)
            @ counts.sold["quantity"].to_numpy()
        )
        if counts.sold.height
        else 0.0
    )
    return Curves(
        cells=table,
        share=share,
        log_variance=log_variance,
        at_risk=at_risk,
        returned=returns,
        dispersion=dispersion_of_units(returned, forgetting.dispersion),
        half_life_weeks=forgetting.half_life_weeks,
        known_from=known_from,
        known_through=known_through,
        prior_rate=ASSUMED_RATE if prior is None else min(prior.rate, 0.9),
        shared=SharedPrior(
            tuple(whole.on_day[0].tolist()),
            tuple(whole.up_to_day[0].tolist()),
            float(counts.returned["quantity"].sum()),
            exposure,
        ),
    )
