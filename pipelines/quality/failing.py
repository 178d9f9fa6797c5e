"""SQL that yields the failing rows of an expectation for which great_expectations has nothing of its own.

Rows that fail a condition, keys that stand twice, columns that are not as declared. Only key columns are
selected. How the SQL is run belongs in ``pipelines.quality.run``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.quality_verdict import KEYS_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.quality.expectations import CheckTarget, Expectation

BATCH = "<batch>"
"""Stands for the relation in every query."""

FAILING_COUNT = "all_failing_rows"
"""Column beside the keys: how many rows fail in all."""


def _failing_rows(expectation: Expectation, target: CheckTarget) -> str:
    return f"select {', '.join(target.key) or '1 as row'} from {BATCH} where not ({expectation.condition})"


def _repeated_keys(expectation: Expectation, target: CheckTarget) -> str:
    """Keys that stand more than once; NULL equals NULL here, as in a merge of children."""
    key = ", ".join(expectation.columns)
    shown = [name for name in expectation.columns if name in target.key]
    if "line_number" in target.key:
        shown.append("max(line_number) as line_number")
    broken = "count(*) > 1"
    if expectation.content:
        # A struct would tell NULL from nothing as well, but a hash of a row takes a third of the time.
        content = f"hash({', '.join(expectation.content)})"
        broken = f"min({content}) <> max({content})"
    return f"select {', '.join(shown) or '1 as row'} from {BATCH} group by {key} having {broken}"


def _same(target: CheckTarget) -> str:
    """Staging tables are filled by name, and a column that comes later stands last; others have an order."""
    return "column_name" if target.kind == "incoming" else "position"


def _other_columns(expectation: Expectation, target: CheckTarget) -> str:
    declared = ", ".join(
        f"({position}, '{name}', '{kind}')" for position, (name, kind) in enumerate(expectation.declared, 1)
    )
    return f"""
with found as (
    select row_number() over () as position, column_name, lower(column_type) as column_type
    from (describe select * from {BATCH})
),

declared (position, column_name, column_type) as (values {declared})

select
    coalesce(declared.column_name || ' ' || declared.column_type, 'nothing') as declared,
    coalesce(found.column_name || ' ' || found.column_type, 'nothing') as found
from declared
full join found
    on declared.{_same(target)} = found.{_same(target)}
where declared.column_name is distinct from found.column_name
    or declared.column_type is distinct from found.column_type
order by coalesce(declared.position, found.position)"""


_QUERIES: dict[str, Callable[[Expectation, CheckTarget], str]] = {
    "rows": _failing_rows,
    "unique": _repeated_keys,
    "schema": _other_columns,
}


def is_query(expectation: Expectation) -> bool:
    """Whether the expectation is checked by a query of failing rows."""
    return expectation.kind in _QUERIES


def failing_rows_sql(expectation: Expectation, target: CheckTarget) -> str:
    """The first failing rows' keys, each with the number of all; ``BATCH`` stands where the relation goes."""
    query = _QUERIES[expectation.kind](expectation, target)
    return f"select *, count(*) over () as {FAILING_COUNT} from (\n{query}\n) limit {KEYS_KEPT}"
