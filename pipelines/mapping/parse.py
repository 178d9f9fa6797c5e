"""The TOML of a mapping, read and checked against the contracts; the file's own columns are not known here.

The format is described for people in ``docs/reference/mapping.md``; every message names table and key, what
was found, what was expected and what to do. Holding a mapping against a header is ``binding``.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

from pipelines.contracts import all_contracts
from pipelines.contracts.base import Contract
from pipelines.errors import nearest
from pipelines.mapping.expressions import check_expression
from pipelines.mapping.model import MappedColumn, MappedEntity, Mapping, MappingError, Skip

DATE_FORMATS = ("dmy", "mdy", "ymd")
_SOURCE_KEYS = ("name", "date_format", "timezone", "decimal_comma", "empty_values", "drop", "keep")
_ENTITY_KEYS = ("where", "group_by_key", "attributes")
_WAYS = ("column", "value", "sql", "position_in")
_COLUMN_KEYS = (*_WAYS, "joined", "values", "otherwise", "default", "empty_values")


def read_mapping(text: str, file_name: str = "mapping") -> Mapping:
    """Read a mapping.

    Args:
        text: the TOML.
        file_name: its name without folder, for messages.

    Raises:
        MappingError: it is not TOML, names what no contract has, misses what a contract requires, or holds an
            expression that may not stand there.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(
            file_name, "as a whole", found=str(error), expected="TOML 1.0", remedy="mend that line"
        ) from None
    return _Reader(file_name).mapping(document, text)


