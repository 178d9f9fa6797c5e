"""A million order lines of 20,000 SKUs through every model of rates, as a build runs them for one merchant.

Run ``python -m benchmarks.rates_speed``; ``--lines`` and ``--skus`` take other sizes. Rows are drawn by a seed in a
process of their own; this one reads them, learns curves, cohorts and periods, scores of products, variants, suppliers,
ways of fulfilment and brands with reason classes, warnings over 26 looks, and the decomposition of three changes.
Printed are seconds of each and peak memory beside the bars: 60 s and 2 GB on two cores.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")
os.environ.setdefault("POLARS_MAX_THREADS", "2")

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

LINES, SKUS, DAYS = 1_000_000, 20_000, 728
MOST_SECONDS, MOST_GIGABYTES = 60.0, 2.0
FIRST = date(2024, 1, 1)
THROUGH = FIRST + timedelta(days=DAYS - 1)
REASONS = ("defective", "not_as_described", "poor_quality", "delivery", "changed_mind", "unclear", "unmapped")
MODELS = ("maturity", "product_risk", "early_warning", "rate_change")
TABLES = ("sold", "returned")


def draw(lines: int, skus: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw a shop's counted days: 80 categories, 60 suppliers, popularity by Zipf's law, rates of a Beta law.

    Args:
        lines: order lines of one unit.
        skus: two of each product.
        seed: of the draw.

    Returns:
        ``sold`` and ``returned`` as ``core.sold_days`` and ``core.returned_days`` hold them, without ``merchant_id``.
    """
    import numpy as np
    import polars as pl

    random = np.random.default_rng(seed)
    weight = 1.0 / (np.arange(skus) + 30.0)
    sku = random.permutation(skus)[random.choice(skus, lines, p=weight / weight.sum())]
    product = sku // 2
    category_rate = random.beta(6, 34, 80)
    rate = random.beta(12 * category_rate[product % 80], 12 * (1 - category_rate[product % 80]))
    placed = random.integers(0, DAYS, lines)
    way = random.integers(1, 7, lines)
    came = random.random(lines) < rate
    lag = np.minimum(random.gamma(2.5, 6.0, lines).astype(np.int64), 60)
    frame = pl.DataFrame(
        {
            "product": product,
            "sku": sku,
            "placed": placed,
            "start": placed + way,
            "lag_days": lag,
            "came": came,
            "reason": random.choice(len(REASONS), lines, p=[0.2, 0.15, 0.1, 0.1, 0.3, 0.1, 0.05]),
        }
    )
    named = frame.select(
        pl.format("P{}", "product").alias("product_id"),
        pl.format("V{}", "sku").alias("variant_id"),
        pl.format("C{}", pl.col("product") % 80).alias("category"),
        pl.format("S{}", pl.col("product") % 60).alias("supplier"),
        pl.format("B{}", pl.col("product") % 200).alias("brand"),
        pl.when(pl.col("product") % 3 == 0).then(pl.lit("drop_ship")).otherwise(pl.lit("own")).alias("fulfilment_type"),
        pl.when(pl.col("placed") % 2 == 0).then(pl.lit("30 days")).otherwise(pl.lit("60 days")).alias("window_class"),
        pl.when(pl.col("placed") % 2 == 0).then(45).otherwise(75).cast(pl.Int64).alias("horizon_days"),
        (pl.lit(FIRST) + pl.duration(days=pl.col("placed"))).dt.truncate("1w").alias("order_week"),
        (pl.lit(FIRST) + pl.duration(days=pl.col("start"))).alias("start_date"),
        "lag_days",
        pl.Series(REASONS).gather(frame["reason"]).alias("reason_class"),
        "came",
    )
    keys = [name for name in named.columns if name not in ("lag_days", "reason_class", "came")]
    known = pl.col("came") & (pl.col("start_date") + pl.duration(days=pl.col("lag_days")) <= THROUGH)
    counted = pl.len().cast(pl.Int64).alias("quantity")
    sold = named.group_by(keys).agg(counted).sort(keys)
    cells = [*keys, "lag_days", "reason_class"]
    return sold, named.filter(known).group_by(cells).agg(counted).sort(cells)


def inputs(folder: Path) -> dict[str, pl.DataFrame]:
    """What the models read, of one merchant who states no costs."""
    import polars as pl

    from pipelines.costs import COSTS

    periods = {"all": None}
    for length, name in ((1, "week"), (4, "4_weeks"), (13, "13_weeks")):
        periods |= {f"last_{name}": length, f"previous_{name}": length}
    rows = []
    for name, length in periods.items():
        end = THROUGH - timedelta(weeks=length if length and name.startswith("previous") else 0)
        start = FIRST if length is None else end - timedelta(weeks=length) + timedelta(days=1)
        earlier = name.replace("last", "previous") if name.startswith("last") else None
        rows.append((name, earlier, start, end))
    dates = ["period_start_date", "period_end_date"]
    return {
        "coverage": pl.DataFrame(
            {"returns_from_date": [None], "data_through_date": [THROUGH]},
            schema_overrides={"returns_from_date": pl.Date},
        ),
        **{name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES},
        "periods": pl.DataFrame(rows, schema=["period", "previous_period", *dates], orient="row"),
        "settings": pl.DataFrame({name: [None] for name in COSTS}, schema=dict.fromkeys(COSTS, pl.Float64)),
        "prices": pl.DataFrame(),
    }


def measure(folder: Path) -> float:
    """Run every model and print its seconds.

    Args:
        folder: where the rows lie.

    Returns:
        Wall seconds of all.
    """
    from importlib import import_module

    begin, begin_cpu = time.perf_counter(), time.process_time()
    given = inputs(folder)
    print(f"{'reading':16} {time.perf_counter() - begin:7.1f} s")
    for name in MODELS:
        model = import_module(f"pipelines.learning.declared.{name}").MODEL
        start, start_cpu = time.perf_counter(), time.process_time()
        found = model.learn(given, [])
        seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        rows = ", ".join(f"{table} {len(frame):,}" for table, frame in sorted(found.items()))
        print(f"{name:16} {seconds:7.1f} s {cpu:7.1f} s of processors   {rows}", flush=True)
        if "maturity_curves" in found:
            given["curves"] = found["maturity_curves"]
    print(f"{'processors, all':16} {time.process_time() - begin_cpu:7.1f} s")
    return time.perf_counter() - begin


def main() -> None:
    """Draw the rows, measure, and print figures beside bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--skus", type=int, default=SKUS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draw-into", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.draw_into:
        for name, frame in zip(TABLES, draw(asked.lines, asked.skus, asked.seed), strict=True):
            frame.write_parquet(asked.draw_into / f"{name}.parquet")
        return
    with tempfile.TemporaryDirectory() as name:
        sizes = ["--lines", str(asked.lines), "--skus", str(asked.skus), "--seed", str(asked.seed)]
        drawing = [sys.executable, "-m", "benchmarks.rates_speed", "--draw-into", name, *sizes]
        # Drawing needs more memory than learning; the peak of this process must not hold it.
        subprocess.run(drawing, check=True)
        seconds = measure(Path(name))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    for figure, value, bar, unit in (
        ("seconds", seconds, MOST_SECONDS, "s"),
        ("peak memory", peak / 1e9, MOST_GIGABYTES, "GB"),
    ):
        print(f"{figure:16} {value:7.1f} {unit}, at most {bar:g} {unit}: {'held' if value <= bar else 'MISSED'}")


if __name__ == "__main__":
    main()
