"""What a label's number means, in the language of a page or report: the metric contract's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.wording import tooltip

if TYPE_CHECKING:
    from pipelines.reports.language import Language


def tip(key: str, language: Language) -> str:
    """Definition of a metric, one fact a line, as plain text; KeyError for a key that nobody defined."""
    return tooltip(key, language.tag)
