"""A home with made-up merchants, its reader and its app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_up_ledgers import TRUST, whole_picture
from made_up_outcomes import whole_aftermath
from made_up_risks import whole_risks
from made_up_shops import joined, shop
from made_up_snapshot import publish

from dashboards.reader import Reader
from pipelines.reports.payload import Payload

HOSTILE = "<b onmouseover=alert(1)>bold</b>"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which every made-up merchant is published."""
    tables = joined(
        shop("fashion", "Alder & Vine"),
        shop("home", "禾木家電", "zh-Hant", "TWD"),
        shop("silent", "Silent Ltd", has_returns=False),
        shop("start", "Start Ltd", weeks=2, weekly_units=20),
        shop("parcels", "Parcels Ltd", trust=TRUST),
        whole_picture("parcels"),
        whole_risks("parcels", name=HOSTILE),
        whole_aftermath("parcels"),
        shop("hostile", HOSTILE, products=(("1", HOSTILE, 500, 0.31, "defective"),)),
    )
    held = {"silent": {"since": "2026-11-20T03:00:00Z", "reason": "orders: 14 rows"}}
    return publish(tmp_path_factory.mktemp("home"), tables, held=held)


@pytest.fixture(scope="session")
def payload_of(home: Path) -> Callable[[str], Payload]:
    """Payload by merchant id."""
    return Reader(home).payload


@pytest.fixture(scope="session")
def app(home: Path) -> Any:
    """The Dash app of that home."""
    from dashboards.app import create_app

    return create_app(home)
