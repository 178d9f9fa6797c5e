"""Messages stay readable, whatever a file holds."""

from __future__ import annotations

from pipelines.errors import LONGEST_COLUMN, LONGEST_FOUND, Refused

PARTS = {"expected": "one of ordered, shipped, delivered", "remedy": "correct it"}


def test_what_was_found_is_cut_where_it_is_long() -> None:
    error = Refused("policy.toml", found="'" + "a " * 150_000 + "'", column="b" * 5_000, **PARTS)
    assert len(str(error)) < LONGEST_FOUND + LONGEST_COLUMN + 300
    assert "it has 300,002 characters" in str(error)
    told = error.as_json()
    assert told["found"] in str(error)
    assert told["column"] in str(error)


def test_what_is_short_stays_whole() -> None:
    found = "x" * LONGEST_FOUND
    error = Refused("policy.toml", found=found, line=3, column="window_clock", **PARTS)
    assert str(error).startswith(f"policy.toml, line 3, column window_clock: refused\n  found:    {found}\n")
    assert error.as_json()["found"] == found
