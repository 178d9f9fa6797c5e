"""Texts that repeat are judged once; whatever a record's names are, the same stands in raw as without that."""

from __future__ import annotations

import csv
import random
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from pipelines.ingest import judged_texts
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("Ling Chan", "Olu Akande", "West Harbour", "王小明", "歐陽娜娜", "Zbigniew Wójcik", "May Rose")
STREETS = ("12 Harbour Road", "民生東路五段10號", "Flat 7 Kestrel Close", "9 Zbigniew Lane", "")
TEXTS = (
    "handling at sorting hub",
    "Ling was not at home",
    "left with Olu",
    "WEST",
    "harbour",
    "王小明不在家",
    "給小明",
    "歐陽娜娜拒收",
    "at 12 harbour road",
    "12",
    "kestrel close, Taipei",
    "Zbigniew",
    "wójcik refused",
    "call 0912345678",
    "may be damaged",
    "MAY",
    "The Warehouse",
    "民生東路五段10號",
    "A1B2 Large: Ling-9 broken",
    "ask Olu.Akande@example.com",
)
HEADER = (
    "AWB", "Clickpost Unified Status", "Order ID", "Courier Partner", "Created At", "Latest Remark", "RVP Reason",
    "RVP Reason SKU Wise", "SKU", "Current Location", "Drop Name", "Drop Address", "Pickup Name", "From Warehouse",
    "Zone", "UDF_1",
)  # fmt: skip


def rows(rng: random.Random, count: int) -> list[list[str]]:
    """Records whose texts speak of their own persons, of others' and of nobody."""
    return [
        [
            f"AWB{number}", "InTransit", str(number % 40), "Blue Dart", "2026-03-01 10:00:00", rng.choice(TEXTS),
            rng.choice(TEXTS), rng.choice(TEXTS), rng.choice(("A1B2, Ling-9", "", "C-100200300")), rng.choice(TEXTS),
            rng.choice(NAMES), rng.choice(STREETS), rng.choice(NAMES), rng.choice((*NAMES, "")), rng.choice(TEXTS),
            rng.choice((*TEXTS, "", f"code {number}")),
        ]
        for number in range(count)
    ]  # fmt: skip


def kept(folder: Path, monkeypatch: pytest.MonkeyPatch, repeated: int, seed: int) -> list[tuple[object, ...]]:
    """What stands in raw, if texts are judged from so many repetitions on."""
    monkeypatch.setattr(judged_texts, "_REPEATED", repeated)
    home = folder / f"home-{repeated}"
    write_home(home, new_merchant(home, "demo"))
    # Texts are held against the names of other files, too, whose marks are made with the home's key.
    orders = folder / "orders.csv"
    orders.write_text("order_id,placed_date,customer_name\n" + "".join(
        f"{number},2026-02-01,{NAMES[number % len(NAMES)]}\n" for number in range(40)
    ), encoding="utf-8")  # fmt: skip
    report = folder / "report.csv"
    with report.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, *rows(random.Random(seed), 600)])  # noqa: S311 - a seeded test
    settings = load_settings(home)
    with open_warehouse(settings, "test") as warehouse:
        for path, source in ((orders, "generic:orders"), (report, "clickpost_report")):
            options = IngestOptions(source=source, as_of=datetime(2026, 3, 9))
            (result,) = ingest_files(warehouse, settings.merchant("demo"), [path], options)
            assert result.status == "loaded", result.message
        return warehouse.connection.execute(
            "select record_number, latest_remark, rvp_reason, rvp_reason_sku_wise, current_location, attributes"
            " from raw.clickpost__report order by record_number"
        ).fetchall()


@pytest.mark.parametrize("seed", [1, 2])
def test_judging_texts_first_changes_nothing(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = kept(tmp_path, monkeypatch, 1, seed)
    assert judged == kept(tmp_path, monkeypatch, 1_000_000, seed)
    told = "\n".join(map(str, judged))
    assert "[name]" in told and "[street]" in told and "handling at sorting hub" in told
