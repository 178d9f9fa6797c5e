"""A mask of free text leaves the stock keeping units alone that the row lists, and nothing else."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.privacy import masked_sparing


@pytest.mark.parametrize(
    ("cell", "listed", "more", "expected"),
    [
        ("8901234567890: torn, call 9876543210", "8901234567890,SA-1", None, "8901234567890: torn, call [number]"),
        ("8901234567890:a;8901234567891:b", "8901234567890", "8901234567891", "8901234567890:a;8901234567891:b"),
        ("98765432109 is no part of it", "9876543", None, "[number] is no part of it"),
        ("ask ana@example.com", "ana", None, "ask [email]"),
        ("9876543210", None, None, "[number]"),
        ("size too small", "8901234567890", None, "size too small"),
        (None, "8901234567890", None, None),
    ],
)
def test_listed_units_are_spared(cell: str | None, listed: str | None, more: str | None, expected: str | None) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table landing (cell varchar, listed varchar, more varchar)")
        connection.execute("insert into landing values (?, ?, ?)", [cell, listed, more])
        query = f"select {masked_sparing('cell', ['listed', 'more'])} from landing"
        assert connection.execute(query).fetchall() == [(expected,)]
