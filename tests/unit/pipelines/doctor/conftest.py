"""A home that is well, to be broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import open_warehouse


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a merchant and an empty warehouse."""
    folder = tmp_path / "home"
    write_home(folder, new_merchant(folder, "acme", timezone="Europe/Berlin", currency_code="EUR"))
    with open_warehouse(load_settings(folder), "test"):
        pass
    return folder
