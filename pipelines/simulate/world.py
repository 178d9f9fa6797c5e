"""One simulation from start to end: each shop in turn, then the truth of all.

Belongs here: what unites the shops. Not here: a shop (``shop_world``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.simulate import truth
from pipelines.simulate.broken import broken_counts
from pipelines.simulate.files import ExportFile
from pipelines.simulate.shop_world import simulate_shop
from pipelines.simulate.shops import SHOPS, STYLES


@dataclass(frozen=True)
class SimulationSummary:
    """What a simulation wrote.

    Attributes:
        output: Folder that holds everything.
        orders_files: Merchant id to orders export.
        returns_files: Merchant id to the newest return requests.
        files: Merchant id to all of its exports, in the order of loading.
        truth_files: Files of the truth.
        order_count: Orders of all shops.
        line_count: Order lines of all shops.
        return_count: Return requests of all shops.
        planted_count: Planted problems.
        broken_count: Records that do not add up.
    """

    output: Path
    orders_files: dict[str, Path]
    returns_files: dict[str, Path]
    files: dict[str, tuple[ExportFile, ...]]
    truth_files: tuple[Path, ...]
    order_count: int
    line_count: int
    return_count: int
    planted_count: int
    broken_count: int


def simulate(
    output: Path,
    *,
    orders: int = 60_000,
    seed: int = 7,
    until: dt.date,
    months: int = 18,
    broken_share: float = 0.0002,
    progress: Callable[[str], None] | None = None,
) -> SimulationSummary:
    """Write the demo shops' exports and their truth.

    Args:
        output: Folder to write into; it is made if need be, files of the same name are replaced.
        orders: Orders of all shops together, at least 10.
        seed: Seed, at least 0; another seed is another world.
        until: Day of the exports, in each shop's zone. The last orders and requests are of the day before.
        months: Length of the period in months, at least 1.
        broken_share: Share of orders whose record does not add up, 0-1.
        progress: Called with a line of text now and then.

    Returns:
        Paths and counts.

    Raises:
        ValueError: An argument is out of its range.
    """
    if orders < 10 or months < 1 or seed < 0 or not 0 <= broken_share <= 1:
        raise ValueError(
            f"out of range: orders={orders} (at least 10), months={months} (at least 1), "
            f"seed={seed} (at least 0), broken_share={broken_share} (0-1)"
        )
    report = progress or (lambda text: None)
    folder = output / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    first, second = SHOPS
    count_of_first = round(orders * STYLES[first.merchant_id].order_share)
    counts = {first.merchant_id: count_of_first, second.merchant_id: orders - count_of_first}
    broken = broken_counts(orders, broken_share)
    results = {
        shop.merchant_id: simulate_shop(
            shop, output, counts[shop.merchant_id], broken[shop.merchant_id], until, months, seed, report
        )
        for shop in SHOPS
    }
    parts = list(results.values())
    names = ("planted.json", "parcels_truth.csv", "broken_cells.csv", "summary.json")
    files = {name: folder / name for name in names}
    exposure = {key: row for part in parts for key, row in part.exposure.items()}
    truth.write_planted(
        files["planted.json"],
        [problem for part in parts for problem in part.problems],
        [incident for part in parts for incident in part.incidents],
        exposure,
    )
    pl.concat([part.parcels for part in parts]).write_csv(files["parcels_truth.csv"])
    cells = pl.concat([part.broken for part in parts])
    cells.write_csv(files["broken_cells.csv"])
    settings = {"orders": orders, "seed": seed, "until": until.isoformat(), "months": months}
    shops = {merchant_id: part.summary for merchant_id, part in results.items()}
    truth.write_json(files["summary.json"], {"settings": settings, "shops": shops})
    return SimulationSummary(
        output=output,
        orders_files={key: _newest(part.files, "bigcommerce_orders") for key, part in results.items()},
        returns_files={key: _newest(part.files, "return_requests") for key, part in results.items()},
        files={key: part.files for key, part in results.items()},
        truth_files=(*(path for part in parts for path in part.truth_files), *files.values()),
        order_count=orders,
        line_count=sum(part.line_count for part in parts),
        return_count=sum(part.return_count for part in parts),
        planted_count=len(exposure),
        broken_count=len(cells),
    )


def _newest(files: tuple[ExportFile, ...], source: str) -> Path:
    return [file.path for file in files if file.source == source][-1]
