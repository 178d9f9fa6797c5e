"""Learning anew where something changed: merchant by merchant, so that nobody's rows, or failure, reach another.

What a model reads of a merchant is known by its hash; where that, the code and the borrowed priors are as they were,
the rows that it wrote stay. One merchant's failure keeps its last good rows and holds that merchant alone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipelines.builds import built, enter_build, forget_builds
from pipelines.learning import all_learned_models
from pipelines.learning.declaration import ReadingModel
from pipelines.learning.notes import Note, digest, enter_note, failures, inputs_of, last_notes, own_hashes
from pipelines.learning.reading import read_items
from pipelines.memory import atomically
from pipelines.settings import is_traceback_wanted
from pipelines.staleness import forget_readers, mark_changed_parts, mark_dirty, part_columns
from pipelines.stated_tables import MERCHANT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars

    from pipelines.learning.declaration import LearnedModel, Model
    from pipelines.tables import Table
    from pipelines.warehouse import Warehouse


def learn(warehouse: Warehouse, *, is_full: bool = False) -> Iterator[tuple[str, int]]:
    """Learn every model whose code or inputs changed, in an order in which each follows what it reads.

    Args:
        warehouse: the open warehouse, in no transaction.
        is_full: learn every merchant, whatever it was learned from.

    Yields:
        Name of each model that was looked at, and how many merchants were learned.
    """
    for model in all_learned_models().values():
        is_new = [_ensure(warehouse, table) for table in model.tables]
        # Looked up each time: what was learned before may have made this one stale.
        if is_full or any(is_new) or built(warehouse).get(model.entry) != model.code_hash:
            is_anew = is_full or any(is_new)
            if isinstance(model, ReadingModel):
                count = read_items(warehouse, model, is_full=is_anew)
            else:
                count = _learn(warehouse, model, is_full=is_anew)
            _enter(warehouse, model)
            yield model.name, count


def _ensure(warehouse: Warehouse, table: Table) -> bool:
    """Create a learned table; one that has other columns, from before an upgrade, is made anew and empty.

    Its rows are nobody's but the model's, which learns them again.

    Returns:
        Whether it was created.
    """
    is_there = warehouse.has_table(table.full_name)
    declared = [(column.name, column.type.lower()) for column in table.columns]
    if is_there and warehouse.columns_of(table.full_name) == declared:
        return False
    with warehouse.transaction():
        warehouse.connection.execute(f"drop table if exists {table.full_name}")
        warehouse.ensure(table)
        if is_there:
            mark_dirty(warehouse, [table])
            forget_readers(warehouse, table.full_name)
    return True


def _enter(warehouse: Warehouse, model: Model) -> None:
    with warehouse.transaction():
        if any(name == model.name for name, _ in failures(warehouse)):
            # The next build tries again.
            forget_builds(warehouse, (model.entry,))
        else:
            enter_build(warehouse, model.entry, model.code_hash)


def _learn(warehouse: Warehouse, model: LearnedModel, *, is_full: bool) -> int:
    known = last_notes(warehouse, model)
    last = {} if is_full else known
    queries = {**model.inputs, **model.kept}
    own = own_hashes(warehouse, model)
    priors = _priors(warehouse, model, own, last)
    count = 0
    for merchant_id in sorted(own.keys() | known.keys()):
        borrowed = [text for other, text in sorted(priors.items()) if other != merchant_id and merchant_id in priors]
        input_hash = digest(own.get(merchant_id, ""), *borrowed)
        if merchant_id in last and last[merchant_id].input_hash == input_hash:
            continue
        note = Note(input_hash, own.get(merchant_id, ""), priors.get(merchant_id))
        if merchant_id not in own:
            atomically(warehouse, partial(_forget, warehouse, model, merchant_id))
            continue
        try:
            frames = model.learn(inputs_of(warehouse, queries, merchant_id), borrowed)
            atomically(warehouse, partial(_write, warehouse, model, merchant_id, frames, note))
        except Exception as error:
            # Whatever a merchant's rows do to a model must not stop the others.
            if is_traceback_wanted():
                raise
            enter_note(warehouse, model, merchant_id, Note(), failure=type(error).__name__)
        else:
            count += 1
    return count


def _priors(
    warehouse: Warehouse, model: LearnedModel, own: Mapping[str, str], last: Mapping[str, Note]
) -> dict[str, str]:
    """What each merchant that shares lends, made from its own rows alone: nobody lends on what was borrowed."""
    if model.prior is None:
        return {}
    rows = warehouse.connection.execute(
        f"select merchant_id from {MERCHANT_SETTINGS.full_name} where share_priors order by merchant_id"
    ).fetchall()
    lent = {}
    for (merchant_id,) in rows:
        before = last.get(merchant_id)
        if merchant_id in own and before and before.own_hash == own[merchant_id] and before.prior:
            lent[merchant_id] = before.prior
        elif merchant_id in own:
            try:
                lent[merchant_id] = model.prior(inputs_of(warehouse, dict(model.inputs), merchant_id))
            except Exception:
                # It is told where the merchant itself is learned.
                if is_traceback_wanted():
                    raise
    return lent


def _write(
    warehouse: Warehouse, model: LearnedModel, merchant_id: str, frames: Mapping[str, polars.DataFrame], note: Note
) -> None:
    """Put what was learned of a merchant in the place of what was."""
    for table in model.tables:
        _replace_rows(warehouse, table, merchant_id, frames[table.name])
    enter_note(warehouse, model, merchant_id, note)


def _replace_rows(warehouse: Warehouse, table: Table, merchant_id: str, frame: polars.DataFrame) -> None:
    connection = warehouse.connection
    own = table.columns[1:]
    wanted = ", ".join(f"{column.name}::{column.type} as {column.name}" for column in own)
    connection.register("learned_rows", frame.select(column.name for column in own).to_arrow())
    try:
        connection.execute(
            f"create or replace temp table learned as select $1::varchar as merchant_id, {wanted} from learned_rows",
            [merchant_id],
        )
    finally:
        connection.unregister("learned_rows")
    connection.execute(
        f"create or replace temp table learned_before as select * from {table.full_name} where merchant_id = $1",
        [merchant_id],
    )
    if not mark_changed_parts(warehouse, table, "learned_before", "learned"):
        return
    # Of a large table most months are as they were.
    _, month = part_columns(table)
    differs = f"coalesce({month}, date '0001-01-01') in (select coalesce(month, date '0001-01-01') from changed_parts)"
    connection.execute(f"delete from {table.full_name} where merchant_id = $1 and {differs}", [merchant_id])
    connection.execute(f"insert into {table.full_name} by name select * from learned where {differs} order by all")
    forget_readers(warehouse, table.full_name)


def _forget(warehouse: Warehouse, model: LearnedModel, merchant_id: str) -> None:
    """Remove what was learned of a merchant of whom there is nothing left to learn from."""
    for table in model.tables:
        empty = warehouse.connection.sql(f"select * from {table.full_name} limit 0").pl()
        _replace_rows(warehouse, table, merchant_id, empty)
    enter_note(warehouse, model, merchant_id, None)
