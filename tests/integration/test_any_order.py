"""The law over every source at once: files in any order, twice, one by one or together give the same tables.

The files are every sample of ``tests/data`` and the exports of two small simulated shops, a merchant each. Each has a
stated age, because the age decides which of two versions is the newer one, and a checkout gives all samples the same
moment. What is compared is what readers see, the tables of the snapshot, and the quarantine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipelines.build import derive, merge_core, published_tables
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.learning.run import failures, learn
from pipelines.publishing import publish
from pipelines.restaging import restage
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.simulate import simulate
from pipelines.snapshot import open_snapshot
from pipelines.sources import all_sources
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAMPLES = Path(__file__).resolve().parents[1] / "data"
START = datetime(2026, 11, 1)
ORDERS = 120
MERCHANTS = {"fashion": "America/New_York", "home": "Asia/Taipei"}
Content = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Sample:
    """A file, its merchant, its age, and its source and order of day and month, stated or as they were found out."""

    path: Path
    merchant_id: str
    source: str
    as_of: datetime
    date_format: str = ""

    @property
    def options(self) -> IngestOptions:
        """What is stated about it."""
        return IngestOptions(source=self.source or None, as_of=self.as_of, date_format=self.date_format or None)


@pytest.fixture(scope="module")
def unproven(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """The files before any of them was read: what proves a file's dates may be another one."""
    exports = tmp_path_factory.mktemp("exports")
    simulate(exports, orders=ORDERS, seed=7, until=date(2026, 11, 1))
    found = [
        (path, "fashion", source)
        for source in all_sources()
        for path in sorted((SAMPLES / source).glob("*"))
        if source != "generic" and path.suffix in {".csv", ".tsv", ".txt", ".json", ".jsonl", ".toml"}
    ]
    found += [
        (path, merchant_id, "") for merchant_id in MERCHANTS for path in sorted((exports / merchant_id).iterdir())
    ]
    return [Sample(*file, START + timedelta(hours=place)) for place, file in enumerate(found)]


class House:
    """A home with two merchants whose files are loaded, brought up to date and published without reports."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        for merchant_id, zone in MERCHANTS.items():
            write_home(self.home, new_merchant(self.home, merchant_id, timezone=zone))
        # One key for all homes, or pseudonyms would tell them apart.
        (self.home / "key").write_text("5" * 64 + "\n", encoding="ascii")

    def load(self, warehouse: Warehouse, files: Sequence[Sample]) -> Iterator[Sample]:
        """Load files; each with the date format that it was read with."""
        for sample in files:
            merchant = warehouse.settings.merchant(sample.merchant_id)
            for result in ingest_files(warehouse, merchant, [sample.path], sample.options):
                assert result.status in {"loaded", "already loaded"}, f"{sample.path.name}: {result.message}"
                assert result.records_in == result.records_loaded + result.records_quarantined, sample.path.name
                yield replace(sample, source=result.source, date_format=result.date_format)

    def content(self, steps: Sequence[Sequence[Sample]], *, is_full: bool = False) -> tuple[list[Sample], Content]:
        """The files as they were read, and what is published after they were loaded step by step."""
        read = []
        with open_warehouse(load_settings(self.home), "test") as warehouse:
            for step in steps:
                read += self.load(warehouse, step)
                bring_up_to_date(warehouse)
            if is_full:
                bring_up_to_date(warehouse, is_full=True)
            return read, dict(self.shown(warehouse))

    def shown(self, warehouse: Warehouse) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
        """Rows of every table of core, ml and marts in the snapshot, and of the quarantine."""
        with open_snapshot(self.home) as snapshot:
            for name in snapshot.manifest["tables"]:
                if name.startswith(("core.", "ml.", "marts.")):
                    yield name, snapshot.connection.execute(f"select * from {name} order by all").fetchall()
        rows = "merchant_id, source, file_id, record_number, entity, rule, column_name, field, is_whole_record"
        yield "quarantine", warehouse.connection.execute(f"select {rows} from quarantine.rows order by all").fetchall()


def bring_up_to_date(warehouse: Warehouse, *, is_full: bool = False) -> None:
    """What a build does without its checks: case by case where little changed, then a snapshot."""
    restage(warehouse, is_full=is_full)
    merge_core(warehouse, is_full=is_full)
    list(derive(warehouse, "core"))
    list(learn(warehouse, is_full=is_full))
    assert failures(warehouse) == {}
    list(derive(warehouse, "marts"))
    publish(warehouse, published_tables())


def differing(found: Content, expected: Content) -> dict[str, str]:
    return {
        name: f"{len(found[name])} rows, expected {len(rows)}; first difference: "
        f"{next((pair for pair in zip(found[name], rows, strict=False) if pair[0] != pair[1]), 'one has more')}"
        for name, rows in expected.items()
        if found[name] != rows
    }


@pytest.fixture(scope="module")
def loaded(unproven: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Sample], Content]:
    """All files, oldest first, in one step: the files with their date formats, and what is published."""
    return House(tmp_path_factory.mktemp("reference")).content([unproven])


@pytest.fixture(scope="module")
def samples(loaded: tuple[list[Sample], Content]) -> list[Sample]:
    return loaded[0]


@pytest.fixture(scope="module")
def reference(loaded: tuple[list[Sample], Content]) -> Content:
    return loaded[1]


def test_every_source_has_a_sample_here(unproven: list[Sample]) -> None:
    assert {sample.source for sample in unproven} >= set(all_sources()) - {"generic"}


def test_tables_of_both_merchants_are_compared(reference: Content) -> None:
    for name in (
        "core.orders",
        "core.shipments",
        "core.return_lines",
        "core.parcels",
        "ml.cohort_rates",
        "marts.return_rate_weekly",
    ):
        assert {row[0] for row in reference[name]} == set(MERCHANTS), name


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_random_orders_and_splits_give_the_same_tables(
    seed: int, samples: list[Sample], reference: Content, tmp_path: Path
) -> None:
    draw = np.random.default_rng(seed)
    shuffled = [samples[place] for place in draw.permutation(len(samples))]
    cuts = sorted(draw.choice(np.arange(1, len(samples)), 4, replace=False))
    steps = [shuffled[start:end] for start, end in pairwise([0, *cuts, len(samples)])]
    assert differing(House(tmp_path).content(steps)[1], reference) == {}


@pytest.mark.slow
def test_one_by_one_and_everything_twice_give_the_same_tables(
    samples: list[Sample], reference: Content, tmp_path: Path
) -> None:
    """The newest first; a step for the newest file of each source, the others four a step."""
    single = list({sample.source: sample for sample in samples}.values())
    others = [sample for sample in reversed(samples) if sample not in single]
    steps = [*([sample] for sample in reversed(single)), *(others[at : at + 4] for at in range(0, len(others), 4))]
    assert sorted(map(samples.index, (sample for step in steps for sample in step))) == list(range(len(samples)))
    assert differing(House(tmp_path).content([*steps, samples])[1], reference) == {}


@pytest.mark.slow
def test_a_full_rebuild_gives_the_same_tables(samples: list[Sample], reference: Content, tmp_path: Path) -> None:
    assert differing(House(tmp_path).content([samples], is_full=True)[1], reference) == {}
