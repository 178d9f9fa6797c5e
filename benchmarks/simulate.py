"""How long the demo shops take to write, and how much memory.

Run ``python -m benchmarks.simulate --orders 1000000``. The budget for a million orders is 180 seconds and
2.5 GB on 2 cores, all files of both shops included.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import argparse
import datetime as dt
import resource
import tempfile
import time
from pathlib import Path

from pipelines.simulate import simulate


def main() -> None:
    """Write the shops into a temporary folder and print seconds, peak memory and sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=60_000, help="orders of both shops together")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        summary = simulate(Path(folder), orders=arguments.orders, seed=arguments.seed, until=dt.date(2026, 11, 1))
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{summary.order_count:,} orders, {summary.line_count:,} lines, {summary.return_count:,} returns: "
        f"{seconds:.1f} s, {summary.order_count / seconds:,.0f} orders/s, peak memory {peak / 2**20:.2f} GB, "
        f"{size / 1e6:,.0f} MB written"
    )


if __name__ == "__main__":
    main()
