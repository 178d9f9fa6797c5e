"""The independent count: records, their lines, blank ones, and quotes that never close."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import Refused
from pipelines.ingest import broken_lines, records
from pipelines.ingest.records import scan_records

if TYPE_CHECKING:
    from pathlib import Path


def scan(folder: Path, text: str):
    path = folder / "export.csv"
    path.write_bytes(text.encode())
    return scan_records(path, path.name)


def test_line_numbers_are_those_of_the_physical_file(tmp_path: Path) -> None:
    found = scan(tmp_path, 'a,b\n1,"x\ny\nz"\n2,q\n')
    assert found.header == ("a", "b")
    assert found.line_numbers.tolist() == [2, 5]
    assert found.record_count == 2
    assert int(found.offsets[-1]) == found.byte_count


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_last_record_without_a_line_break_counts(tmp_path: Path, ending: str) -> None:
    assert scan(tmp_path, f"a,b{ending}1,2{ending}3,4").record_count == 2


def test_blank_separators_are_no_records(tmp_path: Path) -> None:
    found = scan(tmp_path, 'a,b\r\n1,2\r\n,\r\n\r\n"",""\r\n3,4\r\n')
    assert found.record_count == 2
    assert found.blank_count == 2
    assert found.line_numbers.tolist() == [2, 3, 5, 6]


def test_delimiter_and_byte_order_mark_are_found(tmp_path: Path) -> None:
    found = scan(tmp_path, "\ufeffOrder ID;Total\n1;2,50\n")
    assert found.header == ("Order ID", "Total")
    assert found.delimiter == ";"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b\n1,"x\n2,y\n3,z\n', 2),
        ('a,b\n1,"x"\n2,"y\n3,"z"\n4,"w"\n', 3),
        ('a,b\n1,x\n2,"multi\nline"\n3,"never\n', 5),
        ('"a,b\n1,2\n', 1),
    ],
)
def test_unclosed_quote_names_the_line_on_which_it_opened(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(Refused) as refusal:
        scan(tmp_path, text)
    assert refusal.value.line == line
    assert f"sed -n '{line}p'" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n", "no record"),
        ("\n\n", "line breaks"),
        ("just words\n1\n", "one column"),
        ("a,A\n1,2\n", "more than once"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(Refused, match=found):
        scan(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a,b\r1,2\r", 1),
        ("a,b\n1,2\n3,x\ry\n", 3),
        ("a,b\n\r1,2\n", 2),
        ("a\r,b\n1,2\n", 1),
        ('a,b\n"x\r\ny",1\n2,z\rz\n', 4),
    ],
)
def test_a_return_inside_a_line_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    """The loader and the standard library's reader end a record there, the count does not."""
    with pytest.raises(Refused, match="carriage return") as refusal:
        scan(tmp_path, text)
    assert refusal.value.line == line


@pytest.mark.parametrize(
    "text", ['a,b\n"x\ry",1\n', "a,b\r\n1,2\r\n", "a,b\r\r\n1,2\r\r\n", "a,b\n1,2\r", 'a,b\r\n"\r",2\r\n']
)
def test_returns_in_quotes_and_before_line_feeds_are_no_fault(tmp_path: Path, text: str) -> None:
    assert scan(tmp_path, text).record_count == 1


def test_doubled_returns_before_a_line_feed_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They end a line, but the quick reader is not to be trusted with them."""
    for size in (1, 2, 3, 16 << 20):
        monkeypatch.setattr(broken_lines, "_CHUNK", size)
        assert scan(tmp_path, "a,b\r\r\n1,2\r\r\n").has_stray_returns
        assert not scan(tmp_path, 'a,b\r\n"\r\r\n",2\r\n').has_stray_returns


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"a"x,b\n1,2\n', "quotes do not enclose whole names"),
        ("\ufeff\n1,2\n", "without any name"),
    ],
)
def test_a_header_against_the_rule_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        scan(tmp_path, text)


def test_a_long_name_is_read_and_one_without_end_refused(tmp_path: Path) -> None:
    """The standard library's own limit is 131,072 characters, and no error of ours."""
    assert scan(tmp_path, f"a,{'x' * 2_000}\n1,2\n").record_count == 1
    with pytest.raises(Refused, match=r"200,000 characters in the header \(column 2\)"):
        scan(tmp_path, f"a,{'x' * 200_000}\n1,2\n")


def test_names_that_stand_twice_are_told_by_place_unless_a_source_has_them(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        scan(tmp_path, "Robin Sample,5,Robin Sample\n1,2,3\n")
    assert "columns 1, 3)" in refusal.value.found and "Robin" not in str(refusal.value)
    with pytest.raises(Refused) as refusal:
        scan(tmp_path, "Order ID,Order Status,order status\n1,2,3\n")
    assert "columns 2, 3: Order Status)" in refusal.value.found


@pytest.mark.parametrize("comment", ["\ufeff# made by hand\n", '"# a, b",,\r\n# c,,\r\n', '\ufeff"# ""a"", b",\n'])
def test_comments_that_a_spreadsheet_saved_are_passed_over(tmp_path: Path, comment: str) -> None:
    found = scan(tmp_path, f"{comment}a,b\n1,2\n")
    assert (found.header, found.record_count, found.skipped_lines) == (("a", "b"), 1, comment.count("\n"))


def test_quotes_that_are_even_but_inside_fields_are_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text('a,b\n1,"x"\n2,y"z"\n')
    refusal = broken_lines.unclosed_quote(path, path.name)
    assert refusal.line == 3 and "inside a field" in refusal.found


def test_the_quote_at_fault_is_found_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "export.csv"
    path.write_text('a,b\n1,"x"\n2,"y\n3,"z"\n4,w\n')
    for size in (1, 2, 5, 16 << 20):
        monkeypatch.setattr(broken_lines, "_CHUNK", size)
        assert broken_lines.unclosed_quote(path, path.name).line == 3


FIELD = st.text(st.sampled_from('ab ,"\n\r|;é漢'), max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=1, max_size=12))
def test_agrees_with_the_csv_module_on_anything_that_it_writes(rows: list[list[str]]) -> None:
    import tempfile
    from pathlib import Path

    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["a", "b", "c"], *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        path.write_bytes(stream.getvalue().encode())
        found = scan_records(path, path.name)
        text = path.read_bytes().decode()
    assert found.record_count + found.blank_count == len(rows)
    assert found.field_counts == (3, 3)
    for offset, row in zip(found.offsets, rows, strict=False):
        first = text.encode()[int(offset) :].decode()
        assert next(csv.reader(io.StringIO(first, newline=""))) == row


def test_chunk_borders_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a,b\n" + "".join(f'{n},"x\n""{n}"""\n' for n in range(50))
    whole = scan(tmp_path, text)
    monkeypatch.setattr(records, "_CHUNK", 7)
    pieces = scan(tmp_path, text)
    assert pieces.line_numbers.tolist() == whole.line_numbers.tolist()
    assert pieces.offsets.tolist() == whole.offsets.tolist()
    assert pieces.field_counts == whole.field_counts == (2, 2)


def test_fields_are_counted_outside_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'a,b,c\n1,"x,y\n,,",3\n1,2,3,,\n1,"""2,""",3,4\n5,6\n'
    for size in (1, 3, 16 << 20):
        monkeypatch.setattr(records, "_CHUNK", size)
        assert scan(tmp_path, text).field_counts == (2, 5)
