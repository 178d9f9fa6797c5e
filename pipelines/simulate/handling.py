"""What a shop does with its return requests, and what that leaves on the orders.

Belongs here: the way of a request from pending to its end, staff's entries, money paid back, the order's last
status, and what of it a file of a given day knows. Not here: the parcels that come back (``way_back``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.clocks import DAY
from pipelines.simulate.draws import choose, pick_share, stream, vocabulary
from pipelines.simulate.parcels import NEVER
from pipelines.simulate.returns import World
from pipelines.simulate.shops import Shop
from pipelines.simulate.way_back import WayBack

_PENDING, _RECEIVED, _AUTHORIZED, _REPAIRED, _REFUNDED, _REJECTED, _CANCELLED = range(7)
# A refund that was agreed by mail or phone, without any return request.
REFUND_WITHOUT_REQUEST_SHARE = 0.004
REFUNDED_AT_ZERO_SHARE = 0.03
LOST_REFUNDED_SHARE = 0.85


def handle_returns(world: World, returns: pl.DataFrame, way_back: WayBack) -> pl.DataFrame:
    """Let the handling of each request run to its end.

    Args:
        world: What happened before.
        returns: Result of ``draw_returns``.
        way_back: How they come home.

    Returns:
        The requests with action, staff_notes, decided_at, received_at, resolved_at (``NEVER`` where it does not
        happen), is_rejected, is_cancelled, resolution_kind, inspection (text once received), paid_cents.
    """
    shop, lines = world.shop, world.lines
    rng = stream(world.seed, shop.merchant_id, "handling")
    panel = vocabulary(shop.merchant_id)["panel"]
    count = len(returns)
    baskets = way_back.baskets[returns["basket"]]
    received = baskets["received_at"].to_numpy()
    took = (rng.gamma(2.0, 1.2, count) * DAY).astype(np.int64) + 3_600
    actions = panel["actions"]
    wish = choose(rng, [row[1] for row in actions], count)
    kind = _resolution_kinds(wish, returns["true_class"].to_numpy(), rng)
    notes = np.array(panel["staff_notes"], dtype=object)[rng.integers(0, len(panel["staff_notes"]), count)]
    has_note = (rng.random(count) < 0.08) | returns["is_guest"].to_numpy()
    return returns.with_columns(
        pl.Series("action", [actions[index][0] for index in wish], dtype=pl.String),
        pl.Series("staff_notes", np.where(has_note, notes, "").tolist(), dtype=pl.String),
        *baskets.select("decided_at", "is_rejected", "is_cancelled", "received_at"),
        pl.Series("resolved_at", np.where(received < NEVER, received + took, NEVER)),
        pl.Series("resolution_kind", kind.tolist(), dtype=pl.String),
        pl.Series("inspection", _inspect(returns["true_class"].to_numpy(), panel, rng).tolist(), dtype=pl.String),
        pl.Series("paid_cents", lines["unit_cents"].to_numpy()[returns["line"].to_numpy()] * returns["quantity"]),
    )


def known_on(shop: Shop, returns: pl.DataFrame, way_back: WayBack, end: int) -> pl.DataFrame:
    """Keep what a file written at a moment can know.

    Args:
        shop: The shop.
        returns: Requests after ``handle_returns``.
        way_back: Their parcels.
        end: Moment, seconds since 1970 on the shop's clock; nothing of it or later is known.

    Returns:
        The requests made before it, with status, resolution, inspection_result, awb, store_credit_cents,
        refund_cents, and updated_at, approved_at, received_at, resolved_at (null: has not happened).
    """
    panel = vocabulary(shop.merchant_id)["panel"]
    returns = returns.filter(pl.col("requested_at") < end)
    count = len(returns)
    requested, decided, received, resolved = (
        returns[name].to_numpy() for name in ("requested_at", "decided_at", "received_at", "resolved_at")
    )
    is_rejected, is_cancelled = returns["is_rejected"].to_numpy(), returns["is_cancelled"].to_numpy()
    kind = returns["resolution_kind"].to_numpy()
    is_decided = decided < end
    is_closed = (is_rejected | is_cancelled) & is_decided
    is_approved = ~is_rejected & ~is_cancelled & is_decided
    is_received, is_resolved = is_approved & (received < end), is_approved & (resolved < end)
    status = np.full(count, _PENDING)
    status[is_approved] = _AUTHORIZED
    status[is_received] = _RECEIVED
    status[is_resolved] = np.where(np.isin(kind[is_resolved], ("repair", "replacement")), _REPAIRED, _REFUNDED)
    status[is_closed] = np.where(is_rejected[is_closed], _REJECTED, _CANCELLED)
    resolution = np.where(is_resolved, [panel["resolutions"][name] for name in kind], "")
    resolution[is_closed & is_rejected] = panel["resolutions"]["rejected"]
    stages = [is_closed, is_resolved, is_received, is_approved]
    paid = returns["paid_cents"].to_numpy()
    booked = way_back.table.filter(pl.col("booked_at") < end).group_by("basket").agg(pl.col("awb").last())
    awb = returns.select("basket").join(booked, on="basket", how="left", maintain_order="left")["awb"]
    return returns.with_columns(
        pl.Series("status", [panel["statuses"][code] for code in status], dtype=pl.String),
        pl.Series("resolution", resolution.tolist(), dtype=pl.String),
        pl.when(pl.Series(is_received)).then("inspection").otherwise(pl.lit("")).alias("inspection_result"),
        pl.when(pl.Series(is_approved)).then(awb).otherwise(None).fill_null("").alias("awb"),
        pl.Series("store_credit_cents", np.where(is_resolved & (kind == "credit"), paid, 0)),
        pl.Series("refund_cents", np.where(is_resolved & (kind == "refund"), paid, 0)),
        pl.Series("updated_at", np.select(stages, [decided, resolved, received, decided], requested)),
        _happened("approved_at", is_approved, decided),
        _happened("received_at", is_received, received),
        _happened("resolved_at", is_resolved | is_closed, np.where(is_closed, decided, resolved)),
    )


def _happened(name: str, has_happened: NDArray[np.bool_], at: NDArray[np.int64]) -> pl.Expr:
    return pl.when(pl.Series(has_happened)).then(pl.Series(at)).alias(name)


def _resolution_kinds(
    wish: NDArray[np.intp], true_class: NDArray[np.object_], rng: np.random.Generator
) -> NDArray[np.object_]:
    """Decide how a request ends: mostly as wished; nobody repairs what is not broken."""
    # The order of the panel's action lists: repair, replacement, store credit, then refund in any wording.
    kinds = np.array(["repair", "replacement", "credit", "refund", "replacement"], dtype=object)[wish]
    kinds[(kinds == "repair") & (true_class != "defective")] = "refund"
    kinds[rng.random(len(kinds)) < 0.15] = "refund"
    return kinds


def _inspect(true_class: NDArray[np.object_], panel: dict[str, Any], rng: np.random.Generator) -> NDArray[np.object_]:
    """Write down what the warehouse saw: it finds most faults, misses some, and does not always write."""
    seen = rng.random(len(true_class))
    is_faulty = np.isin(true_class, ("defective", "poor_quality", "delivery")) == (seen < 0.85)
    result = np.empty(len(true_class), dtype=object)
    for name, mask in (("inspection_faulty", is_faulty), ("inspection_good", ~is_faulty)):
        result[mask] = np.array(panel[name], dtype=object)[rng.integers(0, len(panel[name]), int(mask.sum()))]
    is_used = rng.random(len(true_class)) < 0.08
    used = panel["inspection_used"]
    result[is_used] = np.array(used, dtype=object)[rng.integers(0, len(used), int(is_used.sum()))]
    return np.where(rng.random(len(true_class)) < 0.85, result, "")


def settle_orders(shop: Shop, orders: pl.DataFrame, returns: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Write paid refunds onto the orders, with the statuses that staff forget to set, as in real stores.

    Args:
        shop: The shop.
        orders: Orders after ``draw_parcels``.
        returns: Requests as known on the day of the export.
        seed: Seed of the simulation.

    Returns:
        The orders with refund (hundredths), refund_of_returns (hundredths asked for by their requests) and the
        last status.
    """
    rng = stream(seed, shop.merchant_id, "settle")
    count = len(orders)
    total = orders["total_inc"].to_numpy()
    subtotal = orders["subtotal_inc"].to_numpy()
    asked = np.bincount(returns["order"].to_numpy(), returns["refund_cents"].to_numpy(), count).astype(np.int64)
    refund = asked.copy()
    is_free = orders["is_complete"].to_numpy() & (refund == 0)
    agreed = pick_share(rng, np.flatnonzero(is_free), REFUND_WITHOUT_REQUEST_SHARE)
    refund[agreed] = subtotal[agreed] // 2
    # Nobody has paid for a parcel that was to be paid at the door and came back.
    undelivered = orders["is_undelivered"].to_numpy()
    is_lost = orders["is_lost"].to_numpy() & (rng.random(count) < LOST_REFUNDED_SHARE)
    is_paid_back = (undelivered & ~orders["is_on_delivery"].to_numpy()) | is_lost
    refund[is_paid_back] = total[is_paid_back]
    refund = np.minimum(refund, total)
    is_full = (refund > 0) & (refund >= np.minimum(subtotal, total))
    # Some refunds give the shipping back as well.
    refund = np.where(is_full & (rng.random(count) < 0.4), total, refund)
    status = orders["status"].to_numpy().copy()
    renamed = vocabulary(shop.merchant_id)["panel"]["renamed_status"]
    is_set = (refund > 0) & (status != renamed) & (rng.random(count) < np.where(is_full, 0.9, 0.75))
    status[is_set] = np.where(is_full, "Refunded", "Partially refunded")[is_set]
    # Money that went back outside the store: status says so, the amount does not.
    full = np.flatnonzero(is_set & is_full)
    refund[pick_share(rng, full, REFUNDED_AT_ZERO_SHARE, minimum=1)] = 0
    return orders.with_columns(
        pl.Series("refund", refund),
        pl.Series("refund_of_returns", np.minimum(asked, total)),
        pl.Series("status", status.tolist()),
    )
