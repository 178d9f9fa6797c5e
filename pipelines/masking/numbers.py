"""Patterns of e-mails, links and long numbers; the SQL of the same patterns is made from them in ``privacy``.

The patterns keep to what RE2 and Python both read.
"""

from __future__ import annotations

import re

EMAIL = r"[\pL\pN._%+\-]+\s?[@＠]\s?[\pL\pN\-]+([.．。][\pL\pN\-]+)+"
"""An e-mail address, as RE2 writes it."""

MASKS = (
    (EMAIL, "[email]"),
    (r"(https?://|www\.)[^\s]+", "[link]"),
    # Phone, order and tracking numbers: seven or more digits, however they are grouped; and letter-digit waybills.
    (r"[+＋]?[(（]?[\d０-９](?:[ ().（）\-/－\x{00A0}\x{2010}-\x{2013}]{0,2}[\d０-９]){6,}", "[number]"),
    (r"\b[A-Z]{1,4}\d{7,}[A-Z]{0,3}\b", "[number]"),
    (r"#\s?\d{3,}", "[number]"),
)
"""Pattern as RE2 writes it, and what stands in its place."""


def _in_python(pattern: str) -> str:
    spelled = pattern.replace(r"[\pL\pN._%+\-]", r"[\w.%+\-]").replace(r"[\pL\pN\-]", r"[\w\-]")
    return re.sub(r"\\x\{([0-9A-F]{4})\}", r"\\u\1", spelled)


COMPILED = tuple((re.compile(_in_python(pattern)), mask) for pattern, mask in MASKS)
_MAY_HOLD = re.compile(r"[@＠]|://|www\.|\d{3}|[０-９]{3}|(?:\d[ ().\-/]{0,2}){7}")


def without_mails(text: str) -> str:
    """The text, such as a file's name, with e-mail addresses masked; its numbers may be dates."""
    pattern, mask = COMPILED[0]
    return pattern.sub(mask, text) if "@" in text or "＠" in text else text


def without_numbers(text: str) -> str:
    """The text with e-mails, links and long numbers masked."""
    if not _MAY_HOLD.search(text):
        return text
    for pattern, mask in COMPILED:
        text = pattern.sub(mask, text)
    return text
