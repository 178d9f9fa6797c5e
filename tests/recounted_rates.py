"""What return rates count, counted once more in plain Python: the same definitions, none of the queries.

Units are laid on lines request by request, weeks are added up order by order, and exposure is looked up day by day in
the curves that were learned.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import duckdb

Lines = Mapping[Any, list[dict[str, Any]]]
"""By order: ``line``, ``product`` and ``room`` (units that may come back), in the order of their ids."""

_ANY, _ALL = "*", "all"


def laid_units(lines: Lines, requests: Iterable[tuple[Any, str, str | None, str | None, int]]) -> dict[Any, int]:
    """Lay requests on lines, one after the other; takes the room from ``lines``.

    Args:
        lines: of every order.
        requests: order, id, product, line that it names, and units; in the order in which they count.

    Returns:
        Units by order, request and line: first on the named line or the first of the product, then on others of the
        product; then items that the order does not have, on any line.
    """
    laid: dict[Any, int] = defaultdict(int)
    waiting = []
    for order, request, product, named, quantity in requests:
        of_order = lines.get(order, [])
        first = next((line for line in of_order if line["line"] == named), None) or next(
            (line for line in of_order if line["product"] == product), None
        )
        units = min(quantity, first["room"]) if first else 0
        if first and units:
            first["room"] -= units
            laid[order, request, first["line"]] += units
        waiting.append((order, request, first["product"] if first else None, quantity - units))
    for is_known in (True, False):
        for order, request, product, quantity in waiting:
            if (product is not None) != is_known:
                continue
            left = quantity
            for line in lines.get(order, []):
                if product in (None, line["product"]) and (units := min(left, line["room"])):
                    line["room"] -= units
                    left -= units
                    laid[order, request, line["line"]] += units
    return laid


def lines_of(world: duckdb.DuckDBPyConnection, merchant_id: str) -> dict[str, list[dict[str, Any]]]:
    """A merchant's lines with the units of each that may come back."""
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for order, line, product, room in world.execute(
        "select order_id, order_line_id, product_id, eligible_quantity from core.line_units where merchant_id = $1"
        " order by order_id, length(order_line_id), order_line_id",
        [merchant_id],
    ).fetchall():
        lines[order].append({"line": line, "product": product, "room": room})
    return lines


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def recounted_orders(world: duckdb.DuckDBPyConnection, merchant_id: str) -> dict[str, dict[str, Any]]:
    """A merchant's orders with their Monday and shipped units, from orders, order lines and parcels alone."""
    names = ("order_id", "status", "total_quantity", "shipped_quantity", "placed_date")
    query = f"select {', '.join(names)} from core.orders where merchant_id = $1"
    orders = {row[0]: dict(zip(names, row, strict=True)) for row in world.execute(query, [merchant_id]).fetchall()}
    line_units: Counter[str] = Counter()
    for order_id, quantity in world.execute(
        "select order_id, quantity from core.order_lines where merchant_id = $1", [merchant_id]
    ).fetchall():
        line_units[order_id] += quantity
    undelivered = world.execute(
        "select order_id from core.shipments where merchant_id = $1 and outcome = 'returned_to_origin'", [merchant_id]
    ).fetchall()
    for order_id, order in orders.items():
        ordered = line_units[order_id] if order["total_quantity"] is None else order["total_quantity"]
        order["week"] = monday_of(order["placed_date"])
        order["shipped"] = 0 if (order_id,) in undelivered else shipped_units(order, ordered)
    return orders


def shipped_units(order: Mapping[str, Any], ordered: int) -> int:
    """The definition of core.order_units, said once more, of an order whose parcel did not come back undelivered."""
    if (order["shipped_quantity"] or 0) > 0:
        return order["shipped_quantity"]
    if order["status"] in ("shipped", "completed"):
        return ordered
    if order["shipped_quantity"] == 0:
        return 0
    return ordered if order["status"] in (None, "refunded") else 0


def recounted_weeks(world: duckdb.DuckDBPyConnection, merchant_id: str) -> dict[date, Counter[str]]:
    """A merchant's weeks: ``orders``, ``shipped`` and ``returned`` units, and returned units by class of reason.

    Of return lines those count that are neither refused nor told by a second source, the earliest first; the line that
    each names, and its class, are as ``core`` found them.
    """
    orders = recounted_orders(world, merchant_id)
    weeks: dict[date, Counter[str]] = defaultdict(Counter)
    for order in orders.values():
        weeks[order["week"]] += Counter(orders=1, shipped=order["shipped"])
    requests = world.execute(
        "select told.order_id, told.return_line_id, told.product_id, found.order_line_id, told.quantity,"
        " reasons.reason_class from core.return_lines as told"
        " left join core.return_line_matches as found using (merchant_id, return_line_id)"
        " left join core.return_reasons as reasons using (merchant_id, return_line_id)"
        " where told.merchant_id = $1 and coalesce(told.status not in ('rejected', 'cancelled'), true)"
        " and told.reason_list is null order by told.requested_date nulls last, told.return_line_id",
        [merchant_id],
    ).fetchall()
    counted, open_units = [], {order_id: order["shipped"] for order_id, order in orders.items()}
    lines, classes = lines_of(world, merchant_id), {}
    for order_id, request, product, named, quantity, reason_class in requests:
        if order_id not in orders:
            continue
        units = max(min(quantity, open_units[order_id]), 0)
        open_units[order_id] -= quantity
        of_named = next((line["product"] for line in lines[order_id] if line["line"] == named), "0")
        counted.append((order_id, request, product or of_named, named, units))
        classes[request] = reason_class
    for (order_id, request, _), units in laid_units(lines, counted).items():
        weeks[orders[order_id]["week"]] += Counter({"returned": units, classes[request]: units})
    return weeks


def recounted_exposure(world: duckdb.DuckDBPyConnection, merchant_id: str) -> dict[date, float]:
    """A merchant's exposed units by week: units sold x the learned share of their age on the last known day."""
    curves: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for window, category, age, share in world.execute(
        "select window_class, category, age_days, developed_share from ml.maturity_curves"
        " where merchant_id = $1 and reason_class = 'all'",
        [merchant_id],
    ).fetchall():
        curves[window, category][age] = share
    through, start = world.execute(
        "select data_through_date, returns_from_date from core.returns_coverage where merchant_id = $1", [merchant_id]
    ).fetchall()[0]
    assert start is None, "what came before the first known day is not recounted here"
    weeks: dict[date, float] = defaultdict(float)
    for week, window, category, started, quantity in world.execute(
        "select order_week, window_class, category, start_date, quantity from core.sold_days where merchant_id = $1",
        [merchant_id],
    ).fetchall():
        tried = ((window, category), (window, _ANY), (_ANY, _ANY))
        curve = next(curves[key] for key in tried if key in curves)
        age = (through - started).days
        weeks[week] += 0.0 if age < 0 else quantity * curve.get(age, 1.0)
    return weeks
