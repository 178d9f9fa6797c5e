"""What comes back, when, and why.

Belongs here: return requests with their truth (class, sub-reason, planted problem) and the customer's own
choice of a reason, which is noisy. Not here: the customer's words (``comments``), what the shop does with a
request (``handling``), planted causes (``causes``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.causes import Causes, delivery_of_lines, find_causes, lines_of
from pipelines.simulate.clocks import DAY, seconds
from pipelines.simulate.draws import choose_by_row, stream, vocabulary
from pipelines.simulate.incidents import Incident, incident_of
from pipelines.simulate.parcels import Parcels
from pipelines.simulate.planted import PlantedProblem
from pipelines.simulate.policies import PolicyVersion, window_of_orders
from pipelines.simulate.shops import STYLES, Shop

SHORTEST_LAG_DAYS = 1
# Requests after the deadline: staff takes a few.
DAYS_AFTER_DEADLINE = 4
LATE_HUMP_SHARE = 0.27
# Guests cannot ask for a return themselves; staff enters one for them now and then.
GUEST_FACTOR = 0.12
BRACKET_PROBABILITY = 0.55
# Lines of one order come back in one request, mostly.
SAME_REQUEST_SHARE = 0.75
BASKET_SPREAD = 0.5
SEASON_SPREAD = 0.2
LATE_IS_THE_REASON = 0.25


@dataclass(frozen=True)
class World:
    """What is fixed before anything comes back.

    Attributes:
        shop: The shop.
        catalogue: Its catalogue.
        orders: Its orders with their parcels' ends.
        lines: Their lines.
        parcels: Their parcels.
        problems: Planted problems of the goods.
        incidents: Planted incidents.
        policies: Versions of the policy.
        until: Day of the export; what happens on it or later is not in the files.
        seed: Seed of the simulation.
    """

    shop: Shop
    catalogue: Catalogue
    orders: pl.DataFrame
    lines: pl.DataFrame
    parcels: Parcels
    problems: tuple[PlantedProblem, ...]
    incidents: tuple[Incident, ...]
    policies: tuple[PolicyVersion, ...]
    until: dt.date
    seed: int


def draw_returns(world: World) -> pl.DataFrame:
    """Draw the return requests that were made before the export.

    Returns:
        One row a request, by date_requested: return_id, basket (number of the request of one order at one
        moment), line (row of the lines), order, variant, quantity, is_guest, true_class, true_sub_reason,
        planted_id, stated_reason, delivered_at, requested_at (seconds since 1970, local clock).
    """
    rng = stream(world.seed, world.shop.merchant_id, "returns")
    orders, lines, catalogue = world.orders, world.lines, world.catalogue
    order = lines["order"].to_numpy()
    able = np.flatnonzero(
        orders["is_complete"].to_numpy()[order] & (catalogue.custom_variants[0] > lines["variant"].to_numpy())
    )
    causes = find_causes(world.problems, world.incidents, orders, lines, world.parcels)
    probability = _base_probability(world, able, rng)
    extra = causes.probability[able]
    extra = np.where(orders["is_guest"].to_numpy()[order[able]], extra * GUEST_FACTOR, extra)
    united = 1 - (1 - probability) * (1 - extra)
    quantity = rng.binomial(lines["quantity"].to_numpy()[able], united)
    delivered = delivery_of_lines(world.parcels, len(lines))
    requested = _request_moments(world, able, delivered, rng)
    back = np.flatnonzero((quantity > 0) & (requested < seconds(world.until)))
    by_cause = rng.random(len(back)) < (extra / np.maximum(united, 1e-9))[back]
    met = np.where(by_cause, causes.met[able[back]], -1)
    frame = pl.DataFrame(
        {
            "line": able[back],
            "order": order[able][back],
            "variant": lines["variant"].to_numpy()[able][back],
            "quantity": quantity[back],
            "is_guest": orders["is_guest"].to_numpy()[order[able]][back],
            "delivered_at": delivered[able][back],
            "requested_at": requested[back],
        }
    )
    frame = _with_reasons(world, frame, met, causes, rng)
    frame = _without_the_deterred(world, frame, rng).sort("requested_at", "line", maintain_order=True)
    first_id = STYLES[world.shop.merchant_id].first_order_id // 100
    basket = pl.struct("order", "requested_at").rank("dense").cast(pl.Int64) - 1
    return frame.select(pl.Series("return_id", first_id + np.arange(len(frame))), basket.alias("basket"), pl.all())


def _base_probability(world: World, able: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.float64]:
    """Chance that a unit comes back: by product and its season, size, price, person and basket."""
    catalogue, orders, lines = world.catalogue, world.orders, world.lines
    variant = lines["variant"].to_numpy()[able]
    order = lines["order"].to_numpy()[able]
    product = catalogue.variants["product"].to_numpy()[variant]
    sizes = catalogue.products["size_count"].to_numpy()[product]
    position = catalogue.variants["size_position"].to_numpy()[variant]
    price = catalogue.variants["list_cents"].to_numpy()[variant]
    person = orders["person"].to_numpy()
    habit = rng.lognormal(-0.18, 0.6, int(person.max()) + 1)
    basket = rng.lognormal(-(BASKET_SPREAD**2) / 2, BASKET_SPREAD, len(orders))
    month = orders["order_date"].to_numpy().astype("datetime64[M]").astype(np.int64)
    month -= month.min()
    season = rng.lognormal(0, SEASON_SPREAD, (len(catalogue.products), int(month.max()) + 1))
    factor = catalogue.products["return_factor"].to_numpy()[product] * habit[person[order]] * basket[order]
    factor *= season[product, month[order]]
    factor *= (price / np.median(price)) ** 0.15 if len(price) else 1.0
    factor *= np.where((sizes > 2) & ((position == 0) | (position == sizes - 1)), 1.2, 1.0)
    factor *= np.where(orders["is_guest"].to_numpy()[order], GUEST_FACTOR, 1.0)
    is_bracket = lines["is_bracket"].to_numpy()[able]
    rate = vocabulary(world.shop.merchant_id)["return_rate"]
    quantity = lines["quantity"].to_numpy()[able]
    scale = rate
    probability = np.zeros(len(able))
    # Clipping and bracketing move the mean, so the scale is found in a few steps.
    for _ in range(4):
        probability = np.clip(scale * factor, 0, 0.85)
        probability[is_bracket] = np.maximum(probability[is_bracket], BRACKET_PROBABILITY)
        mean = np.average(probability, weights=quantity) if len(able) else rate
        scale *= rate / max(mean, 1e-9)
    change = incident_of(world.incidents, "policy_change")
    if change is not None and change.details["change"] == "window":
        # A shorter window: fewer come back in all, and whoever wants to, hurries.
        is_after = orders["order_date"].to_numpy()[order] >= np.datetime64(change.first_date)
        probability = np.where(is_after, probability * (1 - change.strength / 3), probability)
    return probability


def draw_lags(window: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the days from delivery to the request: most soon after it, some just before the window closes.

    Args:
        window: Days of the window of each draw, shape (n,).
        rng: Random stream.

    Returns:
        Whole days, shape (n,), from ``SHORTEST_LAG_DAYS`` to ``DAYS_AFTER_DEADLINE`` after the window.
    """
    count = len(window)
    soon = rng.lognormal(np.log(np.minimum(4.5, 0.4 * window)), 0.6, count)
    # Whoever is in no hurry asks on any day.
    soon = np.where(soon > window + 0.4, rng.uniform(SHORTEST_LAG_DAYS, window, count), soon)
    late = window + 0.5 - rng.gamma(1.5, 1.3, count) * (window / 30) ** 0.5
    late = np.maximum(late, SHORTEST_LAG_DAYS)
    overdue = rng.random(count) < 0.06
    late = np.where(overdue, window + rng.uniform(1, DAYS_AFTER_DEADLINE, count), late)
    lag = np.rint(np.where(rng.random(count) >= LATE_HUMP_SHARE, soon, late)).astype(np.int64)
    return np.maximum(lag, SHORTEST_LAG_DAYS)


