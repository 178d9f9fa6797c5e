"""Small pieces of Markdown: tables, anchors, text that must not be read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

GENERATED = (
    "<!-- Written by `python -m pipelines.dictionary` from contracts, SQL headers and sources. Change those, then run"
    " `make docs`. -->"
)


def page(title: str, introduction: str, body: Iterable[str]) -> str:
    """A page: title, note that it is generated, introduction, sections."""
    return "\n\n".join([f"# {title}", GENERATED, introduction, *body]) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are taken as Markdown, only what would end a cell is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def bullets(facts: Iterable[tuple[str, str]]) -> str:
    """A list of named facts; those without a value are left out."""
    return "\n".join(f"- **{name}**: {value}" for name, value in facts if value)


def code(text: str) -> str:
    """Text as inline code, empty for an empty text."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Texts as inline code, joined by commas."""
    return ", ".join(code(text) for text in texts)


def anchor(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def link(heading: str) -> str:
    """A link to a heading of the same page."""
    return f"[{heading}](#{anchor(heading)})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
