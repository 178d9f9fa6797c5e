"""Issued reports that quote an erased person are issued again: a numbered revision without the quote, the old gone.

A report is aggregates; the only words in it are reasons that stand on no list, as somebody typed them. A revision keeps
the edition and every number: only the quote is replaced, and the page says that it was revised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.reports.payload import Payload
from pipelines.reports.selects import REASON_SHOWN
from pipelines.reports.write import store_issued

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

REMOVED = "[removed]"


def quoting_reports(home: Path, merchant_id: str, texts: Collection[str]) -> dict[Path, Payload]:
    """Those issued reports of a merchant that quote one of these texts.

    Args:
        home: the home.
        merchant_id: whose reports.
        texts: words of the person as they were kept.

    Returns:
        By payload file, earlier editions among them, the revision that is to take its place.
    """
    folder = home / "reports" / merchant_id
    # As reports quote them: cut, and before that as staging trimmed them.
    quoted = {text.strip()[:REASON_SHOWN].strip() for text in texts if text.strip()}
    if not quoted or not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.glob("*.json")):
        payload = Payload.from_json(path.read_text(encoding="utf-8"))
        tree = payload.model_dump(mode="json")
        if _remove(tree, quoted):
            found[path] = Payload.model_validate({**tree, "revision": payload.revision + 1})
    return found


def revise_reports(quoting: Mapping[Path, Payload]) -> None:
    """Put revisions in the place of the reports that ``quoting_reports`` found."""
    for path, revised in quoting.items():
        store_issued(path.parent, path.stem, revised)


def _remove(tree: Any, quoted: Collection[str]) -> bool:
    """Replace quotes in a tree of plain values; whether any was found."""
    found = False
    items = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    for key, value in items:
        if isinstance(value, str) and value.strip() in quoted:
            tree[key] = REMOVED
            found = True
        elif isinstance(value, (dict, list)):
            found |= _remove(value, quoted)
    return found
