"""The bars that issue 4 sets for speed and memory: figure, limit, held or not.

Belongs here: how each figure is made from what was measured. Not here: measuring (``sides``), text (``results``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.figures import Figures
from benchmarks.phases import CASE_BY_CASE, COMMIT_OF, LEARNING

BASE, LARGE = 1_000_000, 4_000_000
MOST_OVER_BARE, MOST_GROWTH_OVER_BARE = 5.0, 1.2
LEAST_OVER_PANDAS, MOST_MEMORY_OF_PANDAS = 1.5, 0.5
MOST_DAY_SHARE, MOST_DAY_GROWTH = 0.03, 1.3
MOST_EMPTY_CPU_SECONDS = 25.0
MOST_MEMORY = {BASE: 3e9, LARGE: 6e9}
MOST_CHECKS_SHARE = 0.15
ENOUGH_RUNS = 3
"""Medians of fewer say little: the bar then tells their number in the place of a yes."""


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        name: letter and what is compared.
        figure: as text; empty where not measured.
        limit: as text.
        is_held: None where not measured, or not to be compared.
        runs: the fewest of any side that it is made of.
    """

    name: str
    figure: str
    limit: str
    is_held: bool | None
    runs: int = ENOUGH_RUNS


def over_bare(figures: Figures) -> float | None:
    """Full build net of an empty one / bare DuckDB, wall."""
    if not figures.has("full", "empty", "bare"):
        return None
    return net_seconds(figures) / figures.sides["bare"].seconds


def net_seconds(figures: Figures) -> float:
    """Wall time of a full build less that of an empty one."""
    return figures.sides["full"].seconds - figures.sides["empty"].seconds


def over_pandas(figures: Figures) -> float | None:
    """Pandas / full build net of an empty one, wall; what models learn, which pandas does not, is left out."""
    if not figures.has("pandas", "full", "empty"):
        return None
    return figures.sides["pandas"].seconds / (net_seconds(figures) - learning_seconds(figures))


def learning_seconds(figures: Figures) -> float:
    """Seconds that models take in a full build, less those in an empty one, which looks for changes too."""
    full, empty = (
        sum(seconds for name, seconds in figures.sides[side].phases.items() if name.startswith(LEARNING))
        for side in ("full", "empty")
    )
    return full - empty


def memory_of_pandas(figures: Figures) -> float | None:
    """Peak memory of the full build / that of pandas."""
    if not figures.has("pandas", "full"):
        return None
    return figures.sides["full"].peak_bytes / figures.sides["pandas"].peak_bytes


def over_dbt(figures: Figures) -> float | None:
    """Seconds that the derived tables take in a full build / in dbt, its start and its parsing left out."""
    if not figures.has("dbt", "full"):
        return None
    dbt = figures.sides["dbt"].detail("models")
    return derived_seconds(figures) / dbt if dbt else None


def derived_seconds(figures: Figures) -> float:
    """Seconds of a full build that the tables of ``sql/core`` and ``sql/marts`` take, commits and cases included."""
    from pipelines.sql_tables import all_sql_tables

    names = {name for name, table in all_sql_tables().items() if table.schema != "staging"} | {CASE_BY_CASE}
    phases = figures.sides["full"].phases
    return sum(seconds for name, seconds in phases.items() if name.removeprefix(COMMIT_OF) in names)


def day_cpu_seconds(figures: Figures) -> float | None:
    """Processor time of one more day, less that of an empty build."""
    if not figures.has("day", "empty"):
        return None
    return figures.sides["day"].cpu_seconds - figures.sides["empty"].cpu_seconds


def day_share(figures: Figures) -> float | None:
    """The same / processor time of the full build."""
    day = day_cpu_seconds(figures)
    return day / figures.sides["full"].cpu_seconds if day is not None and figures.has("full") else None


def empty_cpu_seconds(figures: Figures) -> float | None:
    """Processor time of an empty build."""
    return figures.sides["empty"].cpu_seconds if figures.has("empty") else None


def peak_bytes(figures: Figures) -> float | None:
    """Peak memory of a full build and of the day after."""
    sides = [figures.sides[name].peak_bytes for name in ("full", "day", "empty") if name in figures.sides]
    return max(sides) if figures.has("full") else None


def checks_share(figures: Figures) -> float | None:
    """Seconds that all checks take, the import of Great Expectations left out / full build, wall."""
    if not figures.has("full"):
        return None
    full = figures.sides["full"]
    checks = sum(seconds for name, seconds in full.phases.items() if is_of_checks(name))
    return checks / full.seconds


