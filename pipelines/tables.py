"""What a table of the warehouse is, however it is made: a SQL file, a contract, a ledger.

Assets, comments, the dictionary page, expectations and the snapshot read these; nothing here touches a
database.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.contracts.base import Column


class SchemaMismatch(Exception):  # noqa: N818 - reads as the sentence that it is
    """What is materialized is not what is declared: names, order or types of columns."""


@dataclass(frozen=True)
class Check:
    """One declared expectation on a table.

    Attributes:
        kind: ``not_null``, ``unique`` or ``assert``.
        name: stable name within the table.
        columns: columns that it speaks of (``not_null``: one; ``unique``: the key).
        expression: for ``assert``, SQL that must be true or null for every row.
    """

    kind: str
    name: str
    columns: tuple[str, ...] = ()
    expression: str = ""


@dataclass(frozen=True)
class Rejection:
    """One rule by which a staging select sends a row, or a cell of it, to quarantine.

    Attributes:
        rule: name that the select puts into ``rejected_rule``.
        column: column of the raw table that is at fault.
        expected: what should have stood there.
        remedy: what a person does about it.
    """

    rule: str
    column: str
    expected: str
    remedy: str


@dataclass(frozen=True)
class Table:
    """A declared table.

    Attributes:
        schema: ``raw``, ``staging``, ``core``, ``ml``, ``marts`` or ``quarantine``.
        name: table name within the schema.
        description: what it is for.
        grain: what one row is.
        key: columns that name a row.
        columns: every column in order, with type and description.
        load: ``replace``; ``merge``; or ``transient`` (staging): a step that is made while files are staged, that only
            the steps behind it read, and that nothing keeps.
        dependencies: ``schema.table`` names that it is made from.
        checks: declared expectations.
        month: date column whose month cuts the snapshot into parts, or None.
        is_published: whether readers of the snapshot see it.
    """

    schema: str
    name: str
    description: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    load: str = "replace"
    dependencies: tuple[str, ...] = ()
    checks: tuple[Check, ...] = field(default=())
    month: str | None = None
    is_published: bool = True

    @property
    def full_name(self) -> str:
        """``schema.name``."""
        return f"{self.schema}.{self.name}"

    @property
    def is_kept(self) -> bool:
        """Whether its rows outlive the staging that makes them."""
        return self.load != "transient"

    def require_columns(self, found: list[tuple[str, str]]) -> None:
        """Raise SchemaMismatch unless ``found`` (name, type) equals the declaration, order included."""
        declared = [(column.name, column.type.lower()) for column in self.columns]
        actual = [(name, kind.lower()) for name, kind in found]
        if declared == actual:
            return
        lines = [f"{self.full_name}: what is selected is not what is declared."]
        for index in range(max(len(declared), len(actual))):
            want = " ".join(declared[index]) if index < len(declared) else "nothing"
            have = " ".join(actual[index]) if index < len(actual) else "nothing"
            if want != have:
                lines.append(f"  column {index + 1}: declared {want}, selected {have}")
        raise SchemaMismatch("\n".join(lines))
