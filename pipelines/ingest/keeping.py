"""Keeping: landed records become rows of ``raw``, each column as its handling says, personal values dealt with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.ingest.judged_texts import JudgedTexts, judge_texts
from pipelines.ingest.landing import column_names
from pipelines.ingest.misplaced import Guards, guards
from pipelines.ingest.personal_values import Surroundings, marked_orders, surroundings
from pipelines.mapping.privacy import looks_personal
from pipelines.privacy import merchant_key, pseudonym
from pipelines.sources.base import snake_case
from pipelines.sql_text import identifiers, literal

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

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
    around = surroundings(landed, present)
    kept = [name for name in present if name in known and known[name].handling == "keep"]
    grammars = {name: known[name].grammar for name in kept if known[name].grammar}
    guarded = guards(landed, kept, grammars)
    # A second header that differs from a personal column's in signs only is that column once more: not kept.
    personal = {name for name, column in known.items() if column.handling in ("drop", "identity")}
    unknown = [name for name in present if name not in known and snake_case(present[name]) not in personal]
    unknown = [
        name for name in unknown if not landed.source.leaves_out(present[name]) and not looks_personal(present[name])
    ]
    judged = judge_texts(
        landed,
        _kinds([known[name] for name in present if name in known], present) | dict.fromkeys(unknown, "reason"),
        around.personal_columns,
        around.shop,
        is_held_against_orders=bool(marked_orders(landed, present)),
    )
    selected = [
        f"'{landed.merchant.merchant_id}' as merchant_id",
        f"'{file_id}' as file_id",
        "record_number",
        "line_number",
    ]
    for name, column in known.items():
        if column.handling != "drop":
            value = handled(f'"{name}"', column, key, present, around, guarded) if name in present else "null::varchar"
            value = judged.value(name, value) if name in present else value
            first = snake_case(column.only_without) if column.only_without else ""
            if first in present and name in present:
                value = f"case when {identifiers([first])} is null then {value} end"
            selected.append(f'{value} as "{name}"')
    attributes = _attributes(unknown, present, around, judged)
    # A document's records differ in their keys: what one of them does not have is not listed as empty.
    if landed.source.is_of_documents and unknown:
        attributes = f"json_merge_patch(json('{{}}'), {attributes})"
    selected.append(f"{attributes} as attributes")
    selected.append("now()::timestamp as loaded_at")
    return f"select {', '.join(selected)} from landing{marked_orders(landed, present)}{judged.joins}"


def _kinds(columns: Iterable[RawColumn], present: Container[str]) -> dict[str, str]:
    """What the masks of a file's own columns look at, by column that has one; see ``judge_texts``."""
    looked_at = {"free_text": "free", "reason": "reason", "place": "place"}
    return {
        column.name: looked_at[column.handling]
        + ("_coded" if any(snake_case(header) in present for header in column.spared) else "")
        for column in columns
        if column.handling in looked_at and not column.items
    }


def handled(
    expression: str,
    column: RawColumn,
    key: bytes,
    present: Container[str],
    around: Surroundings = Surroundings(),  # noqa: B008 - it cannot be changed
    guarded: Guards | None = None,
) -> str:
    """SQL of a column's value as it is kept: whatever comes into ``raw`` for a column passes here.

    It calls the functions of ``pipelines.masking.functions``, which must be lent to the connection.

    Args:
        expression: SQL of the value as it stood in the file; ``item.<key>`` within a list.
        column: the column.
        key: the merchant's key; the SQL may hold it and must never be logged.
        present: names of the columns that the file has, of which a mask may read some.
        around: what a mask may look at beside the text.
        guarded: which columns that are kept as they are hold what does not belong there; None: not known, so all may.
    """
    if column.items:
        return _handled_items(expression, column, key, around)
    if column.handling == "identity":
        empty = "".join(f" when trim({expression}) = '{value}' then null" for value in column.empty_values)
        made = pseudonym(expression, column.kind, key)
        return f"case{empty} else {made} end" if empty else made
    if column.handling in ("free_text", "reason"):
        codes = [identifiers([snake_case(header)]) for header in column.spared if snake_case(header) in present]
        return (around.of_record if column.handling == "reason" else around).masked(expression, codes)
    if column.handling == "place":
        return around.masked_place(expression)
    if column.handling == "postcode":
        # Spreadsheets are told by a leading apostrophe that a postcode is text.
        written = f"trim(ltrim({expression}, ' '''))"
        return (
            f"case when regexp_full_match({written}, '[A-Za-z0-9 -]*[0-9][A-Za-z0-9 -]*') then left({written}, 3) end"
        )
    return (guarded or Guards()).guarded(
        expression, column.name, column.grammar, replace(around, spared="null::varchar").masked(expression)
    )


def _handled_items(expression: str, column: RawColumn, key: bytes, around: Surroundings) -> str:
    """A list of objects, each of its keys handled as it is declared."""
    kinds = ", ".join(f'"{item.name}": "VARCHAR"' for item in column.items)
    fields = ", ".join(f"{item.name} := {handled('item.' + item.name, item, key, (), around)}" for item in column.items)
    listed = f"from_json({expression}, '[{{{kinds}}}]')"
    return f"cast(to_json(list_transform({listed}, lambda item: struct_pack({fields}))) as varchar)"


def _attributes(names: list[str], headers: dict[str, str], around: Surroundings, judged: JudgedTexts) -> str:
    if not names:
        return "null::json"
    quoted = {name: identifiers([name]) for name in names}
    values = {name: judged.value(name, around.of_record.masked(quoted[name])) for name in names}
    pairs = ", ".join(f"{literal(headers[name])}, {value}" for name, value in values.items())
    is_empty = " and ".join(f"{name} is null" for name in quoted.values())
    return f"case when {is_empty} then null else json_object({pairs}) end"
