"""Which expectations follow from declarations, and how severe each is."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.contracts import all_contracts, contract
from pipelines.contracts.base import PROVENANCE, Column
from pipelines.core_tables import core_table, history_table
from pipelines.quality.expectations import Expectation
from pipelines.quality.suites import expectations_of
from pipelines.quality.targets import incoming_target, published_target
from pipelines.sql_tables import SqlTable
from pipelines.tables import Check, Table


def named(table: Table) -> dict[str, Expectation]:
    found = expectations_of(table)
    assert len({expectation.name for expectation in found}) == len(found)
    return {expectation.name: expectation for expectation in found}


def staged(entity: str, **other: Any) -> SqlTable:
    columns = contract(entity).columns
    values: dict[str, Any] = {
        "key": ("file_id", "record_number"),
        "columns": (*PROVENANCE, *columns),
        "entity": entity,
    } | other
    return SqlTable("staging", f"shop__{entity}", "Staged.", "record", **values)


@pytest.mark.parametrize("entity", all_contracts())
def test_every_declared_property_of_a_contract_is_expected_of_its_core_table(entity: str) -> None:
    declared = contract(entity)
    found = named(core_table(declared))
    for column in declared.columns:
        assert (f"not_null_{column.name}" in found) == column.is_required
        assert (f"values_{column.name}" in found) == bool(column.values)
        has_limits = column.minimum is not None or column.maximum is not None
        assert (f"range_{column.name}" in found) == has_limits
    assert set(declared.checks) <= set(found)
    assert found[f"unique_{'_'.join(declared.key)}"].columns == declared.key
    assert found["columns_and_types"].declared[0] == ("merchant_id", "varchar")


def test_what_keeprate_makes_is_an_error_and_what_a_file_says_a_warning() -> None:
    found = named(core_table(contract("orders")))
    severities = {name: found[name].severity for name in found}
    assert severities["values_status"] == "error"
    assert severities["values_money_basis"] == "error"
    assert severities["not_null_order_id"] == "error"
    assert severities["unique_order_id"] == "error"
    assert severities["range_total_quantity"] == "warn"
    assert severities["shipped_not_before_placed"] == "warn"


def test_every_severity_has_a_reason() -> None:
    for entity in all_contracts():
        for expectation in (*expectations_of(core_table(contract(entity))), *expectations_of(staged(entity))):
            assert expectation.reason, expectation.name
            assert expectation.description.endswith("."), expectation.name


def test_one_key_with_two_contents_in_one_file_is_listed_and_a_repeated_row_is_nothing() -> None:
    orders = named(staged("orders"))["unique_order_id"]
    assert (orders.severity, orders.columns) == ("warn", ("file_id", "order_id"))
    assert {"total_amount", "status_raw"} <= set(orders.content)
    assert not {"attributes", "line_number", "record_number"} & set(orders.content)


def test_a_staging_table_is_expected_only_what_its_columns_allow() -> None:
    order_id = contract("orders").column("order_id")
    found = named(staged("orders", columns=(*PROVENANCE, order_id)))
    assert set(found) == {"columns_and_types", "not_null_order_id", "unique_order_id", "unique_record_number"}


def test_the_schema_of_a_staging_table_ends_in_the_rule_that_rejects() -> None:
    assert named(staged("orders"))["columns_and_types"].declared[-1] == ("rejected_rule", "varchar")


def test_a_staging_headers_assertion_warns_and_its_key_is_one_within_a_file() -> None:
    checks = (
        Check("assert", "is_paid", expression="total_amount > 0"),
        Check("unique", "unique_merchant_id_sku", ("merchant_id", "channel")),
        Check("not_null", "not_null_channel", ("channel",)),
    )
    found = named(staged("orders", checks=checks))
    assert found["is_paid"].severity == "warn"
    assert found["unique_channel"].columns == ("file_id", "channel")
    assert found["not_null_channel"].severity == "error"


def test_a_marts_header_is_an_error_and_a_column_that_may_be_missing_there_is_not_required() -> None:
    sku = contract("order_lines").column("order_id")
    mart = SqlTable(
        "marts",
        "some",
        "Some.",
        "order",
        ("merchant_id", "order_id"),
        (PROVENANCE[0], sku, Column("rate", "double", "Rate.")),
        checks=(Check("assert", "rate_is_a_share", expression="rate between 0 and 1"),),
    )
    found = named(mart)
    assert found["rate_is_a_share"].severity == "error"
    assert set(found) == {"columns_and_types", "not_null_merchant_id", "unique_order_id", "rate_is_a_share"}


def test_a_history_may_hold_a_key_many_times_and_a_version_once() -> None:
    found = named(history_table(contract("orders")))
    assert found["unique_order_id_valid_from"].columns == ("order_id", "valid_from")
    assert "unique_order_id" not in found


def test_a_published_target_is_of_a_merchant_and_holds_its_id_in_no_sql() -> None:
    target = published_target(core_table(contract("orders")), "o'south")
    assert (target.table, target.merchant_id) == ("core.orders", "o'south")
    assert "south" not in target.relation_sql


def test_keys_tell_a_person_where_to_look() -> None:
    assert published_target(core_table(contract("order_lines")), "north").key == ("order_id", "order_line_id")
    assert incoming_target(staged("orders"), "north").key == ("file_id", "order_id", "record_number", "line_number")
