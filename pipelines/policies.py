"""Return policies: a merchant's policy file is loaded when it changed, and each order is stamped with its version.

The policy file of ``keeprate.toml`` is what is so: its content counts, also when it goes back to what it was before.
What the file may hold is told by ``pipelines.sources.policy_file``.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.cases import note_touched
from pipelines.contracts import contract
from pipelines.errors import Refused
from pipelines.ingest.result import FileResult, IngestOptions
from pipelines.ingest.run import ingest_files
from pipelines.ingest.toml_document import parse_toml
from pipelines.sources.policy_file import PolicyFile, PolicyVersion, versions_of
from pipelines.staleness import forget_readers

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.merchants import Merchant
    from pipelines.warehouse import Warehouse

_EVIDENCE = "time at which the policy file was last changed on disk"


def read_policy(path: Path) -> list[PolicyVersion]:
    """The versions in a policy file.

    Raises:
        Refused: it cannot be read, or something in it cannot be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    return versions_of(parse_toml(text, path.name), path.name)


def load_policy_files(warehouse: Warehouse) -> list[FileResult]:
    """Load every merchant's policy file that holds something else than what counts now.

    Returns:
        What became of each that changed or cannot be read; the others are left out.
    """
    results = []
    for merchant in warehouse.settings.merchants.values():
        if merchant.policy_file is None:
            continue
        try:
            result = _load(warehouse, merchant, merchant.policy_file)
        except Refused as error:
            result = FileResult(str(merchant.policy_file), message=str(error), error=error.as_json())
        if result:
            results.append(result)
    return results


def _load(warehouse: Warehouse, merchant: Merchant, path: Path) -> FileResult | None:
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None, microsecond=0)
    except OSError as error:
        raise _unreadable(path, error) from error
    rows = warehouse.connection.execute(
        "select file_id, sha256, as_of from raw.files where merchant_id = $1 and source = $2"
        " order by as_of desc, file_sequence desc",
        [merchant.merchant_id, PolicyFile.name],
    ).fetchall()
    if rows and rows[0][1] == sha256:
        return None
    # The newest file is the whole policy, and what stands in the configured file counts, however old it says it is.
    as_of = max(changed, rows[0][2] + timedelta(seconds=1)) if rows else changed
    known = next((file_id for file_id, other, _ in rows if other == sha256), None)
    if known:
        return _load_again(warehouse, path, known, sha256, as_of)
    options = IngestOptions(source=PolicyFile.name, as_of=as_of.replace(tzinfo=UTC))
    (result,) = ingest_files(warehouse, merchant, [path], options)
    if result.status == "loaded":
        result.as_of_evidence = _EVIDENCE
        warehouse.connection.execute(
            "update raw.files set as_of_evidence = $1 where merchant_id = $2 and sha256 = $3 and source = $4",
            [_EVIDENCE, merchant.merchant_id, sha256, PolicyFile.name],
        )
    return result


def _load_again(warehouse: Warehouse, path: Path, file_id: str, sha256: str, as_of: datetime) -> FileResult:
    """An earlier content counts again: its rows are there, so that only its age moves, and it is merged anew."""
    evidence = f"{_EVIDENCE}, back to an earlier content"
    with warehouse.transaction():
        warehouse.connection.execute(
            "update raw.files set as_of = $1::timestamp, as_of_evidence = $2, merged_at = null,"
            " file_sequence = (select max(file_sequence) + 1 from raw.files) where file_id = $3",
            [as_of, evidence, file_id],
        )
    row = warehouse.one("select record_count, loaded_count from raw.files where file_id = $1", [file_id]) or (0, 0)
    return FileResult(
        str(path),
        status="loaded",
        source=PolicyFile.name,
        sha256=sha256,
        records_in=row[0],
        records_loaded=row[1],
        as_of=as_of.isoformat(),
        as_of_evidence=evidence,
    )


def _unreadable(path: Path, error: Exception) -> Refused:
    return Refused(
        path.name,
        found=f"the policy file cannot be read ({getattr(error, 'strerror', None) or type(error).__name__})",
        expected="a TOML file in UTF-8, as docs/cookbook/return-policy.md shows",
        remedy="write it, or take policy_file out of keeprate.toml",
    )


def stamp_orders(warehouse: Warehouse) -> int:
    """Write on each order the policy version that was in force on the merchant's local date of the order.

    Only rows whose stamp differs are written; their parts and what reads orders become stale.

    Returns:
        Number of orders whose stamp changed.
    """
    month = contract("orders").month
    connection = warehouse.connection
    with warehouse.transaction():
        # Policies that came as tables may overlap; then the version that began last counts.
        connection.execute(
            f"""
            create or replace temp table policy_stamps as
            with in_force as (
                select
                    orders.merchant_id,
                    orders.order_id,
                    arg_max(
                        policies.policy_version_id, row(policies.valid_from, policies.policy_version_id)
                    ) as policy_version_id
                from core.orders as orders
                inner join core.policies as policies
                    on policies.merchant_id = orders.merchant_id
                    and orders.placed_date >= policies.valid_from
                    and (policies.valid_to is null or orders.placed_date <= policies.valid_to)
                group by orders.merchant_id, orders.order_id
            )
            select
                orders.merchant_id,
                orders.order_id,
                orders.customer_id,
                date_trunc('month', orders.{month})::date as month,
                in_force.policy_version_id
            from core.orders as orders
            left join in_force using (merchant_id, order_id)
            where orders.policy_version_id is distinct from in_force.policy_version_id
            """
        )
        count = warehouse.row_count("policy_stamps")
        if count:
            connection.execute(
                "update core.orders as orders set policy_version_id = policy_stamps.policy_version_id"
                " from policy_stamps where orders.merchant_id = policy_stamps.merchant_id"
                " and orders.order_id = policy_stamps.order_id"
            )
            connection.execute(
                "insert into meta.dirty_parts by name"
                " select distinct 'core.orders' as table_name, merchant_id, month from policy_stamps"
            )
            stamped = "(select * from core.orders semi join policy_stamps using (merchant_id, order_id))"
            note_touched(warehouse, contract("orders"), stamped)
            forget_readers(warehouse, "core.orders")
        connection.execute("drop table policy_stamps")
    return count