def _request_moments(
    world: World, able: NDArray[np.intp], delivered: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Moment of each line's request, should there be one: lines of an order mostly share one."""
    order = world.lines["order"].to_numpy()
    window = window_of_orders(world.policies, world.orders["order_date"].to_numpy())
    whole = np.zeros(len(world.orders), dtype=np.int64)
    np.maximum.at(whole, order[able], delivered[able])
    shared = _moment_after(whole, draw_lags(window, rng), rng)[order[able]]
    own = _moment_after(delivered[able], draw_lags(window[order[able]], rng), rng)
    return np.where(rng.random(len(able)) < SAME_REQUEST_SHARE, shared, own)


def _moment_after(delivered: NDArray[np.int64], lag: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A moment that many days later, most of them in the evening."""
    clock = (rng.beta(3.0, 1.8, len(lag)) * (DAY - 1)).astype(np.int64)
    return (delivered // DAY + lag) * DAY + clock


def _with_reasons(
    world: World, frame: pl.DataFrame, met: NDArray[np.intp], causes: Causes, rng: np.random.Generator
) -> pl.DataFrame:
    words = vocabulary(world.shop.merchant_id)
    pairs = sorted({key for mix in words["mix"].values() for key in mix})
    line = frame["line"].to_numpy()
    product = world.catalogue.variants["product"].to_numpy()[frame["variant"].to_numpy()]
    mix = _mix_by_product(words, world.catalogue, pairs, rng)
    pair = choose_by_row(rng, mix, product)
    pair = _as_late_as_it_was(world, pairs, pair, mix, product, line, rng)
    if "changed_mind.bracketing" in pairs:
        is_bracket = world.lines["is_bracket"].to_numpy()[line] & (rng.random(len(frame)) < 0.85)
        pair[is_bracket] = pairs.index("changed_mind.bracketing")
    for index, reason in enumerate(causes.reasons):
        pair[met == index] = pairs.index(reason)
    labels = np.array([key.split(".") for key in pairs], dtype=object)
    stated_by = pair.copy()
    ids = np.array([*causes.planted_ids, ""], dtype=object)[met]
    _choose_free_label(world, frame, pairs, labels[pair, 0], stated_by, ids, rng)
    stated = choose_by_row(rng, _stated_weights(words, pairs), stated_by)
    reasons = np.array([reason["text"] for reason in words["reason"]], dtype=object)
    return frame.with_columns(
        pl.Series("true_class", labels[pair, 0].tolist(), dtype=pl.String),
        pl.Series("true_sub_reason", labels[pair, 1].tolist(), dtype=pl.String),
        pl.Series("planted_id", ids.tolist(), dtype=pl.String),
        pl.Series("stated_reason", reasons[stated].tolist(), dtype=pl.String),
    )


def _as_late_as_it_was(
    world: World,
    pairs: list[str],
    pair: NDArray[np.intp],
    mix: NDArray[np.float64],
    product: NDArray[np.int64],
    line: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Let lateness be the reason where the parcel was late, and hardly ever where it was not."""
    late = pairs.index("delivery.late")
    was_late = lines_of(world.parcels, pl.col("is_late"), len(world.lines))[line]
    other = mix.copy()
    other[:, late] = 0
    instead = choose_by_row(rng, other, product)
    uniform = rng.random(len(pair))
    pair = np.where(~was_late & (pair == late) & (uniform < 0.85), instead, pair)
    return np.where(was_late & (uniform < LATE_IS_THE_REASON), late, pair)


def _choose_free_label(
    world: World,
    frame: pl.DataFrame,
    pairs: list[str],
    true_class: NDArray[np.object_],
    stated_by: NDArray[np.intp],
    ids: NDArray[np.object_],
    rng: np.random.Generator,
) -> None:
    """Let customers who would have to pay state a fault of the shop; stated_by and ids are changed in place."""
    incident = incident_of(world.incidents, "label_incentive")
    if incident is None:
        return
    is_exposed = exposed_to_incentive(incident, frame, true_class) & (ids == "")
    hit = np.flatnonzero(is_exposed & (rng.random(len(frame)) < incident.strength))
    excuses = [pairs.index(name) for name in ("defective.fault", "not_as_described.other", "poor_quality.workmanship")]
    stated_by[hit] = np.array(excuses)[rng.integers(0, len(excuses), len(hit))]
    ids[hit] = incident.planted_id


def exposed_to_incentive(incident: Incident, frame: pl.DataFrame, true_class: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which requests are of customers who changed their mind and would have to pay, shape (requests,)."""
    is_since = frame["requested_at"].to_numpy() >= seconds(incident.first_date)
    return is_since & (true_class == "changed_mind") & ~frame["is_guest"].to_numpy()


def _without_the_deterred(world: World, frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Leave out those whom a label that they must pay keeps from sending back."""
    change = incident_of(world.incidents, "policy_change")
    deterred = rng.random(len(frame))
    if change is None or change.details["change"] != "payer":
        return frame
    date = world.orders["order_date"].to_numpy()[frame["order"].to_numpy()]
    is_hit = (date >= np.datetime64(change.first_date)) & (frame["true_class"] == "changed_mind").to_numpy()
    return frame.filter(~pl.Series(is_hit & (deterred < change.strength)))


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
