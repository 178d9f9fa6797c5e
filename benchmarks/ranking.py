"""Do both lists find what the rule with the true law finds, and do the intervals hold? Lags on, laws misspecified.

``python -m benchmarks.ranking --seeds 200`` prints each figure beside its bar and writes nothing. Scores are told
in ``benchmarks/ranking_worlds/judge.py``; harsher shops are in ``benchmarks.ranking_harsh``.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.ranking_worlds.judge import LEAST_RATIO, LEVEL, MOST_INTERVAL_RATIO, Judged, judge, says_nothing
from benchmarks.ranking_worlds.worlds import BASE_WORLDS, World

LEAST_SILENT = 95


def report(world: World, judged: Sequence[Judged]) -> list[str]:
    """Lines of figures and bars of one shop variant.

    Coverage's target is the true final rate. It is held when 0.9 lies in the 99 % band about the mean over seeds;
    groups are printed beside the rule that knows the law, which by thirds of the truth misses 0.9 as well.
    """
    lines = [f"{world.name}: {len(judged)} seeds"]
    for label, pairs in (
        ("probably faulty", [one.faulty for one in judged]),
        ("costs most", [one.costs for one in judged]),
    ):
        own, best = np.array(pairs).T
        paired = own[best > 0] / best[best > 0]
        lines.append(_line(f"{label}, of the rule with the true law", float(paired.mean()), LEAST_RATIO, at_least=True))
        lines.append(f"    worst seed {paired.min():.3f}; summed {own.sum() / best.sum():.3f}")
    own, best = np.array([one.interval for one in judged]).T
    lines.append(
        _line("interval score, of the rule's", float((own / best).mean()), MOST_INTERVAL_RATIO, at_least=False)
    )
    listed, above = sum(one.listed for one in judged), sum(one.truly_above for one in judged)
    share = 1.0 - above / listed if listed else 0.0
    lines.append(f"  listed {listed / len(judged):.1f} a seed, truly below the limit {share:.3f}")
    for name in judged[0].covered:
        lines.append(_coverage(name, judged))
    components = sorted({one.components for one in judged})
    dispersion = float(np.mean([one.dispersion for one in judged]))
    lines.append(f"  Betas {components}, dispersion {dispersion:.2f}")
    return lines


def silence(world: World, seeds: int) -> str:
    """The line of the shuffles."""
    silent = sum(says_nothing(world, seed) for seed in range(seeds))
    held = silent >= math.floor(seeds * LEAST_SILENT / 100)
    return f"  {world.name}, shuffled: {silent} of {seeds} say nothing, bar {LEAST_SILENT} %: {_word(held)}"


def main(
    arguments: Sequence[str] | None = None, worlds: tuple[World, ...] = BASE_WORLDS, title: str = "ranking"
) -> None:
    """Run the variants and print."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{title}", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--shuffles", type=int, default=100)
    parser.add_argument("--variants", nargs="*", help=", ".join(world.name for world in worlds))
    options = parser.parse_args(arguments)
    chosen = [world for world in worlds if not options.variants or world.name in options.variants]
    for world in chosen:
        if options.seeds:
            _show(lambda world=world: report(world, [judge(world, seed) for seed in range(options.seeds)]))
        if options.shuffles:
            _show(lambda world=world: [silence(world, options.shuffles)])


def _show(lines: Callable[[], list[str]]) -> None:
    print("\n".join(lines()), flush=True)


def _line(label: str, figure: float, bar: float, *, at_least: bool) -> str:
    held = figure >= bar if at_least else figure <= bar
    return f"  {label} {figure:.3f}, bar {'>=' if at_least else '<='} {bar}: {_word(held)}"


def _coverage(name: str, judged: Sequence[Judged]) -> str:
    hits, numbers = np.array([one.covered[name] for one in judged]).T
    known, _ = np.array([one.known_covered[name] for one in judged]).T
    if not numbers.sum():
        return f"  coverage, {name}: nobody"
    mean = hits.sum() / numbers.sum()
    # a ratio of sums: seeds are independent, units of one seed share what was learned
    error = math.sqrt(float(np.sum((hits - mean * numbers) ** 2))) / numbers.sum()
    held = abs(mean - LEVEL) <= 2.576 * error
    band = f"+/- {2.576 * error:.3f}"
    return f"  coverage, {name}: {mean:.3f} {band} (rule with the law {known.sum() / numbers.sum():.3f}): {_word(held)}"


def _word(held: bool) -> str:
    return "held" if held else "MISSED"


if __name__ == "__main__":
    main()
