"""Reading a TOML file, and an independent count of the tables in it.

The loader is the standard library's parser. The count finds the lines ``[[name]]`` that stand outside of texts and
comments; one table reaches to the next such line.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from pipelines.errors import Refused
from pipelines.ingest.json_scan import RecordSpan

_TOKEN = re.compile(
    rb'#[^\n]*|"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|\n|[^\n#"\']+|["\']', re.DOTALL
)


def parse_toml(text: str, file_name: str) -> dict[str, Any]:
    """The document; numbers with a fraction stay text.

    Raises:
        Refused: it is no TOML; the message names the place.
    """
    try:
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=str)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"line (\d+)", str(error))
        raise Refused(
            file_name,
            line=int(place.group(1)) if place else None,
            found=f"no TOML ({error})",
            expected='TOML: key = "value", one a line',
            remedy="mend that line",
        ) from None


def scan_toml(data: bytes, name: str) -> list[RecordSpan]:
    """Where each ``[[name]]`` table of a TOML text starts and ends."""
    heading = re.compile(rb"\[\[[ \t]*" + re.escape(name.encode()) + rb"[ \t]*\]\][ \t\r]*")
    spans: list[tuple[int, int]] = []
    line, position, is_line_start = 1, 0, True
    while position < len(data):
        found = _TOKEN.match(data, position)
        token = found.group() if found else data[position : position + 1]
        text = token.lstrip(b"\xef\xbb\xbf \t")
        if is_line_start and heading.fullmatch(text):
            spans.append((line, position))
        line += token.count(b"\n")
        is_line_start = token.endswith(b"\n") or (is_line_start and not text)
        position += len(token)
    ends = [*(start for _, start in spans[1:]), len(data)] if spans else []
    return [RecordSpan(line, start, end) for (line, start), end in zip(spans, ends, strict=True)]
