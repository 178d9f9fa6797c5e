"""The registry of published numbers: complete, in two languages, and told in words."""

from __future__ import annotations

from dataclasses import fields

import pytest

from pipelines.metrics import THEMES, metric, metrics, metrics_of
from pipelines.metrics.definition import CLOCKS, EXCLUSIONS, INTERVALS, MATURITY, UNITS, Metric, Text
from pipelines.metrics.wording import LABELS, facts, tooltip
from pipelines.reports.language import catalogue_tags


def texts(told: Metric) -> list[Text]:
    return [value for field in fields(told) if isinstance(value := getattr(told, field.name), Text)]


@pytest.mark.parametrize("told", metrics().values(), ids=list(metrics()))
def test_a_definition_is_complete(told: Metric) -> None:
    """Its words are known ones, a quotient has both sides, an interval names its target and its columns."""
    assert told.unit in UNITS
    assert told.clock in CLOCKS
    assert told.maturity in MATURITY
    assert told.interval in INTERVALS
    assert set(told.excluded) <= set(EXCLUSIONS)
    assert told.columns
    assert all(column.count(".") == 1 for column in (*told.columns, *told.interval_columns))
    assert (told.interval == "none") == (not told.interval_columns)
    for text in texts(told):
        assert text.en.strip() == text.en != ""
        assert text.zh_hant.strip() == text.zh_hant != ""
        assert any("\u4e00" <= sign <= "\u9fff" for sign in text.zh_hant)


def test_every_catalogue_has_its_own_words() -> None:
    """Reminds of: a third language needs a third text here."""
    assert catalogue_tags() == ("en", "zh-Hant")
    shared = (UNITS, CLOCKS, EXCLUSIONS, MATURITY, INTERVALS, LABELS)
    for text in (text for words in shared for text in words.values()):
        assert text.spoken("zh-Hant") != text.spoken("en") == text.spoken("xx")


def test_every_shared_word_is_used() -> None:
    used = list(metrics().values())
    assert {one.unit for one in used} == set(UNITS)
    assert {one.clock for one in used} == set(CLOCKS)
    assert {one.maturity for one in used} == set(MATURITY)
    assert {one.interval for one in used} == set(INTERVALS)
    assert {key for one in used for key in one.excluded} == set(EXCLUSIONS)


def test_keys_are_named_once() -> None:
    assert len(metrics()) == sum(len(members) for _, members in THEMES.values())
    with pytest.raises(KeyError):
        metric("nobody_defined_this")


def test_columns_find_their_metrics() -> None:
    assert [one.key for one in metrics_of("return_rate_weekly.projected_lower_80")] == ["projected_return_rate"]
    assert [one.key for one in metrics_of("store_rates.return_rate")] == [
        "store_rate_shopify",
        "store_rate_aftership",
        "store_rate_loop_returns",
        "store_rate_loop_products",
        "store_rate_amazon",
        "store_rate_keeprate_observed",
    ]


def test_a_tooltip_says_what_is_divided_by_what() -> None:
    lines = tooltip("projected_return_rate", "en").split("\n")
    assert lines[0] == "Return rate"
    assert lines[2] == "Divided by: units shipped"
    assert any(line.startswith("Interval: 80 % and 90 %: where the rate that is counted in the end") for line in lines)
    assert "分母：出貨件數" in tooltip("projected_return_rate", "zh-Hant")


def test_facts_that_are_not_there_are_left_out() -> None:
    labels = [label for label, _ in facts(metric("limit_rate"), "en")]
    assert labels == ["Meaning", "In", "By", "Returns still to come"]
