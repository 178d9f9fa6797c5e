"""A made-up world of orders, parcels, returns and refunds in which everything goes wrong, as rows of ``core``.

It holds several refunds of one order, returns of unknown orders, parcels that came back, parcels of nobody, times in
any order, statuses in any order, words on no list, missing rates, items that are told twice.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

FIRST = date(2026, 1, 1)
RETURN_STATUSES = ("pending", "authorized", "received", "repaired", "refunded", "rejected", "cancelled", "closed", None)
PARCEL_STATUSES = ("in_transit", "delivered", "rto_in_transit", "rto_delivered", "pickup_failed", "other", None)

World = dict[str, list[dict[str, Any]]]


def broken_world(
    seed: int, merchants: tuple[str, ...], order_count: int = 400, orders_of_a_waybill: int = 400
) -> World:
    """Rows by table.

    Args:
        seed: of the draws.
        merchants: the last one has no orders at all.
        order_count: orders of each of the others.
        orders_of_a_waybill: neighbouring orders of which every fourth parcel has the same waybill.
    """
    draw = random.Random(seed)  # noqa: S311 - a made-up world, not a secret
    world: World = defaultdict(list)
    for merchant in merchants:
        world["core.merchants"].append({"merchant_id": merchant, "timezone": "Asia/Taipei", "currency_code": "TWD"})
        world["raw.files"].append(
            {"merchant_id": merchant, "file_id": merchant, "source": "generic", "as_of": datetime(2026, 6, 1)}
            | {"merged_at": datetime(2026, 6, 2), "record_count": 5, "loaded_count": 4, "quarantined_count": 1}
            | {"quarantined_cell_count": 0, "file_sequence": 1}
        )
        if merchant != merchants[-1]:
            for number in range(order_count):
                add_order(draw, merchant, number, world, f"AWB-same{number // orders_of_a_waybill}")
    world["core.policies"] = [
        {"merchant_id": merchant, "policy_version_id": "1", "window_days": 30, "window_clock": "delivered"}
        for merchant in merchants
    ]
    return world


@dataclass(frozen=True)
class Order:
    """What hangs on an order knows of it."""

    merchant: str
    order_id: str
    placed: date
    lines: list[dict[str, Any]]


def _moment(draw: random.Random, day: date | None) -> datetime | None:
    if day is None or draw.random() < 0.15:
        return None
    return datetime.combine(day, time(draw.randint(0, 23), draw.randint(0, 59)))


def add_order(draw: random.Random, merchant: str, number: int, world: World, waybill: str) -> None:
    """An order with all that hangs on it; ``waybill`` is the one that several parcels share."""
    order_id, placed = str(number), FIRST + timedelta(days=draw.randint(0, 120))
    lines: list[dict[str, Any]] = []
    for position in range(draw.choice((0, 1, 1, 2, 3))):
        quantity, price = draw.randint(0, 3), draw.choice((10, 19.9, 25))
        lines.append(
            {
                "merchant_id": merchant,
                "order_id": order_id,
                "order_line_id": str(position + 1),
                "product_id": draw.choice(("301", "302", "0", None)),
                "sku": draw.choice(("A", "B", "")),
                "quantity": quantity,
                "line_total_amount": quantity * price,
                "line_total_merchant_amount": draw.choice((quantity * price, quantity * price, None)),
            }
        )
    total = sum(line["line_total_amount"] for line in lines)
    is_certificate = draw.random() < 0.05
    world["core.orders"].append(
        {
            "merchant_id": merchant,
            "order_id": order_id,
            "status": draw.choice(("shipped", "shipped", "completed", "refunded", "cancelled", "declined", None)),
            "cancelled_by": draw.choice(("customer", "merchant", None)),
            "payment_method": draw.choice(("cod", "PayPal", None)),
            "total_amount": 0 if is_certificate else total,
            "total_merchant_amount": draw.choice((total, None)),
            "gift_certificate_amount": total if is_certificate else None,
            "shipped_quantity": draw.choice((None, 0, sum(line["quantity"] for line in lines))),
            "placed_date": placed,
            "placed_at": _moment(draw, placed),
            "policy_version_id": draw.choice(("1", None)),
        }
    )
    world["core.order_lines"] += lines
    order = Order(merchant, order_id, placed, lines)
    for parcel in range(draw.choice((0, 1, 1, 2))):
        _parcel(draw, f"{number}-{parcel}", order, world, waybill)
    for back in range(draw.choice((0, 0, 0, 1, 2, 3))):
        _return(draw, f"R{number}-{back}", order, world)
    for refund in range(draw.choice((0, 0, 0, 1, 2))):
        _refund(draw, f"F{number}-{refund}", order, world)


def _parcel(
    draw: random.Random,
    number: str,
    order: Order,
    world: World,
    waybill: str,
) -> None:
    shipped = order.placed + timedelta(days=draw.randint(-1, 5))
    direction = draw.choice(("forward", "forward", "forward", "reverse", None))
    world["core.shipments"].append(
        {
            "merchant_id": order.merchant,
            "shipment_id": f"S{number}",
            "order_id": draw.choice((order.order_id, order.order_id, order.order_id, "unknown", None)),
            "reference_number": draw.choice((None, f"R{number}")),
            "direction": direction,
            "awb": draw.choice((f"AWB{number}", f"AWB{number}", waybill, None)),
            "payment_mode": draw.choice(("COD", "Prepaid", None)),
            "status": draw.choice(PARCEL_STATUSES),
            "outcome": draw.choice(("delivered", "returned_to_origin", "in_transit", "lost", None)),
            "promised_date": draw.choice((None, order.placed + timedelta(days=4))),
            "shipped_date": draw.choice((shipped, None)),
            "shipped_at": _moment(draw, shipped),
            "delivered_at": _moment(draw, shipped + timedelta(days=draw.randint(-1, 6))),
            "rto_delivered_at": draw.choice((None, None, _moment(draw, shipped + timedelta(days=9)))),
            "last_changed_at": datetime(2026, 6, 1),
        }
    )
    world["core.shipment_lines"] += [
        {
            "merchant_id": order.merchant,
            "shipment_id": f"S{number}",
            "shipment_line_id": line["order_line_id"],
            "product_id": line["product_id"],
            "sku": line["sku"],
            "quantity": draw.choice((line["quantity"], None)),
        }
        for line in order.lines
    ]
    for _ in range(draw.choice((0, 0, 2, 4))):
        world["core.tracking_events"].append(
            {
                "merchant_id": order.merchant,
                "shipment_id": f"S{number}",
                "happened_at": datetime.combine(
                    shipped, time(draw.randint(0, 23), draw.randint(0, 59), draw.randint(0, 59))
                ),
                "code_raw": str(draw.randint(1, 10**9)),
                "code": draw.choice(("order_placed", "in_transit", "delivered", "pickup_failed", "rto_in_transit")),
                "direction": direction,
            }
        )


def _return(
    draw: random.Random,
    number: str,
    order: Order,
    world: World,
) -> None:
    requested = draw.choice((order.placed + timedelta(days=draw.randint(-1, 40)), None))
    line = draw.choice(order.lines) if order.lines else {}
    row = {
        "merchant_id": order.merchant,
        "return_line_id": number,
        "return_id": draw.choice((number, None)),
        "order_id": draw.choice((order.order_id, order.order_id, order.order_id, "unknown", None)),
        "order_line_id": draw.choice((line.get("order_line_id"), None)),
        "product_id": line.get("product_id"),
        "sku": line.get("sku"),
        "requested_resolution": draw.choice(("Refund", "換貨", "Store Credit", "as you like", None)),
        "resolution": draw.choice((None, None, "Refunded", "已寄換貨", "Rejected", "see mail")),
        "reason_list": draw.choice(("bigcommerce", "clickpost", None)),
        "status": draw.choice(RETURN_STATUSES),
        "awb": draw.choice((f"AWB{number[1:]}", None)),
        "quantity": draw.randint(1, 3),
        "requested_date": requested,
        "requested_at": _moment(draw, requested),
        "received_at": _moment(draw, draw.choice((requested, None))),
        "resolved_at": _moment(draw, draw.choice((requested, None))),
    }
    world["core.return_lines"].append(row)
    world["staging.return_lines"].append(
        {name: row[name] for name in ("merchant_id", "return_line_id", "status", "requested_date")}
        | {"file_id": order.merchant, "record_number": len(world["staging.return_lines"])}
    )
    if requested and draw.random() < 0.5:
        for step in range(draw.randint(1, 4)):
            world["core.return_status_events"].append(
                {
                    "merchant_id": order.merchant,
                    "return_line_id": number,
                    "to_status": draw.choice([status for status in RETURN_STATUSES if status]),
                    "changed_at": datetime.combine(requested, time(step)) + timedelta(days=draw.randint(0, 2)),
                }
            )


def _refund(
    draw: random.Random,
    number: str,
    order: Order,
    world: World,
) -> None:
    kind = draw.choice(("order", "order", "product", "shipping", None))
    line = draw.choice(order.lines) if order.lines else {}
    amount = draw.choice(
        (line.get("line_total_amount", 5), 5, 0, sum(each["line_total_amount"] for each in order.lines))
    )
    world["core.refunds"].append(
        {
            "merchant_id": order.merchant,
            "refund_id": number,
            "order_id": draw.choice((order.order_id,) * 5 + ("unknown",)),
            "order_line_id": line.get("order_line_id") if kind == "product" else None,
            "return_line_id": draw.choice((None, None, None, f"R{order.order_id}-0")),
            "item_kind": kind,
            "gateway": draw.choice(("PayPal", "Store Credit", None, None)),
            "quantity": draw.choice((1, None)),
            "refund_amount": amount,
            "refund_merchant_amount": draw.choice((amount, amount, None)),
            "is_declined": draw.choice((None, None, False, True)),
            "refunded_date": draw.choice((order.placed + timedelta(days=20), None)),
        }
    )
