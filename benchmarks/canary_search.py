"""Searching a home for planted values: every column of every table, Parquet part, log, page and file is decoded.

How a home is made from planted exports and what stands for a person in it belong here too; what is planted is in
``canaries``.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[1]


def found_in(home: Path, canaries: Iterable[str], printed: dict[str, str]) -> dict[str, set[str]]:
    """Places in which a canary stands, by place; everything is decoded.

    Args:
        home: the home, which nobody writes now.
        canaries: what is searched for, whatever the case.
        printed: what commands printed, by name.
    """
    import duckdb

    folded = sorted({canary.lower() for canary in canaries if canary})
    places: dict[str, set[str]] = {}

    def look(place: str, text: str) -> None:
        lowered = text.lower()
        found = {canary for canary in folded if canary in lowered}
        if found:
            places.setdefault(place, set()).update(found)

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            for name, *_ in connection.execute(f'describe "{schema}"."{table}"').fetchall():
                rows = connection.execute(
                    f'select distinct "{name}"::varchar from "{schema}"."{table}" where "{name}" is not null'
                ).fetchall()
                look(f"{schema}.{table}.{name}", "\0".join(value for (value,) in rows))
    for path in home.rglob("*"):
        if path.is_file():
            name = str(path.relative_to(home))
            content = path.read_bytes()
            look(f"name {name}", name)
            look(f"bytes {name}", content.decode("utf-8", "ignore"))
            if path.suffix == ".parquet":
                rows = duckdb.execute(f"select * from read_parquet('{path}')").fetchall()
                look(f"part {name}", "\0".join(str(value) for row in rows for value in row))
            elif content.startswith(b"SQLite format 3"):
                look(f"sqlite {name}", "\0".join(_sqlite_values(path)))
    for name, text in printed.items():
        look(f"printed {name}", text)
    return places


def _sqlite_values(path: Path) -> Iterable[str]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'select * from "{table}"'):
                yield from (
                    value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value) for value in row
                )


def run(*arguments: str | Path) -> tuple[int, str]:
    """Run a command of keeprate; its status, and all that it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *map(str, arguments)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def load(home: Path, exports: Path) -> dict[str, str]:
    """Make a home from planted exports: loaded twice (text, JSON), built, reported; what was printed, by command."""
    printed = {}
    zones = {"fashion": ("en", "America/New_York", "USD"), "home": ("zh-Hant", "Asia/Taipei", "TWD")}
    for merchant, (locale, zone, currency) in zones.items():
        options = ("--locale", locale, "--timezone", zone, "--currency", currency)
        printed[f"init {merchant}"] = run("--home", home, "init", "--merchant", merchant, *options)[1]
        files = exports / merchant
        printed[f"ingest {merchant}"] = run("--home", home, "ingest", files, "--merchant", merchant)[1]
        printed[f"json {merchant}"] = run("--home", home, "ingest", files, "--merchant", merchant, "--json")[1]
    printed["build"] = run("--home", home, "build", "--json")[1]
    for merchant in zones:
        printed[f"report {merchant}"] = run("--home", home, "report", "--merchant", merchant)[1]
    return printed


def pseudonyms_of(home: Path, merchant: str, email: str, phone: str) -> set[str]:
    """The pseudonyms of a person in a home."""
    from pipelines.privacy import merchant_key, pseudonym_of

    key = merchant_key(bytes.fromhex((home / "key").read_text(encoding="ascii").strip()), merchant)
    made = (pseudonym_of(email, "email", key), pseudonym_of(phone, "phone", key))
    return {pseudonym for pseudonym in made if pseudonym}
