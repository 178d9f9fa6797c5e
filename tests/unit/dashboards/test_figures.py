"""The traces of the pages' pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dashboards.components import figures, timing
from dashboards.reader import Reader
from dashboards.theme import GRAPH_CONFIG
from pipelines.reports import background_sentences
from pipelines.reports.language import Language
from pipelines.reports.payload import Payload

PayloadOf = Callable[[str], Payload]


def test_weekly_bars_are_counted_and_expected_units_under_an_interval(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    arrived, expected, interval, narrow = figures.weekly(payload, Language("en")).data
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
    for week, middle, half in zip(payload.weeks, narrow.y, narrow.error_y.array, strict=True):
        assert (middle - half, middle + half) == pytest.approx((week.lower_80, week.upper_80))
    assert expected.marker.pattern.shape == "/"
    assert arrived.marker.pattern.shape is None


def test_weeks_without_a_rate_are_hatched_grey(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    unknown = payload.weeks[-1].model_copy(update={"rate": None, "lower": None, "upper": None})
    figure = figures.weekly(payload.model_copy(update={"weeks": (*payload.weeks[:-1], unknown)}), Language("en"))
    assert len(figure.data) == 5
    assert list(figure.data[4].x) == [len(payload.weeks) - 1]
    assert len(figure.data[0].x) == len(payload.weeks) - 1


def test_reasons_go_from_the_first_class_down(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    figure = figures.reasons(payload, Language("en"))
    assert list(reversed(figure.data[0].x)) == [reason.share for reason in payload.reasons]
    assert [note.text for note in figure.layout.annotations][-1].startswith("Defective or damaged")
    assert list(figure.data[0].marker.pattern.shape) == ["/", "/", "", "", "", "", ""]


def test_curves_have_a_band_and_dashes_that_tell_them_apart(home: Path) -> None:
    curves = Reader(home).background("parcels").curves
    (whole,) = background_sentences.wholes(curves)
    classes = background_sentences.classes(curves, whole.window_class)
    upper, lower, everything, *single = timing.draw(whole, classes, Language("en")).data
    assert lower.fill == "tonexty"
    assert all(low <= share <= high for low, share, high in zip(lower.y, everything.y, upper.y, strict=True))
    assert list(everything.y) == sorted(everything.y)
    assert len({line.line.dash for line in single}) == len(single) == 2


def test_names_are_escaped_where_plotly_reads_tags(home: Path) -> None:
    curves = Reader(home).background("parcels").curves
    (shoes,) = [curve for curve in curves if curve.category == "Shoes <b>"]
    figure = timing.draw(shoes, [], Language("en"))
    assert "<b>" not in figure.to_json()
    assert figure.data[2].name == "Shoes &lt;b&gt;"


def test_a_figure_sends_nothing_to_a_server() -> None:
    assert GRAPH_CONFIG["showSendToCloud"] is False
    assert GRAPH_CONFIG["plotlyServerURL"] == ""
    assert GRAPH_CONFIG["displayModeBar"] is False
