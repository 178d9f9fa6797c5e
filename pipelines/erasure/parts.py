"""Published parts after an erasure: those of a held merchant are mended, and whatever is not in force goes at once."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipelines.durable import sync_file, sync_folder
from pipelines.erasure.published_columns import emptied_columns
from pipelines.erasure.raw_columns import differs
from pipelines.publishing import content_stem, put_in_force
from pipelines.snapshot import read_manifest
from pipelines.sql_text import identifiers, literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipelines.erasure.plan import Plan
    from pipelines.warehouse import Warehouse


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
        emptied = emptied_columns(published["columns"], plan)
        by_month: dict[str | None, list[dict[str, Any]]] = {}
        for part in published["parts"]:
            if part["merchant_id"] == plan.merchant_id:
                by_month.setdefault(part["month"], []).append(part)
        for month, parts in by_month.items() if emptied else ():
            files = ", ".join(literal(str(folder / part["file"])) for part in parts)
            relation = f"read_parquet([{files}])"
            row = warehouse.one(f"select count(*) from {relation} where {differs(emptied)}")
            if row and row[0]:
                query = _mended_rows(table, published["columns"], emptied, relation)
                mended = _write(warehouse, folder, table, published["columns"], query, (plan.merchant_id, month))
                published["parts"] = [part for part in published["parts"] if part not in parts] + mended
                written += 1
    if written:
        manifest["version"] += 1
        manifest["published_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        sync_folder(folder)
        put_in_force(home / "snapshots", manifest)
    return written


def replaced_files(home: Path) -> tuple[list[Path], list[Path]]:
    """Parts and manifests that are not in force."""
    manifest = read_manifest(home)
    if manifest is None:
        return [], []
    folder = home / "snapshots"
    current = (folder / "current").read_text(encoding="ascii").strip()
    listed = {part["file"] for table in manifest["tables"].values() for part in table["parts"]}
    parts = [path for path in (folder / "parts").iterdir() if path.name not in listed]
    manifests = [path for path in (folder / "manifests").iterdir() if path.name != current]
    return parts, manifests


def remove_replaced(files: Iterable[Path]) -> None:
    """Remove what ``replaced_files`` found, without the grace that readers have otherwise."""
    for path in files:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _mended_rows(table: str, columns: list[list[str]], emptied: dict[str, str], relation: str) -> str:
    """Query of a part's rows without the person; a row that would lose what names it is left out."""
    from pipelines.build import published_tables

    keys = {one.full_name: one.key for one in published_tables()}
    shown = [
        f"{emptied.get(identifiers([name]), identifiers([name]))}::{kind} as {identifiers([name])}"
        for name, kind in columns
    ]
    named = {value: new for value, new in emptied.items() if value in map(_quoted, keys.get(table, ()))}
    return f"select {', '.join(shown)} from {relation} where not ({differs(named)})"


def _quoted(name: str) -> str:
    return identifiers([name])


def _write(
    warehouse: Warehouse,
    folder: Path,
    table: str,
    columns: list[list[str]],
    query: str,
    key: tuple[str, str | None],
) -> list[dict[str, Any]]:
    """Write the part of these rows, or none where there are no rows."""
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
    if not count:
        scratch.unlink()
        return []
    shape = [(name, kind) for name, kind in columns]
    file = content_stem(table, shape, key, count, added, combined) + ".parquet"
    sync_file(scratch)
    scratch.replace(folder / file)
    return [{"merchant_id": key[0], "month": key[1], "file": file, "rows": count}]
