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
from itertools import pairwise
from typing import Any

import duckdb
import pytest
from declared_tables import database
from learned_rows import learn_rows
from recounted_rates import recounted_exposure, recounted_weeks

from pipelines.learning import learned_tables
from pipelines.reference_tables import REFERENCE_TABLES
from pipelines.sql_tables import SqlTable, all_sql_tables

FIRST, LAST = date(2025, 6, 2), date(2026, 3, 20)
THROUGH = date(2026, 3, 15)
STATUSES = ("shipped", "shipped", "shipped", "completed", "refunded", "cancelled", "pending", None)
REASONS = ("Received Wrong Product", "不再需要", "Boss says", None, "quality", "damaged in transit")


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
    names = {table.full_name for table in (*tables, *learned_tables())}
    read = {name for table in tables for name in table.dependencies} - names
    given["core.merchant_settings"] = [{"merchant_id": "demo", "return_shipping_amount": 4.0}, {"merchant_id": "other"}]
    with database(read | {"core.merchant_settings"}, given) as connection:
        for schema in ("core", "marts"):
            for table in tables:
                if table.schema == schema:
                    connection.execute(f"create table {table.full_name} as {table.sql}")
            if schema == "core":
                learn_rows(connection)
        yield connection


def rows(world: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    return world.execute(query, list(parameters)).fetchall()


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
    assert rows(world, "select sum(excess_returned_quantity) from core.line_returns")[0][0] > 10
    assert rows(world, "select count(*) from core.sold_days where start_date > $1", THROUGH)[0][0] > 10
    assert rows(world, "select count(distinct reason_class) from core.return_reasons")[0][0] == 6
    assert rows(world, "select count(*) from core.return_units where is_twin")[0][0] > 10
    assert rows(world, "select count(*) from core.order_units where rto_quantity > 0")[0][0] > 10
    for table in learned_tables():
        merchants = {row[0] for row in rows(world, f"select distinct merchant_id from {table.full_name}")}
        assert merchants <= {"demo", "other"}
        assert merchants or table.name.startswith("early_warning"), table.name
    learned = "select min(developed_share), max(developed_share) from marts.return_rate_weekly"
    assert rows(world, learned)[0][0] < 0.2
    assert rows(world, learned)[0][1] == 1


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
    assert rows(world, "select count(*) from marts.return_rate_overall") == [(21,)]


def test_products_hold_every_counted_unit(world: duckdb.DuckDBPyConnection) -> None:
    by_product = rows(
        world,
        "select merchant_id, sum(returned_quantity + excess_returned_quantity) from marts.return_rate_by_product"
        " group by merchant_id order by merchant_id",
    )
    counted = rows(
        world,
        "select merchants.merchant_id, coalesce(sum(requested_quantity) filter (where is_counted), 0)"
        " from core.merchants as merchants left join"
        " (from core.return_units semi join core.line_units using (merchant_id, order_id)) using (merchant_id)"
        " group by all order by all",
    )
    assert by_product == counted


def test_weeks_hold_every_counted_unit_and_request(world: duckdb.DuckDBPyConnection) -> None:
    """Those asked back of orders that hold nothing among them."""
    counted = rows(
        world,
        "select merchant_id, sum(requested_quantity), count(*) from core.return_units where is_counted"
        " group by merchant_id order by merchant_id",
    )
    found = rows(
        world,
        "select merchant_id, sum(returned_quantity + excess_returned_quantity) as units, any_value(lines.total)"
        " from marts.return_rate_weekly inner join (select merchant_id, sum(return_line_count) as total"
        " from marts.return_rate_by_reason group by merchant_id) as lines using (merchant_id)"
        " where merchant_id <> 'bare' group by merchant_id order by merchant_id",
    )
    assert found == counted


def test_nothing_is_known_of_a_merchant_without_returns(world: duckdb.DuckDBPyConnection) -> None:
    projected = ("projected_return_rate", "projected_upper_90")
    for name, learned in (
        ("weekly", projected),
        ("overall", projected),
        ("by_reason", projected),
        ("by_product", ("shrunk_return_rate", "rate_upper_90", "exposure_quantity")),
    ):
        found = rows(
            world,
            f"select count(observed_return_rate), count(coalesce({', '.join(learned)})),"
            " bool_and(is_young and evidence = 'not_enough_evidence'), count(*) > 0"
            f" from marts.return_rate_{name} where merchant_id = 'bare'",
        )
        assert found == [(0, 0, True, True)], name
    assert rows(world, "select has_returns_source from marts.trust_box where merchant_id = 'bare'") == [(False,)]


def test_a_plain_recount_finds_the_same_weekly_rates(world: duckdb.DuckDBPyConnection) -> None:
    for merchant in ("demo", "other"):
        weeks, exposed = recounted_weeks(world, merchant), recounted_exposure(world, merchant)
        found = rows(
            world,
            "select order_week, order_count, shipped_quantity, returned_quantity, observed_return_rate,"
            " exposure_quantity, developed_share, is_young"
            f" from marts.return_rate_weekly where merchant_id = '{merchant}'",
        )
        assert {row[0] for row in found} == set(weeks)
        for week, order_count, shipped, returned, observed, exposure, developed, is_young in found:
            counted = weeks[week]
            assert (order_count, shipped, returned) == (counted["orders"], counted["shipped"], counted["returned"])
            assert observed == pytest.approx(returned / shipped)
            assert exposure == pytest.approx(exposed[week], abs=1e-6)
            assert developed == pytest.approx(exposed[week] / shipped)
            assert is_young == (developed < 0.3)


def test_a_plain_recount_finds_the_same_classes(world: duckdb.DuckDBPyConnection) -> None:
    weeks = recounted_weeks(world, "demo")
    found = rows(
        world,
        "select order_week, reason_class, returned_quantity from marts.return_rate_by_reason"
        " where merchant_id = 'demo'",
    )
    assert [row for row in found if weeks[row[0]][row[1]] != row[2]] == []


def test_what_is_projected_lies_in_order(world: duckdb.DuckDBPyConnection) -> None:
    """What came back already cannot go away, and the wider interval holds the narrower one."""
    for name in ("weekly", "overall"):
        found = rows(
            world,
            "select returned_quantity / shipped_quantity, projected_lower_90, projected_lower_80,"
            " projected_return_rate, projected_upper_80, projected_upper_90"
            f" from marts.return_rate_{name} where evidence = 'enough' and merchant_id <> 'bare'",
        )
        assert len(found) > (10 if name == "overall" else 60)
        assert [row for row in found if any(low > high + 1e-9 for low, high in pairwise(row))] == []
