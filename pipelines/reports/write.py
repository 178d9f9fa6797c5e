"""Writes a merchant's weekly report into the home and keeps what it was made from.

``reports/<merchant>/<week>.html`` with ``<week>.json`` (the frozen payload) and ``<week>.sha256`` beside it.
An issued report is never rewritten silently: when later data change what it says, it stays as
``<week>.edition-1.*`` and the new one is edition 2. A week that was issued can always be had again, from its
payload.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipelines.durable import clear_parts, write_durably
from pipelines.reports.payload import Payload
from pipelines.reports.reading import find_merchant, read_payload, report_weeks
from pipelines.reports.render import render_html
from pipelines.reports.weeks import IsoWeek

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.reports.published import Published

SUFFIXES = (".html", ".sha256", ".json")


def write_report(home: Path, merchant_id: str, week: str | None = None) -> Path:
    """Write the report of one week.

    Args:
        home: the home folder.
        merchant_id: whose report.
        week: ISO week such as ``2026-W46``; None for the last whole week of the published data.

    Returns:
        The HTML file.

    Raises:
        NoSnapshot: nothing is published yet.
        UsageProblem: unknown merchant, no orders, or a week that is neither published nor issued.
    """
    from pipelines.snapshot import open_snapshot

    with open_snapshot(home) as snapshot:
        return write_from(snapshot, home, merchant_id, week)


def write_from(snapshot: Published, home: Path, merchant_id: str, week: str | None = None) -> Path:
    """``write_report`` on an open snapshot."""
    merchant = find_merchant(snapshot, merchant_id)
    folder = home / "reports" / merchant.merchant_id
    if week is not None:
        issued = _issued(folder, str(IsoWeek.parse(week)))
        if issued and IsoWeek.parse(week) not in report_weeks(snapshot, merchant_id):
            return _store(folder, issued)
    payload = read_payload(snapshot, merchant_id, week)
    return _store(folder, _as_edition(folder, payload))


def _issued(folder: Path, week: str) -> Payload | None:
    path = folder / f"{week}.json"
    return Payload.from_json(path.read_text(encoding="utf-8")) if path.exists() else None


def _as_edition(folder: Path, payload: Payload) -> Payload:
    earlier = _issued(folder, payload.week)
    if earlier is None:
        return payload
    same = payload.model_copy(update={"edition": earlier.edition, "revision": earlier.revision})
    if _said(same) == _said(earlier):
        return same
    _keep_edition(folder, earlier)
    return payload.model_copy(update={"edition": earlier.edition + 1})


def _said(payload: Payload) -> Payload:
    """The payload without the versions that made it: what a reader would notice."""
    return payload.model_copy(
        update={"snapshot_version": "", "published_at": "", "software_version": "", "revision": 0}
    )


def _keep_edition(folder: Path, earlier: Payload) -> None:
    """Copy what was issued, byte for byte, to the name of its edition.

    A copy and no move: killed at any moment, the week has its issued edition, and the next call goes on from there.
    The payload is the last that is written, here and in ``_store``: where it stands, what belongs to it does.
    """
    stem = f"{earlier.week}.edition-{earlier.edition}"
    if (folder / f"{stem}.json").exists():
        return
    for suffix in SUFFIXES:
        path = folder / f"{earlier.week}{suffix}"
        if path.exists():
            write_durably(folder / f"{stem}{suffix}", path.read_bytes().decode("utf-8"))


def _store(folder: Path, payload: Payload) -> Path:
    return store_issued(folder, payload.week, payload)


def store_issued(folder: Path, stem: str, payload: Payload) -> Path:
    """Write page, payload and hashes under a stem: the week, or an earlier edition's name; what stood there is gone."""
    folder.mkdir(parents=True, exist_ok=True)
    clear_parts(folder)
    page, record = render_html(payload), payload.to_json()
    hashes = ((f"{stem}.html", page), (f"{stem}.json", record))
    write_durably(folder / f"{stem}.html", page)
    write_durably(folder / f"{stem}.sha256", "".join(f"{_digest(text)}  {name}\n" for name, text in hashes))
    write_durably(folder / f"{stem}.json", record)
    return folder / f"{stem}.html"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
