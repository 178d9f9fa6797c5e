"""The whole build on real files: nothing twice, any order and split, a held merchant; kills are in ``test_kills``."""

from __future__ import annotations

import csv
import os
import shutil
import time
from pathlib import Path

import pytest
from stale_tables import stale_tables

from pipelines.contracts import all_contracts
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.runner import BuildOutcome, run_build
from pipelines.settings import load_settings
from pipelines.snapshot import open_snapshot, read_manifest
from pipelines.warehouse import open_warehouse


@pytest.fixture
def home(built_home: Path, tmp_path: Path) -> Path:
    """A copy of the built home, to change."""
    copy = tmp_path / "home"
    shutil.copytree(built_home, copy)
    return copy


def ingest(home: Path, merchant_id: str, *paths: Path, options: IngestOptions | None = None) -> list[str]:
    settings = load_settings(home)
    with open_warehouse(settings, "test") as warehouse:
        merchant = settings.merchant(merchant_id)
        results = list(ingest_files(warehouse, merchant, paths, options or IngestOptions()))
    assert [result.message for result in results if result.status == "refused"] == []
    return [result.status for result in results]


def build(home: Path, *, is_full: bool = False) -> BuildOutcome:
    return run_build(load_settings(home), is_full=is_full)


def published(home: Path, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[object, ...]]]:
    """Every published row of core and marts, by table; what tells of files and loads is left out."""
    told_by_load = {"quarantine.check_verdicts", "quarantine.rows", "quarantine.conflicts"}
    with open_snapshot(home) as snapshot:
        return {
            name: snapshot.query(f"select * from {name} order by all").rows()
            for name in snapshot.manifest["tables"]
            if name not in told_by_load and name not in without
        }


def test_a_second_build_has_nothing_to_do(home: Path) -> None:
    before = read_manifest(home)
    outcome = build(home)
    assert outcome.status == "nothing to do"
    assert read_manifest(home) == before


def test_a_full_build_equals_what_there_is_and_the_catalogue_is_told(home: Path) -> None:
    import dagster as dg

    before = published(home)
    assert build(home, is_full=True).status == "published"
    assert published(home) == before
    orders = len(before["core.orders"])
    assert orders == 400
    with dg.DagsterInstance.get() as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["core", "orders"]))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["dagster/row_count"].value == orders


def split(path: Path, folder: Path, pieces: int) -> list[Path]:
    """The file's records dealt over several files with its header, whole orders each."""
    with path.open(encoding="utf-8", newline="") as stream:
        header, *records = csv.reader(stream)
    made = []
    for piece in range(pieces):
        target = folder / f"piece{piece}-{path.name}"
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            writer.writerows(records[piece::pieces])
        made.append(target)
    return made


