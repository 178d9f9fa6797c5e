"""The inbox: a folder a merchant, in which files appear; loaded ones leave the home, refused ones are moved aside.

Originals hold names and addresses, so none stays in the home: a file that was loaded is moved into the folder that
``originals`` of keeprate.toml names, or removed; the ledger keeps its hash. A refused file stays to be mended.

A file is taken when it has not changed for ten seconds and its name does not end in ``.part``. A mapping for a
generic file lies beside it: ``sales.csv`` and ``sales.csv.mapping.toml``.
"""

from __future__ import annotations

import itertools
import shutil
import time
from typing import TYPE_CHECKING

from pipelines.errors import Refused
from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.machine import is_of_machine
from pipelines.masking.numbers import without_mails
from pipelines.policies import load_policy_files
from pipelines.progress import say

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.merchants import Merchant
    from pipelines.warehouse import Warehouse

STABLE_SECONDS = 10
MAPPING_SUFFIX = ".mapping.toml"
WHY_SUFFIX = ".why.txt"


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
        for path in _waiting(merchant, results):
            say(f"{merchant.merchant_id}: loading {without_mails(path.name)} from the inbox")
            mapping = path.with_name(path.name + MAPPING_SUFFIX)
            options = IngestOptions(mapping=mapping if mapping.exists() else None)
            for result in ingest_files(warehouse, merchant, [path], options):
                _move_aside(path, result, warehouse.settings.originals, merchant.merchant_id)
                results.append(result)
    return results


def _waiting(merchant: Merchant, results: list[FileResult]) -> list[Path]:
    """The merchant's waiting files; an inbox that cannot be read is told, and the other merchants' are loaded."""
    try:
        return waiting_files(merchant)
    except OSError as error:
        if is_of_machine(error):
            raise
        refusal = Refused(
            merchant.inbox.name,
            found=f"an inbox that cannot be read ({error.strerror})",
            expected="a folder that this user may read and write",
            remedy=f"mend the permissions of {merchant.inbox}",
        )
        results.append(FileResult(str(merchant.inbox), message=str(refusal), error=refusal.as_json()))
        return []


def _move_aside(path: Path, result: FileResult, originals: Path | None, merchant_id: str) -> None:
    """Only when what came of it is kept: killed before, it is in the inbox still, and known by its content."""
    is_refused = result.status == "refused"
    folder = path.parent / "refused" if is_refused else originals / merchant_id if originals else path.parent
    try:
        if not is_refused and originals is None:
            path.unlink()
            return
        folder.mkdir(parents=True, exist_ok=True)
        target = _free_name(folder, path.name)
        if is_refused:
            # First the reason, so that no refused file is without one.
            target.with_name(target.name + WHY_SUFFIX).write_text(result.message + "\n", encoding="utf-8")
        # The folder may lie on another disk.
        shutil.move(path, target)
    except OSError as error:
        if is_of_machine(error):
            raise
        result.warnings.append(
            f"it stays in the inbox, since it cannot be moved to {folder} ({error.strerror});"
            " mend the permissions, or it is looked at in every build"
        )


def _free_name(folder: Path, name: str) -> Path:
    """A place where no file is lost: an earlier one of the name stays."""
    taken = (folder / name).exists()
    numbers = (f"{number}-{name}" for number in itertools.count(2))
    return folder / (next(other for other in numbers if not (folder / other).exists()) if taken else name)
