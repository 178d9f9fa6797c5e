"""One text, masked: numbers, streets, names; and whatever the record, or its order, says of the person elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.masking.chinese import without_chinese_names
from pipelines.masking.numbers import without_mails, without_numbers
from pipelines.masking.places import STREET, may_hold_place, without_places
from pipelines.masking.words import NAME, is_surely_plain, is_word, without_names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

BETWEEN = "\x1f"
"""Stands between the personal values of a record, and between names of goods and their codes."""

ONLY_MARKS = "="
"""As what is spared: the text was masked before, and is held against marks alone."""

EVERY_WORD = "*"
"""As what is spared: no word is a name because it is unknown."""

_SHORTEST_CODE = 7
_FIRST_STAND_IN = 0xE000

_WORD = re.compile(r"[^\W\d_]+")
_WORD_OR_NUMBER = re.compile(r"[^\W_]+")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_DIGITS = re.compile(r"\d{3}")
_BETWEEN_CODES = re.compile(r"[,;|]")
PARTICLES = frozenset(
    [
        "de",
        "del",
        "della",
        "da",
        "di",
        "do",
        "dos",
        "van",
        "von",
        "der",
        "den",
        "the",
        "and",
        "of",
        "la",
        "le",
        "les",
        "el",
        "al",
        "bin",
        "ibn",
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "jr",
        "sr",
        "st",
        "street",
        "road",
        "lane",
        "avenue",
        "ave",
        "drive",
        "court",
        "close",
        "flat",
        "apt",
        "unit",
        "suite",
        "floor",
        "house",
        "po",
        "box",
        "north",
        "south",
        "east",
        "west",
    ]
)
LONGEST_NAME = 4


def masked_text(
    text: str,
    personal: str | None = None,
    spared: str | None = None,
    is_marked: Callable[[str], bool] | None = None,
) -> str:
    """A text with personal parts masked.

    Args:
        text: the text.
        personal: names and streets that the same record states, between ``BETWEEN``; they are masked wherever they
            stand in it, their words too.
        spared: names of goods in the same record, whose words are no names of persons; behind ``BETWEEN`` lists of
            codes, which a mask of numbers leaves alone where they stand as a whole. Or ``EVERY_WORD``.
        is_marked: whether a word, or a Chinese name, is one of the names that other files state for the order.

    Returns:
        The text; NULL characters and the like are left as they are.
    """
    if personal:
        # A name within an address would break the address, of which the rest would stay.
        text = _without_own(without_mails(text), personal)
    masked = text if spared == ONLY_MARKS else _general(text, spared or "")
    return _without_marked(masked, is_marked) if is_marked else masked


def _general(text: str, spared: str) -> str:
    """Numbers, places and names; what is spared is looked at only where it could matter, since rows differ in it."""
    names, _, listed = spared.partition(BETWEEN)
    if listed and _DIGITS.search(text):
        return _with_codes(text, names, listed)
    if names == EVERY_WORD:
        return without_all(text, names)
    masked = without_all(text, "")
    return without_all(text, names) if names and NAME in masked else masked


def _with_codes(text: str, names: str, listed: str) -> str:
    lists = listed.split(BETWEEN)
    codes = sorted({code for one in lists for code in map(str.strip, _BETWEEN_CODES.split(one)) if _is_long(code)})
    for number, code in enumerate(codes):
        # Private-use characters stand in for what a mask spares; they are no digits and no letters.
        if code in text:
            text = _code(code).sub(chr(_FIRST_STAND_IN + number), text)
    masked = without_all(text, names)
    for number, code in enumerate(codes):
        masked = masked.replace(chr(_FIRST_STAND_IN + number), code)
    return masked


@lru_cache(maxsize=65536)
def _code(code: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(code)}(?!\w)")


def _is_long(code: str) -> bool:
    return len(code) >= _SHORTEST_CODE


@lru_cache(maxsize=262144)
def without_all(text: str, spared: str) -> str:
    """Without numbers, places and names, whoever the text is about; words of ``spared`` are no names."""
    if is_surely_plain(text) and not may_hold_place(text):
        return without_numbers(text)
    goods = frozenset(word.lower() for word in _WORD.findall(spared)) if spared else frozenset()
    masked = without_places(without_numbers(text))
    if not masked.isascii() and _HAN_RUN.search(masked):
        masked = without_chinese_names(masked)
    return without_names(masked, goods, is_judged=spared != EVERY_WORD)


def _without_own(text: str, personal: str) -> str:
    pieces = _pieces(text)
    told = dict.fromkeys(personal.lower().split(BETWEEN))
    # Nearly no text has a piece of its record's names: those of the others need not be taken apart.
    values = [_own_value(value) for value in told if any(piece in value for piece in pieces)]
    if not values:
        return text
    folded = text.lower()
    wholes = [value.whole for value in values if value.whole and value.whole in folded]
    for whole in sorted(wholes, key=len, reverse=True):
        text = _whole(whole).sub(STREET if re.search(r"\d", whole) else NAME, text)
    for name in sorted({name for value in values for name in value.han if name in text}, key=len, reverse=True):
        text = text.replace(name, NAME)
    words = set(_WORD.findall(text.lower()))
    latin = {word for value in values if not words.isdisjoint(value.latin) for word in value.latin}
    return _WORD.sub(lambda found: NAME if _is_own(found.group(), latin) else found.group(), text) if latin else text


@lru_cache(maxsize=65536)
def _pieces(text: str) -> frozenset[str]:
    """Words, numbers and pairs of Chinese characters of a text, lower-cased: what it shares with a name in it."""
    words = {word for word in _WORD_OR_NUMBER.findall(text.lower()) if len(word) > 1}
    runs = [] if text.isascii() else _HAN_RUN.findall(text)
    return frozenset(words | {first + second for run in runs for first, second in pairwise(run)})


@lru_cache(maxsize=65536)
def _whole(value: str) -> re.Pattern[str]:
    """A value as it stands by itself: ``Ling`` is not found within ``handling``. Chinese has no such borders."""
    first, last = (r"(?<![^\W_])" if value[0].isascii() else ""), (r"(?![^\W_])" if value[-1].isascii() else "")
    return re.compile(first + re.escape(value) + last, re.IGNORECASE)


def _is_own(word: str, own: Collection[str]) -> bool:
    folded = word.lower()
    if folded not in own or folded in ("email", "number", "name", "street", "link", "postcode"):
        return False
    return word[0].isupper() or not is_word(folded)


@dataclass(frozen=True)
class OwnWords:
    """What a personal value is recognised by.

    Attributes:
        whole: the value in lower case; empty where it is too short, or a word of the language.
        latin: its words, in lower case.
        han: Chinese names and given names in it.
    """

    whole: str
    latin: frozenset[str]
    han: frozenset[str]


def own_words(personal: str) -> tuple[frozenset[str], frozenset[str]]:
    """Words of personal values in lower case, and Chinese names with their given names."""
    values = [_own_value(value) for value in personal.lower().split(BETWEEN)]
    return frozenset().union(*(value.latin for value in values)), frozenset().union(*(value.han for value in values))


@lru_cache(maxsize=65536)
def _own_value(value: str) -> OwnWords:
    latin, han = set(), set()
    whole = value.strip()
    is_place = any(character.isdigit() for character in value)
    for word in _WORD.findall(value):
        if _HAN_RUN.fullmatch(word):
            if len(word) <= LONGEST_NAME and not is_place:
                han.add(word)
                if len(word) > 2:
                    han.add(word[-2:])
            elif len(word) > LONGEST_NAME:
                han.add(word)
        elif len(word) > 1 and word not in PARTICLES and not (is_place and is_word(word)):
            latin.add(word)
    return OwnWords(whole if len(whole) > 3 and not is_word(whole) else "", frozenset(latin), frozenset(han))


def _without_marked(text: str, is_marked: Callable[[str], bool]) -> str:
    def judged(found: re.Match[str]) -> str:
        word = found.group()
        folded = word.lower()
        if len(folded) < 2 or folded in PARTICLES or not (word[0].isupper() or not is_word(folded)):
            return word
        return NAME if is_marked(folded) else word

    if not text.isascii():
        text = _without_marked_chinese(text, is_marked)
    # Nearly no text names anybody: asking is quicker than replacing.
    return _WORD.sub(judged, text) if any(map(is_marked, _WORD.findall(text.lower()))) else text


def _without_marked_chinese(text: str, is_marked: Callable[[str], bool]) -> str:
    """Chinese names have no borders, and a given name may stand alone: two to four characters are asked for."""

    def judged(found: re.Match[str]) -> str:
        run, masked, position = found.group(), [], 0
        while position < len(run):
            lengths = range(min(LONGEST_NAME, len(run) - position), 1, -1)
            length = next((length for length in lengths if is_marked(run[position : position + length])), 0)
            masked.append(NAME if length else run[position])
            position += length or 1
        return "".join(masked)

    return _HAN_RUN.sub(judged, text)
