"""What a JSON parser refuses without a place is told with the line on which it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ingested_files import SAMPLES

from pipelines.errors import Refused
from pipelines.ingest.documents import read_document
from pipelines.ingest.json_parse import parse_json
from pipelines.ingest.json_places import line_of_escaped_key, line_of_key_twice
from pipelines.ingest.opening import OpenedFile
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a": 1,\n"a": 2}', 2),
        ('{"a": {"b": 1},\n"c": {"b": 1},\n"\\u0061" : 2}', 3),
        ('[{"a": 1},\n{"a": "\\"a\\": 1"},\n["a", "a"]]\n{"b": {"a": 1, "b": 1}}', None),
    ],
)
def test_a_key_twice_stands_where_it_stands_again(text: str, line: int | None) -> None:
    assert line_of_key_twice(text) == line


def test_values_nested_too_deep_are_told_with_the_line_of_the_deepest() -> None:
    with pytest.raises(Refused) as caught:
        parse_json('{"a": [],\n"b": [[]],\n"c": ' + "[" * 100_000 + "]" * 100_000 + ',\n"d": []}', "a.json")
    assert caught.value.line == 3


def test_an_escaped_key_is_no_escaped_text() -> None:
    assert line_of_escaped_key('{"a": "\\u0062",\n"\\u0062": 1}') == 2
    assert line_of_escaped_key('{"a": "\\u0062"}') is None


def test_two_counts_that_disagree_are_told_with_a_place(tmp_path: Path) -> None:
    """The key of the records is escaped: the parser reads it, the count over the bytes does not."""
    text = (SAMPLES / "clickpost_events" / "track_order.json").read_text(encoding="utf-8")
    path = tmp_path / "a.json"
    path.write_text(text.replace('"result"', '"res\\u0075lt"', 1), encoding="utf-8")
    opened = OpenedFile(path, path, "", path.stat().st_size, "utf-8", "none")
    with pytest.raises(Refused) as caught:
        read_document(opened, "json", list(all_sources().values()))
    assert "by the count over the file" in caught.value.found
    assert caught.value.line == 3
