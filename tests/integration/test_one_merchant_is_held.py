"""A record that is lost holds its merchant, nobody else; staged anew, the hold ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.cli.parser.running import run
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.snapshot import open_snapshot
from pipelines.warehouse import open_warehouse

pytestmark = pytest.mark.slow

ORDERS = "order_id,placed_date,currency_code,total_amount\n1,2026-03-14,USD,10.00\n2,2026-03-15,USD,20.00\n"
COUNTED = "select merchant_id, count(*) as order_count from core.orders group by all order by all"


def orders_by_merchant(home: Path) -> dict[str, int]:
    return dict(open_snapshot(home).query(COUNTED).iter_rows())


def held(home: Path) -> dict[str, dict[str, str]]:
    return open_snapshot(home).manifest["held"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two merchants, each with a file of two orders; of north's one record is lost on the way to staging."""
    home = tmp_path / "home"
    (tmp_path / "orders.csv").write_text(ORDERS)
    for merchant_id in ("north", "south"):
        write_home(home, new_merchant(home, merchant_id))
        ingest = ("ingest", str(tmp_path / "orders.csv"), "--merchant", merchant_id, "--as-of", "2026-04-01")
        assert run(["--home", str(home), *ingest]) == 0
    with open_warehouse(load_settings(home), "test") as warehouse:
        warehouse.connection.execute(
            "delete from staging.generic__orders where merchant_id = 'north' and order_id = '2'"
        )
    return home


def test_a_lost_record_holds_its_merchant_alone_until_the_file_is_staged_anew(home: Path) -> None:
    assert run(["--home", str(home), "build"]) == 1
    assert orders_by_merchant(home) == {"south": 2}
    assert list(held(home)) == ["north"]
    assert "Every record of the file is staged, or in quarantine as a whole" in held(home)["north"]["reason"]

    pages = home / "reports" / "checks"
    assert "orders.csv" in (pages / "north.html").read_text()
    assert "<b>Held.</b>" in (pages / "north.html").read_text()
    assert "<b>Held.</b>" not in (pages / "south.html").read_text()

    assert run(["--home", str(home), "build", "--full"]) == 0
    assert orders_by_merchant(home) == {"north": 2, "south": 2}
    assert held(home) == {}
    assert "<b>Held.</b>" not in (pages / "north.html").read_text()
