"""One merchant's bad file holds that merchant and nobody else: three merchants, from the inbox to the pages and back.

The bad file is one whose records do not all arrive: a check finds it, its merchant's readers keep the last good data,
the others get their new data, and the hold ends when the file is mended.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pipelines.cli.parser.running import run
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.snapshot import open_snapshot
from pipelines.warehouse import open_warehouse

pytestmark = pytest.mark.slow

MERCHANTS = ("east", "north", "south")
HEADER = "order_id,placed_date,currency_code,total_amount\n"
FIRST = HEADER + "1,2026-03-14,USD,10.00\n2,2026-03-15,USD,20.00\n"
SECOND = HEADER + "2,2026-03-15,USD,25.00\n3,2026-03-16,USD,30.00\n"
WORTH = "select merchant_id, count(*), sum(total_amount)::double from core.orders group by all order by all"
BEFORE, AFTER = (2, 30.0), (3, 65.0)


def published(home: Path) -> dict[str, tuple[int, float]]:
    """Orders and their worth by merchant, as readers see them."""
    with open_snapshot(home) as snapshot:
        return {merchant_id: (count, worth) for merchant_id, count, worth in snapshot.query(WORTH).iter_rows()}


def held(home: Path) -> dict[str, dict[str, str]]:
    """Who is held, as readers are told."""
    with open_snapshot(home) as snapshot:
        return snapshot.manifest["held"]


def drop(home: Path, merchant_id: str, name: str, text: str) -> Path:
    """A file that lies in an inbox and is complete."""
    path = home / "inbox" / merchant_id / name
    path.write_text(text, encoding="utf-8")
    moment = time.time() - 60
    os.utime(path, (moment, moment))
    return path


def page_of(home: Path, merchant_id: str) -> str:
    """The merchant's page of checks."""
    return (home / "reports" / "checks" / f"{merchant_id}.html").read_text(encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three merchants with two orders each, published."""
    home = tmp_path / "home"
    for merchant_id in MERCHANTS:
        write_home(home, new_merchant(home, merchant_id))
        drop(home, merchant_id, "orders-2026-04-01.csv", FIRST)
    assert run(["--home", str(home), "build"]) == 0
    assert published(home) == dict.fromkeys(MERCHANTS, BEFORE)
    return home


def test_a_bad_file_holds_its_merchant_until_it_is_mended_and_nobody_else(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record of north's second file is lost on its way; the day after, its third is good but waits with it."""
    for merchant_id in MERCHANTS:
        path = drop(home, merchant_id, "orders-2026-04-02.csv", SECOND)
        assert run(["--home", str(home), "ingest", str(path), "--merchant", merchant_id]) == 0
    with open_warehouse(load_settings(home), "test") as warehouse:
        warehouse.connection.execute(
            "delete from staging.generic__orders where merchant_id = 'north' and order_id = '3'"
        )

    capsys.readouterr()
    assert run(["--home", str(home), "build"]) == 1
    said = capsys.readouterr().out
    assert "held: north" in said
    assert "held: south" not in said
    assert published(home) == {"east": AFTER, "north": BEFORE, "south": AFTER}
    assert list(held(home)) == ["north"]
    assert "Every record of the file is staged, or in quarantine as a whole" in held(home)["north"]["reason"]
    assert "orders-2026-04-02.csv" in page_of(home, "north")
    assert ["<b>Held.</b>" in page_of(home, merchant_id) for merchant_id in MERCHANTS] == [False, True, False]

    # The hold goes on, with its beginning, while the others' days go on as well.
    since = held(home)["north"]["since"]
    for merchant_id in ("east", "north"):
        drop(home, merchant_id, "orders-2026-04-03.csv", HEADER + "4,2026-03-17,USD,5.00\n")
    assert run(["--home", str(home), "build"]) == 1
    assert published(home) == {"east": (4, 70.0), "north": BEFORE, "south": AFTER}
    assert held(home)["north"]["since"] == since

    # Staged anew from raw, the record is there again: all that waited is published at once.
    assert run(["--home", str(home), "build", "--full"]) == 0
    assert published(home) == {"east": (4, 70.0), "north": (4, 70.0), "south": AFTER}
    assert held(home) == {}
    assert not any("<b>Held.</b>" in page_of(home, merchant_id) for merchant_id in MERCHANTS)


def test_a_refused_file_stops_neither_its_merchant_nor_another(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no export lies among good ones; mended under its name, it is loaded."""
    drop(home, "north", "orders-2026-04-02.csv", "colour,shape\nred,round\n")
    drop(home, "north", "more-2026-04-02.csv", HEADER + "4,2026-03-17,USD,5.00\n")
    drop(home, "south", "orders-2026-04-02.csv", SECOND)
    assert run(["--home", str(home), "build"]) == 1
    assert "orders-2026-04-02.csv" in capsys.readouterr().out
    assert published(home) == {"east": BEFORE, "north": (3, 35.0), "south": AFTER}
    assert held(home) == {}
    refused = home / "inbox" / "north" / "refused"
    assert sorted(path.name for path in refused.iterdir()) == [
        "orders-2026-04-02.csv",
        "orders-2026-04-02.csv.why.txt",
    ]
    drop(home, "north", "orders-2026-04-02.csv", SECOND)
    assert run(["--home", str(home), "build"]) == 0
    assert published(home) == {"east": BEFORE, "north": (4, 70.0), "south": AFTER}
