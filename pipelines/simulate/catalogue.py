"""What a shop sells: products, their variants, prices, popularity, odd spellings.

Belongs here: everything known of a product before anybody orders it, including oddities of names and SKUs
(they belong to the product, so all its order lines carry them). Not here: sales, returns, planted problems.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.draws import choose, stream, vocabulary
from pipelines.simulate.shops import STYLES, Shop

# Share of sold items that carry each oddity of the name; commas are the rule rather than the exception.
COMMA_SHARE = 0.31
NAME_ODDITIES = {
    "pipe": 0.006,
    "line_break": 0.004,
    "colon": 0.006,
    "double_blank": 0.010,
    "entity": 0.010,
    "outer_blank": 0.014,
}
SKU_OUTER_BLANK_SHARE = 0.004
SKU_EMPTY_SHARE = 0.0035
# Products' own return rates follow a Beta distribution; the smaller this number of units, the wider it is.
RATE_CONCENTRATION = 30.0


@dataclass(frozen=True)
class Catalogue:
    """A shop's catalogue.

    Attributes:
        products: One row a product: category, group, popularity (share of demand, sums to 1), return_factor,
            peak_month, first_variant, size_count.
        variants: One row a variant: product, product_id, sku, name, options, weight, list_cents, popularity
            (sums to 1), colour, size (as people say it), size_position, is_custom. Custom items stand at the
            end with popularity 0 and product -1. ``pages`` adds what the pages say.
        revision_date: First day on which the pages say what the columns ``*_after`` hold, or None.
    """

    products: pl.DataFrame
    variants: pl.DataFrame
    revision_date: dt.date | None = None

    @property
    def custom_variants(self) -> NDArray[np.intp]:
        """Positions of the custom items (product id 0) among the variants."""
        return np.flatnonzero(self.variants["is_custom"].to_numpy())


def build_catalogue(shop: Shop, order_count: int, seed: int) -> Catalogue:
    """Draw a shop's catalogue; a shop with more orders has more products.

    Args:
        shop: The shop.
        order_count: Orders that the shop will get; sets the number of products.
        seed: Seed of the simulation.
    """
    words = vocabulary(shop.merchant_id)
    rng = stream(seed, shop.merchant_id, "catalogue")
    low, high = words["product_range"]
    product_count = int(np.clip(2.2 * np.sqrt(order_count), low, high))
    products = _draw_products(words, product_count, rng)
    names = _product_names(words, products, rng)
    variants = _draw_variants(words, products, names, STYLES[shop.merchant_id].price_step, rng)
    first = variants.group_by("product", maintain_order=True).agg(pl.col("variant").first())
    products = products.with_columns(first["variant"].alias("first_variant"))
    variants = _with_custom_items(words, _with_sku_oddities(variants, rng))
    return Catalogue(
        products,
        variants.with_columns(pl.col("name").alias("name_after"), pl.col("list_cents").alias("list_cents_after")),
    )


def _draw_products(words: dict[str, Any], count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Spread products over the categories; popularity falls with the rank inside a category (Zipf).

    Return rates are over-dispersed: each product draws its own from a Beta distribution around its category's.
    """
    frames = []
    rate = words["return_rate"]
    for index, category in enumerate(words["category"]):
        n = max(3, round(category["share"] * count))
        zipf = rng.permutation(np.arange(1, n + 1, dtype=float) ** -0.85)
        low, high = category["price"]
        frames.append(
            pl.DataFrame(
                {
                    "category": np.full(n, index),
                    "group": [category["group"]] * n,
                    "popularity": category["share"] * zipf / zipf.sum(),
                    "return_factor": _beta_rates(rate * category["return_factor"], n, rng) / rate,
                    "peak_month": np.full(n, category["peak_month"]),
                    "price": np.exp(rng.uniform(np.log(low), np.log(high), n)),
                    "unit_weight": rng.uniform(*category["weight"], n).round(4),
                    "size_count": np.full(n, len(words["sizes"][category["size"]]["values"])),
                }
            )
        )
    products = pl.concat(frames)
    popularity = products["popularity"] / products["popularity"].sum()
    return products.with_columns(popularity, pl.int_range(pl.len()).alias("product"))


