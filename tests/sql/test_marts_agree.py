"""The marts over one made-up world: they agree with each other, with their headers' checks, and with a plain recount.

The world holds what single cases show one by one: two merchants with the same numbers, a third without returns, orders
that never shipped or came back undelivered, returns of unknown orders, rejected and excess ones, returns that two
sources tell, orders younger than the returns data.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any

import duckdb
import pytest
from declared_tables import database

from pipelines.reference_tables import REFERENCE_TABLES
from pipelines.sql_tables import SqlTable, all_sql_tables

FIRST, LAST = date(2025, 6, 2), date(2026, 3, 20)
THROUGH = date(2026, 3, 15)
STATUSES = ("shipped", "shipped", "shipped", "completed", "refunded", "cancelled", "pending", None)
REASONS = ("Received Wrong Product", "不再需要", "Boss says", None, "quality", "damaged in transit")
Z = 1.6448536269514722


def _made() -> list[SqlTable]:
    return [table for table in all_sql_tables().values() if table.schema in ("core", "marts")]


def _orders(merchant: str, draw: random.Random) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    days = (LAST - FIRST).days
    for number in range(900):
        lines: list[dict[str, Any]] = [
            {
                "merchant_id": merchant,
                "order_id": str(number),
                "order_line_id": str(position),
                "product_id": draw.choice(("301", "302", "303", "0", None)),
                "sku": draw.choice(("A", "B", "")),
                "product_name": "Thing",
                "quantity": draw.randint(1, 4),
            }
            for position in range(draw.choice((0, 1, 1, 2, 3)))
        ]
        total = sum(line["quantity"] for line in lines)
        order = {
            "merchant_id": merchant,
            "order_id": str(number),
            "status": draw.choice(STATUSES),
            "total_quantity": draw.choice((total, None)),
            "shipped_quantity": draw.choice((total, None, None, total // 2)),
            "placed_date": FIRST + timedelta(days=draw.randint(0, days)),
        }
        yield order, lines


def _returns(merchant: str, orders: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    found = []
    for number in range(260):
        order = draw.choice(orders)
        requested = order["placed_date"] + timedelta(days=int(draw.triangular(0, 110, 12)))
        if requested > THROUGH:
            continue
        found.append(
            {
                "merchant_id": merchant,
                "return_line_id": f"R{number}",
                "order_id": draw.choice((order["order_id"],) * 9 + ("unknown",)),
                "product_id": draw.choice(("301", "302", "303", None)),
                "reason_raw": draw.choice(REASONS),
                "status": draw.choice(("received", "pending", "rejected", None, "refunded", "cancelled")),
                "quantity": draw.randint(1, 3),
                "requested_date": draw.choice((requested,) * 19 + (None,)),
            }
        )
    return found


def _parcels(orders: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    """A parcel for every second order, some of which came back undelivered."""
    return [
        {
            "merchant_id": order["merchant_id"],
            "shipment_id": f"S{order['order_id']}",
            "order_id": order["order_id"],
            "direction": "forward",
            "outcome": draw.choice(("delivered",) * 9 + ("returned_to_origin",)),
        }
        for order in orders[::2]
    ]


def _told_again(returns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parcels on their way back of orders with a single return line, as an aggregator tells of them."""
    lines = Counter(line["order_id"] for line in returns)
    return [
        {
            "merchant_id": line["merchant_id"],
            "return_line_id": f"C{line['return_line_id']}",
            "order_id": line["order_id"],
            "reason_list": "clickpost",
            "quantity": line["quantity"],
            "requested_date": line["requested_date"] + timedelta(days=2),
        }
        for line in returns
        if lines[line["order_id"]] == 1
        and line["requested_date"]
        and line["status"] not in ("rejected", "cancelled")
        and line["order_id"] != "unknown"
    ]


@pytest.fixture(scope="module")
def world() -> Iterator[duckdb.DuckDBPyConnection]:
    draw = random.Random(20261122)  # noqa: S311 - a made-up world, not a secret
    given: dict[str, list[dict[str, Any]]] = defaultdict(list)
    codes = REFERENCE_TABLES["core.reason_codes"].read().drop("valid_from", "valid_to").to_dicts()
    given["core.reason_codes"] = [{name: value for name, value in row.items() if value is not None} for row in codes]
    for merchant in ("demo", "other", "bare"):
        given["core.merchants"].append({"merchant_id": merchant, "timezone": "UTC", "currency_code": "USD"})
        made = list(_orders(merchant, draw))
        given["core.orders"] += [order for order, _ in made]
        given["core.order_lines"] += [line for _, lines in made for line in lines]
        given["raw.files"].append(
            {
                "merchant_id": merchant,
                "file_id": merchant,
                "source": "generic",
                "as_of": datetime(2026, 3, 15, 12),
                "merged_at": datetime(2026, 3, 16),
                "record_count": 5,
                "loaded_count": 4,
                "quarantined_count": 1,
                "quarantined_cell_count": 0,
            }
        )
        if merchant != "bare":
            returns = _returns(merchant, [order for order, _ in made], draw)
            given["core.return_lines"] += returns + _told_again(returns)
            given["core.shipments"] += _parcels([order for order, _ in made], draw)
            given["staging.return_lines"].append({"merchant_id": merchant, "file_id": merchant})
    tables = _made()
    names = {table.full_name for table in tables}
    read = {name for table in tables for name in table.dependencies} - names
    with database(read, given) as connection:
        for table in tables:
            connection.execute(f"create table {table.full_name} as {table.sql}")
        yield connection


