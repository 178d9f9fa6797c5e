"""How units are named: the one place that all who speak of a unit share."""

from __future__ import annotations

import polars as pl


def unit_id(unit: str) -> pl.Expr:
    """The id of a line's unit.

    Args:
        unit: 'product', 'variant', 'supplier', 'fulfilment_type' or 'brand'.

    Returns:
        The product's id; of a variant ``product/variant``, because two products may each have a variant of the same
        name, and the product alone where it has none; else the name itself.
    """
    if unit == "variant":
        whole = pl.concat_str("product_id", pl.lit("/"), "variant_id")
        return pl.when(pl.col("variant_id") == "-").then("product_id").otherwise(whole).alias("unit_id")
    return pl.col("product_id" if unit == "product" else unit).alias("unit_id")
