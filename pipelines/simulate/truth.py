"""The truth beside the files: what really happened, for judging what others find.

Nothing that reads a shop's exports may read this folder; it is for tests, notebooks and benchmarks.
Belongs here: writing the truth files and counting the oddities that the exports carry.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.clocks import moment_text, seconds
from pipelines.simulate.couriers import Network
from pipelines.simulate.exposure import COUNTED
from pipelines.simulate.incidents import Incident
from pipelines.simulate.planted import PlantedProblem
from pipelines.simulate.returns import World
from pipelines.simulate.shops import Shop
from pipelines.simulate.way_back import WayBack

_NAME = pl.col("name")
_SKU = pl.col("sku")
_ITEM_ODDITIES: dict[str, pl.Expr] = {
    "name_comma": _NAME.str.contains(",", literal=True),
    "name_pipe": _NAME.str.contains("|", literal=True),
    "name_line_break": _NAME.str.contains("\n", literal=True),
    "name_colon": _NAME.str.contains(" : ", literal=True),
    "name_double_blank": _NAME.str.contains("  ", literal=True),
    "name_html_entity": _NAME.str.contains(r"&(#\d+|\w+);"),
    "name_outer_blank": _NAME.str.strip_chars(" ") != _NAME,
    "sku_outer_blank": _SKU.str.strip_chars(" ") != _SKU,
    "sku_empty": _SKU == "",
    "option_value_comma": pl.col("options").str.contains(": 1, ", literal=True),
    "option_without_colon": pl.col("has_gift_option"),
    "product_id_zero": pl.col("is_custom"),
}


def count_item_oddities(catalogue: Catalogue, lines: pl.DataFrame) -> dict[str, int]:
    """Count the order lines that carry each oddity of names, SKUs and options."""
    goods = catalogue.variants.select("name", "sku", "options", "is_custom")
    table = pl.concat([lines.select("variant", "has_gift_option"), goods[lines["variant"]]], how="horizontal")
    return table.select(expr.sum().alias(name) for name, expr in _ITEM_ODDITIES.items()).row(0, named=True)


def count_order_oddities(orders: pl.DataFrame, lines: pl.DataFrame, shop: Shop) -> dict[str, int]:
    """Count the orders that carry each oddity of buyers, money and status."""
    products = lines.group_by("order").agg(
        (pl.col("product").is_duplicated() & (pl.col("product") >= 0)).any().alias("same_product_twice"),
        pl.struct("variant", "has_gift_option").is_duplicated().any().alias("identical_twice"),
    )
    status, refund = pl.col("status"), pl.col("refund")
    oddities = {
        "guest": pl.col("is_guest"),
        "blank_billing": pl.col("is_billing_blank"),
        "paid_by_certificate": (pl.col("certificate") > 0) & (pl.col("total_inc") == 0),
        "foreign_currency": pl.col("currency") != shop.currency,
        "taxed": pl.col("tax") > 0,
        "refund": refund > 0,
        "refund_but_shipped": (refund > 0) & (status == "Shipped"),
        "refunded_at_zero": (refund == 0) & (status == "Refunded"),
        "shipped_short": (status == "Shipped") & (pl.col("total_shipped") < pl.col("total_quantity")),
        "returned_undelivered": pl.col("is_undelivered"),
        "hidden_discount": pl.col("is_discount_hidden"),
        "multi_line_message": pl.col("message").str.contains("\n", literal=True),
        "multi_line_notes": pl.col("notes").str.contains("\n", literal=True),
    }
    counts = orders.select(expr.sum().alias(name) for name, expr in oddities.items()).row(0, named=True)
    return counts | products.select(pl.all().exclude("order").sum()).row(0, named=True)


def summarise_shop(
    shop: Shop, catalogue: Catalogue, orders: pl.DataFrame, lines: pl.DataFrame, returns: pl.DataFrame
) -> dict[str, Any]:
    """Count a shop's orders, lines, units, returns and money; money is in hundredths, by order currency."""
    by_currency = orders.group_by("currency").agg(
        pl.col("subtotal_inc", "tax", "total_inc", "refund", "certificate", "store_credit").sum()
    )
    product = catalogue.variants["product"].gather(lines["variant"])
    return {
        "order_count": len(orders),
        "line_count": len(lines),
        "unit_count": int(lines["quantity"].sum()),
        "shipped_unit_count": int(orders["total_shipped"].sum()),
        "return_count": len(returns),
        "returned_unit_count": int(returns["quantity"].sum()),
        "comment_count": int((returns["comment"] != "").sum()),
        "planted_return_count": int((returns["planted_id"] != "").sum()),
        "money_hundredths": {row.pop("currency"): row for row in by_currency.sort("currency").to_dicts()},
        "item_oddities": count_item_oddities(catalogue, lines),
        "order_oddities": count_order_oddities(orders, lines.with_columns(product), shop),
    }


