"""The queries of a bound mapping, for one file: written here, run by ``staging``.

``generic_source`` holds the file's records under the header's own names; ``generic_<entity>`` holds, for the
records that an entity takes, the contract's input columns, typed, and the number of the first problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.contracts import contract
from pipelines.contracts.base import Column, Contract
from pipelines.mapping.binding import RECORD, BoundMapping, quoted
from pipelines.mapping.model import MappedColumn, MappedEntity
from pipelines.mapping.values import Reading, expected_of, local_date, remedy_of, typed
from pipelines.quarantine.shown_field import shown_field
from pipelines.sql_text import literal


@dataclass(frozen=True)
class Problem:
    """Why an entity cannot take a record.

    Attributes:
        condition: SQL over the columns at hand, true where the problem exists.
        rule: stable name.
        column: name that a person looks for in the file.
        field: SQL of what stands there, or ``null``.
        expected: what should stand there.
        remedy: what to do.
    """

    condition: str
    rule: str
    column: str
    field: str
    expected: str
    remedy: str


def source_query(bound: BoundMapping, file_id: str, records: str = "raw.generic__records") -> str:
    """The records of a file in ``records``: header names, empty texts as NULL, ``__skip`` = the skip that takes it."""
    empty = ", ".join(literal(value) for value in ("", *bound.mapping.empty_values))
    columns = [
        f"case when trim(fields[{number}]) in ({empty}) then null else fields[{number}] end as {quoted(name)}"
        for number, name in enumerate(bound.header, 1)
    ]
    if RECORD not in {name.lower() for name in bound.header}:
        columns.append(f"{RECORD} as {RECORD}")
    rows = (
        "select record_number as __record_number, line_number as __line_number, "
        f"{', '.join(columns)} from {records} where file_id = {literal(file_id)}"
    )
    cases = " ".join(
        f"when coalesce(try({skip.where.sql}), false) then {number}"
        for number, skip in enumerate(bound.mapping.skips, 1)
    )
    skip = f"case {cases} end" if cases else "null::integer"
    return f"select *, {skip} as __skip from ({rows})"


def entity_query(bound: BoundMapping, entity: MappedEntity, reading: Reading) -> tuple[str, list[Problem]]:
    """The typed rows of one entity with ``__problem`` (1-based, NULL = none) and ``__field``.

    Returns:
        The query, and the problems in the order of their numbers.
    """
    declared = contract(entity.entity)
    problems = list(_problems(entity, declared, reading))
    cases = " ".join(f"when {problem.condition} then {number}" for number, problem in enumerate(problems, 1))
    fields = " ".join(f"when {number} then {problem.field}" for number, problem in enumerate(problems, 1))
    names = ", ".join(column.name for column in _stored(declared))
    query = f"""
        with texts as ({_texts(bound, entity)}),
        typed as (select *, {_typed(bound, entity, declared, reading)} from texts),
        dated as ({_dated(declared, reading)}),
        judged as (select *, case {cases} end as __problem from dated),
        told as (select *, case __problem {fields} end as field_at_fault from judged)
        select __record_number, __line_number, {names}, __problem,
            {shown_field("field_at_fault")} as __field
        from told
    """
    return query, problems


def _stored(declared: Contract) -> list[Column]:
    return list(declared.input_columns)


def _texts(bound: BoundMapping, entity: MappedEntity) -> str:
    columns = ["__record_number", "__line_number"]
    take = "true"
    if entity.where:
        columns.append(f"try(struct_pack(v := ({entity.where.sql}))) as __where")
        take = "(__where is null or struct_extract(__where, 'v'))"
    for column in entity.columns:
        if column.is_aggregate:
            continue
        if column.expression:
            columns.append(f"try(struct_pack(v := cast(({column.expression.sql}) as varchar))) as __x_{column.name}")
        columns.append(f"{_text(bound, column)} as __t_{column.name}")
    attributes = _attribute_names(bound, entity)
    columns.append(f"{_attributes(bound, attributes)} as attributes")
    first = _first_columns(entity)
    return f"select {', '.join(columns)}{first} from generic_source where __skip is null and {take}"


def _first_columns(entity: MappedEntity) -> str:
    """The text of the first source column of each expression, to show where it cannot be computed."""
    shown = [
        f"{quoted(column.expression.columns[0])}::varchar as __f_{column.name}"
        for column in entity.columns
        if column.expression and column.expression.columns and not column.is_aggregate
    ]
    return "".join(f", {text}" for text in shown)


def _attribute_names(bound: BoundMapping, entity: MappedEntity) -> tuple[str, ...]:
    if entity.attributes is not None:
        return tuple(bound.name(name) for name in entity.attributes)
    return () if entity.group_by_key else bound.unread


def _attributes(bound: BoundMapping, names: tuple[str, ...]) -> str:
    if not names:
        return "null::json"
    pairs = ", ".join(f"{literal(name)}, {quoted(name)}" for name in names)
    empty = " and ".join(f"{quoted(name)} is null" for name in names)
    return f"case when {empty} then null else json_object({pairs}) end"


def _text(bound: BoundMapping, column: MappedColumn) -> str:
    """SQL of a column's text, before it is typed."""
    if column.position_in:
        within = ", ".join(quoted(bound.name(name)) for name in column.position_in)
        position = f"row_number() over (partition by {within} order by __record_number)"
        return f"concat_ws('-', {within}, {position})" if column.is_joined else f"cast({position} as varchar)"
    if column.constant is not None:
        return literal(column.constant)
    if column.expression:
        # A column alias of the same select: DuckDB lets later columns read earlier ones.
        text = f"nullif(trim(struct_extract(__x_{column.name}, 'v')), '')"
    else:
        empty = "".join(f" when trim({{0}}) = {literal(value)} then null" for value in column.empty_values)
        names = [quoted(bound.name(name)) for name in column.columns]
        kept = [f"case{empty.format(name)} else {name} end" if empty else name for name in names]
        text = kept[0] if len(kept) == 1 else f"coalesce({', '.join(kept)})"
    if column.values:
        cases = " ".join(f"when {literal(key)} then {literal(value)}" for key, value in column.values.items())
        other = literal(column.otherwise) if column.otherwise is not None else text
        text = f"case when {text} is null then null else case lower(trim({text})) {cases} else {other} end end"
    return f"coalesce({text}, {literal(column.default)})" if column.default is not None else text


