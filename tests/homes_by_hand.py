"""Homes for tests that run ``keeprate`` in processes of its own: making one, dropping files, asking what is shown."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.settings import new_merchant, write_home
from pipelines.snapshot import open_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable


ROOT = Path(__file__).resolve().parents[1]
KEEPRATE = [sys.executable, "-m", "pipelines.cli"]
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in ("KEEPRATE_HOME", "DAGSTER_HOME", "COLUMNS")
}
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2
HEADER = "order_id,placed_date,currency_code,total_amount\n"


def keeprate(home: Path, *arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command as a process; whatever its status, nothing of it is a traceback."""
    command = [*KEEPRATE, "--home", str(home), *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, **{"env": ENVIRONMENT, **options}
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert "should not have happened" not in done.stderr + done.stdout, done.stderr + done.stdout
    return done


def as_guest(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody whom permissions stop; root would pass them all."""
    return keeprate(home, *arguments, preexec_fn=_give_up_root_rights)


def _give_up_root_rights() -> None:
    """Let what is executed next be without the two capabilities by which root passes permissions."""
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def new_home(home: Path, *merchants: str) -> Path:
    for merchant_id in merchants or ("north",):
        write_home(home, new_merchant(home, merchant_id))
    return home


def drop(home: Path, name: str, text: str, merchant_id: str = "north") -> Path:
    """A file that lies in an inbox and is complete."""
    path = home / "inbox" / merchant_id / name
    path.write_text(text, encoding="utf-8")
    moment = time.time() - 60
    os.utime(path, (moment, moment))
    return path


def orders(first: int, last: int, amount: str = "10.00") -> str:
    rows = "".join(f"{number},2026-03-{number % 28 + 1:02},USD,{amount}\n" for number in range(first, last + 1))
    return HEADER + rows


def published_orders(home: Path) -> dict[str, int]:
    with open_snapshot(home) as snapshot:
        counted = snapshot.query("select merchant_id, count(*) from core.orders group by all order by all")
        for name in snapshot.manifest["tables"]:
            snapshot.query(f"select * from {name}")
        return dict(counted.iter_rows())


# A full disk


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# A clock that is set
