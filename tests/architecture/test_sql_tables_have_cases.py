"""Every SQL table is shown by cases, and every column that it declares is asserted in one of them."""

from __future__ import annotations

import pytest
from sql_cases import all_cases

from pipelines.sql_tables import all_sql_tables


@pytest.mark.parametrize("name", all_sql_tables())
def test_table_has_a_case_and_every_column_is_asserted(name: str) -> None:
    cases = [case for case in all_cases() if case.table == name]
    assert cases, f"add a case: tests/sql/{name}/<what it shows>.toml"
    asserted = {column for case in cases for column in case.expected_columns}
    silent = [column.name for column in all_sql_tables()[name].columns if column.name not in asserted]
    assert not silent, f"no case of {name} expects anything of {', '.join(silent)}"


def test_every_case_is_of_a_table() -> None:
    strays = sorted({case.table for case in all_cases()} - set(all_sql_tables()))
    assert not strays, f"cases of tables that sql/ does not make: {', '.join(strays)}"
