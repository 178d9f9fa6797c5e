"""Known changes in a merchant's own rows: returns dealt out anew so that nothing happens, and doublings planted.

Belongs here: changing rows by a seed. Not here: what the watch makes of them (``models.backtest.alarms``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from models.backtest.history import History

SKU = ["product_id", "variant_id"]
LEAST_WEEKLY_LINES = 10.0
PLANTED_SHARE = 0.02
MOST_PLANTED = 40
TYPICAL_LINES = 20.0
"""Lines of the category that a SKU's own rate is held together with."""


@dataclass(frozen=True)
class Planted:
    """A history with doublings.

    Attributes:
        history: with the further returns.
        skus: product_id, variant_id of the SKUs that doubled.
        onset: Monday from which their lines return twice as often.
    """

    history: History
    skus: pl.DataFrame
    onset: date


def shuffled(history: History, seed: int) -> History:
    """Deal the returns of each category and week out among its lines, so that no SKU differs from its like.

    What came back of a line moves as a whole, with its days and reasons, to a line of the same category, week of
    start and size (1, 2-3, 4-7 units, ...): returns of whole lines stay clusters.

    Args:
        history: every return has a ``known_date``.
        seed: of the order in which they are dealt.
    """
    size = pl.col("quantity").log(2).floor().cast(pl.Int64)
    strata = ["category", "week", "size"]
    lines = history.lines.sort("line").with_columns(pl.col("start_date").dt.truncate("1w").alias("week"), size=size)
    code = lines.select(pl.struct(strata).rank("dense"))[:, 0].to_numpy()
    chance = np.random.default_rng(seed).random(len(lines))
    old, new = np.argsort(code, kind="stable"), np.lexsort((chance, code))
    at = lines["line"].to_numpy()
    moved = pl.DataFrame({"line": at[old], "to": at[new]})
    facts = lines.select("line", "start_date", pl.col("quantity").alias("room"))
    shifted = (
        history.returns.join(moved, on="line", how="inner")
        .join(facts.select("line", pl.col("start_date").alias("old_start")), on="line", how="inner")
        .join(facts.rename({"line": "to", "start_date": "new_start"}), on="to", how="inner")
        .with_columns(
            pl.col("known_date") + (pl.col("new_start") - pl.col("old_start")),
            pl.min_horizontal("quantity", "room").alias("quantity"),
            pl.col("to").alias("line"),
        )
        .select("line", "known_date", "reason_class", "quantity")
        .sort("line", "known_date", "reason_class")
    )
    return replace(history, returns=shifted.filter(pl.col("known_date") <= history.known_through))


def plant_doublings(history: History, onset: date, seed: int) -> Planted:
    """Let some SKUs that sell ten lines a week or more return twice as often from a week on.

    Two in a hundred of all SKUs, at most 40 and at least one. Each line that did not come back does with the chance
    that doubles its SKU's own rate; days, reason and part of the line are those of a return of the same category.

    Args:
        history: every return has a ``known_date``.
        onset: Monday.
        seed: of the choice.
    """
    random = np.random.default_rng(seed)
    lines = history.lines.sort("line")
    skus = _chosen(lines, onset, random, history.known_through)
    late = lines.join(skus, on=SKU, how="semi", maintain_order="left").filter(pl.col("start_date") >= onset)
    back = history.returns.group_by("line").agg(pl.col("quantity").sum().alias("back"))
    late = late.join(back, on="line", how="anti", maintain_order="left")
    rates = _line_rates(lines, back, onset)
    late = late.join(rates, on=SKU, how="left", maintain_order="left")
    chance = late["rate"].fill_null(0.0).to_numpy()
    hit = random.random(len(late)) < np.minimum(chance / np.maximum(1.0 - chance, 0.05), 0.95)
    added = _like_others(late.filter(pl.Series(hit)), lines, history.returns, random)
    added = added.filter(pl.col("known_date") <= history.known_through)
    returns = pl.concat([history.returns.select(added.columns), added])
    return Planted(replace(history, returns=returns.sort("line", "known_date", "reason_class")), skus, onset)


def _chosen(lines: pl.DataFrame, onset: date, random: np.random.Generator, through: date) -> pl.DataFrame:
    weeks = max(((through - onset).days + 1) / 7.0, 1.0)
    late = pl.col("start_date").is_between(onset, through)
    earlier = pl.col("start_date") < onset
    counts = lines.group_by(SKU).agg((late.sum() / weeks).alias("weekly"), earlier.sum().alias("before"))
    # A SKU without a past has no rate that could double.
    fit = counts.filter((pl.col("weekly") >= LEAST_WEEKLY_LINES) & (pl.col("before") >= LEAST_WEEKLY_LINES)).sort(SKU)
    number = min(max(int(PLANTED_SHARE * len(counts)), 1), MOST_PLANTED, len(fit))
    return fit[np.sort(random.permutation(len(fit))[:number]).tolist()].select(SKU)


def _line_rates(lines: pl.DataFrame, back: pl.DataFrame, onset: date) -> pl.DataFrame:
    """Share of each SKU's earlier lines of which something came back, held together with its category's."""
    came = (
        lines.filter(pl.col("start_date") < onset)
        .join(back, on="line", how="left", maintain_order="left")
        .with_columns(pl.col("back").is_not_null().cast(pl.Int64).alias("came"))
    )
    category = came.group_by("category").agg(pl.col("came").mean().alias("usual"))
    own = came.group_by(*SKU, "category").agg(pl.col("came").sum(), pl.len().alias("lines")).sort(*SKU, "category")
    held = own.join(category, on="category", how="left", maintain_order="left").group_by(SKU, maintain_order=True)
    sums = held.agg(pl.col("came").sum(), pl.col("lines").sum(), pl.col("usual").mean())
    rate = (pl.col("came") + TYPICAL_LINES * pl.col("usual")) / (pl.col("lines") + TYPICAL_LINES)
    return sums.select(*SKU, rate.alias("rate"))


def _like_others(
    hit: pl.DataFrame, lines: pl.DataFrame, returns: pl.DataFrame, random: np.random.Generator
) -> pl.DataFrame:
    """Returns of the lines that were hit, as those of other lines of their category were; of any, where none were."""
    donors = returns.join(lines.select("line", "category", "start_date", pl.col("quantity").alias("size")), on="line")
    donors = donors.sort("category", "line", "known_date", "reason_class").with_row_index("donor")
    first = donors.group_by("category").agg(pl.col("donor").min().alias("first"), pl.len().alias("many"))
    asked = hit.select("line", "category", "start_date", "quantity").join(
        first, on="category", how="left", maintain_order="left"
    )
    start = asked["first"].fill_null(0).to_numpy().astype(np.int64)
    many = asked["many"].fill_null(len(donors)).to_numpy().astype(np.int64)
    chosen = start + (random.random(len(asked)) * many).astype(np.int64)
    like = donors[chosen.tolist()]
    lag = (like["known_date"] - like["start_date"]).dt.total_days().clip(0)
    share = np.clip(like["quantity"].to_numpy() / np.maximum(like["size"].to_numpy(), 1), 0.0, 1.0)
    size = asked["quantity"].to_numpy()
    return asked.select(
        "line",
        (pl.col("start_date") + pl.duration(days=lag)).alias("known_date"),
        like["reason_class"],
        pl.Series("quantity", np.maximum(np.rint(share * size), 1).astype(np.int64)),
    )
