"""What comes back, when, and why.

Belongs here: return requests with their truth (class, sub-reason, planted problem) and the customer's own
choice of a reason, which is noisy. Not here: the customer's words (``comments``), what the shop does with a
request (``handling``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.draws import choose_by_row, stream, vocabulary
from pipelines.simulate.planted import PlantedProblem, problem_of_lines
from pipelines.simulate.shops import STYLES, Shop

SHORTEST_LAG_DAYS = 2
LONGEST_LAG_DAYS = 40
# Guests cannot ask for a return themselves; staff enters one for them now and then.
GUEST_FACTOR = 0.12
BRACKET_PROBABILITY = 0.55
_DAY = 86_400


def draw_returns(
    shop: Shop,
    catalogue: Catalogue,
    orders: pl.DataFrame,
    lines: pl.DataFrame,
    problems: tuple[PlantedProblem, ...],
    until: dt.date,
    seed: int,
) -> pl.DataFrame:
    """Draw the return requests that were made before ``until``.

    Args:
        shop: The shop.
        catalogue: Its catalogue.
        orders: Orders after ``fulfil``.
        lines: Their lines.
        problems: The shop's planted problems.
        until: Day of the export; a request on it or later is not in the files.
        seed: Seed of the simulation.

    Returns:
        One row a request, by date_requested: return_id, line (row of ``lines``), order, variant, quantity,
        is_guest, true_class, true_sub_reason, planted_id, stated_reason, requested_at (seconds since 1970,
        local clock).
    """
    rng = stream(seed, shop.merchant_id, "returns")
    order = lines["order"].to_numpy()
    able = np.flatnonzero(
        orders["is_complete"].to_numpy()[order] & (catalogue.custom_variants[0] > lines["variant"].to_numpy())
    )
    probability = _base_probability(shop, catalogue, orders, lines, able, rng)
    met = problem_of_lines(problems, lines["variant"].to_numpy()[able], orders["order_date"].to_numpy()[order[able]])
    extra = np.array([problem.extra_probability for problem in problems] + [0.0])[met]
    extra = np.where(orders["is_guest"].to_numpy()[order[able]], extra * GUEST_FACTOR, extra)
    united = 1 - (1 - probability) * (1 - extra)
    quantity = rng.binomial(lines["quantity"].to_numpy()[able], united)
    shipped = orders["date_shipped"].to_numpy()[order[able]].astype("datetime64[s]").astype(np.int64)
    requested = shipped + draw_lags(len(able), rng) * _DAY + _draw_clock(len(able), rng)
    end = int(np.datetime64(until).astype("datetime64[s]").astype(np.int64))
    back = np.flatnonzero((quantity > 0) & (requested < end))
    back = back[np.argsort(requested[back], kind="stable")]
    by_problem = (met[back] >= 0) & (rng.random(len(back)) < (extra / np.maximum(united, 1e-9))[back])
    planted = np.where(by_problem, met[back], -1)
    frame = pl.DataFrame(
        {
            "return_id": STYLES[shop.merchant_id].first_order_id // 100 + np.arange(len(back)),
            "line": able[back],
            "order": order[able][back],
            "variant": lines["variant"].to_numpy()[able][back],
            "quantity": quantity[back],
            "is_guest": orders["is_guest"].to_numpy()[order[able]][back],
            "requested_at": requested[back],
        }
    )
    return _with_reasons(shop, catalogue, lines, frame, planted, problems, rng)


def _base_probability(
    shop: Shop,
    catalogue: Catalogue,
    orders: pl.DataFrame,
    lines: pl.DataFrame,
    able: NDArray[np.intp],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Chance that a unit comes back: it differs by product, size, price and person around the shop's rate."""
    variant = lines["variant"].to_numpy()[able]
    order = lines["order"].to_numpy()[able]
    product = catalogue.variants["product"].to_numpy()[variant]
    sizes = catalogue.products["size_count"].to_numpy()[product]
    position = catalogue.variants["size_position"].to_numpy()[variant]
    price = catalogue.variants["list_cents"].to_numpy()[variant]
    person = orders["person"].to_numpy()
    habit = rng.lognormal(-0.18, 0.6, int(person.max()) + 1)
    factor = catalogue.products["return_factor"].to_numpy()[product] * habit[person[order]]
    factor *= (price / np.median(price)) ** 0.15 if len(price) else 1.0
    factor *= np.where((sizes > 2) & ((position == 0) | (position == sizes - 1)), 1.2, 1.0)
    factor *= np.where(orders["is_guest"].to_numpy()[order], GUEST_FACTOR, 1.0)
    is_bracket = lines["is_bracket"].to_numpy()[able]
    rate = vocabulary(shop.merchant_id)["return_rate"]
    quantity = lines["quantity"].to_numpy()[able]
    scale = rate
    probability = np.zeros(len(able))
    # Clipping and bracketing move the mean, so the scale is found in a few steps.
    for _ in range(4):
        probability = np.clip(scale * factor, 0, 0.85)
        probability[is_bracket] = np.maximum(probability[is_bracket], BRACKET_PROBABILITY)
        mean = np.average(probability, weights=quantity) if len(able) else rate
        scale *= rate / mean
    return probability