def summarise_parcels(world: World, way_back: WayBack) -> dict[str, Any]:
    """Count a shop's parcels by how they ended, and its orders by who called them off."""
    end = seconds(world.until)
    sent = world.parcels.table.filter(pl.col("shipped_at") < end)
    booked = way_back.table.filter(pl.col("booked_at") < end)
    cancelled = world.orders.filter(pl.col("cancelled_by") != "").group_by("cancelled_by").len().sort("cancelled_by")
    return {
        "parcel_count": len(sent),
        "largest_parcel_count": int(sent["piece"].to_numpy().max(initial=-1)) + 1,
        "parcels": {
            "late": int(sent["is_late"].sum()),
            "returned_to_origin": int((sent["rto_delivered_at"] < end).sum()),
            "lost": int(sent["is_lost"].sum()),
            "damaged": int(sent["is_damaged"].sum()),
            "delivered_unscanned": int(((sent["delivered_at"] < end) & ~sent["is_scanned"]).sum()),
        },
        "reverse_parcel_count": len(booked),
        "cancelled_by": dict(cancelled.iter_rows()),
    }


def write_shop_truth(folder: Path, world: World, returns: pl.DataFrame) -> tuple[Path, ...]:
    """Write the truth of a shop's requests, products and cancellations.

    Args:
        folder: Folder of the truth.
        world: The shop's world.
        returns: Its requests as known on the day of the export.

    Returns:
        The files.
    """
    names = ("returns", "products", "cancellations")
    files = tuple(folder / f"{world.shop.merchant_id}_{name}.csv" for name in names)
    catalogue, orders = world.catalogue, world.orders
    goods = catalogue.variants.select("product_id", "sku")[returns["variant"]]
    table = pl.concat([returns, goods, orders.select("order_id")[returns["order"]]], how="horizontal")
    table.select(
        "return_id",
        "order_id",
        "product_id",
        "sku",
        "true_class",
        "true_sub_reason",
        "stated_reason",
        "phrase_family",
        "planted_id",
        "is_safety_concern",
        "basket",
        "quantity",
        "refund_cents",
        moment_text("delivered_at").alias("delivered_at"),
    ).rename({"refund_cents": "refund_hundredths"}).write_csv(files[0])
    catalogue.products.select(
        (pl.col("product") + 101).alias("product_id"),
        "return_factor",
        "supplier",
        "supplier_after",
        pl.lit(catalogue.revision_date).alias("revision_date"),
    ).write_csv(files[1])
    orders.filter((pl.col("cancelled_by") != "") | (pl.col("held_by") != "")).select(
        "order_id", "status", "cancelled_by", pl.col("held_by").alias("planted_id")
    ).write_csv(files[2])
    return files


