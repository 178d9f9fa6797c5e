"""Message catalogues and the merchant's way of writing numbers, dates and money.

A catalogue is ``locale/<tag>.toml``: text by key, with ``{named}`` places. Numbers and dates come from
Unicode's locale data (Babel). A language is added by adding one catalogue; a test names missing keys.
Text of the catalogues is trusted, values are not: whoever writes HTML escapes the result.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal, parse_pattern

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

FOLDER = Path(__file__).parent / "locale"
FALLBACK = "en"


@lru_cache(maxsize=16)
def catalogue(tag: str) -> dict[str, str]:
    """Messages of one catalogue by dotted key."""
    tree = tomllib.loads((FOLDER / f"{tag}.toml").read_text(encoding="utf-8"))
    return dict(_flatten(tree, ""))


def catalogue_tags() -> tuple[str, ...]:
    """Tags of the catalogues that exist, for example ``("en", "zh-Hant")``."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def _flatten(tree: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            rows.extend(_flatten(value, f"{prefix}{key}."))
        else:
            rows.append((f"{prefix}{key}", value))
    return rows


class Language:
    """One merchant's language.

    A locale without a catalogue is written in English, with English numbers: half a page of each would be
    harder to read than either.

    Attributes:
        tag: the catalogue, which is also the ``lang`` of the page.
    """

    def __init__(self, locale: str) -> None:
        """Choose catalogue and number formats.

        Args:
            locale: BCP 47 tag of the merchant, for example ``en-GB`` or ``zh-Hant``.
        """
        wanted = _known_locale(locale)
        self.tag = _catalogue_for(wanted)
        spoken = Locale.parse(self.tag, sep="-")
        self._locale = wanted if wanted and wanted.language == spoken.language else spoken
        self._messages = catalogue(self.tag)

    def text(self, key: str, **values: str) -> str:
        """A message with its places filled; KeyError for an unknown key."""
        return self._messages[key].format(**values)

    def text_or(self, key: str, otherwise: str) -> str:
        """A message without places, or a text of the data where no catalogue knows the key."""
        return self._messages.get(key, otherwise)

    def percent(self, share: float, digits: int = 1) -> str:
        """A share between 0 and 1 as percent."""
        pattern = self._locale.percent_formats[None].pattern.replace("##0", "##0." + "0" * digits)
        return format_decimal(share, format=parse_pattern(pattern), locale=self._locale)

    def fine_percent(self, share: float) -> str:
        """A share as percent with the decimals that it has, at most two: for limits and small counts."""
        pattern = self._locale.percent_formats[None].pattern.replace("##0", "##0.##")
        return format_decimal(share, format=parse_pattern(pattern), locale=self._locale)

    def whole_percent(self, share: float) -> str:
        """A share as percent without decimals; what is not all is never rounded up to all, nor to nothing."""
        if 0 < share < 1:
            share = min(max(share, 0.01), 0.99)
        pattern = self._locale.percent_formats[None].pattern
        return format_decimal(share, format=parse_pattern(pattern), locale=self._locale)

    def points(self, share: float) -> str:
        """A difference of two shares in percentage points, with its sign; the unit's name is in the messages."""
        text = format_decimal(abs(100 * share), format="#,##0.0", locale=self._locale)
        # What rounds to nothing has no sign: "-0.0" would tell a direction that is not there.
        if round(abs(100 * share), 1) == 0:
            return text
        return f"{'+' if share > 0 else '−'}{text}"

    def times(self, factor: float) -> str:
        """A multiple, such as 2.3."""
        return format_decimal(factor, format="#,##0.0" if factor < 9.95 else "#,##0", locale=self._locale)

    def rounded(self, value: float) -> str:
        """An estimated quantity: whole from 10 on, one decimal below."""
        text = format_decimal(abs(value), format="#,##0.#" if abs(value) < 9.95 else "#,##0", locale=self._locale)
        return f"−{text}" if value < 0 and text != "0" else text

    def number(self, value: float) -> str:
        """A count or quantity; decimals only where there are some."""
        return format_decimal(value, format="#,##0.##", locale=self._locale)

    def money(self, amount: Decimal, currency_code: str) -> str:
        """An amount with its ISO code, since a bare sign is shared by many currencies."""
        return format_currency(amount, currency_code, format="¤¤ #,##0.00", locale=self._locale)

    def long_date(self, day: date) -> str:
        """A full date."""
        return format_date(day, "long", locale=self._locale)

    def short_date(self, day: date) -> str:
        """A date for tables."""
        return format_date(day, "medium", locale=self._locale)

    def period(self, first: date, last: date) -> str:
        """First to last day, saying year and month only once."""
        return format_interval(first, last, "yMMMd", locale=self._locale)

    def month(self, day: date) -> str:
        """Name of the month, short, for an axis."""
        return format_date(day, "LLL", locale=self._locale)

    def month_and_year(self, day: date) -> str:
        """Name of the month with its year, for sentences and tables."""
        return format_skeleton("yMMM", day, locale=self._locale)

    def days(self, value: float) -> str:
        """A length of time in days: one decimal, as far as it says anything."""
        return format_decimal(value, format="#,##0.0" if value < 9.95 else "#,##0", locale=self._locale)

    def whole_money(self, amount: Decimal, currency_code: str) -> str:
        """An amount without its cents, for sums that are read at a glance."""
        return format_currency(amount, currency_code, format="¤¤ #,##0", locale=self._locale, currency_digits=False)

    def moment(self, at: datetime) -> str:
        """A UTC moment to the minute."""
        return f"{self.short_date(at)} {format_time(at, 'short', locale=self._locale)} UTC"


def _known_locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def _catalogue_for(wanted: Locale | None) -> str:
    if wanted is None:
        return FALLBACK
    tags = catalogue_tags()
    for candidate in (f"{wanted.language}-{wanted.script}", wanted.language):
        if candidate in tags:
            return candidate
    return FALLBACK
