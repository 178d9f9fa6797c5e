"""What the shop's pages say of its products, and the day on which they were revised.

A shop revises its pages once in the period: some prices, names, descriptions and suppliers change that day,
whether or not a problem is planted, so that a change alone proves nothing.

Belongs here: brands, suppliers, descriptions, the revision. Not here: the product files (``products_csv``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.draws import stream, vocabulary
from pipelines.simulate.planted import PlantedProblem
from pipelines.simulate.shops import STYLES, Shop

PRICE_CHANGE_SHARE = 0.08
NAME_CHANGE_SHARE = 0.03
DESCRIPTION_CHANGE_SHARE = 0.06
SUPPLIER_CHANGE_SHARE = 0.04


def draw_revision_date(
    shop: Shop, problems: tuple[PlantedProblem, ...], start: dt.date, until: dt.date, seed: int
) -> dt.date:
    """Draw the day of the revision: the day of a planted supplier switch, else some day in the same weeks."""
    for problem in problems:
        if problem.kind == "supplier_switch":
            return problem.first_order_date
    rng = stream(seed, shop.merchant_id, "revision")
    return max(start, until - dt.timedelta(weeks=int(rng.integers(10, 27))))


def describe_pages(
    shop: Shop, catalogue: Catalogue, problems: tuple[PlantedProblem, ...], revision_date: dt.date, seed: int
) -> Catalogue:
    """Add what the pages say before and after the revision.

    Args:
        shop: The shop.
        catalogue: Its catalogue.
        problems: Its planted problems.
        revision_date: First day of the new pages.
        seed: Seed of the simulation.

    Returns:
        The catalogue with revision_date; products with brand, brand_id, path, supplier, supplier_after,
        fulfilment, fulfilment_after, description, description_after; variants with name_after and
        list_cents_after.
    """
    rng = stream(seed, shop.merchant_id, "pages")
    words = vocabulary("pages")[shop.merchant_id]
    products, variants = catalogue.products, catalogue.variants
    count = len(products)
    brand = rng.integers(0, len(words["brands"]), count)
    supplier = rng.integers(0, len(words["suppliers"]), count)
    moves = rng.random(count) < SUPPLIER_CHANGE_SHARE
    for problem in problems:
        if problem.kind == "supplier_switch":
            moves[catalogue.variants["product"][problem.variants[0]]] = True
    step = rng.integers(1, len(words["suppliers"]), count)
    supplier_after = np.where(moves, (supplier + step) % len(words["suppliers"]), supplier)
    first, after = _descriptions(shop, catalogue, words, rng)
    products = products.with_columns(
        pl.Series("brand", [words["brands"][i][0] for i in brand]),
        pl.Series("brand_id", [words["brands"][i][1] for i in brand]),
        pl.Series("path", [_category(shop, i)["path"] for i in products["category"]]),
        pl.Series("supplier", [words["suppliers"][i][0] for i in supplier]),
        pl.Series("supplier_after", [words["suppliers"][i][0] for i in supplier_after]),
        pl.Series("fulfilment", [words["suppliers"][i][1] for i in supplier]),
        pl.Series("fulfilment_after", [words["suppliers"][i][1] for i in supplier_after]),
        pl.Series("description", first),
        pl.Series("description_after", after),
    )
    product = variants["product"].to_numpy()
    factor = np.where(rng.random(count) < PRICE_CHANGE_SHARE, rng.choice([0.85, 0.9, 1.1, 1.15], count), 1.0)
    cents = variants["list_cents"].to_numpy()
    step_cents = 10_00 if STYLES[shop.merchant_id].price_step == 100 else 5
    moved = np.maximum(np.rint(cents * factor[product] / step_cents).astype(np.int64) * step_cents, step_cents)
    renamed = rng.random(count) < NAME_CHANGE_SHARE
    is_renamed = pl.Series(renamed[product] & (product >= 0)) & (pl.col("name").str.strip_chars() == pl.col("name"))
    variants = variants.with_columns(
        pl.when(is_renamed)
        .then(pl.format(words["new_name"].replace("{name}", "{}"), pl.col("name")))
        .otherwise("name")
        .alias("name_after"),
        pl.Series("list_cents_after", np.where((product < 0) | (factor[product] == 1.0), cents, moved)),
    )
    return replace(catalogue, products=products, variants=variants, revision_date=revision_date)


def _category(shop: Shop, index: int) -> dict[str, Any]:
    return vocabulary(shop.merchant_id)["category"][index]


def _descriptions(
    shop: Shop, catalogue: Catalogue, words: dict[str, Any], rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    first, after = [], []
    count = len(catalogue.products)
    changes = rng.random(count) < DESCRIPTION_CHANGE_SHARE
    picks = rng.random((4, count))
    for row, index in enumerate(catalogue.products["category"].to_list()):
        category = _category(shop, index)

        def pick(options: list[str], which: int, row: int = row) -> str:
            return options[int(picks[which, row] * len(options))]

        fields = {"material": pick(category["materials"], 0), "kind": pick(category["kinds"], 1)}
        first.append(words["description"].format(sentence=pick(words["sentences"], 2), **fields))
        new = words["description"].format(sentence=pick(words["new_sentences"], 3), **fields)
        after.append(new if changes[row] else first[-1])
    return first, after
