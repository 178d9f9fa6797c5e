"""The expectations on a table, derived from what is declared once: contract columns and SQL headers.

Nothing is written here that a contract or a header could say. What each failure means follows from who is
answerable: what Keeprate maps, derives or keys itself is an error when it is wrong; what a merchant's file
merely makes implausible is a warning that is listed with its keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.contracts import all_contracts
from pipelines.contracts.base import ATTRIBUTES, PROVENANCE, Column, Contract
from pipelines.ingest.staging import REJECTED_RULE
from pipelines.quality.expectations import Expectation
from pipelines.quality_verdict import COLUMNS_AND_TYPES
from pipelines.sql_tables import SqlTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.quality_verdict import Severity
    from pipelines.tables import Check, Table

_OURS = "Keeprate makes this value itself; a row that breaks the rule means that the making is wrong"
_THEIRS = "the merchant's file says so; the row is kept and listed, because a strange fact is still a fact"
_REJECTED_BEFORE = "staging rejects rows without it, so a missing value here is a row that was let through"
_KEY = "a key that stands twice is counted twice in every number made from the table"
_REPEATED = "only the merchant knows which of the rows is right: the last one counts, as a later file would"
_LISTED_BEFORE = "staging maps it or quarantines it, and a value outside of the list is counted under no heading"
_FILE_ID = PROVENANCE[1].name
_NOBODY = "a row that belongs to no merchant is shown to none and missing in every sum"
_SCHEMA = "with other columns or types than declared no number of the table can be trusted, for no merchant"


def expectations_of(table: Table) -> tuple[Expectation, ...]:
    """Everything that must hold for a table, in a stable order, each name once.

    A staging table is held to its entity's contract as an incoming batch, a core table to the contract of its
    name, any other table to what its header declares and to the vocabularies and limits of its columns.
    """
    if table.schema == "staging":
        found = _incoming(table)
    elif table.schema == "core" and table.name in all_contracts() and not isinstance(table, SqlTable):
        found = _entity(table, all_contracts()[table.name])
    else:
        found = _declared(table)
    by_name: dict[str, Expectation] = {}
    for expectation in (_schema(table), *found):
        by_name.setdefault(expectation.name, expectation)
    return tuple(by_name.values())


def _incoming(table: Table) -> Iterable[Expectation]:
    contract = all_contracts().get(table.entity if isinstance(table, SqlTable) else table.name.partition("__")[2])
    present = {column.name for column in table.columns}
    if contract:
        own = [column for column in contract.columns if column.name in present]
        yield from _required(own)
        yield from _plausible(own)
        if set(contract.key) <= present:
            yield _unique_in_file(contract, own)
        yield from _row_checks(contract, present)
    for check in table.checks:
        if check.kind == "unique":
            yield _unique(_in_file(check.columns))
        else:
            yield _from_header(check, table, "warn" if check.kind == "assert" else "error")
    yield _unique(_in_file(table.key))


def _in_file(key: tuple[str, ...]) -> tuple[str, ...]:
    """A key within a file: the same order stands in many daily exports."""
    return (_FILE_ID, *(name for name in key if name not in (_FILE_ID, "merchant_id")))


def _entity(table: Table, contract: Contract) -> Iterable[Expectation]:
    yield _of_somebody()
    yield from _required(table.columns)
    yield from _plausible(table.columns)
    yield _unique(tuple(name for name in table.key if name != "merchant_id"))
    yield from _row_checks(contract, {column.name for column in table.columns})
    yield from (_from_header(check, table, "error") for check in table.checks)


def _declared(table: Table) -> Iterable[Expectation]:
    yield _of_somebody()
    yield _unique(tuple(name for name in table.key if name != "merchant_id") or table.key)
    yield from (_from_header(check, table, "error") for check in table.checks)
    yield from _plausible(table.columns)


def _schema(table: Table) -> Expectation:
    columns = (*table.columns, REJECTED_RULE) if table.schema == "staging" else table.columns
    return Expectation(
        COLUMNS_AND_TYPES,
        "schema",
        "error",
        "The table has the declared columns, with the declared types.",
        _SCHEMA,
        declared=tuple((column.name, column.type.lower()) for column in columns),
    )


def _required(columns: Iterable[Column]) -> Iterable[Expectation]:
    for column in columns:
        if column.is_required:
            yield _not_null(column.name, _REJECTED_BEFORE)


def _of_somebody() -> Expectation:
    return _not_null("merchant_id", _NOBODY)


def _not_null(column: str, reason: str) -> Expectation:
    return Expectation(f"not_null_{column}", "not_null", "error", f"Every row has {column}.", reason, columns=(column,))


def _plausible(columns: Iterable[Column]) -> Iterable[Expectation]:
    for column in columns:
        if column.values:
            yield Expectation(
                f"values_{column.name}",
                "values",
                "error",
                f"Where {column.name} is given, it is one of {', '.join(column.values)}.",
                _LISTED_BEFORE,
                columns=(column.name,),
                values=column.values,
            )
        if column.minimum is not None or column.maximum is not None:
            yield Expectation(
                f"range_{column.name}",
                "range",
                "warn" if column.is_input else "error",
                f"Where {column.name} is given, it is {_limits(column)}.",
                _THEIRS if column.is_input else _OURS,
                columns=(column.name,),
                minimum=column.minimum,
                maximum=column.maximum,
            )


def _limits(column: Column) -> str:
    if column.maximum is None:
        return f"at least {column.minimum:g}"
    if column.minimum is None:
        return f"at most {column.maximum:g}"
    return f"from {column.minimum:g} to {column.maximum:g}"


def _unique(key: tuple[str, ...]) -> Expectation:
    return Expectation(
        f"unique_{'_'.join(name for name in key if name != _FILE_ID) or _FILE_ID}",
        "unique",
        "error",
        f"Each {_joined(key)} stands once.",
        _KEY,
        columns=key,
    )


def _unique_in_file(contract: Contract, columns: list[Column]) -> Expectation:
    """One key, one content, within a file: an export that repeats a row word by word is harmless.

    Where a source says up to when it had seen a thing, rows of different times are versions and may differ.
    """
    version = tuple(column.name for column in columns if column.name == contract.version)
    return Expectation(
        f"unique_{'_'.join(contract.key)}",
        "unique",
        "warn",
        f"Rows of one file with the same {_joined((*contract.key, *version))} say the same.",
        _REPEATED,
        columns=(_FILE_ID, *contract.key, *version),
        content=tuple(column.name for column in columns if column.name != ATTRIBUTES.name),
    )


def _row_checks(contract: Contract, present: set[str]) -> Iterable[Expectation]:
    known = {column.name for column in contract.columns}
    for name, condition in contract.checks.items():
        if columns_in(condition, known) <= present:
            yield _rows(name, condition, "warn", _THEIRS)


def _from_header(check: Check, table: Table, severity: Severity) -> Expectation:
    if check.kind == "not_null":
        return _not_null(check.columns[0], _OURS)
    if check.kind == "unique":
        return _unique(tuple(name for name in check.columns if name != "merchant_id") or check.columns)
    return _rows(check.name, check.expression, severity, _OURS if severity == "error" else _THEIRS)


def _rows(name: str, condition: str, severity: Severity, reason: str) -> Expectation:
    words = name.replace("_", " ")
    description = f"{words[:1].upper()}{words[1:]}: {' '.join(condition.split())}."
    return Expectation(name, "rows", severity, description, reason, condition=condition)


def columns_in(condition: str, known: set[str]) -> set[str]:
    """The columns among ``known`` that a condition names."""
    import re

    return set(re.findall(r"[a-z_][a-z0-9_]*", condition.lower())) & known


def _joined(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
