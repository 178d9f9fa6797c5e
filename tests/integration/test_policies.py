"""Policies from a merchant's file: loaded when they change, stamped on orders as a full rebuild would."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from stale_tables import stale_tables

from pipelines.build import merge_core
from pipelines.doctor import examine
from pipelines.errors import Refused
from pipelines.ingest.documents import read_document
from pipelines.ingest.opening import open_file
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.ingest.toml_document import parse_toml, scan_toml
from pipelines.policies import load_policy_files, read_policy, stamp_orders
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.sources import all_sources
from pipelines.sources.policy_file import gaps, in_force, versions_of
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "data" / "policy_file" / "policy.toml"
ORDERS = "order_id,placed_date\n1,2024-12-31\n2,2025-01-01\n3,2025-12-31\n4,2026-01-01\n"
NOW = 1_800_000_000


def version(name: str, first: str, *more: str) -> str:
    return "\n".join(["[[versions]]", f'id = "{name}"', f"valid_from = {first}", *more, ""])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two merchants with orders, the first with a policy file."""
    home = tmp_path / "home"
    for name in ("first", "second"):
        write_home(home, new_merchant(home, name))
    path = home / "keeprate.toml"
    text = path.read_text(encoding="utf-8")
    assert '# policy_file = "policy-first.toml"' in text
    path.write_text(text.replace('# policy_file = "policy-first', 'policy_file = "policy-first'), encoding="utf-8")
    return home


@pytest.fixture
def warehouse(home: Path, tmp_path: Path) -> Generator[Warehouse]:
    orders = tmp_path / "orders-2026-02-01.csv"
    orders.write_text(ORDERS, encoding="utf-8")
    with open_warehouse(load_settings(home), "test") as opened:
        for merchant in opened.settings.merchants.values():
            options = IngestOptions(source="generic:orders")
            (result,) = ingest_files(opened, merchant, [orders], options)
            assert result.status == "loaded", result.message
        yield opened


def write(home: Path, text: str, moment: int = NOW) -> Path:
    path = home / "policy-first.toml"
    path.write_text(text, encoding="utf-8")
    os.utime(path, (moment, moment))
    return path


def stamps(warehouse: Warehouse, merchant_id: str = "first") -> list[str | None]:
    rows = warehouse.connection.execute(
        "select policy_version_id from core.orders where merchant_id = $1 order by order_id", [merchant_id]
    ).fetchall()
    return [row[0] for row in rows]


def bring_up_to_date(warehouse: Warehouse, *, is_full: bool = False) -> list[str]:
    found = [result.status for result in load_policy_files(warehouse)]
    merge_core(warehouse, is_full=is_full)
    return found


def test_without_a_policy_orders_have_no_stamp(warehouse: Warehouse) -> None:
    (result,) = load_policy_files(warehouse)
    assert "cannot be read" in result.message
    merge_core(warehouse)
    assert stamps(warehouse) == stamps(warehouse, "second") == [None] * 4
    assert stamp_orders(warehouse) == 0


def test_orders_get_the_version_of_their_day(warehouse: Warehouse, home: Path) -> None:
    write(home, SAMPLE.read_text(encoding="utf-8"))
    assert bring_up_to_date(warehouse) == ["loaded"]
    assert stamps(warehouse) == [None, "2025-01", "2025-01", "2026-01"]
    assert stamps(warehouse, "second") == [None] * 4
    assert bring_up_to_date(warehouse) == []
    before = warehouse.connection.execute("select * from core.orders order by all").fetchall()
    bring_up_to_date(warehouse, is_full=True)
    assert warehouse.connection.execute("select * from core.orders order by all").fetchall() == before


def test_a_late_change_moves_the_stamps_that_differ(warehouse: Warehouse, home: Path) -> None:
    write(home, version("a", "2024-01-01"))
    bring_up_to_date(warehouse)
    assert stamps(warehouse) == ["a"] * 4
    warehouse.connection.execute("delete from meta.dirty_parts")
    warehouse.connection.execute("delete from meta.builds where table_name like 'marts.%'")
    write(home, version("a", "2024-01-01") + version("b", "2026-01-01"), NOW + 60)
    assert bring_up_to_date(warehouse) == ["loaded"]
    assert stamps(warehouse) == ["a", "a", "a", "b"]
    dirty = warehouse.connection.execute(
        "select merchant_id, month::varchar from meta.dirty_parts where table_name = 'core.orders'"
    ).fetchall()
    assert dirty == [("first", "2026-01-01")]
    assert "core.order_units" in stale_tables(warehouse, "core")
    # A version that the file does not name any more is gone, and its stamps with it.
    write(home, version("c", "2026-01-01"), NOW + 120)
    bring_up_to_date(warehouse)
    assert stamps(warehouse) == [None, None, None, "c"]


@pytest.mark.parametrize("moment", [NOW - 3600, NOW + 3600])
def test_going_back_to_an_earlier_content_counts(warehouse: Warehouse, home: Path, moment: int) -> None:
    """The content is known by its hash and was loaded; what stands in the file counts, also with an older date."""
    write(home, version("a", "2024-01-01"))
    bring_up_to_date(warehouse)
    write(home, version("b", "2024-01-01"), NOW + 60)
    bring_up_to_date(warehouse)
    assert stamps(warehouse) == ["b"] * 4
    write(home, version("a", "2024-01-01"), moment)
    assert bring_up_to_date(warehouse) == ["loaded"]
    assert stamps(warehouse) == ["a"] * 4
    assert bring_up_to_date(warehouse) == []
    ages = warehouse.connection.execute(
        "select count(*), count(distinct as_of) from raw.files where source = 'policy_file'"
    ).fetchall()
    assert ages == [(2, 2)]
    bring_up_to_date(warehouse, is_full=True)
    assert stamps(warehouse) == ["a"] * 4


