"""The page on every published number: what is counted, by which day, what is left out, how sure it is."""

from __future__ import annotations

from pipelines.dictionary.markdown import bullets, code, codes, link, page, table
from pipelines.metrics import THEMES, metrics
from pipelines.metrics.definition import Metric
from pipelines.metrics.wording import facts

_TAG = "en"

_INTRODUCTION = (
    "Every number that a page or a report shows, with its contract. Unless it says otherwise a return rate is by order"
    " cohort, in units, returned / shipped, without parcels that never arrived, projected to its end, with an interval"
    " and the share of returns in so far beside it. `marts.store_rate_differences` explains to the unit why another"
    " system shows another number."
)


def metrics_page() -> str:
    """The text of ``docs/reference/metrics.md``."""
    rows = [(link(one.name.en), one.unit, code(one.key)) for one in metrics().values()]
    sections = [table(("number", "unit", "key"), rows)]
    for title, members in THEMES.values():
        sections += [f"## {title.en}", *(_section(one) for one in members)]
    return page("Metrics", _INTRODUCTION, sections)


def _section(told: Metric) -> str:
    stands = codes(f"marts.{column}" for column in told.columns)
    if told.rows:
        stands += f" where {code(told.rows)}"
    ends = codes(f"marts.{column}" for column in told.interval_columns)
    lines = bullets([*facts(told, _TAG), ("Stands in", stands), ("Interval in", ends), ("Key", code(told.key))])
    return f"### {told.name.en}\n\n{lines}"
