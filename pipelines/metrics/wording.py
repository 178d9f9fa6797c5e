"""A definition in words: the lines of a tooltip, of the dictionary and of pages that explain a number.

The definitions belong in the modules of their themes, words of pages around them in ``pipelines/reports/locale``.
"""

from __future__ import annotations

from pipelines.metrics import metric
from pipelines.metrics.definition import CLOCKS, EXCLUSIONS, INTERVALS, MATURITY, UNITS, Metric, Text

LABELS: dict[str, Text] = {
    "numerator": Text("Counted", "分子"),
    "measure": Text("Meaning", "意義"),
    "denominator": Text("Divided by", "分母"),
    "unit": Text("In", "單位"),
    "clock": Text("By", "依據日期"),
    "excluded": Text("Not counted", "不計入"),
    "maturity": Text("Returns still to come", "尚未到的退貨"),
    "interval": Text("Interval", "區間"),
    "note": Text("To know", "說明"),
}
"""What stands before each line, by the fact that it tells."""

_JOINS = Text("; ", "；")
_COLONS = Text(": ", "：")


def facts(told: Metric, tag: str) -> list[tuple[str, str]]:
    """Label and text of every fact of a definition, in one language; facts that it does not have are left out.

    Args:
        told: the definition.
        tag: a catalogue's tag, for example ``en`` or ``zh-Hant``.
    """
    excluded = _JOINS.spoken(tag).join(EXCLUSIONS[key].spoken(tag) for key in told.excluded)
    lines: list[tuple[str, str]] = [
        ("measure" if told.denominator is None else "numerator", told.numerator.spoken(tag)),
        ("denominator", told.denominator.spoken(tag) if told.denominator else ""),
        ("unit", UNITS[told.unit].spoken(tag)),
        ("clock", CLOCKS[told.clock].spoken(tag)),
        ("excluded", excluded),
        ("maturity", MATURITY[told.maturity].spoken(tag)),
        ("interval", INTERVALS[told.interval].spoken(tag) if told.interval != "none" else ""),
        ("note", told.note.spoken(tag) if told.note else ""),
    ]
    return [(LABELS[fact].spoken(tag), text) for fact, text in lines if text]


def tooltip(key: str, tag: str) -> str:
    """What a number means, one fact a line, as plain text: whoever writes HTML escapes it.

    Args:
        key: of the metric.
        tag: a catalogue's tag.
    """
    told = metric(key)
    colon = _COLONS.spoken(tag)
    return "\n".join([told.name.spoken(tag), *(f"{label}{colon}{text}" for label, text in facts(told, tag))])
