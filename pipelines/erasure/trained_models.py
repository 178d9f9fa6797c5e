"""Models that were trained before an erasure: their manifests say so, because what they learned cannot be taken out.

A model lies in ``models/<name>/<version>/`` with ``manifest.json``. Where that names ``merchants`` it was trained on
these alone; without the name it may have seen everybody.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.durable import write_durably

if TYPE_CHECKING:
    from pathlib import Path

AFFECTED = "affected_by_erasure"


def flag_models(home: Path, merchant_id: str, erasure_id: str) -> int:
    """Note in the manifest of every model that may have learned from a merchant's customers that one was erased.

    Returns:
        Models that bear the note of this erasure, whoever wrote it.
    """
    count = 0
    for path in sorted((home / "models").glob("*/*/manifest.json")):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        merchants = manifest.get("merchants")
        known = manifest.setdefault(AFFECTED, [])
        is_noted = any(entry["erasure_id"] == erasure_id for entry in known)
        if is_noted:
            count += 1
            continue
        if merchants is not None and merchant_id not in merchants:
            continue
        erased_at = datetime.now(UTC).isoformat(timespec="seconds")
        known.append({"erasure_id": erasure_id, "merchant_id": merchant_id, "erased_at": erased_at})
        write_durably(path, json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        count += 1
    return count
