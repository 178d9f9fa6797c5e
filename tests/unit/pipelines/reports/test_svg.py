"""Shapes of the pictures: places, hatching, escaping."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from pipelines.reports import palette, svg


def shapes(markup: str, name: str) -> list[ElementTree.Element]:
    """Elements of one kind; fails on markup that is not well formed."""
    return list(ElementTree.fromstring(f"<r>{markup}</r>").iter(name))  # noqa: S314 - made here


@pytest.mark.parametrize(
    ("highest", "places"),
    [
        (0.0, [0.0, 0.1]),
        (0.2, [0.0, 0.05, 0.1, 0.15, 0.2]),
        (0.203, [0.0, 0.1, 0.2, 0.3]),
        (1.0, [0.0, 0.25, 0.5, 0.75, 1.0]),
        (0.012, [0.0, 0.005, 0.01, 0.015]),
    ],
)
def test_axis_places_are_round_and_reach_the_highest(highest: float, places: list[float]) -> None:
    assert svg.steps(highest) == pytest.approx(places)


def test_a_week_is_solid_then_hatched_with_its_interval() -> None:
    bar = svg.Bar(slot=0, solid=0.05, top=0.10, lower=0.08, upper=0.12, title="week")
    markup = svg.weekly_bars([bar], 1, [(0.0, "0%"), (0.2, "20%")], "picture")
    solid, hatched = shapes(markup, "rect")
    assert solid.get("fill") == palette.ARRIVED
    assert hatched.get("fill") == f"url(#{svg.HATCH_ID})"
    assert float(solid.get("height", "")) == pytest.approx(svg.PLOT_HEIGHT * 0.25)
    assert float(hatched.get("height", "")) == pytest.approx(svg.PLOT_HEIGHT * 0.25)
    whisker = [line for line in shapes(markup, "line") if line.get("stroke") == palette.INK]
    assert float(whisker[0].get("y1", "")) - float(whisker[0].get("y2", "")) == pytest.approx(svg.PLOT_HEIGHT * 0.2)


def test_a_week_without_rate_is_grey_and_full_height() -> None:
    bar = svg.Bar(slot=0, solid=None, top=None, lower=None, upper=None, title="week")
    (grey,) = shapes(svg.weekly_bars([bar], 1, [(0.0, ""), (0.2, "")], "picture"), "rect")
    assert grey.get("fill") == f"url(#{svg.HATCH_ID}-grey)"
    assert float(grey.get("height", "")) == svg.PLOT_HEIGHT


def test_an_interval_beyond_the_axis_is_cut_at_the_top() -> None:
    bars = [svg.Bar(i, 0.1, 0.1, 0.09, 0.11, "") for i in range(9)] + [svg.Bar(9, 0.01, 0.1, 0.02, 0.9, "")]
    assert svg.weekly_highest(bars) < 0.2
    markup = svg.weekly_bars(bars, 10, [(0.0, ""), (0.2, "")], "picture")
    assert min(float(line.get("y2", "")) for line in shapes(markup, "line")) == svg.TOP


def test_text_and_attributes_are_escaped() -> None:
    bar = svg.Bar(0, 0.1, 0.1, 0.1, 0.1, title="</title><script>alert(1)</script>", tick="<b>")
    markup = svg.weekly_bars([bar], 1, [(0.0, "<i>"), (0.2, "&")], '"><script>')
    assert "<script" not in markup
    assert "<b>" not in markup
    assert shapes(markup, "title")[0].text == "</title><script>alert(1)</script>"


def test_products_share_one_scale() -> None:
    (dot,) = shapes(svg.interval(0.1, 0.2, 0.3, 0.15, 0.4, "p"), "circle")
    assert dot.get("cx") == "50%"
    assert len(shapes(svg.interval(0.1, 0.2, 0.3, None, 0.4, "p"), "line")) == 1
