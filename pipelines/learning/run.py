"""Learning anew where something changed: merchant by merchant, so that nobody's rows, or failure, reach another.

What a model reads of a merchant is known by its hash; where that, the code and the borrowed priors are as they were,
the rows that it wrote stay. One merchant's failure keeps its last good rows and holds that merchant alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipelines.builds import built, enter_build, forget_builds
from pipelines.learning import all_learned_models
from pipelines.ledger import LEARNED
from pipelines.memory import atomically
from pipelines.settings import is_traceback_wanted
from pipelines.staleness import forget_readers, mark_changed_parts, mark_dirty
from pipelines.stated_tables import MERCHANT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars

    from pipelines.learning.declaration import LearnedModel
    from pipelines.tables import Table
    from pipelines.warehouse import Warehouse


@dataclass(frozen=True)
class _Last:
    """What a model had last learned a merchant from."""

    input_hash: str
    own_hash: str
    prior: str | None


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
            yield model.name, _learn(warehouse, model, is_full=is_full or any(is_new))


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


def _learn(warehouse: Warehouse, model: LearnedModel, *, is_full: bool) -> int:
    last = {} if is_full else _last(warehouse, model)
    own = _own_hashes(warehouse, model)
    priors = _priors(warehouse, model, own, last)
    count = 0
    for merchant_id in sorted(own.keys() | _known(warehouse, model)):
        borrowed = [text for other, text in sorted(priors.items()) if other != merchant_id and merchant_id in priors]
        input_hash = _digest(own.get(merchant_id, ""), *borrowed)
        if merchant_id in last and last[merchant_id].input_hash == input_hash:
            continue
        note = _Last(input_hash, own.get(merchant_id, ""), priors.get(merchant_id))
        if merchant_id not in own:
            atomically(warehouse, partial(_forget, warehouse, model, merchant_id))
            continue
        try:
            frames = model.learn(_inputs(warehouse, model, merchant_id), borrowed)
            atomically(warehouse, partial(_write, warehouse, model, merchant_id, frames, note))
        except Exception as error:
            # Whatever a merchant's rows do to a model must not stop the others.
            if is_traceback_wanted():
                raise
            _note(warehouse, model, merchant_id, _Last("", "", None), failure=type(error).__name__)
        else:
            count += 1
    with warehouse.transaction():
        if any(name == model.name for name, _ in failures(warehouse)):
            # The next build tries again.
            forget_builds(warehouse, (model.entry,))
        else:
            enter_build(warehouse, model.entry, model.code_hash)
    return count


def failures(warehouse: Warehouse) -> dict[tuple[str, str], str]:
    """Models that could not be learned, by model and merchant: what they ended with; its words may hold values."""
    rows = warehouse.connection.execute(
        f"select model_name, merchant_id, failure from {LEARNED.full_name} where failure is not null order by all"
    ).fetchall()
    return {(name, merchant_id): failure for name, merchant_id, failure in rows}


def _last(warehouse: Warehouse, model: LearnedModel) -> dict[str, _Last]:
    rows = warehouse.connection.execute(
        f"select merchant_id, input_hash, own_hash, prior from {LEARNED.full_name} where model_name = $1", [model.name]
    ).fetchall()
    return {merchant_id: _Last(*rest) for merchant_id, *rest in rows}


def _known(warehouse: Warehouse, model: LearnedModel) -> set[str]:
    """Merchants who may have rows of the model."""
    rows = warehouse.connection.execute(
        f"select merchant_id from {LEARNED.full_name} where model_name = $1", [model.name]
    ).fetchall()
    return {merchant_id for (merchant_id,) in rows}


def _own_hashes(warehouse: Warehouse, model: LearnedModel) -> dict[str, str]:
    """By merchant who is to be learned: hash over code and inputs."""
    found: dict[str, dict[str, str]] = {}
    for name, query in model.inputs.items():
        rows = warehouse.connection.execute(
            "select merchant_id, count(*), sum(hash(input)), bit_xor(hash(input))"
            f" from ({query}) as input group by merchant_id"
        ).fetchall()
        found[name] = {merchant_id: f"{rest}" for merchant_id, *rest in rows}
    who = found[next(iter(model.inputs))]
    return {
        merchant_id: _digest(model.code_hash, *(found[name].get(merchant_id, "") for name in model.inputs))
        for merchant_id in who
    }


def _priors(
    warehouse: Warehouse, model: LearnedModel, own: Mapping[str, str], last: Mapping[str, _Last]
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
                lent[merchant_id] = model.prior(_inputs(warehouse, model, merchant_id))
            except Exception:
                # It is told where the merchant itself is learned.
                if is_traceback_wanted():
                    raise
    return lent


def _inputs(warehouse: Warehouse, model: LearnedModel, merchant_id: str) -> dict[str, polars.DataFrame]:
    """The rows of one merchant by the inputs' names."""
    return {
        name: warehouse.connection.sql(
            f"select * exclude (merchant_id) from ({query}) where merchant_id = $merchant_id",
            params={"merchant_id": merchant_id},
        ).pl()
        for name, query in model.inputs.items()
    }


def _write(
    warehouse: Warehouse, model: LearnedModel, merchant_id: str, frames: Mapping[str, polars.DataFrame], note: _Last
) -> None:
    """Put what was learned of a merchant in the place of what was."""
    for table in model.tables:
        _replace_rows(warehouse, table, merchant_id, frames[table.name])
    _note(warehouse, model, merchant_id, note)


def _note(
    warehouse: Warehouse, model: LearnedModel, merchant_id: str, note: _Last, *, failure: str | None = None
) -> None:
    connection = warehouse.connection
    connection.execute(
        f"delete from {LEARNED.full_name} where model_name = $1 and merchant_id = $2", [model.name, merchant_id]
    )
    connection.execute(
        f"insert into {LEARNED.full_name} values ($1, $2, $3, $4, $5, $6, now()::timestamp)",
        [model.name, merchant_id, note.input_hash, note.own_hash, note.prior, failure],
    )


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
    connection.execute(f"delete from {table.full_name} where merchant_id = $1", [merchant_id])
    connection.execute(f"insert into {table.full_name} by name select * from learned order by all")
    forget_readers(warehouse, table.full_name)


def _forget(warehouse: Warehouse, model: LearnedModel, merchant_id: str) -> None:
    """Remove what was learned of a merchant of whom there is nothing left to learn from."""
    for table in model.tables:
        empty = warehouse.connection.sql(f"select * from {table.full_name} limit 0").pl()
        _replace_rows(warehouse, table, merchant_id, empty)
    warehouse.connection.execute(
        f"delete from {LEARNED.full_name} where model_name = $1 and merchant_id = $2", [model.name, merchant_id]
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
