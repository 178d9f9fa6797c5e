"""What is in a parcel, as the aggregator's formats tell it: names, SKUs, quantities, reasons.

Belongs here: the contents of a portion of parcels as text. Not here: which parcels there are.
"""

from __future__ import annotations

import polars as pl

from pipelines.simulate.returns import World

_SEPARATOR = ","


def contents_of_forward(world: World, table: pl.DataFrame) -> pl.DataFrame:
    """Tell what is in forward parcels.

    Args:
        world: The shop's world.
        table: Parcels with their number (parcel).

    Returns:
        One row a parcel, in the order of ``table``: names, skus, sku_quantities, quantity, cents, weight.
    """
    items = world.parcels.items.join(table.select("parcel"), on="parcel", how="semi", maintain_order="left")
    lines = world.lines[items["line"]]
    goods = _goods(world, lines["variant"], lines["is_after"]).with_columns(
        items["parcel"], items["quantity"], (lines["unit_cents"] * items["quantity"]).alias("cents")
    )
    return _united(goods, "parcel", table)


def contents_of_reverse(world: World, returns: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Tell what is in reverse parcels: what their basket brings back.

    Args:
        world: The shop's world.
        returns: Its return requests.
        table: Reverse parcels.

    Returns:
        One row a parcel, in the order of ``table``: the columns of ``contents_of_forward``, reference, reason,
        sku_reasons (blank where a SKU is).
    """
    rows = returns.join(table.select("basket").unique(), on="basket", how="semi", maintain_order="left")
    is_after = world.lines["is_after"].gather(rows["line"])
    goods = _goods(world, rows["variant"], is_after).with_columns(
        rows["basket"],
        rows["quantity"],
        rows["stated_reason"],
        rows["return_id"],
        (world.lines["unit_cents"].gather(rows["line"]) * rows["quantity"]).alias("cents"),
    )
    return _united(
        goods,
        "basket",
        table,
        pl.format("RVP-{}", pl.col("return_id").first()).alias("reference"),
        # Portals leave a blank behind the reason.
        (pl.col("stated_reason").first() + " ").alias("reason"),
        pl.when((pl.col("sku") != "").all())
        .then(pl.format("{}: {}", "sku", "stated_reason").str.join(_SEPARATOR + " "))
        .otherwise(pl.lit(""))
        .alias("sku_reasons"),
    )


def _goods(world: World, variant: pl.Series, is_after: pl.Series) -> pl.DataFrame:
    goods = world.catalogue.variants.select("name", "name_after", "sku", "weight")[variant]
    return goods.select(
        pl.when(is_after).then("name_after").otherwise("name").str.strip_chars().alias("name"),
        pl.col("sku").str.strip_chars(),
        "weight",
    )


def _united(goods: pl.DataFrame, key: str, table: pl.DataFrame, *more: pl.Expr) -> pl.DataFrame:
    told = pl.col("sku").filter(pl.col("sku") != "")
    quantities = pl.format("{}:{}", "sku", "quantity").str.join(_SEPARATOR)
    has_all_skus = (pl.col("sku") != "").all()
    united = goods.group_by(key, maintain_order=True).agg(
        pl.col("name").str.join(_SEPARATOR + " ").alias("names"),
        told.str.join(_SEPARATOR).alias("skus"),
        # With an item that has no SKU the cell would not add up: it stays blank.
        pl.when(has_all_skus).then(quantities).otherwise(pl.lit("")).alias("sku_quantities"),
        pl.col("quantity").sum(),
        pl.col("cents").sum(),
        (pl.col("weight") * pl.col("quantity")).sum().round(2).cast(pl.String).alias("weight"),
        *more,
    )
    return table.select(key).join(united, on=key, how="left", maintain_order="left").drop(key)
