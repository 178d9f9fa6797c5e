"""One merchant's order lines and returns out of the published snapshot; what cannot be wound back is refused here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import CannotRun

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from models.backtest.history import History
    from pipelines.snapshot import Snapshot

LINES = """
select
    line_units.order_id,
    line_units.order_line_id,
    line_units.product_id,
    line_units.variant_id,
    line_units.category,
    line_units.supplier,
    line_units.brand,
    line_units.fulfilment_type,
    line_starts.window_class,
    line_starts.horizon_days,
    line_units.carrier,
    line_units.placed_date,
    line_units.order_week,
    line_units.shipped_date,
    case when line_starts.start_basis = 'delivered' then line_units.delivered_date end as delivered_date,
    line_starts.start_date,
    line_units.eligible_quantity as quantity
from core.line_units
inner join core.line_starts using (merchant_id, order_id, order_line_id)
where merchant_id = $1 and line_units.eligible_quantity > 0
"""
RETURNS = """
select order_id, order_line_id, known_date, reason_class, returned_quantity as quantity
from core.line_returns
where merchant_id = $1 and returned_quantity > 0
"""
COVERAGE = """
select returns_from_date, data_through_date
from core.returns_coverage
where merchant_id = $1
"""
UNDATED_SHARE = 0.01
"""More returned units than these without a day are not passed over."""

LINES_ARE_UNITS = 1.1
"""Up to so many units a line the two are the same."""


@dataclass(frozen=True)
class Loaded:
    """A merchant's rows, ready to be wound back.

    Attributes:
        history: every return has a day.
        merchant_id: whose.
        label_lag_days: as asked, or None.
        dated_quantity, undated_quantity: returned units whose day a source tells, and the others.
        first_order_date, last_order_date: of the lines that can come back.
        snapshot_version: of the snapshot that was read.
    """

    history: History
    merchant_id: str
    label_lag_days: int | None
    dated_quantity: int
    undated_quantity: int
    first_order_date: date
    last_order_date: date
    snapshot_version: int


def load(snapshot: Snapshot, merchant_id: str, label_lag_days: int | None) -> Loaded:
    """Read a merchant's order lines and returns.

    Args:
        snapshot: the published one.
        merchant_id: whose.
        label_lag_days: days after the order on which a return without a day of its own is known; None refuses where
            more than one in a hundred returned units have none.

    Raises:
        CannotRun: nothing was shipped, no returns are known, or returns have no day and no lag was stated.
    """
    import polars as pl

    from models.backtest.history import LINES_SCHEMA, RETURNS_SCHEMA, History, undated_quantity

    coverage = snapshot.query(COVERAGE, [merchant_id])
    if coverage.is_empty():
        raise CannotRun(
            f"{merchant_id}: no returns are known, so nothing can be judged by them.\n"
            f"  to do:    keeprate ingest RETURNS_FILE --merchant {merchant_id}, then keeprate build"
        )
    names = ["order_id", "order_line_id"]
    numbered = snapshot.query(LINES, [merchant_id]).sort(names).with_row_index("line")
    if numbered.is_empty():
        raise CannotRun(
            f"{merchant_id}: no order line was shipped and did not come back undelivered; there is nothing to judge.\n"
            f"  to do:    keeprate ingest ORDERS_FILE --merchant {merchant_id}, then keeprate build"
        )
    returns = snapshot.query(RETURNS, [merchant_id]).join(numbered.select("line", *names), on=names, how="inner")
    known_from, known_through = coverage.row(0)
    history = History(
        numbered.select(pl.col(name).cast(kind) for name, kind in LINES_SCHEMA.items()),
        returns.select(pl.col(name).cast(kind) for name, kind in RETURNS_SCHEMA.items()).sort(pl.all()),
        known_from,
        known_through,
    )
    undated = undated_quantity(history)
    total = int(history.returns["quantity"].sum())
    first, last = numbered.select(pl.col("placed_date").min(), pl.col("placed_date").max().alias("last")).row(0)
    return Loaded(
        _dated(history, merchant_id, label_lag_days, undated, total),
        merchant_id,
        label_lag_days,
        total - undated,
        undated,
        first,
        last,
        int(snapshot.manifest["version"]),
    )


def _dated(history: History, merchant_id: str, lag: int | None, undated: int, total: int) -> History:
    """Give every return a day, as asked; a handful without one is known on the last day on which it can have come."""
    import polars as pl

    from models.backtest.history import with_label_lag

    if lag is not None:
        return with_label_lag(history, lag)
    if undated > UNDATED_SHARE * total:
        raise CannotRun(
            f"{merchant_id}: {undated:,} of {total:,} returned units have no date, so what was known on an earlier day"
            " cannot be told.\n"
            "  to do:    add --label-lag DAYS (a return is then known that many days after its order),"
            " or load a returns file with requested_at"
        )
    if not undated:
        return history
    starts = history.lines.select("line", "start_date", "horizon_days")
    last = pl.min_horizontal(
        pl.lit(history.known_through), pl.col("start_date") + pl.duration(days=pl.col("horizon_days"))
    )
    returns = history.returns.join(starts, on="line", how="inner", maintain_order="left")
    dated = returns.with_columns(pl.coalesce("known_date", last)).select(history.returns.columns)
    return type(history)(history.lines, dated, history.known_from, history.known_through)


def lines_are_units(loaded: Loaded) -> bool:
    """Whether lines and units are the same, or nearly, so that figures of both would say the same twice."""
    from models.backtest.history import units_a_line

    return units_a_line(loaded.history) <= LINES_ARE_UNITS


def by_lines(loaded: Loaded) -> History | None:
    """The history counted by lines; None where lines are units."""
    from models.backtest.history import counted_by_lines

    return None if lines_are_units(loaded) else counted_by_lines(loaded.history)


def require_within(loaded: Loaded, days: Sequence[date]) -> None:
    """Refuse days on which nothing was known yet, or after which nothing is known.

    Raises:
        CannotRun: a day lies outside of the history.
    """
    through = loaded.history.known_through
    for day in days:
        if not loaded.first_order_date < day <= through:
            raise CannotRun(
                f"{loaded.merchant_id}: {day} lies outside of the history.\n"
                f"  found:    orders from {loaded.first_order_date} to {loaded.last_order_date},"
                f" returns known through {through}\n"
                f"  expected: a day after {loaded.first_order_date} and not after {through};"
                " what came before it is learned from, what came later judges\n"
                "  to do:    name a day within, best with as much after it as a return takes"
            )
