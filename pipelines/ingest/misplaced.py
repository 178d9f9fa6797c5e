"""Columns that are kept as they are, where a cell holds what does not belong there: words in a date, a mail in a SKU.

Broken rows shift a name into a column of amounts. The whole of a landed file is surveyed once, cheaply; only columns
in which something strikes pay for patterns. What is wrong stays wrong, so that staging rejects it; it is only not read
any more. Which columns hold dates and amounts is told by their names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.masking.numbers import EMAIL
from pipelines.sql_text import identifiers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.ingest.landing import LandedFile

_MEASURED = re.compile(
    r"(^|_)(dates?|time|timestamp|at|total|subtotal|amount|price|costs?|tax|taxes|qty|quantity|weight|rate|duties|"
    r"attempts?|value|requested|updated|approved|received|resolved|edd)(_|$)|^(shipping|handling|refund|store_credit|discount)"
    r"(_cost|_amount|_redeemed)?$"
)
_NOT_MEASURED = re.compile(
    r"sku|type|method|code|status|reason|currency|account|payer|paid_by|mode|remark|location|name"
)
_WORDED = re.compile(
    r"status|method|state|country|mode|group|channel|courier|partner|type|category|reason|action|currency|locale|source"
    r"|disposition|carrier|service|payer|paid_by|district|campaign"
)
_LONGEST_WORDS = 48
"""Characters; a list's words are shorter, and who writes more writes of himself."""
_SENTENCE = r"[@＠。！？，：；]|\d{4}|[.!?,]\s+\S+\s+\S+\s"
"""What a list's words are written without."""
_CLOCK = re.compile(r"(^|_)(time|timestamp|at|date|edd)(_|$)")

_MONTHS = (
    "jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?"
    "|dec(ember)?"
)
_ALLOWED = (
    rf"(({_MONTHS}|mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"am|pm|utc|gmt|ist|est|pst|cst|z|t|e|st|nd|rd|th|nan|null|none|na|n/a|inf|true|false|yes|no|"
    r"usd|eur|gbp|inr|rs|cny|twd|nt|hkd|jpy|aud|cad|nzd|sgd|chf|sek|kg|kgs|g|gm|gms|lbs?|oz|units?|pcs?|days?|add|fixed|remove)"
    r"([^\pL]+|$)|[^\pL]+)*"
)
_PHONE = r"\s*(\+\s?\d|\(\d{2,4}\)\s?\d).*"


@dataclass(frozen=True)
class Guards:
    """Which columns of a file need a guard; without a survey every column does.

    Attributes:
        words: columns of dates and amounts in which letters or phone numbers stand; None: not surveyed.
        mails: columns in which an ``@`` stands; None: not surveyed.
        texts: columns in which something stands that is too long for a word, or not written as the column is: it is
            masked like free text.
    """

    words: frozenset[str] | None = None
    mails: frozenset[str] | None = None
    texts: frozenset[str] = frozenset()

    def guarded(self, expression: str, name: str, grammar: str = "", masked: str = "") -> str:
        """SQL of a value of a column that is kept, without what does not belong there.

        Args:
            expression: SQL of the value.
            name: the column.
            grammar: what every value of it begins with, as a pattern; empty for none.
            masked: SQL of the value masked like free text.
        """
        if masked and name in self.texts:
            return f"case when {_is_strange(expression, name, grammar)} then {masked} else {expression} end"
        if is_measured(name) and (self.words is None or name in self.words):
            return measured_only(expression, has_clock=bool(_CLOCK.search(name)))
        return without_mails(expression) if self.mails is None or name in self.mails else expression


def measured_only(expression: str, *, has_clock: bool) -> str:
    """SQL of a date, time, amount or count, without words and phone numbers that stand there by mistake."""
    # A number of ten digits is no amount; where a clock stands it may be seconds.
    number = "" if has_clock else f" or regexp_full_match({expression}, '\\s*\\d{{10,}}\\s*')"
    return (
        f"case when {expression} is null then null"
        f" when regexp_full_match({expression}, '{_PHONE}'){number} then '[number]'"
        f" when not regexp_full_match(lower({expression}), '{_ALLOWED}') or length({expression}) > 64"
        f" then '[text]' else {expression} end"
    )


def without_mails(expression: str) -> str:
    """SQL of a value with e-mail addresses masked."""
    masked = f"regexp_replace({expression}, '{EMAIL}', '[email]', 'g')"
    return f"case when contains({expression}, '@') or contains({expression}, '＠') then {masked} else {expression} end"


def _is_strange(value: str, name: str, grammar: str) -> str:
    """SQL that is true for a value that is not written as the column is, or too long for a word."""
    if grammar:
        return f"(not regexp_matches({value}, '^\\s*({grammar})') or contains({value}, '@'))"
    return f"(length({value}) > {_LONGEST_WORDS} or regexp_matches({value}, '{_SENTENCE}'))"


def is_worded(name: str) -> bool:
    """Whether a column, by its snake_case name, holds a few words of a list: a status, a method, a state."""
    return bool(_WORDED.search(name))


def is_measured(name: str) -> bool:
    """Whether a column, by its snake_case name, holds dates, times, amounts or counts."""
    return bool(_MEASURED.search(name)) and not _NOT_MEASURED.search(name)


def guards(landed: LandedFile, columns: Sequence[str], grammars: Mapping[str, str]) -> Guards:
    """Survey the columns of a landed file that are kept as they are; ``grammars`` by column where it has one."""
    if not columns:
        return Guards(frozenset(), frozenset())
    asked = []
    for name in columns:
        value = identifiers([name])
        if is_measured(name):
            asked.append(
                f"bool_or(lower({value}) <> upper({value}) or length({value}) <> strlen({value})"
                f" or strlen({value}) > 32"
                f" or starts_with(trim({value}), '+') or starts_with(trim({value}), '(')"
                f" or regexp_matches({value}, '^\\s*\\d{{10,}}\\s*$'))"
            )
        elif name in grammars or is_worded(name):
            asked.append(f"bool_or({_is_strange(value, name, grammars.get(name, ''))})")
        else:
            asked.append(f"bool_or(contains({value}, '@') or contains({value}, '＠'))")
    ((*answers,),) = landed.connection.execute(f"select {', '.join(asked)} from landing").fetchall()
    struck = {name for name, answer in zip(columns, answers, strict=True) if answer}
    return Guards(
        frozenset(name for name in struck if is_measured(name)),
        frozenset(name for name in struck if not is_measured(name)),
        frozenset(name for name in struck if not is_measured(name) and (name in grammars or is_worded(name))),
    )
