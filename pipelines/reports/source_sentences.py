"""What is said of sources and contradictions, for report and pages alike; plain text, callers escape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.reports.frozen import Level

if TYPE_CHECKING:
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload
    from pipelines.reports.source_payload import ContradictionKind, SourceState

SEVERITY_LEVELS: dict[str, Level] = {"error": "red", "warning": "amber", "note": "green"}
"""Colours of severities; a note is no fault."""


def source_name(source: str, language: Language) -> str:
    """What people call a source; its own name where no catalogue knows it."""
    return language.text_or(f"source.{source.split(':')[0]}", source)


def entity_name(entity: str, language: Language) -> str:
    """What people call a kind of rows."""
    return language.text_or(f"entity.{entity}", entity)


def holds(source: SourceState, language: Language) -> str:
    """What a source brought, in words."""
    return language.text("language.list_gap").join(entity_name(entity, language) for entity in source.entities)


def behind(source: SourceState, language: Language) -> str:
    """How far a source lies behind the newest one."""
    if source.days_behind is None:
        return language.text("sources.still")
    if source.days_behind == 0:
        return language.text("sources.newest")
    if source.days_behind == 1:
        return language.text("sources.behind_one")
    key = "sources.late" if source.is_late else "sources.behind"
    return language.text(key, days=language.number(source.days_behind))


def alternative(source: SourceState, language: Language) -> str:
    """What the picture of a source's lag shows, for those who do not see it."""
    return language.text(
        "sources.alternative", source=source_name(source.source, language), behind=behind(source, language)
    )


def caption(payload: Payload, language: Language) -> str:
    """Which sources are late, or that none is, and how to read the picture."""
    late = [source_name(each.source, language) for each in payload.trust.sources if each.is_late]
    if not payload.trust.sources:
        return language.text("sources.none")
    names = language.text("language.list_gap").join(late)
    found = language.text("sources.some_late", sources=names) if late else language.text("sources.none_late")
    return found + language.text("language.gap") + language.text("sources.legend")


def contradiction(item: ContradictionKind, language: Language) -> str:
    """What a contradiction means, in a sentence."""
    return language.text_or(f"contradiction.{item.kind}", item.meaning)


def severity(item: ContradictionKind, language: Language) -> str:
    """The severity in the words of the trust box; a note has a word of its own."""
    if item.severity == "note":
        return language.text("contradictions.note")
    return language.text(f"trust.level_{SEVERITY_LEVELS[item.severity]}")


def contradictions_caption(payload: Payload, language: Language) -> str:
    """How many contradictions there are."""
    kinds = payload.trust.contradictions
    if not kinds:
        return language.text("contradictions.none")
    return language.text(
        "contradictions.caption",
        count=language.number(sum(kind.item_count for kind in kinds)),
    )
