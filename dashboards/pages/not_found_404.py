"""What an address without a page shows."""

from __future__ import annotations

from typing import Any

import dash
from dash import dcc, html

from dashboards.components import frame
from pipelines.reports.language import FALLBACK, Language

dash.register_page(__name__, title="Keeprate")


def layout(**_: Any) -> Any:
    """Point to the overview."""
    language = Language(FALLBACK)
    section = html.Section(
        [
            html.H1(language.text("empty.not_found_title")),
            dcc.Link(language.text("empty.not_found"), href="/"),
        ],
        className="card",
        id="empty",
    )
    return frame.sheet(language, section)
