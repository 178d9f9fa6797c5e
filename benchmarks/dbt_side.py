"""The derived tables of ``core`` and ``marts`` by dbt-duckdb: the same SQL on the same tables.

A dbt project is written from ``sql/``: one model a file, names of derived tables turned into ``ref``, those of all
other tables into ``source``. What a full build has besides its derived tables (raw, staging, the core tables of
contracts, reference tables, and ``ml``, which Python learns between ``core`` and ``marts``) is what dbt starts from;
neither side learns, checks or publishes here. dbt has an environment of
its own, made once from ``benchmarks/dbt-constraints.txt``.

``python -m benchmarks.dbt_side HOME FOLDER`` runs it on a home that was built, which stays as it is.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

import duckdb

from benchmarks.processes import ROOT, CommandError, Usage, run_process
from pipelines.engine_settings import DEFAULT_MEMORY_LIMIT
from pipelines.sql_tables import SqlTable, all_sql_tables

ENVIRONMENT = ROOT / ".venv" / "dbt"
CONSTRAINTS = Path(__file__).with_name("dbt-constraints.txt")

_PROJECT = """
name: keeprate
version: '1.0'
profile: keeprate
flags:
  send_anonymous_usage_stats: false
models:
  keeprate:
    +materialized: table
"""
_PROFILE = """
keeprate:
  target: bench
  outputs:
    bench:
      type: duckdb
      path: {path}
      threads: 1
      settings:
        threads: {threads}
        memory_limit: {memory}
        preserve_insertion_order: false
"""
# Without this macro dbt puts the target's schema before every other.
_SCHEMA_MACRO = "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}\n"


def measure(home: Path, folder: Path, threads: int) -> Usage:
    """Run dbt on a copy of a home's warehouse, with its derived tables dropped.

    Args:
        home: a home that was built; only read.
        folder: folder to make, and to remove behind it.
        threads: DuckDB's threads.

    Returns:
        The whole command, and in ``details`` the seconds from the start of the first model to the end of the last
        (``models``).

    Raises:
        CommandError: a table that dbt made has other rows than that of the home.
    """
    program = environment()
    write_project(folder, threads)
    database = folder / "warehouse.duckdb"
    shutil.copy(home / "warehouse.duckdb", database)
    with duckdb.connect(str(database)) as connection:
        for table in derived_tables():
            connection.execute(f"drop table if exists {table.full_name}")
    usage, _ = run_process(
        [str(program), "--no-version-check", "--quiet", "run", "--project-dir", ".", "--profiles-dir", "."],
        {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"},
        cwd=folder,
    )
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    details = {"models": models_seconds(results)}
    others = differing(home / "warehouse.duckdb", database, derived_tables())
    if others:
        raise CommandError([str(program), "run"], 1, f"other rows than in the home: {', '.join(others)}")
    shutil.rmtree(folder)
    return Usage(usage.seconds, usage.cpu_seconds, usage.peak_bytes, details=details)


def differing(home: Path, made: Path, tables: Iterable[SqlTable]) -> list[str]:
    """Tables whose number of rows, or sum over the hashes of their rows, differs between two warehouses.

    Numbers with a fraction are compared to nine figures: the order in which they are summed up is not the same.

    Args:
        home: the warehouse of a home.
        made: one in which the tables were made anew.
        tables: which.
    """
    found = []
    with duckdb.connect(str(home), read_only=True) as one, duckdb.connect(str(made), read_only=True) as other:
        for table in tables:
            columns = [
                f"printf('%.9g', {column.name})" if column.type.lower() in ("double", "float") else column.name
                for column in table.columns
            ]
            query = f"select count(*), sum(hash({', '.join(columns)})) from {table.full_name}"
            if one.execute(query).fetchall() != other.execute(query).fetchall():
                found.append(table.full_name)
    return found


def derived_tables() -> list[SqlTable]:
    """The tables of ``sql/core`` and ``sql/marts``."""
    return [table for table in all_sql_tables().values() if table.schema != "staging"]


def write_project(folder: Path, threads: int) -> None:
    """Write the dbt project.

    Args:
        folder: folder to make; the warehouse is to stand in it as ``warehouse.duckdb``.
        threads: DuckDB's threads.
    """
    tables = {table.full_name: table for table in derived_tables()}
    sources = sorted({name for table in tables.values() for name in table.dependencies if name not in tables})
    (folder / "models").mkdir(parents=True)
    (folder / "macros").mkdir()
    for table in tables.values():
        config = f"{{{{ config(schema='{table.schema}', alias='{table.name}') }}}}"
        text = f"{config}\n{rewritten(table, set(tables))}\n"
        (folder / "models" / f"{model_name(table.full_name)}.sql").write_text(text, encoding="utf-8")
    schemas = sorted({name.partition(".")[0] for name in sources})
    lines = ["version: 2", "sources:"]
    for schema in schemas:
        lines += [f"  - name: {schema}", f"    schema: {schema}", "    tables:"]
        lines += [f"      - name: {name.partition('.')[2]}" for name in sources if name.startswith(f"{schema}.")]
    (folder / "models" / "sources.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "macros" / "schema.sql").write_text(_SCHEMA_MACRO, encoding="utf-8")
    (folder / "dbt_project.yml").write_text(_PROJECT, encoding="utf-8")
    profile = _PROFILE.format(path="warehouse.duckdb", threads=threads, memory=DEFAULT_MEMORY_LIMIT)
    (folder / "profiles.yml").write_text(profile, encoding="utf-8")


def rewritten(table: SqlTable, derived: set[str]) -> str:
    """A table's query with dbt's references for the tables that it reads.

    Args:
        table: the table.
        derived: full names of all tables that are models.
    """

    def reference(match: re.Match[str]) -> str:
        schema, name = match["name"].split(".")
        full_name = match["name"]
        text = f"ref('{model_name(full_name)}')" if full_name in derived else f"source('{schema}', '{name}')"
        return f"{match['before']}{{{{ {text} }}}}"

    names = "|".join(re.escape(name) for name in table.dependencies)
    # A comment may hold a semicolon or a brace; dbt reads those, DuckDB does not.
    query = re.sub(r"(?m)^\s*--.*\n", "", table.sql)
    return re.sub(rf"(?P<before>\b(?:from|join)\s+)(?P<name>{names})\b", reference, query) if names else query


def model_name(full_name: str) -> str:
    """Name of a table's model: unique over schemas."""
    return full_name.replace(".", "__")


def models_seconds(results: list[dict]) -> float:
    """Seconds from the start of the first model's execution to the end of the last one's.

    Args:
        results: ``results`` of dbt's ``run_results.json``.
    """
    times = [timing for result in results for timing in result["timing"] if timing["name"] == "execute"]
    start = min(dt.datetime.fromisoformat(timing["started_at"]) for timing in times)
    end = max(dt.datetime.fromisoformat(timing["completed_at"]) for timing in times)
    return (end - start).total_seconds()


def environment() -> Path:
    """Make dbt's environment unless it was made from the same pins.

    Returns:
        The program ``dbt``.
    """
    stamp = ENVIRONMENT / ".made-from-pins"
    pins = CONSTRAINTS.read_text(encoding="utf-8")
    program = ENVIRONMENT / "bin" / "dbt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == pins and program.exists():
        return program
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run_process([*pip, "-c", str(CONSTRAINTS), "dbt-core", "dbt-duckdb", "duckdb"])
    stamp.write_text(pins, encoding="utf-8")
    return program


if __name__ == "__main__":
    print(measure(Path(sys.argv[1]), Path(sys.argv[2]), 2))
