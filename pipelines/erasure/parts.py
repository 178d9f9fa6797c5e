"""Published parts after an erasure: those of a held merchant are mended, and whatever is not in force goes at once."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipelines.durable import sync_file, sync_folder
from pipelines.publishing import content_stem, put_in_force
from pipelines.snapshot import read_manifest
from pipelines.sql_text import identifiers, literal, literals

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.erasure.plan import Plan
    from pipelines.warehouse import Warehouse

_IDENTITIES = ("customer_key", "customer_id", "customer_email", "customer_phone", "identity_key")
_WORDS = ("comment", "staff_notes", "message", "note", "remark", "attributes", "ship_postcode_prefix", "field")


def mend_parts(warehouse: Warehouse, plan: Plan) -> int:
    """Write those published parts of the merchant anew that still tell of the person; one manifest lists them.

    Called where the build did not publish the merchant anew: it is held, or the build failed. Parts that are mended
    stay dirty in the warehouse, so that the next publish writes them from there.

    Returns:
        Parts that were written.
    """
    home = warehouse.settings.home
    manifest = read_manifest(home)
    if manifest is None:
        return 0
    folder = home / "snapshots" / "parts"
    written = 0
    for table, published in manifest["tables"].items():
        names = [name for name, _ in published["columns"]]
        condition = _tells(names, plan)
        by_month: dict[str | None, list[dict[str, Any]]] = {}
        for part in published["parts"]:
            if part["merchant_id"] == plan.merchant_id:
                by_month.setdefault(part["month"], []).append(part)
        for month, parts in by_month.items() if condition else ():
            files = ", ".join(literal(str(folder / part["file"])) for part in parts)
            relation = f"read_parquet([{files}])"
            row = warehouse.one(f"select count(*) from {relation} where {condition}")
            if row and row[0]:
                mended = _write(warehouse, folder, table, published["columns"], plan, condition, relation, month)
                published["parts"] = [part for part in published["parts"] if part not in parts] + [mended]
                written += 1
    if written:
        manifest["version"] += 1
        manifest["published_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        sync_folder(folder)
        put_in_force(home / "snapshots", manifest)
    return written


def remove_replaced(home: Path) -> tuple[int, int]:
    """Remove parts and manifests that are not in force, without the grace that readers have otherwise.

    Returns:
        Parts and manifests that were removed.
    """
    manifest = read_manifest(home)
    if manifest is None:
        return 0, 0
    folder = home / "snapshots"
    current = (folder / "current").read_text(encoding="ascii").strip()
    listed = {part["file"] for table in manifest["tables"].values() for part in table["parts"]}
    parts = [path for path in (folder / "parts").iterdir() if path.name not in listed]
    manifests = [path for path in (folder / "manifests").iterdir() if path.name != current]
    for path in (*parts, *manifests):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(parts), len(manifests)


def _tells(names: list[str], plan: Plan) -> str:
    """SQL that is true for a row that tells of the person."""
    pseudonyms = literals(plan.pseudonyms)
    conditions = [f"{name} in ({pseudonyms})" for name in _IDENTITIES if name in names]
    words = [name for name in _WORDS if name in names]
    has_words = " or ".join(f"{name} is not null" for name in words)
    if words and "order_id" in names:
        conditions.append(f"(order_id in ({literals(plan.orders)}) and ({has_words}))")
    if words and "awb" in names:
        conditions.append(f"(awb in ({literals(plan.parcels)}) and ({has_words}))")
    if "field" in names:
        conditions.append(f"field in ({literals(plan.texts)})")
    return " or ".join(conditions)


def _write(
    warehouse: Warehouse,
    folder: Path,
    table: str,
    columns: list[list[str]],
    plan: Plan,
    condition: str,
    relation: str,
    month: str | None,
) -> dict[str, Any]:
    shown = []
    for name, kind in columns:
        is_emptied = name in _WORDS or name in _IDENTITIES
        quoted = identifiers([name])
        shown.append(
            f"case when ({condition}) then null else {quoted} end::{kind} as {quoted}" if is_emptied else quoted
        )
    # A row of nothing but identities has nothing left to say.
    kept = f"where not coalesce(({condition}), false)" if table == "core.customer_identities" else ""
    query = f"select {', '.join(shown)} from {relation} {kept}"
    names = identifiers([name for name, _ in columns])
    scratch = folder / ".writing-erasure.parquet"
    warehouse.connection.execute(
        f"copy ({query}) to {literal(str(scratch))} (format parquet, compression zstd, compression_level 1)"
    )
    row = warehouse.one(
        f"select count(*), coalesce(sum(row_hash), 0), coalesce(bit_xor(row_hash), 0)"
        f" from (select hash({names}) as row_hash from read_parquet({literal(str(scratch))}))"
    )
    count, added, combined = row or (0, 0, 0)
    shape = [(name, kind) for name, kind in columns]
    file = content_stem(table, shape, (plan.merchant_id, month), count, added, combined) + ".parquet"
    sync_file(scratch)
    scratch.replace(folder / file)
    return {"merchant_id": plan.merchant_id, "month": month, "file": file, "rows": count}