def test_a_refused_file_leaves_the_last_good_policy(warehouse: Warehouse, home: Path) -> None:
    write(home, version("a", "2024-01-01"))
    bring_up_to_date(warehouse)
    write(home, version("b", "2024-01-01", "window_day = 3"), NOW + 60)
    assert bring_up_to_date(warehouse) == ["refused"]
    assert stamps(warehouse) == ["a"] * 4


def test_ingest_takes_a_policy_as_any_file(warehouse: Warehouse) -> None:
    merchant = warehouse.settings.merchants["second"]
    (result,) = ingest_files(warehouse, merchant, [SAMPLE], IngestOptions())
    assert (result.status, result.source, result.records_loaded) == ("loaded", "policy_file", 2)
    merge_core(warehouse)
    assert stamps(warehouse, "second") == [None, "2025-01", "2025-01", "2026-01"]


def test_policies_that_came_as_a_table_may_overlap(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "policies.csv"
    path.write_text("policy_version_id,valid_from,valid_to\na,2024-01-01,\nb,2025-12-31,2025-12-31\n", encoding="utf-8")
    options = IngestOptions(source="generic:policies")
    (result,) = ingest_files(warehouse, warehouse.settings.merchants["second"], [path], options)
    assert result.status == "loaded", result.message
    merge_core(warehouse)
    assert stamps(warehouse, "second") == ["a", "a", "b", "a"]


def test_doctor_looks_at_the_file(home: Path) -> None:
    def finding() -> tuple[str, str, str]:
        (found,) = [f for f in examine(home) if f.check == "policy first"]
        return found.status, found.found, found.remedy

    assert finding()[0] == "fail"
    write(home, version("a", "2024-01-01"))
    assert finding() == ("ok", "1 versions; a is in force", "")
    write(home, version("a", "2024-01-01", "valid_to = 2024-12-31") + version("b", "2025-02-01"))
    assert finding()[:2] == (
        "warn",
        "no version is in force on 2025-01-01 to 2025-01-31, between a and b: orders of these days have no policy",
    )
    write(home, version("a", "2024-01-01", "window_clok = 3"))
    status, found, _ = finding()
    assert status == "fail"
    assert "did you mean window_clock?" in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (version("a", "2025-01-01", 'conditionz = "x"'), ("conditionz", "did you mean conditions?")),
        (version("a", "2025-01-01", "window_days = -1"), ("column window_days", "-1 in a")),
        (version("a", "2025-01-01", "window_days = 30.5"), ("column window_days",)),
        (version("a", "2025-01-01", 'window_clock = "deliverd"'), ("did you mean delivered?",)),
        (version("a", "2025-01-01", 'payer = { change_mind = "customer" }'), ("did you mean changed_mind?",)),
        (version("a", "2025-01-01", 'payer = { default = "nobody" }'), ("one of customer, merchant",)),
        (version("a", "2025-01-01", 'payer = "customer"'), ("no table in a",)),
        (version("a", '"soon"'), ("soon in a", "valid_from = 2026-01-01")),
        (version("a", "2025-01-01T10:00:00"), ("a day without a time",)),
        (version("a", "2025-01-01", "valid_to = 2024-01-01"), ("before 2025-01-01",)),
        (version("a", "2025-01-01") + version("a", "2026-01-01"), ("two versions a",)),
        (
            version("old", "2025-01-01", "valid_to = 2026-01-01") + version("new", "2026-01-01"),
            ("old and new, both in force on 2026-01-01",),
        ),
        (
            version("old", "2025-01-01") + version("new", "2025-01-01"),
            ("new and old, both in force", "another first day"),
        ),
        ("[[versions]]\nvalid_from = 2025-01-01\n", ("version 1 without an id",)),
        ('[[versions]]\nid = "a"\n', ("version a without it",)),
        ("[[version]]\nid = 1\n", ("did you mean versions?",)),
        ("", ("no [[versions]]",)),
        (version("a", "2025-01-01", "text = 3"), ("no text in a",)),
    ],
)
def test_what_cannot_be_is_refused_in_words(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as caught:
        read_policy(path)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '# versions\nversions = [{ id = "a", valid_from = 2025-01-01 }]',
            (
                "line 2",
                "0 records by the count over the file, 1 by the parser",
            ),
        ),
        ("[[versions]]\nid = \n", ("no TOML", "line 2")),
        ("[[orders]]\nid = 1\n", ("without a table that a source reads", "[[versions]]")),
    ],
)
def test_a_file_whose_shape_is_wrong_is_refused(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as caught:
        read_document(open_file(path, tmp_path), "toml", list(all_sources().values()))
    for word in words:
        assert word in str(caught.value)


def test_a_version_ends_where_the_next_begins() -> None:
    document = parse_toml(version("b", "2026-01-01") + version("a", "2025-01-01"), "x")
    later, earlier = versions_of(document, "x")
    assert (later.version_id, later.valid_to) == ("b", None)
    assert str(earlier.valid_to) == "2025-12-31"
    assert in_force([later, earlier], earlier.valid_from) == earlier
    assert gaps([later, earlier]) == []


def test_headings_within_texts_and_comments_are_no_records() -> None:
    text = (
        "# [[versions]]\n[[versions]]\ntext = \"\"\"\n[[versions]]\n\"\"\"\nconditions = '''\n[[versions]]'''\n"
        '  [[ versions ]] # one more\nid = "it\'s [[versions]]"\n'
    )
    spans = scan_toml(text.encode(), "versions")
    assert [span.line for span in spans] == [2, 8]
    assert spans[-1].end == len(text)
