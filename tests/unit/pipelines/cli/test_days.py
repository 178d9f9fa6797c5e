"""Options that take several values at once, and days as a person writes them."""

from __future__ import annotations

from datetime import date, datetime

import click
import pytest

from pipelines.cli.parser.days import Day, spread


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("--as-of D1 D2", "--as-of D1 --as-of D2"),
        ("--as-of=D1 D2", "--as-of=D1 --as-of D2"),
        ("--as-of D1 --as-of D2 D3 --json", "--as-of D1 --as-of D2 --as-of D3 --json"),
        ("--merchant acme --as-of D1 D2 --home h", "--merchant acme --as-of D1 --as-of D2 --home h"),
        ("--as-of", "--as-of"),
        ("", ""),
    ],
)
def test_values_behind_one_option_are_told_apart(typed: str, read: str) -> None:
    """Each value gets the option's name; values of other options are left alone."""
    assert spread(typed.split(), {"--as-of"}) == read.split()


def test_days() -> None:
    """A day, never a moment or a word."""
    assert Day().convert("2026-11-22", None, None) == date(2026, 11, 22)
    assert Day().convert(date(2026, 1, 2), None, None) == date(2026, 1, 2)
    for text in ("22.11.2026", "2026-02-30", "today", datetime(2026, 1, 2, 3, 4)):
        with pytest.raises(click.BadParameter, match="is not a date"):
            Day().convert(text, None, None)
