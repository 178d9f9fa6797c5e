"""Headers that are a contract's own, that are no contract's, that are two contracts'."""

from __future__ import annotations

import pytest

from pipelines.contracts import all_contracts
from pipelines.errors import Refused, UsageProblem
from pipelines.mapping import direct_mapping, recognise


@pytest.mark.parametrize("entity", all_contracts())
def test_every_contracts_own_header_is_recognised(entity: str) -> None:
    names = [column.name for column in all_contracts()[entity].input_columns if column.name != "attributes"]
    assert recognise(names) == [entity]


@pytest.mark.parametrize("entity", all_contracts())
def test_required_columns_alone_are_never_recognised_as_another_contract(entity: str) -> None:
    names = [column.name for column in all_contracts()[entity].columns if column.is_required]
    assert entity in recognise(names)


def test_signs_and_case_of_names_do_not_matter() -> None:
    assert recognise(["Order ID", "PLACED-AT", "Channel"]) == ["orders"]


def test_a_header_of_mostly_other_names_is_not_recognised() -> None:
    assert recognise(["order_id", "placed_date", "a", "b", "c"]) == []


def test_a_header_that_fits_two_contracts_is_refused_and_can_be_stated() -> None:
    header = ["order_id", "placed_at", "channel", "order_line_id", "quantity"]
    assert recognise(header) == ["order_lines", "orders"]
    with pytest.raises(Refused, match="--source generic:order_lines"):
        direct_mapping(header, "file.csv")
    assert direct_mapping(header, "file.csv", "orders").entities[0].entity == "orders"


def test_a_stated_contract_whose_columns_are_missing_is_refused() -> None:
    with pytest.raises(Refused, match="without placed_date"):
        direct_mapping(["order_id", "channel"], "file.csv", "orders")
    with pytest.raises(UsageProblem, match="did you mean orders"):
        direct_mapping(["order_id"], "file.csv", "order")
