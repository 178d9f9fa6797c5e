"""Declared expectations in great_expectations' own words; it is imported inside functions only."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.quality.failing import BATCH, failing_rows_sql

if TYPE_CHECKING:
    from pipelines.quality.expectations import CheckTarget, Expectation

_SEVERITY = {"error": "critical", "warn": "warning"}


def translated(expectation: Expectation, target: CheckTarget) -> Any:
    """The expectation as great_expectations has it; its name stands in ``meta``."""
    from great_expectations import expectations as gx

    column = expectation.columns[0] if expectation.columns else ""
    common = {
        "severity": _SEVERITY[expectation.severity],
        "description": expectation.description,
        "meta": {"check": expectation.name},
    }
    if expectation.kind == "not_null":
        return gx.ExpectColumnValuesToNotBeNull(column=column, **common)
    if expectation.kind == "values":
        return gx.ExpectColumnValuesToBeInSet(column=column, value_set=list(expectation.values), **common)
    if expectation.kind == "range":
        return gx.ExpectColumnValuesToBeBetween(
            column=column, min_value=expectation.minimum, max_value=expectation.maximum, **common
        )
    query = _escaped(failing_rows_sql(expectation, target))
    return _no_failing_rows()(unexpected_rows_query=query, **common)


@cache
def _no_failing_rows() -> Any:
    """``UnexpectedRowsExpectation`` with one query instead of two: the rows bring their own count."""
    from great_expectations.expectations import UnexpectedRowsExpectation

    class KeeprateNoFailingRows(UnexpectedRowsExpectation):
        """No row is yielded by the query of failing rows."""

        metric_dependencies = ("unexpected_rows_query.table",)

        def _validate(
            self, metrics: dict, runtime_configuration: dict | None = None, execution_engine: Any = None
        ) -> dict[str, Any]:
            rows = metrics["unexpected_rows_query.table"]
            return {"success": not rows, "result": {"details": {"unexpected_rows": rows}}}

    return KeeprateNoFailingRows


def _escaped(query: str) -> str:
    """Braces are great_expectations' placeholders, ``:name`` is SQLAlchemy's."""
    braces = query.replace("{", "{{").replace("}", "}}")
    return re.sub(r"(?<![:\w\\]):(\w+)(?!:)", r"\\:\1", braces).replace(BATCH, "{batch}")
