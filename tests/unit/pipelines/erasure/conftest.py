"""A shop in which Ann bought, sent back and wrote, beside Bob; loaded, not built."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.privacy import merchant_key, pseudonym_of
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse, open_warehouse

Load = Callable[..., None]

ORDERS = (
    "order_id,placed_date,currency_code,total_amount,customer_id,customer_email,customer_phone,ship_postcode_prefix\n"
    "7,2026-03-14,USD,10.00,501,ann@example.com,+1 555 0101,100\n"
    "8,2026-03-15,USD,20.00,502,bob@example.com,+1 555 0102,941\n"
)


def load_text(warehouse: Warehouse, folder: Path, name: str, text: str, **options: object) -> None:
    """Load a file of this text; it must be taken."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    stated = IngestOptions(as_of=datetime(2026, 4, 1, tzinfo=UTC), **options)  # type: ignore[arg-type]
    (result,) = ingest_files(warehouse, warehouse.settings.merchants["demo"], [path], stated)
    assert result.status == "loaded", result.message


@pytest.fixture
def load(warehouse: Warehouse, tmp_path: Path) -> Load:
    """Loads a file of this name and text into the open warehouse."""

    def loaded(name: str, text: str, **options: object) -> None:
        load_text(warehouse, tmp_path, name, text, **options)

    return loaded


@pytest.fixture
def ann(settings: Settings) -> str:
    """The pseudonym of Ann's e-mail address."""
    made = pseudonym_of("ann@example.com", "email", merchant_key(settings.key, "demo"))
    assert made
    return made


@pytest.fixture
def loaded_home(settings: Settings, tmp_path: Path) -> Settings:
    """The home with the orders of Ann and Bob; the warehouse is closed."""
    with open_warehouse(settings, "test") as warehouse:
        load_text(warehouse, tmp_path, "orders.csv", ORDERS)
    return settings
