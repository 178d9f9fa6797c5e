"""Which words of a text may be names: not in the list of English words, or behind words that introduce a person.

The list (``data/words_en.txt``) holds lower-case words of Webster's Second International (1934, public domain) that
are met in today's writing, and words of shops, goods and parcels; first names are taken out of it. Words of other
languages stand on no list here: a text of which most words are unknown is not English, and only runs of two capitalised
words are taken for names in it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

NAME = "[name]"

_DATA = Path(__file__).resolve().parent / "data"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ENDINGS = (
    ("ies", "y"), ("ied", "y"), ("ier", "y"), ("iest", "y"), ("ily", "y"), ("iness", "y"), ("es", ""), ("s", ""),
    ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", ""), ("er", ""), ("er", "e"), ("est", ""), ("est", "e"),
    ("ness", ""), ("able", ""), ("less", ""), ("ful", ""), ("ment", ""), ("ish", ""), ("'s", ""), ("’s", ""), ("d", ""),
    ("y", ""), ("y", "e"), ("ity", ""), ("ally", "al"), ("ers", ""), ("ers", "e"), ("ings", ""), ("ings", "e"),
    ("able", "e"), ("ably", "e"), ("ably", ""), ("ably", "able"), ("ation", "e"), ("ations", "e"), ("ively", "ive"),
)  # fmt: skip
_BEGINNINGS = ("un", "re", "mis", "over", "under", "pre", "non", "dis", "out", "im", "in")
_CLITICS = frozenset(("m", "d", "ve", "ll", "re", "s", "t"))
_HAN = re.compile(r"[\u3400-\u9fff]")

_TITLE = r"(?:mr|mrs|ms|miss|mx|dr|prof|sir|madam|herr|frau|señora?|sra?|mme|monsieur|madame)"
_LEADING_IN = re.compile(
    rf"(?:\b{_TITLE}\b\.?|\bmy (?:full |first |last |real )?name(?: is|'s|’s|:)|\bname\s*(?:is\b|:|=)|"
    r"\b(?:kind |best |warm )?regards\s*[,.:!\-\n]|\bsincerely\s*[,.:!\-\n]|\byours\s*[,\n]|\bcheers\s*,|"
    r"\bsigned(?: by)?\s*[:,]?|\battn\.?:?|\bc/o\b|\b(?:customer|recipient|consignee|contact|addressee|buyer|receiver)"
    r"(?:'s name| name)?\s*[:=]|\bcalled me\b|\bask for\b|\bon behalf of\b|\bich heiße|\bje m'appelle|\bme llamo|"
    r"\bmein name ist|\bmeu nome é|\bchamo-me|\bmi nombre es)\s*",
    re.IGNORECASE,
)
_LEADING_CAPITAL = re.compile(
    r"\b(?:[Ii](?: am|'m|’m|m)|[Tt]his is|[Ii]t is|[Hh]ere is|[Tt]hanks|[Tt]hank you|[Tt]hx|[Ll]ove|[Ff]rom|[Ff]or|"
    r"[Tt]o|[Bb]y|[Ww]ith|"
    r"[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear)\s*[,\-–—:]?\s+"
)
_SHORT_ACRONYM = 4
_SHORTEST_SLIP = 6
_REMEMBERED = 200_000


@cache
def english_words() -> frozenset[str]:
    """The list of English words, lower case."""
    return frozenset((_DATA / "words_en.txt").read_text(encoding="utf-8").split())


@cache
def is_word(word: str) -> bool:
    """Whether a word, in any inflection, stands on the list; given in lower case."""
    words = english_words()
    if word in words or len(word) < 2:
        return True
    if "'" in word or "’" in word:
        base, _, ending = word.replace("’", "'").rpartition("'")
        return ending in _CLITICS and is_word(base.removesuffix("n") if ending == "t" and base != "can" else base)
    plain = word
    if _by_endings(plain, words):
        return True
    for beginning in _BEGINNINGS:
        rest = plain.removeprefix(beginning)
        if rest != plain and len(rest) > 3 and (rest in words or _by_endings(rest, words)):
            return True
    return False


def _by_endings(word: str, words: frozenset[str]) -> bool:
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            stem = word[: len(word) - len(ending)] + instead
            if len(stem) > 2 and stem in words:
                return True
            # A doubled consonant: zipped, bigger.
            if not instead and len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in words:
                return True
    return False


_TRIGGERS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "madam",
        "herr",
        "frau",
        "señor",
        "señora",
        "sra",
        "sr",
        "mme",
        "monsieur",
        "madame",
        "name",
        "regards",
        "sincerely",
        "yours",
        "cheers",
        "signed",
        "attn",
        "customer",
        "recipient",
        "consignee",
        "contact",
        "addressee",
        "buyer",
        "receiver",
        "called",
        "ask",
        "behalf",
        "heiße",
        "appelle",
        "llamo",
        "mein",
        "meu",
        "chamo",
        "nombre",
        "c",
    ]
)
_KIND_OF_WORD: dict[str, int] = {}


def is_surely_plain(text: str) -> bool:
    """Whether every word of a text is an English one and none introduces a name: most comments, told quickly."""
    for word in _WORD.findall(text):
        kind = _KIND_OF_WORD.get(word)
        if kind is None:
            folded = word.lower()
            kind = 1 if folded in _TRIGGERS or _HAN.search(word) or not is_word(folded) else 0
            if len(_KIND_OF_WORD) < _REMEMBERED:
                _KIND_OF_WORD[word] = kind
        if kind:
            return False
    return True


def without_names(text: str, spared: frozenset[str] = frozenset(), *, is_judged: bool = True) -> str:
    """The text with words masked that may be names; Chinese is looked at in ``chinese``.

    Args:
        text: any text.
        spared: words, in lower case, that are names of goods here.
        is_judged: words that no list has count as names; otherwise only those that something introduces.
    """
    found = [match for match in _WORD.finditer(text) if not _HAN.search(match.group())]
    if not found:
        return text
    is_hidden = _introduced(text, found, spared)
    if is_judged:
        _judge_words(text, found, spared, is_hidden)
    if not any(is_hidden):
        return text
    return _hide(text, found, is_hidden)


def _introduced(text: str, found: list[re.Match[str]], spared: frozenset[str]) -> list[bool]:
    """Words behind `my name is`, `Mr`, `Regards,` and the like, and capitalised ones behind weaker introductions."""
    is_hidden = [False] * len(found)
    starts = {match.start(): number for number, match in enumerate(found)}
    for lead in _LEADING_IN.finditer(text):
        number = starts.get(lead.end())
        taken = 0
        while number is not None and number < len(found) and taken < 3:
            word = found[number].group()
            is_plain = word[0].islower() and is_word(word.lower())
            if is_plain or (taken and not _is_near(text, found[number - 1], found[number])):
                break
            is_hidden[number] = True
            number, taken = number + 1, taken + 1
    for lead in _LEADING_CAPITAL.finditer(text):
        number = starts.get(lead.end())
        if number is None or number + 1 >= len(found) or not _is_near(text, found[number], found[number + 1]):
            continue
        pair = (found[number].group(), found[number + 1].group())
        if all(_is_capitalised(word) and word.lower() not in spared for word in pair) and not all(
            is_word(word.lower()) for word in pair
        ):
            is_hidden[number] = is_hidden[number + 1] = True
    return is_hidden


def _judge_words(text: str, found: list[re.Match[str]], spared: frozenset[str], is_hidden: list[bool]) -> None:
    words = [match.group() for match in found]
    folded = [word.lower() for word in words]
    known = [word in spared or is_word(word) for word in folded]
    long_words = [
        is_known
        for match, is_known in zip(found, known, strict=True)
        if match.end() - match.start() > 2 and text[match.start() - 1 : match.start()] != "["
    ]
    is_english = not long_words or sum(long_words) * 2 >= len(long_words)
    letters = sum(map(str.isalpha, text))
    is_shouted = letters > 12 and sum(map(str.isupper, text)) * 10 > letters * 7
    capitals = [word[0].isupper() for word in words if len(word) > 2]
    # So are titles: Pre-Shipment Info Sent.
    is_shouted = is_shouted or (len(capitals) > 2 and sum(capitals) * 5 >= len(capitals) * 4)
    for number, match in enumerate(found):
        word = words[number]
        if known[number] or is_hidden[number] or _touches_code(text, match):
            continue
        neighbour = number + 1 < len(found) and _is_near(text, match, found[number + 1])
        if word[0].isupper():
            if (is_shouted or _begins_sentence(text, match.start())) and is_slip(folded[number]):
                continue
            if word.isupper() and len(word) <= _SHORT_ACRONYM and not (neighbour and not known[number + 1]):
                continue
            if is_english or is_shouted:
                is_hidden[number] = True
            elif neighbour and _is_capitalised(words[number + 1]) and not known[number + 1]:
                is_hidden[number] = is_hidden[number + 1] = True
        elif is_english and neighbour and len(word) > 3 and not known[number + 1] and len(words[number + 1]) > 3:
            # One unknown word in small letters is a slip of the pen; two in a row are rather a name.
            is_hidden[number] = is_hidden[number + 1] = True
    if not is_shouted:
        _widen(text, found, words, is_hidden)


def _widen(text: str, found: list[re.Match[str]], words: list[str], is_hidden: list[bool]) -> None:
    """A capitalised word beside a name is part of it, unless it only begins the sentence: Zenobia Hill."""
    for number in range(1, len(found)):
        if is_hidden[number - 1] and not is_hidden[number] and _is_near(text, found[number - 1], found[number]):
            is_hidden[number] = _is_capitalised(words[number]) and words[number] != "I"
    for number in range(len(found) - 1, 0, -1):
        before = number - 1
        if is_hidden[number] and not is_hidden[before] and _is_near(text, found[before], found[number]):
            begins = _begins_sentence(text, found[before].start())
            is_initial = len(words[before]) == 1 and words[before].isupper() and words[before] not in ("I", "A")
            is_hidden[before] = (_is_capitalised(words[before]) and not begins) or is_initial


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t\"'“‘(")
    return not before or before[-1] in ".!?\n;:"


@cache
def is_slip(word: str) -> bool:
    """Whether a word of six letters or more is one slip away from a listed one: a letter too many, missing, swapped."""
    if len(word) < _SHORTEST_SLIP:
        return False
    letters = "abcdefghijklmnopqrstuvwxyz"
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    near = {head + tail[1:] for head, tail in halves if tail}
    near |= {head + tail[1] + tail[0] + tail[2:] for head, tail in halves if len(tail) > 1}
    near |= {head + letter + tail for head, tail in halves for letter in letters}
    return any(is_word.__wrapped__(candidate) for candidate in near)


def _is_near(text: str, first: re.Match[str], second: re.Match[str]) -> bool:
    return text[first.end() : second.start()] in (" ", "  ", "-", ". ", "\u00a0")


def _is_capitalised(word: str) -> bool:
    return word[0].isupper()


def _touches_code(text: str, match: re.Match[str]) -> bool:
    """Part of something like MF-DRS-0277, of a mask, or of a path."""
    before = text[match.start() - 1] if match.start() else " "
    after = text[match.end()] if match.end() < len(text) else " "
    if before == "[" and after == "]":
        return True
    if before.isdigit() or after.isdigit() or before in "_/\\" or after in "_/\\":
        return True
    return match.group().isupper() and "-" in (before, after)


def _hide(text: str, found: list[re.Match[str]], is_hidden: list[bool]) -> str:
    """Each run of hidden words becomes one mask."""
    parts: list[str] = []
    position, number = 0, 0
    while number < len(found):
        if not is_hidden[number]:
            number += 1
            continue
        last = number
        while last + 1 < len(found) and is_hidden[last + 1] and _is_near(text, found[last], found[last + 1]):
            last += 1
        parts += [text[position : found[number].start()], NAME]
        position = found[last].end()
        number = last + 1
    return "".join([*parts, text[position:]])
