"""BigCommerce orders, the CSV of the control panel's export templates.

What is known of the format (marked *guess* where no real file showed it):

* **Header generations**, matched by name, never by position. 2014: 48 columns, ends at Product Details.
  2022: the store's form fields appear as ``Billing <field>`` and ``Shipping <field>`` and are kept as
  attributes. 2024: Fee Details (55 columns). Multi-storefront: other order, Channel ID and Channel Name at
  the end. A custom "all fields" template has 71. Rows mode: one row per product, the product's keys as
  columns.
* **Dates** have the template's order of day and month, and two templates of one store may differ: see
  ``date_format``. They are store-local. The store's zone does not follow daylight saving by itself, so a
  time (custom templates only) is read with the zone's standard offset all year round.
* **Rows mode**: blank rows between orders are no records; columns of the order repeat or are blank on its
  later rows; the rows of an order stand together.
* **Product Details** holds an order's lines in one cell, ``|`` between items, eight keys in order, nothing
  escaped. Names hold commas, pipes, line breaks, colons, HTML entities, blanks at both ends; a SKU may be
  empty; product id 0 is an item added by hand; options hold commas and need no colon; a product may stand
  twice. The "all fields" template has the options before the unit price, the weight behind it, and further
  keys (costs, index, Peachtree accounts). ``sql/staging/bigcommerce__order_lines.sql`` reads both orders of
  keys.
* **What remains ambiguous**, because nothing is escaped: a name or options with ``, Product Weight: <number>,
  Product Variation Details: `` or ``, Product Unit Price: <number>, Product Total Price: ``, a name in an
  "all fields" cell with ``, Product Variation Details: ``, any text with a whole ``, Product Total Price:
  <number>|Product ID: <digits>, Product Qty: <digits>, Product SKU: ``. Such cells are quarantined, or caught
  by Total Quantity: no item is made up. A SKU ends at the first ``, Product Name: ``.
* **Thousands separators** (``1,299.00``) in prices are read: a *guess*, one hand-made sample has them.
* **Money**: two decimals, handling with four in 2014, Refund Amount with four. Order Total is net of gift
  certificates. A refund is told by Refund Amount, never by the status: the two disagree in real files.
* **Customer ID 0** is a guest, who may have an e-mail. The billing block is blank in a tenth of the rows.
* Coupon Details and Fee Details have a grammar that no source shows: kept as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pipelines.sources.base import FileFacts, RawColumn, Source, snake_case
from pipelines.sources.date_format import decide_date_format

if TYPE_CHECKING:
    from pipelines.ingest.landing import LandedFile

_ADDRESS_DROPPED = (
    "Name", "First Name", "Last Name", "Company", "Street 1", "Street 2", "Suburb", "Suburb + State + Zip",
    "Phone",
)  # fmt: skip


def _address(side: str) -> tuple[RawColumn, ...]:
    """A billing or shipping block: country, state and the postcode's beginning are all that is needed."""
    return (
        *(RawColumn(f"{side} {name}", "drop") for name in _ADDRESS_DROPPED),
        RawColumn(f"{side} State"),
        RawColumn(f"{side} State Abbreviation"),
        RawColumn(f"{side} Zip", "postcode"),
        RawColumn(f"{side} Country"),
    )


_ORDER = (
    RawColumn("Order ID", is_required=True),
    RawColumn("Customer ID", "identity", kind="id", empty_values=("0",)),
    RawColumn("Customer Name", "drop"),
    RawColumn("Customer Email", "identity", kind="email"),
    RawColumn("Customer Phone", "identity", kind="phone"),
    RawColumn("Customer Group Name"),
    RawColumn("Order Date", is_required=True),
    RawColumn("Order Time"),
    RawColumn("Order Status", is_required=True),
    RawColumn("Merchant-defined Order Status"),
    RawColumn("Payment Method"),
    RawColumn("Ship Method"),
    RawColumn("Total Quantity"),
    RawColumn("Total Shipped"),
    RawColumn("Date Shipped"),
    RawColumn("Order Currency Code"),
    RawColumn("Exchange Rate"),
    RawColumn("Order Notes", "free_text"),
    RawColumn("Customer Message", "free_text"),
    RawColumn("Channel ID"),
    RawColumn("Channel Name"),
    RawColumn("Order Source"),
    RawColumn("Transaction ID", "drop"),
    RawColumn("# Unique Products in Order"),
    RawColumn("Combined Product Weight"),
    RawColumn("Todays Date"),
    RawColumn("Peachtree Accounts Receivable Account"),
)

