"""A file that comes late and repeats what is known still tells until when it was so."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from pipelines.build import derive, merge_core
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "return_id,order_id,product_id,sku,quantity,reason,action,comments,staff_notes,status,date_requested\n"
SIGHTINGS = ((2, "Pending"), (5, "Pending"), (9, "Received"))
"""Day of March 2026 on which the export was written, and what it says."""


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
        received = warehouse.connection.execute(
            "select changed_after, changed_at from core.return_status_changes where to_status = 'received'"
        ).fetchall()
    assert received == [(datetime(2026, 3, 5), datetime(2026, 3, 9))]
