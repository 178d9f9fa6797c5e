"""What a returned unit costs its merchant, by the merchant's own figures; without them nothing is priced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.costs import COSTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars

PRICES = (
    "select line_units.merchant_id, line_units.product_id, line_units.variant_id, line_units.supplier,"
    " line_units.brand, line_units.fulfilment_type, sum(order_lines.line_total_merchant_amount)::double as amount,"
    " sum(order_lines.quantity)::bigint as quantity"
    " from core.line_units as line_units inner join core.order_lines as order_lines"
    " on line_units.merchant_id = order_lines.merchant_id and line_units.order_id = order_lines.order_id"
    " and line_units.order_line_id = order_lines.order_line_id"
    " where order_lines.line_total_merchant_amount is not null and order_lines.quantity > 0"
    " group by all"
)
"""What customers paid for units, in the merchant's currency."""

SETTINGS = "select * exclude (share_priors) from core.merchant_settings"
"""The merchant's own cost figures."""

_AMOUNTS = [f"{name}_amount" for name, figure in COSTS.items() if figure.maximum is None]
_WRITE_DOWN = "write_down_share"


def unit_costs(inputs: Mapping[str, polars.DataFrame], unit: polars.Expr) -> polars.DataFrame | None:
    """The cost of a returned unit, by what the unit is of.

    Args:
        inputs: the rows of ``PRICES`` as ``prices`` and of ``SETTINGS`` as ``settings``.
        unit: the unit's id, from the columns of ``PRICES``.

    Returns:
        ``unit_id`` and ``unit_cost_amount`` in the merchant's currency, sorted; None where the merchant states no
        figure. Where a share of the price is stated, units of unknown price are left out.
    """
    import polars as pl

    stated = {name: value for name, value in inputs["settings"].row(0, named=True).items() if value is not None}
    if not stated:
        return None
    fixed = sum(stated.get(name, 0.0) for name in _AMOUNTS)
    prices = inputs["prices"].sort(pl.all()).group_by(unit.alias("unit_id")).agg(pl.sum("amount", "quantity"))
    cost = fixed + stated.get(_WRITE_DOWN, 0.0) * pl.col("amount") / pl.col("quantity")
    return prices.select("unit_id", unit_cost_amount=cost).drop_nulls().sort("unit_id")
