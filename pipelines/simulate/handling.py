"""What a shop does with its return requests, and what that leaves on the orders.

Belongs here: the way of a request from pending to its end, staff's entries, money paid back, the order's last
status.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.draws import choose, pick_share, stream, vocabulary
from pipelines.simulate.shops import Shop

_DAY = 86_400
_PENDING, _RECEIVED, _AUTHORIZED, _REPAIRED, _REFUNDED, _REJECTED, _CANCELLED = range(7)
# A refund that was agreed by mail or phone, without any return request.
REFUND_WITHOUT_REQUEST_SHARE = 0.004
REFUNDED_AT_ZERO_SHARE = 0.03


def handle_returns(shop: Shop, returns: pl.DataFrame, lines: pl.DataFrame, until: dt.date, seed: int) -> pl.DataFrame:
    """Let the handling of each request run until the day of the export.

    Args:
        shop: The shop.
        returns: Result of ``draw_returns``.
        lines: The shop's order lines, for the money.
        until: Day of the export.
        seed: Seed of the simulation.

    Returns:
        The requests with status, action, resolution, inspection_result, awb, staff_notes, store_credit_cents,
        refund_cents, and updated_at, approved_at, received_at, resolved_at (seconds since 1970, local clock;
        null: has not happened).
    """
    rng = stream(seed, shop.merchant_id, "handling")
    panel = vocabulary(shop.merchant_id)["panel"]
    count = len(returns)
    end = int(np.datetime64(until).astype("datetime64[s]").astype(np.int64))
    requested = returns["requested_at"].to_numpy()
    decided = requested + (rng.gamma(1.6, 0.8, count) * _DAY).astype(np.int64) + 1_800
    received = decided + (rng.uniform(3, 14, count) * _DAY).astype(np.int64)
    resolved = received + (rng.gamma(2.0, 1.2, count) * _DAY).astype(np.int64) + 3_600
    fate = rng.random(count)
    is_rejected, is_cancelled = fate < 0.035, (fate >= 0.035) & (fate < 0.065)
    never_sent = (fate >= 0.065) & (fate < 0.13)
    is_closed = (is_rejected | is_cancelled) & (decided < end)
    is_approved = ~is_rejected & ~is_cancelled & (decided < end)
    is_received = is_approved & ~never_sent & (received < end)
    is_resolved = is_received & (resolved < end)

    actions = panel["actions"]
    wish = choose(rng, [row[1] for row in actions], count)
    kind = _resolution_kinds(wish, returns["true_class"].to_numpy(), rng)
    status = np.full(count, _PENDING)
    status[is_approved] = _AUTHORIZED
    status[is_received] = _RECEIVED
    status[is_resolved] = np.where(np.isin(kind[is_resolved], ("repair", "replacement")), _REPAIRED, _REFUNDED)
    status[is_closed] = np.where(is_rejected[is_closed], _REJECTED, _CANCELLED)
    resolution = np.where(is_resolved, [panel["resolutions"][name] for name in kind], "")
    resolution[is_closed & is_rejected] = panel["resolutions"]["rejected"]
    stages = [is_closed, is_resolved, is_received, is_approved]
    paid = lines["unit_cents"].to_numpy()[returns["line"].to_numpy()] * returns["quantity"].to_numpy()
    awb = [f"{shop.merchant_id[0].upper()}RV{n:09d}" for n in rng.integers(0, 10**9, count)]
    notes = np.array(panel["staff_notes"], dtype=object)[rng.integers(0, len(panel["staff_notes"]), count)]
    has_note = (rng.random(count) < 0.08) | returns["is_guest"].to_numpy()
    has_awb = is_approved & (rng.random(count) < 0.9)
    columns = {
        "status": [panel["statuses"][code] for code in status],
        "action": [actions[index][0] for index in wish],
        "resolution": resolution.tolist(),
        "inspection_result": _inspect(returns["true_class"].to_numpy(), is_received, panel, rng).tolist(),
        "awb": np.where(has_awb, awb, "").tolist(),
        "staff_notes": np.where(has_note, notes, "").tolist(),
    }
    return returns.with_columns(
        *(pl.Series(name, values, dtype=pl.String) for name, values in columns.items()),
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


def _inspect(
    true_class: NDArray[np.object_],
    is_received: NDArray[np.bool_],
    panel: dict[str, Any],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """Write down what the warehouse saw: it finds most faults, misses some, and does not always write."""
    seen = rng.random(len(true_class))
    is_faulty = np.isin(true_class, ("defective", "poor_quality", "delivery")) == (seen < 0.85)
    result = np.empty(len(true_class), dtype=object)
    for name, mask in (("inspection_faulty", is_faulty), ("inspection_good", ~is_faulty)):
        result[mask] = np.array(panel[name], dtype=object)[rng.integers(0, len(panel[name]), int(mask.sum()))]
    is_used = rng.random(len(true_class)) < 0.08
    used = panel["inspection_used"]
    result[is_used] = np.array(used, dtype=object)[rng.integers(0, len(used), int(is_used.sum()))]
    return np.where(is_received & (rng.random(len(true_class)) < 0.85), result, "")


def settle_orders(shop: Shop, orders: pl.DataFrame, returns: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Write paid refunds onto the orders, with the statuses that staff forget to set, as in real stores.

    Args:
        shop: The shop.
        orders: Orders after ``fulfil``.
        returns: Requests after ``handle_returns``.
        seed: Seed of the simulation.

    Returns:
        The orders with refund (hundredths) and the last status.
    """
    rng = stream(seed, shop.merchant_id, "settle")
    count = len(orders)
    total = orders["total_inc"].to_numpy()
    subtotal = orders["subtotal_inc"].to_numpy()
    refund = np.bincount(returns["order"].to_numpy(), returns["refund_cents"].to_numpy(), count).astype(np.int64)
    is_free = orders["is_complete"].to_numpy() & (refund == 0)
    agreed = pick_share(rng, np.flatnonzero(is_free), REFUND_WITHOUT_REQUEST_SHARE)
    refund[agreed] = subtotal[agreed] // 2
    undelivered = orders["is_undelivered"].to_numpy()
    refund[undelivered] = total[undelivered]
    refund = np.minimum(refund, total)
    is_full = (refund > 0) & (refund >= np.minimum(subtotal, total))
    # Some refunds give the shipping back as well.
    refund = np.where(is_full & (rng.random(count) < 0.4), total, refund)
    status = orders["status"].to_numpy().copy()
    is_set = (refund > 0) & ~undelivered & (rng.random(count) < np.where(is_full, 0.9, 0.75))
    status[is_set] = np.where(is_full, "Refunded", "Partially refunded")[is_set]
    # Money that went back outside the store: status says so, the amount does not.
    full = np.flatnonzero(is_set & is_full)
    refund[pick_share(rng, full, REFUNDED_AT_ZERO_SHARE, minimum=1)] = 0
    return orders.with_columns(pl.Series("refund", refund), pl.Series("status", status.tolist()))
