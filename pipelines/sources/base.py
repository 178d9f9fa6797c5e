"""What a source is: one export format that Keeprate recognises, lands in ``raw`` and stages.

A source is one file in this folder: a subclass of :class:`Source` whose docstring tells the format's quirks,
one sample in ``tests/data/<source>/``, and its staging queries in ``sql/staging/<platform>__<entity>.sql``.
How files are opened, counted and landed is the same for all (``pipelines.ingest``).
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    import duckdb

    from pipelines.ingest.landing import LandedFile
    from pipelines.sources.document_shape import DocumentShape
    from pipelines.tables import Table

Handling = Literal["keep", "identity", "free_text", "reason", "place", "drop", "postcode"]
"""What happens to a value at the door: kept, pseudonymised, masked, dropped, cut to three characters.

A ``reason`` is masked like free text; but it is kept as long as the return, where words of persons expire.
In a ``place`` streets and numbers are masked, and no word is taken for a name by itself.
"""


@dataclass(frozen=True)
class RawColumn:
    """A column of an export.

    Attributes:
        header: as the export writes it; matched without regard to case and blanks around it.
        handling: see :data:`Handling`.
        is_required: without it the file is not this source.
        kind: which identity (``email``, ``phone``, ``id``) an ``identity`` value is.
        only_without: header of a column in whose absence alone the value is kept: a second e-mail of the same person
            tells nothing more, and each pseudonym costs time.
        empty_values: texts that stand for no identity at all, such as the customer id ``0`` of a guest.
        spared: headers of columns that list stock keeping units; a mask of free text leaves these alone, because many
            are long numbers, and without them nobody could tell what the text speaks of.
        grammar: of a column that is kept: the pattern that every value begins with; what does not is masked.
        items: where the value is a list of objects (a JSON document), the keys that are kept of each object.
    """

    header: str
    handling: Handling = "keep"
    is_required: bool = False
    kind: str = ""
    empty_values: tuple[str, ...] = ()
    only_without: str = ""
    spared: tuple[str, ...] = ()
    items: tuple[RawColumn, ...] = ()
    grammar: str = ""

    @property
    def name(self) -> str:
        """The column's name in ``raw``: snake_case of the header."""
        return snake_case(self.header)


@dataclass(frozen=True)
class Decision:
    """Something about a file that had to be proven before it could be staged.

    Attributes:
        value: what was decided, for example ``dmy``.
        evidence: the proof, in words that a person can check.
        warnings: what a person should know beside it.
    """

    value: str
    evidence: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileFacts:
    """What a source decides about one file; kept in ``raw.files`` and used again by a full rebuild."""

    date_format: Decision | None = None
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class TextForm:
    """How a format's text departs from RFC 4180.

    Attributes:
        has_quotes: False where tab-separated text does not know quotes: there a `"` is an ordinary character. A
            header with quotes, or between other signs than tabs, says that the file was written by the rule.
        is_padded: a record may leave out the empty fields at its end; one with more fields than the header never may.
        is_blank_empty: a field of blanks only is an empty one.
    """

    has_quotes: bool = True
    is_padded: bool = False
    is_blank_empty: bool = False


