"""Every message to a person says what was found, what was expected, what to do; each rule of quarantine is shown."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sql_cases import all_cases

from pipelines.ingest.landing import raw_table
from pipelines.sources import all_sources
from pipelines.sql_tables import all_sql_tables
from pipelines.tables import Rejection

TO_DO = "to do:"
TOLD_BY = {"_busy", "told", "told_of_duckdb", "_to_do", "_of_system"}
"""Functions whose words say what to do; ``machine`` passes on what a run said, which did."""
PASSED_ON = {"words"}
RULES = [(table.full_name, rejection) for table in all_sql_tables().values() for rejection in table.rejections]


def endings(root: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every place in which a command is ended with words of its own."""
    for path in sorted((root / "pipelines").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in ("CannotRun", "UsageProblem", "NoSnapshot"):
                yield f"{path.relative_to(root)}:{node.lineno}", node


def says_what_to_do(call: ast.Call) -> bool:
    """Whether the words of an ending, or what makes them, say what to do."""
    parts = [part for argument in call.args for part in ast.walk(argument)]
    text = "".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    made = {_name(part.func) for part in parts if isinstance(part, ast.Call)}
    passed = {part.id for part in call.args if isinstance(part, ast.Name)}
    return TO_DO in text or bool(made & TOLD_BY) or bool(passed & PASSED_ON)


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def test_every_ending_says_what_to_do(root: Path) -> None:
    """Reminds of: a last line ``to do:`` in every CannotRun and UsageProblem."""
    silent = [place for place, call in endings(root) if not says_what_to_do(call)]
    assert not silent


def test_a_silent_ending_is_found() -> None:
    """The rule above can fail."""
    call = ast.parse("CannotRun('it is broken')").body[0].value  # type: ignore[attr-defined]
    assert not says_what_to_do(call)
    assert says_what_to_do(ast.parse("CannotRun('broken\\n  to do:    mend it')").body[0].value)  # type: ignore[attr-defined]


def test_every_refusal_states_its_parts(root: Path) -> None:
    """``Refused`` cannot be made without found, expected and remedy; none of them is an empty text."""
    empty = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in sorted((root / "pipelines").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) in ("Refused", "MappingError")
        for keyword in node.keywords
        if keyword.arg in ("found", "expected", "remedy")
        and isinstance(keyword.value, ast.Constant)
        and not str(keyword.value.value).strip()
    ]
    assert not empty


@pytest.mark.parametrize(("table", "rejection"), RULES, ids=[f"{table}-{rule.rule}" for table, rule in RULES])
def test_a_rule_says_what_it_expects_and_what_to_do(table: str, rejection: Rejection) -> None:
    """Reminds of: ``rule (column): expected | what to do`` in the header's rejects."""
    assert rejection.column
    assert rejection.expected.strip()
    assert rejection.remedy.strip()
    assert rejection.expected != rejection.remedy


def test_a_rule_names_a_column_that_a_person_finds_in_the_file() -> None:
    """The column of a rule is one of the raw table, or what stood there could not be shown."""
    strange = [
        f"{table.full_name}: {rejection.rule} ({rejection.column})"
        for source in all_sources().values()
        for table in source.staged_tables()
        for rejection in getattr(table, "rejections", ())
        if rejection.column not in {column.name for column in raw_table(source).columns}
    ]
    assert not strange


def test_every_rule_is_shown_by_a_case() -> None:
    """Reminds of: a case in tests/sql in which the rule rejects something."""
    shown = {(case.table, row.get("rejected_rule")) for case in all_cases() for row in case.expect}
    assert not [f"{table}: {rejection.rule}" for table, rejection in RULES if (table, rejection.rule) not in shown]
