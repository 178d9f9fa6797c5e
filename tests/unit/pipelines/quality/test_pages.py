"""The static pages: complete, escaped, without a script or an address of another host."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipelines.quality.pages import write_pages
from pipelines.quality_verdict import CheckVerdict

PASSED = CheckVerdict(
    "core.orders", "north", "unique_order_id", True, "error", 0, 1200, (), "Each order_id stands once."
)
FAILED = replace(PASSED, check="not_null_placed_date", passed=False, failing_count=1234, failing_keys=("<i>7</i>", "8"))
LISTED = replace(FAILED, table="marts.trust_box", check="records_add_up", severity="warn", failing_keys=("9",))
RAISED = replace(FAILED, table="raw.files", check="every_byte", failing_keys=(), raised="Binder Error: no <column>")
SOUTH = replace(PASSED, merchant_id="south")
MERCHANTS = {"north": "Nord & <b>Söhne</b>", "south": "家居電器", "west": "West"}


class Text(HTMLParser):
    """Visible text, targets of links and tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.words.append(data)


@pytest.fixture
def pages(tmp_path: Path) -> dict[str, Text]:
    written = write_pages(tmp_path, [PASSED, FAILED, LISTED, RAISED, SOUTH], "2026-11-22T20:10:11Z", MERCHANTS)
    assert [path.name for path in written] == ["index.html", "north.html", "south.html", "west.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in written)
    return {path.stem: Text(path.read_text(encoding="utf-8")) for path in written}


def test_a_merchants_page_tells_each_check_with_counts_and_keys(pages: dict[str, Text]) -> None:
    text = pages["north"].text
    assert "Each order_id stands once. unique_order_id ✓ passed" in text
    assert "<i>7</i> 8 and 1,232 more ✕ failed 1,234" in text
    assert "9 and 1,233 more ! listed 1,234" in text
    assert "Could not be run: Binder Error: no <column> ? not run" in text
    assert "Nord & <b>Söhne</b>" in text


def test_data_is_escaped(pages: dict[str, Text]) -> None:
    assert "i" not in pages["north"].tags
    assert "column" not in pages["north"].tags


def test_the_overview_says_who_is_held_and_why(pages: dict[str, Text]) -> None:
    text = pages["index"].text
    assert "2026-11-22 20:10 UTC" in text
    assert text.count("Held.") == 1
    assert text.count("Nothing holds this merchant.") == 1
    assert text.count("Nothing was checked yet.") == 1


def test_keys_are_listed_on_the_merchants_own_page_alone(pages: dict[str, Text]) -> None:
    assert "and 1,232 more" not in pages["index"].text + pages["south"].text + pages["west"].text


def test_tables_stand_in_the_order_in_which_data_flows(pages: dict[str, Text]) -> None:
    assert pages["north"].ids == ["raw.files", "core.orders", "marts.trust_box"]


def test_every_link_leads_to_a_place_on_these_pages(pages: dict[str, Text]) -> None:
    for name, page in pages.items():
        for link in page.links:
            target, _, anchor = link.partition("#")
            stem = target.removesuffix(".html") or name
            assert stem in pages, link
            assert not anchor or anchor in pages[stem].ids, link


def test_no_script_and_no_outside_address(tmp_path: Path) -> None:
    for path in write_pages(tmp_path, [FAILED], "", MERCHANTS):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:|//\w|<script|<link|@import|url\(", text)


def test_the_page_of_a_merchant_who_is_gone_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    write_pages(tmp_path, [FAILED], "", MERCHANTS)
    (tmp_path / "mine.html").write_text("<p>a note</p>")
    write_pages(tmp_path, [FAILED], "", {"south": "South"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "mine.html", "south.html"]
