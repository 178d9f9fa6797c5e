"""The shipments export of the control panel: 29 columns, every cell of the records quoted.

Belongs here: header, cells and writing of that file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulate.bigcommerce_csv import header_line
from pipelines.simulate.clocks import DAY, seconds
from pipelines.simulate.draws import pick_share, stream, vocabulary
from pipelines.simulate.returns import World
from pipelines.simulate.shops import STYLES

PORTION = 50_000
NO_TRACKING_SHARE = 0.0025
# Parcels of orders that are older than the orders file.
ORPHAN_SHARE = 0.001
_BILLING = (
    "FULL NAME", "FIRST NAME", "LAST NAME", "COMPANY", "STREET 1", "STREET 2", "SUBURB", "STATE", "ZIP/POSTCODE",
    "COUNTRY", "PHONE",
)  # fmt: skip
_SHIPPING = (
    "FIRST NAME", "LAST NAME", "FULL NAME", "COMPANY", "STREET 1", "STREET 2", "SUBURB", "STATE", "ZIP", "COUNTRY",
    "PHONE",
)  # fmt: skip
SHIPMENTS_COLUMNS: tuple[str, ...] = (
    "SHIPMENT ID", "DATE SHIPPED", "ORDER ID", "ORDER DATE", "TRACKING NO", "SHIPPING METHOD",
    *(f"BILLING {name}" for name in _BILLING), *(f"SHIPPING {name}" for name in _SHIPPING), "SHIPMENT ITEMS",
)  # fmt: skip


def write_shipments(path: Path, world: World, people: pl.DataFrame) -> int:
    """Write the parcels that were sent before the export.

    Args:
        path: File to write.
        world: The shop's world.
        people: Everybody's personal fields.

    Returns:
        Number of records.
    """
    rng = stream(world.seed, world.shop.merchant_id, "shipments file")
    table = world.parcels.table.with_row_index("parcel").filter(pl.col("shipped_at") < seconds(world.until))
    table = table.with_columns(pl.col("parcel").cast(pl.Int64), pl.lit(0).alias("orphan"))
    untold = np.zeros(len(table), dtype=bool)
    untold[pick_share(rng, np.arange(len(table)), NO_TRACKING_SHARE, minimum=1)] = True
    table = table.with_columns(pl.when(pl.Series(untold)).then(pl.lit("")).otherwise("awb").alias("awb"))
    table = pl.concat([_orphans(table), table])
    with path.open("wb") as file:
        file.write(header_line(SHIPMENTS_COLUMNS, STYLES[world.shop.merchant_id].line_end))
        for first in range(0, len(table), PORTION):
            records = _records(world, people, table[first : first + PORTION])
            text = records.write_csv(
                include_header=False, quote_style="always", line_terminator=STYLES[world.shop.merchant_id].line_end
            )
            file.write(text.encode("utf-8"))
    return len(table)


def _orphans(table: pl.DataFrame) -> pl.DataFrame:
    """Repeat the first parcels as parcels of orders before the period, under numbers of their own."""
    count = round(ORPHAN_SHARE * len(table))
    number = pl.int_range(1, pl.len() + 1)
    return table[:count].with_columns(
        (pl.col("shipment_id").min() - number).alias("shipment_id"),
        (pl.lit("9") + (700 + number).cast(pl.String).str.zfill(12)).alias("awb"),
        number.cast(pl.Int32).alias("orphan"),
    )


def _records(world: World, people: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    orders = world.orders[table["order"]]
    buyer, recipient = people[orders["person"]], people[orders["recipient"]]
    is_blank = orders["is_billing_blank"]
    states = vocabulary("couriers")[world.shop.merchant_id]["states"]
    shift = pl.when(pl.col("orphan") > 0).then(30 * DAY).otherwise(0)
    columns = table.select(
        pl.col("shipment_id").cast(pl.String).alias("SHIPMENT ID"),
        day_text(pl.from_epoch(pl.col("shipped_at") - shift, time_unit="s").cast(pl.Date)).alias("DATE SHIPPED"),
        pl.when(pl.col("orphan") > 0)
        .then(STYLES[world.shop.merchant_id].first_order_id - 2 * pl.col("orphan").cast(pl.Int64))
        .otherwise(pl.Series(orders["order_id"]))
        .cast(pl.String)
        .alias("ORDER ID"),
        day_text(pl.lit(orders["order_date"]) - pl.duration(seconds=shift)).alias("ORDER DATE"),
        pl.col("awb").alias("TRACKING NO"),
        pl.lit(orders["ship_method"]).alias("SHIPPING METHOD"),
        *(
            pl.when(is_blank).then(pl.lit("")).otherwise(_cell(buyer, name, states)).alias(f"BILLING {name}")
            for name in _BILLING
        ),
        *(pl.lit(_cell(recipient, name, states)).alias(f"SHIPPING {name}") for name in _SHIPPING),
    )
    return columns.with_columns(_items(world, table).alias("SHIPMENT ITEMS")).select(SHIPMENTS_COLUMNS)


def _cell(people: pl.DataFrame, name: str, states: dict[str, str]) -> pl.Series:
    """A personal field; states stand with their full name, unlike in the orders export."""
    if name == "STATE":
        return people["State"].replace(states) if states else people["State"]
    return people["Zip" if name.startswith("ZIP") else name.title()]


def day_text(day: pl.Expr) -> pl.Expr:
    """Write a date the way this export does: ``Mar 16th 2026``."""
    number = day.dt.day()
    ending = (
        pl.when(number.is_in([11, 12, 13]))
        .then(pl.lit("th"))
        .otherwise((number % 10).replace_strict({1: "st", 2: "nd", 3: "rd"}, default="th", return_dtype=pl.String))
    )
    return pl.concat_str(day.dt.strftime("%b "), number.cast(pl.String), ending, day.dt.strftime(" %Y"))


def _items(world: World, table: pl.DataFrame) -> pl.Series:
    """Compose ``id|name|sku|quantity`` of each item of each parcel, joined by ``~``."""
    numbers = table["parcel"].to_numpy()
    first, last = int(numbers.min()), int(numbers.max())
    items = world.parcels.items
    begin, end = items["parcel"].search_sorted(first, "left"), items["parcel"].search_sorted(last, "right")
    items = items[begin:end]
    lines = world.lines[items["line"]]
    goods = world.catalogue.variants.select("product_id", "name", "name_after", "sku")[lines["variant"]]
    name = pl.when(lines["is_after"]).then("name_after").otherwise("name")
    text = pl.concat_str(
        pl.col("product_id").cast(pl.String), name, pl.col("sku"), pl.lit(items["quantity"]).cast(pl.String),
        separator="|",
    )  # fmt: skip
    cells = (
        goods.select(pl.lit(items["parcel"]).alias("parcel"), text.alias("item"))
        .group_by("parcel", maintain_order=True)
        .agg(pl.col("item").str.join("~"))
    )
    return table.select("parcel").join(cells, on="parcel", how="left", maintain_order="left")["item"]
