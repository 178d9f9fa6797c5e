"""Templates say what every column means; that they load is shown with staging."""

from __future__ import annotations

import csv

import pytest

from pipelines.contracts import all_contracts
from pipelines.templates import template


@pytest.mark.parametrize("entity", all_contracts())
def test_comments_then_header_then_two_rows(entity: str) -> None:
    lines = template(entity).splitlines()
    comments = [line for line in lines if line.startswith("#")]
    columns = [column for column in all_contracts()[entity].input_columns if column.name != "attributes"]
    assert lines[: len(comments)] == comments
    assert all(any(line.startswith(f"# {column.name} (") for line in comments) for column in columns)
    header, *rows = csv.reader(lines[len(comments) :])
    assert header == [column.name for column in columns]
    assert [len(row) for row in rows] == [len(header)] * 2


def test_comments_hold_no_quotes() -> None:
    assert not any('"' in line for line in template("policies").splitlines() if line.startswith("#"))


def test_required_columns_are_marked() -> None:
    assert "# order_id (text, required): " in template("orders")
    assert "# channel (text): " in template("orders")
