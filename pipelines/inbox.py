"""The inbox: a folder a merchant, in which files appear; loaded and refused ones are moved aside, never deleted.

A file is taken when it has not changed for ten seconds and its name does not end in ``.part``. A mapping for a
generic file lies beside it: ``sales.csv`` and ``sales.csv.mapping.toml``.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.policies import load_policy_files
from pipelines.progress import say

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.settings import Merchant
    from pipelines.warehouse import Warehouse

STABLE_SECONDS = 10
MAPPING_SUFFIX = ".mapping.toml"


def waiting_files(merchant: Merchant, now: float | None = None) -> list[Path]:
    """Files of a merchant's inbox that are complete, oldest first.

    Args:
        merchant: whose inbox.
        now: seconds since the epoch; the clock by default.
    """
    moment = time.time() if now is None else now
    if not merchant.inbox.is_dir():
        return []
    found = [
        path
        for path in merchant.inbox.iterdir()
        if path.is_file()
        and not path.name.startswith(".")
        and not path.name.endswith((".part", MAPPING_SUFFIX))
        and abs(moment - path.stat().st_mtime) >= STABLE_SECONDS
    ]
    return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))


def ingest_inboxes(warehouse: Warehouse) -> list[FileResult]:
    """Load what waits in every inbox; a file that is refused is moved aside with its message beside it.

    Policy files that changed are loaded as well; they stay where they are.
    """
    results = load_policy_files(warehouse)
    for merchant in warehouse.settings.merchants.values():
        for path in waiting_files(merchant):
            say(f"{merchant.merchant_id}: loading {path.name} from the inbox")
            mapping = path.with_name(path.name + MAPPING_SUFFIX)
            options = IngestOptions(mapping=mapping if mapping.exists() else None)
            for result in ingest_files(warehouse, merchant, [path], options):
                _move_aside(path, result)
                results.append(result)
    return results


def _move_aside(path: Path, result: FileResult) -> None:
    folder = path.parent / ("refused" if result.status == "refused" else "loaded")
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    if target.exists():
        target = folder / f"{result.sha256[:8]}-{path.name}"
    path.replace(target)
    if result.status == "refused":
        target.with_name(target.name + ".why.txt").write_text(result.message + "\n", encoding="utf-8")
