"""Whether a home and this machine are as they should be: what was found, and how to mend it.

Looks and changes nothing (but for the lock, which it takes for a moment). Reads the snapshot, never the warehouse.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import stat
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipelines.errors import CannotRun, KeeprateError, Refused
from pipelines.inbox import waiting_files
from pipelines.lock import writing
from pipelines.policies import read_policy
from pipelines.settings import load_settings
from pipelines.snapshot import NoSnapshot, open_snapshot
from pipelines.sources.policy_file import gaps, in_force

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.settings import Settings
    from pipelines.snapshot import Snapshot

CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"
FAIL_FREE_BYTES, WARN_FREE_BYTES = 1 << 30, 5 << 30
STALE_DAYS = 8
"""Orders older than that draw a warning: a weekly export and one day of delay are normal."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what was looked at.
        status: ``ok``, ``warn`` or ``fail``.
        found: what stands there.
        remedy: how to mend it, or empty.
    """

    check: str
    status: Literal["ok", "warn", "fail"]
    found: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """All of it, for ``--json``."""
        return asdict(self)


def examine(home: Path) -> Iterator[Finding]:
    """Look at everything, the cheap things first.

    Yields:
        One finding after the other; without a readable configuration only what can be said without it.
    """
    yield from _versions()
    try:
        settings = load_settings(home)
    except KeeprateError as error:
        yield Finding("configuration", "fail", *_split(str(error)))
        return
    yield Finding("configuration", "ok", f"{home / 'keeprate.toml'}: {', '.join(settings.merchants)}")
    yield _key(home / "key")
    yield from _folders(settings)
    yield _disk(home)
    yield _lock(home)
    yield from _inboxes(settings)
    yield from _published(settings)


def _split(message: str) -> tuple[str, str]:
    found, _, remedy = message.partition("\n  to do:")
    return found, remedy.strip()


def _versions() -> Iterator[Finding]:
    if not CONSTRAINTS.exists():
        yield Finding("versions", "warn", f"{CONSTRAINTS} is not there, so versions cannot be compared")
        return
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", CONSTRAINTS.read_text(encoding="utf-8"), re.MULTILINE))
    other, absent = [], []
    required = {re.split(r"[^\w.-]", text)[0] for text in _required()}
    for name, pinned in pins.items():
        try:
            present = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            absent += [name] if name.lower() in required else []
        else:
            other += [f"{name} {present} (tested with {pinned})"] if present != pinned else []
    if absent:
        yield Finding("versions", "fail", f"not installed: {', '.join(absent)}", "make env")
    elif other:
        yield Finding("versions", "warn", ", ".join(other), "make env")
    else:
        yield Finding("versions", "ok", f"keeprate {importlib.metadata.version('keeprate')}, as in constraints.txt")


def _required() -> list[str]:
    return [text.lower() for text in importlib.metadata.requires("keeprate") or [] if "extra ==" not in text]


def _key(path: Path) -> Finding:
    try:
        bytes.fromhex(path.read_text(encoding="ascii").strip())
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, ValueError) as error:
        return Finding(
            "key",
            "fail",
            f"{path} cannot be read ({type(error).__name__})",
            "restore it from your backup; with a new key, known customers become strangers",
        )
    if mode & 0o077:
        return Finding("key", "fail", f"{path} can be read by others (mode {mode:04o})", f"chmod 600 {path}")
    return Finding("key", "ok", f"{path}, mode {mode:04o}")


def _folders(settings: Settings) -> Iterator[Finding]:
    places = [settings.home] + [
        folder for merchant in settings.merchants.values() for folder in (merchant.inbox, merchant.outbox)
    ]
    for folder in places:
        if not folder.is_dir():
            yield Finding("folders", "fail", f"{folder} is missing", f"mkdir -p {folder}")
        elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            yield Finding("folders", "fail", f"{folder} cannot be written by this user", f"chown or chmod {folder}")
        else:
            continue
        return
    yield Finding("folders", "ok", f"{settings.home} and {len(places) - 1} inboxes and outboxes can be written")
    for merchant in settings.merchants.values():
        if merchant.policy_file:
            yield _policy(merchant.merchant_id, merchant.policy_file)


def _policy(merchant_id: str, path: Path) -> Finding:
    """The policy file: whether it can be read, which version is in force today, and days without one."""
    check = f"policy {merchant_id}"
    if not path.exists():
        return Finding(
            check, "fail", f"policy file {path} is missing", "write it, or take policy_file out of keeprate.toml"
        )
    try:
        versions = read_policy(path)
    except Refused as error:
        return Finding(check, "fail", f"{error.file_name}: {error.found}; expected {error.expected}", error.remedy)
    now = in_force(versions, datetime.now(UTC).date())
    without = gaps(versions)
    if now is None or without:
        found = "; ".join(without) or "no version is in force today"
        return Finding(check, "warn", found, "add a version for these days, or let it be so")
    return Finding(check, "ok", f"{len(versions)} versions; {now.version_id} is in force")


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    found = f"{free / (1 << 30):.1f} GB free at {home}"
    if free < WARN_FREE_BYTES:
        return Finding("disk", "fail" if free < FAIL_FREE_BYTES else "warn", found, "make room: a build needs some")
    return Finding("disk", "ok", found)


def _lock(home: Path) -> Finding:
    try:
        with writing(home, "keeprate doctor"):
            return Finding("lock", "ok", "nobody writes")
    except CannotRun as error:
        return Finding("lock", "warn", *_split(str(error)))


def _inboxes(settings: Settings) -> Iterator[Finding]:
    for merchant in settings.merchants.values():
        waiting = len(waiting_files(merchant))
        refused = len(list(merchant.inbox.glob("refused/*.why.txt")))
        if refused:
            yield Finding(
                f"inbox {merchant.merchant_id}",
                "warn",
                f"{refused} refused in {merchant.inbox / 'refused'}",
                "read the .why.txt beside each, then mend or remove it",
            )
        elif waiting:
            yield Finding(f"inbox {merchant.merchant_id}", "warn", f"{waiting} waiting", "keeprate build")
        else:
            yield Finding(f"inbox {merchant.merchant_id}", "ok", "empty")


def _published(settings: Settings) -> Iterator[Finding]:
    try:
        with open_snapshot(settings.home, settings.threads) as snapshot:
            yield Finding(
                "snapshot", "ok", f"version {snapshot.manifest['version']} of {snapshot.manifest['published_at']}"
            )
            yield from _merchants(settings, snapshot)
    except NoSnapshot:
        yield Finding("snapshot", "warn", "nothing is published yet", "keeprate ingest FILE, then keeprate build")
    except Exception as error:
        yield Finding(
            "snapshot",
            "fail",
            f"cannot be read ({type(error).__name__})",
            "keeprate build --full; restore snapshots/ from your backup if that does not help",
        )


def _merchants(settings: Settings, snapshot: Snapshot) -> Iterator[Finding]:
    newest = dict(
        snapshot.query(
            "select merchant_id, max(coalesce(placed_date, placed_at::date)) from core.orders group by merchant_id"
        ).iter_rows()
    )
    today = datetime.now(UTC).date()
    for merchant_id in settings.merchants:
        if hold := snapshot.manifest["held"].get(merchant_id):
            yield Finding(
                f"data {merchant_id}",
                "fail",
                f"held since {hold['since']}: {hold['reason']}",
                "mend or complete its files, then keeprate build",
            )
        yield _freshness(merchant_id, newest.get(merchant_id), today)


def _freshness(merchant_id: str, newest: date | None, today: date) -> Finding:
    if newest is None:
        return Finding(
            f"data {merchant_id}", "warn", "no order published", f"keeprate ingest FILE --merchant {merchant_id}"
        )
    days = (today - newest).days
    found = f"newest order of {newest}, {days} {'day' if days == 1 else 'days'} ago"
    if days > STALE_DAYS:
        return Finding(f"data {merchant_id}", "warn", found, "export and load newer files")
    return Finding(f"data {merchant_id}", "ok", found)
