"""What pages say of the time that returns take, and of other systems' numbers. Plain text, callers escape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.reports.background import Curve, StoreRate, StoreStep
    from pipelines.reports.language import Language

_WINDOW = re.compile(r"(\d+) days(?: from (order|shipping))?")

OWN = "keeprate_observed"
"""The definition that all others are compared with."""


def curve_name(curve: Curve, language: Language) -> str:
    """Which returns a curve is of: of a class of reason, of a category, or all."""
    if curve.reason_class != "all":
        return language.text_or(f"reason.{curve.reason_class}", curve.reason_class)
    if curve.category == "*":
        return language.text("timing.all")
    return language.text("change.no_category") if curve.category == "none" else curve.category


def days(value: int | None, language: Language) -> str:
    """An age in days, or that the curve does not tell."""
    return language.text("page.no_value") if value is None else language.number(value)


def basis(curve: Curve, language: Language) -> str:
    """What the curve rests on: own returns, or borrowed ones."""
    return language.text_or(f"timing.basis_{curve.basis}", curve.basis)


def whole_sentence(curve: Curve, language: Language) -> str:
    """When the returns of one window are in."""
    if curve.half_days is None or curve.most_days is None:
        return language.text("timing.window_unknown", window=window(curve, language))
    return language.text(
        "timing.window",
        window=window(curve, language),
        half=language.number(curve.half_days),
        most=language.number(curve.most_days),
    )


def window(curve: Curve, language: Language) -> str:
    """Name of a return window, as ``core.line_starts`` writes it."""
    match = _WINDOW.fullmatch(curve.window_class)
    if curve.window_class == "*":
        return language.text("timing.window_all")
    if match is None:
        return language.text("timing.window_none") if curve.window_class in ("unknown", "none") else curve.window_class
    key = f"days_from_{match[2]}" if match[2] else "days"
    return language.text(f"timing.window_{key}", days=match[1])


def wholes(curves: tuple[Curve, ...]) -> list[Curve]:
    """The curve of everything, one a window, the window with most returns first; all windows together where several."""
    found = [curve for curve in curves if curve.category == "*" and curve.reason_class == "all"]
    single = [curve for curve in found if curve.window_class != "*"]
    if len(single) == 1:
        return single
    return sorted(found, key=lambda curve: (-curve.returned_quantity, curve.window_class))


def classes(curves: tuple[Curve, ...], window_class: str) -> list[Curve]:
    """Curves of the classes of reasons in one window, most returns first."""
    found = [
        curve
        for curve in curves
        if curve.window_class == window_class and curve.category == "*" and curve.reason_class != "all"
    ]
    return sorted(found, key=lambda curve: (-curve.returned_quantity, curve.reason_class))


def categories(curves: tuple[Curve, ...], window_class: str, count: int) -> list[Curve]:
    """Curves of the categories with most returns in one window."""
    found = [
        curve
        for curve in curves
        if curve.window_class == window_class and curve.category != "*" and curve.reason_class == "all"
    ]
    return sorted(found, key=lambda curve: (-curve.returned_quantity, curve.category))[:count]


def definition_name(definition: str, language: Language) -> str:
    """Whose way of counting it is."""
    return language.text_or(f"systems.{definition}", definition)


def rate(item: StoreRate, language: Language) -> str:
    """A rate with what it is made of, and whether it still grows; never without the units."""
    values = {
        "numerator": language.number(item.numerator_quantity),
        "denominator": language.number(item.denominator_quantity),
    }
    if item.rate is None:
        return language.text("systems.no_rate", **values)
    key = "rate" if item.is_complete else "rate_growing"
    return language.text(f"systems.{key}", rate=language.percent(item.rate), **values)


def step(item: StoreStep, language: Language) -> str:
    """One step in words, with its units."""
    return language.text(
        "systems.step",
        step=language.text_or(f"step.{item.step}", item.step),
        units=f"{'+' if item.quantity > 0 else '−'}{language.number(abs(item.quantity))}",
    )


def proof(item: StoreRate, own: StoreRate | None, side: str, language: Language) -> str:
    """The sum of one side: ours, the steps, theirs."""
    steps = [each for each in item.steps if each.side == side]
    if own is None:
        return language.text("systems.no_own")
    ours, theirs = (
        (own.numerator_quantity, item.numerator_quantity)
        if side == "numerator"
        else (own.denominator_quantity, item.denominator_quantity)
    )
    values = {"ours": language.number(ours), "theirs": language.number(theirs)}
    if not steps:
        return language.text(f"systems.same_{side}", **values)
    return language.text(f"systems.proof_{side}", **values)


def explained(rates: tuple[StoreRate, ...], language: Language) -> str:
    """Whether every difference is explained to the unit."""
    missing = sum(item.unexplained for item in rates)
    return (
        language.text("systems.unexplained", count=language.number(missing))
        if missing
        else language.text("systems.explained")
    )


def by_month(rates: tuple[StoreRate, ...]) -> list[tuple[StoreRate | None, list[StoreRate]]]:
    """Keeprate's own rate and those of others, month by month, the newest first."""
    months = sorted({item.month for item in rates}, reverse=True)
    grouped = []
    for month in months:
        of_month = [item for item in rates if item.month == month]
        own = next((item for item in of_month if item.definition == OWN), None)
        grouped.append((own, [item for item in of_month if item.definition != OWN]))
    return grouped
