"""Reading a JSON file with the standard library: every number stays the text that it is written as.

A waybill written as a number would lose its leading zeros and, beyond 15 digits, its last ones. Where records
start is found by ``json_scan``, which shares nothing with this.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from pipelines.errors import Refused
from pipelines.ingest.json_places import line_of_deepest, line_of_key_twice, line_of_no_number

_BLANK = re.compile(r"[ \t\r\n]*")


class _KeyTwiceError(ValueError):
    pass


def parse_json(text: str, file_name: str) -> list[Any]:
    """The values of a JSON text: one, or several one after the other.

    Numbers are the text that they are written as; true, false and null are Python's.

    Raises:
        Refused: it is no JSON; the message names line and column.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_no_number)
    values: list[Any] = []
    position = _blank(text, 1 if text.startswith("\ufeff") else 0)
    try:
        while position < len(text):
            value, position = decoder.raw_decode(text, position)
            values.append(value)
            position = _blank(text, position)
    except json.JSONDecodeError as error:
        raise _no_json(file_name, error) from None
    except _KeyTwiceError:
        raise Refused(
            file_name,
            line=line_of_key_twice(text),
            found="a key that stands twice in one object",
            expected="each key once: which of the two counts cannot be known",
            remedy="remove one of them",
        ) from None
    except (ValueError, RecursionError) as error:
        is_number = isinstance(error, _NoNumberError)
        line = line_of_no_number(text) if is_number else line_of_deepest(text)
        raise Refused(
            file_name,
            line=line,
            found=str(error) if is_number else "values nested too deep to be read",
            expected="JSON as RFC 8259 describes it",
            remedy=f"look at the line (sed -n '{line}p'), and at what wrote it",
        ) from None
    return values


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _KeyTwiceError
    return found


class _NoNumberError(ValueError):
    pass


def _no_number(word: str) -> NoReturn:
    raise _NoNumberError(f"{word}, which is no number in JSON")


def _blank(text: str, position: int) -> int:
    found = _BLANK.match(text, position)
    return found.end() if found else position


def _no_json(file_name: str, error: json.JSONDecodeError) -> Refused:
    return Refused(
        file_name,
        line=error.lineno,
        found=f"no JSON at character {error.colno} of the line ({error.msg})",
        expected="JSON: keys and texts in double quotes, a comma between values",
        remedy=f"look at the line (sed -n '{error.lineno}p') and mend it, or download the file again",
    )