_MONEY = (
    RawColumn("Subtotal (inc tax)"),
    RawColumn("Subtotal (ex tax)"),
    RawColumn("Tax Total"),
    RawColumn("Shipping Cost (inc tax)"),
    RawColumn("Shipping Cost (ex tax)"),
    RawColumn("Handling Cost (inc tax)"),
    RawColumn("Handling Cost (ex tax)"),
    RawColumn("Order Total (inc tax)"),
    RawColumn("Order Total (ex tax)"),
    RawColumn("Store Credit Redeemed"),
    RawColumn("Gift Certificate Amount Redeemed"),
    RawColumn("Gift Certificate Code", "drop"),
    RawColumn("Gift Certificate Expiration Date"),
    RawColumn("Coupon Details", "reason"),
    RawColumn("Coupon Value"),
    RawColumn("Refund Amount"),
    RawColumn("Fee Details", "reason"),
)

_PRODUCTS = (
    RawColumn("Product Details", grammar="Product ID:"),
    RawColumn("Product ID"),
    RawColumn("Product Qty"),
    RawColumn("Product SKU"),
    RawColumn("Product Name"),
    RawColumn("Product Weight"),
    RawColumn("Product Variation Details"),
    RawColumn("Product Unit Price"),
    RawColumn("Product Total Price"),
    RawColumn("Product Unit Cost"),
    RawColumn("Product Total Cost"),
    RawColumn("Product Index"),
    RawColumn("Peachtree General Ledger Account"),
    RawColumn("Peachtree Tax Type"),
)

_COMBINED = ("product_details",)
_ROWS = ("product_id", "product_qty", "product_name", "product_unit_price", "product_total_price")


class BigCommerceOrders(Source):
    """Orders, their lines and their refund sums from one orders export."""

    name: ClassVar[str] = "bigcommerce_orders"
    title: ClassVar[str] = "BigCommerce orders export"
    raw_table: ClassVar[str] = "bigcommerce__orders"
    order_columns: ClassVar[tuple[str, ...]] = ("order_id",)
    columns: ClassVar[tuple[RawColumn, ...]] = (
        *_ORDER,
        *_MONEY,
        *_address("Billing"),
        RawColumn("Billing Email", "identity", kind="email", only_without="Customer Email"),
        *_address("Shipping"),
        RawColumn("Shipping Email", "drop"),
        *_PRODUCTS,
    )
    staged: ClassVar[tuple[str, ...]] = (
        "bigcommerce__order_records",
        "bigcommerce__order_lines",
        "bigcommerce__orders",
        "bigcommerce__refunds",
    )

    def matches(self, header: list[str]) -> bool:
        """Whether the order columns stand in it, and the products as one cell or as columns."""
        return not self.missing(header)

    def missing(self, header: list[str]) -> list[str]:
        """Required headers that the file does not have; without products an order tells too little."""
        present = {snake_case(name) for name in header}
        absent = super().missing(header)
        has_products = present.issuperset(_COMBINED) or present.issuperset(_ROWS)
        return absent if has_products else [*absent, "Product Details"]

    def examine(self, landed: LandedFile) -> FileFacts:
        """Prove the order of day and month.

        Raises:
            Refused: nothing proves it, or proofs contradict each other.
        """
        return FileFacts(date_format=decide_date_format(landed, ("order_date", "date_shipped")))
