"""Words expire in everything that holds them, also those that come later; counts stay."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.errors import CannotRun
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.privacy_settings import privacy_settings
from pipelines.retention import cutoff, expire_words
from pipelines.settings import Settings, load_settings, new_merchant, write_home
from pipelines.warehouse import Warehouse, open_warehouse

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
