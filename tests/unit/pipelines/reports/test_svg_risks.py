"""Shapes of the pictures on risks: places, hatching, escaping."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from pipelines.reports import palette, svg, svg_risks


def shapes(markup: str, name: str) -> list[ElementTree.Element]:
    """Elements of one kind; fails on markup that is not well formed."""
    return list(ElementTree.fromstring(f"<r>{markup}</r>").iter(name))  # noqa: S314 - made here


def place(text: str | None) -> float:
    """A percentage as a number."""
    return float((text or "").rstrip("%"))


def test_an_estimate_stands_between_its_ends_and_beside_its_limit() -> None:
    markup = svg_risks.against((0.1, 0.3), 0.2, 0.05, 0.15, 0.4, "p")
    (dot,) = shapes(markup, "circle")
    like, limit, ends = shapes(markup, "line")
    assert dot.get("cx") == "50%"
    assert place(like.get("x1")) < place(limit.get("x1")) < place(dot.get("cx"))
    assert limit.get("stroke") == palette.SHOP_LINE
    assert place(ends.get("x1")) < place(dot.get("cx")) < place(ends.get("x2"))
    assert len(shapes(svg_risks.against((0.1, 0.3), 0.2, None, None, 0.4, "p"), "line")) == 1


@pytest.mark.parametrize(("value", "left"), [(0.02, 50.0), (-0.02, 26.0)])
def test_a_part_grows_from_the_middle_to_its_side(value: float, left: float) -> None:
    (bar,) = shapes(svg_risks.part(svg_risks.Part(value), 0.04, "part"), "rect")
    assert (place(bar.get("x")), place(bar.get("width"))) == pytest.approx((left, 24.0))


def test_a_part_of_age_is_hatched_and_one_of_the_rate_has_its_interval() -> None:
    (bar,) = shapes(svg_risks.part(svg_risks.Part(-0.02, is_hatched=True), 0.04, "part"), "rect")
    assert bar.get("fill") == f"url(#{svg.HATCH_ID})"
    lines = shapes(svg_risks.part(svg_risks.Part(0.0, -0.01, 0.5), 0.04, "part"), "line")
    assert place(lines[1].get("x1")) < 50 < place(lines[1].get("x2")) <= 98.0
    assert not shapes(svg_risks.part(svg_risks.Part(None), 0.04, "part"), "rect")


def test_a_week_above_what_is_usual_has_another_colour_and_stands_higher() -> None:
    weeks = [
        svg_risks.Counted(3, 3.0, 1.0, 5.0, is_above=False, title="<b>"),
        svg_risks.Counted(9, None, None, None, is_above=True, title="week"),
    ]
    markup = svg_risks.spark(weeks, 9, '"><script>')
    assert "<b>" not in markup
    assert "<script" not in markup
    usual, above = shapes(markup, "circle")
    assert (usual.get("fill"), above.get("fill")) == (palette.ARRIVED, palette.SHOP_LINE)
    assert float(above.get("cy", "")) < float(usual.get("cy", ""))
    assert len(shapes(markup, "rect")) == 1


def test_the_narrower_interval_lies_in_the_wider_one() -> None:
    bar = svg.Bar(0, 0.1, 0.1, 0.05, 0.15, "week", lower_80=0.07, upper_80=0.13)
    lines = shapes(svg.weekly_bars([bar], 1, [(0.0, ""), (0.2, "")], "p"), "line")
    wide, narrow = (line for line in lines if line.get("stroke") == palette.INK)
    assert narrow.get("stroke-width") == "3"
    assert (
        float(wide.get("y2", ""))
        < float(narrow.get("y2", ""))
        < float(narrow.get("y1", ""))
        < float(wide.get("y1", ""))
    )