def draw_lags(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the days from shipping to the request: most soon after delivery, some just before the window closes.

    Args:
        count: Number of draws n.
        rng: Random stream.

    Returns:
        Whole days, shape (n,), from ``SHORTEST_LAG_DAYS`` to ``LONGEST_LAG_DAYS``.
    """
    soon = rng.integers(2, 5, count) + rng.lognormal(np.log(5), 0.65, count)
    late = rng.normal(28, 4.5, count)
    lag = np.rint(np.where(rng.random(count) < 0.72, soon, late)).astype(np.int64)
    inside = (lag >= SHORTEST_LAG_DAYS) & (lag <= LONGEST_LAG_DAYS)
    return np.where(inside, lag, rng.integers(SHORTEST_LAG_DAYS, LONGEST_LAG_DAYS + 1, count))


def _draw_clock(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Seconds after midnight, most of them in the evening."""
    return (rng.beta(3.0, 1.8, count) * (_DAY - 1)).astype(np.int64)


def _with_reasons(
    shop: Shop,
    catalogue: Catalogue,
    lines: pl.DataFrame,
    frame: pl.DataFrame,
    planted: NDArray[np.intp],
    problems: tuple[PlantedProblem, ...],
    rng: np.random.Generator,
) -> pl.DataFrame:
    words = vocabulary(shop.merchant_id)
    pairs = sorted({key for mix in words["mix"].values() for key in mix})
    product = catalogue.variants["product"].to_numpy()[frame["variant"].to_numpy()]
    pair = choose_by_row(rng, _mix_by_product(words, catalogue, pairs, rng), product)
    if "changed_mind.bracketing" in pairs:
        is_bracket = lines["is_bracket"].to_numpy()[frame["line"].to_numpy()] & (rng.random(len(frame)) < 0.85)
        pair[is_bracket] = pairs.index("changed_mind.bracketing")
    for index, problem in enumerate(problems):
        pair[planted == index] = pairs.index(f"{problem.true_class}.{problem.true_sub_reason}")
    labels = np.array([key.split(".") for key in pairs], dtype=object)
    stated = choose_by_row(rng, _stated_weights(words, pairs), pair)
    reasons = np.array([reason["text"] for reason in words["reason"]], dtype=object)
    ids = np.array([problem.planted_id for problem in problems] + [""], dtype=object)
    return frame.with_columns(
        pl.Series("true_class", labels[pair, 0].tolist(), dtype=pl.String),
        pl.Series("true_sub_reason", labels[pair, 1].tolist(), dtype=pl.String),
        pl.Series("planted_id", ids[planted].tolist(), dtype=pl.String),
        pl.Series("stated_reason", reasons[stated].tolist(), dtype=pl.String),
    )


def _mix_by_product(
    words: dict[str, Any], catalogue: Catalogue, pairs: list[str], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Weights of the true reasons, products x reasons: the group's mix and each product's weaknesses."""
    groups = catalogue.products["group"].to_list()
    table = np.array([[words["mix"][group].get(key, 0.0) for key in pairs] for group in groups])
    return table * rng.lognormal(0, 0.45, table.shape)


def _stated_weights(words: dict[str, Any], pairs: list[str]) -> NDArray[np.float64]:
    """Weights of the shop's own reason texts, true reasons x texts: what customers tick."""
    return np.array(
        [
            [
                reason["noise"] + reason["weights"].get(key, reason["weights"].get(key.split(".")[0], 0.0))
                for reason in words["reason"]
            ]
            for key in pairs
        ]
    )
