"""Errors for the person who reads them, each with the exit status that the command line returns.

A message names what was looked at, what was found, what was expected and what to do. Values of personal
columns never stand in one.
"""

from __future__ import annotations


class KeeprateError(Exception):
    """Base of every error that a person is meant to read; never shown with a traceback."""

    exit_status = 1

    def as_json(self) -> dict[str, object]:
        """What ``--json`` shows of it: the parts of the message where it has some, else the message."""
        return {"message": str(self)}


LONGEST_FOUND, LONGEST_COLUMN = 600, 120
"""Signs of what was found, and of a column's name, that a message shows: a cell may hold megabytes."""


class Refused(KeeprateError):  # noqa: N818 - a file is refused; "RefusedError" says it twice
    """A file is wrong as a whole or ambiguous: nothing of it was kept."""

    exit_status = 1

    def __init__(
        self,
        file_name: str,
        *,
        found: str,
        expected: str,
        remedy: str,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        """Compose the message.

        Args:
            file_name: the file, without its folder.
            found: what stands there, without personal values.
            expected: what should stand there.
            remedy: what to do.
            line: physical line as `sed -n` counts, where one line is at fault.
            column: header of the column, where one is at fault.
        """
        self.file_name = file_name
        self.line = line
        self.column = column = _cut(column, LONGEST_COLUMN) if column else column
        self.found = found = _cut(found, LONGEST_FOUND)
        self.expected = expected
        self.remedy = remedy
        place = file_name + (f", line {line}" if line else "") + (f", column {column}" if column else "")
        super().__init__(f"{place}: refused\n  found:    {found}\n  expected: {expected}\n  to do:    {remedy}")

    def as_json(self) -> dict[str, object]:
        """The parts of the message, for ``--json``."""
        return {
            "file": self.file_name,
            "line": self.line,
            "column": self.column,
            "found": self.found,
            "expected": self.expected,
            "remedy": self.remedy,
        }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… (cut off here; it has {len(text):,} characters)"


class UsageProblem(KeeprateError):  # noqa: N818
    """The command was called with something that does not exist or does not fit."""

    exit_status = 2


class CannotRun(KeeprateError):  # noqa: N818
    """The command could not run here and now: another writer, no disk, no permission, no home."""

    exit_status = 3


def nearest(name: str, known: list[str]) -> str:
    """``" (did you mean x?)"`` for a misspelled name, or an empty string."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""
