"""Draws the small pictures on risks: an interval against a limit, parts of a change, weeks against what was expected.

Shares the conventions of ``svg``: horizontal places are percentages, callers pass numbers and finished text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.reports import palette
from pipelines.reports.svg import HATCH_ID, element, percent_of_width

if TYPE_CHECKING:
    from markupsafe import Markup

ROW_HEIGHT = 24
PART_HEIGHT = 12
PART_STEP = 18
SPARK_HEIGHT = 64
SPARK_FLOOR = 60
BAND = "#d5dbe0"


def against(
    ends: tuple[float, float], middle: float, like: float | None, limit: float | None, highest: float, label: str
) -> Markup:
    """A dot with its interval, a grey tick for what its like have, and a dashed line at the limit.

    Args:
        ends: low and high end of the interval.
        middle: the estimate.
        like: what is expected of its like; None draws no tick.
        limit: the limit; None draws no line.
        highest: right end of the scale, which begins at 0.
        label: what the picture is.
    """

    def across(share: float) -> str:
        return percent_of_width(0.96 * min(share / highest, 1) + 0.02)

    def upright(share: float, top: float, **look: str | float) -> Markup:
        return element("line", x1=across(share), x2=across(share), y1=top, y2=ROW_HEIGHT - top, **look)

    shapes: list[Markup] = []
    if like is not None:
        shapes.append(upright(like, 5, stroke=palette.UNKNOWN, stroke_width=2))
    if limit is not None:
        shapes.append(upright(limit, 0, stroke=palette.SHOP_LINE, stroke_width=1.5, stroke_dasharray="3 3"))
    line = {"y1": ROW_HEIGHT / 2, "y2": ROW_HEIGHT / 2, "stroke": palette.ARRIVED, "stroke_width": 2.5}
    shapes.append(element("line", x1=across(ends[0]), x2=across(ends[1]), **line))
    shapes.append(element("circle", cx=across(middle), cy=ROW_HEIGHT / 2, r=5, fill=palette.ARRIVED))
    return element("svg", *shapes, height=ROW_HEIGHT, class_="wide", role="img", aria_label=label)


@dataclass(frozen=True)
class Part:
    """One part of a change.

    Attributes:
        value: signed size; None draws nothing.
        lower: low end of its interval; None draws none.
        upper: high end.
        is_hatched: it is no fact of the goods but of their age.
    """

    value: float | None
    lower: float | None = None
    upper: float | None = None
    is_hatched: bool = False


def part(item: Part, half: float, label: str) -> Markup:
    """One part of a change as a bar from the middle: to the left it lowers the rate, to the right it raises it.

    Args:
        item: the part.
        half: size that fills half the width.
        label: what the picture is.
    """

    def across(value: float) -> float:
        return 0.5 + 0.48 * max(min(value / half, 1), -1)

    middle = PART_STEP / 2
    shapes = [element("line", x1="50%", x2="50%", y1=0, y2=PART_STEP, stroke=palette.QUIET)]
    if item.value is not None:
        left, right = sorted((0.5, across(item.value)))
        fill = f"url(#{HATCH_ID})" if item.is_hatched else palette.ARRIVED
        box = {"y": (PART_STEP - PART_HEIGHT) / 2, "height": PART_HEIGHT, "fill": fill}
        shapes.append(element("rect", x=percent_of_width(left), width=percent_of_width(right - left), **box))
    if item.lower is not None and item.upper is not None:
        ends = {"x1": percent_of_width(across(item.lower)), "x2": percent_of_width(across(item.upper))}
        shapes.append(element("line", **ends, y1=middle, y2=middle, stroke=palette.INK, stroke_width=1.5))
    return element("svg", *shapes, height=PART_STEP, class_="wide", role="img", aria_label=label)


@dataclass(frozen=True)
class Counted:
    """One week of a warning's picture.

    Attributes:
        value: units counted.
        expected: units to be expected; None draws no tick.
        lower: low end of what such weeks bring; None draws no band.
        upper: high end.
        is_above: more was counted than such weeks bring.
        title: what a reader sees when pointing at it.
    """

    value: float
    expected: float | None
    lower: float | None
    upper: float | None
    is_above: bool
    title: str


def spark(weeks: list[Counted], highest: float, label: str) -> Markup:
    """Weeks side by side: a grey band of what was to be expected, a dot for what was counted.

    Args:
        weeks: oldest first.
        highest: top of the scale, which begins at 0.
        label: what the picture is.
    """
    slot = 1 / max(len(weeks), 1)

    def down(value: float) -> float:
        return 6 + (SPARK_FLOOR - 6) * (1 - min(value / highest, 1))

    shapes = [element("line", x1=0, x2="100%", y1=SPARK_FLOOR, y2=SPARK_FLOOR, stroke=palette.LINE)]
    for place, week in enumerate(weeks):
        left, width = percent_of_width((place + 0.08) * slot), percent_of_width(0.84 * slot)
        inner = [element("title", week.title)]
        if week.lower is not None and week.upper is not None:
            top = down(week.upper)
            inner.append(element("rect", x=left, width=width, y=top, height=max(down(week.lower) - top, 1), fill=BAND))
        if week.expected is not None:
            ends = {"x1": left, "x2": percent_of_width((place + 0.92) * slot)}
            inner.append(element("line", **ends, y1=down(week.expected), y2=down(week.expected), stroke=palette.QUIET))
        fill = palette.SHOP_LINE if week.is_above else palette.ARRIVED
        inner.append(element("circle", cx=percent_of_width((place + 0.5) * slot), cy=down(week.value), r=3, fill=fill))
        shapes.append(element("g", *inner))
    return element("svg", *shapes, height=SPARK_HEIGHT, class_="wide", role="img", aria_label=label)
