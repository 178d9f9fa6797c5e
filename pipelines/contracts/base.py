"""What a contract is: an entity that merchants supply, its grain, key and columns, each described once.

Everything else follows from it: the typed staging columns, the core table and its history, the expectations
on incoming batches and published tables, templates, mappings, the data dictionary. What one source's file
looks like does not belong here (``pipelines.sources``), nor how tables are built (``pipelines.core_tables``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Privacy = Literal["plain", "identity", "free_text"]
"""How a value may be stored: as it is, as a keyed pseudonym, or as text with personal parts masked."""


@dataclass(frozen=True)
class Column:
    """One column, described once.

    Attributes:
        name: snake_case name, the same in contract, staging, core and snapshot.
        type: DuckDB type in lower case.
        description: meaning, with unit; a rate names numerator, denominator and clock.
        is_required: a row without it is rejected.
        privacy: ``identity`` values are replaced by a keyed pseudonym at the door, ``free_text`` is masked.
        values: closed vocabulary, or empty where the set is open.
        minimum: smallest plausible value, or None.
        maximum: largest plausible value, or None.
        is_input: False where Keeprate derives it and a merchant never supplies it.
        examples: two values for ``keeprate template``.
    """

    name: str
    type: str
    description: str
    is_required: bool = False
    privacy: Privacy = "plain"
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    is_input: bool = True
    examples: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Contract:
    """An entity that a merchant supplies.

    Attributes:
        entity: plural name; the core table is ``core.<entity>``.
        description: what a row is, in a sentence.
        key: columns that name one row within a merchant (``merchant_id`` comes first everywhere, unsaid).
        parent: columns of ``key`` that name the parent whose children are replaced together; empty for a
            thing that stands by itself.
        month: date or timestamp column whose month cuts the snapshot into parts, or None.
        has_history: whether versions that were replaced are kept in ``core.<entity>_history``.
        version: timestamp column that says up to when the source had seen the thing: of two versions the later
            one wins, whatever the age of its file; without it, or where it is empty, the file's age counts.
        links: by kind (``order``, ``shipment``, ``parcel``, ``return``, ``customer``), columns whose values tie a row to
            the others of its case: see ``pipelines.cases``.
        stamps: columns that are written after the merge, and kept by a thing that is merged again.
        is_whole_set: a file holds all of the merchant's things of this kind: the newest replaces the older ones' rows.
        columns: every column except provenance.
        checks: row assertions as SQL, by name: each must be true or null for every row.
    """

    entity: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    parent: tuple[str, ...] = ()
    month: str | None = None
    has_history: bool = False
    version: str | None = None
    is_whole_set: bool = False
    checks: dict[str, str] = field(default_factory=dict)
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stamps: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return the column of that name, or raise KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"contract {self.entity} has no column {name}")

    @property
    def group(self) -> tuple[str, ...]:
        """Columns, the merchant first, that name what a newer file replaces as a whole: a thing, a parent, the set."""
        return ("merchant_id",) if self.is_whole_set else ("merchant_id", *(self.parent or self.key))

    @property
    def input_columns(self) -> tuple[Column, ...]:
        """The columns that a merchant's file may supply."""
        return tuple(column for column in self.columns if column.is_input)


MERCHANT = Column("merchant_id", "varchar", "Merchant, as named in keeprate.toml.", is_required=True)

PROVENANCE = (
    MERCHANT,
    Column("file_id", "varchar", "File that the row came from: first 16 hex digits of the SHA-256 over merchant and content."),
    Column("record_number", "bigint", "Number of the record in its file, the first data record being 1."),
    Column("line_number", "bigint", "Physical line on which the record starts, as `sed -n` counts."),
)
"""Columns that every raw and staging row carries, in this order, before its own."""

ATTRIBUTES = Column(
    "attributes", "json", "Columns of the source that no contract column takes, as text, personal parts masked."
)

SEEN = (
    Column("first_seen_at", "timestamp", "Age of the oldest file that held the thing (UTC)."),
    Column("last_changed_at", "timestamp", "Age of the file that first held it as it is now (UTC)."),
)
"""Columns that every core table carries, in this order, behind its own."""

AMOUNT = "decimal(18,4)"
