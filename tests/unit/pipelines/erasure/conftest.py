"""A shop in which Ann bought, sent back and wrote, beside Bob; loaded, not built."""

from __future__ import annotations

from pathlib import Path

import pytest
from erased_shop import ORDERS, Load, load_text

from pipelines.privacy import merchant_key, pseudonym_of
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse, open_warehouse


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
