"""Cells that a spreadsheet leaves alone, and that are read back as they were."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.quarantine.spreadsheet_text import guarded, unguarded, unguarded_sql

RUN = "=+-@\t\r"
TEXTS = st.text(alphabet="=+-@\t\r\n'\"0123456789eEab; ,", max_size=20)


@given(TEXTS)
def test_what_is_written_is_read_back_and_never_run(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in RUN or not text


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=20))
def test_the_database_reads_as_python_does(texts: list[str]) -> None:
    with duckdb.connect() as connection:
        query = f"select {unguarded_sql('text')} from (select unnest($1::varchar[]) as text)"
        assert [row[0] for row in connection.execute(query, [texts]).fetchall()] == [unguarded(text) for text in texts]


@pytest.mark.parametrize("text", ["8812345678901234", "12e4567890123456", "=1+1", "'=1+1", "@sum(a1)", "-5"])
def test_what_a_spreadsheet_would_change_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["'s-Hertogenbosch", "100017", "03/14/2026", "a=b", "0123456789abcdef"])
def test_what_it_leaves_alone_stays(text: str) -> None:
    assert guarded(text) == text == unguarded(text)