def rows(world: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    return world.execute(query).fetchall()


@pytest.mark.parametrize("table", _made(), ids=lambda table: table.full_name)
def test_every_check_of_the_header_holds(world: duckdb.DuckDBPyConnection, table: SqlTable) -> None:
    for check in table.checks:
        if check.kind == "assert":
            failing = f"select count(*) from {table.full_name} where not ({check.expression})"
        elif check.kind == "not_null":
            failing = f"select count(*) from {table.full_name} where {check.columns[0]} is null"
        else:
            key = ", ".join(check.columns)
            failing = f"select count(*) - count(distinct ({key})) from {table.full_name}"
        assert rows(world, failing) == [(0,)], check.name


def test_the_world_holds_what_it_should(world: duckdb.DuckDBPyConnection) -> None:
    """So that the agreements below are about something."""
    assert rows(world, "select count(*) from core.return_units where is_orphan")[0][0] > 10
    assert rows(world, "select sum(excess_returned_quantity) from core.order_exposure")[0][0] > 10
    assert rows(world, "select count(*) from core.order_exposure where age_days < 0")[0][0] > 10
    assert rows(world, "select count(distinct reason_class) from core.return_reasons")[0][0] == 6
    assert rows(world, "select count(*) from core.return_units where is_twin")[0][0] > 10
    assert rows(world, "select count(*) from core.order_units where rto_quantity > 0")[0][0] > 10
    assert rows(world, "select min(matured_returned_quantity) from core.return_development")[0][0] > 30


def test_classes_of_a_week_add_up_to_the_week(world: duckdb.DuckDBPyConnection) -> None:
    different = rows(
        world,
        """
        select merchant_id, order_week
        from marts.return_rate_by_reason
        inner join marts.return_rate_weekly as weeks using (merchant_id, order_week)
        group by merchant_id, order_week, weeks.returned_quantity
        having sum(return_rate_by_reason.returned_quantity) <> weeks.returned_quantity or count(*) <> 7
        """,
    )
    assert different == []


def test_weeks_add_up_to_the_period(world: duckdb.DuckDBPyConnection) -> None:
    different = rows(
        world,
        """
        select periods.merchant_id, periods.period
        from marts.return_rate_overall as periods
        inner join marts.return_rate_weekly as weeks
            on periods.merchant_id = weeks.merchant_id
            and weeks.order_week between periods.period_start_date and periods.period_end_date
        group by periods.merchant_id, periods.period, periods.order_count, periods.shipped_quantity,
            periods.returned_quantity, periods.excess_returned_quantity, periods.exposure_quantity
        having sum(weeks.order_count) <> periods.order_count
            or sum(weeks.shipped_quantity) <> periods.shipped_quantity
            or sum(weeks.returned_quantity) <> periods.returned_quantity
            or sum(weeks.excess_returned_quantity) <> periods.excess_returned_quantity
            or abs(sum(weeks.exposure_quantity) - periods.exposure_quantity) > 0.0001
        """,
    )
    assert different == []
    assert rows(world, "select count(*) from marts.return_rate_overall") == [(12,)]


def test_products_hold_every_counted_unit(world: duckdb.DuckDBPyConnection) -> None:
    by_product = rows(
        world,
        "select merchant_id, sum(returned_quantity + excess_returned_quantity) from marts.return_rate_by_product"
        " group by merchant_id order by merchant_id",
    )
    counted = rows(
        world,
        "select merchants.merchant_id, coalesce(sum(requested_quantity) filter (where is_counted), 0)"
        " from core.merchants as merchants left join core.return_units using (merchant_id)"
        " group by all order by all",
    )
    assert by_product == counted


def test_nothing_is_known_of_a_merchant_without_returns(world: duckdb.DuckDBPyConnection) -> None:
    for name in ("weekly", "overall", "by_product", "by_reason"):
        found = rows(
            world,
            "select count(observed_return_rate), count(adjusted_return_rate), count(adjusted_rate_upper),"
            f" bool_and(is_young), count(*) > 0 from marts.return_rate_{name} where merchant_id = 'bare'",
        )
        assert found == [(0, 0, 0, True, True)], name
    assert rows(world, "select has_returns_source from marts.trust_box where merchant_id = 'bare'") == [(False,)]


def shipped_units(order: dict[str, Any], ordered: int) -> int:
    """The definition of core.order_units, said once more; of an order whose parcel came back nothing is eligible."""
    if order["came_back"]:
        return 0
    if (order["shipped_quantity"] or 0) > 0:
        return order["shipped_quantity"]
    if order["status"] in ("shipped", "completed"):
        return ordered
    if order["shipped_quantity"] == 0:
        return 0
    return ordered if order["status"] in (None, "refunded") else 0


def recounted_orders(world: duckdb.DuckDBPyConnection) -> tuple[list[dict[str, Any]], Counter[int]]:
    """Merchant demo's orders with shipped and returned units, and matured returned units by age in days."""
    names = ("order_id", "status", "total_quantity", "shipped_quantity", "placed_date")
    orders = {
        row[0]: dict(zip(names, row, strict=True))
        for row in rows(world, f"select {', '.join(names)} from core.orders where merchant_id = 'demo'")
    }
    line_units: Counter[str] = Counter()
    for order_id, quantity in rows(world, "select order_id, quantity from core.order_lines where merchant_id = 'demo'"):
        line_units[order_id] += quantity
    came_back = {
        order_id
        for (order_id,) in rows(
            world,
            "select order_id from core.shipments where merchant_id = 'demo' and outcome = 'returned_to_origin'",
        )
    }
    for order_id, order in orders.items():
        ordered = line_units[order_id] if order["total_quantity"] is None else order["total_quantity"]
        order["came_back"] = order_id in came_back
        order |= {"shipped": shipped_units(order, ordered), "returned": 0}
    ages: Counter[int] = Counter()
    requests = rows(
        world,
        "select order_id, quantity, requested_date from core.return_lines where merchant_id = 'demo'"
        " and coalesce(status not in ('rejected', 'cancelled'), true) and reason_list is null"
        " order by requested_date nulls last, return_line_id",
    )
    for order_id, quantity, requested in requests:
        if order_id not in orders:
            continue
        order = orders[order_id]
        units = min(quantity, order["shipped"] - order["returned"])
        order["returned"] += units
        if requested and (THROUGH - order["placed_date"]).days >= 90:
            ages[(requested - order["placed_date"]).days] += units
    return list(orders.values()), ages


def recounted_weeks(world: duckdb.DuckDBPyConnection) -> dict[date, tuple[int, int, float]]:
    """Merchant demo's shipped, returned and exposed units by Monday, from orders and return lines alone."""
    orders, ages = recounted_orders(world)
    total = sum(units for age, units in ages.items() if age <= 90)

    def developed(age: int) -> float:
        if age < 0 or age >= 90:
            return float(age >= 90)
        return sum(units for at, units in ages.items() if at <= age) / total

    weeks: dict[date, tuple[int, int, float]] = defaultdict(lambda: (0, 0, 0.0))
    for order in orders:
        monday = order["placed_date"] - timedelta(days=order["placed_date"].weekday())
        shipped, returned, exposure = weeks[monday]
        weeks[monday] = (
            shipped + order["shipped"],
            returned + order["returned"],
            exposure + order["shipped"] * developed((THROUGH - order["placed_date"]).days),
        )
    return weeks


def test_a_plain_recount_finds_the_same_weekly_rates(world: duckdb.DuckDBPyConnection) -> None:
    weeks = recounted_weeks(world)
    found = rows(
        world,
        "select order_week, shipped_quantity, returned_quantity, exposure_quantity, observed_return_rate,"
        " adjusted_return_rate, adjusted_rate_lower, adjusted_rate_upper, is_young"
        " from marts.return_rate_weekly where merchant_id = 'demo'",
    )
    assert {row[0] for row in found} == set(weeks)
    for week, shipped, returned, exposure, observed, adjusted, lower, upper, is_young in found:
        assert (shipped, returned) == weeks[week][:2]
        assert exposure == pytest.approx(weeks[week][2], abs=1e-4)
        assert observed == pytest.approx(returned / shipped)
        assert is_young == (exposure / shipped < 0.3)
        if exposure < 5:
            assert (adjusted, lower, upper) == (None, None, None)
            continue
        rate = min(returned / exposure, 1)
        centre = (rate + Z * Z / (2 * exposure)) / (1 + Z * Z / exposure)
        half = Z * sqrt(rate * (1 - rate) / exposure + Z * Z / (4 * exposure**2)) / (1 + Z * Z / exposure)
        assert (adjusted, lower, upper) == pytest.approx((rate, max(centre - half, 0), min(centre + half, 1)), abs=1e-6)
