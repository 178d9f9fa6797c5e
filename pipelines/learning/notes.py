"""What models had last been learned from, in ``meta.learned``, and the rows that they see of one merchant."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.ledger import LEARNED

if TYPE_CHECKING:
    import polars

    from pipelines.learning.declaration import LearnedModel, Model
    from pipelines.warehouse import Warehouse


@dataclass(frozen=True)
class Note:
    """What a model had last learned a merchant from.

    Attributes:
        input_hash: over code, inputs and borrowed priors; of a model that reads items, its version.
        own_hash: over code and the merchant's own inputs.
        prior: what it lends.
    """

    input_hash: str = ""
    own_hash: str = ""
    prior: str | None = None


def digest(*parts: str) -> str:
    """One hash over several texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def failures(warehouse: Warehouse) -> dict[tuple[str, str], str]:
    """Models that could not be learned, by model and merchant: what they ended with; its words may hold values."""
    rows = warehouse.connection.execute(
        f"select model_name, merchant_id, failure from {LEARNED.full_name} where failure is not null order by all"
    ).fetchall()
    return {(name, merchant_id): failure for name, merchant_id, failure in rows}


def last_notes(warehouse: Warehouse, model: Model) -> dict[str, Note]:
    """By merchant who may have rows of the model: what it was learned from."""
    rows = warehouse.connection.execute(
        f"select merchant_id, input_hash, own_hash, prior from {LEARNED.full_name} where model_name = $1", [model.name]
    ).fetchall()
    return {merchant_id: Note(*rest) for merchant_id, *rest in rows}


def enter_note(
    warehouse: Warehouse, model: Model, merchant_id: str, note: Note | None, *, failure: str | None = None
) -> None:
    """Note what a model learned a merchant from, or, without a note, that it has no rows of it any more."""
    connection = warehouse.connection
    connection.execute(
        f"delete from {LEARNED.full_name} where model_name = $1 and merchant_id = $2", [model.name, merchant_id]
    )
    if note:
        connection.execute(
            f"insert into {LEARNED.full_name} values ($1, $2, $3, $4, $5, $6, now()::timestamp)",
            [model.name, merchant_id, note.input_hash, note.own_hash, note.prior, failure],
        )


def own_hashes(warehouse: Warehouse, model: LearnedModel) -> dict[str, str]:
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
        merchant_id: digest(model.code_hash, *(found[name].get(merchant_id, "") for name in model.inputs))
        for merchant_id in who
    }


def inputs_of(warehouse: Warehouse, queries: dict[str, str], merchant_id: str) -> dict[str, polars.DataFrame]:
    """The rows of one merchant by the queries' names."""
    return {
        name: warehouse.connection.sql(
            f"select * exclude (merchant_id) from ({query}) where merchant_id = $merchant_id",
            params={"merchant_id": merchant_id},
        ).pl()
        for name, query in queries.items()
    }
