"""Seeded random draws and the vocabulary files they draw from.

Belongs here: named random streams, exact-share picks, weighted choices, reading of ``data/*.toml``.
Not here: any knowledge of what is drawn.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DATA = Path(__file__).parent / "data"


@cache
def vocabulary(name: str) -> dict[str, Any]:
    """Read ``data/<name>.toml`` once; callers must not change what they get."""
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


def stream(seed: int, *scope: str) -> np.random.Generator:
    """Return the random stream of one subject.

    Each subject draws from its own stream, so that a change in one module leaves the others' draws alone.

    Args:
        seed: Seed of the whole simulation, at least 0.
        *scope: Names of the subject, such as the shop and what is drawn.
    """
    return np.random.default_rng([seed, crc32("/".join(scope).encode())])


def pick_share(
    rng: np.random.Generator, candidates: NDArray[np.intp], share: float, minimum: int = 0
) -> NDArray[np.intp]:
    """Pick an exact share of the candidates without replacement, in ascending order.

    Args:
        rng: Random stream.
        candidates: Positions to pick from, shape (n,).
        share: Share of them, 0-1.
        minimum: Smallest number of picks, as far as there are candidates.

    Returns:
        The picked positions, shape (k,).
    """
    count = min(len(candidates), max(minimum, round(share * len(candidates))))
    return np.sort(rng.choice(candidates, size=count, replace=False))


def choose(rng: np.random.Generator, weights: ArrayLike, size: int) -> NDArray[np.intp]:
    """Draw positions in proportion to weights.

    Args:
        rng: Random stream.
        weights: Non-negative weights, shape (k,).
        size: Number of draws n.

    Returns:
        Positions 0..k-1, shape (n,).
    """
    edges = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(edges, rng.random(size) * edges[-1], side="right").clip(max=len(edges) - 1)


def choose_by_row(rng: np.random.Generator, table: NDArray[np.float64], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Draw one column for each row number, in proportion to that row's weights.

    Args:
        rng: Random stream.
        table: Non-negative weights, shape (rows, columns).
        rows: Row of the table to use for each draw, shape (n,).

    Returns:
        Columns, shape (n,).
    """
    edges = np.cumsum(table, axis=1)
    edges /= edges[:, -1:]
    # The last edge counts as open, lest rounding leaves a draw beyond it.
    return (edges[rows, :-1] <= rng.random(len(rows))[:, None]).sum(axis=1)


def choose_text(rng: np.random.Generator, pairs: Sequence[Sequence[Any]], size: int) -> NDArray[np.object_]:
    """Draw texts from ``(text, ..., weight)`` rows; the first entry is the text, the last one its weight."""
    texts = np.array([pair[0] for pair in pairs], dtype=object)
    return texts[choose(rng, [pair[-1] for pair in pairs], size)]
