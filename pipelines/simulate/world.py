"""One simulation from start to end: each shop's orders, returns and files, then the truth.

Belongs here: the sequence of the steps. Not here: any of the steps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.simulate import truth
from pipelines.simulate.broken import broken_counts, draw_broken
from pipelines.simulate.catalogue import build_catalogue
from pipelines.simulate.comments import with_comments
from pipelines.simulate.demand import first_day
from pipelines.simulate.export import write_orders, write_returns
from pipelines.simulate.fulfilment import fulfil
from pipelines.simulate.handling import handle_returns, settle_orders
from pipelines.simulate.orders import draw_orders
from pipelines.simulate.people import describe_people
from pipelines.simulate.planted import PlantedProblem, draw_problems, place_problems, problem_of_lines
from pipelines.simulate.returns import draw_returns
from pipelines.simulate.shops import SHOPS, STYLES, Shop


@dataclass(frozen=True)
class SimulationSummary:
    """What a simulation wrote.

    Attributes:
        output: Folder that holds everything.
        orders_files: Merchant id to orders export.
        returns_files: Merchant id to return requests.
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
    truth_files: tuple[Path, ...]
    order_count: int
    line_count: int
    return_count: int
    planted_count: int
    broken_count: int


@dataclass(frozen=True)
class _ShopResult:
    orders_file: Path
    returns_file: Path
    truth_file: Path
    summary: dict[str, object]
    problems: tuple[PlantedProblem, ...]
    exposure: dict[str, dict[str, int]]
    broken: pl.DataFrame
    line_count: int
    return_count: int


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
        shop.merchant_id: _simulate_shop(
            shop, output, counts[shop.merchant_id], broken[shop.merchant_id], until, months, seed, report
        )
        for shop in SHOPS
    }
    parts = list(results.values())
    files = {name: folder / name for name in ("planted.json", "broken_cells.csv", "summary.json")}
    exposure = {key: row for part in parts for key, row in part.exposure.items()}
    truth.write_planted(files["planted.json"], [problem for part in parts for problem in part.problems], exposure)
    cells = pl.concat([part.broken for part in parts])
    cells.write_csv(files["broken_cells.csv"])
    settings = {"orders": orders, "seed": seed, "until": until.isoformat(), "months": months}
    shops = {merchant_id: part.summary for merchant_id, part in results.items()}
    truth.write_json(files["summary.json"], {"settings": settings, "shops": shops})
    return SimulationSummary(
        output=output,
        orders_files={merchant_id: part.orders_file for merchant_id, part in results.items()},
        returns_files={merchant_id: part.returns_file for merchant_id, part in results.items()},
        truth_files=(*(part.truth_file for part in parts), *files.values()),
        order_count=orders,
        line_count=sum(part.line_count for part in parts),
        return_count=sum(part.return_count for part in parts),
        planted_count=len(exposure),
        broken_count=len(cells),
    )


def _simulate_shop(
    shop: Shop,
    output: Path,
    order_count: int,
    broken_count: int,
    until: dt.date,
    months: int,
    seed: int,
    report: Callable[[str], None],
) -> _ShopResult:
    folder = output / shop.merchant_id
    folder.mkdir(parents=True, exist_ok=True)
    orders_file = folder / f"orders-{until.isoformat()}.csv"
    returns_file = folder / f"returns-{until.isoformat()}.csv"
    truth_file = output / "truth" / f"{shop.merchant_id}_returns.csv"
    start = first_day(until, months)
    report(f"{shop.name}: drawing {order_count:,} orders")
    catalogue = build_catalogue(shop, order_count, seed)
    orders, lines = draw_orders(shop, catalogue, order_count, start, until, seed)
    orders = fulfil(shop, orders, until, seed)
    problems = place_problems(draw_problems(seed), shop, catalogue, start, until)
    returns = draw_returns(shop, catalogue, orders, lines, problems, until, seed)
    returns = handle_returns(shop, returns, lines, until, seed)
    returns = with_comments(shop, catalogue, returns, problems, seed)
    orders = settle_orders(shop, orders, returns, seed)
    report(f"{shop.name}: writing {len(lines):,} lines and {len(returns):,} returns")
    people = describe_people(shop, orders["person"].n_unique(), seed)
    broken = write_orders(
        orders_file,
        shop,
        catalogue,
        orders,
        lines,
        people,
        draw_broken(shop, order_count, broken_count, seed),
        lambda done: report(f"{shop.name}: {done:,} of {order_count:,} orders written"),
    )
    write_returns(returns_file, shop, catalogue, orders, lines, returns)
    truth.write_returns_truth(truth_file, catalogue, orders, returns)
    return _ShopResult(
        orders_file=orders_file,
        returns_file=returns_file,
        truth_file=truth_file,
        summary=truth.summarise_shop(shop, catalogue, orders, lines, returns),
        problems=problems,
        exposure=_exposure(problems, orders, lines, returns),
        broken=broken.select(
            pl.lit(shop.merchant_id).alias("shop"),
            pl.lit(orders_file.name).alias("file"),
            "line",
            "order_id",
            "kind",
        ),
        line_count=len(lines),
        return_count=len(returns),
    )


def _exposure(
    problems: tuple[PlantedProblem, ...], orders: pl.DataFrame, lines: pl.DataFrame, returns: pl.DataFrame
) -> dict[str, dict[str, int]]:
    """Count, for each planted problem, units sold under it and units it brought back before the export."""
    dates = orders["order_date"].gather(lines["order"]).to_numpy()
    met = problem_of_lines(problems, lines["variant"].to_numpy(), dates)
    quantity = lines["quantity"].to_numpy()
    return {
        problem.planted_id: {
            "sold_unit_count": int(quantity[met == index].sum()),
            "planted_return_unit_count": int(
                returns.filter(pl.col("planted_id") == problem.planted_id)["quantity"].sum()
            ),
        }
        for index, problem in enumerate(problems)
    }
