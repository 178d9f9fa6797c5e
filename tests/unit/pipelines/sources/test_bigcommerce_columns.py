"""What happens to each column of the BigCommerce sources at the door."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipelines.sources.base import RawColumn, snake_case
from pipelines.sources.bigcommerce_orders import BigCommerceOrders
from pipelines.sources.return_requests import ReturnRequests

SAMPLES = Path(__file__).resolve().parents[4] / "tests" / "data" / "bigcommerce_orders"
FORM_FIELDS = {"Billing Purchase Order #", "Shipping Purchase Order #"}
PERSONAL = (
    "name", "company", "street", "suburb", "phone", "email", "customer_id", "notes", "message", "comments", "zip",
    "certificate_code", "transaction_id",
)  # fmt: skip
NOT_PERSONAL = {"channel_name", "product_name", "customer_group_name"}


def header_of(name: str) -> list[str]:
    with (SAMPLES / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return next(csv.reader(stream))


@pytest.mark.parametrize(
    ("name", "columns"),
    [("default_2014", 48), ("default_2024", 55), ("multi_storefront", 57), ("all_fields", 72), ("rows_mode", 13)],
)
def test_every_column_of_a_generation_is_known(name: str, columns: int) -> None:
    header = header_of(name)
    known = {column.name for column in BigCommerceOrders.columns}
    assert len(header) == columns
    assert {snake_case(title) for title in header} <= known
    assert BigCommerceOrders().matches(header)


def test_form_fields_are_the_only_unknown_columns_of_2022() -> None:
    known = {column.name for column in BigCommerceOrders.columns}
    assert {title for title in header_of("form_fields_2022") if snake_case(title) not in known} == FORM_FIELDS


@pytest.mark.parametrize(
    "column", [*BigCommerceOrders.columns, *ReturnRequests.columns], ids=lambda column: column.name
)
def test_a_personal_column_is_never_kept_as_it_stands(column: RawColumn) -> None:
    is_personal = any(part in column.name for part in PERSONAL) and column.name not in NOT_PERSONAL
    assert (column.handling in ("keep", "reason")) is not is_personal
    assert bool(column.kind) is (column.handling == "identity")


@pytest.mark.parametrize("source", [BigCommerceOrders, ReturnRequests])
def test_customer_id_zero_is_nobody(source: type[BigCommerceOrders] | type[ReturnRequests]) -> None:
    (column,) = [column for column in source.columns if column.name == "customer_id"]
    assert column.empty_values == ("0",)


def test_column_names_are_distinct() -> None:
    for source in (BigCommerceOrders, ReturnRequests):
        names = [column.name for column in source.columns]
        assert len(names) == len(set(names))
