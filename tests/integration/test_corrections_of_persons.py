"""Corrections and persons: a corrected cell passes its column's door; an erasure takes words and leaves the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ingested_files import SAMPLES, ask
from mended_shops import Shop, broken_orders, filled, rejected, sample

from pipelines.erasure.erase import empty_raw
from pipelines.erasure.people import find_person
from pipelines.erasure.plan import Plan
from pipelines.privacy import merchant_key, pseudonym_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CELLS = "select of_column, corrected from raw.corrections__cells where is_filled order by record_number"
STAGED = "select ship_postcode_prefix, placed_date from staging.bigcommerce__orders where order_id = '4102'"

RETURNS = (
    "Return_ID,Order_ID,Customer_ID,Product_ID,Order_Product_ID,Product_Name,Product_Options,SKU,Quantity,Reason,"
    "Action,Comments,Staff_Notes,Status,Date_Requested,Date_Updated,Store_Credit\n"
    "1003,{order},3302,32,9103,Towel,,TWL,two,Other,Refund,like a willow tree,,Pending,2026-03-20,2026-03-21,\n"
)
TOLD = {"Quantity": "1", "Comments": "the willow pattern", "Reason": "sent by willow"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


def erase(shop: Shop, email: str) -> None:
    """The part of an erasure that changes the warehouse; the build and the copy behind it are tested elsewhere."""
    key = merchant_key(shop.settings.key, "demo")
    person = find_person(shop.warehouse, "demo", "email", pseudonym_of(email, "email", key) or "")
    assert person.orders
    lists = (sorted(values) for values in person.by_kind().values())
    empty_raw(shop.warehouse, Plan("0123456789abcdef", "demo", *lists, counts={}))


def corrected_order(shop: Shop) -> str:
    """Corrections of the date and of the customer's message of an order, and of another order's date."""
    broken_orders(shop)
    _, date = shop.exported()
    answers = {"Order Date": "17/02/2014", "Customer Message": "it is blue, please", "Shipping Zip": "99501"}
    return filled([date | {"column": column} for column in answers], answers)


def test_an_erasure_takes_the_words_and_leaves_what_else_was_corrected(shop: Shop) -> None:
    corrections = corrected_order(shop)
    shop.load("corrections.csv", corrections)
    shop.merge()
    assert ask(shop.warehouse, STAGED)[0][0] == "995"
    erase(shop, "buyer4102@example.com")
    for is_full in (False, True):
        shop.merge(is_full=is_full)
        shop.accounts()
        assert ask(shop.warehouse, CELLS) == [("order_date", "17/02/2014")]
        assert [rule for _, rule, _ in rejected(shop, "orders.csv")] == ["total_quantity_number"]
        assert rejected(shop) == []
        ((postcode, date),) = ask(shop.warehouse, STAGED)
        assert postcode is None
        assert str(date) == "2014-02-17"
    assert ask(shop.warehouse, "select rule, field from quarantine.mended") == [("order_date_readable", None)]
    everything = ask(shop.warehouse, "select corrected from staging.corrections__cells")
    assert "it is blue, please" not in str(everything)


def test_corrections_exported_before_an_erasure_bring_no_words_back(shop: Shop) -> None:
    corrections = corrected_order(shop)
    erase(shop, "buyer4102@example.com")
    result = shop.load("corrections.csv", corrections)
    assert [(number, rule) for number, rule, _ in rejected(shop)] == [(2, "record_erased"), (3, "record_erased")]
    assert [rule["rule"] for rule in result.quarantine] == ["record_erased"]
    assert ask(shop.warehouse, CELLS) == [
        ("order_date", "17/02/2014"),
        ("customer_message", None),
        ("shipping_zip", None),
    ]
    shop.merge(is_full=True)
    shop.accounts()
    ((postcode, date),) = ask(shop.warehouse, STAGED)
    assert postcode is None
    assert str(date) == "2014-02-17"


@pytest.mark.parametrize(
    ("column", "written", "kept"),
    [
        ("Total Quantity", "1 zbigniew +44 7700 900123", "[text]"),
        ("Order Date", "+44 7700 900123", "[number]"),
        ("Order Status", "Shipped. call me, zbigniew@example.com or so", "Shipped. call me, [email] or so"),
        ("Product Details", "zbigniew@example.com", "[email]"),
        ("Shipping Zip", "05156-1234", "051"),
        ("Total Quantity", "3", "3"),
    ],
)
def test_a_correction_passes_the_door_of_its_column(shop: Shop, column: str, written: str, kept: str) -> None:
    broken_orders(shop)
    _, date = shop.exported()
    shop.load("corrections.csv", filled([date | {"column": column}], {column: written}))
    ((found,),) = ask(shop.warehouse, "select corrected from raw.corrections__cells")
    assert found == kept


@pytest.mark.parametrize("is_late", [False, True])
def test_names_of_the_order_are_masked_in_corrections_whatever_comes_first(shop: Shop, is_late: bool) -> None:
    """The names stand in the orders alone: the record of the return has none."""
    named = sample("bigcommerce_orders/default_2014.csv").replace("Robin", "Willow")
    shop.load("returns.csv", RETURNS.format(order="4102"))
    (row,) = shop.exported()
    rows = [row | {"column": column} for column in TOLD]
    if not is_late:
        shop.load("orders.csv", named, date_format="dmy")
    shop.load("corrections.csv", filled(rows, TOLD))
    if is_late:
        shop.load("orders.csv", named, date_format="dmy")
    assert [text for _, text in ask(shop.warehouse, CELLS)] == ["1", "the [name] pattern", "sent by [name]"]
    assert rejected(shop, "returns.csv") == []
    shop.merge()
    shop.accounts()
    told = ask(shop.warehouse, "select comment, reason_raw from core.return_lines")
    assert told == [("the [name] pattern", "sent by [name]")]
    assert "illow" not in str(ask(shop.warehouse, "select * from staging.corrections__cells"))


def test_texts_of_a_record_whose_order_was_corrected_are_held_against_the_names_of_that_order(shop: Shop) -> None:
    named = sample("bigcommerce_orders/default_2014.csv").replace("Robin", "Willow")
    shop.load("orders.csv", named, date_format="dmy")
    shop.load("returns.csv", RETURNS.format(order=""))
    row = next(row for row in shop.exported() if row["column"].lower() == "order_id")
    shop.load("corrections.csv", filled([row, row | {"column": "Quantity"}], {"Order_ID": "4102", "Quantity": "1"}))
    assert rejected(shop, "returns.csv") == []
    assert ask(shop.warehouse, "select comments from raw.bigcommerce__return_requests") == [("like a [name] tree",)]
    shop.merge()
    assert ask(shop.warehouse, "select order_id, comment from core.return_lines") == [("4102", "like a [name] tree")]


def test_a_correction_of_a_generic_file_passes_the_door_of_its_mapping(shop: Shop) -> None:
    lines = sample("generic/wholesale_lines.csv").splitlines()
    place = lines[0].split(";").index("Datum")
    cells = lines[1].split(";")
    lines[1] = ";".join([*cells[:place], "soon", *cells[place + 1 :]])
    shop.load("lines.csv", "\n".join(lines) + "\n", mapping=SAMPLES / "generic" / "wholesale_lines.toml")
    shop.correct({"Datum": "1 zbigniew +44 7700 900123"})
    assert ask(shop.warehouse, CELLS) == [("Datum", "[text]")]
