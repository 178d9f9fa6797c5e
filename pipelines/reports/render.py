"""Renders a payload as one HTML file that opens offline: no script, no outside address, every value escaped.

The same payload gives the same bytes. The page forbids itself to load anything (content security policy), so
that not even a hostile product name could.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.reports import (
    change_sentences,
    figures,
    ledger_sentences,
    movement_sentences,
    outcome_sentences,
    palette,
    risk_figures,
    risk_sentences,
    sentences,
    source_sentences,
    svg,
    svg_rows,
    warning_sentences,
)
from pipelines.reports.language import Language
from pipelines.reports.ledger_states import LEDGERS
from pipelines.reports.selects import MINIMUM_UNMAPPED_LINES, WEEKS_OF_REASONS
from pipelines.reports.tooltips import tip

if TYPE_CHECKING:
    from pipelines.reports.payload import Payload

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render_html(payload: Payload) -> str:
    """The report as HTML.

    Args:
        payload: what it says.

    Returns:
        A whole page in the merchant's language.
    """
    language = Language(payload.merchant.locale)
    return (
        _environment()
        .get_template("weekly.html.j2")
        .render(
            payload=payload,
            language=language,
            t=language.text,
            say=sentences,
            say_movements=movement_sentences,
            say_ledgers=ledger_sentences,
            say_sources=source_sentences,
            say_changes=change_sentences,
            say_risks=risk_sentences,
            say_warnings=warning_sentences,
            say_outcomes=outcome_sentences,
            tip=lambda key: tip(key, language),
            draw=figures,
            draw_risks=risk_figures,
            legs=movement_sentences.by_leg(payload, figures.MONTHS_OF_STEPS),
            ledger_names=LEDGERS,
            hatch=svg.hatch(),
            swatch=svg.share_bar,
            split=svg_rows.split,
            palette=palette,
            level=sentences.level(payload, language),
            weeks_of_reasons=WEEKS_OF_REASONS,
            minimum_unmapped_lines=MINIMUM_UNMAPPED_LINES,
            highest_share=max((reason.share or 0.0 for reason in payload.reasons), default=0.0),
        )
    )
