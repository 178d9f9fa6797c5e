"""The product exports: the legacy bulk edit, the modern one, and the SKU inventory.

Belongs here: headers, cells and writing of these files. Not here: what the pages say (``pages``).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipelines.simulate.bigcommerce_csv import CsvFile
from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.draws import stream, vocabulary
from pipelines.simulate.export import decimal
from pipelines.simulate.incidents import Incident
from pipelines.simulate.shops import STYLES, Shop
from pipelines.simulate.stock import stock_on

_LEGACY_HEAD = (
    "Item Type", "Product ID", "Product Name", "Product Type", "Product Code/SKU", "Bin Picking Number", "Brand Name",
    "Option Set", "Option Set Align", "Product Description", "Price", "Cost Price", "Retail Price", "Sale Price",
    "Fixed Shipping Cost", "Free Shipping", "Product Warranty", "Product Weight", "Product Width", "Product Height",
    "Product Depth", "Allow Purchases?", "Product Visible?", "Product Availability", "Track Inventory",
    "Current Stock Level", "Low Stock Level", "Category",
)  # fmt: skip
_LEGACY_IMAGE = ("ID", "File", "Description", "Is Thumbnail", "Sort")
_LEGACY_TAIL = (
    "Search Keywords", "Page Title", "Meta Keywords", "Meta Description", "MYOB Asset Acct", "MYOB Income Acct",
    "MYOB Expense Acct", "Product Condition", "Show Product Condition?", "Event Date Required?", "Event Date Name",
    "Event Date Is Limited?", "Event Date Start Date", "Event Date End Date", "Sort Order", "Product Tax Class",
    "Product UPC/EAN", "Stop Processing Rules", "Product URL", "Redirect Old URL?", "Global Trade Item Number",
    "Manufacturer Part Number", "Tax Provider Tax Code", "Product Custom Fields",
)  # fmt: skip
MODERN_COLUMNS: tuple[str, ...] = (
    "Item", "ID", "Name", "Type", "SKU", "Options", "Inventory Tracking", "Current Stock", "Low Stock", "Price",
    "Cost Price", "Retail Price", "Sale Price", "Brand ID", "Channels", "Categories", "Description", "Custom Fields",
    "Page Title", "Product URL", "Meta Description", "Search Keywords", "Meta Keywords", "Bin Picking Number",
    "UPC/EAN", "Global Trade Number", "Manufacturer Part Number", "Free Shipping", "Fixed Shipping Cost", "Weight",
    "Width", "Height", "Depth", "Is Visible", "Is Featured", "Warranty", "Tax Class", "Product Condition",
    "Show Product Condition", "Sort Order", "Variant Image URL", "Internal Image URL (Export)", "Image URL (Import)",
    "Image Description", "Image is Thumbnail", "Image Sort Order", "YouTube ID", "Video Title", "Video Description",
    "Video Sort Order",
)  # fmt: skip
INVENTORY_COLUMNS: tuple[str, ...] = (
    "Product SKU", "Product UPC/EAN", "Stock Level", "Product Width", "Product Height", "Product Depth",
    "Free Shipping", "Fixed Shipping Cost",
)  # fmt: skip
FIRST_VARIANT_ID = 9_001


def legacy_columns(image_count: int) -> tuple[str, ...]:
    """The header of the bulk edit; every image brings five columns, up to the most that any product has."""
    images = tuple(f"Product Image {name} - {n}" for n in range(1, image_count + 1) for name in _LEGACY_IMAGE)
    return _LEGACY_HEAD + images + _LEGACY_TAIL


def write_products(
    path: Path, shop: Shop, catalogue: Catalogue, incidents: tuple[Incident, ...], day: dt.date, seed: int
) -> None:
    """Write a shop's product export of a day: one shop's is the legacy one, the other's the modern one.

    Args:
        path: File to write.
        shop: The shop.
        catalogue: Its catalogue after ``describe_pages``.
        incidents: Its incidents, for the stock.
        day: Day of the export; it decides which version of the pages is written.
        seed: Seed of the simulation.
    """
    if catalogue.revision_date is None:
        raise ValueError("the catalogue has no pages: describe_pages comes first")
    ending = "_after" if day >= catalogue.revision_date else ""
    images = stream(seed, shop.merchant_id, "images").integers(1, 5, len(catalogue.products))
    products, variants = _said(shop, catalogue, ending)
    stock = pl.Series("stock", stock_on(shop, catalogue, incidents, day, seed))
    variants = variants.with_columns(stock[: len(variants)])
    if STYLES[shop.merchant_id].is_multistorefront:
        rows, header = _modern(shop, products, variants, images), MODERN_COLUMNS
    else:
        # One product has had many pictures once: the header keeps their columns.
        header = legacy_columns(int(images.max()) + 1)
        rows = _legacy(products, variants, images, header)
    with CsvFile(path, header, STYLES[shop.merchant_id].line_end) as file:
        file.write(rows)


def _said(shop: Shop, catalogue: Catalogue, ending: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the pages say in one of the two versions: products and variants."""
    variants = catalogue.variants.filter(~pl.col("is_custom")).with_columns(
        pl.col(f"name{ending}").alias("name"),
        pl.col(f"list_cents{ending}").alias("list_cents"),
        (FIRST_VARIANT_ID + pl.col("variant")).alias("variant_id"),
    )
    first = variants.group_by("product", maintain_order=True).agg(
        pl.col("product_id", "name", "list_cents", "weight", "sku").first(), pl.len().alias("variant_count")
    )
    products = first.join(
        catalogue.products.select(
            "product",
            "brand",
            "brand_id",
            "path",
            "peak_month",
            pl.col(f"supplier{ending}").alias("supplier"),
            pl.col(f"fulfilment{ending}").alias("fulfilment"),
            pl.col(f"description{ending}").alias("description"),
        ),
        on="product",
        how="left",
        maintain_order="left",
    )
    prefix = vocabulary(shop.merchant_id)["sku_prefix"]
    return products.with_columns(
        pl.format(f"{prefix}-P-{{}}", (pl.col("product") + 1).cast(pl.String).str.zfill(4)).alias("code"),
        pl.format("Supplier={};Fulfilment={}", "supplier", "fulfilment").alias("custom_fields"),
        pl.format("/p/{}/", "product_id").alias("url"),
    ), variants


