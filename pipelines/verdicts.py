"""Running the checks at their place in a build, and keeping each verdict in ``quarantine.check_verdicts``.

What is checked is what changed: waiting files before they are merged, and tables with parts that are not
published yet. Verdicts of tables that did not change stay as they were.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.build import pending_files
from pipelines.errors import KeeprateError
from pipelines.holds import set_holds
from pipelines.ledger import VERDICTS
from pipelines.quality.targets import incoming_targets, published_target
from pipelines.quality_verdict import CheckVerdict, broken_tables, held_merchants
from pipelines.staleness import mark_dirty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.quality.expectations import CheckTarget
    from pipelines.tables import Table
    from pipelines.warehouse import Warehouse


class BrokenSchema(KeeprateError):  # noqa: N818
    """A table has not the columns that are declared: nothing is published for anybody."""


def check_incoming(warehouse: Warehouse, staged: Sequence[Table]) -> list[CheckVerdict]:
    """Check every waiting file; merchants whose files fail are held, their files not merged.

    Args:
        warehouse: the open warehouse, outside any transaction.
        staged: declared staging tables.
    """
    waiting = sorted(pending_files(warehouse))
    if not waiting:
        set_holds(warehouse, "incoming", {})
        return []
    verdicts = _run(warehouse, incoming_targets(warehouse.connection, staged, waiting))
    set_holds(warehouse, "incoming", held_merchants(verdicts))
    return verdicts


def check_published(warehouse: Warehouse, tables: Iterable[Table]) -> list[CheckVerdict]:
    """Check the merchants' rows of tables that changed since the last publish."""
    changed = warehouse.connection.execute(
        "select distinct table_name, merchant_id from meta.dirty_parts where merchant_id is not null order by all"
    ).fetchall()
    by_name = {table.full_name: table for table in tables}
    targets = [published_target(by_name[name], merchant) for name, merchant in changed if name in by_name]
    return _run(warehouse, targets)


def _run(warehouse: Warehouse, targets: Sequence[CheckTarget]) -> list[CheckVerdict]:
    if not targets:
        return []
    from pipelines.quality.run import run_checks

    verdicts = run_checks(warehouse.connection, targets)
    _keep(warehouse, verdicts)
    broken = broken_tables(verdicts)
    if broken:
        raise BrokenSchema(
            f"{', '.join(broken)}: the columns are not those that are declared; nothing was published.\n"
            "  to do:    keeprate build --full; if that does not help, the software and its tables do not fit"
        )
    return verdicts


def _keep(warehouse: Warehouse, verdicts: Sequence[CheckVerdict]) -> None:
    rows = [
        [
            verdict.table,
            verdict.merchant_id,
            verdict.check,
            verdict.description,
            verdict.severity,
            verdict.passed,
            verdict.failing_count,
            verdict.row_count,
            json.dumps(verdict.failing_keys, ensure_ascii=False),
            verdict.raised,
        ]
        for verdict in verdicts
    ]
    with warehouse.transaction():
        # A check that is gone from the declarations must not leave its last word behind.
        warehouse.connection.executemany(
            "delete from quarantine.check_verdicts where table_name = ? and merchant_id = ?",
            sorted({(verdict.table, verdict.merchant_id) for verdict in verdicts}),
        )
        warehouse.connection.executemany(
            "insert into quarantine.check_verdicts select ?, ?, ?, ?, ?, ?, ?, ?, ?::json, nullif(?, ''),"
            " now()::timestamp",
            rows,
        )
        mark_dirty(warehouse, (VERDICTS,))


def last_verdicts(warehouse: Warehouse) -> list[CheckVerdict]:
    """The last verdict of every check, those of earlier builds included."""
    rows = warehouse.connection.execute(
        "select table_name, merchant_id, check_name, is_passed, severity, failing_count, row_count, failing_keys,"
        " description, coalesce(raised, '') from quarantine.check_verdicts order by all"
    ).fetchall()
    return [
        CheckVerdict(*row[:7], failing_keys=tuple(json.loads(row[7])), description=row[8], raised=row[9])
        for row in rows
    ]


def hold_published(warehouse: Warehouse) -> dict[str, str]:
    """Hold every merchant that has a failed check of severity error on a published table.

    Returns:
        Merchant id -> the checks that failed, in words.
    """
    failed = held_merchants(
        verdict for verdict in last_verdicts(warehouse) if not verdict.table.startswith(("staging.", "raw."))
    )
    set_holds(warehouse, "published", failed)
    return failed
