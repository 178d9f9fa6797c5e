"""Corrected words that came before the names of their order: masked again once a file states these, as raw texts are.

And the other way round: a record whose order was corrected is held against the names that files state for that order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.ingest import staging
from pipelines.ledger import ORDER_NAMES
from pipelines.masking.functions import masking
from pipelines.masking.text import ONLY_MARKS
from pipelines.privacy import merchant_key
from pipelines.quarantine.correctable import WORDS, correctable_of
from pipelines.quarantine.corrected_orders import order_of
from pipelines.quarantine.mended_records import CELLS, mended_rows
from pipelines.sources import source_named
from pipelines.sql_text import literal, literals

if TYPE_CHECKING:
    from pipelines.warehouse import Warehouse


def mask_cells_again(warehouse: Warehouse, merchant_id: str) -> int:
    """Hold corrected words against the marks in ``new_order_names``; what changed is staged and merged anew.

    It calls ``mask_text`` of ``pipelines.masking.functions``.

    Returns:
        Cells that changed.
    """
    if not warehouse.has_table(CELLS):
        return 0
    connection = warehouse.connection
    files = connection.execute(
        "select file_id, source, header, mapping, file_name from raw.files where merchant_id = $1 and file_id in"
        f" (select of_file_id from {CELLS} where corrected is not null) order by file_sequence",
        [merchant_id],
    ).fetchall()
    count = 0
    for file_id, source_name, *of_file in files:
        source = source_named(source_name)
        order = order_of(source, *of_file)
        words = [name for name, column in correctable_of(warehouse, file_id).items() if column.handling in WORDS]
        if not order or not words:
            continue
        rows = mended_rows(connection, source, [file_id])
        connection.execute(
            "create or replace temp table masked_cells as select * from (select cells.file_id, cells.record_number,"
            f" corrected, mask_text(corrected, null, {literal(ONLY_MARKS)}, marks) as masked from {CELLS} as cells"
            f" join (select record_number, trim({order}) as of_order from {rows} where file_id = {literal(file_id)})"
            " as corrected_rows on try_cast(cells.of_record as bigint) = corrected_rows.record_number"
            " join (select order_id as named_order, marks from new_order_names) on named_order = of_order"
            f" where of_file_id = {literal(file_id)} and of_column in ({literals(words)}) and corrected is not null)"
            " where masked <> corrected"
        )
        changed = connection.execute("select file_id, count(*) from masked_cells group by all order by 1").fetchall()
        if changed:
            connection.execute(
                f"update {CELLS} as cells set corrected = masked from masked_cells where"
                " cells.file_id = masked_cells.file_id and cells.record_number = masked_cells.record_number"
            )
            staging.stage_anew(warehouse, source_named("corrections"), [name for name, _ in changed])
            staging.stage_anew(warehouse, source, [file_id])
            connection.execute("update raw.files set merged_at = null where file_id = $1", [file_id])
            count += sum(number for _, number in changed)
        connection.execute("drop table masked_cells")
    return count


def mask_by_corrected_orders(warehouse: Warehouse, merchant_id: str, file_id: str) -> None:
    """Hold texts of records whose order was corrected against the names that files state for that order.

    Names that the file stated under what it took for the order before count for the corrected one, too.
    """
    from pipelines.ingest.masking_again import mask_again

    connection = warehouse.connection
    row = warehouse.one("select source, header, mapping, file_name from raw.files where file_id = $1", [file_id])
    source = source_named(row[0]) if row else None
    order = order_of(source, *row[1:]) if row and source else ""
    if not order or source is None:
        return
    table, of_file = f"raw.{source.raw_table}", f"where file_id = {literal(file_id)}"
    moved = (
        f"select before.of_order as wrong, after.of_order as named_order from (select record_number, trim({order}) as"
        f" of_order from {table} {of_file}) as before join (select record_number, trim({order}) as of_order from"
        f" {mended_rows(connection, source, [file_id])} {of_file}) as after using (record_number)"
        " where before.of_order is distinct from after.of_order and after.of_order <> ''"
    )
    connection.execute(f"create or replace temp table moved_orders as select distinct * from ({moved})")
    names, whose = ORDER_NAMES.full_name, f"merchant_id = {literal(merchant_id)}"
    connection.execute(
        f"insert into {names} by name select merchant_id, named_order as order_id, marks from (select distinct"
        f" merchant_id, named_order, marks from {names} join moved_orders on order_id = wrong where {whose})"
        f" where (merchant_id, named_order, marks) not in (select (merchant_id, order_id, marks) from {names})"
    )
    connection.execute(
        "create or replace temp table new_order_names as select merchant_id, order_id,"
        f" list_distinct(flatten(list(marks))) as marks from {names} where {whose}"
        " and order_id in (select named_order from moved_orders) group by all"
    )
    ((count,),) = connection.execute("select count(*) from new_order_names").fetchall()
    connection.execute("drop table moved_orders")
    if count:
        with masking(connection, merchant_key(warehouse.settings.key, merchant_id)):
            mask_again(warehouse, merchant_id)
