"""The pandas side makes what the warehouse makes: the same key figures, table by table, from the same files.

A comparison of speed says nothing where the slower side does something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchmarks.processes import python, run_process
from benchmarks.sides import Exports, Round, measure_full, write_exports

ORDERS = 2_500
SHOPS = ("fashion", "home")

# Table of the warehouse; figures that both sides must give: counts, sums, and what identifies rows.
FIGURES: dict[str, tuple[str, ...]] = {
    "core.orders": (
        "count(*)",
        "sum(total_amount)::double",
        "round(sum(total_merchant_amount)::double, 1)",
        "sum(shipped_quantity)",
        "count(shipped_date)",
        "sum(hash(order_id || status) % 1000)",
        "sum(is_guest::int)",
    ),
    "core.order_lines": (
        "count(*)",
        "sum(quantity)",
        "sum(line_total_amount)::double",
        "sum(hash(order_id || order_line_id::varchar || coalesce(sku::varchar, '')) % 1000)",
        "sum(hash(product_name::varchar) % 1000)",
    ),
    "core.refunds": ("count(*)", "sum(refund_amount)::double", "round(sum(refund_merchant_amount)::double, 1)"),
    "core.shipments": ("count(*)", "count(distinct shipment_id)", "sum(cost_amount)::double"),
    "core.shipment_lines": ("count(*)", "sum(quantity)", "count(sku)"),
    "core.tracking_events": (
        "count(*)",
        "sum(hash(awb || code_raw::varchar || code::varchar || happened_at::timestamp::varchar) % 1000)",
    ),
    "core.parcel_scans": ("count(*)", "sum(event_count)", "sum(hash(awb || status) % 1000)", "count(rto_marked_at)"),
    "core.parcels": (
        "count(*)",
        "sum(is_rto::int)",
        "sum(is_orphan::int)",
        "sum(hash(parcel_id || outcome || coalesce(status, '')) % 1000)",
        "sum(hash(shipped_date::date) % 1000)",
        "sum(epoch(delivered_at) % 1000)",
    ),
    "core.parcel_lines": (
        "count(*)",
        "sum(hash(parcel_id || coalesce(order_line_id::varchar, '') || quantity::bigint::varchar) % 1000)",
    ),
    "core.order_units": (
        "count(*)",
        "sum(ordered_quantity)",
        "sum(hash(order_id || rto_quantity::bigint::varchar || eligible_quantity::bigint::varchar) % 1000)",
    ),
    "core.order_line_rto": ("count(*)", "sum(rto_quantity)"),
    "core.order_line_products": ("count(*)", "count(nullif(matched_by, ''))", "count(list_price_amount)"),
    "core.product_versions": ("count(distinct product_id)", "max(list_price_amount)::double"),
    "core.return_lines": (
        "count(*)",
        "sum(quantity)",
        "sum(hash(return_line_id || status || requested_date::date::varchar) % 1000)",
        "sum(epoch(requested_at) % 1000)",
    ),
    "core.return_line_matches": (
        "count(*)",
        "sum(hash(return_line_id || coalesce(order_line_id::varchar, '')) % 1000)",
    ),
    "core.return_line_twins": ("count(*)", "sum(hash(return_line_id || twin_return_line_id) % 1000)"),
    "core.return_reasons": ("count(*)", "sum(hash(return_line_id || reason_class) % 1000)", "sum(confidence)"),
    "core.return_units": (
        "count(*)",
        "sum(excess_returned_quantity)",
        "sum(age_days)",
        "sum(hash(return_line_id || product_id || returned_quantity::bigint::varchar) % 1000)",
    ),
    "core.return_claims": (
        "count(*)",
        "sum(goods_amount)::double",
        "sum(hash(return_line_id || coalesce(resolution_kind, '') || coalesce(requested_kind, '')) % 1000)",
        "sum(is_refund_possible::int)",
    ),
    "core.refund_matches": (
        "count(*)",
        "sum(hash(order_id || kind || coalesce(matched_by, '') || coalesce(return_line_id, '')) % 1000)",
    ),
    "core.rto_matches": ("count(*)", "sum(quantity)", "sum(goods_merchant_amount)::double", "sum(is_back::int)"),
    "core.line_units": (
        "count(*)",
        "sum(ordered_quantity)",
        "sum(hash(order_id || order_line_id || product_id || shipped_quantity::bigint::varchar) % 1000)",
        "sum(hash(order_id || order_line_id || eligible_quantity::bigint::varchar) % 1000)",
    ),
    "core.line_returns": (
        "count(distinct return_line_id)",
        "sum(returned_quantity)",
        "sum(excess_returned_quantity)",
        "sum(returned_quantity) filter (where reason_class = 'defective')",
    ),
    "marts.return_rate_weekly": (
        "count(*)",
        "sum(returned_quantity)",
        "sum(order_count * shipped_quantity)",
        "sum(observed_return_rate)",
    ),
    "marts.return_rate_overall": ("count(*)", "sum(observed_return_rate)", "sum(order_count)"),
    "marts.return_rate_by_product": (
        "count(*)",
        "sum(shipped_quantity)",
        "sum(returned_quantity)",
        "sum(shipped_line_count)",
        "sum(returned_line_count)",
        "sum(sku_count)",
        "sum(observed_return_rate)",
    ),
    "marts.return_rate_by_reason": ("count(*)", "sum(returned_quantity)", "sum(observed_return_rate)"),
    "marts.lead_times": ("count(*)", "sum(open_count)", "sum(median_days)", "sum(p90_days)", "sum(late_count)"),
    "marts.ledger_refunds": ("sum(refund_count)", "round(sum(refund_amount)::double, 1)"),
    "marts.ledger_rto": ("sum(parcel_count)", "sum(goods_amount)::double"),
}
# The pandas side makes the two legs of the way out only.
CHOSEN = {"marts.lead_times": "leg_number <= 2"}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A warehouse, and the folder of the pandas side's tables by shop."""
    folder = tmp_path_factory.mktemp("pandas-side")
    exports: Exports = write_exports(folder / "exports", ORDERS, ORDERS // 100, seed=11)
    this = Round(folder / "run", exports)
    this.folder.mkdir()
    measure_full(this)
    files = [f"{shop}={path}" for shop, paths in exports.first.items() for path in paths]
    run_process(python("-m", "benchmarks.pandas_side", "--output", str(folder / "pandas"), *files))
    with duckdb.connect(str(this.home / "warehouse.duckdb"), read_only=True) as connection:
        yield connection, folder / "pandas"


@pytest.mark.slow
@pytest.mark.parametrize("table", FIGURES)
def test_both_sides_give_the_same_figures(table: str, both: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    connection, folder = both
    figures = ", ".join(FIGURES[table])
    for shop in SHOPS:
        chosen = f"where merchant_id = '{shop}' and {CHOSEN.get(table, 'true')}"
        ours = connection.execute(f"select {figures} from {table} {chosen}").fetchone()
        path = folder / shop / f"{table.partition('.')[2]}.parquet"
        theirs = connection.execute(f"select {figures} from read_parquet($1)", [str(path)]).fetchone()
        assert ours is not None
        assert theirs is not None
        assert ours[0], f"{table} of {shop} is empty: the comparison would prove nothing"
        assert [float(value or 0) for value in theirs] == pytest.approx([float(value or 0) for value in ours], rel=1e-7)
