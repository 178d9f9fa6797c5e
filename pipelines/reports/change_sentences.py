"""What is said of a change of the return rate: is it real, or mix, or youth, or noise? Plain text, callers escape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipelines.reports.change_payload import ChangePart, RateChange
    from pipelines.reports.language import Language

HEADLINE_CHANGE = "four_weeks"
PARTS = ("mix", "rate", "maturity")
NO_CATEGORY = ("", "-", "none", "*")


def of_headline(changes: tuple[RateChange, ...]) -> RateChange | None:
    """The change that stands beside the headline: these four weeks against the four before."""
    return next((change for change in changes if change.change == HEADLINE_CHANGE), None)


def in_order(changes: tuple[RateChange, ...]) -> list[RateChange]:
    """The change of the headline first, then the others, the shortest periods first."""
    return sorted(changes, key=lambda change: change.change != HEADLINE_CHANGE)


def direction(change: RateChange) -> Literal["better", "worse", "same"]:
    """``better``, ``worse`` or ``same``: only a real change has a direction."""
    if change.said_verdict != "real" or not change.rate_part:
        return "same"
    return "worse" if change.rate_part > 0 else "better"


def mark(change: RateChange, language: Language) -> str:
    """The verdict in a few words."""
    verdict = change.said_verdict
    if verdict == "real":
        return language.text(f"change.mark_{direction(change)}")
    return language.text(f"change.mark_{verdict}")


def name(change: RateChange, language: Language) -> str:
    """Which periods are compared."""
    return language.text(f"change.of_{change.change}")


def periods(change: RateChange, language: Language) -> str:
    """The days of both periods."""
    return language.text(
        "change.periods",
        after=language.period(change.after_start_date, change.after_end_date),
        before=language.period(change.before_start_date, change.before_end_date),
    )


def verdict(change: RateChange, language: Language) -> str:
    """One sentence: what the change is, with the part that decides and its interval."""
    said = change.said_verdict
    key = f"real_{direction(change)}" if said == "real" else said
    return language.text(f"change.{key}", **_values(change, language))


def counted(change: RateChange, language: Language) -> str:
    """What was counted in both periods, and what it consists of; empty where one of them has no rate."""
    if None in (change.before_rate, change.after_rate, change.total):
        return ""
    return language.text("change.counted", **_values(change, language))


def evidence(change: RateChange, language: Language) -> str:
    """Periods, counts and what could have been seen, for those who want to know more."""
    parts = (periods(change, language), counted(change, language), detectable(change, language))
    return language.text("language.gap").join(part for part in parts if part)


def detectable(change: RateChange, language: Language) -> str:
    """How small a change could have been seen; empty where that is not known."""
    if change.detectable_change is None or change.said_verdict == "real":
        return ""
    return language.text("change.detectable", size=language.points(change.detectable_change).lstrip("+"))


def part_value(change: RateChange | ChangePart, part: str) -> float | None:
    """Size of one part."""
    return {"mix": change.mix_part, "rate": change.rate_part, "maturity": change.maturity_part}[part]


def part_text(change: RateChange, part: str, language: Language) -> str:
    """One part in points; the rate itself with its interval."""
    value = part_value(change, part)
    if value is None:
        return language.text("page.no_value")
    if part != "rate" or change.rate_part_lower is None or change.rate_part_upper is None:
        return language.text("change.points", points=language.points(value))
    return language.text(
        "change.points_between",
        points=language.points(value),
        lower=language.points(change.rate_part_lower),
        upper=language.points(change.rate_part_upper),
    )


def category_name(category: str, language: Language) -> str:
    """Name of a category as the merchant has it, or that there is none."""
    return language.text("change.no_category") if category in NO_CATEGORY else category


def scale(changes: tuple[RateChange, ...]) -> float:
    """Half the width of the scale of parts: every part and every interval fits."""
    sizes = [
        abs(value)
        for change in changes
        for value in (
            change.mix_part, change.rate_part, change.maturity_part, change.rate_part_lower, change.rate_part_upper,
        )
        if value is not None
    ]  # fmt: skip
    return max(sizes, default=0.0) or 0.01


def _values(change: RateChange, language: Language) -> dict[str, str]:
    unknown = language.text("page.no_value")

    def percent(value: float | None) -> str:
        return unknown if value is None else language.percent(value)

    def points(value: float | None) -> str:
        return unknown if value is None else language.points(value)

    return {
        "before": percent(change.before_rate),
        "after": percent(change.after_rate),
        "total": points(change.total),
        "before_in": unknown if change.before_developed is None else language.whole_percent(change.before_developed),
        "after_in": unknown if change.after_developed is None else language.whole_percent(change.after_developed),
        "mix": points(change.mix_part),
        "rate": points(change.rate_part),
        "maturity": points(change.maturity_part),
        "lower": points(change.rate_part_lower),
        "upper": points(change.rate_part_upper),
    }
