"""Reports are kept with their payload and hash, and never rewritten silently."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from made_up_shops import shop
from made_up_snapshot import publish

from pipelines.errors import UsageProblem
from pipelines.reports.payload import Payload
from pipelines.reports.render import render_html
from pipelines.reports.write import write_report


def test_a_report_stands_with_payload_and_hashes(tmp_path: Path) -> None:
    page = write_report(publish(tmp_path, shop()), "fashion")
    assert page == tmp_path / "reports" / "fashion" / "2026-W46.html"
    payload = Payload.from_json(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert render_html(payload).encode() == page.read_bytes()
    for line in page.with_suffix(".sha256").read_text(encoding="ascii").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((page.parent / name).read_bytes()).hexdigest() == digest
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "2026-W46.html", "2026-W46.json", "2026-W46.sha256",
    ]  # fmt: skip


def test_the_same_data_give_the_same_report_again(tmp_path: Path) -> None:
    publish(tmp_path, shop())
    first = write_report(tmp_path, "fashion").read_bytes()
    assert write_report(tmp_path, "fashion", "2026-W46").read_bytes() == first


def test_another_snapshot_with_the_same_numbers_is_no_new_edition(tmp_path: Path) -> None:
    page = write_report(publish(tmp_path, shop()), "fashion")
    write_report(publish(tmp_path, shop(), version=8), "fashion")
    assert len(list(page.parent.iterdir())) == 3


def test_later_data_make_a_new_edition_and_keep_the_old(tmp_path: Path) -> None:
    first = write_report(publish(tmp_path, shop()), "fashion").read_bytes()
    page = write_report(publish(tmp_path, shop(rate=0.2), version=8), "fashion")
    kept = page.with_name("2026-W46.edition-1.html")
    assert kept.read_bytes() == first
    assert "Edition 2" in page.read_text(encoding="utf-8")
    assert Payload.from_json(page.with_suffix(".json").read_text(encoding="utf-8")).edition == 2
    third = write_report(publish(tmp_path, shop(rate=0.3), version=9), "fashion")
    assert "Edition 3" in third.read_text(encoding="utf-8")
    assert page.with_name("2026-W46.edition-2.html").exists()


def test_an_issued_week_can_be_had_again_when_the_tables_have_moved_on(tmp_path: Path) -> None:
    page = write_report(publish(tmp_path, shop()), "fashion")
    old = page.with_name("2026-W40")
    payload = Payload.from_json(page.with_suffix(".json").read_text(encoding="utf-8"))
    old.with_suffix(".json").write_text(payload.model_copy(update={"week": "2026-W40"}).to_json(), encoding="utf-8")
    assert "2026-W40" in write_report(tmp_path, "fashion", "2026-W40").read_text(encoding="utf-8")
    with pytest.raises(UsageProblem, match="ask for 2026-W46"):
        write_report(tmp_path, "fashion", "2026-W39")


def test_a_name_that_leads_out_of_the_home_is_unknown(tmp_path: Path) -> None:
    publish(tmp_path, shop())
    with pytest.raises(UsageProblem, match="published: fashion"):
        write_report(tmp_path, "../fashion")
