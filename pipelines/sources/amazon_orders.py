"""Amazon's report of all orders, by last update or by order date (GET_FLAT_FILE_ALL_ORDERS_DATA_..._GENERAL).

* **A row is a line of an order**, and the report has no id for it: lines are numbered within their order by SKU, ASIN
  and place in the file, so that the same lines have the same numbers whatever the order of rows. An order is loaded
  whole or not at all: a line that cannot be read takes its order with it, because the newest file replaces all lines.
* **Variants**: 29 columns in older files, 32 in newer ones; others have more or leave out the address. All are read
  by name; columns that are not needed are attributes of the line.
* **Money is blank** on cancelled and pending lines: amounts are then empty, not 0. item-price is the line's, not the
  unit's.
* **Tax**: Amazon.com and Amazon.ca put it on top of the prices. Of other marketplaces the report does not say whether
  prices hold it: where tax is stated there, sums over the order stay empty rather than guessed.
* **Status** such as ``Shipped - Delivered to Buyer`` is read by its first part. A cancelled line stays, with the
  quantity that the report states, mostly 0; shipped units are those whose item-status is Shipped.
* **fulfillment-channel** Amazon is Amazon's warehouse; Merchant is the seller's own shipping.
* **last-updated-date** dates the file: of two files with one order the later one wins.
* There is no customer in it. City and purchase order number are dropped, postcodes are cut.
* How the text is written stands in ``amazon_text``.
"""

from __future__ import annotations

from typing import ClassVar

from pipelines.sources.amazon_text import AMAZON_TEXT
from pipelines.sources.base import RawColumn, Source, TextForm


class AmazonOrders(Source):
    """Orders and their lines."""

    name: ClassVar[str] = "amazon_orders"
    title: ClassVar[str] = "Amazon all-orders report"
    raw_table: ClassVar[str] = "amazon__orders"
    text_form: ClassVar[TextForm] = AMAZON_TEXT
    updated_column: ClassVar[str] = "last_updated_date"
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("amazon-order-id", is_required=True),
        RawColumn("purchase-date", is_required=True),
        RawColumn("last-updated-date"),
        RawColumn("order-status", is_required=True),
        RawColumn("fulfillment-channel"),
        RawColumn("sales-channel"),
        RawColumn("product-name"),
        RawColumn("sku", is_required=True),
        RawColumn("asin"),
        RawColumn("item-status"),
        RawColumn("quantity", is_required=True),
        RawColumn("currency"),
        RawColumn("item-price"),
        RawColumn("item-tax"),
        RawColumn("shipping-price"),
        RawColumn("shipping-tax"),
        RawColumn("gift-wrap-price"),
        RawColumn("gift-wrap-tax"),
        RawColumn("item-promotion-discount"),
        RawColumn("ship-promotion-discount"),
        RawColumn("ship-city", "drop"),
        RawColumn("ship-state"),
        RawColumn("ship-postal-code", "postcode"),
        RawColumn("ship-country"),
        RawColumn("purchase-order-number", "drop"),
    )
    staged: ClassVar[tuple[str, ...]] = ("amazon__order_records", "amazon__order_lines", "amazon__orders")
