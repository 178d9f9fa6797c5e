"""The data dictionary: reference pages in Markdown, written from the declarations that the code runs by.

``tables`` writes one page on every table, ``contracts`` one on what a merchant may supply, ``sources`` one on
the export formats, ``metrics`` one on every published number. ``python -m pipelines.dictionary`` writes them into
``docs/reference``; with ``--check`` it only says whether they are up to date. Words about tables belong in contracts
and SQL headers, those about metrics in ``pipelines/metrics``, not here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelines.dictionary.contracts import contracts_page
from pipelines.dictionary.metrics import metrics_page
from pipelines.dictionary.sources import sources_page
from pipelines.dictionary.tables import tables_page

REFERENCE_FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"

PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables_page,
    "contracts.md": contracts_page,
    "sources.md": sources_page,
    "metrics.md": metrics_page,
}
"""File name -> the function that writes its text."""


def write_pages(folder: Path = REFERENCE_FOLDER) -> list[Path]:
    """Write every page whose text changed.

    Returns:
        The files that were written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stale = stale_pages(folder)
    for path in stale:
        path.write_text(PAGES[path.name](), encoding="utf-8")
    return stale


def stale_pages(folder: Path = REFERENCE_FOLDER) -> list[Path]:
    """Files whose text is not what the declarations say now."""
    return [
        folder / name
        for name, page in PAGES.items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != page()
    ]
