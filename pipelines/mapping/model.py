"""What a mapping is, once it has been read: plain values, no file, no database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from pipelines.errors import UsageProblem


class MappingError(UsageProblem):
    """A mapping is wrong: file, table, key, what was found, what was expected, what to do."""

    def __init__(self, file_name: str, place: str, *, found: str, expected: str, remedy: str) -> None:
        """Compose the message.

        Args:
            file_name: the mapping file, without its folder.
            place: table and key, for example ``[orders] placed_at``.
            found: what stands there.
            expected: what should stand there.
            remedy: what to do.
        """
        self.file_name = file_name
        self.place = place
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(
            f"{file_name}, {place}: this mapping cannot be used\n"
            f"  found:    {found}\n  expected: {expected}\n  to do:    {remedy}"
        )

    def as_json(self) -> dict[str, object]:
        """The parts of the message; the column is the mapping's table and key."""
        return {
            "file": self.file_name,
            "line": None,
            "column": self.place,
            "found": self.found,
            "expected": self.expected,
            "remedy": self.remedy,
        }


@dataclass(frozen=True)
class Expression:
    """A checked SQL expression.

    Attributes:
        sql: the expression as DuckDB writes it back, in which nothing but the expression can hide.
        columns: source columns that it reads, as they are written there.
        is_aggregate: whether it sums over the records of a key.
    """

    sql: str
    columns: tuple[str, ...] = ()
    is_aggregate: bool = False


@dataclass(frozen=True)
class MappedColumn:
    """Where one contract column comes from: exactly one of columns, constant, expression, position_in.

    Attributes:
        name: the contract column.
        columns: source columns; the first that is not empty counts.
        constant: the same text for every record.
        expression: SQL over the source's columns.
        position_in: source columns within which records are numbered 1, 2, ... in the file's order.
        is_joined: with ``position_in``: its columns' values stand before the number, joined by ``-``.
        values: source value -> contract value, compared without regard to case and blanks around it.
        otherwise: what a value becomes that ``values`` does not name; None leaves it as it is.
        default: what an empty value becomes; None leaves it empty.
        empty_values: texts that mean nothing in this column, such as the customer id `0` of guests.
    """

    name: str
    columns: tuple[str, ...] = ()
    constant: str | None = None
    expression: Expression | None = None
    position_in: tuple[str, ...] = ()
    is_joined: bool = False
    values: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    default: str | None = None
    empty_values: tuple[str, ...] = ()

    @property
    def is_aggregate(self) -> bool:
        """Whether the value is computed over all records of a key."""
        return self.expression is not None and self.expression.is_aggregate

    @property
    def sources(self) -> tuple[str, ...]:
        """Source columns that it reads."""
        return self.columns or self.position_in or (self.expression.columns if self.expression else ())


@dataclass(frozen=True)
class MappedEntity:
    """One table of the mapping.

    Attributes:
        entity: the contract.
        columns: its mapped columns.
        where: which records it takes; None takes all.
        group_by_key: whether many records make one row.
        attributes: source columns kept as attributes; None keeps those that no table of the mapping reads.
    """

    entity: str
    columns: tuple[MappedColumn, ...]
    where: Expression | None = None
    group_by_key: bool = False
    attributes: tuple[str, ...] | None = None

    def column(self, name: str) -> MappedColumn | None:
        """The mapped column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Skip:
    """Records that no table takes, and why."""

    where: Expression
    reason: str


@dataclass(frozen=True)
class Mapping:
    """A whole mapping.

    Attributes:
        file_name: the mapping file, for messages.
        text: the TOML that it was read from; empty for a direct file.
        entities: the tables that it fills, in the file's order.
        skips: records that are left out on purpose.
        date_format: ``dmy``, ``mdy``, ``ymd``, a strptime pattern, or None: ISO 8601 only.
        timezone: zone of times that state none.
        decimal_comma: True: ``1.234,50``; False: ``1,234.50``; None: ``1234.50`` only.
        empty_values: texts that mean nothing, for example ``N/A``.
        drop: source columns that are not even kept in ``raw``.
        keep: source columns that look personal by their name and are not.
        is_direct: made from a header that is a contract's own.
    """

    file_name: str
    text: str
    entities: tuple[MappedEntity, ...]
    skips: tuple[Skip, ...] = ()
    date_format: str | None = None
    timezone: str = "UTC"
    decimal_comma: bool | None = None
    empty_values: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    is_direct: bool = False

    def as_json(self) -> str:
        """What ``raw.files.mapping`` holds, so that a rebuild needs no file."""
        if self.is_direct:
            return json.dumps({"direct": self.entities[0].entity})
        return json.dumps({"file_name": self.file_name, "toml": self.text})
