"""Planted problems: present or absent by seed, placed on what sells, visible in the files."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from pipelines.simulate.catalogue import build_catalogue
from pipelines.simulate.planted import KINDS, Draw, draw_problems, place_problems, problem_of_lines
from pipelines.simulate.shops import SHOPS

START, UNTIL = dt.date(2025, 5, 1), dt.date(2026, 11, 1)
SHOP = {shop.merchant_id: shop for shop in SHOPS}


@pytest.fixture(scope="module")
def catalogues():
    return {name: build_catalogue(shop, 4_000, seed=5) for name, shop in SHOP.items()}


def test_each_kind_is_absent_in_about_half_of_the_seeds():
    seeds = [{draw.kind for draw in draw_problems(seed)} for seed in range(12)]
    for kind in KINDS:
        assert 3 <= sum(kind in present for present in seeds) <= 9
    many = [{draw.kind for draw in draw_problems(seed)} for seed in range(400)]
    for kind in KINDS:
        assert 0.42 <= np.mean([kind in present for present in many]) <= 0.58


def test_kinds_come_and_go_independently():
    present = np.array([[kind in {d.kind for d in draw_problems(s)} for kind in KINDS] for s in range(400)])
    correlation = np.corrcoef(present.T)
    assert np.abs(correlation[np.triu_indices(len(KINDS), 1)]).max() < 0.15


def test_draws_are_the_seeds_alone():
    assert draw_problems(8) == draw_problems(8)
    assert {draw.kind for draw in draw_problems(8)} >= set(KINDS[:3])
    assert draw_problems(8) != draw_problems(1)


@pytest.mark.parametrize("seed", range(20))
def test_problems_hit_what_sells(catalogues, seed):
    draws = draw_problems(seed)
    placed = {p.kind: p for s in SHOPS for p in place_problems(draws, s, catalogues[s.merchant_id], START, UNTIL)}
    assert set(placed) == {draw.kind for draw in draws}
    for problem in placed.values():
        catalogue = catalogues[problem.merchant_id]
        demand = catalogue.variants["popularity"].gather(problem.variants).sum()
        least = {"defective_batch": 0.0025, "wrong_description": 0.008, "runs_small": 0.002, "supplier_switch": 0.008}
        assert demand > least[problem.kind]
        assert all(sku and sku == sku.strip() for sku in problem.skus) or problem.kind != "defective_batch"
        assert 0.1 <= problem.extra_probability <= 0.45


@pytest.mark.parametrize("rank", [0, 3])
@pytest.mark.parametrize("choice", [0.0, 0.99])
def test_running_small_hits_one_size_in_all_colours(catalogues, rank, choice):
    draw = Draw("runs_small", "fashion", rank, 0, 0.3, choice)
    (problem,) = place_problems((draw,), SHOP["fashion"], catalogues["fashion"], START, UNTIL)
    variants = catalogues["fashion"].variants[list(problem.variants)]
    assert variants["product"].n_unique() == 1
    assert variants["size"].unique().to_list() == [problem.size]
    assert problem.first_order_date == START
    assert (problem.true_class, problem.true_sub_reason) == ("not_as_described", "size_fit")


def test_a_batch_starts_in_its_week(catalogues):
    draw = Draw("defective_batch", "home", 0, 10, 0.3, 0.5)
    (problem,) = place_problems((draw,), SHOP["home"], catalogues["home"], START, UNTIL)
    assert problem.first_order_date == UNTIL - dt.timedelta(weeks=10)
    variant = np.array([problem.variants[0]] * 2 + [problem.variants[0] + 1])
    dates = np.array(["2026-08-22", "2026-08-23", "2026-09-30"], dtype="datetime64[D]")
    assert problem_of_lines((problem,), variant, dates).tolist() == [-1, 0, -1]
    assert place_problems((draw,), SHOP["fashion"], catalogues["fashion"], START, UNTIL) == ()


def test_planted_returns_show_in_the_files(world):
    problems = [problem for problem in world.planted if problem["kind"] in KINDS]
    assert {problem["kind"] for problem in problems} >= {"defective_batch", "runs_small"}
    for problem in problems:
        truth = world.returns_truth[problem["merchant_id"]]
        caused = [row for row in truth if row["planted_id"] == problem["planted_id"]]
        assert caused
        assert {row["sku"] for row in caused} <= set(problem["skus"])
        assert {(row["true_class"], row["true_sub_reason"]) for row in caused} == {
            (problem["true_class"], problem["true_sub_reason"])
        }
        assert problem["planted_return_unit_count"] <= problem["sold_unit_count"]
        families = {row["phrase_family"] for row in caused} - {"", "en.unclear", "zh.unclear"}
        if problem["kind"] == "runs_small":
            assert all(family.endswith(".small") for family in families)
        else:
            assert len(families) <= 1
