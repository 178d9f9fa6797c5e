"""Products as their pages stood on the days of the exports, and the page that each order line was sold from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.pandas_side.shops import Shop, day_of

_BULK_EDIT = {
    "Item Type": "kind",
    "Product ID": "id",
    "Product Name": "product_name",
    "Product Code/SKU": "sku",
    "Brand Name": "brand",
    "Product Description": "description_text",
    "Price": "list_price_amount",
    "Sale Price": "sale_price_amount",
    "Cost Price": "unit_cost_amount",
    "Product Weight": "weight",
    "Category": "category_path",
}
_CURRENT = {
    "Item": "kind",
    "ID": "id",
    "Name": "product_name",
    "SKU": "sku",
    "Brand ID": "brand",
    "Description": "description_text",
    "Price": "list_price_amount",
    "Sale Price": "sale_price_amount",
    "Cost Price": "unit_cost_amount",
    "Weight": "weight",
    "Categories": "category_path",
}
_NUMBERS = ("list_price_amount", "sale_price_amount", "unit_cost_amount", "weight")
_KEY = ["product_id", "variant_id"]


def product_versions(shop: Shop) -> pd.DataFrame:
    """Versions of each product (variant ``-``) and variant: a row for each export that changed it."""
    paths = [(path, _BULK_EDIT) for path in shop.files("products-bulk-edit")]
    paths += [(path, _CURRENT) for path in shop.files("products")]
    frames = [_read(path, columns) for path, columns in paths]
    pages = pd.concat(frames, ignore_index=True).sort_values([*_KEY, "valid_from"], ignore_index=True)
    said = [name for name in pages.columns if name not in (*_KEY, "valid_from")]
    told = pages[said].astype("string").fillna("")
    is_same = (told == told.shift()).all(axis=1) & (pages[_KEY] == pages[_KEY].shift()).all(axis=1)
    return pages[~is_same]


def _read(path: Path, columns: dict[str, str]) -> pd.DataFrame:
    pages = pd.read_csv(path, usecols=list(columns), dtype="string").rename(columns=columns)
    is_product = pages["kind"].str.strip() == "Product"
    pages["product_id"] = pages["id"].where(is_product).ffill()
    pages = pages[pages["kind"].str.strip().isin(["Product", "SKU", "Variant"])]
    pages["variant_id"] = pages["id"].where(pages["kind"].str.strip() != "Product", "-")
    pages["product_name"] = pages["product_name"].where(is_product)
    # What a variant's row leaves empty its product's row says.
    shared = [name for name in columns.values() if name not in ("kind", "id", "sku")]
    pages[shared] = pages[shared].fillna(pages.groupby("product_id", sort=False)[shared].transform("first"))
    for name in _NUMBERS:
        pages[name] = pd.to_numeric(pages[name]).astype("float64")
    return pages.drop(columns=["kind", "id"]).assign(valid_from=day_of(path))


def order_line_products(orders: pd.DataFrame, lines: pd.DataFrame, versions: pd.DataFrame) -> pd.DataFrame:
    """The page in force on the day of each order line, by SKU, else that of its product."""
    keys = versions[[*_KEY, "sku"]].assign(sku=versions["sku"].str.strip().str.lower()).drop_duplicates()
    keys = keys[keys["sku"].notna()].sort_values("variant_id", ascending=False)
    by_sku = keys.drop_duplicates(["product_id", "sku"])
    # Some thousand SKUs stand on all lines: categories are matched, not rows.
    sold = lines[["order_id", "order_line_id", "product_id", "sku"]].merge(
        orders[["order_id", "placed_date"]], on="order_id"
    )
    pairs = sold[["product_id", "sku"]].drop_duplicates()
    pairs = pairs.assign(
        sku_key=pairs["sku"].astype("string").str.lower(), number=pairs["product_id"].astype("string")
    ).merge(by_sku.rename(columns={"product_id": "number", "sku": "sku_key"}), on=["number", "sku_key"], how="left")
    is_known = pairs["number"].isin(versions["product_id"])
    pairs["matched_by"] = np.select([pairs["variant_id"].notna(), is_known], ["sku", "product"], "")
    pairs["variant_id"] = pairs["variant_id"].fillna("-").where(pairs["matched_by"] != "")
    sold = sold.merge(pairs.drop(columns="sku_key"), on=["product_id", "sku"], how="left")
    pages = versions.rename(columns={"product_id": "number"})[
        ["number", "variant_id", "valid_from", "list_price_amount", "unit_cost_amount", "brand", "category_path"]
    ].sort_values("valid_from")
    days = sold[["number", "variant_id", "placed_date"]].dropna().drop_duplicates().sort_values("placed_date")
    pages["valid_from"] = pages["valid_from"].astype(days["placed_date"].dtype)
    by = ["number", "variant_id"]
    of_day = pd.merge_asof(days, pages, left_on="placed_date", right_on="valid_from", by=by, direction="backward")
    # An order that is older than the first page gets that one.
    first = pages.drop_duplicates(by).set_index(by)
    said = list(first.columns)
    of_day[said] = of_day[said].fillna(of_day[by].join(first, on=by)[said])
    return sold.merge(of_day, on=["number", "variant_id", "placed_date"], how="left").drop(columns="number")