def _beta_rates(mean: float, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.beta(mean * RATE_CONCENTRATION, (1 - mean) * RATE_CONCENTRATION, count)


def _product_names(words: dict[str, Any], products: pl.DataFrame, rng: np.random.Generator) -> list[str]:
    """Compose distinct names, then give some of them the oddities of real catalogues."""
    popularity = products["popularity"].to_numpy()
    comma = set(_take_until(popularity, COMMA_SHARE, rng).tolist())
    vocabulary_words = words["words"]
    names: list[str] = []
    collections: list[str] = []
    for category, group in products.group_by("category", maintain_order=True):
        source = words["category"][category[0]]
        combinations = [
            (collection, material, kind)
            for collection in vocabulary_words["collections"]
            for material in source["materials"]
            for kind in source["kinds"]
        ]
        order = rng.permutation(len(combinations))
        for position, product in enumerate(group["product"].to_list()):
            collection, material, kind = combinations[order[position % len(combinations)]]
            forms = vocabulary_words["comma_forms" if product in comma else "name_forms"]
            form = forms[rng.integers(len(forms))]
            edition = position // len(combinations)
            name = form.format(collection=collection, material=material, kind=kind)
            names.append(f"{name} {edition + 1}" if edition else name)
            collections.append(collection)
    free = np.ones(len(names), dtype=bool)
    for oddity, share in NAME_ODDITIES.items():
        for product in _take_until(np.where(free, popularity, np.inf), share, rng):
            free[product] = False
            names[product] = _odd_name(oddity, names[product], collections[product], vocabulary_words, rng)
    return names


def _take_until(popularity: NDArray[np.float64], share: float, rng: np.random.Generator) -> NDArray[np.intp]:
    """Take products in random order until their demand reaches the share, without overshooting it by much."""
    taken: list[int] = []
    total = 0.0
    for product in rng.permutation(len(popularity)):
        if total + popularity[product] <= share * 1.15:
            taken.append(int(product))
            total += popularity[product]
        if total >= share:
            break
    return np.array(taken or [int(np.argmin(popularity))])


def _odd_name(oddity: str, name: str, collection: str, words: dict[str, Any], rng: np.random.Generator) -> str:
    number = f"{rng.integers(10_000_000, 99_999_999)}"
    if oddity == "pipe":
        return name + words["pipe_suffix"][rng.integers(len(words["pipe_suffix"]))]
    if oddity == "line_break":
        return name + words["break_suffix"][rng.integers(len(words["break_suffix"]))]
    if oddity == "colon":
        form = words["colon_forms"][rng.integers(len(words["colon_forms"]))]
        return form.format(name=name, number=number)
    if oddity == "entity":
        form = words["entity_forms"][rng.integers(len(words["entity_forms"]))]
        return form.format(name=name, collection=collection)
    if oddity == "double_blank":
        return name.replace(" ", "  ", 1) if " " in name else f"{name}  {collection}"
    return f" {name}" if rng.random() < 0.4 else f"{name} "


def _draw_variants(
    words: dict[str, Any], products: pl.DataFrame, names: list[str], price_step: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Cross each product's colours with its sizes, sizes running fastest."""
    rows: list[dict[str, Any]] = []
    palette = words["words"]["colours"]
    for product in products.iter_rows(named=True):
        category = words["category"][product["category"]]
        sizes = words["sizes"][category["size"]]
        colours = rng.choice(len(palette), size=int(rng.integers(1, 4)), replace=False)
        colour_weights = np.arange(len(colours), 0, -1.0)
        colour_weights /= colour_weights.sum()
        for colour, colour_weight in zip(colours, colour_weights, strict=True):
            colour_name, colour_code = palette[colour]
            for position, (size, size_weight) in enumerate(zip(sizes["values"], sizes["weights"], strict=True)):
                options = [f"{words['words']['colour_option']}: {colour_name}"]
                if size:
                    options.append(f"{sizes['option']}: {size}")
                size_code = f"-{_size_code(size, position)}" if size else ""
                rows.append(
                    {
                        "product": product["product"],
                        "product_id": 101 + product["product"],
                        "sku": f"{words['sku_prefix']}-{category['key']}-{product['product'] + 1:04d}"
                        f"-{colour_code}{size_code}",
                        "name": names[product["product"]],
                        "options": ", ".join(options),
                        "weight": product["unit_weight"],
                        "list_cents": _price_cents(product["price"], price_step),
                        "popularity": product["popularity"] * colour_weight * size_weight,
                        "colour": colour_name,
                        "size": size.split(" (")[0] if sizes.get("is_spoken", True) else "",
                        "size_position": position,
                        "is_custom": False,
                    }
                )
    variants = pl.DataFrame(rows)
    return variants.with_columns(
        pl.col("popularity") / pl.col("popularity").sum(), pl.int_range(pl.len()).alias("variant")
    )


def _size_code(size: str, position: int) -> str:
    return size if size.isascii() and " " not in size else f"V{position + 1}"


def _price_cents(price: float, price_step: int) -> int:
    """Round a price the way shops do: 67.95, or 1,290.00 in a currency used without fractions."""
    if price_step == 100:
        return int(round(price / 10) * 10 - (1 if price < 1000 else 10)) * 100
    return int(price) * 100 + 95 if int(price) % 3 else int(price) * 100


def _with_sku_oddities(variants: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    popularity = variants["popularity"].to_numpy()
    skus = variants["sku"].to_list()
    for position in _take_until(popularity, SKU_OUTER_BLANK_SHARE, rng):
        skus[position] = f"{skus[position]} " if rng.random() < 0.7 else f" {skus[position]}"
    for position in _take_until(popularity, SKU_EMPTY_SHARE, rng):
        skus[position] = ""
    return variants.with_columns(pl.Series("sku", skus))


def _with_custom_items(words: dict[str, Any], variants: pl.DataFrame) -> pl.DataFrame:
    """Append the items that staff add by hand: product id 0, no options, any price."""
    custom = pl.DataFrame(
        [
            {
                "product": -1,
                "product_id": 0,
                "sku": "" if index == 0 else f"CUSTOM-{index}",
                "name": item["name"],
                "options": "",
                "weight": 0.0,
                "list_cents": int(sum(item["price"]) * 50) // 100 * 100,
                "popularity": 0.0,
                "colour": "",
                "size": "",
                "size_position": 0,
                "is_custom": True,
                "variant": len(variants) + index,
            }
            for index, item in enumerate(words["custom_item"])
        ],
        schema=variants.schema,
    )
    return pl.concat([variants, custom])


def draw_variants(catalogue: Catalogue, months: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw a variant for each order line, following popularity and the season.

    Args:
        catalogue: The shop's catalogue.
        months: Calendar month 1-12 of each line, shape (n,).
        rng: Random stream.

    Returns:
        Positions in ``catalogue.variants``, shape (n,).
    """
    regular = catalogue.variants.filter(~pl.col("is_custom"))
    peak = catalogue.products["peak_month"].to_numpy()[regular["product"].to_numpy()]
    popularity = regular["popularity"].to_numpy()
    drawn = np.empty(len(months), dtype=np.intp)
    for month in range(1, 13):
        here = np.flatnonzero(months == month)
        season = 1 + 0.7 * np.cos(2 * np.pi * (month - peak) / 12)
        drawn[here] = choose(rng, popularity * season, len(here))
    return drawn
