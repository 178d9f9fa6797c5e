"""Searching a home for planted values: every column of every table, Parquet part, log, page and file is decoded.

A text is searched as it stands, with escapes of JSON and of HTML decoded, and with the signs taken out that separate
digits. What is planted is in ``planting``, how a home is made in ``canary_home``.
"""

from __future__ import annotations

import gzip
import html
import io
import re
import sqlite3
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ ().+\-/·_]{1,3}(?=\d)")


def found_in(home: Path, canaries: Iterable[str], printed: dict[str, str]) -> dict[str, set[str]]:
    """Places in which a canary stands, by place; everything is decoded.

    Args:
        home: the home, which nobody writes now.
        canaries: what is searched for, whatever the case.
        printed: what commands printed, by name.
    """
    folded = sorted({canary.lower() for canary in canaries if canary})
    places: dict[str, set[str]] = {}
    for place, text in (*_texts(home), *((f"printed {name}", text) for name, text in printed.items())):
        for form in _forms(text):
            found = {canary for canary in folded if canary in form}
            if found:
                places.setdefault(place, set()).update(found)
    return places


def _forms(text: str) -> Iterator[str]:
    """A text in the ways in which it may be read."""
    lowered = text.lower()
    yield lowered
    decoded = lowered
    if "\\u" in decoded:
        decoded = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), decoded).lower()
    if "&" in decoded:
        decoded = html.unescape(decoded).lower()
    if decoded != lowered:
        yield decoded
    joined = _BETWEEN_DIGITS.sub("", decoded)
    if joined != decoded:
        yield joined


def _texts(home: Path) -> Iterator[tuple[str, str]]:
    """Everything that stands in a home, by place."""
    import duckdb

    parts: dict[str, list[Path]] = {}
    for path in sorted(home.rglob("*")):
        if not path.is_file():
            continue
        name = str(path.relative_to(home))
        yield f"name {name}", name
        content = path.read_bytes()
        yield f"bytes {name}", content.decode("utf-8", "ignore")
        if content[:4] == b"PAR1":
            parts.setdefault(f"{path.parent.relative_to(home)}/{path.name.partition('-')[0]}", []).append(path)
        elif content.startswith(b"SQLite format 3"):
            yield f"sqlite {name}", "\0".join(_sqlite_values(path))
        elif content[8:12] == b"DUCK":
            with duckdb.connect(str(path), read_only=True) as connection:
                yield from _tables(connection, name)
        else:
            yield from ((f"packed {name}", text) for text in _unpacked(content))
    for place, paths in parts.items():
        listed = ", ".join(f"'{path}'" for path in paths)
        with duckdb.connect() as connection:
            relation = f"read_parquet([{listed}], union_by_name = true)"
            yield from ((f"part {place}.{column}", text) for column, text in _columns(connection, relation))


def _tables(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[tuple[str, str]]:
    tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    for schema, table in tables:
        for column, text in _columns(connection, f'"{schema}"."{table}"'):
            yield f"{schema}.{table}.{column}", text
    described = connection.execute(
        "select coalesce(comment, '') from duckdb_columns() union all select coalesce(comment, '') from duckdb_tables()"
    ).fetchall()
    yield f"comments of {name}", "\0".join(text for (text,) in described)


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[tuple[str, str]]:
    """Each column of a relation with its values as text, nested ones too; one query."""
    names = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
    listed = ", ".join(f'list(distinct "{name}"::varchar)' for name in names)
    (row,) = connection.execute(f"select {listed} from {relation}").fetchall()
    for name, values in zip(names, row, strict=True):
        yield name, "\0".join(value for value in values or () if value is not None)


def _sqlite_values(path: Path) -> Iterable[str]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'select * from "{table}"'):
                yield from (
                    value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value) for value in row
                )


def _unpacked(content: bytes) -> Iterator[str]:
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content).decode("utf-8", "ignore")
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name).decode("utf-8", "ignore") for name in archive.namelist())
    elif content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield content.decode("utf-16", "ignore")
