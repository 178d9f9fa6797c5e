"""ClickPost's dashboard report, the CSV that merchants hold of their parcels.

What is known of the format (marked *guess* where no real file showed it):

* **Columns**: 113 names are known, in any order and any capitals (``PickUp Address Type``, ``TimeStamp Of ...``); a
  merchant chooses which of them the report has. AWB and Clickpost Unified Status are needed, all others may lack.
  Columns without a use of their own are kept as attributes, masked.
* **Names, phones, e-mails, addresses, cities** of the three addresses, TIN and links to pictures are dropped;
  postcodes keep three characters, which is the sorting district in India.
* **AWBs** are long numbers with leading zeros and always text. One that a spreadsheet made a number of (``1.23E+12``,
  ``123.0``) cannot be restored and is quarantined. A row without AWB is not yet handed to a courier: quarantined too,
  it comes with its AWB in a later report. Order ids, references and SKUs that became such numbers cost their cell.
* **No direction column.** What decides, the first that holds:

  1. Courier Partner holds ``Reverse`` or the word ``RVP``: reverse.
  2. RVP Reason, RVP Reason SKU Wise or QC Type is filled: reverse.
  3. The status is one of a return or an exchange (codes 30-32, 101, 102): reverse.
  4. An RTO status, RTO AWB or RTO time: forward, because only forward parcels return to origin.
  5. COD Value above 0: forward, because the customer pays at the door.
  6. Return Pincode, the place that parcels go back to, is the Drop's and not the Pickup's: reverse; the Pickup's and
     not the Drop's: forward.
  7. Out For Pickup attempts without Out For Delivery attempts: reverse. This is weak, because a courier may also go
     out to pick up at the warehouse.
  8. Nothing of that: forward.

  ``attributes`` of the shipment name the evidence. Only the row itself is looked at: compared with other rows of its
  order, it would read differently when its file is cut in two.
* **Status** is told by name or code in varying spelling; it is read with the direction: ``Delivered`` on a reverse
  parcel means back at the warehouse. RTO is no return: the outcome is ``returned_to_origin``.
* **Times are naive India time**, UTC+05:30 all year: ``YYYY-MM-DD HH:MM:SS``, or ``dd-mm-yyyy HH:MM`` after a
  spreadsheet, whose order of day and month must be proven or stated. A report and its copy through a spreadsheet differ
  by the seconds, which makes two scans of one.
* **Several rows per AWB**, in one report and over time: the latest Latest Timestamp counts, where it is blank Updated
  at, else the newest time of the row; of rows with the same one the later Updated at.
* **Numbers** may hold blanks and commas between groups of digits. A comma before one or two last digits is not read:
  it might be a decimal comma. Costs have no currency: they are taken to be in the merchant's.
* **SKUs** stand in Product SKU Code, else SKU, between ``,``, ``;`` or ``|``; an SKU that stands twice is two units
  where Items Quantity agrees. SKU Wise Item Quantity is read as ``SKU:2`` (also ``=``, ``x``, ``*``) or as one number
  per SKU: a *guess*. Where nothing tells how many of each, the quantity of the parcel's item is empty; a return counts
  one of each and says so.
* **RVP Reason SKU Wise** has a grammar that no source shows. It is read as ``SKU: reason`` for the SKUs that the row
  names, whatever stands between two of them (``,``, ``;``, ``|``, line break); without SKU columns, for words that hold
  a digit. A cell that cannot be read so is quarantined, and its parcel keeps RVP Reason. Reasons lose blanks at their
  ends.
* A reverse row is also a return: its reference is Reference Number, unless that is the order's number, else the AWB.
  Nothing links it to the forward parcel but Order ID and SKU.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from pipelines.errors import Refused
from pipelines.mapping.dates import DateParts, date_parts_query, decide
from pipelines.sources.base import FileFacts, RawColumn, Source, snake_case

if TYPE_CHECKING:
    from pipelines.ingest.landing import LandedFile
    from pipelines.sources.base import Decision

TIME_COLUMNS = (
    "Order Date",
    "Created at",
    "Pickup Date",
    "Latest Timestamp",
    "Delivery Date",
    "Updated at",
    "Expected delivery date by Courier Partner",
    "Expected Date of Delivery (Min)",
    "Expected Date of Delivery (Max)",
    "EDD sent over OC API",
    "Out For Delivery 1st Attempt",
    "Out For Delivery 2nd Attempt",
    "Out For Delivery 3rd Attempt",
    "Out For Delivery 4th Attempt",
    "Out For Delivery 5th Attempt",
    "TimeStamp Of Last Failed Delivery",
    "RTO Mark Date",
    "RTO Intransit Timestamp",
    "RTO Delivery Date",
    "Out For Pickup 1st Attempt",
    "Out For Pickup 2nd Attempt",
    "Out For Pickup 3rd Attempt",
    "Destination Hub In Scan Time",
    "Origin Hub In Timestamp",
    "Origin Hub Out Timestamp",
)
"""Columns that hold a time and are read as one; ``sql/staging/clickpost__record_times.sql`` names them again."""

_TIMES_KEPT_AS_TEXT = (
    "Invoice Date",
    "Original Appointment Start Time",
    "Original Appointment End Time",
    "Current Appointment Start Time",
    "Current Appointment End Time",
)
_SIDES = ("Pickup", "Drop", "Return")
_PERSONAL = ("Name", "Phone", "Email", "Address", "Organisation", "City")
_SKU_LISTS = ("Product SKU Code", "SKU")


class ClickPostReport(Source):
    """Parcels, what is in them, their scans and the returns that they bring, from the dashboard report."""

    name: ClassVar[str] = "clickpost_report"
    title: ClassVar[str] = "ClickPost dashboard report"
    raw_table: ClassVar[str] = "clickpost__report"
    order_columns: ClassVar[tuple[str, ...]] = ("order_id",)
    updated_column: ClassVar[str] = "updated_at"
    updated_offset: ClassVar[timedelta | None] = timedelta(hours=5, minutes=30)
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("AWB", is_required=True),
        RawColumn("Clickpost Unified Status", is_required=True),
        RawColumn("RTO AWB"),
        RawColumn("Order ID"),
        RawColumn("Reference Number"),
        # Where the merchant ships from is no person, also where the pickup's name is the warehouse's.
        RawColumn("From Warehouse"),
        RawColumn("To Warehouse"),
        RawColumn("Courier Partner"),
        RawColumn("Mode of Shipment"),
        RawColumn("Payment Mode"),
        RawColumn("COD Value"),
        RawColumn("Shipping Cost"),
        RawColumn("Items"),
        RawColumn("Items Quantity"),
        RawColumn("Product SKU Code"),
        RawColumn("SKU"),
        RawColumn("SKU Wise Item Quantity"),
        RawColumn("Shipment Weight"),
        RawColumn("Actual Weight"),
        RawColumn("Chargeable Weight"),
        RawColumn("Out For Delivery Attempts"),
        RawColumn("Out For Pickup Attempts"),
        RawColumn("Current Location", "place"),
        RawColumn("Latest Remark", "free_text"),
        RawColumn("Reason For Last Failed Delivery", "free_text"),
        RawColumn("Remark Of Last Failed Delivery", "free_text"),
        RawColumn("QC Type"),
        RawColumn("RVP Reason", "reason"),
        RawColumn("RVP Reason SKU Wise", "reason", spared=_SKU_LISTS),
        *(RawColumn(name) for name in (*TIME_COLUMNS, *_TIMES_KEPT_AS_TEXT)),
        *(RawColumn(f"{side} {name}", "drop") for side in _SIDES for name in _PERSONAL),
        *(RawColumn(f"{side} Pincode", "postcode") for side in _SIDES),
        *(RawColumn(f"{side} {name}") for side in ("Pickup", "Drop") for name in ("Country", "State", "District")),
        RawColumn("TIN", "drop"),
        RawColumn("Return Product URL", "drop"),
    )
    staged: ClassVar[tuple[str, ...]] = (
        "clickpost__parcel_records",
        "clickpost__record_times",
        "clickpost__shipments",
        "clickpost__shipment_lines",
        "clickpost__tracking_events",
        "clickpost__return_lines",
    )

    def examine(self, landed: LandedFile) -> FileFacts:
        """Prove the order of day and month of dates that do not begin with the year.

        Raises:
            Refused: there are such dates and nothing proves their order, or proofs contradict each other.
        """
        return FileFacts(date_format=_decided(landed))


def _decided(landed: LandedFile) -> Decision | None:
    times = {snake_case(name) for name in TIME_COLUMNS}
    columns = {snake_case(name): name for name in landed.header if snake_case(name) in times}
    if not columns:
        return None
    row = landed.connection.execute(date_parts_query(landed.table, columns)).fetchall()[0]
    parts = DateParts(*row)
    stated = landed.date_format_option
    if stated == "ymd" and parts.count:
        raise Refused(
            landed.file_name,
            line=parts.line,
            column=parts.column,
            found=f"{parts.count:,} dates that do not begin with the year, although year/month/day is stated",
            expected="dates in the stated order",
            remedy="state their order with --date-format dmy (or mdy), or load the report as ClickPost wrote it",
        )
    earlier = landed.earlier_date_format()
    return decide(
        landed.file_name,
        parts,
        (stated, "stated (--date-format, or the merchant's setting)") if stated else None,
        earlier if earlier and earlier[0] in ("dmy", "mdy") else None,
    )
