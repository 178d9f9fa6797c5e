"""``sql/<schema>/<table>.sql`` as declared tables: the header is read, dependencies come from the query.

A header is the comment block that opens the file::

    -- description: One row per order of a BigCommerce orders export, typed.
    -- grain: record of the export
    -- key: merchant_id, file_id, record_number
    -- load: merge
    -- entity: orders
    -- columns:
    --   merchant_id
    --   total_amount decimal(18,4): Total to pay with tax, in the order's currency.
    -- rejects:
    --   order_id_missing (order_id): every order has a number | give the row its Order ID
    -- checks:
    --   not_null: order_id
    --   unique: merchant_id, order_id
    --   assert total_is_not_negative: total_amount >= 0

A column without type takes type and description from the contract named in ``entity``, from provenance, or
from any contract that has a column of that name: a column is described once. ``load: replace`` rebuilds the
whole table; ``load: merge`` (staging) reads ``changed.<raw table>``, the raw rows of the files being loaded,
and must end in ``rejected_rule`` (null = kept), which is not declared; ``load: transient`` (staging) is the same for a
step that only the steps behind it read and nothing keeps; ``load: merge`` (core) is kept case by case:
``case:`` names the columns of its rows of a case, ``also:`` may hold a query for ids that time alone changes, and
``follows:`` the tables whose changes are told by ids or by that query (see ``pipelines.cases``). ``month:`` names the
date column that cuts the published table into parts. Running the query belongs in ``pipelines.warehouse``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.contracts import all_contracts
from pipelines.contracts.base import ATTRIBUTES, PROVENANCE, SEEN, Column
from pipelines.tables import Check, Rejection, Table

SQL_FOLDER = Path(__file__).resolve().parent.parent / "sql"
_OF_CASES = ("case", "also", "follows")
_KEYS = ("description", "grain", "key", "load", "entity", "month", "columns", "rejects", "checks", *_OF_CASES)
_NAMED_TABLE = re.compile(r"\b(?:from|join)\s+((?:raw|staging|core|ml|marts|quarantine|changed|meta)\.\w+)", re.I)
_COLUMN = re.compile(r"^(\w+)(?:\s+([^:]+?))?(?:\s*:\s*(.+))?$")
_REJECTION = re.compile(r"^(\w+) \((\w+)\): (.+?) \| (.+)$")


class HeaderError(Exception):
    """A SQL file's header cannot be read: file, line and what was expected."""


@dataclass(frozen=True)
class SqlTable(Table):
    """A table that a SQL file makes.

    Attributes:
        sql: the query without its header.
        path: the file.
        entity: the contract that a staging table fills, or empty.
        rejections: rules by which rows go to quarantine, by name.
        case: for a core table that is kept case by case (``pipelines.cases``), the columns that name its rows of a
            case besides the merchant; else empty.
        also: query for ids, in the column of ``case``, whose rows change with time alone.
        follows: tables whose changes reach the table as touched ids, or through ``also``, and need no rebuilding.
        code_hash: changes when header or query change.
    """

    sql: str = ""
    path: Path = SQL_FOLDER
    entity: str = ""
    rejections: tuple[Rejection, ...] = ()
    case: tuple[str, ...] = ()
    also: str = ""
    follows: tuple[str, ...] = ()
    code_hash: str = ""


@cache
def all_sql_tables() -> dict[str, SqlTable]:
    """Every SQL table by ``schema.name``, in an order in which each follows what it reads."""
    tables = {table.full_name: table for table in (read_sql_table(path) for path in sorted(SQL_FOLDER.glob("*/*.sql")))}
    return _in_dependency_order(tables)


