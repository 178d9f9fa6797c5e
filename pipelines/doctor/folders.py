"""The key and the folders of a home: there, and with the permissions that they need."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from pipelines.doctor.finding import Finding, named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.settings import Settings

_KEY_BYTES = 32
_WHY_KEY = (
    "pseudonyms of customers are made with it: whoever has it can look a person up, without it none is found again"
)


def key(home: Path) -> Iterator[Finding]:
    """The installation's secret."""
    path = home / "key"
    try:
        content = bytes.fromhex(path.read_text(encoding="ascii").strip())
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, ValueError) as error:
        yield Finding(
            "key",
            "fail",
            f"{path} cannot be read ({type(error).__name__})",
            "restore it from your backup; with a new key, known customers become strangers",
            _WHY_KEY,
        )
        return
    if len(content) < _KEY_BYTES:
        yield Finding(
            "key", "fail", f"{path} holds {len(content)} bytes of {_KEY_BYTES}", "restore it from your backup", _WHY_KEY
        )
    elif mode & 0o077:
        yield Finding("key", "fail", f"{path} can be read by others (mode {mode:04o})", f"chmod 600 {path}", _WHY_KEY)
    else:
        yield Finding("key", "ok", f"{path}, mode {mode:04o}")


def examine(home: Path, settings: Settings | None) -> Iterator[Finding]:
    """The home's own folders, then those of each merchant, then those of nobody."""
    problems = list(_problems(home, settings))
    if len(problems) > 1 and not os.access(home, os.W_OK):
        # All of it is another user's: one sentence says so.
        yield Finding(
            "folders",
            "fail",
            f"{home} cannot be written by this user, nor can {len(problems) - 1} folders and files in it",
            f"call keeprate as the user who owns it, or chown -R {_user()} {home}",
            "every command writes into it",
        )
    else:
        yield from problems
    merchants = settings.merchants.values() if settings else ()
    if not problems:
        yield Finding("folders", "ok", f"{home} and {2 * len(merchants)} inboxes and outboxes can be read and written")
    if settings:
        yield from _of_nobody(settings)


def _problems(home: Path, settings: Settings | None) -> Iterator[Finding]:
    yield from _folder(home, "every command writes into it")
    for name, why in (
        ("snapshots", "readers find the published data there"),
        ("snapshots/parts", "readers find the published data there"),
        ("reports", "reports are written there"),
        ("dagster", "builds keep their history there"),
    ):
        if (home / name).exists():
            yield from _folder(home / name, why)
    for name in ("warehouse.duckdb", "keeprate.toml"):
        path = home / name
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            yield Finding(
                "folders",
                "fail",
                f"{path} cannot be read and written by this user",
                f"chown {_user()} {path}",
                "no command can load or build",
            )
    if settings:
        for merchant in settings.merchants.values():
            yield from _folder(merchant.inbox, "files that are put there are loaded by the next build, and moved aside")
            yield from _folder(merchant.outbox, "results are put there")


def _folder(path: Path, why: str) -> Iterator[Finding]:
    if not path.is_dir():
        yield Finding("folders", "fail", f"{path} is missing", f"mkdir -p {path}", why)
    elif not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(
            "folders",
            "fail",
            f"{path} cannot be written by this user",
            f"chown {_user()} {path}, or chmod u+rwx {path}",
            why,
        )


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _of_nobody(settings: Settings) -> Iterator[Finding]:
    """Folders in which somebody may put files that nobody will ever load."""
    known = {path.resolve() for m in settings.merchants.values() for path in (m.inbox, m.outbox)}
    for parent in {path.parent for path in (settings.home / "inbox" / "x", settings.home / "outbox" / "x")}:
        if not parent.is_dir():
            continue
        strange = sorted(path for path in parent.iterdir() if path.resolve() not in known and path.name[0] != ".")
        if strange:
            yield Finding(
                "folders",
                "warn",
                f"{parent} has {named([path.name for path in strange])}, which belongs to no merchant",
                f"keeprate init --merchant {strange[0].name}, or move it away",
                "what lies there is never loaded",
            )
