"""Makes ``models/early_warning/data/crossings.csv``: ``python -m benchmarks.warning_worlds.crossings``.

The table is drawn with fixed seeds; a run on the same versions writes the same file.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import polars as pl

from models.early_warning import crossing
from models.early_warning.evidence import WINDOW

PATHS = 20_000
LAWS = {"fresh": (0, False), "running": (WINDOW - 1, False), "start": (0, True)}
FLOOR = -40.0
"""Where no path crossed: so rare that it does not matter how rare."""


def log_chances(law: str, volume: float, shape: float, paths: int = PATHS) -> np.ndarray:
    """Logarithms of the chances of one unit, (strengths,); beyond the last crossing seen, Doob's slope goes on."""
    before, starts_only = LAWS[law]
    design = crossing.Design(volume, shape, before, starts_only=starts_only)
    with np.errstate(divide="ignore"):
        logs = np.log(crossing.crossing_chances(design, paths, seed=7))
    for place in range(1, logs.size):
        logs[place] = logs[place] if np.isfinite(logs[place]) else logs[place - 1] - np.diff(crossing.STRENGTHS)[0]
    return np.maximum(np.where(np.isfinite(logs), logs, 0.0), FLOOR)


def main() -> None:
    """Writes the table."""
    places = list(itertools.product(LAWS, crossing.VOLUMES, crossing.SHAPES))
    with ProcessPoolExecutor(2) as pool:
        made = list(pool.map(log_chances, *zip(*places, strict=True)))
    frames = [
        pl.DataFrame({"strength": crossing.STRENGTHS, "log_chance": np.round(logs, 4)}).select(
            pl.lit(law).alias("law"), pl.lit(volume).alias("volume"), pl.lit(shape).alias("shape"), pl.all()
        )
        for (law, volume, shape), logs in zip(places, made, strict=True)
    ]
    pl.concat(frames).write_csv(crossing.TABLE)


if __name__ == "__main__":
    main()