def read_sql_table(path: Path) -> SqlTable:
    """Read one SQL file.

    Raises:
        HeaderError: the header misses a key, repeats one, or has a line that cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    header, sql = _split(text, path)
    entity = header.get("entity", [""])[0]
    return SqlTable(
        schema=path.parent.name,
        name=path.stem,
        description=" ".join(_required(header, "description", path)),
        grain=" ".join(_required(header, "grain", path)),
        key=_names(_required(header, "key", path)[0]),
        columns=tuple(_column(line, entity, path) for line in _required(header, "columns", path)),
        load=_required(header, "load", path)[0],
        dependencies=tuple(name for name in tables_named_in(sql) if name != f"{path.parent.name}.{path.stem}"),
        checks=tuple(_check(line, path) for line in header.get("checks", [])),
        month=header.get("month", [None])[0],
        is_published=path.parent.name != "staging",
        sql=sql,
        path=path,
        entity=entity,
        rejections=tuple(_rejection(line, path) for line in header.get("rejects", [])),
        case=_names(header.get("case", [""])[0]),
        also=" ".join(header.get("also", [])),
        follows=_names(header.get("follows", [""])[0]),
        code_hash=hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def tables_named_in(sql: str) -> list[str]:
    """Tables that a query names with their schema behind ``from`` or ``join``, sorted.

    By pattern, because parsing every file takes half a second of each command. A test holds what is found to what
    DuckDB's parser finds.
    """
    without_comments = re.sub(r"--[^\n]*", "", sql)
    return sorted({name.lower() for name in _NAMED_TABLE.findall(without_comments)})


def _split(text: str, path: Path) -> tuple[dict[str, list[str]], str]:
    header: dict[str, list[str]] = {}
    current = ""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("--"):
            return header, "\n".join(lines[number:]).strip().rstrip(";")
        body = line[2:].rstrip()
        key, _, rest = body.strip().partition(":")
        if not body.startswith("   ") and key in _KEYS:
            if key in header:
                raise HeaderError(f"{path}:{number + 1}: {key} stands twice in the header; keep one")
            current = key
            header[current] = [rest.strip()] if rest.strip() else []
        elif current and body.strip():
            header[current].append(body.strip())
        elif body.strip():
            raise HeaderError(
                f"{path}:{number + 1}: found {body.strip()!r}, expected one of {', '.join(_KEYS)} and a colon"
            )
    raise HeaderError(f"{path}: only comments, no query")


def _required(header: dict[str, list[str]], key: str, path: Path) -> list[str]:
    if not header.get(key):
        raise HeaderError(f"{path}: the header has no {key}; add a line `-- {key}: ...`")
    return header[key]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _column(line: str, entity: str, path: Path) -> Column:
    match = _COLUMN.match(line)
    if not match:
        raise HeaderError(f"{path}: cannot read column {line!r}; expected `name type: description`")
    name, kind, description = match.groups()
    known = described_column(name, entity)
    if known and not kind:
        return known if not description else _described(known, description)
    if not kind or not (description or known):
        raise HeaderError(f"{path}: column {name} needs a type and a description (no contract describes it)")
    return Column(name, kind.strip(), description or (known.description if known else ""))


def _described(column: Column, description: str) -> Column:
    return Column(column.name, column.type, description, values=column.values, privacy=column.privacy)


@cache
def described_column(name: str, entity: str = "") -> Column | None:
    """The column of that name as it is described already: in ``entity``, in provenance, in any contract."""
    contracts = all_contracts()
    groups = [contracts[entity].columns] if entity else []
    groups += [PROVENANCE, SEEN, (ATTRIBUTES,), *(contract.columns for contract in contracts.values())]
    for group in groups:
        for column in group:
            if column.name == name:
                return column
    return None


def _check(line: str, path: Path) -> Check:
    kind, _, rest = line.partition(":")
    rest = rest.strip()
    if kind in ("not_null", "unique") and rest:
        columns = _names(rest)
        return Check(kind, f"{kind}_{'_'.join(columns)}", columns)
    if kind.startswith("assert ") and rest:
        return Check("assert", kind.removeprefix("assert ").strip(), expression=rest)
    raise HeaderError(
        f"{path}: cannot read check {line!r}; expected `not_null: column`, `unique: columns` or `assert name: sql`"
    )


def _rejection(line: str, path: Path) -> Rejection:
    match = _REJECTION.match(line)
    if not match:
        raise HeaderError(f"{path}: cannot read {line!r}; expected `rule (raw column): expected | what to do`")
    return Rejection(*match.groups())


def _in_dependency_order(tables: dict[str, SqlTable]) -> dict[str, SqlTable]:
    ordered: dict[str, SqlTable] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise HeaderError(f"tables read each other in a circle: {' -> '.join((*path, name))}")
        if name in tables and name not in ordered:
            for dependency in tables[name].dependencies:
                visit(dependency, (*path, name))
            ordered[name] = tables[name]

    for name in tables:
        visit(name, ())
    return ordered
