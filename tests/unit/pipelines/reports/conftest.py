"""Made-up merchants, published as readers find them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from made_up_ledgers import TRUST, whole_picture
from made_up_outcomes import whole_aftermath
from made_up_risks import whole_risks
from made_up_shops import joined, shop
from made_up_snapshot import publish

from pipelines.reports.payload import Payload
from pipelines.reports.reading import read_payload
from pipelines.snapshot import open_snapshot

HOSTILE = "<script>alert(1)</script>"

SHOPS = {
    "fashion": {"name": "Alder & Vine"},
    "home": {"name": "禾木家電", "locale": "zh-Hant", "currency_code": "TWD"},
    "worse": {"jump": 0.09},
    "better": {"jump": -0.07},
    "few": {"weekly_units": 3},
    "new": {"weeks": 1, "weekly_units": 300, "developed": 0.1},
    "start": {"weeks": 3},
    "silent": {"has_returns": False},
    "red": {"trust": {"records_quarantined_count": 2000, "records_loaded_count": 18808}},
    "broken": {"trust": {"records_loaded_count": 20000}},
    "held": {},
    "parcels": {"trust": TRUST},
    "parcels-zh": {"name": "禾木包裹", "locale": "zh-Hant", "currency_code": "TWD", "trust": TRUST},
    "lost": {"trust": TRUST},
    "hostile": {
        "name": HOSTILE,
        "products": (
            ("1", HOSTILE, 500, 0.31, "defective"),
            ("2", "=cmd|' /C calc'!A0", 500, 0.3, "defective"),
            ("3", "<img src=x onerror=alert(1)>", 500, 0.29, "unclear"),
            ("4", "turned \u202eround", 500, 0.28, "unclear"),
        ),
    },
}
WITH_RISKS = {"parcels": {"name": "<img src=x onerror=alert(1)>"}, "parcels-zh": {}}
WITH_PARCELS = {
    "parcels": {},
    "parcels-zh": {"currency_code": "TWD"},
    "lost": {"open_in_october": 100, "missing": 4},
}
HELD = {"held": {"since": "2026-11-20T03:00:00Z", "reason": f"orders: 14 rows {HOSTILE}"}}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which every made-up merchant is published."""
    tables = joined(
        *(shop(merchant_id, **options) for merchant_id, options in SHOPS.items()),
        *(whole_picture(merchant_id, **options) for merchant_id, options in WITH_PARCELS.items()),
        *(whole_risks(merchant_id, **options) for merchant_id, options in WITH_RISKS.items()),
        *(whole_aftermath(merchant_id) for merchant_id in WITH_RISKS),
    )
    return publish(tmp_path_factory.mktemp("home"), tables, held=HELD)


@pytest.fixture(scope="session")
def snapshot(home: Path) -> Iterator[Any]:
    """The open snapshot of that home."""
    with open_snapshot(home) as opened:
        yield opened


@pytest.fixture(scope="session")
def payload_of(snapshot: Any) -> Callable[[str], Payload]:
    """Payload by merchant id."""
    known: dict[str, Payload] = {}

    def read(merchant_id: str) -> Payload:
        if merchant_id not in known:
            known[merchant_id] = read_payload(snapshot, merchant_id)
        return known[merchant_id]

    return read
