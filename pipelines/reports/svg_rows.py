"""Draws the small pictures that stand in rows of tables: lengths of time, a split whole, a lag behind the newest.

Shares the conventions of ``svg``: horizontal places are percentages, callers pass numbers and finished text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.reports import palette
from pipelines.reports.svg import HATCH_ID, element, percent_of_width

if TYPE_CHECKING:
    from markupsafe import Markup

BAR_HEIGHT = 9
BAR_STEP = 13
SPLIT_HEIGHT = 14
STRIP_HEIGHT = 16


@dataclass(frozen=True)
class Length:
    """One bar of a row.

    Attributes:
        middle: where the bar ends.
        far: where the thin mark stands.
        fill: its colour.
        is_hatched: it may still grow.
        title: what a reader sees when pointing at it.
    """

    middle: float
    far: float
    fill: str
    is_hatched: bool
    title: str


def lengths(bars: list[Length], highest: float, label: str) -> Markup:
    """Bars one above the other on a scale from 0 to ``highest``; a mark beyond it is an arrow at the edge."""
    shapes = [shape for place, bar in enumerate(bars) for shape in _length(bar, place * BAR_STEP + 2, highest)]
    return element("svg", *shapes, height=len(bars) * BAR_STEP + 2, class_="wide", role="img", aria_label=label)


def _length(bar: Length, top: float, highest: float) -> list[Markup]:
    def across(value: float) -> str:
        return percent_of_width(0.98 * min(value / highest, 1))

    middle = top + BAR_HEIGHT / 2
    is_beyond = bar.far > highest
    inner = [
        element("title", bar.title),
        element(
            "rect",
            x=0,
            y=top,
            width=across(max(bar.middle, 0.004 * highest)),
            height=BAR_HEIGHT,
            fill=f"url(#{HATCH_ID})" if bar.is_hatched else bar.fill,
            stroke=bar.fill if bar.is_hatched else "none",
        ),
        element("line", x1=across(bar.middle), x2=across(bar.far), y1=middle, y2=middle, stroke=palette.QUIET),
        element("text", "→", x="100%", y=middle + 4, text_anchor="end", class_="axis", fill=palette.INK)
        if is_beyond
        else element("line", x1=across(bar.far), x2=across(bar.far), y1=top, y2=top + BAR_HEIGHT, stroke=palette.INK),
    ]
    return [element("g", *inner)]


def split(parts: list[tuple[float, str]], label: str) -> Markup:
    """A whole as one bar of parts.

    Args:
        parts: shares that add up to 1, each with its fill.
        label: what the picture is.
    """
    shapes, left = [], 0.0
    for share, fill in parts:
        shapes.append(
            element(
                "rect", x=percent_of_width(left), y=0, width=percent_of_width(share), height=SPLIT_HEIGHT, fill=fill
            )
        )
        left += share
    return element("svg", *shapes, height=SPLIT_HEIGHT, class_="wide", role="img", aria_label=label)


def lag(days: float | None, limit: float, highest: float, *, is_late: bool, label: str) -> Markup:
    """How far something lies behind: a bar from the left, a dashed line at the limit; only the line where unknown."""
    fill = palette.LEFT_OVER if is_late else palette.ARRIVED
    shapes = [
        element(
            "line",
            x1=percent_of_width(0.97 * limit / highest + 0.02),
            x2=percent_of_width(0.97 * limit / highest + 0.02),
            y1=0,
            y2=STRIP_HEIGHT,
            stroke=palette.QUIET,
            stroke_dasharray="2 2",
        )
    ]
    if days is not None:
        end = percent_of_width(0.97 * days / highest + 0.02)
        middle = STRIP_HEIGHT / 2
        shapes.append(element("line", x1="2%", x2=end, y1=middle, y2=middle, stroke=fill, stroke_width=3))
        shapes.append(element("circle", cx=end, cy=middle, r=4.5, fill=fill))
    return element("svg", *shapes, height=STRIP_HEIGHT, class_="wide", role="img", aria_label=label)
