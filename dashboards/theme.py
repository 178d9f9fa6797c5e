"""The look of plotly figures: one template, colours of ``pipelines.reports.palette``, and what a graph may do.

No figure is built here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipelines.reports import palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

# The tool bar is off: it would be English on every page, and one of its buttons sends the figure's data to a server
# of plotly's maker. The address is emptied as well, so that no other way leads there.
GRAPH_CONFIG: Any = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
}

FONT = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang TC", "Microsoft JhengHei",'
    ' "Noto Sans CJK TC", sans-serif'
)
"""The stylesheet's fonts, which plotly does not inherit."""

PATTERN = {"shape": "/", "size": 5, "solidity": 0.35, "fillmode": "overlay"}
"""Hatching of everything that is expected rather than counted."""


@lru_cache(maxsize=1)
def template() -> go.layout.Template:
    """The one plotly template."""
    import plotly.graph_objects as go

    axis = {
        "gridcolor": palette.LINE,
        "linecolor": palette.LINE,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 14, "color": palette.INK},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "showlegend": False,
            "hoverlabel": {"bgcolor": palette.PAPER, "font": {"color": palette.INK}, "bordercolor": palette.QUIET},
        }
    )
