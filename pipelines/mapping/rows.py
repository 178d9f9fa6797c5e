"""Staged rows of one entity from its typed records: keys grouped where many records make a row, words mapped.

What a contract calls derived (``is_input = False``) and a single file can tell is derived here: statuses in one
vocabulary, the customer's key, amounts in the merchant's currency.
"""

from __future__ import annotations

from pipelines.contracts import contract
from pipelines.contracts.base import PROVENANCE, Column, Contract
from pipelines.mapping.binding import BoundMapping
from pipelines.mapping.model import MappedColumn, MappedEntity
from pipelines.mapping.values import Reading, status_of, typed
from pipelines.sql_text import literal
from pipelines.tables import Table

RECORDS = Table(
    schema="staging",
    name="generic__records",
    description="What became of every record of a generic file that was not quarantined.",
    grain="record of a file",
    key=("file_id", "record_number"),
    columns=(
        *PROVENANCE,
        Column(
            "disposition",
            "varchar",
            "`mapped`: a table took it; `skipped`: a [[skip]] did; `no_table`: none did.",
        ),
        Column("reason", "varchar", "Why the mapping leaves it out, in the mapping's words."),
    ),
    load="merge",
    is_published=False,
)


def staging_table(entity: str) -> Table:
    """The declared staging table of an entity from generic files."""
    declared = contract(entity)
    return Table(
        schema="staging",
        name=f"generic__{entity}",
        description=f"{declared.description} From generic files, typed.",
        grain=", ".join(("merchant_id", "file_id", *declared.key)),
        key=("merchant_id", "file_id", "record_number"),
        columns=(*PROVENANCE, *declared.columns),
        load="merge",
        is_published=False,
    )


def rows_query(
    bound: BoundMapping,
    entity: MappedEntity,
    reading: Reading,
    merchant_id: str,
    file_id: str,
    currency_code: str,
) -> str:
    """The rows of ``staging.generic__<entity>`` from ``generic_<entity>`` and ``generic_rejected``."""
    declared = contract(entity.entity)
    kept = (
        f"select * from generic_{entity.entity} where __record_number not in "
        "(select record_number from generic_rejected)"
    )
    rows = _grouped(bound, entity, declared, reading, kept) if entity.group_by_key else kept
    derived = _derived(entity.entity, currency_code)
    selected = [
        f"{literal(merchant_id)} as merchant_id",
        f"{literal(file_id)} as file_id",
        "__record_number as record_number",
        "__line_number as line_number",
    ]
    for column in declared.columns:
        value = column.name if column.is_input else derived.get(column.name, "null")
        selected.append(f"cast({value} as {column.type}) as {column.name}")
    selected.append("null::varchar as rejected_rule")
    return f"select {', '.join(selected)} from ({rows})"


def conflicts_query(entity: MappedEntity) -> tuple[str, list[str]]:
    """For a grouped entity, keys within which a column's values differ, per column, and the number of keys.

    Returns:
        The query of one row (a count a column, then the keys), and the columns.
    """
    key = ", ".join(contract(entity.entity).key)
    names = [name for name in _plain(entity) if name not in contract(entity.entity).key]
    counts = "".join(f"count(*) filter (where is_different_{name}), " for name in names)
    flags = "".join(f", min({name}) is distinct from max({name}) as is_different_{name}" for name in names)
    return (
        f"select {counts}count(*) from (select {key}{flags} from generic_{entity.entity} where __record_number "
        f"not in (select record_number from generic_rejected) group by {key})",
        names,
    )


def repeats_query(entity: str) -> str:
    """Records beyond the first of each key, for an entity that is not grouped."""
    key = ", ".join(contract(entity).key)
    return (
        f"select coalesce(sum(n - 1), 0) from (select count(*) as n from generic_{entity} where __record_number "
        f"not in (select record_number from generic_rejected) group by {key})"
    )


def _plain(entity: MappedEntity) -> list[str]:
    return [column.name for column in entity.columns if not column.is_aggregate]


def _grouped(bound: BoundMapping, entity: MappedEntity, declared: Contract, reading: Reading, kept: str) -> str:
    """One row a key: plain columns from the first record that has them, aggregates over all records."""
    key = ", ".join(declared.key)
    sums = [column for column in entity.columns if column.is_aggregate]
    names = {column.name for column in sums}
    firsts = ", ".join(
        f"arg_min({column.name}, __record_number) as {column.name}"
        for column in declared.input_columns
        if column.name not in declared.key and column.name not in names
    )
    grouped = (
        f"select {key}, {firsts}, min(__record_number) as __record_number, min(__line_number) as __line_number "
        f"from kept group by {key}"
    )
    if not sums:
        return f"with kept as ({kept}) {grouped}"
    keys = ", ".join(f"kept.{name} as __key_{name}" for name in declared.key)
    aggregates = ", ".join(f"({_sql(column)}) as __s_{column.name}" for column in sums)
    results = ", ".join(_result(bound, entity, declared.column(column.name), reading) for column in sums)
    group = ", ".join(f"__key_{name}" for name in declared.key)
    on = " and ".join(f"grouped.{name} = summed.__key_{name}" for name in declared.key)
    return (
        f"with kept as ({kept}), grouped as ({grouped}), "
        f"paired as (select {keys}, generic_source.* from kept join generic_source using (__record_number)), "
        f"summed as (select {group}, {aggregates} from paired group by {group}) "
        f"select grouped.*, {results} from grouped join summed on {on}"
    )


def _sql(column: MappedColumn) -> str:
    return column.expression.sql if column.expression else "null"


def _result(bound: BoundMapping, entity: MappedEntity, column: Column, reading: Reading) -> str:
    is_typed = bound.types.get((entity.entity, column.name)) != "VARCHAR"
    text = f"cast(summed.__s_{column.name} as varchar)"
    return f"cast({typed(text, column, reading, is_written_by_us=is_typed)} as {column.type}) as {column.name}"


def _derived(entity: str, currency_code: str) -> dict[str, str]:
    is_own = f"currency_code = {literal(currency_code)}"
    if entity == "orders":
        return {
            "customer_key": "coalesce(customer_email, customer_id, customer_phone)",
            "status": status_of("status_raw", entity),
            "money_basis": "'not_checked'",
            "total_merchant_amount": f"case when exchange_rate > 0 then total_amount / exchange_rate "
            f"when {is_own} then total_amount end",
        }
    if entity == "return_lines":
        return {"status": status_of("status_raw", entity)}
    if entity == "order_lines":
        return {"line_total_merchant_amount": f"case when {is_own} then line_total_amount end"}
    if entity == "refunds":
        return {"refund_merchant_amount": f"case when {is_own} then refund_amount end"}
    return {}
