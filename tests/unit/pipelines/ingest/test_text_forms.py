"""Text that departs from RFC 4180: no quotes, records shorter than the header, blanks for nothing."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.errors import Refused
from pipelines.ingest import keeping, records
from pipelines.ingest.landing import LandedFile, land_csv
from pipelines.ingest.records import RecordScan, read_head, scan_records
from pipelines.sources.amazon_text import AMAZON_TEXT
from pipelines.sources.base import RawColumn, Source, TextForm

HEADER = "a\tb\tc\n"


class _Format(Source):
    name: ClassVar[str] = "made_up"
    columns: ClassVar[tuple[RawColumn, ...]] = ()
    text_form: ClassVar[TextForm] = AMAZON_TEXT


class _Unpadded(_Format):
    text_form: ClassVar[TextForm] = TextForm(has_quotes=False)


def landed(text: str, source: Source | None = None, is_slow: bool = False) -> tuple[RecordScan, LandedFile, list]:
    """Scan and land a text: what was counted, what was set aside, the rows with record and line number."""
    source = source or _Format()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.txt"
        path.write_bytes(text.encode())
        head = read_head(path, path.name)
        scan = scan_records(path, path.name, head.has_quotes(source.text_form))
        if is_slow:
            scan = replace(scan, has_stray_returns=True)
        with duckdb.connect(config={"threads": 1}) as connection:
            file = LandedFile(connection, cast(Any, None), source, path.name, list(scan.header))
            land_csv(file, path, scan)
            rows = connection.execute("select * from landing order by record_number").fetchall()
    return scan, file, rows


def test_a_quote_is_an_ordinary_character() -> None:
    scan, _, rows = landed(HEADER + '1\t8" heel\t"x\n2\ty"\tz\n')
    assert rows == [(1, 2, "1", '8" heel', '"x'), (2, 3, "2", 'y"', "z")]
    assert (scan.record_count, scan.byte_count, scan.accounted_byte_count) == (2, 26, 26)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
def test_fields_missing_at_the_end_are_empty(ending: str, last: str) -> None:
    text = f'a\tb\tc{ending}1\t2\t3"{ending}4\t5{ending}{ending}6' + (ending if last else "")
    _, file, rows = landed(text)
    assert rows == [(1, 2, "1", "2", '3"'), (2, 3, "4", "5", None), (3, 5, "6", None, None)]
    assert file.malformed == []


def test_more_fields_than_the_header_are_never_cut_off() -> None:
    _, file, rows = landed(HEADER + "1\t2\n3\t4\t5\t6\n7\n")
    assert [row[0] for row in rows] == [1, 3]
    assert file.malformed == [(2, 3, "4 fields where the header has 3; bytes 10 to 18")]


def test_a_format_that_does_not_pad_sets_short_records_aside() -> None:
    _, file, rows = landed(HEADER + "1\t2\n3\t\t5\n", _Unpadded())
    assert rows == [(2, 3, "3", None, "5")]
    assert [record[:2] for record in file.malformed] == [(1, 2)]


def test_a_blank_counts_as_nothing_where_the_format_says_so() -> None:
    assert landed(HEADER + " \tb \t  \n")[2] == [(1, 2, None, "b ", None)]
    assert landed(HEADER + " \tb \t  \n", _Unpadded())[2] == [(1, 2, " ", "b ", "  ")]


@pytest.mark.parametrize("is_slow", [False, True])
@pytest.mark.parametrize("blank", ["\u00a0", "\u3000 ", "\u2009"])
def test_any_space_counts_as_nothing_whichever_way_is_taken(blank: str, is_slow: bool) -> None:
    assert landed(HEADER + f"1\t{blank}\t3\n", is_slow=is_slow)[2] == [(1, 2, "1", None, "3")]


def test_a_record_of_blanks_is_a_separator_and_one_of_quotes_is_not() -> None:
    scan, _, rows = landed(HEADER + '\t \t\n"\n')
    assert (scan.blank_count, rows) == (1, [(2, 3, '"', None, None)])


def test_a_carriage_return_inside_a_field_ends_no_record() -> None:
    assert landed(HEADER + "1\tx\ry\t3\n4\t5\n")[2] == [(1, 2, "1", "x\ry", "3"), (2, 3, "4", "5", None)]


@pytest.mark.parametrize(
    "text",
    ['a,b,c\n1,"x,\ny",3\n4\n', '"a"\t"b"\t"c"\n1\t"x,\ny"\t3\n4\n'],
)
def test_other_signs_or_a_quoted_header_bring_quotes_back(text: str) -> None:
    assert landed(text)[2] == [(1, 2, "1", "x,\ny", "3"), (2, 4, "4", None, None)]


def test_the_header_is_read_without_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes below the header, an odd number of them, must not hinder recognising a format that knows none."""
    path = tmp_path / "report.txt"
    path.write_text("# made on Monday\n\n" + HEADER + '1\t8"\t3\n')
    monkeypatch.setattr(records, "_HEAD", 4)
    assert read_head(path, path.name).names == ("a", "b", "c")
    path.write_text('"a\tb\n1\t2\n')
    with pytest.raises(Refused, match="never closes"):
        read_head(path, path.name)


def test_chunk_borders_do_not_change_field_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEADER + "".join(f"{n}\tx\n" for n in range(40)) + "1\t2\t3\t4\n"
    monkeypatch.setattr(records, "_CHUNK", 5)
    assert landed(text)[0].field_counts == (2, 4)


FIELD = st.text(st.sampled_from('ab ,"\r|;é漢\\#'), max_size=6).filter(lambda text: not text.endswith("\r"))


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.lists(FIELD, min_size=1, max_size=4), min_size=1, max_size=10),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@example([["a\r", "b"], ["c"]], "\n", False)
@example([["\r"], ["", "x"]], "\r\n", False)
def test_anything_is_read_as_splitting_at_tabs_reads_it(rows: list[list[str]], ending: str, is_slow: bool) -> None:
    text = ending.join(["a\tb\tc", *("\t".join(row) for row in rows)]) + ending
    lines = text.split("\n")[1:]
    wanted, number = [], 0
    for line_number, line in enumerate(lines, 2):
        if line in ("", "\r"):
            continue
        number += 1
        fields = line.rstrip("\r").split("\t")
        if line.strip("\t \r") and len(fields) <= 3:
            padded = (*fields, "", "")[:3]
            wanted.append((number, line_number, *(field if field.strip(" ") else None for field in padded)))
    if not number:
        return
    scan, file, found = landed(text, is_slow=is_slow)
    assert found == wanted
    assert scan.record_count == len(wanted) + len(file.malformed)


def test_a_leading_apostrophe_is_no_part_of_a_postcode() -> None:
    expression = keeping.handled("code", RawColumn("code", "postcode"), b"", ())
    with duckdb.connect() as connection:
        query = f"select {expression} from (values ('''2759'), (' 94103 '), (null)) as given (code)"
        assert connection.execute(query).fetchall() == [("275",), ("941",), (None,)]
