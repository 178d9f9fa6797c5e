"""Loading a small generic file the way that ``keeprate ingest`` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.ingest.run import IngestOptions, ingest_files

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.ingest.result import FileResult
    from pipelines.settings import Settings
    from pipelines.warehouse import Warehouse

Load = Callable[..., "FileResult"]


@pytest.fixture
def load(warehouse: Warehouse, settings: Settings, tmp_path: Path) -> Load:
    """A function from CSV text, mapping text and options to what became of the file."""

    def loaded(text: str, mapping: str = "", name: str = "file.csv", **options: Any) -> FileResult:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        if mapping:
            (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
            options["mapping"] = tmp_path / "map.toml"
        stated = IngestOptions(**options)
        return next(iter(ingest_files(warehouse, settings.merchant("demo"), [path], stated)))

    return loaded
