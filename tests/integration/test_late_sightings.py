"""A file that comes late and repeats what is known still tells until when it was so."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from ingested_files import ask
from mended_shops import Shop

from pipelines.build import derive, merge_core
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "return_id,order_id,product_id,sku,quantity,reason,action,comments,staff_notes,status,date_requested\n"
SIGHTINGS = ((2, "Pending"), (5, "Pending"), (9, "Received"))
"""Day of March 2026 on which the export was written, and what it says."""

CHANGES = "select changed_at, to_status from core.return_status_changes where return_line_id = 'R1' order by all"
RECEIVED = "select changed_after, changed_at from core.return_status_changes where to_status = 'received'"


@pytest.mark.parametrize("order", list(permutations(SIGHTINGS)))
def test_a_change_is_placed_behind_the_last_sighting_before_it(
    order: tuple[tuple[int, str], ...], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    write_home(home, new_merchant(home, "demo"))
    settings = load_settings(home)
    with open_warehouse(settings, "test") as warehouse:
        for day, status in order:
            path = tmp_path / f"returns-{day}.csv"
            rows = f"R1,1,21,A,1,Damaged,Refund,,,{status},2026-03-01\n"
            # A file with the same bytes as another is passed over; an export of a shop that sells is never the same.
            rows += f"R{day},{day},22,B,1,Damaged,Refund,,,Pending,2026-03-01\n"
            path.write_text(HEADER + rows, encoding="utf-8")
            options = IngestOptions(source="return_requests", as_of=datetime(2026, 3, day))
            (result,) = ingest_files(warehouse, settings.merchant("demo"), [path], options)
            assert result.status == "loaded", result.message
            merge_core(warehouse)
            list(derive(warehouse, "core"))
        received = ask(warehouse, RECEIVED)
    assert received == [(datetime(2026, 3, 5), datetime(2026, 3, 9))]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


def build(shop: Shop) -> None:
    shop.merge()
    list(derive(shop.warehouse, "core"))


def test_a_sighting_that_was_mended_counts(shop: Shop) -> None:
    """It repeats what is known, so that the return line itself stays as it is."""
    for hours, status in ((2, "Pending"), (5, "Pending"), (9, "Received")):
        row = f"R1,1,21,A,{'one' if hours == 5 else 1},Damaged,Refund,,,{status},2026-10-01\n"
        shop.load(f"{hours}.csv", HEADER + row, hours=hours, source="return_requests")
    build(shop)
    ages = dict(ask(shop.warehouse, "select file_name, as_of from raw.files"))
    assert ask(shop.warehouse, RECEIVED) == [(ages["2.csv"], ages["9.csv"])]
    shop.correct({"quantity": "1"})
    build(shop)
    assert ask(shop.warehouse, RECEIVED) == [(ages["5.csv"], ages["9.csv"])]


def test_a_newer_file_that_knew_less_counts(shop: Shop) -> None:
    """By the source's own word it is older than what is known, by its age the newest."""
    header = "return_line_id,order_id,quantity,status_raw,requested_date,observed_at\n"
    early = "2026-11-01T05:00:00Z"
    for hours, status, observed in ((6, "Pending", early), (8, "Received", ""), (10, "Pending", early)):
        # A file with the same bytes as another is passed over.
        text = header + f"R1,1,1,{status},2026-10-01,{observed}\nR{hours},{hours},1,Closed,2026-10-01,\n"
        shop.load(f"{hours}.csv", text, hours=hours, source="generic:return_lines")
        build(shop)
    assert ask(shop.warehouse, "select status from core.return_lines where return_line_id = 'R1'") == [("received",)]
    changes = ask(shop.warehouse, CHANGES)
    shop.warehouse.connection.execute("delete from meta.builds where table_name = 'core.return_status_changes'")
    build(shop)
    assert ask(shop.warehouse, CHANGES) == changes
    assert [row[1] for row in changes] == ["pending", "received", "pending"]
