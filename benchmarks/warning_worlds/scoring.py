"""One replication: what was flagged in a drawn shop, what of it was true, and how late.

Belongs here: truth of flags of every kind, delays, coverage of sizes. Not here: bars (``benchmarks.early_warning``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.warning_worlds import rivals
from benchmarks.warning_worlds.worlds import VARIANTS, Drawn, draw
from models.early_warning import control, watching
from models.early_warning.looking import Looked
from models.early_warning.panel import base_of, number_of
from models.early_warning.telling import flag_rows

SHARES = (0.01, 0.02, 0.05, 0.10, 0.20, 0.35, 0.50)
LEAST_LINES = 10.0
LEAST_LIFT = 1.05
"""A supplier, lot or category is truly risen where its expected returns are lifted by this much at least."""


@dataclass(frozen=True)
class Score:
    """One watcher in one shop at one allowed share.

    Attributes:
        flagged, false: units and classes flagged at any look, and those of them that had not risen (yet).
        by_kind: flagged and false by kind.
        delays: (planted SKUs of 10 or more lines a week) looks from the onset to the first flag; infinite where none.
        found: share of all planted SKUs that were flagged.
    """

    flagged: int
    false: int
    by_kind: dict[str, tuple[int, int]]
    delays: tuple[float, ...]
    found: float

    @property
    def false_share(self) -> float:
        """False share of what was flagged; 0 where nothing was."""
        return self.false / max(self.flagged, 1)


@dataclass(frozen=True)
class Replication:
    """One drawn shop.

    Attributes:
        scores: by watcher and allowed share.
        sizes: per true flag of the last look: kind, true size, lower, middle, upper, stated chance.
        stated: per flag of the last look: stated chance of false alarm and whether false.
    """

    scores: dict[tuple[str, float], Score]
    sizes: tuple[tuple[str, float, float, float, float], ...]
    stated: tuple[tuple[float, bool], ...]


def replicate(variant: str, seed: int, kinds: tuple[str, ...], *, curves: bool) -> Replication:
    """Draws a shop and lets the watchers look.

    Args:
        variant: name.
        seed: of the shop.
        kinds: of units watched.
        curves: True adds the plain rules.
    """
    drawn = draw(VARIANTS[variant], seed)
    weeks = [number_of(look) for look in drawn.looks]
    base = base_of(drawn.sold, drawn.returned, drawn.looks[-1])
    looked = watching.look_kinds(base, weeks, kinds)
    values = watching.judged(looked)
    scores = {}
    for share in SHARES:
        scores["watch", share] = score(drawn, looked, values, share * control.SAFETY)
        if VARIANTS[variant].planted and "sku_reason" in kinds:
            scores["oracle", share] = score_skus(drawn, _once(drawn, "oracle", looked), share * control.SAFETY)
            for name in ("plain e-process", "repeated BH") if curves else ():
                scores[name, share] = score_skus(drawn, _once(drawn, name, looked), share)
    _KEPT.clear()
    allowed = 0.10 * control.SAFETY
    flags = flag_rows(watching.beside_flagged(looked, [one[-1] <= allowed for one in values]), values, allowed, weeks)
    return Replication(scores, *_told(drawn, looked, values, flags))


_KEPT: dict[str, np.ndarray] = {}


def _once(drawn: Drawn, name: str, looked: list[Looked]) -> np.ndarray:
    """(looks, skus) of a rival, worked out once a replication; SKUs in the order of their numbers."""
    if name not in _KEPT:
        if name == "oracle":
            _KEPT[name] = rivals.oracle(drawn)
        elif name == "repeated BH":
            _KEPT[name] = rivals.repeated_benjamini_hochberg(drawn)
        else:
            numbers = _numbers(looked[0])
            strength = np.full((drawn.world.weeks, drawn.world.skus), -np.inf)
            strength[:, numbers] = looked[0].strength[:, :, 0]
            _KEPT[name] = rivals.plain_e_process(strength)
    return _KEPT[name]


def _numbers(one: Looked) -> np.ndarray:
    """(units,) numbers of SKUs, suppliers or categories, read from their names."""
    return one.panel.units.to_series(0).str.slice(1).cast(int).to_numpy()


def truth(drawn: Drawn, one: Looked) -> tuple[np.ndarray, np.ndarray]:
    """(units,) whether risen, and the number of the first look at which a flag is true."""
    world = drawn.world
    onset = np.full(one.panel.units.height, world.onset)
    numbers = _numbers(one)
    in_lot = np.array([(int(s), int(f)) in drawn.lots_risen for s, f in zip(drawn.supplier, drawn.first, strict=True)])
    if one.panel.kind == "sku_reason":
        return drawn.multiplier[numbers] > 1, np.where(in_lot[numbers], 0, onset)
    after = (drawn.lines * drawn.true_rate)[:, world.history + world.onset :].sum(1)
    lifted = after * drawn.multiplier
    if one.panel.kind == "lot":
        first = one.panel.units["first"].to_numpy() - one.panel.first_week
        weeks = np.argmax(drawn.lines > 0, axis=1)
        members = [(drawn.supplier == s) & (weeks == f) for s, f in zip(numbers, first, strict=True)]
        onset = np.array([0 if in_lot[who].any() else world.onset for who in members])
    else:
        groups = drawn.supplier if one.panel.kind == "supplier" else drawn.category
        members = [groups == number for number in numbers]
        onset = np.array([0 if in_lot[who].any() else world.onset for who in members])
    return np.array([lifted[who].sum() > LEAST_LIFT * max(after[who].sum(), 1e-9) for who in members]), onset


def score(drawn: Drawn, looked: list[Looked], values: list[np.ndarray], allowed: float) -> Score:
    """Scores the watch over all kinds."""
    by_kind, delays, found = {}, (), 0.0
    for one, value in zip(looked, values, strict=True):
        flagged = value <= allowed
        ever, first = flagged.any(0), np.argmax(flagged, axis=0)
        risen, onset = truth(drawn, one)
        wrong = ever & ~(risen[:, None] & (first >= onset[:, None]))
        by_kind[one.panel.kind] = (int(ever.sum()), int(wrong.sum()))
        if one.panel.kind == "sku_reason":
            numbers = _numbers(one)
            earliest = np.full(drawn.world.skus, np.inf)
            earliest[numbers] = np.where(ever, first, np.inf).min(1)
            delays, found = _delays(drawn, earliest)
    total, false = (sum(pair[side] for pair in by_kind.values()) for side in (0, 1))
    return Score(total, false, by_kind, delays, found)


def score_skus(drawn: Drawn, values: np.ndarray, allowed: float) -> Score:
    """Scores a rival that watches SKUs alone; values (looks, skus)."""
    flagged = values <= allowed
    earliest = np.where(flagged.any(0), np.argmax(flagged, axis=0), np.inf)
    ever = np.isfinite(earliest)
    wrong = ever & ~((drawn.multiplier > 1) & (earliest >= drawn.world.onset))
    delays, found = _delays(drawn, earliest)
    return Score(int(ever.sum()), int(wrong.sum()), {"sku_reason": (int(ever.sum()), int(wrong.sum()))}, delays, found)


def _delays(drawn: Drawn, earliest: np.ndarray) -> tuple[tuple[float, ...], float]:
    """Delays of planted SKUs that sell enough, and the share of all planted ones found; early flags find nothing."""
    late = np.where(earliest >= drawn.world.onset, earliest - drawn.world.onset, np.inf)
    enough = drawn.planted & (drawn.volume >= LEAST_LINES)
    found = float(np.isfinite(late[drawn.planted]).mean()) if drawn.planted.any() else 0.0
    return tuple(late[enough].tolist()), found


def _told(drawn: Drawn, looked: list[Looked], values: list[np.ndarray], flags) -> tuple:
    """Sizes told of true SKU flags of all reasons, and stated chances of all flags."""
    sizes = []
    numbers = flags["product_id"].str.slice(1).cast(int, strict=False)
    for row, number in zip(flags.iter_rows(named=True), numbers, strict=True):
        if row["kind"] == "sku_reason" and row["reason_class"] == "all" and drawn.multiplier[number] > 1:
            told = (row["size_lower_90"], row["size_multiplier"], row["size_upper_90"])
            sizes.append(("sku_reason", float(drawn.multiplier[number]), *told))
    shares, wrong = [np.zeros(0)], [np.zeros(0, dtype=bool)]
    for one, value in zip(looked, values, strict=True):
        flagged = value <= 0.10 * control.SAFETY
        units, places = np.nonzero(flagged[-1])
        risen, onset = truth(drawn, one)
        first = np.argmax(flagged, axis=0)[units, places]
        wrong.append(~(risen[units] & (first >= onset[units])))
        shares.append(value[-1, units, places])
    stated = control.chances_of_false(np.concatenate(shares), 0.10)
    return tuple(sizes), tuple(zip(stated.tolist(), np.concatenate(wrong).tolist(), strict=True))
