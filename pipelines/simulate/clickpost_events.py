"""The aggregator's webhooks of the last days, one JSON document a line.

Two kinds of message: a scan of a parcel, and a return request (codes 101 and 102), which comes before there is a
waybill. They arrive in no order, some twice.

Belongs here: keys, values and writing of that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulate.clocks import to_india, to_utc
from pipelines.simulate.couriers import Network
from pipelines.simulate.draws import pick_share, stream, vocabulary
from pipelines.simulate.parcel_states import Scan, forward_scans, reverse_scans
from pipelines.simulate.parcels import REFUSED
from pipelines.simulate.returns import World
from pipelines.simulate.way_back import WayBack

REPEATED_SHARE = 0.01
_REQUESTS = {101: ("Return Order Placed", 11, "requested_at"), 102: ("Return Request Approved", 22, "decided_at")}


def write_events(
    path: Path, world: World, network: Network, way_back: WayBack, returns: pl.DataFrame, begin: int, end: int
) -> int:
    """Write the messages of a period.

    Args:
        path: File to write.
        world: The shop's world.
        network: Its lanes.
        way_back: Its reverse parcels.
        returns: Its requests after ``handle_returns``.
        begin: First moment, seconds since 1970 on the shop's clock.
        end: Moment after the last one.

    Returns:
        Number of messages.
    """
    rng = stream(world.seed, world.shop.merchant_id, "events file")
    parts = [
        _scan_messages(world, network, world.parcels.table, False, begin, end),
        _scan_messages(world, network, way_back.table, True, begin, end),
        _request_messages(world, returns, begin, end),
    ]
    messages = pl.concat(parts).sort("at", "text")
    if len(messages):
        again = pick_share(rng, np.arange(len(messages)), REPEATED_SHARE)
        messages = pl.concat([messages, messages[again]])
        # Most come within minutes, some overtake others.
        arrival = messages["at"].to_numpy() + rng.exponential(900, len(messages)).astype(np.int64)
        messages = messages[np.argsort(arrival, kind="stable")]
    path.write_bytes("".join(f"{text}\n" for text in messages["text"]).encode("utf-8"))
    return len(messages)


def _document(fields: Mapping[str, pl.Expr]) -> pl.Expr:
    """An object with these keys, in this order."""
    return pl.struct([value.alias(name) for name, value in fields.items()])


def _scan_messages(
    world: World, network: Network, table: pl.DataFrame, is_reverse: bool, begin: int, end: int
) -> pl.DataFrame:
    scans = reverse_scans(table) if is_reverse else forward_scans(table)
    frames = [_one_kind(world, network, table, scan, is_reverse, begin, end) for scan in scans]
    return pl.concat(frames)


def _one_kind(
    world: World, network: Network, table: pl.DataFrame, scan: Scan, is_reverse: bool, begin: int, end: int
) -> pl.DataFrame:
    rows = np.flatnonzero((scan.at >= begin) & (scan.at < end))
    at, hit, state = scan.at[rows], table[rows], scan.state
    words = vocabulary("couriers")
    reasons = words["failed_pickup"] if is_reverse else [*words["failed_delivery"], REFUSED]
    is_failure = state.code in (3, 9)
    failure = hit["failure"].to_numpy()
    code = np.array([entry["code"] for entry in reasons])[failure]
    text = pl.Series([entry["text"] for entry in reasons]).gather(np.maximum(failure, 0))
    moment = pl.select(
        pl.from_epoch(pl.Series(to_utc(at, world.shop.timezone)), time_unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    ).to_series()
    near_person = scan.is_at_end != is_reverse
    place = (
        pl.Series([f"{suburb} Depot" for suburb, _, _ in network.places]).gather(hit["place"])
        if near_person
        else pl.Series([f"{entry['name']} Hub" for entry in network.warehouses]).gather(hit["warehouse"])
    )
    order_id = world.orders["order_id"].gather(hit["order"]).cast(pl.String)
    reference = (
        pl.format("RVP-{}", pl.lit(hit["first_return_id"]))
        if is_reverse
        else pl.format("{}-{}", pl.lit(order_id), pl.lit(hit["piece"].cast(pl.Int64) + 1))
    )
    remark = f"Shipment: {state.bucket_name.lower()}"
    short = {
        "clickpost_status_code": pl.lit(state.code),
        "clickpost_status_description": pl.lit(state.name),
        "status": pl.lit(state.name),
        "remark": pl.lit(remark),
        "location": pl.lit(place),
        "timestamp": pl.lit(moment),
    }
    latest = {
        **short,
        "reference_number": reference,
        "clickpost_status_bucket": pl.lit(state.bucket),
        "clickpost_status_bucket_description": pl.lit(state.bucket_name),
    }
    kind = "npr" if is_reverse else "ndr"
    failures = (
        {f"{kind}_status_code": pl.lit(pl.Series(code)), f"{kind}_status_description": pl.lit(text)}
        if is_failure
        else {}
    )
    additional = {
        "latest_status": _document(latest),
        "is_rvp": pl.lit(is_reverse),
        "order_id": pl.lit(order_id),
        "account_code": pl.lit(f"{world.shop.merchant_id}-01"),
        "notification_event_id": pl.lit(state.event, dtype=pl.Int64),
        "courier_partner_edd": _promise(hit, is_reverse),
        **failures,
    }
    number = pl.Series([entry["number"] for entry in network.carriers]).gather(hit["carrier"])
    message = _document(
        {"waybill": pl.lit(hit["awb"]), "cp_id": pl.lit(number), **short, "additional": _document(additional)}
    )
    return hit.select(pl.lit(pl.Series(at)).alias("at"), message.struct.json_encode().alias("text"))


def _promise(hit: pl.DataFrame, is_reverse: bool) -> pl.Expr:
    if is_reverse:
        return pl.lit(None, dtype=pl.String)
    return pl.lit(pl.select(pl.from_epoch(hit["promised_day"], time_unit="d").dt.strftime("%Y-%m-%d")).to_series())


def _request_messages(world: World, returns: pl.DataFrame, begin: int, end: int) -> pl.DataFrame:
    """Return requests and their approvals; no courier is known yet, and bucket 8 is not "lost"."""
    first_awb = world.parcels.table.group_by("order", maintain_order=True).agg(pl.col("awb").first())
    baskets = (
        returns.with_columns(world.catalogue.variants["sku"].str.strip_chars().gather(returns["variant"]))
        .group_by("basket", maintain_order=True)
        .agg(
            pl.col("order", "requested_at", "decided_at", "is_rejected", "is_cancelled", "return_id").first(),
            pl.struct(
                sku=pl.col("sku"),
                quantity=pl.col("quantity"),
                # Portals leave a blank behind the reason.
                return_reason=pl.col("stated_reason") + " ",
                refund_mode=pl.col("action"),
            ).alias("items"),
        )
        .join(first_awb, on="order", how="left", maintain_order="left")
    )
    frames = []
    for code, (name, event, column) in _REQUESTS.items():
        is_told = (pl.col(column) >= begin) & (pl.col(column) < end)
        if code == 102:
            is_told &= ~pl.col("is_rejected") & ~pl.col("is_cancelled")
        hit = baskets.filter(is_told)
        at = hit[column].to_numpy()
        moment = pl.select(
            pl.from_epoch(pl.Series(to_india(at, world.shop.timezone)), time_unit="s").dt.strftime(
                "%Y-%m-%d %H:%M:%S.000000"
            )
        ).to_series()
        order_id = world.orders["order_id"].gather(hit["order"]).cast(pl.String)
        short = {
            "clickpost_status_code": pl.lit(code),
            "clickpost_status_description": pl.lit(name),
            "clickpost_status_bucket": pl.lit(8),
            "clickpost_status_bucket_description": pl.lit(name),
            "status": pl.lit(name),
            "remark": pl.lit(name),
            "location": pl.lit(""),
            "timestamp": pl.lit(moment),
        }
        additional = {
            "latest_status": _document(short),
            "is_rvp": pl.lit(True),
            "notification_event_id": pl.lit(event),
            "forward_awb": pl.col("awb"),
            "forward_order_id": pl.lit(order_id),
            "forward_reference_number": pl.format("{}-1", pl.lit(order_id)),
            "self_shipped": pl.lit(False),
            "item_info": pl.col("items"),
            "return_reference_number": pl.format("RVP-{}", "return_id"),
        }
        message = _document(
            {
                "waybill": pl.lit(""),
                "cp_id": pl.lit(-1),
                **short,
                "notification_event": pl.lit(event),
                "additional": _document(additional),
            }
        )
        frames.append(hit.select(pl.lit(pl.Series(at)).alias("at"), message.struct.json_encode().alias("text")))
    return pl.concat(frames)