def test_pieces_in_any_order_with_builds_between_give_the_same_tables(
    built_home: Path, simulated_exports: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("keeprate.toml", "key"):
        shutil.copy(built_home / name, home / name)
    (home / "dagster").mkdir()
    shutil.copy(built_home / "dagster" / "dagster.yaml", home / "dagster")
    folder = tmp_path / "pieces"
    folder.mkdir()
    for merchant_id in ("home", "fashion"):
        pieces = []
        for number, export in enumerate(sorted((simulated_exports / merchant_id).iterdir(), reverse=True)):
            # By other numbers for neighbours: two pieces that are the same would be one file, of the age of the first.
            pieces += reversed(split(export, folder, 2 + number % 2)) if is_of_free_rows(export) else [export]
        half = len(pieces) // 2
        ingest(home, merchant_id, *pieces[:half])
        assert build(home).status == "published"
        ingest(home, merchant_id, pieces[0], *pieces[half:])
    assert build(home).status == "published"
    # How many files there were is told in the coverage; what they say must be the same.
    left_out = ("marts.data_coverage", "marts.source_coverage", "marts.contradictions", "raw.files")
    assert published(home, without=left_out) == published(built_home, without=left_out)


def is_of_free_rows(path: Path) -> bool:
    """Whether the file's records may be dealt out: rows of a products export know their product by their order."""
    return path.suffix == ".csv" and not path.name.startswith("products")


CONTRADICTION = (
    "order_id,placed_date,status_raw,total_quantity\n900001,2026-10-30,Shipped,1\n900001,2026-10-29,Cancelled,2\n"
)


def test_what_contradicts_itself_is_listed_and_holds_nobody(home: Path, tmp_path: Path) -> None:
    before = published(home)
    bad, good = tmp_path / "bad-2026-11-02.csv", tmp_path / "good-2026-11-02.csv"
    bad.write_text(CONTRADICTION, encoding="utf-8")
    good.write_text("order_id,placed_date,status_raw,total_quantity\n900002,2026-10-30,Shipped,1\n", encoding="utf-8")
    ingest(home, "fashion", bad)
    ingest(home, "home", good)
    outcome = build(home)
    assert outcome.status == "published"
    assert outcome.exit_status == 0
    assert outcome.held == {}
    failed = {(check["merchant_id"], check["severity"]) for check in outcome.failed_checks}
    assert failed == {("fashion", "warn")}
    after = published(home)

    def added(merchant: str) -> set[object]:
        ids = [{row[1] for row in rows["core.orders"] if row[0] == merchant} for rows in (after, before)]
        return ids[0] - ids[1]

    assert added("fashion") == {"900001"}
    assert added("home") == {"900002"}


def test_a_change_of_a_sql_file_rebuilds_it_and_what_follows(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from pipelines import build as steps
    from pipelines.sql_tables import all_sql_tables

    changed = dict(all_sql_tables())
    name = "core.order_units"
    changed[name] = replace(changed[name], code_hash="another")
    others = f"select * replace (line_count + 1 as line_count) from ({changed[name].sql})"
    monkeypatch.setattr(steps, "all_sql_tables", lambda: changed)
    with open_warehouse(load_settings(home), "test") as warehouse:
        assert stale_tables(warehouse, "core", changed) == {name}
        assert not steps.is_nothing_to_do(warehouse)
        steps.rebuild(warehouse, changed[name])
        assert not stale_tables(warehouse, "core", changed), "the same rows make nothing stale"
        steps.rebuild(warehouse, replace(changed[name], sql=others))
        stale = stale_tables(warehouse, "core", changed) | stale_tables(warehouse, "marts", changed)
    readers = {table.full_name for table in changed.values() if name in table.dependencies}
    assert readers <= stale


def test_what_lies_in_the_inbox_is_built(home: Path, tmp_path: Path) -> None:
    path = home / "inbox" / "home" / "orders-2026-11-02.csv"
    path.write_text("order_id,placed_date,status_raw,total_quantity\n900003,2026-10-30,Shipped,1\n", encoding="utf-8")
    os.utime(path, (time.time() - 60,) * 2)
    assert build(home).status == "published"
    with open_snapshot(home) as snapshot:
        found = snapshot.query("select merchant_id from core.orders where order_id = '900003'").rows()
    assert found == [("home",)]
    assert not path.exists()


def test_every_core_entity_is_published_even_where_nobody_supplies_it(built_home: Path) -> None:
    with open_snapshot(built_home) as snapshot:
        for entity, contract in all_contracts().items():
            columns = snapshot.query(f"select * from core.{entity} limit 0").columns
            assert columns[: len(contract.columns) + 1] == ["merchant_id", *(c.name for c in contract.columns)]


def test_another_time_zone_stages_the_merchant_anew(home: Path) -> None:
    path = home / "keeprate.toml"
    text = path.read_text(encoding="utf-8")
    assert "Asia/Taipei" in text

    def requested() -> dict[str, set[object]]:
        with open_snapshot(home) as snapshot:
            rows = snapshot.query("select merchant_id, requested_at from core.return_lines").rows()
        return {merchant: {at for owner, at in rows if owner == merchant} for merchant in ("fashion", "home")}

    before = requested()
    path.write_text(text.replace("Asia/Taipei", "Asia/Tokyo"), encoding="utf-8")
    assert build(home).status == "published"
    after = requested()
    assert after["fashion"] == before["fashion"]
    assert after["home"] != before["home"]
    assert build(home).status == "nothing to do"