def _frame(columns: tuple[str, ...], source: pl.DataFrame, cells: dict[str, Any], rank: int) -> pl.DataFrame:
    """Rows of one kind: what is not named stays blank; ``rank`` orders the kinds inside a product."""
    blank = [pl.lit("").alias(name) for name in columns if name not in cells]
    told = [
        (cell if isinstance(cell, pl.Expr) else pl.lit(cell)).cast(pl.String).alias(name)
        for name, cell in cells.items()
    ]
    return source.select(pl.col("product").alias("_product"), pl.lit(rank).alias("_rank"), *told, *blank).select(
        "_product", "_rank", *columns
    )


def _ordered(*frames: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(frames).sort("_product", "_rank", maintain_order=True).drop("_product", "_rank")


def _decimals(column: str, places: int) -> pl.Expr:
    """Write a number with a fixed number of places."""
    scaled = (pl.col(column) * 10**places).round().cast(pl.Int64)
    return pl.concat_str(
        (scaled // 10**places).cast(pl.String),
        pl.lit("."),
        (scaled % 10**places).cast(pl.String).str.zfill(places),
    )


def _legacy(
    products: pl.DataFrame, variants: pl.DataFrame, images: np.ndarray, header: tuple[str, ...]
) -> pl.DataFrame:
    cost = pl.col("list_cents") * 2 // 5
    products = products.with_columns(pl.Series("images", images), cost.alias("cost_cents"))
    cells: dict[str, Any] = {
        "Item Type": "Product",
        "Product ID": pl.col("product_id"),
        "Product Name": pl.col("name"),
        "Product Type": "P",
        "Product Code/SKU": pl.col("code"),
        "Brand Name": pl.col("brand"),
        "Option Set": pl.col("code"),
        "Option Set Align": "Right",
        "Product Description": pl.col("description"),
        "Price": decimal("list_cents"),
        "Cost Price": decimal("cost_cents"),
        "Retail Price": "0.00",
        "Sale Price": "0.00",
        "Fixed Shipping Cost": "0.0000",
        "Free Shipping": "N",
        "Product Weight": _decimals("weight", 4),
        "Product Width": "0.0000",
        "Product Height": "0.0000",
        "Product Depth": "0.0000",
        "Allow Purchases?": "Y",
        "Product Visible?": "Y",
        "Track Inventory": "by option",
        "Current Stock Level": "0",
        "Low Stock Level": "0",
        "Category": pl.col("path"),
        "Product Condition": "New",
        "Show Product Condition?": "N",
        "Event Date Required?": "N",
        "Sort Order": "0",
        "Product Tax Class": "Default Tax Class",
        "Stop Processing Rules": "N",
        "Product URL": pl.col("url"),
        "Redirect Old URL?": "N",
        "Product Custom Fields": pl.col("custom_fields"),
    }
    for n in range(1, int(images.max()) + 1):
        has = pl.col("images") >= n
        texts = {
            "ID": pl.col("product_id") * 10 + n,
            "File": pl.format(f"x/{{}}/picture_{n}.jpg", "product_id"),
            "Is Thumbnail": pl.lit("Y" if n == 1 else "N"),
            "Sort": pl.lit(str(n - 1)),
        }
        for name, text in texts.items():
            cells[f"Product Image {name} - {n}"] = pl.when(has).then(text.cast(pl.String)).otherwise(pl.lit(""))
    variant_cells = {
        "Item Type": "  SKU",
        "Product ID": pl.col("variant_id"),
        "Product Name": pl.col("options")
        .str.replace(r"^([^:]+): ", "[S]$1=")
        .str.replace(r", (Size|Waist|Pack Size): ", ",[S]$1="),
        "Product Code/SKU": pl.col("sku"),
        "Current Stock Level": pl.col("stock"),
        "Low Stock Level": "5",
    }
    return _ordered(_frame(header, products, cells, 0), _frame(header, variants, variant_cells, 1))


def _modern(shop: Shop, products: pl.DataFrame, variants: pl.DataFrame, images: np.ndarray) -> pl.DataFrame:
    cost = pl.col("list_cents") * 2 // 5
    products = products.with_columns(pl.Series("images", images), cost.alias("cost_cents"))
    cells = {
        "Item": "Product",
        "ID": pl.col("product_id"),
        "Name": pl.col("name"),
        "Type": "physical",
        "SKU": pl.col("code"),
        "Inventory Tracking": "variant",
        "Current Stock": "0",
        "Low Stock": "0",
        "Price": decimal("list_cents"),
        "Cost Price": decimal("cost_cents"),
        "Retail Price": "0",
        "Sale Price": "0",
        "Brand ID": pl.col("brand_id"),
        "Channels": "1;1004",
        "Categories": pl.col("path"),
        "Description": pl.col("description"),
        "Custom Fields": pl.col("custom_fields"),
        "Product URL": pl.col("url"),
        "Free Shipping": "FALSE",
        "Fixed Shipping Cost": "0",
        "Weight": _decimals("weight", 2),
        "Width": "0",
        "Height": "0",
        "Depth": "0",
        "Is Visible": "TRUE",
        "Is Featured": "FALSE",
        "Tax Class": "0",
        "Product Condition": "New",
        "Show Product Condition": "FALSE",
        "Sort Order": "0",
    }
    variant_cells = {
        "Item": "Variant",
        "ID": pl.col("variant_id"),
        "SKU": pl.col("sku"),
        "Options": modern_options(shop),
        "Current Stock": pl.col("stock"),
        "Low Stock": "5",
        "Free Shipping": "FALSE",
        "Weight": _decimals("weight", 2),
    }
    image = products.with_columns(pl.int_ranges(1, pl.col("images") + 1).alias("n")).explode("n")
    image_cells = {
        "Item": "Image",
        "ID": pl.col("product_id") * 10 + pl.col("n"),
        "Internal Image URL (Export)": pl.format("picture-{}-{}.jpg", "product_id", "n"),
        "Image URL (Import)": pl.format("https://store.example/{}/{}.jpg", "product_id", "n"),
        "Image is Thumbnail": pl.when(pl.col("n") == 1).then(pl.lit("TRUE")).otherwise(pl.lit("FALSE")),
        "Image Sort Order": pl.col("n") - 1,
    }
    return _ordered(
        _frame(MODERN_COLUMNS, products, cells, 0),
        _frame(MODERN_COLUMNS, variants, variant_cells, 1),
        _frame(MODERN_COLUMNS, image, image_cells, 2),
    )


def modern_options(shop: Shop) -> pl.Expr:
    """Write a variant's options as the modern export does."""
    sizes = vocabulary(shop.merchant_id)["sizes"].values()
    names = "|".join(sorted({entry["option"] for entry in sizes if entry["option"]}))
    return (
        pl.col("options")
        .str.replace(r"^([^:]+): ", "Type=Swatch|Name=$1|Value=")
        .str.replace(f", ({names}): ", "Type=Rectangles|Name=$1|Value=")
    )


def write_inventory(
    path: Path, shop: Shop, catalogue: Catalogue, incidents: tuple[Incident, ...], day: dt.date, seed: int
) -> None:
    """Write the stock of every SKU on a day.

    Args:
        path: File to write.
        shop: The shop.
        catalogue: Its catalogue.
        incidents: Its incidents.
        day: Day of the export.
        seed: Seed of the simulation.
    """
    stock = pl.Series("stock", stock_on(shop, catalogue, incidents, day, seed))
    rows = catalogue.variants.with_columns(stock).filter(~pl.col("is_custom"), pl.col("sku") != "")
    with CsvFile(path, INVENTORY_COLUMNS, STYLES[shop.merchant_id].line_end) as file:
        file.write(
            rows.select(
                pl.col("sku").alias("Product SKU"),
                pl.lit("").alias("Product UPC/EAN"),
                pl.col("stock").cast(pl.String).alias("Stock Level"),
                *(pl.lit("0.0000").alias(f"Product {name}") for name in ("Width", "Height", "Depth")),
                pl.lit("N").alias("Free Shipping"),
                pl.lit("0.0000").alias("Fixed Shipping Cost"),
            )
        )
