"""The plan of an erasure that is under way: a file in the home that a kill survives, and that is removed at the end.

It holds what must be found again to complete it (pseudonyms, order numbers, masked texts), nothing that a person could
be known by outside the home; while it is there, the erasure is not done.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from pipelines.durable import sync_folder, write_durably
from pipelines.lock import writing

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from pipelines.settings import Settings

_NAME = "erasing.json"
_is_completing: ContextVar[bool] = ContextVar("is_completing", default=False)


@dataclass
class Plan:
    """What is to be erased, and what was counted so far.

    Attributes:
        erasure_id: random id.
        merchant_id: whose customer.
        pseudonyms: of the person.
        orders: order numbers.
        parcels: waybills and parcel numbers.
        returns: ids of requests and of their lines.
        records: file and number of each record that was emptied, to find it in what was published.
        texts: the person's words as they were kept, to find them in what was published and issued.
        counts: what was removed, by kind.
    """

    erasure_id: str
    merchant_id: str
    pseudonyms: list[str]
    orders: list[str]
    parcels: list[str]
    returns: list[str] = field(default_factory=list)
    records: list[tuple[str, int]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def read_plan(home: Path) -> Plan | None:
    """The erasure that is not done yet, or None."""
    try:
        return Plan(**json.loads((home / _NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def begun_seconds_ago(home: Path) -> float | None:
    """Seconds since something was last done for an erasure that is not completed; None where there is none."""
    try:
        return max(0.0, time.time() - (home / _NAME).stat().st_mtime)
    except FileNotFoundError:
        return None


def complete_begun(settings: Settings, wait_seconds: float = 0.0) -> None:
    """Complete an erasure that was begun and stopped; called before anything else is written.

    While it is being completed, the build that it makes calls this again: then there is nothing to do.

    Args:
        settings: the home's settings.
        wait_seconds: how long to wait for another writer.

    Raises:
        CannotRun: another process writes, or what is left to do cannot be done yet.
    """
    if _is_completing.get() or read_plan(settings.home) is None:
        return
    from pipelines.erasure.erase import complete_erasure

    with writing(settings.home, "keeprate erase", wait_seconds), _completing():
        # Read again under the lock: whoever was waited for may have completed it.
        plan = read_plan(settings.home)
        if plan is not None:
            complete_erasure(settings, plan)


@contextmanager
def _completing() -> Generator[None]:
    token = _is_completing.set(True)
    try:
        yield
    finally:
        _is_completing.reset(token)


def write_plan(home: Path, plan: Plan) -> None:
    """Keep the plan; readable by the home's owner alone."""
    write_durably(home / _NAME, json.dumps(asdict(plan), ensure_ascii=False), mode=0o600)


def remove_plan(home: Path) -> None:
    """The erasure is done."""
    (home / _NAME).unlink(missing_ok=True)
    sync_folder(home)
