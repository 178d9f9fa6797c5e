"""Verdicts on whole tables while only the parts that changed are looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pipelines import verdicts
from pipelines.contracts.base import MERCHANT, Column
from pipelines.quality.parts import forget_parts
from pipelines.staleness import mark_dirty
from pipelines.tables import Check, Table
from pipelines.verdicts import check_published, last_verdicts

if TYPE_CHECKING:
    from pipelines.quality_verdict import CheckVerdict
    from pipelines.warehouse import Warehouse

SALES = Table(
    "marts",
    "sales",
    "Test.",
    "receipt",
    ("merchant_id", "receipt_id"),
    (
        MERCHANT,
        Column("receipt_id", "varchar", "Receipt."),
        Column("sold_date", "date", "Day."),
        Column("units", "bigint", "Units."),
    ),
    checks=(Check("assert", "units_are_sold", expression="units > 0"),),
    month="sold_date",
)
ROWS: list[tuple[str, str | None, int]] = [
    ("R1", "2026-01-05", 1),
    ("R2", "2026-02-05", -2),
    ("R3", "2026-02-06", 3),
    ("R4", None, 4),
]


@pytest.fixture
def merchant(warehouse: Warehouse) -> str:
    """The only merchant of the home."""
    ((merchant_id,),) = warehouse.connection.execute("select merchant_id from core.merchants").fetchall()
    return str(merchant_id)


@pytest.fixture
def sales(warehouse: Warehouse, merchant: str) -> Warehouse:
    """Sales of three parts, one with a row that fails, checked and published."""
    warehouse.ensure(SALES)
    for row in ROWS:
        warehouse.connection.execute("insert into marts.sales values (?, ?, ?::date, ?)", [merchant, *row])
    mark_dirty(warehouse, (SALES,))
    check_published(warehouse, [SALES])
    published(warehouse)
    return warehouse


def published(warehouse: Warehouse) -> None:
    """As a publish leaves it."""
    warehouse.connection.execute("delete from meta.dirty_parts")


def change(warehouse: Warehouse, statement: str, *months: str | None) -> None:
    warehouse.connection.execute(statement)
    for month in months:
        warehouse.connection.execute(
            "insert into meta.dirty_parts select 'marts.sales', merchant_id, $1::date from core.merchants", [month]
        )


def said(warehouse: Warehouse, check: str = "units_are_sold") -> tuple[Any, ...]:
    (found,) = [verdict for verdict in last_verdicts(warehouse) if verdict.check == check]
    return found.passed, found.failing_count, found.row_count, found.failing_keys


def looked_at(verdicts_: list[CheckVerdict]) -> set[str]:
    return {verdict.table for verdict in verdicts_}


def test_a_verdict_speaks_of_all_parts_though_one_is_looked_at(sales: Warehouse) -> None:
    assert said(sales) == (False, 1, 4, ("R2",))
    change(
        sales, "insert into marts.sales select merchant_id, 'R5', '2026-01-09', -5 from core.merchants", "2026-01-01"
    )
    check_published(sales, [SALES])
    assert said(sales) == (False, 2, 5, ("R2", "R5"))
    change(sales, "update marts.sales set units = 2 where receipt_id = 'R2'", "2026-02-01")
    check_published(sales, [SALES])
    assert said(sales) == (False, 1, 5, ("R5",))


def test_only_dirty_parts_are_looked_at(sales: Warehouse) -> None:
    change(sales, "update marts.sales set units = -4 where sold_date is null or receipt_id = 'R1'", "2026-01-01")
    check_published(sales, [SALES])
    # R4, in the part without a month, is not known yet.
    assert said(sales) == (False, 2, 4, ("R2", "R1"))
    change(sales, "select 1", None)
    check_published(sales, [SALES])
    assert said(sales)[:3] == (False, 3, 4)


def test_a_part_that_is_gone_drops_its_counts(sales: Warehouse) -> None:
    change(sales, "delete from marts.sales where sold_date >= date '2026-02-01'", "2026-02-01")
    check_published(sales, [SALES])
    assert said(sales) == (True, 0, 2, ())


def test_a_check_that_is_killed_before_it_is_kept_counts_nothing_twice(
    sales: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(
        sales, "insert into marts.sales select merchant_id, 'R5', '2026-01-09', -5 from core.merchants", "2026-01-01"
    )
    with monkeypatch.context() as patch:
        patch.setattr(verdicts, "_keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            check_published(sales, [SALES])
    assert said(sales) == (False, 1, 4, ("R2",))
    check_published(sales, [SALES])
    check_published(sales, [SALES])
    assert said(sales) == (False, 2, 5, ("R2", "R5"))


def test_a_key_that_stood_in_two_parts_is_looked_for_in_all_of_them(sales: Warehouse) -> None:
    twice = "insert into marts.sales select merchant_id, 'R1', '2026-02-09', 1 from core.merchants"
    change(sales, twice, "2026-01-01", "2026-02-01")
    check_published(sales, [SALES])
    assert said(sales, "unique_receipt_id") == (False, 1, 5, ("R1",))
    published(sales)
    change(sales, "delete from marts.sales where receipt_id = 'R1' and sold_date > date '2026-02-01'", "2026-02-01")
    check_published(sales, [SALES])
    assert said(sales, "unique_receipt_id") == (True, 0, 4, ())


def test_all_parts_are_checked_where_the_table_is_held_to_something_else(sales: Warehouse) -> None:
    more = replace(SALES, checks=(*SALES.checks, Check("assert", "units_are_few", expression="units < 4")))
    assert looked_at(check_published(sales, [more])) == {"marts.sales"}
    assert said(sales, "units_are_few") == (False, 1, 4, ("R4",))


def test_nothing_is_checked_where_nothing_changed_until_all_parts_are_forgotten(sales: Warehouse) -> None:
    assert check_published(sales, [SALES]) == []
    sales.connection.execute("update marts.sales set units = -1")
    forget_parts(sales)
    check_published(sales, [SALES])
    assert said(sales)[:3] == (False, 4, 4)


def test_a_check_that_raises_is_tried_again_over_all_parts(sales: Warehouse) -> None:
    change(sales, "alter table marts.sales alter units type varchar", "2026-02-01")
    sales.connection.execute("update marts.sales set units = 'many' where receipt_id = 'R2'")
    with pytest.raises(verdicts.BrokenSchema):
        check_published(sales, [SALES])
    (raised,) = [verdict for verdict in last_verdicts(sales) if verdict.check == "units_are_sold"]
    assert raised.raised
    sales.connection.execute("update marts.sales set units = '2' where receipt_id = 'R2'")
    sales.connection.execute("alter table marts.sales alter units type bigint")
    published(sales)
    check_published(sales, [SALES])
    assert said(sales) == (True, 0, 4, ())


def test_the_months_of_verdicts_are_those_of_the_snapshot(sales: Warehouse) -> None:
    found = sales.connection.execute("select month, row_count from meta.checked_parts order by month").fetchall()
    assert found == [(date(2026, 1, 1), 1), (date(2026, 2, 1), 2), (None, 1)]
