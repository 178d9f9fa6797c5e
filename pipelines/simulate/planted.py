"""Planted problems: faults put into the world on purpose, so that whoever looks for them can be judged.

Four kinds that lie in the goods, each present or absent by the seed alone (each is absent in half of all
seeds): a defective batch of one SKU sold from one week on, a wrongly described product, a size that runs small,
a product whose new supplier makes it worse. Where, when and how much are drawn by the seed too. They hit
products that sell enough to be noticed. ``incidents`` holds what goes wrong around the goods.

Belongs here: the drawing, the placing in a catalogue, and the effect on the chance of a return.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.draws import stream, vocabulary
from pipelines.simulate.shops import SHOPS, Shop

KINDS = ("defective_batch", "wrong_description", "runs_small", "supplier_switch")
_EXTRA_PROBABILITY = {
    "defective_batch": (0.22, 0.45),
    "wrong_description": (0.10, 0.22),
    "runs_small": (0.22, 0.40),
    "supplier_switch": (0.10, 0.22),
}
# Earliest and latest start; a size that runs small has always done so.
_WEEKS_BEFORE_END = {
    "defective_batch": (26, 8),
    "wrong_description": (40, 12),
    "runs_small": (0, 0),
    "supplier_switch": (26, 10),
}


@dataclass(frozen=True)
class Draw:
    """What the seed says of one kind of problem, before there is a catalogue to place it in.

    Attributes:
        kind: One of ``KINDS``.
        merchant_id: Shop that it hits.
        rank: Place of the product or SKU among the best sellers that qualify, 0 = the best.
        weeks_before_end: Weeks before the end of the period at which it starts; 0 = it holds in the whole
            period.
        extra_probability: Chance that a unit comes back for this problem alone, 0-1.
        choice: Uniform number 0-1 that settles what is left to choose.
    """

    kind: str
    merchant_id: str
    rank: int
    weeks_before_end: int
    extra_probability: float
    choice: float


@dataclass(frozen=True)
class PlantedProblem:
    """A problem in its place.

    Attributes:
        planted_id: Key in the truth files.
        kind: One of ``KINDS``.
        merchant_id: Shop that it hits.
        product_id: Product that it hits.
        skus: SKUs that it hits, as the export writes them.
        size: The size that runs small, or empty.
        first_order_date: First local date of orders that it hits.
        extra_probability: Chance that a unit comes back for this problem alone, 0-1.
        true_class: Class of the returns that it causes.
        true_sub_reason: Their sub-reason.
        variants: Positions of the SKUs among the catalogue's variants.
    """

    planted_id: str
    kind: str
    merchant_id: str
    product_id: int
    skus: tuple[str, ...]
    size: str
    first_order_date: dt.date
    extra_probability: float
    true_class: str
    true_sub_reason: str
    variants: tuple[int, ...]


def draw_problems(seed: int) -> tuple[Draw, ...]:
    """Draw which problems a seed plants; each kind is absent with probability one half.

    Args:
        seed: Seed of the simulation.

    Returns:
        The problems present, in the order of ``KINDS``.
    """
    draws = []
    for kind in KINDS:
        rng = stream(seed, "misfortune", kind)
        is_present = rng.random() < 0.5
        shop = "fashion" if kind == "runs_small" else SHOPS[int(rng.integers(0, len(SHOPS)))].merchant_id
        low, high = _EXTRA_PROBABILITY[kind]
        earliest, latest = _WEEKS_BEFORE_END[kind]
        draw = Draw(
            kind=kind,
            merchant_id=shop,
            rank=int(rng.integers(0, 6)),
            weeks_before_end=int(rng.integers(latest, earliest + 1)),
            extra_probability=round(float(rng.uniform(low, high)), 3),
            choice=float(rng.random()),
        )
        if is_present:
            draws.append(draw)
    return tuple(draws)


def place_problems(
    draws: tuple[Draw, ...], shop: Shop, catalogue: Catalogue, start: dt.date, until: dt.date
) -> tuple[PlantedProblem, ...]:
    """Place the problems of one shop in its catalogue.

    Args:
        draws: Problems of the seed, of all shops.
        shop: The shop.
        catalogue: Its catalogue.
        start: First day of orders.
        until: Day after the last day.
    """
    return tuple(_place(draw, catalogue, start, until) for draw in draws if draw.merchant_id == shop.merchant_id)


def _place(draw: Draw, catalogue: Catalogue, start: dt.date, until: dt.date) -> PlantedProblem:
    mix = vocabulary(draw.merchant_id)["mix"]
    variants = catalogue.variants.filter(~pl.col("is_custom")).join(
        catalogue.products.select("product", "group", "size_count", demand="popularity"), on="product"
    )
    label, sub = "not_as_described", "size_fit"
    if draw.kind == "defective_batch":
        faulty = [group for group, weights in mix.items() if "defective.fault" in weights]
        clean = pl.col("sku").str.strip_chars().str.len_chars() == pl.col("sku").str.len_chars()
        candidates = variants.filter(pl.col("group").is_in(faulty), clean, pl.col("sku") != "")
        hit = _ranked(candidates, "variant", "popularity", draw.rank)
        label, sub = "defective", "fault"
    elif draw.kind == "wrong_description":
        hit = _ranked(variants, "product", "demand", draw.rank)
        subs = [key.split(".")[1] for key in mix[hit["group"][0]] if key.startswith("not_as_described.")]
        subs = [name for name in subs if name not in ("size_fit", "counterfeit")]
        sub = subs[int(draw.choice * len(subs))]
    elif draw.kind == "supplier_switch":
        hit = _ranked(variants, "product", "demand", draw.rank)
        subs = [key.split(".")[1] for key in mix[hit["group"][0]] if key.startswith("poor_quality.")]
        label, sub = "poor_quality", subs[int(draw.choice * len(subs))]
    else:
        product = _ranked(variants.filter(pl.col("size_count") >= 5), "product", "demand", draw.rank)
        sizes = product.group_by("size", maintain_order=True).agg(pl.col("popularity").sum())
        best = sizes.sort("popularity", descending=True, maintain_order=True)["size"]
        hit = product.filter(pl.col("size") == best[int(draw.choice * 3)])
    weeks = dt.timedelta(weeks=draw.weeks_before_end)
    return PlantedProblem(
        planted_id=f"{draw.merchant_id}-{draw.kind}",
        kind=draw.kind,
        merchant_id=draw.merchant_id,
        product_id=int(hit["product_id"][0]),
        skus=tuple(hit["sku"].to_list()),
        size=hit["size"][0] if draw.kind == "runs_small" else "",
        first_order_date=max(start, until - weeks) if draw.weeks_before_end else start,
        extra_probability=draw.extra_probability,
        true_class=label,
        true_sub_reason=sub,
        variants=tuple(hit["variant"].to_list()),
    )


def _ranked(variants: pl.DataFrame, key: str, measure: str, rank: int) -> pl.DataFrame:
    """Return the variants of the product or SKU that is ``rank``-th by the measure."""
    keys = variants.sort(measure, key, descending=[True, False])[key].unique(maintain_order=True)
    return variants.filter(pl.col(key) == keys[min(rank, len(keys) - 1)])


def problem_of_lines(
    problems: tuple[PlantedProblem, ...], variant: NDArray[np.intp], order_date: NDArray[np.datetime64]
) -> NDArray[np.intp]:
    """Tell which problem each order line meets.

    Args:
        problems: Problems of the shop.
        variant: Variant of each line, shape (n,).
        order_date: Local order date of each line, shape (n,).

    Returns:
        Position in ``problems`` or -1, shape (n,); where two meet, the first one.
    """
    met = np.full(len(variant), -1, dtype=np.intp)
    for index in reversed(range(len(problems))):
        is_hit = np.isin(variant, problems[index].variants)
        met[is_hit & (order_date >= np.datetime64(problems[index].first_order_date))] = index
    return met
