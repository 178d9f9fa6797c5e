"""What a mask makes of a text whoever it is about, and by which of its words it may be about somebody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from pipelines.masking.text import EVERY_WORD, LONGEST_NAME, PARTICLES, without_all
from pipelines.masking.words import NAME, is_word

_LETTERS = re.compile(r"[^\W\d_]+")
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_MASKS = frozenset(("email", "number", "name", "street", "link", "postcode"))


@dataclass(frozen=True)
class Judgement:
    """A judged text.

    Attributes:
        masked: as it is kept where nothing of a record says otherwise.
        is_of_record: goods or codes of the record may say otherwise.
        words: by which it may be about the person of a record: words that are capitalised or in no dictionary (those
            in no dictionary also behind ``~``, for streets), words with digits, two words in a row, Chinese runs of
            two to four characters.
        names: of these, the ones that may stand among the marked names of an order.
    """

    masked: str
    is_of_record: bool
    words: tuple[str, ...]
    names: tuple[str, ...]


def judged_text(text: str, kind: str, shop: str) -> Judgement:
    """Judge one text.

    Args:
        text: the text.
        kind: ``free``, ``reason`` or ``place``, each also with ``_coded`` behind it.
        shop: name of the merchant, whose words are no persons' names.
    """
    looked_at = kind.partition("_")[0]
    masked = without_all(text, EVERY_WORD if looked_at == "place" else "")
    if NAME in masked and looked_at == "reason":
        masked = without_all(text, shop)
    is_of_record = (looked_at == "free" and NAME in masked) or (kind.endswith("_coded") and masked != text)
    names = _names_in(text)
    return Judgement(masked, is_of_record, () if looked_at == "place" else tuple(_words_in(text)), tuple(names))


def _names_in(text: str) -> set[str]:
    found = {
        word.lower()
        for word in _LETTERS.findall(text)
        if len(word) > 1
        and (word[0].isupper() or not is_word(word.lower()))
        and word.lower() not in PARTICLES
        and word.lower() not in _MASKS
    }
    return found | _han_runs(text)


def _words_in(text: str) -> set[str]:
    names = {name for name in _names_in(text) if not _HAN_RUN.fullmatch(name)}
    words = names | {f"~{name}" for name in names if not is_word(name)} | _han_runs(text)
    tokens = [token.lower() for token in _LETTERS_AND_DIGITS.findall(text)]
    words |= {token for token in tokens if len(token) > 3 and any(character.isdigit() for character in token)}
    return words | {f"{first} {second}" for first, second in pairwise(tokens)}


def _han_runs(text: str) -> set[str]:
    if text.isascii():
        return set()
    return {
        run[start : start + length]
        for run in _HAN_RUN.findall(text)
        for length in range(2, LONGEST_NAME + 1)
        for start in range(len(run) - length + 1)
    }
