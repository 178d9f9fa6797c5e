"""Inboxes: what waits, what was refused, what nobody will load."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pipelines.doctor.finding import Finding, ago, named
from pipelines.inbox import waiting_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.merchants import Merchant
    from pipelines.settings import Settings


def examine(settings: Settings) -> Iterator[Finding]:
    """Each merchant's inbox."""
    for merchant in settings.merchants.values():
        if merchant.inbox.is_dir():
            yield from _inbox(merchant)


def _inbox(merchant: Merchant) -> Iterator[Finding]:
    check = f"inbox {merchant.merchant_id}"
    refused = sorted(path.name.removesuffix(".why.txt") for path in merchant.inbox.glob("refused/*.why.txt"))
    waiting = waiting_files(merchant)
    folders = sorted(
        path.name
        for path in merchant.inbox.iterdir()
        if path.is_dir() and path.name not in ("loaded", "refused") and path.name[0] != "."
    )
    left = sorted(path.name for path in (merchant.inbox / "loaded").glob("*"))
    if left:
        yield Finding(
            check,
            "warn",
            f"{len(left)} in {merchant.inbox / 'loaded'}, where earlier versions put what was loaded: {named(left, 3)}",
            "move them out of the home, into the folder that originals in keeprate.toml names, or remove them",
            "originals name persons; neither an erasure nor the retention of words reaches them",
        )
    if refused:
        yield Finding(
            check,
            "warn",
            f"{len(refused)} refused in {merchant.inbox / 'refused'}: {named(refused, 3)}",
            "read the .why.txt beside each, then mend or remove both",
            "nothing of a refused file was loaded",
        )
    if waiting:
        oldest = max(0.0, time.time() - min(path.stat().st_mtime for path in waiting))
        yield Finding(
            check,
            "warn",
            f"{len(waiting)} waiting, the oldest written {ago(oldest)}: {named([path.name for path in waiting], 3)}",
            "keeprate build",
            "what it tells is not in the numbers yet",
        )
    if folders:
        yield Finding(
            check,
            "warn",
            f"folders in {merchant.inbox}: {named(folders)}",
            "move the files in them into the inbox itself",
            "files in folders of an inbox are not loaded",
        )
    if not (left or refused or waiting or folders):
        yield Finding(check, "ok", "empty")
