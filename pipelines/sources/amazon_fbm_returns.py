"""Amazon's report of seller-fulfilled returns (GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE), at most 60 days a file.

* **A row is an item of a return authorisation** (Amazon RMA ID), with its quantity. Newer files add Order Item ID:
  two items of one authorisation with the same SKU are told apart by it.
* **Dates** are ``10-Jul-2025`` (US) or ISO (Brazil): both are certain. Other forms are rejected, never guessed. A day
  without a time has no time: the request then has its day only.
* **Label cost** is what the way back costs, and Label to be paid by who pays it. Rows with one Tracking ID are one
  parcel, whose cost is the largest that they state. A label cost without Tracking ID stays an attribute of the line.
* **Refunded Amount** is money that went back for this item; the report has no date for it.
* Reasons are codes such as AMZ-PG-WJ-TOO-SMALL or CR-SWITCHEROO; those that the crosswalk does not know stay unmapped.
* SafeT claims, A-to-Z, In policy, Return type and others are attributes of the line.
* How the text is written (single-space blanks, short records) stands in ``amazon_text``.
"""

from __future__ import annotations

from typing import ClassVar

from pipelines.sources.amazon_text import AMAZON_TEXT
from pipelines.sources.base import RawColumn, Source, TextForm


class AmazonFbmReturns(Source):
    """Return lines, the money that went back for them, and the parcels in which the goods travel back."""

    name: ClassVar[str] = "amazon_fbm_returns"
    title: ClassVar[str] = "Amazon seller-fulfilled returns"
    raw_table: ClassVar[str] = "amazon__fbm_returns"
    text_form: ClassVar[TextForm] = AMAZON_TEXT
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("Order ID", is_required=True),
        RawColumn("Order date"),
        RawColumn("Return request date", is_required=True),
        RawColumn("Return request status"),
        RawColumn("Amazon RMA ID", is_required=True),
        RawColumn("Merchant RMA ID"),
        RawColumn("Order Item ID"),
        RawColumn("Label cost"),
        RawColumn("Currency code"),
        RawColumn("Return carrier"),
        RawColumn("Tracking ID"),
        RawColumn("Label to be paid by"),
        RawColumn("ASIN"),
        RawColumn("Merchant SKU"),
        RawColumn("Item Name"),
        RawColumn("Return quantity", is_required=True),
        RawColumn("Return Reason", "reason", is_required=True),
        RawColumn("Resolution", "reason"),
        RawColumn("Return delivery date"),
        RawColumn("Refunded Amount"),
    )
    staged: ClassVar[tuple[str, ...]] = (
        "amazon_fbm__return_lines",
        "amazon_fbm__refunds",
        "amazon_fbm__shipments",
        "amazon_fbm__shipment_lines",
    )
