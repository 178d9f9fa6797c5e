"""Run the pandas side: ``python -m benchmarks.pandas_side --output DIR fashion=orders-2026-11-01.csv ...``."""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from benchmarks.pandas_side.shops import shop
from benchmarks.pandas_side.tables import build


def main() -> None:
    """Build each shop's tables, one shop behind the other, and write them as Parquet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pandas_side", description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("files", nargs="+", metavar="SHOP=FILE")
    options = parser.parse_args()
    paths: dict[str, list[Path]] = defaultdict(list)
    for text in options.files:
        merchant_id, _, path = text.partition("=")
        paths[merchant_id].append(Path(path))
    for merchant_id, own in paths.items():
        build(shop(merchant_id, own), options.output / merchant_id)


if __name__ == "__main__":
    main()
