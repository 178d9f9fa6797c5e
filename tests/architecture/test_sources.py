"""What every source must bring along: a sample, its quirks in words, staging tables that exist."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

from pipelines.sources import Source, all_sources

SHORTEST_DOCSTRING = 80
"""Characters under which nothing about a format has been said."""


def quirks(source: Source) -> str:
    """What the source's module and class say about the format."""
    module = sys.modules[type(source).__module__]
    return f"{inspect.getdoc(module) or ''}\n{type(source).__doc__ or ''}".strip()


def samples(source_name: str, root: Path) -> list[Path]:
    """The sample files of a source."""
    folder = root / "tests" / "data" / source_name
    return [path for path in folder.glob("*") if path.is_file()] if folder.is_dir() else []


def test_there_are_sources() -> None:
    """The tests below would pass without any."""
    assert all_sources()


@pytest.mark.parametrize("name", all_sources())
def test_a_source_has_a_sample(name: str, root: Path) -> None:
    """Reminds of: putting one small file in the format into tests/data/<source>/."""
    assert samples(name, root), f"put a sample into tests/data/{name}/"


@pytest.mark.parametrize("name", all_sources())
def test_a_source_tells_its_quirks(name: str) -> None:
    """Reminds of: writing down what real files of the format do, where the next person looks for it."""
    assert len(quirks(all_sources()[name])) > SHORTEST_DOCSTRING


@pytest.mark.parametrize("name", all_sources())
def test_a_source_names_staging_tables_that_exist(name: str) -> None:
    """Reminds of: writing sql/staging/<platform>__<entity>.sql for what the source says it stages."""
    assert all_sources()[name].staged_tables()


def test_a_source_without_sample_or_words_is_found(root: Path) -> None:
    """The rules above can fail."""

    class Silent(Source):
        name = "silent"

    assert not samples(Silent.name, root)
    assert len(Silent.__doc__ or "") < SHORTEST_DOCSTRING
