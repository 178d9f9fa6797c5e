"""Where in a JSON text something stands that its parser refuses without a place; looked for once it did."""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|NaN|-?Infinity', re.DOTALL)
_COLON = re.compile(r"[ \t\r\n]*:")


def line_of_key_twice(text: str) -> int | None:
    """Line of the first key that stood in its object before, escaped or not; None where there is none."""
    open_keys: list[set[str]] = []
    for found in _TOKEN.finditer(text):
        sign = found.group()
        if sign in "{[":
            open_keys.append(set())
        elif sign in "}]":
            open_keys = open_keys[:-1]
        elif sign[0] == '"' and open_keys and _COLON.match(text, found.end()):
            key = json.loads(sign, strict=False)
            if key in open_keys[-1]:
                return _line(text, found.start())
            open_keys[-1].add(key)
    return None


def line_of_no_number(text: str) -> int | None:
    """Line of the first ``NaN`` or ``Infinity`` outside of texts."""
    return next((_line(text, one.start()) for one in _TOKEN.finditer(text) if one.group()[-1] in "Ny"), None)


def line_of_deepest(text: str) -> int | None:
    """Line of the bracket that opens within most others."""
    depth, deepest, place = 0, 0, None
    for found in _TOKEN.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(found.group(), 0)
        if depth > deepest:
            deepest, place = depth, found.start()
    return None if place is None else _line(text, place)


def line_of_escaped_key(text: str) -> int | None:
    """Line of the first key in which a character is escaped."""
    for found in _TOKEN.finditer(text):
        if "\\" in found.group() and _COLON.match(text, found.end()):
            return _line(text, found.start())
    return None


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
