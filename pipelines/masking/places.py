"""Patterns of streets, house numbers and postcodes in English, some other European languages, and Chinese."""

from __future__ import annotations

import re

STREET = "[street]"
POSTCODE = "[postcode]"

_KINDS = (
    "street|str|road|rd|avenue|ave|av|lane|ln|drive|court|close|crescent|cres|boulevard|blvd|way|place|pl|terrace|"
    "square|sq|highway|hwy|parkway|pkwy|row|gardens|grove|mews|walk|alley|circle|cir|trail|quay|hill|view|"
    "rise|wharf|vale|esplanade|parade|st|dr|ct"
)
_UNIT = (
    r"(?:(?:flat|apt|apartment|unit|suite|ste|room|rm|floor|house|building|bldg)\.?\s*(?:no\.?\s*)?#?\s*\w{1,5}"
    r"\s*,?\s*)"
)
_NUMBER = r"(?:(?:no\.?|number)\s*)?\d{1,6}[A-Za-z]?(?:\s?[-/]\s?\d{1,5}[A-Za-z]?)?"
# The words between number and kind: no verbs' company, so at most four and without a full stop between them.
_ENGLISH = re.compile(
    rf"{_UNIT}?\b{_NUMBER},?\s+(?:(?!\d)[^\W_][\w'’.\-]*\s+){{1,4}}(?:{_KINDS})\b\.?(?:\s*,\s*{_UNIT})?",
    re.IGNORECASE,
)
_ENGLISH_CASED = re.compile(
    r"\b(?:[A-Z][\w'’\-]+\s+){1,3}(?:Street|Road|Avenue|Lane|Drive|Court|Close|Crescent|Boulevard|Terrace|Highway|"
    r"Parkway|Mews|Rd|Ave|Ln|Blvd|Cres|Pkwy|Hwy)\b\.?"
)
_UNIT_ALONE = re.compile(
    r"\b(?:flat|apt|apartment|unit|suite)\.?\s*(?:no\.?\s*)?#?\s*\d{1,4}[A-Za-z]?\b", re.IGNORECASE
)
_BOX = re.compile(r"\bP\.?\s?O\.?\s?Box\s+\d+", re.IGNORECASE)
_GERMANIC = re.compile(
    r"\b[A-ZÄÖÜ][\wäöüß\-]*(?:straße|strasse|str\.|weg|gasse|platz|allee|straat|laan|plein|gatan|vägen|vej|gade)"
    r"(?:\s+\d{1,4}\s?[a-z]?\b)?",
)
_ROMANCE = re.compile(
    r"(?:\b\d{1,5}\s*,?\s*(?:bis\s+)?)?\b(?:rue|avenue|boulevard|calle|avenida|plaza|via|viale|piazza|rua|praça|travessa|"
    r"chemin|impasse)\s+(?:(?:de|del|della|la|le|les|los|las|du|des|da|do|dos|das|d'|l')\s*)*[A-ZÀ-Ý][\w'’\-]*"
    r"(?:\s+[A-ZÀ-Ý][\w'’\-]*)*(?:\s*,?\s*(?:n[º°.]\s*)?\d{1,5})?",
    re.IGNORECASE,
)
_UK = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")
_CANADA = re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b")
_US = re.compile(r"\b\d{5}-\d{4}\b|(?<=\b[A-Z]{2} )\d{5}\b")
_BEHIND_MASK = re.compile(r"(?<=\[street\])(?:\s*,?\s*[A-Z][\w'’\-]+){0,3}\s*,?\s*(?:[A-Z]{2}\s+)?\d{4,6}\b")

_HAN = r"[\u3400-\u9fff]"
_COUNT = r"[0-9０-９一二三四五六七八九十百千零〇之\-－]+"
_DOOR = r"(?:段|巷|弄|號|号|樓|楼|室|單元|单元|棟|栋|幢|座|層|层|戶|户|F)"
_CHINESE = re.compile(
    rf"{_HAN}{{1,18}}?(?:路|街|大道|道|巷|弄|里|村|胡同|苑|園|园|小區|小区|社區|社区|大廈|大厦)"
    rf"\s*(?:{_COUNT}\s*{_DOOR}[之的]?\s*)+(?:之?\s*[0-9０-９一二三四五六七八九十]+)?(?:{_HAN}?{_COUNT}\s*{_DOOR})*"
)
_CHINESE_DISTRICT = re.compile(
    rf"{_HAN}{{2,3}}[省市縣县](?:{_HAN}{{1,3}}[區区鄉乡鎮镇市縣县])?{_HAN}{{1,6}}(?:路|街|大道|胡同|村|里)"
)
_CHINESE_DOOR = re.compile(rf"(?:{_COUNT}\s*(?:巷|弄|號|号|樓|楼|室)\s*){{2,}}")
_LEADING_IN = re.compile(
    r"^.*(?:地址|住址|住在|寄到|寄至|寄給|送到|送至|退到|改到|位於|位于|就是|改成|為|为|是|到|在|住|於|于|至|從|从)(?=..)"
)
_DIGIT = re.compile(r"\d")
_KIND_IN_CAPITALS = re.compile(
    r"[A-Z][\w'’\-]+\s+(?:Street|Road|Avenue|Lane|Drive|Court|Close|Crescent|Boulevard|Terrace|Highway|Parkway|Mews|"
    r"Rd|Ave|Ln|Blvd|Cres|Pkwy|Hwy)\b"
)
_MAY_HOLD_CHINESE = re.compile(r"[路街道巷弄里村號号樓楼區区苑園园廈厦]")


def without_places(text: str) -> str:
    """The text with streets and postcodes masked."""
    if not text.isascii() and _MAY_HOLD_CHINESE.search(text):
        for pattern in (_CHINESE, _CHINESE_DISTRICT, _CHINESE_DOOR):
            text = pattern.sub(_chinese, text)
    masked = text
    if _DIGIT.search(masked):
        masked = _ENGLISH.sub(STREET, masked)
        masked = _UNIT_ALONE.sub(STREET, masked)
        masked = _BOX.sub(STREET, masked)
        masked = _UK.sub(POSTCODE, masked)
        masked = _CANADA.sub(POSTCODE, masked)
        masked = _US.sub(POSTCODE, masked)
    masked = _ENGLISH_CASED.sub(STREET, masked)
    masked = _GERMANIC.sub(STREET, masked)
    masked = _ROMANCE.sub(STREET, masked)
    if STREET in masked:
        masked = _BEHIND_MASK.sub(" " + POSTCODE, masked)
    return masked


def may_hold_place(text: str) -> bool:
    """Whether an English text may hold a street: it has a digit, or a capitalised name of a street."""
    return bool(_DIGIT.search(text) or _KIND_IN_CAPITALS.search(text))


def _chinese(found: re.Match[str]) -> str:
    """The words that lead to an address stay: what is behind the last of them is the address."""
    leading = _LEADING_IN.match(found.group())
    return (leading.group() if leading else "") + STREET
