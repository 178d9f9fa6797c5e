"""What pages show and no report: how quickly returns come in, and what other systems would say.

Aggregates that change with every day; in a payload they would make a new edition of a report that does not show them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pipelines.reports.frozen import Frozen, PlainText

if TYPE_CHECKING:
    from pipelines.reports.published import Published

MONTHS_OF_STORE_RATES = 6
CURVES_SHOWN = 8
POINTS_OF_A_CURVE = 46


class CurvePoint(Frozen):
    """Share of the returns to expect that are in after so many days, with its 90 % interval."""

    age_days: int
    share: float
    lower: float | None
    upper: float | None


class Curve(Frozen):
    """How quickly returns come in, in one cell.

    Attributes:
        window_class: how long the shop's policy lets goods come back.
        category: as the merchant names it; ``*`` for all.
        reason_class: class of reason, or ``all``.
        returned_quantity: returns from which it was learned.
        credibility: weight of the cell's own returns, 0-1; the rest is borrowed.
        basis: ``own``, ``blended``, ``merchant``, ``shared`` or ``assumed``.
        half_days: age at which half of the returns are in; None where the curve does not tell.
        most_days: age at which nine of ten are.
        points: oldest last.
    """

    window_class: PlainText
    category: PlainText
    reason_class: str
    returned_quantity: float
    credibility: float | None
    basis: str
    half_days: int | None
    most_days: int | None
    points: tuple[CurvePoint, ...]


class StoreStep(Frozen):
    """One step of the way from our numerator or denominator to theirs, in units."""

    side: str
    step: str
    quantity: int


class StoreRate(Frozen):
    """The return rate of one month as one system defines it.

    Attributes:
        month: first day of the month.
        definition: text id, as ``marts.store_rates`` names it.
        numerator_quantity: units above the line.
        denominator_quantity: units below it.
        rate: one by the other; None without a denominator or without returns.
        is_complete: it will not grow any more.
        steps: how to get there from Keeprate's counted rate of the same month, unit by unit.
        unexplained: units that no step explains, both sides together: none, or something is wrong.
    """

    month: date
    definition: str
    numerator_quantity: int
    denominator_quantity: int
    rate: float | None
    is_complete: bool
    steps: tuple[StoreStep, ...]
    unexplained: int


class Background(Frozen):
    """Curves, and the rates of other systems."""

    curves: tuple[Curve, ...]
    store_rates: tuple[StoreRate, ...]


def read_background(snapshot: Published, merchant_id: str) -> Background:
    """What the pages on timing and on other systems show; empty for a merchant of whom nothing is published."""
    return Background(curves=_curves(snapshot, merchant_id), store_rates=_store_rates(snapshot, merchant_id))


def _curves(snapshot: Published, merchant_id: str) -> tuple[Curve, ...]:
    """One curve a class of reason for all categories together, and one a category for all reasons together."""
    rows = snapshot.query(
        "select window_class, category, reason_class, age_days, developed_share as share, lower_90 as lower,"
        " upper_90 as upper, credibility, basis,"
        " sum(returned_quantity) over cell as returned_quantity, max(age_days) over cell as horizon,"
        " min(age_days) filter (where developed_share >= 0.5) over cell as half_days,"
        " min(age_days) filter (where developed_share >= 0.9) over cell as most_days"
        " from marts.return_development where merchant_id = ? and developed_share is not null"
        " and (category = '*' or reason_class = 'all')"
        " window cell as (partition by window_class, category, reason_class)"
        " order by window_class, category, reason_class, age_days",
        [merchant_id],
    ).to_dicts()
    cells: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        cells.setdefault((row["window_class"], row["category"], row["reason_class"]), []).append(row)
    return tuple(_curve(key, points) for key, points in cells.items())


def _curve(key: tuple[str, str, str], rows: list[dict[str, Any]]) -> Curve:
    _keep_rising(rows)
    step = max(-(-rows[0]["horizon"] // (POINTS_OF_A_CURVE - 1)), 1)
    shown = [row for row in rows if row["age_days"] % step == 0 or row is rows[-1]]
    last = rows[-1]
    return Curve(
        window_class=key[0],
        category=key[1],
        reason_class=key[2],
        returned_quantity=last["returned_quantity"] or 0,
        credibility=last["credibility"],
        basis=last["basis"],
        half_days=last["half_days"],
        most_days=last["most_days"],
        points=tuple(CurvePoint(**{name: row[name] for name in CurvePoint.model_fields}) for row in shown),
    )


def _keep_rising(rows: list[dict[str, Any]]) -> None:
    """Ends of the interval that rise with age, as the share itself does.

    Few lines are at risk near the horizon, so that an age by itself tells next to nothing there; but what was in at a
    younger age is in at an older one, and what is not in at an older one was not in before.
    """
    lowest, highest = 0.0, 1.0
    for row in rows:
        if row["lower"] is not None:
            row["lower"] = lowest = max(lowest, row["lower"])
    for row in reversed(rows):
        if row["upper"] is not None:
            row["upper"] = highest = min(highest, row["upper"])


def _store_rates(snapshot: Published, merchant_id: str) -> tuple[StoreRate, ...]:
    """Rates of the last months by every definition, the newest month first, Keeprate's own first of each month."""
    rates = snapshot.query(
        "select rate_month as month, definition, numerator_quantity, denominator_quantity, return_rate as rate,"
        " coalesce(is_complete, false) as is_complete from marts.store_rates where merchant_id = ?"
        " qualify dense_rank() over (order by rate_month desc) <= ?"
        " order by rate_month desc, definition <> 'keeprate_observed', definition",
        [merchant_id, MONTHS_OF_STORE_RATES],
    ).to_dicts()
    steps = snapshot.query(
        "select rate_month as month, definition, side, step, step_quantity as quantity, unexplained_quantity"
        " from marts.store_rate_differences where merchant_id = ? order by side desc, step_number, step",
        [merchant_id],
    ).to_dicts()
    by_rate: dict[tuple[date, str], list[dict[str, Any]]] = {}
    for row in steps:
        by_rate.setdefault((row["month"], row["definition"]), []).append(row)
    return tuple(_store_rate(row, by_rate.get((row["month"], row["definition"]), [])) for row in rates)


def _store_rate(row: dict[str, Any], steps: list[dict[str, Any]]) -> StoreRate:
    unexplained = {step["side"]: abs(step["unexplained_quantity"]) for step in steps}
    shown = [step for step in steps if step["quantity"]]
    return StoreRate(
        **row,
        steps=tuple(StoreStep(side=step["side"], step=step["step"], quantity=step["quantity"]) for step in shown),
        unexplained=sum(unexplained.values()),
    )
