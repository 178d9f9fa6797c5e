"""Draws the report's three pictures as SVG: weekly bars, a share bar, an interval.

A static report needs pictures without a script, without a browser to make them, and sharp on paper; that is
these few shapes. Horizontal places are percentages: a picture follows the width of a phone and its text keeps
its size. Nothing here knows a payload or a language: callers pass numbers and finished text, and every
text is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log10
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from pipelines.reports import palette

if TYPE_CHECKING:
    from collections.abc import Callable

PLOT_HEIGHT = 200
TOP = 12
BOTTOM = 26
HATCH_ID = "hatch"


@dataclass(frozen=True)
class Bar:
    """One week of the weekly picture.

    Attributes:
        slot: place on the axis, from 0.
        solid: share that is there already; None where nothing can be said.
        top: solid and expected together.
        lower: low end of the interval.
        upper: high end of the interval.
        title: what a reader sees when pointing at it.
        tick: label below the axis, or an empty string.
        lower_80: low end of the narrower interval, drawn as a thicker line; None where there is none.
        upper_80: its high end.
    """

    slot: int
    solid: float | None
    top: float | None
    lower: float | None
    upper: float | None
    title: str
    tick: str = ""
    lower_80: float | None = None
    upper_80: float | None = None


def element(name: str, *children: str | Markup, **attributes: str | float) -> Markup:
    """One SVG element; text and attribute values are escaped, ``_`` in a name becomes ``-``."""
    parts = [f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"' for key, value in attributes.items()]
    inner = Markup("").join(children)
    # Safe: the name is written in this module, values of attributes and children are escaped above.
    return Markup(f"<{name}{''.join(parts)}>{inner}</{name}>")  # noqa: S704


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def percent_of_width(share: float) -> str:
    """A horizontal place or length as SVG wants it."""
    return f"{_number(100 * share)}%"


def hatch() -> Markup:
    """The hatching that every picture of a page refers to; stands once in the page."""
    stripe = element("path", d="M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", stroke=palette.ARRIVED, stroke_width=1.4)
    ground = element("rect", width=6, height=6, fill="#e3f1fa")
    pale = element("rect", width=6, height=6, fill="#eef1f3")
    grey = element("path", d="M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", stroke=palette.UNKNOWN, stroke_width=1.4)
    return element(
        "svg",
        element(
            "defs",
            element("pattern", ground, stripe, id=HATCH_ID, width=6, height=6, patternUnits="userSpaceOnUse"),
            element("pattern", pale, grey, id=f"{HATCH_ID}-grey", width=6, height=6, patternUnits="userSpaceOnUse"),
        ),
        width=0,
        height=0,
        aria_hidden="true",
        style="position:absolute",
    )


def steps(highest: float, count: int = 4) -> list[float]:
    """Round places for an axis from 0 to at least ``highest``; at most ``count`` + 1 of them above 0."""
    if highest <= 0:
        return [0.0, 0.1]
    rough = highest / count
    power = 10 ** int(log10(rough) // 1)
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    return [round(index * step, 10) for index in range(ceil(highest / step * 0.999) + 1)]


def weekly_highest(bars: list[Bar]) -> float:
    """How high the axis must go: every bar, and intervals up to twice the tallest."""
    tops = [bar.top for bar in bars if bar.top is not None]
    if not tops:
        return 0.1
    tallest = sorted(tops)[int(0.9 * (len(tops) - 1))]
    uppers = [bar.upper for bar in bars if bar.upper is not None and bar.upper <= 2 * tallest]
    return min(max([tallest, *uppers]), 1.0)


def weekly_bars(bars: list[Bar], slots: int, ticks: list[tuple[float, str]], label: str) -> Markup:
    """The weekly picture: solid and hatched bars, thin intervals, lines across.

    Args:
        bars: the weeks.
        slots: weeks from the first to the last, gaps included.
        ticks: places of the vertical axis with their labels, rising from 0.
        label: what the picture is, for those who do not see it.
    """
    highest = ticks[-1][0]

    def down(share: float) -> float:
        return TOP + PLOT_HEIGHT * (1 - min(share / highest, 1))

    height = TOP + PLOT_HEIGHT + BOTTOM
    scale = [element("text", text, x=0, y=down(value) + 4, class_="axis", fill=palette.QUIET) for value, text in ticks]
    grid = [
        element("line", x1="0", x2="100%", y1=down(value), y2=down(value), stroke=palette.LINE) for value, _ in ticks
    ]
    shapes = [shape for bar in bars for shape in _week(bar, slots, down)]
    return (
        Markup('<div class="plot">')
        + element("svg", *scale, width=44, height=height, aria_hidden="true")
        + element("svg", *grid, *shapes, height=height, class_="wide", role="img", aria_label=label)
        + Markup("</div>")
    )


def _week(bar: Bar, slots: int, down: Callable[[float], float]) -> list[Markup]:
    slot = 1 / slots
    left, width = (bar.slot + 0.18) * slot, 0.64 * slot
    middle = percent_of_width((bar.slot + 0.5) * slot)
    floor = TOP + PLOT_HEIGHT

    def box(low: float, high: float, fill: str) -> Markup:
        return element(
            "rect",
            x=percent_of_width(left),
            width=percent_of_width(width),
            y=high,
            height=max(low - high, 0),
            fill=fill,
        )

    inner: list[Markup] = [element("title", bar.title)]
    if bar.top is None or bar.solid is None:
        inner.append(box(floor, TOP, f"url(#{HATCH_ID}-grey)"))
    else:
        solid = min(bar.solid, bar.top)
        inner.append(box(floor, down(solid), palette.ARRIVED))
        inner.append(box(down(solid), down(bar.top), f"url(#{HATCH_ID})"))
    if bar.lower is not None and bar.upper is not None:
        inner.append(element("line", x1=middle, x2=middle, y1=down(bar.lower), y2=down(bar.upper), stroke=palette.INK))
    if bar.lower_80 is not None and bar.upper_80 is not None:
        ends = {"y1": down(bar.lower_80), "y2": down(bar.upper_80)}
        inner.append(element("line", x1=middle, x2=middle, **ends, stroke=palette.INK, stroke_width=3))
    shapes = [element("g", *inner)]
    if bar.tick:
        at_end = slots - bar.slot <= 0.08 * slots
        shapes.append(
            element(
                "text",
                bar.tick,
                x="100%" if at_end else percent_of_width(left),
                y=floor + 18,
                text_anchor="end" if at_end else "start",
                class_="axis",
                fill=palette.QUIET,
            )
        )
    return shapes


def share_bar(share: float, fill: str, label: str) -> Markup:
    """A horizontal bar for a share of the whole; one whose fill is grey is hatched."""
    pattern = f"url(#{HATCH_ID}-grey)" if fill == palette.UNKNOWN else fill
    bar = element("rect", x=0, y=2, width=percent_of_width(share), height=14, fill=pattern)
    edge = element("line", x1=0, x2=0, y1=0, y2=18, stroke=palette.QUIET)
    return element("svg", bar, edge, height=18, class_="wide", role="img", aria_label=label)


def progress(share: float, label: str) -> Markup:
    """How much of something is there: solid for what is, hatched for what is still to come."""
    whole = element("rect", width="100%", height=10, fill=f"url(#{HATCH_ID})", rx=2)
    there = element("rect", width=percent_of_width(share), height=10, fill=palette.ARRIVED, rx=2)
    return element("svg", whole, there, height=10, class_="wide", role="img", aria_label=label)


def interval(lower: float, middle: float, upper: float, reference: float | None, highest: float, label: str) -> Markup:
    """A dot with its interval on a scale from 0 to ``highest``, and a dashed line to compare with."""

    def across(share: float) -> str:
        return percent_of_width(0.96 * min(share / highest, 1) + 0.02)

    shapes: list[Markup] = []
    if reference is not None:
        shapes.append(
            element(
                "line",
                x1=across(reference),
                x2=across(reference),
                y1=0,
                y2=24,
                stroke=palette.SHOP_LINE,
                stroke_width=1.5,
                stroke_dasharray="3 3",
            )
        )
    shapes.append(
        element("line", x1=across(lower), x2=across(upper), y1=12, y2=12, stroke=palette.ARRIVED, stroke_width=2.5)
    )
    shapes.append(element("circle", cx=across(middle), cy=12, r=5, fill=palette.ARRIVED))
    return element("svg", *shapes, height=24, class_="wide", role="img", aria_label=label)
