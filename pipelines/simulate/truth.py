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

import polars as pl

from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.planted import PlantedProblem
from pipelines.simulate.shops import Shop

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


def write_returns_truth(path: Path, catalogue: Catalogue, orders: pl.DataFrame, returns: pl.DataFrame) -> None:
    """Write the truth of each return request of a shop."""
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
    ).write_csv(path)


def write_planted(path: Path, problems: Sequence[PlantedProblem], exposure: Mapping[str, Mapping[str, int]]) -> None:
    """Write the planted problems with the units they could and did bring back."""
    rows = []
    for problem in problems:
        row = asdict(problem) | dict(exposure[problem.planted_id])
        del row["variants"]
        row["first_order_date"] = problem.first_order_date.isoformat()
        rows.append(row)
    write_json(path, rows)


def write_json(path: Path, content: Any) -> None:
    """Write JSON that people can read and that is the same for the same content."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
