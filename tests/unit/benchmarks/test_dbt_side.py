"""The dbt project is the house's SQL and nothing else, with dbt's references for names."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import duckdb
from parsed_sql import dependencies_of

from benchmarks.dbt_side import derived_tables, differing, model_name, models_seconds, write_project

REFERENCE = re.compile(
    r"\{\{ (?:ref\('(?P<schema>\w+?)__(?P<name>\w+)'\)|source\('(?P<of>\w+)', '(?P<table>\w+)'\)) \}\}"
)


def test_a_model_reads_what_its_table_reads(tmp_path: Path) -> None:
    write_project(tmp_path / "dbt", threads=2)
    tables = derived_tables()
    assert {table.schema for table in tables} == {"core", "marts"}
    for table in tables:
        text = (tmp_path / "dbt" / "models" / f"{model_name(table.full_name)}.sql").read_text(encoding="utf-8")
        head, _, query = text.partition("\n")
        assert head == f"{{{{ config(schema='{table.schema}', alias='{table.name}') }}}}"
        assert not re.search(r"\b(?:from|join)\s+(?:core|marts|staging|raw|quarantine)\.", query)
        plain = REFERENCE.sub(
            lambda found: f"{found['schema'] or found['of']}.{found['name'] or found['table']}", query
        )
        assert "{{" not in plain
        wanted = [name for name in dependencies_of(table.sql) if name != table.full_name]
        assert [name for name in dependencies_of(plain) if name != table.full_name] == wanted


def test_models_are_references_and_other_tables_sources(tmp_path: Path) -> None:
    write_project(tmp_path / "dbt", threads=2)
    models = tmp_path / "dbt" / "models"
    text = (models / "core__order_units.sql").read_text(encoding="utf-8")
    assert "from {{ ref('core__parcels') }}" in text
    assert "from {{ source('core', 'orders') }}" in text
    sources = (models / "sources.yml").read_text(encoding="utf-8")
    assert "      - name: orders\n" in sources
    assert "      - name: parcels\n" not in sources
    assert "  - name: ml\n    schema: ml\n" in sources
    text = (models / "marts__return_rate_weekly.sql").read_text(encoding="utf-8")
    assert "from {{ source('ml', 'cohort_rates') }}" in text


def test_tables_with_other_rows_are_named(tmp_path: Path) -> None:
    """A row more, another value; not the last figures of a sum."""
    tables = [
        SimpleNamespace(
            full_name=name,
            columns=[SimpleNamespace(name="a", type="double"), SimpleNamespace(name="b", type="varchar")],
        )
        for name in ("same", "more", "other")
    ]
    for name, rows in (
        ("home", ("0.3, 'x'", "0.3, 'x'", "0.3, 'x'")),
        ("made", ("0.30000000000000004, 'x'", "0.3, 'x'), (1, 'y'", "0.3, 'z'")),
    ):
        with duckdb.connect(str(tmp_path / name)) as connection:
            for table, values in zip(tables, rows, strict=True):
                connection.execute(f"create table {table.full_name} (a double, b varchar)")
                connection.execute(f"insert into {table.full_name} values ({values})")
    assert differing(tmp_path / "home", tmp_path / "home", tables) == []  # type: ignore[arg-type]
    assert differing(tmp_path / "home", tmp_path / "made", tables) == ["more", "other"]  # type: ignore[arg-type]


def test_the_time_of_models_is_from_the_first_to_the_last() -> None:
    def result(start: str, end: str) -> dict:
        compiled = {"name": "compile", "started_at": "2026-11-22T09:00:00.000000Z", "completed_at": start}
        return {"timing": [compiled, {"name": "execute", "started_at": start, "completed_at": end}]}

    results = [
        result("2026-11-22T10:00:02.500000Z", "2026-11-22T10:00:09.000000Z"),
        result("2026-11-22T10:00:01.500000Z", "2026-11-22T10:00:02.500000Z"),
    ]
    assert models_seconds(results) == 7.5