def _typed(bound: BoundMapping, entity: MappedEntity, declared: Contract, reading: Reading) -> str:
    columns = []
    for column in _stored(declared):
        mapped = entity.column(column.name)
        if column.name == "attributes":
            continue
        if mapped is None or mapped.is_aggregate:
            columns.append(f"null::{column.type} as __k_{column.name}")
        else:
            text = f"__t_{column.name}"
            if column.type != "varchar" or column.values or column.name.endswith("_id") or column.name == "sku":
                text = f"trim({text})"
            value = typed(text, column, reading, is_written_by_us=_is_typed(bound, entity, mapped))
            columns.append(f"cast({value} as {column.type}) as __k_{column.name}")
    return ", ".join(columns)


def _is_typed(bound: BoundMapping, entity: MappedEntity, mapped: MappedColumn) -> bool:
    if mapped.constant is not None or mapped.position_in:
        return True
    return bound.types.get((entity.entity, mapped.name), "VARCHAR") != "VARCHAR"


def _dated(declared: Contract, reading: Reading) -> str:
    """Local dates that nothing states follow from their time."""
    names = {column.name for column in declared.input_columns}
    columns = []
    for column in _stored(declared):
        twin = f"{column.name.removesuffix('_date')}_at"
        if column.name == "attributes":
            continue
        if column.name.endswith("_date") and twin in names:
            made = f"coalesce(__k_{column.name}, {local_date(f'__k_{twin}', reading)})"
            columns.append(f"{made} as {column.name}")
        else:
            columns.append(f"__k_{column.name} as {column.name}")
    return f"select *, {', '.join(columns)} from typed"


def _problems(entity: MappedEntity, declared: Contract, reading: Reading) -> Iterator[Problem]:
    if entity.where:
        yield Problem(
            "__where is null",
            "where_not_computed",
            ", ".join(entity.where.columns),
            "null",
            f"a record for which `{entity.where.sql}` can be computed",
            "correct the record, or the condition in the mapping",
        )
    columns = [(column, entity.column(column.name)) for column in declared.input_columns if column.name != "attributes"]
    # What cannot be read comes first: a date may be missing because its time cannot be read.
    for column, mapped in columns:
        if mapped and not mapped.is_aggregate:
            yield from _reading_problems(column, mapped, reading)
    for column, mapped in columns:
        if not (mapped and mapped.is_aggregate):
            yield from _value_problems(entity, column, mapped)
    for name, check in declared.checks.items():
        yield Problem(
            f"not coalesce(({check}), true)",
            name,
            name,
            "null",
            f"`{check}`",
            "correct the record and load it again",
        )


def _reading_problems(column: Column, mapped: MappedColumn, reading: Reading) -> Iterator[Problem]:
    name, shown = column.name, ", ".join(mapped.sources) or column.name
    if mapped.expression:
        yield Problem(
            f"__x_{name} is null",
            f"{name}_not_computed",
            shown,
            f"__f_{name}" if mapped.expression.columns else "null",
            f"a record for which `{mapped.expression.sql}` can be computed",
            "correct the value, or the expression in the mapping",
        )
    if column.type != "varchar" or column.values:
        kind = "in_list" if column.values else column.type.partition("(")[0]
        yield Problem(
            f"nullif(trim(__t_{name}), '') is not null and __k_{name} is null",
            f"{name}_not_{kind}",
            shown,
            _field(column, mapped),
            expected_of(column, reading),
            remedy_of(column),
        )


def _value_problems(entity: MappedEntity, column: Column, mapped: MappedColumn | None) -> Iterator[Problem]:
    name, shown = column.name, _shown(entity, column, mapped)
    if column.is_required:
        yield Problem(
            f"{name} is null", f"{name}_missing", shown, "null", column.description, f"give the record its {shown}"
        )
    if mapped and (column.minimum is not None or column.maximum is not None):
        least, most = _bound(column.minimum), _bound(column.maximum)
        tests = [f"{name} < {least}"] * bool(least) + [f"{name} > {most}"] * bool(most)
        words = [f"at least {least}"] * bool(least) + [f"at most {most}"] * bool(most)
        yield Problem(
            f"({' or '.join(tests)})",
            f"{name}_out_of_range",
            shown,
            _field(column, mapped),
            " and ".join(words),
            "correct the value, or leave such records out of the table with where",
        )


def _bound(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}"


def _shown(entity: MappedEntity, column: Column, mapped: MappedColumn | None) -> str:
    """What a person looks for in the file: the source columns, its time's for a date, else the contract's name."""
    twin = mapped or entity.column(f"{column.name.removesuffix('_date')}_at")
    return ", ".join(twin.sources) if twin and twin.sources else column.name


def _field(column: Column, mapped: MappedColumn | None) -> str:
    return f"__t_{column.name}" if mapped and column.privacy != "identity" else "null"
