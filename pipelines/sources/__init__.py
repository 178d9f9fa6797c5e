"""The export formats that Keeprate reads, one file each; the registry is read from the folder.

To add a source, add one module with a subclass of ``Source`` and one sample file; see docs/cookbook.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from pipelines.errors import Refused, UsageProblem, nearest
from pipelines.sources.base import Source
from pipelines.sources.unread_exports import refusal_of_unread

__all__ = ["Source", "all_sources", "recognise", "source_named"]


@cache
def all_sources() -> dict[str, Source]:
    """Every source by name; the generic one stands last, so that a format of its own is preferred."""
    found: dict[str, Source] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if issubclass(member, Source) and member is not Source and member.__module__ == module.__name__:
                found[member.name] = member()
    return dict(sorted(found.items(), key=lambda item: (item[0] == "generic", item[0])))


_FEW = 2
"""So many columns may be missing of what was surely an export of quarantine."""


def source_named(name: str) -> Source:
    """Return a source, or raise UsageProblem that lists the known ones."""
    sources = all_sources()
    base = name.split(":")[0]
    if base not in sources:
        raise UsageProblem(
            f"no source {name!r}{nearest(name, list(sources))}; there are {', '.join(sources)}.\n"
            "  to do:    name one of them, or leave --source out"
        )
    return sources[base]


def recognise(header: list[str], file_name: str) -> Source:
    """The source that a header belongs to.

    Raises:
        Refused: none matches; the message tells what the nearest one misses, or that the export is known and not read.
    """
    sources = all_sources().values()
    matching = [source for source in sources if source.matches(header)]
    if matching:
        return matching[0]
    if unread := refusal_of_unread(header, file_name):
        raise unread
    gaps = {source.name: source.missing(header) for source in sources if source.columns and not source.is_of_documents}
    nearest_name = min(gaps, key=lambda name: len(gaps[name]))
    raise Refused(
        file_name,
        line=1,
        found=f"a header that no source knows; {nearest_name} comes nearest and would need "
        + ", ".join(gaps[nearest_name]),
        expected=f"an export of one of: {', '.join(source.name for source in sources)}",
        remedy="leave the columns as keeprate quarantine --export wrote them"
        if nearest_name == "corrections" and len(gaps[nearest_name]) <= _FEW
        else "state the source with --source, or draft a mapping with: keeprate map FILE",
    )
