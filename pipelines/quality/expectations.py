"""What an expectation is, and what it is held against; nothing here knows how it is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipelines.contracts.base import Column
    from pipelines.quality_verdict import Severity

Kind = Literal["schema", "not_null", "unique", "values", "range", "rows"]
"""Columns and types, no missing value, one row per key, a vocabulary, limits, a condition on each row."""

MERCHANT_VARIABLE = "checked_merchant"
"""DuckDB variable that holds the merchant while a target is checked; relations read it with ``getvariable``."""


@dataclass(frozen=True)
class Expectation:
    """Something that must hold for every row of a table.

    Attributes:
        name: stable name within the table.
        kind: how it is checked.
        severity: what a failure means.
        description: what must hold, as a sentence.
        reason: why a failure has that severity.
        columns: the column, for ``unique`` the key.
        values: allowed values, for ``values``.
        minimum: smallest allowed value, for ``range``.
        maximum: largest allowed value, for ``range``.
        condition: SQL that is true or null for every good row, for ``rows``.
        content: for ``unique``: only rows that differ in one of these columns are told apart; empty means
            that no key may stand twice at all.
        declared: name and type of every column in order, for ``schema``.
    """

    name: str
    kind: Kind
    severity: Severity
    description: str
    reason: str
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    condition: str = ""
    content: tuple[str, ...] = ()
    declared: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CheckTarget:
    """Rows of one merchant, and what must hold for them.

    Attributes:
        table: ``schema.table``.
        relation_sql: a SELECT that yields the merchant's rows; the merchant stands in the DuckDB variable
            ``checked_merchant``: ``... where merchant_id = getvariable('checked_merchant')``.
        merchant_id: the merchant.
        expectations: what must hold.
        kind: ``incoming`` for files that are not merged yet, ``published`` for a table that readers see.
        key: columns of the relation that tell a failing row to a person; never personal ones.
        is_computed_once: the SELECT is costly and yields few rows, so that they are kept while they are checked.
        part_month: SQL for the month of the published part that a row stands in.
    """

    table: str
    relation_sql: str
    merchant_id: str
    expectations: tuple[Expectation, ...]
    kind: Literal["incoming", "published"]
    key: tuple[str, ...] = ()
    is_computed_once: bool = False
    part_month: str = "null::date"


def shown_key(names: tuple[str, ...], columns: tuple[Column, ...]) -> tuple[str, ...]:
    """The key columns that may be shown: not the merchant, who is known, and no pseudonym of a person."""
    private = {column.name for column in columns if column.privacy != "plain"} | {"customer_key"}
    return tuple(name for name in names if name not in private and name != "merchant_id")
