"""Which columns of a loaded file may be corrected, and by which door a corrected cell comes into ``raw``.

It is the column's own door: what is masked, cut or measured there in the file is so in a correction of it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pipelines.ingest.keeping import handled
from pipelines.ingest.misplaced import Guards, is_measured, is_worded
from pipelines.sources import source_named
from pipelines.sources.base import RawColumn, snake_case

if TYPE_CHECKING:
    from pipelines.ingest.personal_values import Surroundings
    from pipelines.mapping.privacy import Keeping
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse

_KEPT = ("keep", "free_text", "reason", "place", "postcode")
WORDS = ("free_text", "reason")
"""Handlings of texts in which names are masked."""


class Correctable(NamedTuple):
    """What a column of a loaded file is for a correction.

    Attributes:
        of_column: column of the raw table, or header of a generic file; empty where there is none.
        handling: what happens to a value of it at the door, or empty.
        problem: rule by which a correction of it is rejected, or empty.
        source: what the file is, where its columns are declared, or None.
        declared: that column, or None.
        keeping: how the column of a generic file is kept, or None.
        empty_values: texts of a generic file that stand for nothing.
    """

    of_column: str = ""
    handling: str = ""
    problem: str = ""
    source: Source | None = None
    declared: RawColumn | None = None
    keeping: Keeping | None = None
    empty_values: tuple[str, ...] = ()

    @property
    def has_words(self) -> bool:
        """Whether people's own words stand there, which expire."""
        return self.handling == "free_text"

    def door(self, text: str, key: bytes, around: Surroundings) -> str:
        """SQL of what is kept of a corrected cell.

        Names that the corrected record itself states are known by their marks alone, so that these count for reasons
        as well, for which a file's door looks at the record.

        Args:
            text: SQL of what somebody wrote.
            key: the merchant's key; the SQL may hold it and must never be logged.
            around: what a mask may look at beside the text.
        """
        if self.keeping:
            from pipelines.mapping.raw import kept

            own = replace(self.keeping, is_words=True) if self.handling in WORDS else self.keeping
            return kept(text, own, self.empty_values, key, around)
        if self.declared is None:
            return "null::varchar"
        own = replace(self.declared, handling="free_text") if self.handling in WORDS else self.declared
        is_strange_masked = not is_measured(own.name) and (own.grammar or is_worded(own.name))
        guards = Guards(texts=frozenset([own.name] if is_strange_masked else ()))
        return handled(text, own, key, (), around, guards)


def correctable_columns(source_name: str, header: list[str], mapping: str, file_name: str) -> dict[str, Correctable]:
    """What may be corrected of a loaded file, by name in snake_case."""
    source = source_named(source_name)
    if source.declared_raw_table() is None:
        return _of_declared(source, header)
    if source.name == "generic":
        return _of_generic(header, mapping, file_name)
    return {column.name: Correctable(problem="mend_in_file") for column in source.columns}


def correctable_of(warehouse: Warehouse, file_id: str) -> dict[str, Correctable]:
    """What may be corrected of a loaded file, by name as ``raw.corrections__cells`` has it in ``of_column``."""
    row = warehouse.one("select source, header, mapping, file_name from raw.files where file_id = $1", [file_id])
    if not row:
        return {}
    found = correctable_columns(row[0], json.loads(row[1] or "[]"), row[2] or "", row[3])
    return {column.of_column: column for column in found.values() if column.of_column}


def _of_declared(source: Source, header: list[str]) -> dict[str, Correctable]:
    # Columns that are not known by name stand in attributes, and nothing rejects these.
    found = {snake_case(name): Correctable(problem="mend_in_file") for name in header}
    for column in source.columns:
        problem = "" if column.handling in _KEPT else "column_personal"
        # A list inside of a document, and a table of a TOML file, is nothing to type into a cell.
        if not problem and (column.items or source.toml_table):
            problem = "mend_in_file"
        found[column.name] = Correctable(column.name, column.handling, problem, source, column)
    return found


def _of_generic(header: list[str], mapping: str, file_name: str) -> dict[str, Correctable]:
    from pipelines.mapping.staging import mapping_from_json

    bound = mapping_from_json(mapping, header, file_name)
    return {
        snake_case(name): Correctable(
            name,
            keeping.handling,
            "" if keeping.handling in _KEPT else "column_personal",
            keeping=keeping,
            empty_values=bound.mapping.empty_values,
        )
        for name, keeping in zip(bound.header, bound.keepings, strict=True)
    }
