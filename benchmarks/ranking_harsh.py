"""As ``benchmarks.ranking``, in shops that break its assumptions, and the time that many units take.

Returns in clusters, weekly shocks, two-peaked lags, few units, many categories: ``python -m
benchmarks.ranking_harsh --seeds 200``; with ``--speed`` a shop of 100,000 units is scored and timed instead.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence

from benchmarks import ranking
from benchmarks.ranking_worlds.worlds import HARSH_WORLDS, TEN, KnownCurve, World, draw_shop, frames
from models.product_risk import score

LARGE = World("large", tuple(TEN[index % 10] for index in range(300)), units=100_000)


def speed() -> None:
    """Print how long a shop of 100,000 units in 300 categories takes, and the memory of the process."""
    shop = draw_shop(LARGE, 1)
    sold, returned = frames(shop)
    start = time.perf_counter()
    scores = score(sold, returned, KnownCurve(shop), unit="product")
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{sold['quantity'].sum():,} units of goods, {scores.frame.height:,} rows: {seconds:.1f} s, {memory:.2f} GB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the harsh variants, or time a large shop."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "--speed" in given:
        speed()
    else:
        ranking.main(given, HARSH_WORLDS, "ranking_harsh")


if __name__ == "__main__":
    main()
