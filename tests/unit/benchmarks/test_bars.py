"""Bars are made of medians, net of an empty build, and say what was not measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.bars import Bar, bars, is_of_checks
from benchmarks.figures import Figures, Measured, read_figures, write_figures
from benchmarks.processes import Usage
from benchmarks.results import bars_section, section

GB = 10**9


def usage(seconds: float, cpu: float = 0.0, peak: float = 0.0, **phases: float) -> Usage:
    return Usage(seconds, cpu, int(peak), phases={name.replace("_", " "): value for name, value in phases.items()})


def measured(orders: int = 1_000_000) -> Figures:
    return Figures(
        orders=orders,
        day_orders=2_000,
        byte_count=2_000_000,
        day_byte_count=50_000,
        machine="2 cores",
        date="2026-11-22",
        commit="0123456789ab",
        sides={
            "full": Measured([usage(34.0, 60.0, 2.5 * GB), usage(34.0, 50.0, GB), usage(90.0, 70.0, GB)]),
            "empty": Measured([usage(4.0, 9.0, GB), usage(4.0, 10.0, GB), usage(2.0, 11.0, GB)]),
            "idle": Measured([usage(1.0, 1.0, GB)]),
            "day": Measured([usage(6.0, 13.0, GB)]),
            "bare": Measured([usage(5.0), usage(10.0), usage(10.0)]),
            "pandas": Measured([usage(45.0, 45.0, 5 * GB)]),
            "dbt": Measured([Usage(9.0, 9.0, GB, details={"models": 5.0})]),
        },
    )


def by_name(found: list[Bar]) -> dict[str, Bar]:
    return {bar.name: bar for bar in found}


def test_figures_are_medians_net_of_an_empty_build() -> None:
    found = by_name(bars({1_000_000: measured()}))
    assert found["(a) full build, net, / bare DuckDB, 1 M"] == Bar(
        "(a) full build, net, / bare DuckDB, 1 M", "3.00 x", "at most 5.00 x", True
    )
    assert found["(b) pandas / full build, net, 1 M"].figure == "1.50 x"
    assert found["(b) pandas / full build, net, 1 M"].is_held
    assert found["(b) memory / that of pandas, 1 M"].figure == "0.50 x"
    assert found["(c) one more day, net / full build, CPU, 1 M"].figure == "5.0%"
    assert found["(c) one more day, net / full build, CPU, 1 M"].is_held is False
    assert found["(c) empty build, CPU, 1 M"].figure == "10.0 s"
    assert found["(d) peak memory, 1 M"].figure == "2.50 GB"


def test_what_is_learned_is_left_out_of_the_comparison_with_pandas() -> None:
    figures = measured()
    figures.sides["full"] = Measured([usage(40.0, 50.0, learning_maturity=6.0, learning_product_risk=2.0, publish=1.0)])
    figures.sides["empty"] = Measured([usage(4.0, learning_maturity=2.0)])
    assert by_name(bars({1_000_000: figures}))["(b) pandas / full build, net, 1 M"].figure == "1.50 x"


def test_growth_needs_both_sizes() -> None:
    name = "(c) one more day at 4 M / at 1 M, CPU"
    assert by_name(bars({1_000_000: measured()}))[name].is_held is None
    large = measured(4_000_000)
    large.sides["day"] = Measured([usage(9.0, 14.5, GB)])
    found = by_name(bars({1_000_000: measured(), 4_000_000: large}))
    assert found[name].figure == "1.50 x"
    assert found[name].is_held is False
    assert found["(a) the same at 4 M / at 1 M"].figure == "1.00 x"


@pytest.mark.parametrize(("small", "big"), [("a1", "b2"), ("", ""), ("a1+", "a1+")])
def test_growth_across_commits_is_not_told(small: str, big: str) -> None:
    figures = {1_000_000: measured(), 4_000_000: measured(4_000_000)}
    figures[1_000_000].commit, figures[4_000_000].commit = small, big
    found = by_name(bars(figures))
    assert [bar.is_held for name, bar in found.items() if "4 M / at 1 M" in name] == [None, None]
    assert found["(d) peak memory, 4 M"].is_held
    said = bars_section(figures, 1_000_000, 4_000_000)
    assert ("their growth is not told" in said) == (small != "" or big != "")


def test_fewer_than_three_runs_are_told_in_the_place_of_a_yes() -> None:
    text = bars_section({1_000_000: measured()}, 1_000_000, 4_000_000)
    assert "| (a) full build, net, / bare DuckDB, 1 M | 3.00 x | at most 5.00 x | yes |" in text
    assert "| (b) pandas / full build, net, 1 M | 1.50 x | at least 1.50 x | 1 run |" in text
    assert "| (c) one more day, net / full build, CPU, 1 M | 5.0% | at most 3.0% | **no** |" in text
    figures = measured()
    figures.sides["pandas"].runs *= 2
    assert "| 2 runs |" in bars_section({1_000_000: figures}, 1_000_000, 4_000_000)


def test_checks_count_without_imports() -> None:
    figures = measured()
    phases = {"checks, published": 3.0, "pages of checks": 1.0, "import great_expectations": 20.0, "publish": 8.0}
    figures.sides["full"] = Measured([Usage(40.0, 40.0, GB, phases=phases)])
    assert by_name(bars({1_000_000: figures}))["(e) checks / full build, 1 M"].figure == "10.0%"
    assert not is_of_checks("import great_expectations")


def test_derived_tables_are_compared_with_the_same_in_dbt() -> None:
    figures = measured()
    phases = {"core.parcels": 2.5, "marts.lead_times": 2.0, "core.orders": 50.0, "publish": 8.0}
    phases |= {"commit of core.parcels": 1.0, "commit of core.orders": 3.0, "core, case by case": 0.5}
    figures.sides["full"] = Measured([Usage(90.0, 90.0, GB, phases=phases)])
    found = by_name(bars({1_000_000: figures}))["(b) derived tables / the same SQL in dbt, 1 M"]
    assert (found.figure, found.is_held) == ("1.20 x", False)


def test_what_was_not_measured_is_said() -> None:
    text = bars_section({}, 1_000_000, 4_000_000)
    assert text.count("not measured") == len(bars({}))
    figures = measured()
    del figures.sides["pandas"]
    figures.missing["dbt"] = "a command of it ended with status 2"
    assert "`dbt` was not measured: a command of it ended with status 2" in section(figures)


def test_a_section_lists_what_an_empty_build_spends() -> None:
    figures = measured()
    figures.sides["empty"] = Measured([usage(4.0, scan=3.0, publish=0.99, tiny=0.01)])
    text = section(figures)
    assert "What an empty build spends" in text
    assert "| scan | 3.00 | 75% |" in text
    assert "| 1 smaller ones | 0.01 | 0% |" in text


def test_figures_survive_writing(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    assert read_figures(path) == {}
    figures = {4_000_000: measured(4_000_000), 1_000_000: measured()}
    write_figures(path, figures)
    assert read_figures(path) == figures
    assert list(read_figures(path)) == [1_000_000, 4_000_000]


@pytest.mark.parametrize("side", ["full", "bare", "empty"])
def test_a_ratio_needs_all_its_sides(side: str) -> None:
    figures = measured()
    del figures.sides[side]
    assert by_name(bars({1_000_000: figures}))["(a) full build, net, / bare DuckDB, 1 M"].is_held is None
