"""Texts that came before the names of their order: they are masked again once a file states these.

So the order of files does not matter: whatever comes last, the same words are masked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.ingest import staging
from pipelines.masking.text import ONLY_MARKS
from pipelines.quarantine.corrected_orders import order_field
from pipelines.quarantine.masked_cells import mask_cells_again
from pipelines.quarantine.mended_records import mended_rows
from pipelines.sources import all_sources
from pipelines.sql_text import identifiers, literal, literals

if TYPE_CHECKING:
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse


def mask_again(warehouse: Warehouse, merchant_id: str) -> int:
    """Hold loaded texts against the marks that the file at hand brought (``new_order_names``).

    It calls ``mask_text`` of ``pipelines.masking.functions``. Files in which something changed are staged anew, and
    merged anew by the next build.

    Returns:
        Rows that changed.
    """
    count = 0
    for source in all_sources().values():
        if source.is_held_against_orders and warehouse.has_table(f"raw.{source.raw_table}"):
            for order, texts, files in _places(warehouse, source, merchant_id):
                count += _mask(warehouse, source, order, texts, files)
    count += mask_cells_again(warehouse, merchant_id)
    warehouse.connection.execute("drop table if exists new_order_names")
    return count


def _places(warehouse: Warehouse, source: Source, merchant_id: str) -> list[tuple[str, dict[str, str], list[str]]]:
    """What names the order, each text with the expression of it, and the files in which they stand so."""
    files = [
        row[0]
        for row in warehouse.connection.execute(
            "select file_id from raw.files where merchant_id = $1 and source = $2", [merchant_id, source.name]
        ).fetchall()
    ]
    if not files:
        return []
    if source.columns:
        texts = [column.name for column in source.columns if column.handling == "free_text"]
        named = {name: identifiers([name]) for name in texts}
        orders = ", ".join(identifiers([name]) for name in source.order_columns)
        return [(f"coalesce({orders})", named, files)]
    return [place for file_id in files if (place := _generic_place(warehouse, file_id))]


def _generic_place(warehouse: Warehouse, file_id: str) -> tuple[str, dict[str, str], list[str]] | None:
    import json

    from pipelines.mapping.staging import mapping_from_json

    row = warehouse.one("select mapping, header, file_name from raw.files where file_id = $1", [file_id])
    if not row or not row[0]:
        return None
    bound = mapping_from_json(row[0], json.loads(row[1]), row[2])
    texts = {
        f"field_{number}": f"fields[{number}]" for number, keeping in enumerate(bound.keepings, 1) if keeping.is_words
    }
    order = order_field(bound)
    return (order, texts, [file_id]) if order and texts else None


def _fields(warehouse: Warehouse, file_id: str, texts: dict[str, str]) -> str:
    """SQL of a generic record's fields, the masked ones in their places."""
    row = warehouse.one("select len(fields) from raw.generic__records where file_id = $1 limit 1", [file_id])
    names = [f"field_{number}" for number in range(1, (row[0] if row else 0) + 1)]
    shown = (
        f"masked_again.new_{name}" if name in texts else f"masked_again.fields[{n}]" for n, name in enumerate(names, 1)
    )
    return f"cast([{', '.join(shown)}] as varchar[])"


def _ordered(warehouse: Warehouse, source: Source, order: str, files: list[str]) -> str:
    """Query of the raw rows of some files and of the order that each names, as corrections mended it."""
    table = f"raw.{source.raw_table}"
    of_files = f"file_id in ({literals(files)})"
    mended = mended_rows(warehouse.connection, source, files)
    if mended == table:
        return f"select *, trim({order}) as of_order from {table} where {of_files}"
    return (
        f"select raw_rows.*, of_order from {table} as raw_rows join (select file_id, record_number,"
        f" trim({order}) as of_order from {mended} where {of_files}) using (file_id, record_number)"
    )


def _mask(warehouse: Warehouse, source: Source, order: str, texts: dict[str, str], files: list[str]) -> int:
    table, connection = f"raw.{source.raw_table}", warehouse.connection
    masked = ", ".join(
        f"case when {text} is not null then mask_text({text}, null, {literal(ONLY_MARKS)}, marks) end as new_{name}"
        for name, text in texts.items()
    )
    rows = _ordered(warehouse, source, order, files)
    differs = " or ".join(f"new_{name} is distinct from {text}" for name, text in texts.items())
    connection.execute(
        f"create or replace temp table masked_again as select * from (select raw_rows.*, {masked}"
        f" from ({rows}) as raw_rows join (select order_id as named_order, marks from new_order_names)"
        " on named_order = of_order)"
        f" where {differs}"
    )
    changed = dict(connection.execute("select file_id, count(*) from masked_again group by all").fetchall())
    if changed:
        if source.columns:
            assignments = ", ".join(f"{identifiers([name])} = masked_again.new_{name}" for name in texts)
        else:
            assignments = f"fields = {_fields(warehouse, files[0], texts)}"
        connection.execute(
            f"update {table} set {assignments} from masked_again where {table}.file_id = masked_again.file_id"
            f" and {table}.record_number = masked_again.record_number"
        )
        staging.stage_anew(warehouse, source, sorted(changed))
        connection.execute(f"update raw.files set merged_at = null where file_id in ({literals(changed)})")
    connection.execute("drop table masked_again")
    return sum(changed.values())