class Source(ABC):
    """One export format.

    Attributes:
        name: what ``--source`` takes, for example ``bigcommerce_orders``.
        title: what a person calls it.
        raw_table: table in ``raw``, named ``<platform>__<entity>``.
        columns: the columns that are known by name; others are kept in ``attributes``, masked.
        text_form: how its text departs from RFC 4180.
        updated_column: raw column that tells when a row last changed, for the file's age, or empty.
        updated_offset: what its clock is ahead of UTC where the format has a clock of its own; None: the merchant's.
        shapes: kinds of records that its JSON documents hold; empty for a source of tables.
        toml_table: name of the tables that are the records of its TOML files, or empty.
        staged: staging tables (names in ``sql/staging``) in the order in which they are made, transient ones too.
        order_columns: raw columns that name the order; the first that a file has counts. Names that the file states are
            marked by it.
        is_held_against_orders: its texts speak of customers whose names only other files state, so they are held
            against the marks of their order.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    raw_table: ClassVar[str]
    columns: ClassVar[tuple[RawColumn, ...]]
    text_form: ClassVar[TextForm] = TextForm()
    updated_column: ClassVar[str] = ""
    updated_offset: ClassVar[timedelta | None] = None
    shapes: ClassVar[tuple[DocumentShape, ...]] = ()
    toml_table: ClassVar[str] = ""
    staged: ClassVar[tuple[str, ...]]
    order_columns: ClassVar[tuple[str, ...]] = ()
    is_held_against_orders: ClassVar[bool] = False

    @property
    def has_texts(self) -> bool:
        """Whether people's words stand in any of its columns."""
        return any(column.handling in ("free_text", "reason", "place") for column in self.columns)

    @property
    def is_of_documents(self) -> bool:
        """Whether its files are documents (JSON, TOML), which have no header."""
        return bool(self.shapes or self.toml_table)

    def toml_rows(self, document: dict[str, Any], file_name: str) -> list[dict[str, str]]:
        """The records of a TOML file as text by raw header, in its order.

        Raises:
            Refused: something in it cannot be as it stands.
        """
        raise NotImplementedError

    def matches(self, header: list[str]) -> bool:
        """Whether a table with this header is of this source: every required column stands in it."""
        if self.is_of_documents:
            return False
        present = {snake_case(name) for name in header}
        return all(column.name in present for column in self.columns if column.is_required)

    def missing(self, header: list[str]) -> list[str]:
        """Required headers that the file does not have, for the message that refuses it."""
        present = {snake_case(name) for name in header}
        return [column.header for column in self.columns if column.is_required and column.name not in present]

    def examine(self, landed: LandedFile) -> FileFacts:
        """Decide what must be decided about a landed file before it is staged.

        Raises:
            Refused: the file is ambiguous or contradicts itself; nothing of it is kept.
        """
        return FileFacts()

    def column_uses(self, landed: LandedFile) -> dict[str, list[str]]:
        """What becomes of a file's columns, for people: header names by use."""
        known = {column.name for column in self.columns}
        return {
            "known": [name for name in landed.header if snake_case(name) in known],
            "kept_as_attributes": [
                name for name in landed.header if snake_case(name) not in known and not self.leaves_out(name)
            ],
        }

    def leaves_out(self, header: str) -> bool:
        """Whether a column that is not known by name is left in the file: repeating columns that tell nothing here."""
        return False

    def mapping_text(self, header: list[str], file_name: str, stated: str = "", path: Path | None = None) -> str:
        """What ``raw.files.mapping`` keeps, so that a rebuild needs no file; empty for a format of its own.

        Called before the file is landed, with its header, what ``--source`` and ``--mapping`` said.
        """
        return ""

    def declared_raw_table(self) -> Table | None:
        """The raw table where it is not made from :attr:`columns`; None for the usual one."""
        return None

    def raw_query(self, landed: LandedFile, file_id: str, key: bytes) -> str | None:
        """SQL from ``landing`` to rows of the raw table (``key``: the merchant's); None for the usual one."""
        return None

    def stage(self, connection: duckdb.DuckDBPyConnection, file_ids: Sequence[str]) -> bool:
        """Stage raw rows and quarantine what is wrong; False where ``sql/staging`` does it."""
        return False

    def staged_tables(self) -> list[Table]:
        """The declared staging tables that this source fills and keeps, in the order in which they are made."""
        from pipelines.sql_tables import all_sql_tables

        tables = (all_sql_tables()[f"staging.{name}"] for name in self.staged)
        return [table for table in tables if table.is_kept]

    def code_hash(self) -> str:
        """Changes when the way in which this source is staged changes, so that its files are staged anew."""
        from pipelines.reference_tables import REFERENCE_TABLES
        from pipelines.sql_tables import all_sql_tables

        tables = [all_sql_tables()[f"staging.{name}"] for name in self.staged]
        parts = [table.code_hash for table in tables]
        read = {name for table in tables for name in table.dependencies}
        parts += [table.code_hash for name, table in REFERENCE_TABLES.items() if name in read]
        return hashlib.sha256(repr((parts, self.columns)).encode()).hexdigest()[:16]


def snake_case(header: str) -> str:
    """A header as a column name: ``Subtotal (inc tax)`` becomes ``subtotal_inc_tax``."""
    name = re.sub(r"\W+", "_", header.strip().lower()).strip("_")
    return f"column_{name}" if not name or name[0].isdigit() else name
