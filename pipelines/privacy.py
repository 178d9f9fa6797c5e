"""What happens to personal values at the door, as SQL: pseudonyms and masks of numbers, vectorised by DuckDB.

A pseudonym is HMAC-SHA-256 (RFC 2104) of the normalised value under a key of the merchant, which is derived
from the installation's key: one merchant's pseudonyms cannot be joined with another's. HMAC is written out
with DuckDB's ``sha256`` because DuckDB has no HMAC; a test holds it to the standard library's.
"""

from __future__ import annotations

import hashlib
import hmac

from pipelines.masking.numbers import MASKS

_BLOCK = 64
PSEUDONYM_LENGTH = 32


def merchant_key(installation_key: bytes, merchant_id: str) -> bytes:
    """The merchant's own key: HMAC of its id under the installation's key (32 bytes)."""
    return hmac.new(installation_key, b"merchant:" + merchant_id.encode(), hashlib.sha256).digest()


def normalised(expression: str, kind: str) -> str:
    """SQL for an identity value as it is compared: e-mail in lower case, phone as its digits, id trimmed."""
    if kind == "email":
        return f"nullif(lower(trim({expression})), '')"
    if kind == "phone":
        return f"nullif(regexp_replace({expression}, '[^0-9]', '', 'g'), '')"
    return f"nullif(trim({expression}), '')"


def pseudonym(expression: str, kind: str, key: bytes) -> str:
    """SQL that turns an identity value into its pseudonym: 32 hex digits, NULL for an empty value.

    Args:
        expression: SQL that yields the value as text.
        kind: ``email``, ``phone`` or ``id``; the kind is part of what is hashed.
        key: the merchant's key; it becomes part of the statement, so never log the statement.
    """
    padded = key.ljust(_BLOCK, b"\0")
    inner = bytes(byte ^ 0x36 for byte in padded).hex()
    outer = bytes(byte ^ 0x5C for byte in padded).hex()
    message = f"encode('{kind}:' || {normalised(expression, kind)})"
    return f"left(sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || {message}))), {PSEUDONYM_LENGTH})"


def pseudonym_of(value: str, kind: str, key: bytes) -> str | None:
    """The same pseudonym in Python, for looking a person up; None for an empty value."""
    if kind == "email":
        value = value.strip(" ").lower()
    elif kind == "phone":
        value = "".join(character for character in value if character in "0123456789")
    else:
        value = value.strip(" ")
    if not value:
        return None
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()[:PSEUDONYM_LENGTH]


def masked(expression: str) -> str:
    """SQL that masks e-mails, links and long numbers; names and streets are masked in ``pipelines.masking``."""
    for pattern, mask in MASKS:
        quoted = pattern.replace("'", "''")
        expression = f"regexp_replace({expression}, '{quoted}', '{mask}', 'g')"
    return expression
