"""EasyPost's trackers, as JSON: one tracker, a list, an answer with ``trackers``, or webhooks' events around one.

* The key of a parcel is the tracker's id: carriers reuse tracking codes.
* ``is_return`` tells the direction; without it the direction is unknown and statuses are read by their own name.
* ``updated_at`` changes without a new scan; of two versions of a tracker the later one counts.
* ``status_detail`` is an open set. Those that name a problem are read, the others are kept beside the status.
* Times end in ``Z`` or have an offset. ``est_delivery_date`` is taken as the day that it names, without its time.
* ``signed_by`` and the postcodes of scans are not kept; of origin and destination three characters are.
* ``status`` of a scan is the code; of scans with one time and status the remarks stand beside each other.
"""

from __future__ import annotations

from typing import ClassVar

from pipelines.sources.base import RawColumn, Source
from pipelines.sources.document_shape import DocumentShape

_COLUMNS = (
    RawColumn("id"),
    RawColumn("tracking_code"),
    RawColumn("status"),
    RawColumn("status_detail"),
    RawColumn("carrier"),
    RawColumn("service"),
    RawColumn("shipment_id"),
    RawColumn("is_return"),
    RawColumn("weight"),
    RawColumn("est_delivery_date"),
    RawColumn("created_at"),
    RawColumn("updated_at"),
    RawColumn("origin_country"),
    RawColumn("origin_zone", "postcode"),
    RawColumn("destination_country"),
    RawColumn("destination_zone", "postcode"),
    RawColumn(
        "tracking_details",
        items=(
            RawColumn("status"),
            RawColumn("status_detail"),
            RawColumn("datetime"),
            RawColumn("message", "free_text"),
            RawColumn("description", "free_text"),
            RawColumn("source"),
            RawColumn("carrier_code"),
            RawColumn("tracking_location.city"),
            RawColumn("tracking_location.state"),
            RawColumn("tracking_location.country"),
        ),
    ),
)


def _postcode(place: str) -> str | None:
    """The postcode of a place such as ``HOUSTON TX, 77001``."""
    return place.rpartition(",")[2].strip() if "," in place else None


_TRACKER = DocumentShape(
    name="tracker",
    title="EasyPost tracker",
    paths=((), ("*",), ("trackers", "*"), ("result",), ("*", "result")),
    needs=("id", "tracking_code", "status"),
    needs_any=("tracking_details", "status_detail"),
    envelope=("trackers",),
    columns=_COLUMNS,
    fields={
        "id": ("id",),
        "tracking_code": ("tracking_code",),
        "status": ("status",),
        "status_detail": ("status_detail",),
        "carrier": ("carrier",),
        "service": ("carrier_detail.service",),
        "shipment_id": ("shipment_id",),
        "is_return": ("is_return",),
        "weight": ("weight",),
        "est_delivery_date": ("est_delivery_date",),
        "created_at": ("created_at",),
        "updated_at": ("updated_at",),
        "origin_country": ("carrier_detail.origin_tracking_location.country",),
        "origin_zone": ("carrier_detail.origin_tracking_location.zip",),
        "destination_country": ("carrier_detail.destination_tracking_location.country",),
        "destination_zone": ("carrier_detail.destination_tracking_location.zip",),
        "tracking_details": ("tracking_details",),
    },
    derived={
        "origin_zone": ("carrier_detail.origin_location", _postcode),
        "destination_zone": ("carrier_detail.destination_location", _postcode),
    },
)


class EasyPostTrackers(Source):
    """Parcels and their scans from EasyPost's trackers."""

    name: ClassVar[str] = "easypost_trackers"
    title: ClassVar[str] = "EasyPost trackers (JSON)"
    raw_table: ClassVar[str] = "easypost__trackers"
    updated_column: ClassVar[str] = "updated_at"
    columns: ClassVar[tuple[RawColumn, ...]] = _COLUMNS
    shapes: ClassVar[tuple[DocumentShape, ...]] = (_TRACKER,)
    staged: ClassVar[tuple[str, ...]] = ("easypost__shipments", "easypost__tracking_events")
