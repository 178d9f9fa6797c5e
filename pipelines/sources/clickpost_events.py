"""ClickPost's tracking and return answers and its webhooks, as JSON.

A file is one document, a list of them, or JSON Lines. A record is a parcel of a track-order answer, an entry of an
updated-order answer, a webhook's payload, or an entry of the returns delta; each is known by its keys.

* **Track order (v2)**: ``result`` is an object keyed by waybill, with ``scans`` and ``additional``. Scans are no clean
  sequence: an "order placed" may be later than an "in transit", and one parcel's scans carry several tracking ids.
* **Updated order (v1)**: ``result`` is a list; the carrier is ``courier_partner``, a number, instead of ``cp_id``.
* **Webhooks** come in any order and repeatedly, and gain keys at any time. Unknown keys are kept as attributes.
* **Return requests** (codes 101, 102) come before a carrier is assigned: the waybill is empty, ``cp_id`` is -1, and
  bucket 8 does not mean "lost": only the code is read. Each entry of ``item_info`` is a line; without a return
  reference the line is named after the forward parcel's. Reasons are the merchant's own words, trimmed. A return of
  which only the approval is known counts from the day of the approval.
* **Returns delta**: entries that name no item count as one unit, which the file's note tells.
* **Direction**: ``is_rvp`` may be null. Then codes that only one direction has (returns to origin, failed deliveries,
  failed pickups, exchanges, return requests) decide; else it stays unknown and the code is read by its own name.
* **Time**: naive timestamps are Indian time (UTC+5:30); in the returns delta they are UTC, and get
  the ``Z`` that they lack. ``created_at`` ends in
  ``Z`` and is UTC. Timestamps of webhooks may end in ``Z`` although the vendor calls them Indian: they are read as
  they are written, and the file's note says so.
* A failed delivery (NDR) and a failed pickup (NPR) have lists of their own: the same number means different things.
* Numbers are read as the text that they are, so that no waybill loses a digit. Keys that look personal are not kept.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from pipelines.sources.base import FileFacts, RawColumn, Source
from pipelines.sources.document_shape import MEMBER, SHAPE, DocumentShape

if TYPE_CHECKING:
    from pipelines.ingest.landing import LandedFile

_SCANS = RawColumn(
    "scans",
    items=(
        RawColumn("clickpost_status_code"),
        RawColumn("clickpost_status_description"),
        RawColumn("clickpost_status_bucket"),
        RawColumn("status", "free_text"),
        RawColumn("location", "place"),
        RawColumn("remark", "free_text"),
        RawColumn("timestamp"),
        RawColumn("tracking_id"),
        RawColumn("checkpoint_id"),
    ),
)
_ITEMS = RawColumn(
    "item_info",
    items=(
        RawColumn("sku"),
        RawColumn("quantity"),
        RawColumn("return_reason", "reason"),
        RawColumn("refund_mode"),
        RawColumn("description", "free_text"),
        RawColumn("return_sub_reason", "reason"),
    ),
)

COLUMNS = (
    RawColumn("shape"),
    RawColumn("waybill"),
    RawColumn("cp_id"),
    RawColumn("cp_name"),
    RawColumn("account_code"),
    RawColumn("order_id"),
    RawColumn("reference_number"),
    RawColumn("clickpost_status_code"),
    RawColumn("clickpost_status_description"),
    RawColumn("clickpost_status_bucket"),
    RawColumn("clickpost_status_bucket_description"),
    RawColumn("status", "free_text"),
    RawColumn("location", "place"),
    RawColumn("remark", "free_text"),
    RawColumn("timestamp"),
    RawColumn("latest_status_code"),
    RawColumn("latest_status_description"),
    RawColumn("latest_location", "place"),
    RawColumn("latest_remark", "free_text"),
    RawColumn("latest_timestamp"),
    RawColumn("created_at"),
    RawColumn("updated_at"),
    RawColumn("is_rvp"),
    RawColumn("courier_partner_edd"),
    RawColumn("edd_min_sla"),
    RawColumn("edd_max_sla"),
    RawColumn("is_stuck"),
    RawColumn("destination_hub_inscan"),
    RawColumn("rto_intransit_timestamp"),
    RawColumn("ndr_code"),
    RawColumn("ndr_description", "free_text"),
    RawColumn("npr_code"),
    RawColumn("npr_description", "free_text"),
    RawColumn("notification_event_id"),
    RawColumn("forward_awb"),
    RawColumn("forward_reference_number"),
    RawColumn("forward_order_id"),
    RawColumn("return_reference_number"),
    RawColumn("return_tracking_id"),
    RawColumn("return_request_timestamp"),
    RawColumn("self_shipped"),
    RawColumn("refund_mode"),
    RawColumn("source"),
    RawColumn("valid"),
    _SCANS,
    _ITEMS,
)

_TRACK_ORDER = DocumentShape(
    name="track_order",
    title="ClickPost track-order answer",
    paths=(("result", "*"),),
    needs=(),
    needs_any=("scans", "latest_status"),
    envelope=("result", "meta"),
    columns=COLUMNS,
    fields={
        "shape": (SHAPE,),
        "waybill": (MEMBER, "waybill"),
        "cp_id": ("cp_id", "additional.cp_id"),
        "account_code": ("account_code", "additional.account_code"),
        "order_id": ("additional.order_id",),
        "reference_number": ("latest_status.reference_number", "additional.reference_number"),
        "clickpost_status_code": ("latest_status.clickpost_status_code",),
        "clickpost_status_description": ("latest_status.clickpost_status_description",),
        "clickpost_status_bucket": ("latest_status.clickpost_status_bucket",),
        "clickpost_status_bucket_description": ("latest_status.clickpost_status_bucket_description",),
        "status": ("latest_status.status",),
        "location": ("latest_status.location",),
        "remark": ("latest_status.remark",),
        "timestamp": ("latest_status.timestamp",),
        "is_rvp": ("additional.is_rvp",),
        "courier_partner_edd": ("additional.courier_partner_edd",),
        "edd_min_sla": ("additional.edd.min_sla",),
        "edd_max_sla": ("additional.edd.max_sla",),
        "is_stuck": ("additional.is_stuck",),
        "destination_hub_inscan": ("additional.dest_hub_inscan",),
        "rto_intransit_timestamp": ("additional.rto_intransit_timestamp",),
        "ndr_code": ("additional.ndr.ndr_bucket_code", "additional.ndr_status_code"),
        "ndr_description": ("additional.ndr.ndr_description", "additional.ndr_status_description"),
        "npr_code": ("additional.npr.npr_bucket_code", "additional.npr_status_code"),
        "npr_description": ("additional.npr.npr_description", "additional.npr_status_description"),
        "valid": ("valid",),
        "scans": ("scans",),
    },
)

_OWN_STATUS = {
    "shape": (SHAPE,),
    "waybill": ("waybill",),
    "account_code": ("account_code", "additional.account_code"),
    "clickpost_status_code": ("clickpost_status_code",),
    "clickpost_status_description": ("clickpost_status_description",),
    "status": ("status",),
    "location": ("location",),
    "remark": ("remark",),
    "timestamp": ("timestamp",),
    "created_at": ("created_at",),
    "updated_at": ("updated_at",),
}

_UPDATED_ORDER = DocumentShape(
    name="updated_order",
    title="ClickPost updated-order answer",
    paths=(("result", "*"), ("*",)),
    needs=("waybill", "timestamp", "courier_partner"),
    envelope=("result", "meta"),
    columns=COLUMNS,
    fields=_OWN_STATUS | {"cp_id": ("courier_partner",), "reference_number": ("reference_number",)},
)

_WEBHOOK = DocumentShape(
    name="webhook",
    title="ClickPost webhook",
    paths=((), ("*",)),
    needs=("waybill", "timestamp"),
    needs_any=("clickpost_status_code", "clickpost_status_description"),
    columns=COLUMNS,
    fields=_OWN_STATUS
    | {
        "cp_id": ("cp_id",),
        "cp_name": ("cp_name", "additional.cp_name"),
        "order_id": ("additional.order_id", "order_id"),
        "reference_number": (
            "reference_number",
            "additional.reference_number",
            "additional.latest_status.reference_number",
        ),
        "status": ("status", "additional.latest_status.status"),
        "clickpost_status_bucket": ("clickpost_status_bucket", "additional.latest_status.clickpost_status_bucket"),
        "clickpost_status_bucket_description": (
            "clickpost_status_bucket_description",
            "additional.latest_status.clickpost_status_bucket_description",
        ),
        "latest_status_code": ("additional.latest_status.clickpost_status_code",),
        "latest_status_description": ("additional.latest_status.clickpost_status_description",),
        "latest_location": ("additional.latest_status.location",),
        "latest_remark": ("additional.latest_status.remark",),
        "latest_timestamp": ("additional.latest_status.timestamp",),
        "is_rvp": ("additional.is_rvp",),
        "courier_partner_edd": ("additional.courier_partner_edd",),
        "ndr_code": ("additional.ndr_status_code",),
        "ndr_description": ("additional.ndr_status_description",),
        "npr_code": ("additional.npr_status_code",),
        "npr_description": ("additional.npr_status_description",),
        "notification_event_id": ("additional.notification_event_id", "notification_event", "notification_event_id"),
        "forward_awb": ("additional.forward_awb",),
        "forward_reference_number": ("additional.forward_reference_number",),
        "forward_order_id": ("additional.forward_order_id",),
        "return_reference_number": ("additional.return_reference_number",),
        "self_shipped": ("additional.self_shipped",),
        "item_info": ("additional.item_info",),
    },
)


def _universal(time: str) -> str:
    """A time with the mark of UTC, which this interface leaves out."""
    return f"{time.strip()}Z" if re.fullmatch(r"[\d-]{10}[ T][\d:.]{5,}", time.strip()) else time


_RETURNS_DELTA = DocumentShape(
    name="returns_delta",
    title="ClickPost returns delta",
    paths=(("result", "*"), ("*",), ()),
    needs=("return_reference_number", "status"),
    envelope=("result", "meta"),
    columns=COLUMNS,
    fields={
        "shape": (SHAPE,),
        "waybill": ("awb", "webhook_payload.waybill"),
        "cp_id": ("cp_id", "webhook_payload.cp_id"),
        "cp_name": ("cp_name",),
        "account_code": ("account_code",),
        "reference_number": ("reference_number",),
        "clickpost_status_code": ("clickpost_status_code", "webhook_payload.clickpost_status_code"),
        "clickpost_status_description": (
            "clickpost_status_description",
            "webhook_payload.clickpost_status_description",
        ),
        "status": ("status",),
        "is_rvp": ("webhook_payload.additional.is_rvp",),
        "forward_awb": ("forward_awb", "webhook_payload.additional.forward_awb"),
        "forward_reference_number": (
            "forward_reference_number",
            "webhook_payload.additional.forward_reference_number",
        ),
        "forward_order_id": ("forward_order_id", "webhook_payload.additional.forward_order_id"),
        "return_reference_number": ("return_reference_number",),
        "return_tracking_id": ("return_tracking_id",),
        "self_shipped": ("self_shipped", "webhook_payload.additional.self_shipped"),
        "refund_mode": ("refund_mode",),
        "source": ("source",),
        "item_info": ("item_info", "webhook_payload.additional.item_info"),
    },
    derived={
        "timestamp": ("timestamp", _universal),
        "return_request_timestamp": ("Return Request Timestamp", _universal),
    },
)


class ClickPostEvents(Source):
    """Scans, return lines and changes of return status from ClickPost's JSON."""

    name: ClassVar[str] = "clickpost_events"
    title: ClassVar[str] = "ClickPost tracking and returns (JSON)"
    raw_table: ClassVar[str] = "clickpost__events"
    updated_column: ClassVar[str] = "timestamp"
    updated_offset: ClassVar[timedelta | None] = timedelta(hours=5, minutes=30)
    columns: ClassVar[tuple[RawColumn, ...]] = COLUMNS
    shapes: ClassVar[tuple[DocumentShape, ...]] = (_TRACK_ORDER, _UPDATED_ORDER, _WEBHOOK, _RETURNS_DELTA)
    staged: ClassVar[tuple[str, ...]] = (
        "clickpost_events__tracking_events",
        "clickpost_events__return_steps",
        "clickpost_events__return_lines",
        "clickpost_events__return_status_events",
    )

    def examine(self, landed: LandedFile) -> FileFacts:
        """Tell where the vendor's word about the zone and the timestamps contradict each other, and what is assumed."""
        query = (
            "select count(*) filter (where shape = 'webhook' and regexp_matches(timestamp, '[Zz]$')),"
            " count(*) filter (where item_info is null and (shape = 'returns_delta' or clickpost_status_code in"
            " ('101', '102'))) from landing"
        )
        ((zulu, without_items),) = landed.connection.execute(query).fetchall()
        warnings = []
        if zulu:
            warnings.append(
                f"{zulu} webhook timestamps end in Z although the vendor calls them Indian time: read as UTC, as"
                " written; if a scan seems 5:30 hours too late, that is why"
            )
        if without_items:
            warnings.append(f"{without_items} returns do not say what comes back: each counts as one unit")
        return FileFacts(warnings=tuple(warnings))
