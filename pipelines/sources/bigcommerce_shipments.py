"""BigCommerce shipments, the CSV of the control panel's shipments export.

What is known of the format, from a real file of 3,494 parcels (marked *guess* where it did not show it):

* **Header**: 29 names in capitals, matched without regard to case and order. The writer quotes every cell of the
  records, though not of the header.
* **Dates** are ``Mar 16th 2026``: month by its English name, day with its ordinal ending. The orders export of the
  same store writes numbers instead, so the two prove each other: see ``shipment_dates``. They are days on the
  store's clock, without a time. ISO days (``2026-03-16``) and months in full are read as well: a *guess*. Days made
  of numbers in another order are not read; a file in which no day can be read is refused.
* **SHIPMENT ITEMS** is ``product id|name|sku|quantity``, items joined by ``~``; all of 5,272 real items have exactly
  four parts. Nothing is escaped: a name with ``|`` is read because the id is the first part and SKU and quantity the
  last two, a ``~`` splits only where digits and ``|`` follow. A SKU with ``|`` would lose its beginning to the name.
  A cell that does not fit is quarantined as a whole, its parcel stays without lines.
* **TRACKING NO** is blank in 8 rows; there is no column for the carrier. SHIPPING METHOD is what the customer chose.
* **States** stand as full names (``Michigan``) in all rows but one, where the orders export has ``MI``.
* **Grain**: a row is a parcel. An order has up to nine; of 3,494 parcels 4 have no order in the orders file.
* How a parcel ended is not told: its outcome is unknown until a carrier's file tells of the same tracking number.
* Template engines may write other sub-item modes than the one cell; no such file was seen, and none is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pipelines.sources.base import FileFacts, RawColumn, Source
from pipelines.sources.shipment_dates import examine_shipment_dates

if TYPE_CHECKING:
    from pipelines.ingest.landing import LandedFile

_PERSONAL = ("FULL NAME", "FIRST NAME", "LAST NAME", "COMPANY", "STREET 1", "STREET 2", "SUBURB", "PHONE")


def _address(side: str, postcode: str) -> tuple[RawColumn, ...]:
    """A billing or shipping block: country, state and the postcode's beginning are all that is needed."""
    return (
        *(RawColumn(f"{side} {name}", "drop") for name in _PERSONAL),
        RawColumn(f"{side} STATE"),
        RawColumn(f"{side} {postcode}", "postcode"),
        RawColumn(f"{side} COUNTRY"),
    )


class BigCommerceShipments(Source):
    """Parcels and what is in them, from one shipments export."""

    name: ClassVar[str] = "bigcommerce_shipments"
    title: ClassVar[str] = "BigCommerce shipments export"
    raw_table: ClassVar[str] = "bigcommerce__shipments"
    order_columns: ClassVar[tuple[str, ...]] = ("order_id",)
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("SHIPMENT ID", is_required=True),
        RawColumn("DATE SHIPPED", is_required=True),
        RawColumn("ORDER ID", is_required=True),
        RawColumn("ORDER DATE"),
        RawColumn("TRACKING NO"),
        RawColumn("SHIPPING METHOD"),
        *_address("BILLING", "ZIP/POSTCODE"),
        *_address("SHIPPING", "ZIP"),
        RawColumn("SHIPMENT ITEMS", is_required=True, grammar="\\d*\\|"),
    )
    staged: ClassVar[tuple[str, ...]] = ("bigcommerce__shipments", "bigcommerce__shipment_lines")

    def examine(self, landed: LandedFile) -> FileFacts:
        """Hold the order dates against those of the store's loaded orders.

        Raises:
            Refused: no date of the file can be read.
        """
        return FileFacts(date_format=examine_shipment_dates(landed))
