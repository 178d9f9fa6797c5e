"""The watch: flags with controlled false alarms, their pictures, and a watch list that claims no control.

Everything is worked out anew from the rows known at each of the looks, so the same rows give the same flags, first
weeks included, and nothing need be kept between two days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from models.early_warning import control, evidence
from models.early_warning.cells import SKU
from models.early_warning.expectation import Watched, sold_by_column
from models.early_warning.looking import Looked, Rates, look_all
from models.early_warning.panel import Base, Panel, base_of, number_of, panel_of
from models.early_warning.telling import FLAGS, WATCH_LIST, WEEKS, first_weeks, flag_rows, named, watch_rows, week_rows

KINDS = ("sku_reason", "supplier", "lot", "category")
KEYS = {
    "sku_reason": SKU,
    "supplier": ("supplier",),
    "lot": ("supplier", "first"),
    "category": ("category",),
}
OWN_REFERENCE = ("sku_reason", "category")
"""Kinds whose own units are their reference; the others are held against SKUs."""
UNNAMED = ("none", "-", "")
LEAST_RETURNED = 10
"""With fewer returns in the whole shop nothing is said."""
EDGE_WEEKS = 4
"""What is first seen in the first weeks of the rows may have been sold before them: it is no new lot."""
WATCH_LIMIT = 1.5
WATCH_COUNT = 50


@dataclass(frozen=True)
class Warnings:
    """What the watch found, as of the last look.

    Attributes:
        flags: one row per unit and class flagged, see ``telling.FLAGS``; the expected share of false ones among them is
            at most the asked one.
        weeks: the flags' pictures, one row per flag and cohort week, see ``telling.WEEKS``.
        watch_list: units not flagged, by chance of lying above the limit, see ``telling.WATCH_LIST``; claims no error
            control.
        first_flagged: kind, unit columns, reason_class, first_seen_week of every unit flagged at any look.
        evidence: ``enough`` or ``not_enough_evidence``.
    """

    flags: pl.DataFrame
    weeks: pl.DataFrame
    watch_list: pl.DataFrame
    first_flagged: pl.DataFrame
    evidence: str


def nothing() -> Warnings:
    """Where there is too little to say anything."""
    flags = pl.DataFrame(schema=FLAGS)
    first = flags.select("kind", "unit_id", "reason_class", "first_seen_week")
    return Warnings(flags, pl.DataFrame(schema=WEEKS), pl.DataFrame(schema=WATCH_LIST), first, "not_enough_evidence")


def watch(
    sold_cells: pl.DataFrame,
    returned_cells: pl.DataFrame,
    *,
    looks: Sequence[date],
    kinds: Sequence[str] = KINDS,
    false_share: float = 0.10,
    limit: float = WATCH_LIMIT,
) -> Warnings:
    """Watches SKUs, suppliers, lots and categories over weekly looks.

    Args:
        sold_cells: from :func:`models.early_warning.cells.weekly_cells`; one merchant's.
        returned_cells: likewise.
        looks: Mondays of the weeks at whose end is looked, rising, at most 26 (``looks_until``).
        kinds: of :data:`KINDS`.
        false_share: the expected share of false flags that is allowed, over all kinds and looks together.
        limit: the watch list's limit, times the rate of the unit's like.

    Returns:
        Flags, pictures and watch list of the last look.

    Raises:
        ValueError: a kind is not known, or there are no looks.
    """
    if not looks or set(kinds) - set(KINDS):
        raise ValueError(f"looks: {len(looks)}, kinds: {sorted(set(kinds) - set(KINDS))}; known: {list(KINDS)}")
    base = base_of(sold_cells, returned_cells, looks[-1])
    if base.sold.select(pl.struct(*SKU).n_unique()).item() < 2 or base.returned["quantity"].sum() < LEAST_RETURNED:
        return nothing()
    weeks = [number_of(look) for look in looks]
    if base.first_week > weeks[0]:
        weeks = [week for week in weeks if week >= base.first_week]
    looked = look_kinds(base, weeks, kinds)
    q_values = judged(looked)
    allowed = false_share * control.SAFETY
    told = beside_flagged(looked, [values[-1] <= allowed for values in q_values])
    return Warnings(
        flag_rows(told, q_values, allowed, weeks),
        week_rows(told, q_values, allowed),
        watch_rows(told, q_values, allowed, limit, WATCH_COUNT),
        first_flags(looked, q_values, allowed, weeks),
        "enough",
    )


def look_kinds(base: Base, weeks: list[int], kinds: Sequence[str]) -> list[Looked]:
    """Runs all looks of all kinds.

    Args:
        base: the shop's rows.
        weeks: numbers of the looks' weeks, rising.
        kinds: which ones.
    """
    skus = panel_of(base, "sku_reason", KEYS["sku_reason"])
    totals = sold_by_column(skus, None)[:, 0]
    watched = Watched.of(skus, totals, _main_reference(skus))
    shared = Rates(watched, weeks)
    made = [look_all(watched, weeks, shared, from_start=False)]
    for kind in KINDS[1:]:
        part = _of_kind(base, kind)
        if kind not in kinds or part.sold.is_empty():
            continue
        panel = panel_of(part, kind, KEYS[kind], against_shop=kind == "category")
        if panel.units.height < 2:
            continue
        if kind == "category":
            own = Watched.of(panel, sold_by_column(panel, None)[:, 0])
            made.append(look_all(own, weeks, Rates(own, weeks), from_start=False))
        else:
            made.append(look_all(Watched.of(panel, totals), weeks, shared, from_start=kind == "lot"))
    return made if "sku_reason" in kinds else made[1:]


def beside_flagged(looked: Sequence[Looked], flagged: Sequence[np.ndarray]) -> list[Looked]:
    """The last look once more, every unit held against those that are not flagged: for telling, not for flagging.

    Args:
        looked: the kinds.
        flagged: (units, classes) bool of each kind, at the last look.
    """
    if not any(one.any() for one in flagged):
        return list(looked)
    made, shared = [], None
    for one, chosen in zip(looked, flagged, strict=True):
        units = np.any(chosen, axis=1)
        if one.panel.kind in OWN_REFERENCE:
            rates = one.watched.rates_without(one.last.week, units)
            shared = rates if one.panel.kind == "sku_reason" else shared
        else:
            rates = one.last.rates if shared is None else shared
            units = np.zeros(one.panel.units.height, dtype=bool)
        watched, last = one.watched.held_against(rates, one.last, units)
        made.append(replace(one, watched=watched, last=last, window=watched.window(last, evidence.WINDOW)))
    return made


def _main_reference(panel: Panel) -> np.ndarray:
    """(units,) the reference that each unit sold most against: its prior is fitted among its like."""
    unit = np.repeat(np.arange(panel.units.height), np.diff(panel.sold.indptr))
    reference = panel.sold.indices // panel.weeks
    sold = np.bincount(unit * panel.references + reference, panel.sold.data, panel.units.height * panel.references)
    return np.argmax(sold.reshape(-1, panel.references), axis=1)


def _of_kind(base: Base, kind: str) -> Base:
    """The rows that belong to units of a kind: named ones, and for lots those first sold within the rows."""
    if kind == "category":
        return base
    named = pl.col("supplier").is_in(UNNAMED).not_()
    if kind == "lot":
        named = named & (pl.col("first") >= base.first_week + EDGE_WEEKS)
    return replace(base, sold=base.sold.filter(named), returned=base.returned.filter(named))


def judged(looked: Sequence[Looked]) -> list[np.ndarray]:
    """The false share at which each unit and class would be flagged, at every look, over all kinds together.

    Args:
        looked: the kinds.

    Returns:
        (looks, units, classes) for each kind.
    """
    made = [np.ones(one.log_chance.shape) for one in looked]
    budget = sum(control.BUDGETS[one.panel.kind] for one in looked)
    for turn in range(looked[0].log_chance.shape[0] if looked else 0):
        weights = [control.BUDGETS[one.panel.kind] / budget * _weights(one, turn) for one in looked]
        chances = [one.log_chance[turn] for one in looked]
        values = control.adjusted(
            np.concatenate([chance.ravel() for chance in chances]), np.concatenate([part.ravel() for part in weights])
        )
        stops = np.cumsum([chance.size for chance in chances])[:-1]
        for place, part in enumerate(np.split(values, stops)):
            made[place][turn] = part.reshape(chances[place].shape)
    return made


def _weights(one: Looked, turn: int) -> np.ndarray:
    """(units, classes) weights of one kind at a look, adding up to 1."""
    expected = one.expected[turn]
    share_of_all = control.SHARE_OF_ALL if expected.shape[1] > 1 else 1.0
    whole = share_of_all * control.weights(expected[:, :1])
    return np.concatenate([whole, (1 - share_of_all) * control.weights(expected[:, 1:])], axis=1)


def first_flags(
    looked: Sequence[Looked], q_values: Sequence[np.ndarray], allowed: float, weeks: list[int]
) -> pl.DataFrame:
    """Kind, unit, class and first week of all that was flagged at any look."""
    frames = []
    for one, values in zip(looked, q_values, strict=True):
        flagged = values <= allowed
        units, places = np.nonzero(flagged.any(0))
        frames.append(
            named(one, units, places).with_columns(first_seen_week=first_weeks(flagged, units, places, weeks))
        )
    return pl.concat(frames).sort("kind", "unit_id", "reason_class") if frames else nothing().first_flagged
