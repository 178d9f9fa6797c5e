"""A payload that was issued by an earlier version is read, and says what it said, in the words of its time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_up_risks import whole_risks
from made_up_shops import joined, shop
from made_up_snapshot import publish

from pipelines.reports.payload import Payload
from pipelines.reports.reading import read_payload
from pipelines.reports.render import render_html
from pipelines.snapshot import open_snapshot

ISSUED = Path(__file__).parents[3] / "data" / "reports" / "payload-2.json"
SINCE_FORMAT_2 = ("steps", "ledgers")


@pytest.fixture(scope="module")
def page() -> str:
    """The report of format 2 as this version renders it."""
    return render_html(Payload.from_json(ISSUED.read_text(encoding="utf-8")))


def test_its_numbers_and_its_list_of_products_stay(page: str) -> None:
    for said in ("14.8%", "13.3% to 16.5%", "Products that come back most", "Slim chino Dover", "The ledgers add up"):
        assert said in page


def test_its_intervals_are_called_what_they_were(page: str) -> None:
    assert "Wilson interval" in page
    assert "thick 80%" not in page
    assert "once all returns are in" not in page


def test_what_it_did_not_say_is_not_said(page: str) -> None:
    for name in ("change", "warnings", "watch", "faulty", "costly", "outcomes"):
        assert f'id="{name}"' not in page


def test_format_1_is_read_too() -> None:
    tree = json.loads(ISSUED.read_text(encoding="utf-8"))
    kept = {name: value for name, value in tree.items() if name not in SINCE_FORMAT_2} | {"format_version": 1}
    for name in ("sources", "contradictions"):
        kept["trust"].pop(name)
    page = render_html(Payload.from_json(json.dumps(kept)))
    assert "Products that come back most" in page
    assert 'id="ledgers"' not in page


def test_format_3_counted_units_and_is_read_too(tmp_path: Path) -> None:
    with open_snapshot(publish(tmp_path, joined(shop("one"), whole_risks("one")))) as snapshot:
        today = read_payload(snapshot, "one")
    tree = json.loads(today.to_json()) | {"format_version": 3}
    for product in (one for name in ("faulty", "costly", "other_units") for one in tree["risk"][name]):
        product["shipped_quantity"] = product.pop("shipped_line_count")
        product["returned_quantity"] = product.pop("returned_line_count")
        product["leading_returned_quantity"] = product.pop("leading_returned_line_count")
        product["leading_expected_quantity"] = product.pop("leading_expected_line_count")
    for alert in (one for name in ("flags", "watched") for one in tree["warnings"][name]):
        alert["observed_quantity"] = alert.pop("returned_line_count")
        alert["expected_quantity"] = alert.pop("expected_line_count")
        for week in alert["weeks"]:
            for name in ("sold", "returned", "expected"):
                week[f"{name}_quantity"] = week.pop(f"{name}_line_count")
    read = Payload.from_json(json.dumps(tree))
    assert read.format_version == 3
    assert read.warnings == today.warnings
    assert read.warnings is not None and read.warnings.flags[0].weeks
    assert read.risk is not None and today.risk is not None
    assert [one.returned_line_count for one in read.risk.faulty] == [
        one.returned_line_count for one in today.risk.faulty
    ]
    assert 'id="warnings"' in render_html(read)
