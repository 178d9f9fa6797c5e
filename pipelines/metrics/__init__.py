"""The metric contract as data: every published number with numerator, denominator, clock, exclusions and maturity.

From here come the dictionary page ``docs/reference/metrics.md``, the tooltips of pages and reports
(:mod:`pipelines.metrics.wording`) and the page on other systems' numbers. A definition stands in the module of its
theme. How a number is counted belongs in ``sql/`` and ``models/``, its columns' descriptions in the SQL headers.
"""

from __future__ import annotations

from functools import cache

from pipelines.metrics import other_systems, outcomes, products, rates, trust, warnings
from pipelines.metrics.definition import Metric, Text

THEMES: dict[str, tuple[Text, tuple[Metric, ...]]] = {
    "rates": (Text("Return rates", "退貨率"), rates.METRICS),
    "products": (Text("Products, variants, suppliers", "商品、規格與供應商"), products.METRICS),
    "warnings": (Text("Changes and early warnings", "變化與預警"), warnings.METRICS),
    "outcomes": (Text("After the return", "退貨之後"), outcomes.METRICS),
    "other_systems": (Text("Rates as other systems count them", "其他系統的退貨率"), other_systems.METRICS),
    "trust": (Text("Completeness and speed", "完整度與速度"), trust.METRICS),
}
"""Themes in the order in which they are shown."""

TECHNICAL: dict[str, str] = {}
"""Columns whose name looks like a metric's and that no reader is shown, ``mart.column``: why."""


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by key, in the order of the themes.

    Raises:
        ValueError: a key stands twice.
    """
    found: dict[str, Metric] = {}
    for _, members in THEMES.values():
        for metric in members:
            if metric.key in found:
                raise ValueError(f"two metrics are called {metric.key}; give one of them another key")
            found[metric.key] = metric
    return found


def metric(key: str) -> Metric:
    """One metric; KeyError for a key that nobody defined."""
    return metrics()[key]


def metrics_of(column: str) -> tuple[Metric, ...]:
    """The metrics that a column holds or whose interval it is an end of.

    Args:
        column: ``mart.column``, without the schema.
    """
    return tuple(one for one in metrics().values() if column in (*one.columns, *one.interval_columns))