def is_of_checks(phase: str) -> bool:
    """Whether a phase is work of Great Expectations: suites, results, pages of checks; imports are not."""
    return "checks" in phase and not phase.startswith("import")


def bars(figures: Mapping[int, Figures], base: int = BASE, large: int = LARGE) -> list[Bar]:
    """All bars.

    Args:
        figures: by number of orders.
        base: orders that most bars are set for.
        large: orders at which growth is looked at.
    """

    def at(orders: int, figure: Callable[[Figures], float | None]) -> float | None:
        return figure(figures[orders]) if orders in figures else None

    def growth(figure: Callable[[Figures], float | None]) -> float | None:
        small, big = at(base, figure), at(large, figure)
        # What changed between two commits is no growth.
        is_one = base in figures and large in figures and figures[base].is_of_same_commit(figures[large])
        return big / small if small and big is not None and is_one else None

    small, big = _short(base), _short(large)
    found = [
        _most(f"(a) full build, net, / bare DuckDB, {small}", at(base, over_bare), MOST_OVER_BARE, _times),
        _most(f"(a) the same at {big} / at {small}", growth(over_bare), MOST_GROWTH_OVER_BARE, _times),
        _least(f"(b) pandas / full build, net, {small}", at(base, over_pandas), LEAST_OVER_PANDAS, _times),
        _most(f"(b) memory / that of pandas, {small}", at(base, memory_of_pandas), MOST_MEMORY_OF_PANDAS, _times),
        _most(f"(b) derived tables / the same SQL in dbt, {small}", at(base, over_dbt), 1.0, _times),
        _most(f"(c) one more day, net / full build, CPU, {small}", at(base, day_share), MOST_DAY_SHARE, _percent),
        _most(f"(c) one more day at {big} / at {small}, CPU", growth(day_cpu_seconds), MOST_DAY_GROWTH, _times),
        _most(f"(c) empty build, CPU, {small}", at(base, empty_cpu_seconds), MOST_EMPTY_CPU_SECONDS, _seconds),
        _most(f"(d) peak memory, {small}", at(base, peak_bytes), MOST_MEMORY[BASE], _gigabytes),
        _most(f"(d) peak memory, {big}", at(large, peak_bytes), MOST_MEMORY[LARGE], _gigabytes),
        _most(f"(e) checks / full build, {small}", at(base, checks_share), MOST_CHECKS_SHARE, _percent),
    ]
    return [_with_runs(bar, sides, figures, base, large) for bar, sides in zip(found, _SIDES, strict=True)]


_SIDES = (
    ("full", "empty", "bare"),
    ("full", "empty", "bare"),
    ("pandas", "full", "empty"),
    ("pandas", "full"),
    ("dbt", "full"),
    ("day", "empty", "full"),
    ("day", "empty"),
    ("empty",),
    ("full", "day", "empty"),
    ("full", "day", "empty"),
    ("full",),
)
"""Sides that each bar is made of, in their order; a growth of both sizes."""


def _with_runs(bar: Bar, sides: Sequence[str], figures: Mapping[int, Figures], base: int, large: int) -> Bar:
    if bar.is_held is None:
        return bar
    at_large, at_base = f" {_short(large)}" in bar.name, f" {_short(base)}" in bar.name
    sizes = [size for size, is_meant in ((base, at_base), (large, at_large)) if is_meant]
    runs = [len(figures[size].sides[side].runs) for size in sizes for side in sides if side in figures[size].sides]
    return replace(bar, runs=min(runs, default=0))


def _most(name: str, figure: float | None, limit: float, text: Callable[[float], str]) -> Bar:
    held = None if figure is None else figure <= limit
    return Bar(name, "" if figure is None else text(figure), f"at most {text(limit)}", held)


def _least(name: str, figure: float | None, limit: float, text: Callable[[float], str]) -> Bar:
    held = None if figure is None else figure >= limit
    return Bar(name, "" if figure is None else text(figure), f"at least {text(limit)}", held)


def _short(orders: int) -> str:
    return f"{orders // 1_000_000} M" if orders % 1_000_000 == 0 else f"{orders:,}"


def _times(figure: float) -> str:
    return f"{figure:.2f} x"


def _percent(figure: float) -> str:
    return f"{figure:.1%}"


def _seconds(figure: float) -> str:
    return f"{figure:.1f} s"


def _gigabytes(figure: float) -> str:
    return f"{figure / 1e9:.2f} GB"
