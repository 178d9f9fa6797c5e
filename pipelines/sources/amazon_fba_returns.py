"""Amazon's report of returns to its warehouses (GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA), goods shipped by Amazon.

* **A row is a unit** that came back: two units of one order are two rows. The license plate number on the unit, with
  its order, is the key. It is not always there: then order, SKU, return date and the place among such rows of the file.
  Rows come late and files overlap (read the last 35 days again): the same unit is the same row.
* **return-date is when the unit came back**, not when the customer asked: it becomes ``received_at``. The day of the
  request is not in the report and stays empty.
* It is ``2025-06-05T15:31:40+00:00`` over the interface, and a day such as 05-06-2025 in files from the page. The
  order of day and month in such files is proven, or the file is refused.
* **UNDELIVERABLE_... is no customer's reason**: the parcel never arrived and came back. Such a unit is a forward
  parcel with the outcome ``returned_to_origin``, never a return line. NEVER_ARRIVED is what a customer says, and stays
  a return.
* A help page calls ``order-id`` ``amazon-order-id``: both are read.
* ``detailed-disposition`` is what Amazon found (the inspection), ``status`` what it did with the unit.
* A refund without a return is not in this report, and no money is.
* How the text is written stands in ``amazon_text``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pipelines.sources.amazon_text import AMAZON_TEXT
from pipelines.sources.base import FileFacts, RawColumn, Source, TextForm, snake_case
from pipelines.sources.date_format import decide_date_format

if TYPE_CHECKING:
    from pipelines.ingest.landing import LandedFile


class AmazonFbaReturns(Source):
    """Returned units, what Amazon found, and units that could not be delivered."""

    name: ClassVar[str] = "amazon_fba_returns"
    title: ClassVar[str] = "Amazon FBA customer returns"
    raw_table: ClassVar[str] = "amazon__fba_returns"
    text_form: ClassVar[TextForm] = AMAZON_TEXT
    order_columns: ClassVar[tuple[str, ...]] = ("order_id", "amazon_order_id")
    is_held_against_orders: ClassVar[bool] = True
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("return-date", is_required=True),
        RawColumn("order-id"),
        RawColumn("amazon-order-id"),
        RawColumn("sku", is_required=True),
        RawColumn("asin"),
        RawColumn("fnsku"),
        RawColumn("product-name"),
        RawColumn("quantity", is_required=True),
        RawColumn("detailed-disposition", is_required=True),
        RawColumn("reason", "reason", is_required=True),
        RawColumn("status"),
        RawColumn("license-plate-number"),
        RawColumn("customer-comments", "free_text"),
    )
    staged: ClassVar[tuple[str, ...]] = (
        "amazon_fba__returned_units",
        "amazon_fba__return_lines",
        "amazon_fba__inspections",
        "amazon_fba__shipments",
        "amazon_fba__shipment_lines",
    )

    def matches(self, header: list[str]) -> bool:
        """Whether the report's columns stand in it, with the order under either name."""
        return not self.missing(header)

    def missing(self, header: list[str]) -> list[str]:
        """Required headers that the file does not have."""
        present = {snake_case(name) for name in header}
        has_order = not present.isdisjoint({"order_id", "amazon_order_id"})
        return super().missing(header) if has_order else [*super().missing(header), "order-id"]

    def examine(self, landed: LandedFile) -> FileFacts:
        """Prove the order of day and month, where the file has days only.

        Raises:
            Refused: nothing proves it, or the dates contradict each other.
        """
        return FileFacts(date_format=decide_date_format(landed, ("return_date",)))
