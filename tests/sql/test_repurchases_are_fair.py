"""Customers who buy again as before are not said to buy less; those who do are found, by about as much as it is.

Made-up customers buy at rates of their own, some often, most seldom, and return any order with the same chance some
days later. In a second world an order that falls into the 90 days after the first return stays away with a known
chance. Both sides of the comparison are followed from as many days after their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest
from declared_tables import database

from pipelines.sql_tables import all_sql_tables

FIRST = date(2025, 1, 1)
DAYS = 420
CUSTOMERS = 700
STAYS_AWAY = 0.8
SEEDS = range(3)


def orders_of_customers(seed: int, stays_away: float) -> Iterator[dict[str, Any]]:
    """Orders with customer, day, amount, and days until the return, if any."""
    draw = np.random.default_rng(seed)
    for customer, rate in enumerate(draw.gamma(0.8, 1 / 72, CUSTOMERS)):
        day, returned_on = int(draw.integers(0, 300)), None
        while day < DAYS:
            is_after = returned_on is not None and returned_on < day <= returned_on + 90
            if not (is_after and draw.random() < stays_away):
                lag = int(draw.integers(3, 31)) if draw.random() < 0.15 else None
                yield {"customer": customer, "day": day, "amount": round(float(draw.lognormal(3, 0.5)), 2), "lag": lag}
                if lag is not None and returned_on is None:
                    returned_on = day + lag
            day += 1 + int(draw.exponential(1 / max(rate, 1e-6)))


def repurchases(seed: int, stays_away: float) -> dict[str, Any]:
    """The row of all outcomes of such a world."""
    pairs, mart = (all_sql_tables()[name] for name in ("core.repurchase_pairs", "marts.repurchases"))
    given: dict[str, list[dict[str, Any]]] = {name: [] for name in {*pairs.dependencies}}
    last = FIRST
    for number, order in enumerate(orders_of_customers(seed, stays_away)):
        key = {"merchant_id": "demo", "order_id": str(number)}
        placed = FIRST + timedelta(days=order["day"])
        last = max(last, placed)
        given["core.orders"].append(
            key
            | {"customer_key": f"K{order['customer']}", "status": "shipped", "placed_date": placed}
            | {"total_amount": order["amount"], "total_merchant_amount": order["amount"]}
        )
        given["core.order_units"].append(key | {"eligible_quantity": 1})
        if order["lag"] is not None:
            given["core.return_units"].append(
                key
                | {"return_line_id": f"R{number}", "known_date": placed + timedelta(days=order["lag"])}
                | {"is_counted": True, "returned_quantity": 1}
            )
    given["core.returns_coverage"] = [{"merchant_id": "demo", "data_through_date": last}]
    with database(given, given) as connection:
        connection.execute(f"create table core.repurchase_pairs as {pairs.sql}")
        return _row(connection, f"from ({mart.sql}) where outcome = 'all'")


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    (values,) = cursor.fetchall()
    return dict(zip(names, values, strict=True))


def test_where_a_return_changes_nothing_nothing_is_said() -> None:
    found = [repurchases(seed, 0) for seed in SEEDS]
    assert [row["verdict"] for row in found].count("no_difference_shown") >= len(found) - 1
    assert np.mean([row["repurchase_rate_difference"] for row in found]) == pytest.approx(0, abs=0.04)


def test_customers_who_stay_away_after_a_return_are_found() -> None:
    """Of what others buy again, at least a fifth must remain: an order that stays away may be followed by another."""
    for seed in SEEDS:
        row = repurchases(seed, STAYS_AWAY)
        assert row["verdict"] == "buy_less_again"
        assert row["difference_lower"] < -STAYS_AWAY * row["comparison_repurchase_rate"] / 2
        assert row["repurchase_rate_difference"] > -STAYS_AWAY * row["comparison_repurchase_rate"] - 0.1
