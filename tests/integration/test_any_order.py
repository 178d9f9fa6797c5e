"""The law over every source at once: files in any order, twice, one by one or together give the same tables.

The files are every sample of ``tests/data`` and the exports of a small simulated shop. Each has a stated age, because
the age decides which of two versions is the newer one, and a checkout gives all samples the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipelines.build import derive, merge_core
from pipelines.contracts import all_contracts
from pipelines.core_tables import declared_tables
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.restaging import restage
from pipelines.settings import Merchant, load_settings, new_merchant, write_home
from pipelines.sources import all_sources
from pipelines.sql_tables import all_sql_tables
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAMPLES = Path(__file__).resolve().parents[1] / "data"
START = datetime(2026, 11, 1)
SHOP = "fashion"
Content = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Sample:
    """A file, the source that reads it, its age, and the order of day and month that was proven or must be stated."""

    path: Path
    source: str
    as_of: datetime
    date_format: str = ""

    @property
    def options(self) -> IngestOptions:
        """What is stated about it."""
        return IngestOptions(source=self.source or None, as_of=self.as_of, date_format=self.date_format or None)


@pytest.fixture(scope="module")
def samples(simulated_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    found = [
        (path, source)
        for source in all_sources()
        for path in sorted((SAMPLES / source).glob("*"))
        if source != "generic" and path.suffix in {".csv", ".tsv", ".txt", ".json", ".jsonl", ".toml"}
    ]
    found += [(path, "") for path in sorted((simulated_exports / SHOP).rglob("*")) if path.is_file()]
    aged = [Sample(path, source, START + timedelta(hours=place)) for place, (path, source) in enumerate(found)]
    return list(House(tmp_path_factory.mktemp("proofs")).proven(aged))


class House:
    """A home with one merchant whose files are loaded and brought up to date without reports."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        write_home(self.home, new_merchant(self.home, SHOP, timezone="America/New_York"))
        # One key for all homes, or pseudonyms would tell them apart.
        (self.home / "key").write_text("5" * 64 + "\n", encoding="ascii")

    def proven(self, files: Sequence[Sample]) -> Iterator[Sample]:
        """The files with their date format stated: what proves it may be another file, loaded before or after."""
        settings = load_settings(self.home)
        with open_warehouse(settings, "test") as warehouse:
            for sample in files:
                for result in ingest_files(warehouse, settings.merchant(SHOP), [sample.path], sample.options):
                    yield replace(sample, date_format=result.date_format)

    def load(self, warehouse: Warehouse, merchant: Merchant, files: Sequence[Sample]) -> None:
        for sample in files:
            for result in ingest_files(warehouse, merchant, [sample.path], sample.options):
                assert result.status in {"loaded", "already loaded"}, f"{sample.path.name}: {result.message}"
                assert result.records_in == result.records_loaded + result.records_quarantined, sample.path.name

    def content(self, steps: Sequence[Sequence[Sample]], *, is_full: bool = False) -> Content:
        """What stands in core and marts after the files were loaded step by step."""
        settings = load_settings(self.home)
        merchant = settings.merchant(SHOP)
        with open_warehouse(settings, "test") as warehouse:
            for step in steps:
                self.load(warehouse, merchant, step)
                bring_up_to_date(warehouse)
            if is_full:
                bring_up_to_date(warehouse, is_full=True)
            return dict(published(warehouse))


def bring_up_to_date(warehouse: Warehouse, *, is_full: bool = False) -> None:
    """What a build does up to the marts: case by case where little changed."""
    restage(warehouse, is_full=is_full)
    merge_core(warehouse, is_full=is_full)
    for schema in ("core", "marts"):
        list(derive(warehouse, schema))


def published(warehouse: Warehouse) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    names = [table.full_name for contract in all_contracts().values() for table in declared_tables(contract)]
    names += [name for name, table in all_sql_tables().items() if table.is_published]
    for name in names:
        yield name, warehouse.connection.execute(f"select * from {name} order by all").fetchall()
    rows = "merchant_id, source, file_id, record_number, entity, rule, column_name, field, is_whole_record"
    yield "quarantine", warehouse.connection.execute(f"select {rows} from quarantine.rows order by all").fetchall()


def differing(found: Content, expected: Content) -> dict[str, str]:
    return {
        name: f"{len(found[name])} rows, expected {len(rows)}; first difference: "
        f"{next((pair for pair in zip(found[name], rows, strict=False) if pair[0] != pair[1]), 'one has more')}"
        for name, rows in expected.items()
        if found[name] != rows
    }


@pytest.fixture(scope="module")
def reference(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Content:
    """All files, oldest first, in one step."""
    return House(tmp_path_factory.mktemp("reference")).content([samples])


def test_every_source_has_a_sample_here(samples: list[Sample]) -> None:
    assert {sample.source for sample in samples} >= set(all_sources()) - {"generic"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_orders_and_splits_give_the_same_tables(
    seed: int, samples: list[Sample], reference: Content, tmp_path: Path
) -> None:
    draw = np.random.default_rng(seed)
    shuffled = [samples[place] for place in draw.permutation(len(samples))]
    cuts = sorted(draw.choice(np.arange(1, len(samples)), 4, replace=False))
    steps = [shuffled[start:end] for start, end in pairwise([0, *cuts, len(samples)])]
    assert differing(House(tmp_path).content(steps), reference) == {}


@pytest.mark.slow
def test_one_by_one_and_everything_twice_give_the_same_tables(
    samples: list[Sample], reference: Content, tmp_path: Path
) -> None:
    found = House(tmp_path).content([*([sample] for sample in reversed(samples)), samples])
    assert differing(found, reference) == {}


@pytest.mark.slow
def test_a_full_rebuild_gives_the_same_tables(samples: list[Sample], reference: Content, tmp_path: Path) -> None:
    assert differing(House(tmp_path).content([samples], is_full=True), reference) == {}
