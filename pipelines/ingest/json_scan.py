"""An independent count of a JSON file's records: where each starts and ends, without the parser that reads them.

The loader is the standard library's parser. This walks over the bytes once, token by token, and knows of JSON only
brackets, texts, commas and colons. A file may hold one value, or several one after the other (JSON Lines). If
scanner and parser disagree about the records, the file is not loaded as it seems.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.errors import Refused
from pipelines.sources.document_shape import shown_key

if TYPE_CHECKING:
    from collections.abc import Iterable

RecordPath = tuple[str, ...]
"""Where records are: names of keys, or ``*`` for every member of a list or an object; ``()`` for the value itself."""

DEEPEST = 200
"""Brackets within brackets; real answers have ten, and the parser gives up at a thousand."""

_BOM = b"\xef\xbb\xbf"
_TOKEN = re.compile(
    rb"[ \t\r]*+(?:(?P<comma>,)|(?P<feed>\n)"
    rb'|(?P<key>"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+")[ \t\r\n]*+:'
    rb'|(?P<text>"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+")'
    rb"|(?P<closing>[}\]])|(?P<opening>[{\[])"
    rb'|(?P<scalar>[^ \t\r\n"{}\[\],:]++)|(?P<colon>:))|(?P<blank>[ \t\r]++)'
)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_CLOSING = {b"{": b"}", b"[": b"]"}


@dataclass(frozen=True)
class RecordSpan:
    """One record.

    Attributes:
        line: physical line on which it starts (1-based).
        start: its first byte.
        end: the byte behind its last.
    """

    line: int
    start: int
    end: int


@dataclass
class JsonScan:
    """What stands where in a JSON file.

    Attributes:
        records: spans by path, in the order of the file; every path that was asked for.
        value_lines: line on which each value at the top starts.
        byte_count: bytes of the file.
        token_byte_count: bytes that tokens cover; equals the file's size.
    """

    records: dict[RecordPath, list[RecordSpan]]
    value_lines: list[int] = field(default_factory=list)
    byte_count: int = 0
    token_byte_count: int = 0


@dataclass
class _Frame:
    """An open list or object: its bracket, the paths that lead on through it, its keys and what was read last."""

    bracket: bytes
    line: int
    active: tuple[RecordPath, ...]
    begun: list[tuple[RecordPath, int, int]]
    keys: set[bytes] = field(default_factory=set)
    key: bytes = b""
    is_after_value: bool = False
    is_after_comma: bool = False


def scan_json(data: bytes, paths: Iterable[RecordPath], file_name: str) -> JsonScan:
    """Find the records of a JSON text in UTF-8.

    Args:
        data: the whole file.
        paths: where records may be; each is looked for.
        file_name: for messages.

    Raises:
        Refused: brackets do not match, a text never closes, a comma stands before a closing bracket, a key stands
            twice in an object, a NUL is written, or it is nested too deep.
    """
    return _Scanner(data, tuple(dict.fromkeys(paths)), file_name).run()


class _Scanner:
    def __init__(self, data: bytes, paths: tuple[RecordPath, ...], file_name: str) -> None:
        self.data = data
        self.file_name = file_name
        self.paths = paths
        self.scan = JsonScan({path: [] for path in paths}, byte_count=len(data))
        self.stack: list[_Frame] = []
        self.line = 1
        self.line_start = 0

    def run(self) -> JsonScan:
        """Read every token; each belongs to the value at hand."""
        data, match, stack = self.data, _TOKEN.match, self.stack
        position = len(_BOM) if data.startswith(_BOM) else 0
        self.scan.token_byte_count = position
        while position < len(data):
            found = match(data, position)
            if found is None:
                raise self._refused(
                    position,
                    'a text that opens here and is not closed on this line (")',
                    "every text between two quotes, line breaks in it written as \\n",
                    "mend the line; if the file ends here it was cut short: download it again",
                )
            kind, end = found.lastgroup, found.end()
            self.scan.token_byte_count += end - position
            if kind == "feed":
                self.line += 1
                self.line_start = end
            elif kind == "comma":
                if stack:
                    self._comma(stack[-1], end - 1)
            elif kind == "key" and stack and stack[-1].bracket == b"{":
                self._key(stack[-1], found["key"], found.start("key"), end)
            elif kind == "closing":
                self._close(stack[-1] if stack else None, found["closing"], end - 1, end)
            elif kind != "blank":
                self._value(found[str(kind)], found.start(str(kind)), end)
            position = end
        if stack:
            raise self._refused(
                position,
                f"the end of the file, while what opened in line {stack[0].line} is still open",
                f"a closing {_CLOSING[stack[0].bracket].decode()}",
                "the file was cut short: download or save it again",
            )
        return self.scan

    def _comma(self, frame: _Frame, start: int) -> None:
        if not frame.is_after_value:
            raise self._refused(start, "a comma with nothing before it", "a value between commas", "remove it")
        frame.is_after_value, frame.is_after_comma = False, True

    def _key(self, frame: _Frame, key: bytes, start: int, end: int) -> None:
        if key in frame.keys:
            raise self._refused(
                start,
                "a key that stands twice in one object"
                + (f" ({shown_key(key[1:-1].decode())})" if re.fullmatch(rb'"[A-Za-z_ .-]{1,40}"', key) else ""),
                "each key once: which of the two counts cannot be known",
                "remove one of them",
            )
        frame.keys.add(key)
        frame.key = key
        # A colon may stand on a later line.
        if feeds := self.data.count(b"\n", start, end):
            self.line += feeds
            self.line_start = self.data.rindex(b"\n", start, end) + 1

    def _value(self, token: bytes, start: int, end: int) -> None:
        stack = self.stack
        frame = stack[-1] if stack else None
        first = token[:1]
        if first == b'"' and b"u0000" in token and _NUL.search(token):
            raise self._refused(start, "a NUL character (\\u0000) in a text", "text", "remove it")
        if frame is None:
            self.scan.value_lines.append(self.line)
        else:
            frame.is_after_value, frame.is_after_comma = True, False
        active = self._leading_here(frame) if frame is None or frame.active else ()
        begun = [(path, self.line, start) for path in active if len(path) == len(stack)] if active else []
        if first in (b"{", b"["):
            if len(stack) >= DEEPEST:
                raise self._refused(
                    start,
                    f"more than {DEEPEST} brackets within brackets",
                    "an answer of a tracking service, which has ten",
                    "look at what wrote the file",
                )
            stack.append(_Frame(first, self.line, active, begun))
        elif begun:
            self._end(begun, end)

    def _leading_here(self, frame: _Frame | None) -> tuple[RecordPath, ...]:
        """Paths of which everything so far fits the value that begins."""
        if frame is None:
            return self.paths
        depth = len(self.stack) - 1
        if not frame.active:
            return ()
        name = frame.key[1:-1] if frame.bracket == b"{" else b"*"
        return tuple(path for path in frame.active if len(path) > depth and path[depth].encode() in (b"*", name))

    def _close(self, frame: _Frame | None, bracket: bytes, start: int, end: int) -> None:
        if frame is None or _CLOSING[frame.bracket] != bracket:
            raise self._refused(
                start,
                f"a {bracket.decode()} that closes nothing that is open",
                f"a {_CLOSING[frame.bracket].decode()}" if frame else "the end of the file",
                "mend the brackets before this place",
            )
        if frame.is_after_comma:
            raise self._refused(
                start,
                f"a comma before a closing {bracket.decode()}",
                "no comma behind the last value",
                f"remove the comma before the {bracket.decode()} (samples in documentation often have one)",
            )
        self.stack.pop()
        self._end(frame.begun, end)

    def _end(self, begun: list[tuple[RecordPath, int, int]], end: int) -> None:
        for path, line, start in begun:
            self.scan.records[path].append(RecordSpan(line, start, end))

    def _refused(self, position: int, found: str, expected: str, remedy: str) -> Refused:
        column = len(self.data[self.line_start : position].decode("utf-8", "replace")) + 1
        return Refused(
            self.file_name,
            line=self.line,
            found=f"{found}; character {column} of the line",
            expected=expected,
            remedy=remedy,
        )
