"""The quick way through a file of JSON objects finds what the token-by-token scanner and the whole reading find."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from pipelines.errors import Refused
from pipelines.ingest import json_lines, json_outline
from pipelines.ingest.documents import _read_whole
from pipelines.ingest.json_outline import outline
from pipelines.ingest.json_parse import parse_json
from pipelines.ingest.json_scan import scan_json
from pipelines.sources import all_sources

SOURCES = [source for source in all_sources().values() if source.shapes]
_SPOILING = '{}[]",\\\n x'


def any_value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.random()
    if depth > 4 or kind < 0.4:
        return chance.choice([1, -2.5e3, True, None, 'a"b', "\\", '\\"', "{[", "}\\\\", "", "é中", "x\ny"])
    if kind < 0.7:
        return [any_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice('abc"\\') + str(key): any_value(chance, depth + 1) for key in range(chance.randrange(4))}


def a_text(chance: random.Random, is_spoiled: bool) -> str:
    parts = [
        json.dumps({"k": any_value(chance)}, indent=chance.choice([None, None, 1]), ensure_ascii=chance.random() < 0.5)
        for _ in range(chance.randrange(1, 5))
    ]
    between = chance.choice(["\n", "\r\n", "", " \n\n"])
    text = chance.choice(["", "\ufeff", " \n"]) + between.join(parts) + chance.choice(["", "\n", " "])
    if is_spoiled:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(_SPOILING) + text[at + 1 :]
    return text


@pytest.mark.parametrize("chunk", [1, 2, 7, 1000])
def test_outline_finds_the_values_that_the_scanner_finds(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_outline, "_CHUNK", chunk)
    chance = random.Random(chunk)  # noqa: S311 - texts of a test, no secret
    outlined = 0
    for number in range(400):
        data = a_text(chance, is_spoiled=number % 3 == 0).encode()
        found = outline(data)
        if found is None:
            continue
        try:
            parse_json(data.decode(), "made_up.json")
        except Refused:
            continue
        scan = scan_json(data, [()], "made_up.json")
        spans = scan.records[()]
        assert [span.start for span in spans] == found.starts.tolist()
        assert [span.end for span in spans] == found.ends.tolist()
        assert [span.line for span in spans] == found.lines.tolist()
        assert scan.token_byte_count == found.byte_count == len(data)
        outlined += 1
    assert outlined > 200


@pytest.mark.parametrize(
    "text",
    [
        "[{}]",
        "{} 1",
        "1 {}",
        "{},{}",
        '{"a": 1',
        "}{",
        '{"a": "\\u0000"}',
        '{"a": ' + "[" * 200 + "]" * 200 + "}",
        " ",
        '{"a": "b}',
    ],
)
def test_outline_leaves_what_is_not_plain_to_the_scanner(text: str) -> None:
    assert outline(text.encode()) is None


def webhooks(count: int) -> list[dict[str, Any]]:
    return [
        {
            "waybill": f"00{number}",
            "cp_id": 4,
            "clickpost_status_code": 1.50,
            "status": f"Picked up {number}" if number % 3 else "",
            "timestamp": "2026-10-18T04:00:07Z",
            "additional": {"order_id": f"{number}", "is_rvp": False, "spare": {"depth": [number]}, "name": "X"},
            **{f"key_{number % 7}": number},
        }
        for number in range(count)
    ]


def test_a_file_read_in_pieces_is_the_file_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_PIECE", 5000)
    records: list[Any] = webhooks(2500)
    records[1700] = {"waybill": "x", "meta": {"success": False, "status": 401}}
    data = "\n".join(map(json.dumps, records)).encode()
    lines = json_lines.read_lines(data, "made_up.jsonl", SOURCES)
    whole = _read_whole(data, "made_up.jsonl", SOURCES)
    assert lines is not None
    assert lines.rows.rows == whole.rows
    assert lines.rows.problems == whole.problems != {}
    assert tuple(sorted(lines.rows.dropped)) == whole.dropped != ()
    assert tuple(lines.warnings) == whole.warnings != ()
    assert lines.outline.starts.tolist() == whole.scan.offsets[:-1].tolist()
    assert lines.outline.ends.tolist() == whole.scan.record_ends.tolist()


@pytest.mark.parametrize(
    "odd",
    [
        {"result": {"0001": {"scans": []}}},
        {"trackers": [{"id": "x"}]},
        {"a": {"result": {}}},
    ],
)
def test_a_value_that_may_hold_other_records_has_the_file_read_whole(odd: dict[str, Any]) -> None:
    data = "\n".join(map(json.dumps, [*webhooks(1500), odd])).encode()
    assert json_lines.read_lines(data, "made_up.jsonl", SOURCES) is None


def test_a_key_that_stands_twice_has_the_file_read_whole_and_refused() -> None:
    data = "\n".join([*map(json.dumps, webhooks(1500)), '{"waybill": "1", "waybill": "2"}']).encode()
    assert json_lines.read_lines(data, "made_up.jsonl", SOURCES) is None
    with pytest.raises(Refused, match="stands twice"):
        _read_whole(data, "made_up.jsonl", SOURCES)
