"""Return rates of other systems, counted in plain Python from orders, parcels, returns and refunds.

What ``marts.store_rates`` must say, written a second time without SQL, from the entities themselves; of derived
tables only what other tests pin down is taken over: which units shipped and arrived (``core.order_units``), which
returns count (``core.return_units``, ``core.line_returns``), and when one was settled (``core.return_lifecycle``).
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

Rows = list[dict[str, Any]]
Sums = Counter[tuple[str, date, str]]

SHOPS_ZONE = timezone(timedelta(hours=8))
"""Asia/Taipei, where the made-up world lives; it has no daylight saving."""

BY_ORDER = ("shopify", "aftership", "loop_returns", "loop_products")


def month_of(day: date | None) -> date | None:
    """First day of a day's month."""
    return day.replace(day=1) if day else None


def local_day(moment: datetime | None) -> date | None:
    """The shop's day of a UTC moment."""
    return moment.replace(tzinfo=UTC).astimezone(SHOPS_ZONE).date() if moment else None


def later_month(month: date, count: int) -> date:
    """First day of the month that many months later."""
    return date(month.year + (month.month - 1 + count) // 12, (month.month - 1 + count) % 12 + 1, 1)


def ship_days(orders: Rows, parcels: Rows) -> dict[tuple[str, str], date]:
    """Day on which the first parcel of each order left, else the order's own."""
    found: dict[tuple[str, str], date] = {}
    for parcel in parcels:
        day = parcel["shipped_date"] or local_day(parcel["shipped_at"])
        is_forward = parcel["direction"] in ("forward", None) and parcel["outcome"] != "cancelled"
        if parcel["order_id"] is None or not is_forward or day is None:
            continue
        key = (parcel["merchant_id"], parcel["order_id"])
        found[key] = min(found.get(key, day), day)
    for order in orders:
        if order["shipped_date"]:
            found.setdefault((order["merchant_id"], order["order_id"]), order["shipped_date"])
    return found


def denominators(orders: Rows, order_units: Rows, shipped: dict[tuple[str, str], date]) -> Sums:
    """Units by merchant, month and definition."""
    units = {(row["merchant_id"], row["order_id"]): row for row in order_units}
    sums: Sums = Counter()
    for order in orders:
        merchant, key = order["merchant_id"], (order["merchant_id"], order["order_id"])
        month = order["placed_date"].replace(day=1)
        sums[merchant, month, "keeprate_observed"] += units[key]["eligible_quantity"]
        if order["status"] != "incomplete":
            for definition in BY_ORDER:
                sums[merchant, month, definition] += units[key]["ordered_quantity"]
        if key in shipped:
            sums[merchant, shipped[key].replace(day=1), "amazon"] += units[key]["shipped_quantity"]
    return sums


def numerators(
    return_lines: Rows, return_units: Rows, line_returns: Rows, settled: Rows, shipped: dict[tuple[str, str], date]
) -> Sums:
    """Units by merchant, month and definition; undated ones are in no month of that clock.

    Args:
        return_lines: the requests.
        return_units: which of them count.
        line_returns: units of them that count, by line of the order.
        settled: merchant_id, return_line_id, refunded_date and the moments refunded_at, resolved_at, received_at.
        shipped: day by merchant and order.
    """
    units = {(row["merchant_id"], row["return_line_id"]): row for row in return_units}
    moments = {(row["merchant_id"], row["return_line_id"]): row for row in settled}
    sums: Sums = Counter()
    for line in return_lines:
        key = (line["merchant_id"], line["return_line_id"])
        if units[key]["is_twin"]:
            continue
        months = months_of_line(line, units[key], moments[key], shipped)
        for definition, month in months.items():
            if month is not None:
                sums[line["merchant_id"], month, definition] += line["quantity"]
    for counted in line_returns:
        merchant = counted["merchant_id"]
        placed = units[merchant, counted["return_line_id"]]["placed_date"]
        sums[merchant, placed.replace(day=1), "keeprate_observed"] += counted["returned_quantity"]
    return sums


def months_of_line(
    line: dict[str, Any], units: dict[str, Any], settled: dict[str, Any], shipped: dict[tuple[str, str], date]
) -> dict[str, date | None]:
    """Month in which each system but keeprate counts a return line; None where it does not."""
    is_refused = line["status"] in ("rejected", "cancelled")
    order_month = month_of(units["placed_date"])
    ship_month = month_of(shipped.get((line["merchant_id"], units["order_id"]))) if order_month else None
    is_in_time = ship_month and units["known_date"] and units["known_date"] < later_month(ship_month, 3)
    moment = settled["refunded_at"] or settled["resolved_at"] or settled["received_at"]
    return {
        "shopify": None if is_refused else month_of(settled["refunded_date"] or local_day(moment)),
        "aftership": None if is_refused else order_month,
        "loop_returns": month_of(line["requested_date"]),
        "loop_products": order_month,
        "amazon": ship_month if is_in_time and not is_refused else None,
    }
