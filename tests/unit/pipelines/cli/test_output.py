"""What is printed: aligned in any script, safe on a terminal, exact in JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from pipelines.cli.build import outcome_lines
from pipelines.cli.output.file_result import ending, lines_of, records_sentence
from pipelines.cli.output.people import facts, printable, shortened, table, width
from pipelines.cli.output.programs import plain, print_json
from pipelines.ingest.result import FileResult


def test_wide_signs_take_two_columns() -> None:
    """Chinese names do not push the next column aside."""
    lines = table(["name", "n"], [["晴日家電", 5], ["Marlow", 12]])
    assert [width(line) for line in lines] == [12, 12, 12, 12]
    assert lines[2].endswith("   5")


def test_control_characters_never_reach_the_terminal() -> None:
    """Text from a file cannot move the cursor, ring, hide or turn what follows."""
    evil = "a\x1b[2Jb\x07c\u202ed\u200be\nf\x9b1mg"
    assert printable(evil) == "a[2Jbcde f1mg"
    assert "\x1b" not in "\n".join(table(["x"], [[evil]]))


def test_headers_are_cleaned_too() -> None:
    """A column can be given any name in a query."""
    assert "\x1b" not in "\n".join(table(["x\x1b[1m"], [[1]]))


def test_long_cells_are_cut_by_width() -> None:
    """What was cut says so."""
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("晴日家電", 5) == "晴日…"
    assert shortened("abcd", 4) == "abcd"


def test_facts_keep_lines_in_their_column() -> None:
    """An empty fact is left out; a second line stands below the first."""
    assert facts([("a", "one\ntwo"), ("name", "x"), ("none", "")]) == ["  a     one", "        two", "  name  x"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("12.30"), "12.30"),
        (datetime(2026, 11, 22, 6), "2026-11-22T06:00:00Z"),
        (datetime(2026, 11, 22, 6, tzinfo=UTC), "2026-11-22T06:00:00+00:00"),
        (date(2026, 11, 22), "2026-11-22"),
        (float("nan"), None),
        (b"\x00\xff", "00ff"),
        ({"a": [Decimal(1), None, True]}, {"a": ["1", None, True]}),
    ],
)
def test_json_keeps_values_exact(value: object, shown: object) -> None:
    """No cent is lost to a float, and no token that JSON does not have is written."""
    assert plain(value) == shown


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Signs of any script are written as they are."""
    print_json({"name": "晴日"})
    out = capsys.readouterr().out
    assert json.loads(out) == {"name": "晴日"}
    assert "晴日" in out


LOADED = FileResult(
    path="orders.csv",
    status="loaded",
    source="bigcommerce_orders",
    records_in=10,
    records_loaded=9,
    records_quarantined=1,
    cells_quarantined=2,
    as_of="2026-11-22T05:00:00",
    as_of_evidence="date in the file's name",
    date_format="dmy",
    date_format_evidence="13/11/2026 in line 4",
    columns={"known": ["Order ID"], "kept_as_attributes": ["Gift\x1b[1m"]},
    quarantine=[{"rule": "r", "column": "c", "count": 1, "first_line": 7, "expected": "a date", "remedy": "mend it"}],
)


def test_a_loaded_file_says_what_became_of_every_record() -> None:
    """Source, sum, proof of dates and age, quarantine with line and remedy; nothing that moves the cursor."""
    text = "\n".join(lines_of(LOADED))
    for part in (
        "orders.csv: loaded",
        "10 in = 9 loaded + 1 quarantined; 2 cells of loaded records quarantined",
        "dmy: 13/11/2026 in line 4",
        "2026-11-22 05:00 UTC: date in the file's name",
        "1 column kept as attributes: Gift[1m",
        "1 x r in c, first in line 7",
        "expected: a date",
        "to do:    mend it",
    ):
        assert part in text
    assert "\x1b" not in text


def test_one_cell_is_one_cell() -> None:
    """Singular and plural."""
    result = FileResult(path="a", records_in=1, records_loaded=1, cells_quarantined=1)
    assert records_sentence(result).endswith("1 cell of loaded records quarantined")


def test_the_ending_says_what_comes_next() -> None:
    """After loading comes the build; after a dry run the same without it; after refusals nothing."""
    dry, refused = FileResult("a", status="dry run"), FileResult("b", status="refused")
    assert ending([LOADED, refused], "acme")[0] == "merchant acme: 2 files: 1 loaded, 1 refused"
    assert ending([LOADED, refused], "acme")[-1] == "next: keeprate build"
    assert "without --dry-run" in ending([dry], "acme")[-1]
    assert len(ending([refused], "acme")) == 1


def test_a_held_merchant_is_named_with_the_check() -> None:
    """Since when, why, how many rows and which keys."""
    outcome = SimpleNamespace(
        status="published",
        message="",
        snapshot_version=4,
        seconds=12.0,
        loaded=[],
        held={"acme": {"since": "2026-11-22T05:00:00Z", "reason": "records_add_up"}},
        failed_checks=[
            {
                "severity": "error",
                "table_name": "core.orders",
                "merchant_id": "acme",
                "description": "an order has a date",
                "failing_count": 7,
                "failing_keys": '["1", "2", "3", "4", "5", "6", "7"]',
                "raised": "",
            }
        ],
    )
    text = "\n".join(outcome_lines(outcome))  # ty: ignore[invalid-argument-type]
    assert "published: snapshot 4, 12 s" in text
    assert "error: core.orders, acme: an order has a date" in text
    assert "7 rows: 1, 2, 3, 4, 5 ..." in text
    assert "held: acme, since 2026-11-22T05:00:00Z: records_add_up" in text
