"""A warehouse in a temporary home, for tests of single steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.settings import Settings, load_settings, write_home
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with the merchant ``demo``."""
    write_home(tmp_path / "home")
    return load_settings(tmp_path / "home")


@pytest.fixture
def warehouse(settings: Settings) -> Generator[Warehouse]:
    """Its warehouse, open for writing."""
    with open_warehouse(settings, "test") as opened:
        yield opened
