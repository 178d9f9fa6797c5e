"""The page on export formats: how each is recognised, what real files of it do, what becomes of each column."""

from __future__ import annotations

import inspect
import re
import sys

from pipelines.dictionary.markdown import bullets, code, codes, link, page, table
from pipelines.sources import Source, all_sources

_INTRODUCTION = (
    "The export formats that Keeprate reads. A file is recognised by its column names, in any order, a JSON document"
    " by its keys; `--source` states it. Columns that are not listed are kept as attributes, personal parts masked;"
    " keys of a document that look personal are not kept."
)

_HANDLED = {
    "keep": "kept as text",
    "identity": "replaced by a pseudonym under the merchant's key",
    "free_text": "kept for as long as comments are, names, streets, addresses, links and long numbers masked",
    "reason": "kept, names, streets, addresses, links and long numbers masked",
    "place": "kept, streets and numbers masked",
    "drop": "dropped before it reaches a table",
    "postcode": "cut to three characters",
}


def sources_page() -> str:
    """The text of ``docs/reference/sources.md``."""
    sources = all_sources()
    contents = table(("source", "what it is"), [(link(source.name), source.title) for source in sources.values()])
    return page("Sources", _INTRODUCTION, [contents, *(_section(source) for source in sources.values())])


def _section(source: Source) -> str:
    facts = bullets(
        (
            ("raw table", code(f"raw.{source.raw_table}")),
            ("staged as", codes(f"staging.{name}" for name in source.staged)),
            ("documents", ", ".join(f"{shape.title} ({code(shape.name)})" for shape in source.shapes)),
            ("needed columns", codes(column.header for column in source.columns if column.is_required)),
            ("age of a row", code(source.updated_column)),
        )
    )
    parts = [f"## {source.name}", f"{source.title}.", facts, quirks(source)]
    if source.columns:
        rows = [
            (code(column.header), code("" if column.handling == "drop" else column.name), _HANDLED[column.handling])
            for column in source.columns
        ]
        parts.append(table(("column of the file", "in `raw`", "at the door"), rows))
    return "\n\n".join(part for part in parts if part)


def quirks(source: Source) -> str:
    """What the source's module says about the format, as Markdown."""
    text = inspect.getdoc(sys.modules[type(source).__module__]) or ""
    return re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)
