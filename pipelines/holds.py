"""Holds: merchants whose last good snapshot stays because a check failed, since when and why.

A hold has a stage: ``incoming`` (its new files are not merged) or ``published`` (its rebuilt tables are not
shown). One merchant's hold never stops another.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.warehouse import Warehouse


def set_holds(warehouse: Warehouse, stage: str, reasons: Mapping[str, str]) -> None:
    """Replace the holds of a stage; one that goes on keeps its beginning.

    Args:
        warehouse: the open warehouse.
        stage: ``incoming`` or ``published``.
        reasons: merchant id -> the checks that failed, in words.
    """
    connection = warehouse.connection
    since = dict(
        connection.execute("select merchant_id, held_since from meta.holds where stage = $1", [stage]).fetchall()
    )
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    with warehouse.transaction():
        connection.execute("delete from meta.holds where stage = $1", [stage])
        for merchant_id, reason in reasons.items():
            connection.execute(
                "insert into meta.holds (merchant_id, stage, reason, held_since) values ($1, $2, $3, $4)",
                [merchant_id, stage, reason, since.get(merchant_id, now)],
            )


def holds(warehouse: Warehouse, stage: str | None = None) -> dict[str, dict[str, str]]:
    """Who is held: merchant id -> ``since`` (ISO, UTC) and ``reason``; of one stage or of any."""
    where = "" if stage is None else f"where stage = '{stage}'"
    rows = warehouse.connection.execute(
        "select merchant_id, min(held_since), string_agg(reason, '; ' order by stage) "
        f"from meta.holds {where} group by merchant_id order by merchant_id"
    ).fetchall()
    return {merchant: {"since": since.isoformat() + "Z", "reason": reason} for merchant, since, reason in rows}
