"""The page on every table: what a row is, its columns, how it is loaded, what it is made from and held to."""

from __future__ import annotations

from pipelines.contracts import all_contracts
from pipelines.contracts.base import MERCHANT
from pipelines.core_tables import declared_tables
from pipelines.dictionary.markdown import bullets, code, codes, link, page, table
from pipelines.ingest.landing import raw_table
from pipelines.learning import all_learned_models
from pipelines.ledger import LEDGERS
from pipelines.quality.suites import expectations_of
from pipelines.reference_tables import REFERENCE_TABLES
from pipelines.sources import all_sources
from pipelines.sql_tables import SqlTable, all_sql_tables
from pipelines.stated_tables import STATED
from pipelines.tables import Table

SCHEMAS: dict[str, str] = {
    "raw": "Every field of every file as text, personal values replaced or dropped at the door. Append-only.",
    "staging": "Typed and renamed to the contract, one table a source and entity. Rejects go to `quarantine.rows`.",
    "core": "All sources and merchants united, the newest version of each thing.",
    "ml": "What models say.",
    "marts": "One stated grain each, ready to show.",
    "quarantine": "What was rejected, what contradicted itself, and what every check said.",
    "meta": "What Keeprate remembers about its own builds.",
}
"""The schemas in the order in which data flow, each with its rule."""

_CHECKED = ("staging", "core", "ml", "marts")

_INTRODUCTION = (
    "Every table of the warehouse. `keeprate query` reads those of `core`, `ml`, `marts` and `quarantine`. Types are"
    " DuckDB's; a column `_at` is a UTC timestamp, `_date` the merchant's local date, `_amount` a decimal, `_rate` a"
    " share from 0 to 1."
)


def every_table() -> dict[str, tuple[Table, str]]:
    """Every declared table by ``schema.name``, with the place of its declaration."""
    found: dict[str, tuple[Table, str]] = {}
    for source in all_sources().values():
        place = f"pipelines/sources/{type(source).__module__.rpartition('.')[2]}.py"
        for declared in (raw_table(source), *source.staged_tables()):
            found[declared.full_name] = (declared, place)
    for ledger in LEDGERS:
        place = "pipelines/stated_tables.py" if ledger in STATED else "pipelines/ledger.py"
        found[ledger.full_name] = (ledger, place)
    for contract in all_contracts().values():
        for declared in declared_tables(contract):
            found[declared.full_name] = (declared, f"pipelines/contracts/{contract.entity}.py")
    for reference in REFERENCE_TABLES.values():
        found[reference.full_name] = (reference, "pipelines/reference_tables.py")
    for model in all_learned_models().values():
        for learned in model.tables:
            found[learned.full_name] = (learned, f"pipelines/learning/declared/{model.name}.py")
    for made in all_sql_tables().values():
        found[made.full_name] = (made, f"sql/{made.schema}/{made.name}.sql")
    return found


def tables_page() -> str:
    """The text of ``docs/reference/tables.md``."""
    tables = every_table()
    readers = _readers(tables)
    sections = [_contents(tables)]
    for schema, rule in SCHEMAS.items():
        own = {name: found for name, found in sorted(tables.items()) if found[0].schema == schema}
        if own:
            sections += [f"## {schema}", rule]
            sections += [
                _section(declared, place, tables, readers.get(name, [])) for name, (declared, place) in own.items()
            ]
    return page("Tables", _INTRODUCTION, sections)


def _readers(tables: dict[str, tuple[Table, str]]) -> dict[str, list[str]]:
    readers: dict[str, list[str]] = {}
    for name, (declared, _) in sorted(tables.items()):
        for dependency in _stored(declared):
            readers.setdefault(dependency, []).append(name)
    return readers


def _stored(declared: Table) -> list[str]:
    """What a table is made from, ``changed.*`` views named by the table that they narrow."""
    found = []
    for name in declared.dependencies:
        schema, _, rest = name.partition(".")
        if schema != "changed":
            found.append(name)
        elif rest.startswith("staging_"):
            found.append(f"staging.{rest.removeprefix('staging_')}")
        else:
            found.append(f"raw.{rest}")
    return found


def _contents(tables: dict[str, tuple[Table, str]]) -> str:
    rows = [
        (link(name), tables[name][0].description)
        for schema in SCHEMAS
        for name in sorted(tables)
        if tables[name][0].schema == schema
    ]
    return table(("table", "what it holds"), rows)


def _section(declared: Table, place: str, tables: dict[str, tuple[Table, str]], readers: list[str]) -> str:
    facts = bullets(
        (
            ("grain", declared.grain),
            ("key", codes(declared.key)),
            ("load", code(declared.load)),
            ("declared in", code(place)),
            ("made from", _names(_stored(declared), tables)),
            ("read by", _names(readers, tables)),
            ("published", _published(declared)),
        )
    )
    parts = [f"### {declared.full_name}", declared.description, facts, _columns(declared)]
    if isinstance(declared, SqlTable) and declared.rejections:
        parts += ["Rejected, to `quarantine.rows`:", _rejections(declared)]
    if declared.schema in _CHECKED:
        parts += ["Checks:", _checks(declared)]
    return "\n\n".join(parts)


def _names(names: list[str], tables: dict[str, tuple[Table, str]]) -> str:
    return ", ".join(link(name) if name in tables else code(name) for name in names)


def _published(declared: Table) -> str:
    if not declared.is_published:
        return ""
    if not any(column.name == MERCHANT.name for column in declared.columns):
        return "whole"
    return f"in parts by merchant and month of `{declared.month}`" if declared.month else "in parts by merchant"


def _columns(declared: Table) -> str:
    rows = [
        (code(column.name), column.type, _with_values(column.description, column.values)) for column in declared.columns
    ]
    return table(("column", "type", "meaning"), rows)


def _with_values(description: str, values: tuple[str, ...]) -> str:
    return f"{description} One of {codes(values)}." if values else description


def _rejections(declared: SqlTable) -> str:
    rows = [
        (code(rejection.rule), code(rejection.column), rejection.expected, rejection.remedy)
        for rejection in declared.rejections
    ]
    return table(("rule", "raw column", "expected", "what to do"), rows)


def _checks(declared: Table) -> str:
    rows = [
        (code(expectation.name), expectation.severity, expectation.description)
        for expectation in expectations_of(declared)
    ]
    return table(("check", "a failure is", "what must hold"), rows)
