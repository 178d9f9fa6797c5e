"""Keeping: landed records become rows of ``raw``, each column as its handling says, personal values dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.ingest.landing import column_names
from pipelines.privacy import masked, masked_sparing, merchant_key, pseudonym
from pipelines.sources.base import snake_case
from pipelines.sql_text import identifiers, literal

if TYPE_CHECKING:
    from collections.abc import Container

    from pipelines.ingest.landing import LandedFile
    from pipelines.sources.base import RawColumn


def raw_select(landed: LandedFile, file_id: str, installation_key: bytes) -> str:
    """SQL that turns ``landing`` into rows of the source's raw table, personal values dealt with.

    The statement holds the merchant's key: it must never be logged.
    """
    key = merchant_key(installation_key, landed.merchant.merchant_id)
    own = landed.source.raw_query(landed, file_id, key)
    if own:
        return own
    present = dict(zip(column_names(landed.header), landed.header, strict=True))
    known = {column.name: column for column in landed.source.columns}
    selected = [
        f"'{landed.merchant.merchant_id}' as merchant_id",
        f"'{file_id}' as file_id",
        "record_number",
        "line_number",
    ]
    for name, column in known.items():
        if column.handling != "drop":
            value = handled(f'"{name}"', column, key, present) if name in present else "null::varchar"
            first = snake_case(column.only_without) if column.only_without else ""
            if first in present and name in present:
                value = f"case when {identifiers([first])} is null then {value} end"
            selected.append(f'{value} as "{name}"')
    # A second header that differs from a personal column's in signs only is that column once more: not kept.
    personal = {name for name, column in known.items() if column.handling in ("drop", "identity")}
    unknown = [name for name in present if name not in known and snake_case(present[name]) not in personal]
    unknown = [name for name in unknown if not landed.source.leaves_out(present[name])]
    attributes = _attributes(unknown, present)
    # A document's records differ in their keys: what one of them does not have is not listed as empty.
    if landed.source.is_of_documents and unknown:
        attributes = f"json_merge_patch(json('{{}}'), {attributes})"
    selected.append(f"{attributes} as attributes")
    selected.append("now()::timestamp as loaded_at")
    return f"select {', '.join(selected)} from landing"


def handled(expression: str, column: RawColumn, key: bytes, present: Container[str]) -> str:
    if column.items:
        return _handled_items(expression, column, key)
    if column.handling == "identity":
        empty = "".join(f" when trim({expression}) = '{value}' then null" for value in column.empty_values)
        made = pseudonym(expression, column.kind, key)
        return f"case{empty} else {made} end" if empty else made
    if column.handling == "free_text":
        lists = [f'"{snake_case(header)}"' for header in column.spared if snake_case(header) in present]
        return masked_sparing(expression, lists)
    if column.handling == "postcode":
        # Spreadsheets are told by a leading apostrophe that a postcode is text.
        return f"left(trim(ltrim({expression}, ' ''')), 3)"
    return expression


def _handled_items(expression: str, column: RawColumn, key: bytes) -> str:
    """A list of objects, each of its keys handled as it is declared."""
    kinds = ", ".join(f'"{item.name}": "VARCHAR"' for item in column.items)
    fields = ", ".join(f"{item.name} := {handled(f'item.{item.name}', item, key, ())}" for item in column.items)
    listed = f"from_json({expression}, '[{{{kinds}}}]')"
    return f"cast(to_json(list_transform({listed}, lambda item: struct_pack({fields}))) as varchar)"


def _attributes(names: list[str], headers: dict[str, str]) -> str:
    if not names:
        return "null::json"
    quoted = {name: identifiers([name]) for name in names}
    pairs = ", ".join(f"{literal(headers[name])}, {masked(quoted[name])}" for name in names)
    is_empty = " and ".join(f"{name} is null" for name in quoted.values())
    return f"case when {is_empty} then null else json_object({pairs}) end"
