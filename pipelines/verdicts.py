"""Running the checks at their place in a build, and keeping each verdict in ``quarantine.check_verdicts``.

What is checked is what changed: waiting files before they are merged, and parts of tables that are not published
yet. Verdicts of tables that did not change stay as they were; how those of changed parts become a verdict on the
whole table belongs in ``pipelines.quality.parts``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.build import pending_files
from pipelines.builds import built
from pipelines.contracts import all_contracts
from pipelines.errors import KeeprateError
from pipelines.holds import set_holds
from pipelines.learning.notes import failures
from pipelines.ledger import DIRTY_PARTS, FILES, VERDICTS
from pipelines.quality.parts import summed_up, wanted_whole
from pipelines.quality.targets import incoming_targets, published_target
from pipelines.quality_verdict import CheckVerdict, broken_tables, held_merchants
from pipelines.staleness import mark_dirty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from pipelines.quality.expectations import CheckTarget
    from pipelines.tables import Table
    from pipelines.warehouse import Warehouse


class BrokenSchema(KeeprateError):  # noqa: N818
    """A table has not the columns that are declared: nothing is published for anybody."""


def check_incoming(warehouse: Warehouse, staged: Sequence[Table]) -> list[CheckVerdict]:
    """Check every waiting file; merchants whose files fail are held, their files not merged.

    The records of every file of a merchant are recounted where files were staged anew, or where the last recount
    failed; otherwise of the files that wait, for those that are merged were recounted while they waited.

    Args:
        warehouse: the open warehouse, outside any transaction.
        staged: declared staging tables.
    """
    waiting = set(pending_files(warehouse))
    recounted = _recounted(warehouse)
    if not waiting and not recounted:
        set_holds(warehouse, "incoming", {})
        return []
    targets = incoming_targets(warehouse.connection, staged, sorted(waiting | recounted), recounted)
    verdicts = _run(warehouse, targets)
    set_holds(warehouse, "incoming", held_merchants(verdicts))
    return verdicts


def _recounted(warehouse: Warehouse) -> set[str]:
    """Merchants of whom all files are recounted."""
    # What is staged anew is merged anew: until then an entity has no entry.
    is_staged_anew = {f"core.{entity}" for entity in all_contracts()} - built(warehouse).keys()
    where = (
        "true"
        if is_staged_anew
        else f"merchant_id in (select merchant_id from {VERDICTS.full_name}"
        f" where table_name = '{FILES.full_name}' and not is_passed)"
    )
    rows = warehouse.connection.execute(f"select distinct merchant_id from {FILES.full_name} where {where}").fetchall()
    return {merchant_id for (merchant_id,) in rows}


def check_published(warehouse: Warehouse, tables: Iterable[Table]) -> list[CheckVerdict]:
    """Check the parts of the merchants' tables that changed since the last publish; a verdict speaks of all parts.

    A merchant's rows of a table are checked whole where they never were, where they are held to something else than
    when they were, and where a key stood twice: it may have stood in two parts. A key that stands in two parts of
    which one did not change is not looked for: a merge deletes a key wherever it stands and marks these parts.
    """
    by_name = {table.full_name: table for table in tables if any(c.name == "merchant_id" for c in table.columns)}
    dirty: dict[tuple[str, str], set[date | None]] = {}
    of_nobody: dict[str, set[date | None]] = {}
    for name, merchant_id, month in warehouse.connection.execute(
        f"select distinct table_name, merchant_id, month from {DIRTY_PARTS.full_name}"
    ).fetchall():
        if merchant_id is None:
            of_nobody.setdefault(name, set()).add(month)
        elif name in by_name:
            dirty.setdefault((name, merchant_id), set()).add(month)
    whole = wanted_whole(warehouse, by_name)
    scopes: dict[tuple[str, str], set[date | None] | None] = {
        (name, merchant_id): dirty[name, merchant_id] | of_nobody.get(name, set())
        if (name, merchant_id) not in whole and by_name[name].month
        else None
        for name, merchant_id in sorted(dirty.keys() | whole)
    }
    targets = [published_target(by_name[name], merchant_id, months) for (name, merchant_id), months in scopes.items()]
    return _run(warehouse, targets, scopes)


def _run(
    warehouse: Warehouse,
    targets: Sequence[CheckTarget],
    scopes: Mapping[tuple[str, str], set[date | None] | None] | None = None,
) -> list[CheckVerdict]:
    """Check targets and keep the verdicts.

    Args:
        warehouse: the open warehouse.
        targets: what to check.
        scopes: for published tables, the months that were looked at by table and merchant, None for all; verdicts are
            then summed up over all parts.
    """
    if not targets:
        return []
    from pipelines.quality.run import check_targets

    found = check_targets(warehouse.connection, targets)
    with warehouse.transaction():
        if scopes is not None:
            found = summed_up(warehouse, found, scopes)
        verdicts = [verdict for one in found for verdict in one.verdicts]
        _keep(warehouse, verdicts)
    broken = broken_tables(verdicts)
    if broken:
        raise BrokenSchema(
            f"{', '.join(broken)}: the columns are not those that are declared; nothing was published.\n"
            "  to do:    keeprate build --full; if that does not help, the software and its tables do not fit"
        )
    return verdicts


def _keep(warehouse: Warehouse, verdicts: Sequence[CheckVerdict]) -> None:
    connection = warehouse.connection
    checked = sorted({(verdict.table, verdict.merchant_id) for verdict in verdicts})
    # A check that is gone from the declarations must not leave its last word behind.
    connection.execute(
        f"delete from {VERDICTS.full_name} where (table_name, merchant_id) in"
        " (select unnest($1::varchar[]), unnest($2::varchar[]))",
        [[name for name, _ in checked], [merchant_id for _, merchant_id in checked]],
    )
    # Columns as lists: a statement for each row takes a millisecond.
    connection.execute(
        f"insert into {VERDICTS.full_name} by name select"
        " unnest($1::varchar[]) as table_name, unnest($2::varchar[]) as merchant_id,"
        " unnest($3::varchar[]) as check_name, unnest($4::varchar[]) as description, unnest($5::varchar[]) as severity,"
        " unnest($6::boolean[]) as is_passed,"
        " unnest($7::bigint[]) as failing_count, unnest($8::bigint[]) as row_count,"
        " unnest($9::varchar[])::json as failing_keys, nullif(unnest($10::varchar[]), '') as raised,"
        " now()::timestamp as checked_at",
        [
            [verdict.table for verdict in verdicts],
            [verdict.merchant_id for verdict in verdicts],
            [verdict.check for verdict in verdicts],
            [verdict.description for verdict in verdicts],
            [verdict.severity for verdict in verdicts],
            [verdict.passed for verdict in verdicts],
            [verdict.failing_count for verdict in verdicts],
            [verdict.row_count for verdict in verdicts],
            [json.dumps(verdict.failing_keys, ensure_ascii=False) for verdict in verdicts],
            [verdict.raised for verdict in verdicts],
        ],
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
    """Hold every merchant that has a failed check of severity error on a published table, or a model that failed.

    Returns:
        Merchant id -> the checks that failed, in words.
    """
    failed = held_merchants(
        verdict for verdict in last_verdicts(warehouse) if not verdict.table.startswith(("staging.", "raw."))
    )
    for (name, merchant_id), failure in failures(warehouse).items():
        reason = f"the model {name} could not be learned ({failure}); what it had learned before stays"
        failed[merchant_id] = "; ".join(filter(None, (failed.get(merchant_id), reason)))
    set_holds(warehouse, "published", failed)
    return failed
