"""Early warning in made-up shops: ``python -m benchmarks.early_warning --replications 200``.

Prints every figure beside its bar: false share of the flags, chance of any flag where nothing happens, power, and the
delay against a watcher that knows base rate and size; with ``--curves`` the delay against false flags over thresholds,
beside the plain rules. Belongs here: bars and printing. Not here: drawing and scoring (``benchmarks.warning_worlds``).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from benchmarks.warning_worlds.scoring import SHARES, Replication, replicate
from benchmarks.warning_worlds.worlds import VARIANTS
from models.early_warning import KINDS

MOST_FALSE, MOST_FALSE_UPPER, MOST_ANY, MOST_BEHIND = 0.10, 0.12, 0.10, 2.0
DELAY_VARIANTS = ("base", "heterogeneous")
ASKED = 0.10


@dataclass(frozen=True)
class Line:
    """One figure and its bar.

    Attributes:
        variant: of the shop.
        what: is measured.
        figure: as text.
        bar: as text; empty where none is set.
        is_held: None where no bar is set.
    """

    variant: str
    what: str
    figure: str
    bar: str = ""
    is_held: bool | None = None


def upper_95(values: Sequence[float]) -> float:
    """One-sided 95 % upper bound of a mean."""
    return float(np.mean(values) + 1.645 * np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 1.0


def median_delay(made: Iterable[Replication], watcher: str, share: float) -> float:
    """Median over all planted SKUs of enough lines, undetected counting as infinite."""
    delays = [delay for one in made for delay in one.scores[watcher, share].delays]
    return float(np.median(delays)) if delays else float("nan")


def lines(variant: str, made: Sequence[Replication]) -> list[Line]:
    """Figures of one variant.

    Args:
        variant: name.
        made: its replications.
    """
    mine = [one.scores["watch", ASKED] for one in made]
    shares = [one.false_share for one in mine]
    if not _has_rises(variant):
        flagged = float(np.mean([one.flagged > 0 for one in mine]))
        bound = f"{MOST_ANY:.2f}"
        return [Line(variant, "P(any flag in 26 weeks)", f"{flagged:.3f}", bound, flagged <= MOST_ANY)]
    mean, upper = float(np.mean(shares)), upper_95(shares)
    held = mean <= MOST_FALSE and upper <= MOST_FALSE_UPPER
    bar = f"{MOST_FALSE:.2f} ({MOST_FALSE_UPPER:.2f})"
    told = [Line(variant, "false share (95 % upper)", f"{mean:.3f} ({upper:.3f})", bar, held)]
    told += _kind_lines(variant, made)
    if ("oracle", ASKED) in made[0].scores:
        told += _delay_lines(variant, made)
    return told + _size_lines(variant, made)


def _has_rises(variant: str) -> bool:
    world = VARIANTS[variant]
    return bool(world.planted or world.bad_lots or world.bad_suppliers)


def _kind_lines(variant: str, made: Sequence[Replication]) -> list[Line]:
    """Flags and false ones by kind, a replication."""
    told = []
    for kind in made[0].scores["watch", ASKED].by_kind:
        pairs = np.array([one.scores["watch", ASKED].by_kind[kind] for one in made], dtype=float)
        told.append(
            Line(variant, f"flags of {kind}: mean, false", f"{pairs[:, 0].mean():.2f}, {pairs[:, 1].mean():.2f}")
        )
    stated = [pair for one in made for pair in one.stated]
    if stated:
        said, false = np.mean(stated, axis=0)
        told.append(Line(variant, "chance of false alarm: said, was", f"{said:.3f}, {false:.3f}"))
    return told


def _delay_lines(variant: str, made: Sequence[Replication]) -> list[Line]:
    """Power and delay beside the oracle's."""
    told = []
    for watcher in ("watch", "oracle"):
        scores = [one.scores[watcher, ASKED] for one in made]
        enough = np.concatenate([np.isfinite(one.delays) for one in scores])
        found = float(np.mean([one.found for one in scores]))
        told.append(Line(variant, f"power of {watcher}: all, >= 10 lines", f"{found:.2f}, {enough.mean():.2f}"))
    mine, known = median_delay(made, "watch", ASKED), median_delay(made, "oracle", ASKED)
    behind = mine - known
    has_bar = variant in DELAY_VARIANTS
    bar, held = (f"{MOST_BEHIND:.0f} behind", bool(behind <= MOST_BEHIND)) if has_bar else ("", None)
    told.append(Line(variant, "median delay: watch, oracle (weeks)", f"{mine:.1f}, {known:.1f}", bar, held))
    return told


def _size_lines(variant: str, made: Sequence[Replication]) -> list[Line]:
    """Coverage of the 90 % interval of the true size among flagged SKUs, by thirds of the truth where it varies."""
    rows = np.array([row[1:] for one in made for row in one.sizes])
    if not len(rows):
        return []
    told = []
    groups = [("all", np.ones(len(rows), dtype=bool))]
    if np.unique(rows[:, 0]).size > 1:
        groups += [(f"size {size:g}", rows[:, 0] == size) for size in np.unique(rows[:, 0])]
    for name, here in groups:
        inside = (rows[here, 1] <= rows[here, 0]) & (rows[here, 0] <= rows[here, 3])
        width = 2.576 * np.sqrt(0.9 * 0.1 / here.sum())
        cover = float(inside.mean())
        bar, held = (f"0.90 +- {width:.3f}", abs(cover - 0.9) <= width) if name == "all" else ("", None)
        told.append(
            Line(variant, f"true size in 90 % interval, flagged, {name} ({here.sum()})", f"{cover:.3f}", bar, held)
        )
    return told


def curve(variant: str, made: Sequence[Replication]) -> list[str]:
    """Delay and false share of each watcher over thresholds."""
    told = [f"{variant}: allowed share -> false share, median delay (weeks), power of SKUs with >= 10 lines"]
    for watcher in ("watch", "oracle", "plain e-process", "repeated BH"):
        for share in SHARES:
            if (watcher, share) in made[0].scores:
                scores = [one.scores[watcher, share] for one in made]
                false = float(np.mean([one.false_share for one in scores]))
                power = np.concatenate([np.isfinite(one.delays) for one in scores]).mean()
                delay = median_delay(made, watcher, share)
                told.append(f"  {watcher:16} {share:5.2f} -> {false:.3f} {delay:5.1f} {power:.2f}")
    return told


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--curves", action="store_true")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    kinds = tuple(kind for kind in KINDS if kind in options.kinds)
    with ProcessPoolExecutor(options.processes) as pool:
        for variant in options.variants:
            count = options.replications
            made = list(
                pool.map(_run, repeat(variant, count), range(count), repeat(kinds, count), repeat(options.curves))
            )
            for line in lines(variant, made):
                held = {None: "", True: "held", False: "MISSED"}[line.is_held]
                print(f"{line.variant:20} {line.what:58} {line.figure:16} {line.bar:14} {held}", flush=True)
            if options.curves and ("oracle", ASKED) in made[0].scores:
                print("\n".join(curve(variant, made)), flush=True)


def _run(variant: str, seed: int, kinds: tuple[str, ...], curves: bool) -> Replication:
    """A replication with positional arguments, for the pool."""
    return replicate(variant, seed, kinds, curves=curves)


if __name__ == "__main__":
    main()
