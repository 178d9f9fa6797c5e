"""The table ``[privacy]`` of keeprate.toml: how long words are kept, and where originals go.

It is read by ``pipelines.settings``; what is done by it is in ``pipelines.retention`` and ``pipelines.inbox``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.errors import CannotRun, nearest

PRIVACY_KEYS = ("comments_months", "originals")
_LONGEST_MONTHS = 1200


def privacy_settings(entry: Any, path: Path) -> dict[str, Any]:
    """Values of ``Settings`` by name.

    Raises:
        CannotRun: a key or a value cannot be.
    """
    if not isinstance(entry, dict):
        raise CannotRun(f"{path}: privacy is no table.\n  to do:    write [privacy] above its keys")
    for key in entry:
        if key not in PRIVACY_KEYS:
            raise CannotRun(
                f"{path}: [privacy]: unknown key {key!r}{nearest(key, list(PRIVACY_KEYS))}.\n"
                f"  to do:    correct or remove it; there are {', '.join(PRIVACY_KEYS)}"
            )
    months = entry.get("comments_months", 24)
    if not isinstance(months, int) or isinstance(months, bool) or not 0 <= months <= _LONGEST_MONTHS:
        raise CannotRun(
            f"{path}: [privacy] comments_months is {months!r}; expected a whole number of months, or 0 for good.\n"
            "  to do:    correct it, for example comments_months = 24"
        )
    folder = entry.get("originals")
    originals = (path.parent / Path(str(folder)).expanduser()).resolve() if folder else None
    if originals and originals.is_relative_to(path.parent.resolve()):
        raise CannotRun(
            f"{path}: [privacy] originals is {str(folder)!r}, in the home; originals hold names and addresses.\n"
            "  to do:    name a folder outside, or leave it out: loaded files are then removed from the inbox"
        )
    return {"comments_months": months, "originals": originals}
