"""What is said of early warnings and of the watch list; plain text, callers escape."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.reports.language import Language
    from pipelines.reports.risk_payload import Alert, EarlyWarnings, WarningWeek


def name(item: Alert, language: Language) -> str:
    """What comes back more often: a product, supplier, lot or category."""
    key = "lot_since" if item.kind == "lot" and item.lot_week else item.kind
    week = language.short_date(item.lot_week) if item.lot_week else ""
    return language.text(f"warning.name_{key}", unit=item.unit_name, week=week)


def reason(item: Alert, language: Language) -> str:
    """For which class of reason."""
    if item.reason_class == "all":
        return language.text("warning.any_reason")
    return language.text_or(f"reason.{item.reason_class}", item.reason_class)


def size(item: Alert, language: Language) -> str:
    """How many times as often, with its interval."""
    if item.rate_multiplier is None or item.multiplier_lower is None or item.multiplier_upper is None:
        return language.text("warning.size_unknown")
    return language.text(
        "warning.size",
        times=language.times(item.rate_multiplier),
        lower=language.times(item.multiplier_lower),
        upper=language.times(item.multiplier_upper),
    )


def counted(item: Alert, language: Language) -> str:
    """What was counted since the rise began, and what was to be expected."""
    if item.returned_line_count is None or item.expected_line_count is None:
        return ""
    values = {
        "observed": language.number(item.returned_line_count),
        "expected": language.rounded(item.expected_line_count),
    }
    if item.since_week is None:
        return language.text("warning.counted", **values)
    return language.text("warning.counted_since", since=language.short_date(item.since_week), **values)


def first_seen(item: Alert, language: Language) -> str:
    """Week of the first flag."""
    if item.first_seen_week is None:
        return ""
    return language.text("warning.first_seen", week=language.short_date(item.first_seen_week))


def false_alarm(item: Alert, language: Language) -> str:
    """Chance that it is none."""
    if item.chance_of_false_alarm is None:
        return ""
    share = item.chance_of_false_alarm
    # So small a chance is itself not known to a decimal.
    key = "false_alarm_small" if share < 0.01 else "false_alarm"
    return language.text(f"warning.{key}", share=language.whole_percent(max(share, 0.01)))


def watched(item: Alert, language: Language) -> str:
    """Why somebody may want to look at one of the watch list."""
    if item.probability_above_limit is None:
        return ""
    return language.text("warning.watched", share=language.whole_percent(item.probability_above_limit))


def week_tip(item: WarningWeek, language: Language) -> str:
    """What one week of the small picture says."""
    unknown = language.text("page.no_value")

    def rounded(value: float | None) -> str:
        return unknown if value is None else language.rounded(value)

    return language.text(
        "warning.tip",
        week=language.short_date(item.week),
        returned=language.number(item.returned_line_count),
        expected=rounded(item.expected_line_count),
        lower=rounded(item.expected_lower),
        upper=rounded(item.expected_upper),
    )


def alternative(item: Alert, language: Language) -> str:
    """What the small picture is."""
    return language.text(
        "warning.alternative",
        unit=name(item, language),
        count=language.number(len(item.weeks)),
        counted=counted(item, language),
    )


def highest(item: Alert) -> float:
    """Top of the small picture."""
    return max((max(week.returned_line_count, week.expected_upper or 0.0) for week in item.weeks), default=0.0) or 1.0


def is_above(week: WarningWeek) -> bool:
    """Whether more came back than 90 % of such weeks bring."""
    return week.expected_upper is not None and week.returned_line_count > week.expected_upper


def summary(warnings: EarlyWarnings, language: Language) -> str:
    """How many flags there are, and what a flag promises."""
    if not warnings.flag_count:
        return language.text("warning.none")
    key = "one" if warnings.flag_count == 1 else "some"
    return language.text(f"warning.{key}", count=language.number(warnings.flag_count))


def not_shown(count: int, shown: int, language: Language) -> str:
    """How many more there are; empty where all are shown."""
    return language.text("warning.more", count=language.number(count - shown)) if count > shown else ""
