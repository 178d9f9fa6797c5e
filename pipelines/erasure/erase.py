"""Erasing, step by step; each may be repeated, so that one that was killed is completed by the next writing command.

1. The plan is written. 2. In one transaction: tombstones, raw rows emptied, their files staged anew, core marked to be
merged anew. 3. A build merges and publishes. 4. Parts of a held merchant are mended, replaced ones removed. 5. Reports
and models. 6. The erasure is noted, with counts. 7. The warehouse is copied into a new file, which takes the old one's
place. 8. The plan is removed.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.erasure.belongings import Belongings, follow
from pipelines.erasure.emptying import empty_records, erased_records, restage_erased
from pipelines.erasure.evidence import gather, raw_groups
from pipelines.erasure.issued_reports import quoting_reports, revise_reports
from pipelines.erasure.parts import mend_parts, remove_replaced, replaced_files
from pipelines.erasure.people import find_person, was_erased
from pipelines.erasure.plan import Plan, complete_begun, remove_plan, write_plan
from pipelines.erasure.raw_columns import whose
from pipelines.erasure.tombstones import forget_marks, remerge, write_tombstones
from pipelines.erasure.trained_models import flag_models
from pipelines.errors import CannotRun
from pipelines.ledger import FAILING_PARTS, VERDICTS
from pipelines.lock import writing
from pipelines.progress import say
from pipelines.renewal import forget_renewal
from pipelines.sql_text import literal, literals
from pipelines.staleness import mark_dirty
from pipelines.warehouse import open_warehouse, renew_warehouse_file

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.runner import BuildOutcome
    from pipelines.settings import Settings
    from pipelines.warehouse import Warehouse


@dataclass
class Erasure:
    """What an erasure did or would do.

    Attributes:
        status: ``erased``, ``found`` (nothing was done yet), ``unknown`` or ``erased before``.
        merchant_id: whose customer.
        erasure_id: id in ``meta.erasures``, or empty.
        counts: what was found and removed, by kind.
    """

    status: str
    merchant_id: str
    erasure_id: str = ""
    counts: dict[str, int] = field(default_factory=dict)


def look_for(settings: Settings, merchant_id: str, kind: str, pseudonym: str, wait_seconds: float = 0.0) -> Erasure:
    """What would be erased; nothing is changed.

    Args:
        settings: the home's settings.
        merchant_id: whose customer.
        kind: ``email``, ``phone`` or ``id``.
        pseudonym: of the value that was given.
        wait_seconds: how long to wait for another writer.
    """
    with open_warehouse(settings, "keeprate erase", wait_seconds) as warehouse:
        person = find_person(warehouse, merchant_id, kind, pseudonym)
        if person.identities:
            return Erasure("found", merchant_id, counts=_counts(warehouse, merchant_id, person))
        status = "erased before" if was_erased(warehouse, merchant_id, pseudonym) else "unknown"
        return Erasure(status, merchant_id)


def erase(settings: Settings, merchant_id: str, kind: str, pseudonym: str, wait_seconds: float = 0.0) -> Erasure:
    """Erase a person.

    Args:
        settings: the home's settings.
        merchant_id: whose customer.
        kind: ``email``, ``phone`` or ``id``.
        pseudonym: of the value that was given.
        wait_seconds: how long to wait for another writer.

    Raises:
        CannotRun: another process writes, or the home cannot be written; what was begun is completed by the next
            writing command.
    """
    with writing(settings.home, "keeprate erase", wait_seconds):
        complete_begun(settings)
        with open_warehouse(settings, "keeprate erase", wait_seconds) as warehouse:
            person = find_person(warehouse, merchant_id, kind, pseudonym)
            if not person.identities:
                is_known = was_erased(warehouse, merchant_id, pseudonym)
                return Erasure("erased before" if is_known else "unknown", merchant_id)
            counts = _counts(warehouse, merchant_id, person)
        plan = Plan(
            secrets.token_hex(8),
            merchant_id,
            sorted(person.identities),
            sorted(person.orders),
            sorted(person.parcels),
            sorted(person.returns),
            counts=counts,
        )
        write_plan(settings.home, plan)
        complete_begun(settings)
        done = read_erasure(settings, plan.erasure_id)
        return Erasure("erased", merchant_id, plan.erasure_id, done)


def complete_erasure(settings: Settings, plan: Plan) -> None:
    """Complete an erasure that was begun; the caller holds the lock.

    Args:
        settings: the home's settings.
        plan: of the erasure.

    Raises:
        CannotRun: the build failed; the plan stays, and the next writing command goes on from there.
    """
    say("erasing: taking the person out of raw")
    with open_warehouse(settings, "keeprate erase") as warehouse:
        empty_raw(warehouse, plan)
    say("erasing: building anew")
    outcome = _build(settings)
    with open_warehouse(settings, "keeprate erase") as warehouse:
        home = settings.home
        _count(home, plan, parts_mended=mend_parts(warehouse, plan) if plan.merchant_id in outcome.held else 0)
        # Counted first: killed in the middle, the step finds less the second time.
        parts, manifests = replaced_files(home)
        _count(home, plan, parts_removed=len(parts), manifests_removed=len(manifests))
        remove_replaced([*parts, *manifests])
        quoting = quoting_reports(home, plan.merchant_id, plan.texts)
        _count(home, plan, reports_revised=len(quoting))
        revise_reports(quoting)
        _count(home, plan, models_flagged=flag_models(home, plan.merchant_id, plan.erasure_id))
        _enter(warehouse, plan)
    say("erasing: copying the warehouse into a new file")
    renew_warehouse_file(settings)
    remove_plan(settings.home)


def _build(settings: Settings) -> BuildOutcome:
    """Build; where that fails, whatever was published still tells of the person, so nothing may say that it is done."""
    from pipelines.runner import run_build

    try:
        outcome = run_build(settings)
        failure = outcome.message if outcome.status == "failed" else ""
    except CannotRun as error:
        raise _incomplete(str(error)) from error
    if failure:
        raise _incomplete(failure)
    return outcome


def _incomplete(failure: str) -> CannotRun:
    found, _, remedy = failure.partition("\n  to do:")
    first = f"{remedy.strip()}; then " if remedy.strip() else ""
    return CannotRun(
        "the erasure is begun and not complete: the build that publishes without the person failed.\n"
        f"  found:    {found}\n"
        f"  to do:    {first}keeprate build, which completes it; until then snapshots still tell of the person"
    )


def read_erasure(settings: Settings, erasure_id: str) -> dict[str, int]:
    """The counts of an erasure that was done."""
    with open_warehouse(settings, "keeprate erase") as warehouse:
        row = warehouse.one("select counts from meta.erasures where erasure_id = $1", [erasure_id])
    return json.loads(row[0]) if row else {}


def _counts(warehouse: Warehouse, merchant_id: str, person: Belongings) -> dict[str, int]:
    counts = {
        "identities": len(person.identities),
        "shared_by_many": len(person.shared),
        "orders": len(person.orders),
        "parcels": len(person.parcels),
        "returns": len(person.returns),
        "return_lines": 0,
    }
    if warehouse.has_table("core.return_lines"):
        row = warehouse.one(
            f"select count(*) from core.return_lines where {whose(merchant_id)}"
            f" and (order_id in ({literals(sorted(person.orders))})"
            f" or return_line_id in ({literals(sorted(person.returns))}))"
        )
        counts["return_lines"] = row[0] if row else 0
    return counts


def empty_raw(warehouse: Warehouse, plan: Plan) -> None:
    """Tombstones and raw rows in one transaction; a second time nothing is left to do."""
    merchant_id = plan.merchant_id
    with warehouse.transaction():
        groups = raw_groups(warehouse, merchant_id)
        gather(warehouse, merchant_id, groups)
        planned = Belongings(set(plan.pseudonyms), set(plan.orders), set(plan.parcels), set(plan.returns))
        person = follow(warehouse, planned)
        plan.orders, plan.parcels, plan.returns = sorted(person.orders), sorted(person.parcels), sorted(person.returns)
        write_tombstones(warehouse, merchant_id, plan.erasure_id, person.by_kind())
        plan.records = sorted({*((file_id, number) for file_id, number in plan.records), *erased_records(warehouse)})
        emptied = empty_records(warehouse, merchant_id, groups)
        plan.texts = sorted({*plan.texts, *emptied.texts})
        forget_marks(warehouse, merchant_id, plan.orders)
        restage_erased(warehouse, emptied.files)
        _forget_keys(warehouse, plan)
        if emptied.files:
            remerge(warehouse)
        # Before the commit: behind it the texts stand nowhere else, and a kill would leave them in issued reports.
        files = sum(map(len, emptied.files.values()))
        _count(warehouse.settings.home, plan, raw_rows=emptied.rows, files_staged_anew=files)


def _count(home: Path, plan: Plan, **counts: int) -> None:
    """Keep the plan with what a step counted; repeated after a kill, a step finds less, and the first count stays."""
    plan.counts |= {name: max(count, plan.counts.get(name, 0)) for name, count in counts.items()}
    write_plan(home, plan)


def _forget_keys(warehouse: Warehouse, plan: Plan) -> None:
    """Empty the keys of verdicts that name the person, and of what they are put together from."""
    told = " or ".join(f"contains(cast(failing_keys as varchar), {literal(value)})" for value in plan.pseudonyms)
    for table, nothing in ((VERDICTS, "json('[]')"), (FAILING_PARTS, "[]")):
        named = warehouse.connection.execute(
            f"update {table.full_name} set failing_keys = {nothing}"
            f" where {whose(plan.merchant_id)} and ({told or 'false'}) returning 1"
        ).fetchall()
        if named:
            mark_dirty(warehouse, (VERDICTS,))


def _enter(warehouse: Warehouse, plan: Plan) -> None:
    with warehouse.transaction():
        # The file is renewed next; killed before, the erasure is completed and renews it all the same.
        forget_renewal(warehouse)
        warehouse.connection.execute("delete from meta.erasures where erasure_id = $1", [plan.erasure_id])
        warehouse.connection.execute(
            "insert into meta.erasures by name select $1 as erasure_id, $2 as merchant_id, $3::json as counts,"
            " now()::timestamp as erased_at",
            [plan.erasure_id, plan.merchant_id, json.dumps(plan.counts, sort_keys=True)],
        )
