"""Items that a model reads once: those that came, or all where the reader is another; what is gone is forgotten.

Comments are the case: a million of them take minutes. They are read in batches, each committed by itself, so a build
that was killed goes on from there; what an earlier version read stays until the new one has read everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.learning.notes import Note, enter_note, inputs_of, last_notes
from pipelines.progress import say
from pipelines.settings import is_traceback_wanted
from pipelines.staleness import forget_readers, mark_rows

if TYPE_CHECKING:
    from pipelines.learning.declaration import Reader, ReadingModel
    from pipelines.warehouse import Warehouse

BATCH = 20_000
"""Items that are in memory at a time."""

VERSION = "model_version"


def read_items(warehouse: Warehouse, model: ReadingModel, *, is_full: bool) -> int:
    """Read every merchant's items that were not read by the reader of now.

    Args:
        warehouse: the open warehouse, in no transaction.
        model: what reads.
        is_full: read everything again.

    Returns:
        Merchants whose rows changed. One whose items break the reader keeps its last good rows, with a note.
    """
    owners = warehouse.connection.execute(f"select distinct merchant_id from ({model.items})").fetchall()
    count = 0
    for merchant_id in sorted({merchant_id for (merchant_id,) in owners} | last_notes(warehouse, model).keys()):
        version = ""
        try:
            reader = model.reader(inputs_of(warehouse, dict(model.inputs), merchant_id))
            version = reader.version
            count += _read_merchant(warehouse, model, merchant_id, reader, is_full=is_full)
        except Exception as error:
            # Whatever a merchant's items do to a model must not stop the others.
            if is_traceback_wanted():
                raise
            _take_back(warehouse, model, merchant_id, version)
            enter_note(warehouse, model, merchant_id, Note(), failure=type(error).__name__)
    return count


def _read_merchant(
    warehouse: Warehouse, model: ReadingModel, merchant_id: str, reader: Reader, *, is_full: bool
) -> bool:
    table, key = model.tables[0].full_name, model.tables[0].key[1]
    if is_full:
        warehouse.connection.execute(f"delete from {table} where merchant_id = $1", [merchant_id])
    warehouse.connection.execute(
        f"create or replace temp table items as select distinct on ({key}) * exclude (merchant_id)"
        f" from ({model.items}) where merchant_id = $1 and {key} is not null",
        [merchant_id],
    )
    warehouse.connection.execute(
        f"create or replace temp table unread as select items.*, row_number() over (order by {key}) as place"
        f" from items anti join (select {key} from {table} where merchant_id = $1 and {VERSION} = $2) using ({key})",
        [merchant_id, reader.version],
    )
    total = warehouse.row_count("unread")
    for first in range(0, total, BATCH):
        _read_batch(warehouse, model, merchant_id, reader, first)
        if total > BATCH:
            say(f"{model.name} of {merchant_id}: {min(first + BATCH, total):,} of {total:,}")
    with warehouse.transaction():
        gone = warehouse.connection.execute(
            f"delete from {table} where merchant_id = $1"
            f" and ({VERSION} <> $2 or {key} not in (select {key} from items)) returning 1",
            [merchant_id, reader.version],
        ).fetchall()
        if total or gone:
            mark_rows(warehouse, model.tables[0], f"(select * from {table} where merchant_id = '{merchant_id}')")
            forget_readers(warehouse, table)
        is_left = warehouse.row_count("items") > 0
        enter_note(warehouse, model, merchant_id, Note(reader.version) if is_left else None)
    return bool(total or gone)


def _read_batch(warehouse: Warehouse, model: ReadingModel, merchant_id: str, reader: Reader, first: int) -> None:
    import polars as pl

    (table,) = model.tables
    items = warehouse.connection.sql(
        f"select * exclude (place) from unread where place > {first} and place <= {first + BATCH} order by place"
    ).pl()
    found = reader.read(items).with_columns(items[table.key[1]], pl.lit(reader.version).alias(VERSION))
    own = table.columns[1:]
    wanted = ", ".join(f"{column.name}::{column.type} as {column.name}" for column in own)
    warehouse.connection.register("read_rows", found.select(column.name for column in own).to_arrow())
    try:
        with warehouse.transaction():
            warehouse.connection.execute(
                f"insert into {table.full_name} by name select $1::varchar as merchant_id, {wanted} from read_rows",
                [merchant_id],
            )
    finally:
        warehouse.connection.unregister("read_rows")


def _take_back(warehouse: Warehouse, model: ReadingModel, merchant_id: str, version: str) -> None:
    """Remove what an unfinished version read where an earlier one's rows are whole."""
    table = model.tables[0].full_name
    row = warehouse.one(
        f"select count(*) from {table} where merchant_id = $1 and {VERSION} <> $2", [merchant_id, version]
    )
    if row and row[0]:
        warehouse.connection.execute(
            f"delete from {table} where merchant_id = $1 and {VERSION} = $2", [merchant_id, version]
        )
