"""Which expressions pass, and that nothing reaches a table, a file, a setting, the clock or the environment."""

from __future__ import annotations

import pytest

from pipelines.mapping.expressions import check_expression
from pipelines.mapping.model import MappingError


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("number(Quantity) * number(Price)", ("Quantity", "Price")),
        ("not starts_with(\"Invoice No\", 'C') and number(Quantity) > 0", ("Invoice No", "Quantity")),
        ("case when Status in ('a', 'b') then 'x' else coalesce(Status, '-') end", ("Status",)),
        ("strptime(Day || ' ' || Hour, '%d.%m.%Y %H:%M')", ("Day", "Hour")),
        ("Price::decimal(18,2) between 1 and 2 -- a comment", ("Price",)),
        ("Name ilike 'x%' and extract(year from Day::date) = 2026", ("Name", "Day")),
    ],
)
def test_expressions_that_compute_from_their_columns_pass(text: str, columns: tuple[str, ...]) -> None:
    assert check_expression(text, "map.toml", "[orders] x").columns == columns


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("read_csv('/etc/passwd')", "read_csv"),
        ("read_text('/etc/passwd')", "read_text"),
        ("getenv('HOME')", "getenv"),
        ("current_setting('secret_directory')", "current_setting"),
        ("(select max(x) from raw.files)", "query inside"),
        ("exists (select 1 from 'x.csv')", "query inside"),
        ("1) from raw.files where (true", "syntax error"),
        ("1) union all (select 2", "one expression"),
        ("1), (2", "more than one expression"),
        ("1; attach 'x.db'", "syntax error"),
        ("1); pragma database_list; select (1", "Only SELECT"),
        ("row_number() over ()", "window"),
        ("nextval('s')", "nextval"),
        ("now()", "now"),
        ("query('select 1')", "query"),
        ("main.upper(Name)", "schema"),
        ("core.orders", "no table or schema"),
        ("columns('x')", "star"),
        ("list_filter(a, lambda x: x > 1)", "list_filter"),
        ("$1", "parameter"),
        ("sum(number(Quantity))", "aggregate"),
        ("", "empty"),
    ],
)
def test_expressions_that_reach_elsewhere_are_refused(text: str, named: str) -> None:
    with pytest.raises(MappingError) as raised:
        check_expression(text, "map.toml", "[orders] x")
    assert "map.toml, [orders] x" in str(raised.value)
    assert named in f"{raised.value.found} {raised.value.expected}"


def test_a_misspelled_function_is_told_its_neighbour() -> None:
    with pytest.raises(MappingError, match="did you mean starts_with"):
        check_expression("start_with(a, 'C')", "map.toml", "[orders] where")


def test_an_aggregate_passes_where_records_are_grouped() -> None:
    assert check_expression("sum(number(a)) filter (where b > '0')", "m", "p", may_aggregate=True).is_aggregate


def test_what_runs_is_written_back_from_the_tree() -> None:
    assert check_expression("a /* hidden */ + 1 -- more", "m", "p").sql == "(a + 1)"
