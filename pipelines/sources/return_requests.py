"""Return requests of a BigCommerce store, in a CSV that Keeprate documents itself.

BigCommerce shows return requests in the control panel but has no export and no interface for them, so a
merchant (or a script) writes this file from the control panel's fields. A row is one request line:
BigCommerce gives every product its own return id. Names are matched without regard to case, in any order;
other columns are kept as attributes, masked. ``docs/reference/return-requests.md`` tells merchants the
same, with an example.

* ``return_id``, ``order_id``, ``quantity`` (whole, 1 or more) and ``date_requested`` are required.
* ``customer_id``: only its pseudonym is kept; ``0`` is nobody.
* ``product_id``, ``order_product_id``, ``product_name``, ``product_options``, ``sku``: what comes back.
  Orders exports have no order product id, so it stays an attribute.
* ``reason``, ``action``: what the customer chose. Both lists are the merchant's own, free text.
* ``comments``, ``staff_notes``: free text, masked at the door.
* ``status``: either generation. Older control panels: Pending, Received, Return Authorized, Item(s)
  Repaired, Item(s) Refunded, Request Rejected, Cancelled, or their numbers 1 to 7 in the order of
  BigCommerce's list (Pending, Received, Authorized, Repaired, Refunded, Rejected, Cancelled). Newer: the
  same seven for each item; and for the whole return Open, In Progress, Closed, of which In Progress does
  not tell where the item is: it becomes ``other``.
* ``store_credit``: amount given, a number.
* ``date_requested``, ``date_updated``, and where known ``date_approved``, ``date_received``,
  ``date_resolved``: ISO, ``YYYY-MM-DD``, ``YYYY-MM-DD HH:MM`` or ``YYYY-MM-DD HH:MM:SS``, on the merchant's
  wall clock: the zone of ``keeprate.toml``, daylight saving included (unlike BigCommerce's own exports).
  Other forms are rejected, never guessed. A day without a time is the day: the request then has no time,
  another step counts from the day's first moment that is not before the request.
* ``inspection_result``, ``resolution``, ``awb``: what the warehouse found, what was done, the parcel's
  waybill.
"""

from __future__ import annotations

from typing import ClassVar

from pipelines.sources.base import RawColumn, Source


class ReturnRequests(Source):
    """Return lines and the changes of their status from the documented CSV."""

    name: ClassVar[str] = "return_requests"
    title: ClassVar[str] = "Return requests (Keeprate's CSV for BigCommerce stores)"
    raw_table: ClassVar[str] = "bigcommerce__return_requests"
    updated_column: ClassVar[str] = "date_updated"
    order_columns: ClassVar[tuple[str, ...]] = ("order_id",)
    is_held_against_orders: ClassVar[bool] = True
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("return_id", is_required=True),
        RawColumn("order_id", is_required=True),
        RawColumn("customer_id", "identity", kind="id", empty_values=("0",)),
        RawColumn("product_id"),
        RawColumn("order_product_id"),
        RawColumn("product_name"),
        RawColumn("product_options"),
        RawColumn("sku"),
        RawColumn("quantity", is_required=True),
        RawColumn("reason", "reason"),
        RawColumn("action", "reason"),
        RawColumn("comments", "free_text"),
        RawColumn("staff_notes", "free_text"),
        RawColumn("status"),
        RawColumn("date_requested", is_required=True),
        RawColumn("date_updated"),
        RawColumn("store_credit"),
        RawColumn("date_approved"),
        RawColumn("date_received"),
        RawColumn("date_resolved"),
        RawColumn("inspection_result", "reason"),
        RawColumn("resolution", "reason"),
        RawColumn("awb"),
    )
    staged: ClassVar[tuple[str, ...]] = ("bigcommerce__return_lines", "bigcommerce__return_status_events")
