"""Corrections one by one: what is exported, applied, still wrong, refused, and shown as mended."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ingested_files import ask
from mended_shops import WRONG, Shop, broken, broken_orders, corrupted, filled, rejected

from pipelines.quarantine.groups import groups_of, mended_of
from pipelines.quarantine.reading import Wanted, store_of
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


def test_what_is_exported_says_where_what_and_what_to_do(shop: Shop) -> None:
    broken_orders(shop)
    rows = shop.exported()
    assert [(row["file"], row["line"], row["column"], row["corrected"]) for row in rows] == [
        ("orders.csv", "2", "Total Quantity", ""),
        ("orders.csv", "3", "Order Date", ""),
    ]
    assert all(row["found"] for row in rows)
    assert "(in this file: day, month, year)" in rows[1]["expected"]
    assert all("corrected" in row["to_do"] for row in rows)


def test_mended_rows_are_shown_as_mended_and_by_which_file(shop: Shop) -> None:
    broken_orders(shop)
    result = shop.correct({"Order Date": "17/02/2014"})
    assert any("orders.csv was read anew: 1 of its rows in quarantine mended" in note for note in result.warnings)
    assert any("1 of 2 rows have nothing in corrected" in note for note in result.warnings)
    store = store_of(shop.warehouse)
    assert [(group.rule, group.count) for group in groups_of(store, Wanted())] == [("total_quantity_number", 1)]
    assert [(part.rule, part.mended_by_file_name) for part in mended_of(store, Wanted())] == [
        ("order_date_readable", "corrections.csv")
    ]
    shop.accounts()


def test_staging_anew_keeps_what_is_mended_in_step(shop: Shop) -> None:
    broken_orders(shop)
    shop.correct({"Order Date": "17/02/2014"})
    mended = "select rule, mended_by_file_name, mended_at from quarantine.mended"
    before = ask(shop.warehouse, mended)
    shop.merge(is_full=True)
    assert ask(shop.warehouse, mended) == before != []
    cells = "update raw.corrections__cells set is_filled = {} where of_rule = 'order_date_readable'"
    for is_filled, rules in (
        (False, ["order_date_readable", "total_quantity_number"]),
        (True, ["total_quantity_number"]),
    ):
        ask(shop.warehouse, cells.format(is_filled))
        shop.merge(is_full=True)
        assert sorted(rule for _, rule, _ in rejected(shop, "orders.csv")) == rules
        assert ask(shop.warehouse, mended) == (before if is_filled else [])
        shop.accounts()


def test_only_what_was_mended_is_merged_again(shop: Shop) -> None:
    broken_orders(shop)
    shop.merge()
    shop.correct({"Order Date": "17/02/2014"})
    keys = ask(shop.warehouse, "select entity, key->>'order_id' from meta.mended_keys order by all")
    assert keys == [("order_lines", "4102"), ("orders", "4102")]
    shop.merge()
    assert ask(shop.warehouse, "select * from meta.mended_keys") == []
    assert ("4102",) in ask(shop.warehouse, "select order_id from core.orders")


def test_a_correction_that_is_still_wrong_says_so_and_a_later_one_counts(shop: Shop) -> None:
    broken_orders(shop)
    result = shop.correct({"Order Date": "31/02/2014"})
    (told,) = [note for note in result.warnings if "still" in note]
    assert told.startswith("line 3: line 3 of orders.csv is still rejected by order_date_readable")
    assert "31/02/2014 in order_date" in told
    found = [group.found for group in groups_of(store_of(shop.warehouse), Wanted(rule="order_date_readable"))]
    assert found == [("31/02/2014",)]
    shop.correct({"Order Date": "17/02/2014"}, "second.csv")
    assert mended_of(store_of(shop.warehouse), Wanted())[0].mended_by_file_name == "second.csv"
    shop.accounts()


def test_a_cell_that_should_have_been_empty(shop: Shop) -> None:
    right, _, _, _ = corrupted("orders")
    shop.load("orders.csv", broken(right, (",1,1,03/02/2014,", ",1,1,soon,")), date_format="dmy")
    assert shop.correct({"Date Shipped": "(empty)"}).records_quarantined == 0
    assert rejected(shop, "orders.csv") == []
    assert ask(shop.warehouse, "select shipped_date from staging.bigcommerce__orders where order_id = '4101'") == [
        (None,)
    ]


def test_another_column_of_the_record_may_be_mended(shop: Shop) -> None:
    right, _, _, _ = corrupted("orders")
    shop.load("orders.csv", broken(right, (",1,1,03/02/2014,", ",7,1,03/02/2014,")), date_format="dmy")
    (row,) = shop.exported()
    assert row["rule"] == "product_details_quantity"
    row |= {"column": "Total Quantity", "corrected": "1"}
    shop.load("corrections.csv", filled([row], {"Total Quantity": "1"}))
    assert rejected(shop, "orders.csv") == []


def test_corrections_that_cannot_be_applied_are_rejected_with_a_reason(shop: Shop) -> None:
    broken_orders(shop)
    first, second = shop.exported()
    rows = [
        first | {"file_id": "0123456789abcdef"},
        first | {"record": "99"},
        first | {"record": "anna@example.com"},
        first | {"column": "Customer Email"},
        first | {"column": "Billing Phone"},
        first | {"column": "Ann Sample", "rule": "Ann Sample", "file": "Ann Sample", "to_do": "Ann Sample"},
        second | {"corrected": "17/02/2014"},
        second | {"corrected": "18/02/2014"},
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(first))
    writer.writeheader()
    writer.writerows(row | {"corrected": row["corrected"] or "bob@example.com"} for row in rows)
    shop.load("corrections.csv", text.getvalue())
    assert [(number, rule) for number, rule, _ in rejected(shop)] == [
        (1, "file_unknown"),
        (2, "record_unknown"),
        (3, "record_unknown"),
        (4, "column_personal"),
        (5, "column_personal"),
        (6, "column_unknown"),
        (7, "cell_told_twice"),
        (8, "cell_told_twice"),
    ]
    shop.accounts()
    assert len(rejected(shop, "orders.csv")) == 2
    everything = str(
        [ask(shop.warehouse, f"select * from {name}") for name in ("raw.corrections__cells", "quarantine.rows")]
    )
    assert "anna@" not in everything
    assert "bob@" not in everything
    assert "Ann" not in everything


def test_another_merchants_file_cannot_be_corrected(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.close()
    write_home(shop.home, new_merchant(shop.home, "other", timezone="America/New_York"))
    shop.settings = load_settings(shop.home)
    with open_warehouse(shop.settings, "test") as warehouse:
        shop.warehouse = warehouse
        broken_orders(shop)
        exported = filled(shop.exported(), WRONG)
        shop.merchant = shop.settings.merchant("other")
        shop.load("corrections.csv", exported)
        assert {rule for _, rule, _ in rejected(shop)} == {"file_unknown"}
        assert len(rejected(shop, "orders.csv")) == 2


def test_nothing_filled_in_is_refused(shop: Shop) -> None:
    broken_orders(shop)
    result = shop.correct({})
    assert result.status == "refused"
    assert "in none of which the column is filled in" in result.message


def test_a_file_that_is_read_otherwise_is_no_longer_the_one_that_was_corrected(shop: Shop) -> None:
    right, _, _, _ = corrupted("orders")
    ambiguous = broken(right, ("17/02/2014", "07/02/2014"), ("17/02/2014", "07/02/2014"), (",1,1,03", ",one,1,03"))
    shop.load("orders.csv", ambiguous, date_format="dmy")
    shop.correct({"Total Quantity": "1"})
    assert rejected(shop, "orders.csv") == []
    shop.load("orders.csv", ambiguous, date_format="mdy")
    assert [rule for _, rule, _ in rejected(shop, "orders.csv")] == ["total_quantity_number"]
    assert [rule for _, rule, _ in rejected(shop)] == ["file_read_anew"]
    assert mended_of(store_of(shop.warehouse), Wanted()) == []
    shop.accounts()
    shop.correct({"Total Quantity": "1"}, "again.csv")
    assert rejected(shop, "orders.csv") == []
    assert rejected(shop, "again.csv") == []
    shop.accounts()


def test_records_whose_columns_are_unknown_are_listed_with_what_to_do(shop: Shop) -> None:
    right, _, _, _ = corrupted("orders")
    shop.load("orders.csv", right.rstrip("\r\n") + "\n4199,1,2\n", date_format="dmy")
    (row,) = shop.exported()
    assert row["rule"] == "field_count"
    assert "load that under a new name" in row["to_do"]
    shop.load("corrections.csv", filled([row], {"": "x"}))
    assert [rule for _, rule, _ in rejected(shop)] == ["mend_in_file"]


def test_free_text_that_somebody_types_is_masked(shop: Shop) -> None:
    broken_orders(shop)
    first, _ = shop.exported()
    shop.load(
        "corrections.csv",
        filled([first | {"column": "Customer Message"}], {"Customer Message": "write to carl@example.com"}),
    )
    ((kept,),) = ask(shop.warehouse, "select corrected from raw.corrections__cells")
    assert kept is not None
    assert "carl@" not in kept
