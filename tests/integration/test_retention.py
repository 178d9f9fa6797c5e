"""Words expire in everything that holds them, also those that come later; counts stay."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest
from erased_shop import words_in_raw

from pipelines.assets.resources import WarehouseResource
from pipelines.errors import CannotRun
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.privacy_settings import privacy_settings
from pipelines.retention import cutoff, expire_words
from pipelines.settings import Settings, load_settings, new_merchant, write_home
from pipelines.warehouse import Warehouse, open_warehouse, renew_warehouse_file

RETURNS = (
    "return_id,order_id,quantity,date_requested,comments,reason\n"
    "R1,7,1,2024-10-20,far too small,Wrong size\n"
    "R2,8,1,2026-03-20,far too wide,Wrong size\n"
)


def comments(warehouse: Warehouse, table: str, name: str) -> list[str | None]:
    rows = warehouse.connection.execute(f"select {name} from {table} order by record_number").fetchall()
    return [row[0] for row in rows]


def load(warehouse: Warehouse, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    merchant = warehouse.settings.merchants["demo"]
    (result,) = ingest_files(warehouse, merchant, [path], IngestOptions(as_of=datetime(2026, 3, 21, tzinfo=UTC)))
    assert result.status == "loaded"


def test_words_expire_and_stay_so_when_older_files_come(tmp_path: Path) -> None:
    write_home(tmp_path / "home", new_merchant(tmp_path / "home", "demo"))
    settings = load_settings(tmp_path / "home")
    today = date(2026, 11, 23)
    with open_warehouse(settings, "test") as warehouse:
        load(warehouse, tmp_path / "first.csv", RETURNS)
        assert expire_words(warehouse, today) == 1
        assert expire_words(warehouse, today) == 0
        assert comments(warehouse, "raw.bigcommerce__return_requests", "comments") == [None, "far too wide"]
        assert comments(warehouse, "staging.bigcommerce__return_lines", "comment") == [None, "far too wide"]
        assert comments(warehouse, "staging.bigcommerce__return_lines", "reason_raw") == ["Wrong size"] * 2
        load(warehouse, tmp_path / "later.csv", RETURNS.replace("R1", "R3").replace("R2", "R4"))
        assert expire_words(warehouse, today) == 1
        texts = warehouse.connection.execute("select comment from staging.bigcommerce__return_lines").fetchall()
        assert sorted(texts, key=str) == [("far too wide",), ("far too wide",), (None,), (None,)]


OLD = "words of long ago"
KEPT = "words of this year"
PLACES = {
    "a list of scans": (
        "events.json",
        [
            {
                "id": f"trk_{year}",
                "tracking_code": f"A{year}",
                "status": "in_transit",
                "status_detail": "in_transit",
                "created_at": f"{year}-01-20T00:00:00Z",
                "updated_at": f"{year}-01-20T00:00:00Z",
                "tracking_details": [
                    {"status": "in_transit", "datetime": f"{year}-01-20T00:00:00Z", "message": text, "source": "UPS"}
                ],
            }
            for year, text in ((2024, OLD), (2026, KEPT))
        ],
        "raw.easypost__trackers",
        "UPS",
    ),
    "attributes": (
        "requests.csv",
        "return_id,order_id,quantity,date_requested,how it was,reason\n"
        f"R1,7,1,2024-01-20,{OLD},Wrong size\nR2,8,1,2026-01-20,{KEPT},Wrong size\n",
        "raw.bigcommerce__return_requests",
        "Wrong size",
    ),
    "a column that no mapping reads": (
        "returns.csv",
        "return_line_id,order_id,quantity,requested_date,reason_raw,how it was\n"
        f"RL1,7,1,2024-01-20,Wrong size,{OLD}\nRL2,8,1,2026-01-20,Wrong size,{KEPT}\n",
        "raw.generic__records",
        "Wrong size",
    ),
}
"""By the place of words: a file with old and new ones, its raw table, and what stays."""


@pytest.mark.parametrize("place", PLACES)
def test_words_expire_wherever_they_stand(tmp_path: Path, place: str) -> None:
    name, content, table, stays = PLACES[place]
    write_home(tmp_path / "home", new_merchant(tmp_path / "home", "demo"))
    with open_warehouse(load_settings(tmp_path / "home"), "test") as warehouse:
        load(warehouse, tmp_path / name, content if isinstance(content, str) else json.dumps(content))
        before = words_in_raw(warehouse)
        assert OLD in before
        assert expire_words(warehouse, date(2026, 11, 23)) == 1
        after = words_in_raw(warehouse)
        assert OLD not in after
        assert KEPT in after
        assert after.count(stays) == before.count(stays)
        rows = warehouse.connection.execute(f"select * from {table}").fetchall()
        assert len(rows) == 2
        assert expire_words(warehouse, date(2026, 11, 23)) == 0


def test_goods_keep_what_no_column_takes(tmp_path: Path) -> None:
    """A product's own attributes are nobody's words."""
    write_home(tmp_path / "home", new_merchant(tmp_path / "home", "demo"))
    with open_warehouse(load_settings(tmp_path / "home"), "test") as warehouse:
        load(warehouse, tmp_path / "products.csv", "product_id,variant_id,product_name,colour of it\n301,1,Knife,red\n")
        warehouse.connection.execute("update raw.files set as_of = timestamp '2020-01-01'")
        assert expire_words(warehouse, date(2026, 11, 23)) == 0


def test_corrected_words_expire(tmp_path: Path) -> None:
    write_home(tmp_path / "home", new_merchant(tmp_path / "home", "demo"))
    with open_warehouse(load_settings(tmp_path / "home"), "test") as warehouse:
        load(warehouse, tmp_path / "first.csv", RETURNS.replace("R1,7,1", "R1,7,x").replace("far too small", ""))
        row = warehouse.one("select file_id, record_number from quarantine.rows")
        assert row
        cells = [("quantity", "1"), ("comments", OLD)]
        lines = "".join(f"{row[0]},{row[1]},quantity_not_whole,{name},{text}\n" for name, text in cells)
        load(warehouse, tmp_path / "mended.csv", f"file_id,record,rule,column,corrected\n{lines}")
        assert OLD in words_in_raw(warehouse)
        expire_words(warehouse, date(2026, 11, 23))
        assert OLD not in words_in_raw(warehouse)
        assert warehouse.row_count("staging.bigcommerce__return_lines") == 2


def test_the_file_is_renewed_after_words_expired_once_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_home(tmp_path / "home", new_merchant(tmp_path / "home", "demo"))
    settings = load_settings(tmp_path / "home")
    renewed = []

    def counted(settings: Settings) -> None:
        renewed.append(settings)
        renew_warehouse_file(settings)

    monkeypatch.setattr("pipelines.renewal.renew_warehouse_file", counted)

    def run(name: str, expired: int) -> None:
        with WarehouseResource(home=str(settings.home)).yield_for_execution(dg.build_init_resource_context()) as opened:
            load(opened.warehouse, tmp_path / name, RETURNS.replace("R1,", f"{name},").replace("R2,", f"2{name},"))
            opened.warehouse.connection.execute("checkpoint")
            assert expire_words(opened.warehouse) == expired

    monkeypatch.setattr("pipelines.retention.cutoff", lambda *_: date(2024, 12, 1))
    run("first", 1)
    assert len(renewed) == 1
    assert b"far too small" not in settings.warehouse_file.read_bytes()
    assert b"far too wide" in settings.warehouse_file.read_bytes()
    run("second", 1)
    assert len(renewed) == 1
    monkeypatch.setattr("pipelines.renewal._month", lambda _: "2031-01")
    run("third", 1)
    assert len(renewed) == 2
    monkeypatch.setattr("pipelines.renewal._month", lambda _: "2031-02")
    with WarehouseResource(home=str(settings.home)).yield_for_execution(dg.build_init_resource_context()):
        pass
    assert len(renewed) == 2


def test_whole_months_expire_before_they_are_too_old() -> None:
    settings = Settings(Path("home"), {})
    assert cutoff(settings, date(2026, 11, 23)) == date(2024, 12, 1)
    assert cutoff(settings, date(2026, 12, 1)) == date(2025, 1, 1)
    assert cutoff(Settings(Path("home"), {}, comments_months=0), date(2026, 11, 23)) is None


@pytest.mark.parametrize(
    "entry", [{"comments_months": -1}, {"comments_months": "two"}, {"comment_months": 3}, {"originals": "kept"}]
)
def test_what_cannot_be_is_told(tmp_path: Path, entry: dict[str, object]) -> None:
    with pytest.raises(CannotRun, match="to do"):
        privacy_settings(entry, tmp_path / "keeprate.toml")
