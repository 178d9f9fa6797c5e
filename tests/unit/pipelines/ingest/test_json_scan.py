"""The scanner that counts records of JSON, against the standard library's parser over random documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import Refused
from pipelines.ingest.document_kinds import walk
from pipelines.ingest.json_parse import parse_json
from pipelines.ingest.json_scan import DEEPEST, scan_json

PATHS = ((), ("*",), ("result", "*"), ("result",), ("*", "result"), ("result", "*", "*"))

_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12),
    st.sampled_from(['"', "\\", '\\"', "},{", "[[", "a\nb", "\u2028", "// no comment"]),
)  # fmt: skip
_KEYS = st.one_of(st.sampled_from(["result", "meta", "a"]), st.text('abc"\\{}[]:, \n\u00e9', max_size=4))
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=20,
)
_STYLES = st.sampled_from([{}, {"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}, {"ensure_ascii": False}])


def as_text(value: Any) -> Any:
    """A value as the loader keeps it: every number as the text that it was written as."""
    if isinstance(value, list):
        return [as_text(child) for child in value]
    if isinstance(value, dict):
        return {key: as_text(child) for key, child in value.items()}
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@settings(max_examples=400, deadline=None)
@given(st.lists(_VALUES, min_size=1, max_size=3), _STYLES, st.sampled_from(["\n", "\r\n", "\n\n  "]), st.booleans())
def test_scanner_and_parser_find_the_same_records(values: list[Any], style: dict, between: str, has_mark: bool) -> None:
    """At every path: as many, at the same places, and every byte belongs to a token."""
    text = ("\ufeff" if has_mark else "") + between.join(json.dumps(value, **style) for value in values)
    data = text.encode()
    scan = scan_json(data, PATHS, "x.json")
    parsed = parse_json(text, "x.json")
    assert parsed == as_text(values)
    assert scan.token_byte_count == scan.byte_count == len(data)
    for path in PATHS:
        records = [record for _, record in walk(parsed, path).records]
        spans = scan.records[path]
        assert [parse_json(data[span.start : span.end].decode(), "x")[0] for span in spans] == records
        assert [span.line for span in spans] == [data[: span.start].count(b"\n") + 1 for span in spans]


@settings(max_examples=300, deadline=None)
@given(_VALUES, _STYLES, st.data())
def test_a_text_cut_short_is_refused_by_one_of_the_two(value: Any, style: dict, data: st.DataObject) -> None:
    """Whatever was cut off: the file is refused, or what is left is a whole value."""
    text = json.dumps([value], **style)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        scan_json(cut.encode(), PATHS, "x.json")
        parsed = parse_json(cut, "x.json")
    except Refused:
        return
    assert parsed == []


@settings(max_examples=300, deadline=None)
@given(st.text('{}[]:,"\\ \n1tn\u00e9', max_size=30))
def test_no_text_crashes_either(text: str) -> None:
    """What is no JSON ends in a message that names a place, never in another exception."""
    for read in (lambda: scan_json(text.encode(), PATHS, "x.json"), lambda: parse_json(text, "x.json")):
        try:
            read()
        except Refused as refused:
            assert refused.found


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"a": 1,\n}', 2, "a comma before a closing }"),
        ("[1,\n2,\n]", 3, "a comma before a closing ]"),
        ('{"a": [1, 2}', 1, "closes nothing that is open"),
        ('{"a":\n [1, 2]', 2, "the end of the file, while what opened in line 1"),
        ('{"a": "cut', 1, "a text that opens here"),
        ('{"a": "two\nlines"}', 1, "a text that opens here"),
        ('{"a": 1,\n "a": 2}', 2, "a key that stands twice in one object (a)"),
        ('{"x": {"900001": 1,\n "900001": 2}}', 2, "a key that stands twice in one object;"),
        ('["\\u0000"]', 1, "a NUL character"),
        ("[1,,2]", 1, "a comma with nothing before it"),
        ("[" * (DEEPEST + 1), 1, "brackets within brackets"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(Refused) as caught:
        scan_json(text.encode(), PATHS, "x.json")
    assert caught.value.line == line
    assert words in caught.value.found


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("{'a': 1}", 1, "no JSON at character 2"),
        ('{"a":\n tru}', 2, "no JSON"),
        ("[\n NaN]", 2, "NaN"),
        ('{"a": 1,\n "\\u0061": 2}', 2, "a key that stands twice"),
        ("[" * 100_000, 1, "nested too deep"),
    ],
)
def test_what_the_parser_refuses(text: str, line: int | None, words: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_json(text, "x.json")
    assert caught.value.line == line
    assert words in caught.value.found


def test_a_colon_may_stand_on_a_line_of_its_own() -> None:
    text = '{"result"\n:\n{"W1"\n\n: {"scans": []},\n"W2" :{"a" : "b"}}}'
    spans = scan_json(text.encode(), [("result", "*")], "x.json").records["result", "*"]
    assert [text[span.start : span.end] for span in spans] == ['{"scans": []}', '{"a" : "b"}']
    assert [span.line for span in spans] == [5, 6]


def test_numbers_stay_the_text_that_they_are() -> None:
    text = '{"awb": 900000000000000000017, "weight": 1.50, "small": 1e-7}'
    assert parse_json(text, "x") == [{"awb": "900000000000000000017", "weight": "1.50", "small": "1e-7"}]