class _Reader:
    """Carries the file's name into every message."""

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name

    def wrong(self, place: str, found: str, expected: str, remedy: str) -> MappingError:
        return MappingError(self.file_name, place, found=found, expected=expected, remedy=remedy)

    def mapping(self, document: dict[str, Any], text: str) -> Mapping:
        contracts = all_contracts()
        known = ["source", "skip", *contracts]
        for key in document:
            if key not in known:
                raise self.wrong(
                    f"[{key}]",
                    f"a table that Keeprate does not have{nearest(key, known)}",
                    ", ".join(known),
                    "correct its name or remove it",
                )
        entities = tuple(
            self.entity(contracts[name], self.table(body, f"[{name}]"))
            for name, body in document.items()
            if name in contracts
        )
        if not entities:
            raise self.wrong(
                "as a whole",
                "no table that a contract describes",
                ", ".join(contracts),
                "add one, such as [orders]",
            )
        source = self.source(self.table(document.get("source", {}), "[source]"))
        return Mapping(self.file_name, text, entities, skips=self.skips(document.get("skip", [])), **source)

    def table(self, body: Any, place: str) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise self.wrong(place, f"{body!r}", "a table", f"write {place} on a line of its own, its keys below")
        return body

    def source(self, body: dict[str, Any]) -> dict[str, Any]:
        self.require_known(body, _SOURCE_KEYS, "[source]")
        options = {key: value for key, value in body.items() if key != "name"}
        for key in ("empty_values", "drop", "keep"):
            if key in options:
                options[key] = self.names(options[key], f"[source] {key}")
        if "decimal_comma" in options and not isinstance(options["decimal_comma"], bool):
            raise self.wrong("[source] decimal_comma", f"{options['decimal_comma']!r}", "true or false", "write one")
        if "date_format" in options:
            self.require_date_format(options["date_format"])
        if "timezone" in options:
            self.require_timezone(options["timezone"])
        return options

    def require_known(self, body: dict[str, Any], known: tuple[str, ...], place: str) -> None:
        for key in body:
            if key not in known:
                raise self.wrong(
                    f"{place} {key}",
                    f"a key that is not known{nearest(key, list(known))}",
                    ", ".join(known),
                    "correct its name or remove it",
                )

    def require_date_format(self, value: Any) -> None:
        if value not in DATE_FORMATS and "%" not in str(value):
            raise self.wrong(
                "[source] date_format",
                f"{value!r}",
                "dmy, mdy, ymd, or a pattern such as %d.%m.%Y %H:%M",
                "say in which order day, month and year stand in the file",
            )

    def require_timezone(self, value: Any) -> None:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(str(value))
        except (ValueError, OSError, KeyError):
            raise self.wrong(
                "[source] timezone",
                f"{value!r}",
                "an IANA name such as Europe/London",
                "write the zone's name",
            ) from None

    def skips(self, body: Any) -> tuple[Skip, ...]:
        if not isinstance(body, list) or not all(isinstance(item, dict) for item in body):
            raise self.wrong("[[skip]]", f"{body!r}", "[[skip]] with where and reason", "double the brackets")
        found = []
        for number, item in enumerate(body, 1):
            place = f"[[skip]] {number}"
            self.require_known(item, ("where", "reason"), place)
            if not isinstance(item.get("where"), str) or not item.get("reason"):
                raise self.wrong(place, "no where or no reason", "both", "say which records are left out, and why")
            found.append(Skip(check_expression(item["where"], self.file_name, f"{place} where"), str(item["reason"])))
        return tuple(found)

    def entity(self, contract: Contract, body: dict[str, Any]) -> MappedEntity:
        place = f"[{contract.entity}]"
        where = body.get("where")
        group = body.get("group_by_key", False)
        if not isinstance(group, bool):
            raise self.wrong(f"{place} group_by_key", f"{group!r}", "true or false", "write one")
        columns = tuple(
            self.column(contract, name, value, group) for name, value in body.items() if name not in _ENTITY_KEYS
        )
        attributes = self.names(body["attributes"], f"{place} attributes") if "attributes" in body else None
        self.require_complete(contract, {column.name for column in columns})
        return MappedEntity(
            contract.entity,
            columns,
            check_expression(str(where), self.file_name, f"{place} where") if where is not None else None,
            group,
            attributes,
        )

    def require_complete(self, contract: Contract, present: set[str]) -> None:
        for column in missing_columns(contract, present):
            raise self.wrong(
                f"[{contract.entity}] {column}",
                "nothing: the table does not say where it comes from",
                f"the contract requires it ({contract.column(column).description})",
                f'add {column} = "source column", {{ value = ... }} or {{ sql = ... }}',
            )

    def column(self, contract: Contract, name: str, value: Any, group: bool) -> MappedColumn:
        place = f"[{contract.entity}] {name}"
        known = [column.name for column in contract.input_columns if column.name != "attributes"]
        if name not in known:
            raise self.wrong(
                place,
                f"a column that the contract does not have{nearest(name, [*known, *_ENTITY_KEYS])}",
                ", ".join(known),
                "correct its name; columns that no contract has are kept as attributes by themselves",
            )
        if isinstance(value, str | list):
            value = {"column": value}
        if not isinstance(value, dict):
            raise self.wrong(
                place,
                f"{value!r}",
                '"source column", { value = ... }, { sql = "..." }',
                f"write {{ value = {value} }}",
            )
        self.require_known(value, _COLUMN_KEYS, place)
        ways = [way for way in _WAYS if way in value]
        if len(ways) != 1:
            raise self.wrong(place, " and ".join(ways) or "no source", f"one of {', '.join(_WAYS)}", "keep one of them")
        mapped = self.mapped_column(name, value, place, may_aggregate=group and self.may_aggregate(contract, name))
        self.require_privacy(contract, mapped, place)
        return mapped

    def may_aggregate(self, contract: Contract, name: str) -> bool:
        return name not in contract.key and not contract.column(name).is_required

    def mapped_column(self, name: str, value: dict[str, Any], place: str, *, may_aggregate: bool) -> MappedColumn:
        values = value.get("values", {})
        if not isinstance(values, dict) or ("otherwise" in value and not values):
            raise self.wrong(
                f"{place} values",
                f"{values!r}",
                '{ "source value" = "contract value" }',
                "write the pairs in braces",
            )
        return MappedColumn(
            name,
            columns=self.names(value["column"], f"{place} column") if "column" in value else (),
            constant=self.text(value["value"], f"{place} value") if "value" in value else None,
            expression=check_expression(str(value["sql"]), self.file_name, f"{place} sql", may_aggregate=may_aggregate)
            if "sql" in value
            else None,
            position_in=self.names(value["position_in"], f"{place} position_in") if "position_in" in value else (),
            is_joined=bool(value.get("joined", False)),
            values={str(key).strip().lower(): self.text(item, f"{place} values") for key, item in values.items()},
            otherwise=self.text(value["otherwise"], f"{place} otherwise") if "otherwise" in value else None,
            default=self.text(value["default"], f"{place} default") if "default" in value else None,
            empty_values=self.names(value["empty_values"], f"{place} empty_values") if "empty_values" in value else (),
        )

    def require_privacy(self, contract: Contract, mapped: MappedColumn, place: str) -> None:
        if contract.column(mapped.name).privacy == "identity" and (not mapped.columns or mapped.values):
            raise self.wrong(
                place,
                "a computed or constant value",
                "a source column by name: it is replaced by a pseudonym before any expression runs",
                f'write {mapped.name} = "source column"',
            )

    def names(self, value: Any, place: str) -> tuple[str, ...]:
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise self.wrong(place, f"{value!r}", "a name or a list of names", 'write "name" or ["name", "name"]')
        return tuple(names)

    def text(self, value: Any, place: str) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, dt.datetime):
            return value.isoformat(sep=" ")
        if isinstance(value, str | int | float | dt.date):
            return str(value)
        raise self.wrong(place, f"{value!r}", "a text, number, boolean or date", "write one value")


def missing_columns(contract: Contract, present: set[str]) -> list[str]:
    """Required input columns that nothing supplies; a ``_date`` follows from its ``_at``."""
    return [
        column.name
        for column in contract.input_columns
        if column.is_required
        and column.name not in present
        and not (column.name.endswith("_date") and f"{column.name.removesuffix('_date')}_at" in present)
    ]
