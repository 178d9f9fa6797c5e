"""The traces of the pages' pictures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dashboards.components import figures
from dashboards.theme import GRAPH_CONFIG
from pipelines.reports.language import Language
from pipelines.reports.payload import Payload

PayloadOf = Callable[[str], Payload]


def test_weekly_bars_are_counted_and_expected_units_under_an_interval(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    arrived, expected, interval = figures.weekly(payload, Language("en")).data
    for week, solid, hatched, top, up, down in zip(
        payload.weeks,
        arrived.y,
        expected.y,
        interval.y,
        interval.error_y.array,
        interval.error_y.arrayminus,
        strict=True,
    ):
        assert solid == week.observed_rate
        assert solid + hatched == pytest.approx(week.rate)
        assert (top + up, top - down) == pytest.approx((week.upper, week.lower))
    assert expected.marker.pattern.shape == "/"
    assert arrived.marker.pattern.shape is None


def test_weeks_without_a_rate_are_hatched_grey(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    unknown = payload.weeks[-1].model_copy(update={"rate": None, "lower": None, "upper": None})
    figure = figures.weekly(payload.model_copy(update={"weeks": (*payload.weeks[:-1], unknown)}), Language("en"))
    assert len(figure.data) == 4
    assert list(figure.data[3].x) == [len(payload.weeks) - 1]
    assert len(figure.data[0].x) == len(payload.weeks) - 1


def test_reasons_go_from_the_first_class_down(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    figure = figures.reasons(payload, Language("en"))
    assert list(reversed(figure.data[0].x)) == [reason.share for reason in payload.reasons]
    assert [note.text for note in figure.layout.annotations][-1].startswith("Defective or damaged")
    assert list(figure.data[0].marker.pattern.shape) == ["/", "/", "", "", "", "", ""]


def test_products_have_intervals_and_the_shop_beside_each(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    figure = figures.products(payload, Language("en"))
    dots = figure.data[0]
    assert list(reversed(dots.x)) == [product.rate for product in payload.products]
    assert payload.whole is not None
    assert {shape.x0 for shape in figure.layout.shapes} == {payload.whole.rate}
    assert len(figure.layout.shapes) == len(payload.products)
    assert figure.layout.annotations[-1].text.startswith("<b>Wrap dress")


def test_names_are_escaped_where_plotly_reads_tags(payload_of: PayloadOf) -> None:
    figure = figures.products(payload_of("hostile"), Language("en"))
    assert "<b onmouseover" not in figure.to_json()
    assert "&lt;b onmouseover" in figure.layout.annotations[0].text
    assert figure.data[0].hovertext[0].startswith("&lt;b onmouseover")


def test_a_figure_sends_nothing_to_a_server() -> None:
    assert GRAPH_CONFIG["showSendToCloud"] is False
    assert GRAPH_CONFIG["plotlyServerURL"] == ""
    assert GRAPH_CONFIG["displayModeBar"] is False
