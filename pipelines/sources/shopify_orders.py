"""Shopify's orders export (CSV, 79 columns).

* **A row is a line of an order.** Later rows of an order repeat the Name and fill the Lineitem columns and Vendor;
  the rest is blank, at times Email and Created at too. Rows belong together by ``Name`` alone, and an order's values
  are the first that its rows state. An order is loaded whole or not at all: a line that cannot be read takes its order
  with it, because the newest file replaces all lines.
* **Name** (``#1001``) is the order number: shown everywhere, unique within a shop, kept as it is written. ``Id`` is on
  the first row only and stays an attribute of the order.
* **Dates** have the shop's offset (``2026-06-08 23:02:14 +1000``): times are UTC, days those of the merchant's zone.
* **Postcodes** may begin with an apostrophe, which is taken off before they are cut.
* **Booleans** are true/false on lines and yes/no elsewhere.
* **Tax** is in the prices or on top of them, as the shop is set up: the sum that Total agrees with tells.
* **Refunded Amount** is one sum an order: no date, no line, no reason. Returns are not in this export at all.
* **No product number**: lines are known by SKU or name. Vendor is the brand; it stays an attribute of the line.
* Help pages spell some headers otherwise (``Lineitem compare-at price``, ``Lineitem SKU``, ``Canceled at``): all are
  read.
* Risk, tags, tax lines and others are attributes of the first line's row.
"""

from __future__ import annotations

from typing import ClassVar

from pipelines.sources.base import RawColumn, Source

_ADDRESS_DROPPED = ("Name", "Street", "Address1", "Address2", "Company", "City")


def _address_dropped(side: str) -> tuple[RawColumn, ...]:
    return tuple(RawColumn(f"{side} {name}", "drop") for name in _ADDRESS_DROPPED)


class ShopifyOrders(Source):
    """Orders, their lines and their refund sums from one orders export."""

    name: ClassVar[str] = "shopify_orders"
    title: ClassVar[str] = "Shopify orders export"
    raw_table: ClassVar[str] = "shopify__orders"
    order_columns: ClassVar[tuple[str, ...]] = ("name",)
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("Name", is_required=True),
        RawColumn("Email", "identity", kind="email"),
        RawColumn("Phone", "identity", kind="phone"),
        RawColumn("Financial Status", is_required=True),
        RawColumn("Paid at"),
        RawColumn("Fulfillment Status"),
        RawColumn("Fulfilled at"),
        RawColumn("Accepts Marketing"),
        RawColumn("Currency"),
        RawColumn("Subtotal"),
        RawColumn("Shipping"),
        RawColumn("Taxes"),
        RawColumn("Duties"),
        RawColumn("Total"),
        RawColumn("Discount Code"),
        RawColumn("Discount Amount"),
        RawColumn("Created at", is_required=True),
        RawColumn("Cancelled at"),
        RawColumn("Canceled at"),
        RawColumn("Payment Method"),
        RawColumn("Refunded Amount"),
        RawColumn("Id"),
        RawColumn("Source"),
        RawColumn("Vendor"),
        RawColumn("Lineitem quantity", is_required=True),
        RawColumn("Lineitem name", is_required=True),
        RawColumn("Lineitem price", is_required=True),
        RawColumn("Lineitem compare at price"),
        RawColumn("Lineitem sku"),
        RawColumn("Lineitem requires shipping"),
        RawColumn("Lineitem taxable"),
        RawColumn("Lineitem fulfillment status"),
        RawColumn("Lineitem discount"),
        RawColumn("Shipping Zip", "postcode"),
        RawColumn("Shipping Province"),
        RawColumn("Shipping Country"),
        *_address_dropped("Billing"),
        *_address_dropped("Shipping"),
        RawColumn("Billing Zip", "drop"),
        RawColumn("Billing Phone", "identity", kind="phone"),
        RawColumn("Shipping Phone", "drop"),
        RawColumn("Notes", "free_text"),
        RawColumn("Note Attributes", "drop"),
        RawColumn("Employee", "drop"),
        RawColumn("Device ID", "drop"),
        RawColumn("Receipt Number", "drop"),
        RawColumn("Payment Reference", "drop"),
        RawColumn("Payment References", "drop"),
        RawColumn("Payment ID", "drop"),
    )
    staged: ClassVar[tuple[str, ...]] = (
        "shopify__order_records",
        "shopify__order_lines",
        "shopify__orders",
        "shopify__refunds",
    )
