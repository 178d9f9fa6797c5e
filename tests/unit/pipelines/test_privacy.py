"""Pseudonyms equal the standard library's HMAC and separate merchants; masks take what is personal."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.privacy import masked, merchant_key, pseudonym, pseudonym_of

KEY = merchant_key(b"k" * 32, "fashion")


def in_sql(expression: str) -> object:
    with duckdb.connect() as connection:
        row = connection.execute(f"select {expression}").fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("value", "kind"),
    [(" Ann@Example.COM ", "email"), ("(555) 555-0101", "phone"), ("501", "id"), ("漢字@例え.jp", "email")],
)
def test_sql_and_python_make_the_same_pseudonym(value: str, kind: str) -> None:
    made = in_sql(pseudonym(f"'{value}'", kind, KEY))
    assert made == pseudonym_of(value, kind, KEY)
    assert len(str(made)) == 32


def test_spelling_does_not_matter_but_kind_and_merchant_do() -> None:
    assert pseudonym_of("Ann@example.com", "email", KEY) == pseudonym_of("ann@example.com ", "email", KEY)
    assert pseudonym_of("501", "id", KEY) != pseudonym_of("501", "phone", KEY)
    other = merchant_key(b"k" * 32, "home")
    assert pseudonym_of("501", "id", KEY) != pseudonym_of("501", "id", other)


@pytest.mark.parametrize("value", ["''", "'  '", "null", "'---'"])
def test_nothing_has_no_pseudonym(value: str) -> None:
    assert in_sql(pseudonym(value, "phone", KEY)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to ann.b@example.co.uk please", "write to [email] please"),
        ("call +1 (555) 555-0101 now", "call [number] now"),
        ("parcel 1Z999AA10123456784 lost", None),
        ("order #100234 came late", "order [number] came late"),
        ("看看 0912-345-678 這個", "看看 [number] 這個"),
        ("see https://shop.example/a?b=c", "see [link]"),
        ("size 38, 2 of 3 broke in 14 days", "size 38, 2 of 3 broke in 14 days"),
    ],
)
def test_masks(text: str, expected: str | None) -> None:
    made = in_sql(masked(f"'{text}'"))
    if expected is None:
        assert "1Z999AA10123456784" not in str(made)
    else:
        assert made == expected
