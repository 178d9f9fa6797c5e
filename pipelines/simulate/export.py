"""The cells of the two exports of a shop: orders and return requests.

Belongs here: turning what the simulation knows into the text of each column. Not here: quoting and line ends.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulate.bigcommerce_csv import (
    DEFAULT_COLUMNS,
    MULTISTOREFRONT_COLUMNS,
    RETURNS_COLUMNS,
    CsvFile,
)
from pipelines.simulate.broken import break_record
from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.draws import vocabulary
from pipelines.simulate.people import PERSON_FIELDS
from pipelines.simulate.shops import STYLES, Shop

# Records a portion: the text of a portion is what stands in memory at once.
PORTION = 50_000
NAME_WHEN_BOUGHT = pl.when("is_after").then("name_after").otherwise("name")


def decimal(column: str, extra_zeros: int = 0) -> pl.Expr:
    """Write hundredths as a decimal with two places, or more."""
    cents = pl.col(column)
    whole = (cents // 100).cast(pl.String)
    return pl.concat_str(whole, pl.lit("."), (cents % 100).cast(pl.String).str.zfill(2), pl.lit("0" * extra_zeros))


def options_text(shop: Shop) -> pl.Expr:
    """Write the options of a line: those of the variant, and the gift option, which has no colon."""
    gift = vocabulary(shop.merchant_id)["words"]["gift_option"]
    return (
        pl.when(~pl.col("has_gift_option"))
        .then("options")
        .when(pl.col("options") == "")
        .then(pl.lit(gift))
        .otherwise(pl.col("options") + f", {gift}")
    )


def product_details(shop: Shop, catalogue: Catalogue, lines: pl.DataFrame) -> pl.Series:
    """Compose the Product Details cell of each order.

    Args:
        shop: The shop.
        catalogue: Its catalogue.
        lines: Lines of whole orders, by order and position.

    Returns:
        One cell an order, in the order of the lines.
    """
    goods = catalogue.variants.select("product_id", "sku", "name", "name_after", "weight", "options")
    table = pl.concat([lines, goods[lines["variant"]]], how="horizontal")
    weight = (pl.col("weight") * 10_000).round().cast(pl.Int64)
    item = pl.concat_str(
        pl.lit("Product ID: "),
        pl.col("product_id").cast(pl.String),
        pl.lit(", Product Qty: "),
        pl.col("quantity").cast(pl.String),
        pl.lit(", Product SKU: "),
        pl.col("sku"),
        pl.lit(", Product Name: "),
        NAME_WHEN_BOUGHT,
        pl.lit(", Product Weight: "),
        (weight // 10_000).cast(pl.String),
        pl.lit("."),
        (weight % 10_000).cast(pl.String).str.zfill(4),
        pl.lit(", Product Variation Details: "),
        options_text(shop),
        pl.lit(", Product Unit Price: "),
        decimal("unit_cents"),
        pl.lit(", Product Total Price: "),
        decimal("total_cents"),
    )
    cells = table.select("order", item.alias("item")).group_by("order", maintain_order=True)
    return cells.agg(pl.col("item").str.join("|"))["item"].alias("Product Details")


def order_records(
    shop: Shop, catalogue: Catalogue, orders: pl.DataFrame, lines: pl.DataFrame, people: pl.DataFrame
) -> pl.DataFrame:
    """Write the records of the orders export as text.

    Args:
        shop: The shop.
        catalogue: Its catalogue.
        orders: Some orders.
        lines: The lines of exactly these orders.
        people: Everybody's personal fields.

    Returns:
        One row an order with all columns that any of the templates has.
    """
    style = STYLES[shop.merchant_id]
    buyer = people[orders["person"]]
    recipient = people[orders["recipient"]]
    blank_billing = orders["is_billing_blank"]
    rate = (pl.col("exchange_rate") * 1e10).round().cast(pl.Int64)
    columns = orders.select(
        pl.col("order_id").cast(pl.String).alias("Order ID"),
        pl.col("customer_id").cast(pl.String).alias("Customer ID"),
        pl.when("is_name_blank").then(pl.lit("")).otherwise(buyer["Full Name"]).alias("Customer Name"),
        pl.lit(buyer["Email"]).alias("Customer Email"),
        pl.lit(buyer["Phone"]).alias("Customer Phone"),
        pl.col("order_date").dt.strftime(style.date_format).alias("Order Date"),
        pl.col("status").alias("Order Status"),
        decimal("subtotal_inc").alias("Subtotal (inc tax)"),
        decimal("subtotal_ex").alias("Subtotal (ex tax)"),
        decimal("tax").alias("Tax Total"),
        decimal("shipping_inc").alias("Shipping Cost (inc tax)"),
        decimal("shipping_ex").alias("Shipping Cost (ex tax)"),
        pl.col("ship_method").alias("Ship Method"),
        decimal("handling_inc").alias("Handling Cost (inc tax)"),
        decimal("handling_ex").alias("Handling Cost (ex tax)"),
        decimal("store_credit").alias("Store Credit Redeemed"),
        decimal("certificate").alias("Gift Certificate Amount Redeemed"),
        pl.col("certificate_code").alias("Gift Certificate Code"),
        pl.lit("").alias("Gift Certificate Expiration Date"),
        pl.lit("").alias("Coupon Details"),
        decimal("total_inc").alias("Order Total (inc tax)"),
        decimal("total_ex").alias("Order Total (ex tax)"),
        pl.col("payment_method").alias("Payment Method"),
        pl.col("total_quantity").cast(pl.String).alias("Total Quantity"),
        pl.col("total_shipped").cast(pl.String).alias("Total Shipped"),
        pl.col("date_shipped").dt.strftime(style.date_format).alias("Date Shipped"),
        pl.col("currency").alias("Order Currency Code"),
        pl.concat_str(
            (rate // 10**10).cast(pl.String), pl.lit("."), (rate % 10**10).cast(pl.String).str.zfill(10)
        ).alias("Exchange Rate"),
        pl.col("notes").alias("Order Notes"),
        pl.col("message").alias("Customer Message"),
        *(
            pl.when(blank_billing).then(pl.lit("")).otherwise(buyer[name]).alias(f"Billing {name}")
            for name in PERSON_FIELDS
        ),
        *(pl.lit(recipient[name]).alias(f"Shipping {name}") for name in PERSON_FIELDS),
        pl.col("purchase_order").alias("Billing Purchase Order #"),
        pl.lit("").alias("Shipping Purchase Order #"),
        decimal("refund", extra_zeros=2).alias("Refund Amount"),
        pl.col("channel_id").alias("Channel ID"),
        pl.col("channel_name").alias("Channel Name"),
        pl.lit("").alias("Fee Details"),
    )
    return columns.with_columns(product_details(shop, catalogue, lines))


def write_orders(
    path: Path,
    shop: Shop,
    catalogue: Catalogue,
    orders: pl.DataFrame,
    lines: pl.DataFrame,
    people: pl.DataFrame,
    broken: pl.DataFrame,
    report: Callable[[int], None],
) -> pl.DataFrame:
    """Write the orders export.

    Args:
        path: File to write.
        shop: The shop.
        catalogue: Its catalogue.
        orders: All of its orders.
        lines: Their lines, by order and position.
        people: Everybody's personal fields.
        broken: Orders to break (order, kind).
        report: Called with the number of orders written so far.

    Returns:
        ``broken`` with line (physical line of the record) and order_id.
    """
    style = STYLES[shop.merchant_id]
    header = MULTISTOREFRONT_COLUMNS if style.is_multistorefront else DEFAULT_COLUMNS
    line_order = lines["order"].to_numpy()
    found = []
    with CsvFile(path, header, style.line_end) as file:
        for first in range(0, len(orders), PORTION):
            last = min(first + PORTION, len(orders))
            begin, end = np.searchsorted(line_order, [first, last])
            portion = orders[first:last]
            records = order_records(shop, catalogue, portion, lines[int(begin) : int(end)], people)
            hits = broken.filter(pl.col("order").is_between(first, last, closed="left"))
            records = _broken_records(records, hits["order"] - first, hits["kind"])
            starts = file.write(records)
            rows = hits["order"] - first
            found.append(hits.with_columns(starts.gather(rows), portion["order_id"].gather(rows)))
            report(last)
    return pl.concat(found)


def _broken_records(records: pl.DataFrame, rows: pl.Series, kinds: pl.Series) -> pl.DataFrame:
    if not len(rows):
        return records
    cells, totals = records["Product Details"].to_list(), records["Total Quantity"].to_list()
    for row, kind in zip(rows, kinds, strict=True):
        cells[row], totals[row] = break_record(kind, cells[row], totals[row])
    return records.with_columns(
        pl.Series("Product Details", cells, dtype=pl.String),
        pl.Series("Total Quantity", totals, dtype=pl.String),
    )


def write_returns(
    path: Path,
    shop: Shop,
    catalogue: Catalogue,
    orders: pl.DataFrame,
    lines: pl.DataFrame,
    returns: pl.DataFrame,
) -> None:
    """Write the return requests, in Keeprate's own documented columns.

    Args:
        path: File to write.
        shop: The shop.
        catalogue: Its catalogue.
        orders: All of its orders.
        lines: Their lines.
        returns: Requests as known on the day of the file, with comments.
    """
    goods = catalogue.variants.select("product_id", "sku", "name", "name_after", "options")[returns["variant"]]
    buyers = orders.select("order_id", "customer_id")[returns["order"]]
    gift = lines.select("has_gift_option", "is_after")[returns["line"]]
    table = pl.concat([returns, goods, buyers, gift], how="horizontal")

    def moment(column: str) -> pl.Expr:
        return pl.from_epoch(pl.col(column), time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S")

    records = table.select(
        pl.col("return_id").cast(pl.String),
        pl.col("order_id").cast(pl.String),
        pl.col("customer_id").cast(pl.String),
        pl.col("product_id").cast(pl.String),
        pl.lit("").alias("order_product_id"),
        NAME_WHEN_BOUGHT.alias("product_name"),
        options_text(shop).alias("product_options"),
        "sku",
        pl.col("quantity").cast(pl.String),
        pl.col("stated_reason").alias("reason"),
        "action",
        pl.col("comment").alias("comments"),
        "staff_notes",
        "status",
        moment("requested_at").alias("date_requested"),
        moment("updated_at").alias("date_updated"),
        decimal("store_credit_cents").alias("store_credit"),
        moment("approved_at").alias("date_approved"),
        moment("received_at").alias("date_received"),
        moment("resolved_at").alias("date_resolved"),
        "inspection_result",
        "resolution",
        "awb",
    )
    with CsvFile(path, RETURNS_COLUMNS, STYLES[shop.merchant_id].line_end) as file:
        file.write(records)
