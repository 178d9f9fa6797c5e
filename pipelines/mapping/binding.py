"""A mapping held against a file's header: every name exists, every expression binds, every type is known.

Expressions are bound in a database of their own without access to anything outside; what they compute on the
data is ``statements``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.errors import nearest
from pipelines.mapping.model import Expression, Mapping, MappingError
from pipelines.mapping.privacy import Keeping, keepings
from pipelines.mapping.values import number_macro

if TYPE_CHECKING:
    import duckdb

RECORD = "record_number"
"""A name that expressions may use besides the file's columns, unless the file has a column of that name."""

_LONGEST_SHOWN, _MOST_SHOWN = 40, 40


@dataclass(frozen=True)
class BoundMapping:
    """A mapping and the header that it fits.

    Attributes:
        mapping: the mapping.
        header: the file's column names, none empty.
        keepings: how each is kept in ``raw``.
        types: DuckDB type of each expression, by (entity, contract column).
    """

    mapping: Mapping
    header: tuple[str, ...]
    keepings: tuple[Keeping, ...]
    types: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Columns of the file that are not kept."""
        return tuple(name for name, kept in zip(self.header, self.keepings, strict=True) if kept.handling == "drop")

    @property
    def unread(self) -> tuple[str, ...]:
        """Columns that are kept and that no table reads: the attributes."""
        read = {
            name.lower() for entity in self.mapping.entities for column in entity.columns for name in column.sources
        }
        return tuple(
            name
            for name, kept in zip(self.header, self.keepings, strict=True)
            if kept.handling != "drop" and name.lower() not in read
        )

    def name(self, written: str) -> str:
        """The header's own spelling of a name that a mapping wrote in another case."""
        return next(name for name in self.header if name.lower() == written.lower())


def column_names(header: list[str]) -> tuple[str, ...]:
    """Names for every column of a header: one without a name is called by its position."""
    return tuple(name.strip() or f"column_{number}" for number, name in enumerate(header, 1))


def quoted(name: str) -> str:
    """A name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def bind(mapping: Mapping, header: list[str]) -> BoundMapping:
    """Hold a mapping against a header.

    Raises:
        MappingError: a column that the mapping reads does not exist, an expression does not bind, or a
            personal column would be kept.
    """
    names = column_names(header)
    _require_sources(mapping, names)
    return BoundMapping(mapping, names, keepings(mapping, names), _types(mapping, names))


def _require_sources(mapping: Mapping, names: tuple[str, ...]) -> None:
    for place, columns, is_expression in _references(mapping):
        known = {name.lower() for name in names} | ({RECORD} if is_expression else set())
        for column in columns:
            if column.lower() not in known:
                raise MappingError(
                    mapping.file_name,
                    place,
                    found=f"{column}, a column that the file does not have{_nearest(column, names)}",
                    expected=f"one of {_listed(names)}",
                    remedy="correct the name; it is matched without regard to upper and lower case",
                )


def _listed(names: tuple[str, ...]) -> str:
    """Names for a message, none of them so long, and not so many, that nobody would read on."""
    shown = [name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}..." for name in names[:_MOST_SHOWN]]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _nearest(column: str, names: tuple[str, ...]) -> str:
    return nearest(column, list(names)) or nearest(column.lower(), [name.lower() for name in names])


def _references(mapping: Mapping) -> list[tuple[str, tuple[str, ...], bool]]:
    found: list[tuple[str, tuple[str, ...], bool]] = [
        ("[source] drop", mapping.drop, False),
        ("[source] keep", mapping.keep, False),
    ]
    found += [("[[skip]] where", skip.where.columns, True) for skip in mapping.skips]
    for entity in mapping.entities:
        place = f"[{entity.entity}]"
        if entity.where:
            found.append((f"{place} where", entity.where.columns, True))
        found.append((f"{place} attributes", entity.attributes or (), False))
        for column in entity.columns:
            found.append((f"{place} {column.name}", column.sources, column.expression is not None))
    return found


def _types(mapping: Mapping, names: tuple[str, ...]) -> dict[tuple[str, str], str]:
    import duckdb

    types: dict[tuple[str, str], str] = {}
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        connection.execute(number_macro(mapping.decimal_comma))
        columns = [f"{quoted(name)} varchar" for name in names]
        if RECORD not in {name.lower() for name in names}:
            columns.append(f"{RECORD} bigint")
        connection.execute(f"create table source ({', '.join(columns)})")
        for number, skip in enumerate(mapping.skips, 1):
            _require_condition(connection, mapping, skip.where, f"[[skip]] {number} where")
        for entity in mapping.entities:
            if entity.where:
                _require_condition(connection, mapping, entity.where, f"[{entity.entity}] where")
            for column in entity.columns:
                if column.expression:
                    place = f"[{entity.entity}] {column.name}"
                    types[entity.entity, column.name] = _type_of(connection, mapping, column.expression, place)
    return types


def _require_condition(connection: duckdb.DuckDBPyConnection, mapping: Mapping, where: Expression, place: str) -> None:
    found = _type_of(connection, mapping, where, place)
    if found != "BOOLEAN":
        raise MappingError(
            mapping.file_name,
            place,
            found=f"an expression of type {found.lower()}",
            expected="a condition that is true or false",
            remedy="compare with something, for example `Quantity <> '0'`",
        )


def _type_of(connection: duckdb.DuckDBPyConnection, mapping: Mapping, expression: Expression, place: str) -> str:
    import duckdb

    try:
        row = connection.execute(f"describe select ({expression.sql}) from source").fetchone()
    except duckdb.Error as error:
        raise MappingError(
            mapping.file_name,
            place,
            found=str(error).splitlines()[0],
            expected="an expression that fits the columns, which are all text",
            remedy='turn text into a number with number("column"), into another type with ::type',
        ) from None
    return str(row[1]) if row else ""