def parcels_truth(world: World, network: Network, way_back: WayBack, returns: pl.DataFrame) -> pl.DataFrame:
    """Tell how each parcel of a shop really ended by the day of the export.

    Returns:
        One row a parcel: merchant_id, parcel_id (number of the shipments export, or the waybill of a reverse
        parcel), awb, direction, order_id, carrier, origin_zone, destination_zone, true_outcome, delivered_at,
        is_scanned, is_late, invented_attempt_count, return_ids, planted_id. Moments are the shop's wall clock.
    """
    end = seconds(world.until)
    sent = world.parcels.table.filter(pl.col("shipped_at") < end)
    booked = way_back.table.filter(pl.col("booked_at") < end)
    # A return for damage in transit tells that its parcel was damaged, planted or not.
    damaged = returns.filter(pl.col("true_sub_reason") == "transit_damage")["line"]
    items = world.parcels.items.filter(pl.col("line").is_in(damaged.implode()))
    told = np.zeros(len(world.parcels.table), dtype=bool)
    told[items["parcel"].to_numpy()] = True
    sent = sent.with_columns(pl.Series(told[(world.parcels.table["shipped_at"] < end).to_numpy()]).alias("told"))
    names = pl.Series([entry["name"] for entry in network.carriers])
    house = pl.Series([entry["zip"][:3] for entry in network.warehouses])
    zones = pl.Series([code[:3] for _, _, code in network.places])
    ids = returns.group_by("basket").agg(pl.col("return_id").cast(pl.String).str.join(" "))
    forward = sent.select(
        pl.lit(world.shop.merchant_id).alias("merchant_id"),
        pl.col("shipment_id").cast(pl.String).alias("parcel_id"),
        "awb",
        pl.lit("forward").alias("direction"),
        pl.lit(world.orders["order_id"].gather(sent["order"])).alias("order_id"),
        pl.lit(names.gather(sent["carrier"])).alias("carrier"),
        pl.lit(house.gather(sent["warehouse"])).alias("origin_zone"),
        pl.lit(zones.gather(sent["place"])).alias("destination_zone"),
        pl.when(pl.col("rto_marked_at") < end)
        .then(pl.lit("returned_to_origin"))
        .when("is_lost")
        .then(pl.lit("lost"))
        .when(pl.col("delivered_at") >= end)
        .then(pl.lit("in_transit"))
        .when(pl.col("is_damaged") | pl.col("told"))
        .then(pl.lit("delivered_damaged"))
        .otherwise(pl.lit("delivered"))
        .alias("true_outcome"),
        _known("delivered_at", end),
        "is_scanned",
        "is_late",
        pl.lit(0, dtype=pl.Int64).alias("invented_attempt_count"),
        pl.lit("").alias("return_ids"),
        "planted_id",
    )
    reverse = booked.join(ids, on="basket", how="left", maintain_order="left").select(
        pl.lit(world.shop.merchant_id).alias("merchant_id"),
        pl.col("awb").alias("parcel_id"),
        "awb",
        pl.lit("reverse").alias("direction"),
        pl.lit(world.orders["order_id"].gather(booked["order"])).alias("order_id"),
        pl.lit(names.gather(booked["carrier"]) + " Reverse").alias("carrier"),
        pl.lit(zones.gather(booked["place"])).alias("origin_zone"),
        pl.lit(house.gather(booked["warehouse"])).alias("destination_zone"),
        pl.when(pl.col("arrived_at") < end)
        .then(pl.lit("delivered"))
        .when(pl.col("cancelled_at") < end)
        .then(pl.lit("cancelled"))
        .otherwise(pl.lit("in_transit"))
        .alias("true_outcome"),
        _known("arrived_at", end).alias("delivered_at"),
        "is_scanned",
        pl.lit(False).alias("is_late"),
        pl.col("invented_attempts").cast(pl.Int64).alias("invented_attempt_count"),
        pl.col("return_id").fill_null("").alias("return_ids"),
        "planted_id",
    )
    return pl.concat([forward, reverse])


def _known(column: str, end: int) -> pl.Expr:
    at = pl.when(pl.col(column) < end).then(column)
    return pl.from_epoch(at, time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S").alias(column)


def write_planted(
    path: Path,
    problems: Sequence[PlantedProblem],
    incidents: Sequence[Incident],
    exposure: Mapping[str, Mapping[str, int]],
) -> None:
    """Write the planted problems and incidents with what they could hit and what they hit."""
    rows: list[dict[str, Any]] = []
    for problem in problems:
        row = asdict(problem) | {"counted": "units"} | dict(exposure[problem.planted_id])
        del row["variants"]
        row["first_order_date"] = problem.first_order_date.isoformat()
        rows.append(row)
    for incident in incidents:
        row = {
            "planted_id": incident.planted_id,
            "kind": incident.kind,
            "merchant_id": incident.merchant_id,
            "first_date": incident.first_date.isoformat(),
            "last_date": incident.last_date.isoformat(),
            "strength": incident.strength,
            **incident.details,
            "counted": COUNTED[incident.kind],
            **exposure[incident.planted_id],
        }
        rows.append(row)
    write_json(path, rows)


def write_json(path: Path, content: Any) -> None:
    """Write JSON that people can read and that is the same for the same content."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
