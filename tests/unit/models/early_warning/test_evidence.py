"""Evidence, its chance in half a year, control, and what is fitted; not whole shops."""

import numpy as np
import pytest
from scipy import stats

from benchmarks.warning_worlds.crossings import log_chances
from models.early_warning import baseline, control, crossing, evidence


def test_the_ratio_is_that_of_two_negative_binomial_likelihoods() -> None:
    returned, expected, shape = np.array([2.0, 1.0, 5.0]), np.array([1.0, 2.0, 1.5]), 4.0
    ratio = evidence.log_ratios(
        returned[None], expected[None], np.array([shape]), np.zeros(1), np.zeros(1), np.array([3.0])
    )[0, 2, 0]
    theta = np.linspace(1e-6, 15, 400_001)
    prior = stats.gamma.pdf(theta, shape, scale=1 / shape)

    def marginal(lift: np.ndarray) -> float:
        chance = np.prod(
            [stats.poisson.pmf(r, theta * e * m) for r, e, m in zip(returned, expected, lift, strict=True)], 0
        )
        return float(np.trapezoid(chance * prior, theta))

    assert ratio == pytest.approx(np.log(marginal(np.array([1, 1, 3.0])) / marginal(np.ones(3))), abs=1e-6)


def test_big_units_do_not_overflow() -> None:
    returned, expected = np.full((1, 26), 1e6), np.full((1, 26), 3e5)
    ratios = evidence.log_ratios(returned, expected, np.array([1.0]), np.array([1e6]), np.array([1e6]))
    assert np.isfinite(evidence.log_mean(ratios, np.full((1, 26), 1 / 26))).all()


def test_chances_of_the_table_are_those_of_plain_simulation() -> None:
    """Where nothing happens, evidence of a chance of 5 % or less turns up in about 5 % of paths."""
    draws = np.random.default_rng(5)
    design = crossing.Design(1.6, 3.0)
    paths = 1_500
    theta = draws.gamma(3.0, 1 / 3.0, paths)
    counts = draws.poisson(design.volume * theta[:, None, None] * np.ones((paths, 26, 1)) * crossing.LAG_SHARES)
    strongest = np.full(paths, -np.inf)
    weights = np.array(design.size_weights)
    for look in range(crossing.LOOKS):
        seen, _ = crossing._at_look(design, counts, look, np.array(design.sizes), weights)
        strongest = np.maximum(strongest, seen)
    said = crossing.log_chance(crossing.stored()["fresh"], strongest, np.full(paths, 1.6), np.full(paths, 3.0))
    for chance in (0.2, 0.05):
        error = 3 * np.sqrt(chance * (1 - chance) / paths)
        assert np.mean(said <= np.log(chance)) == pytest.approx(chance, abs=error + 0.1 * chance)


@pytest.mark.parametrize("law", ["fresh", "running", "start"])
def test_the_stored_table_is_what_is_drawn(law: str) -> None:
    place = (5, 2)
    drawn = log_chances(law, crossing.VOLUMES[place[0]], crossing.SHAPES[place[1]], paths=2_000)
    stored = crossing.stored()[law][place]
    assert np.abs(drawn - stored)[:20].max() < 0.5


def test_a_chance_is_never_larger_than_what_doob_allows() -> None:
    for law, bound in (("fresh", 1.0), ("running", 2.0), ("start", 1.0)):
        assert (crossing.stored()[law] + crossing.STRENGTHS <= np.log(bound) + 0.1).all()


def test_adjusted_chances_are_those_of_benjamini_and_hochberg() -> None:
    chances = np.random.default_rng(1).uniform(size=50) ** 3
    even = control.adjusted(np.log(chances), np.full(50, 1 / 50))
    assert even == pytest.approx(stats.false_discovery_control(chances))


def test_chances_of_flags_grow_with_weakness_and_keep_to_what_the_list_is_made_for() -> None:
    shares = np.array([1e-6, 0.02, 1e-3, 0.02, 0.05])
    chances = control.chances_of_false(shares, 0.10)
    assert chances[1] == chances[3]
    assert (np.diff(chances[np.argsort(shares)]) >= 0).all()
    assert (chances >= 0.9 * shares).all()
    assert chances[4] > 2 * shares[4]
    assert control.chances_of_false(np.full(50, 0.07), 0.10).mean() <= 0.10 + 1e-12
    assert control.chances_of_false(np.array([1e-12]), 0.10)[0] < 1e-9
    assert control.chances_of_false(np.zeros(2), 0.10).tolist() == pytest.approx([0, 0])
    assert control.chances_of_false(np.zeros(0), 0.10).size == 0


@pytest.mark.parametrize("risen", [3, 10, 40])
def test_stated_chances_are_not_below_the_share_of_false_flags(risen: int) -> None:
    """Lists of 300 units: in the mean over flags, and over the weakest third of them."""
    draws = np.random.default_rng(8)
    stated, false = [], []
    for _ in range(1_000):
        chances = draws.uniform(size=300)
        chances[:risen] = stats.norm.sf(draws.normal(4.0, 1.0, risen))
        shares = control.adjusted(np.log(chances), np.full(300, 1 / 300))
        flagged = np.flatnonzero(shares <= 0.10 * control.SAFETY)
        stated += control.chances_of_false(shares[flagged], 0.10).tolist()
        false += (flagged >= risen).tolist()
    said, was = np.array(stated), np.array(false)
    weak = said >= np.quantile(said, 2 / 3)
    assert was.mean() <= said.mean()
    assert was[weak].mean() <= said[weak].mean()


def test_what_weighs_nothing_is_never_flagged() -> None:
    assert control.adjusted(np.log(np.array([1e-9, 0.9])), np.array([0.0, 1.0]))[0] > 0.5


def test_dispersion_sees_clusters_and_is_not_below_independent_units() -> None:
    draws = np.random.default_rng(3)
    mean, sold = np.full(4_000, 4.0), np.full(4_000, 40.0)
    unit = np.repeat(np.arange(400), 10)
    alone = baseline.dispersion(draws.binomial(40, 0.1, 4_000), mean, sold, unit, 0.0)
    assert alone.factor == pytest.approx(1.0, abs=0.1)
    paired = baseline.dispersion(2.0 * draws.binomial(20, 0.1, 4_000), mean, sold, unit, 0.0)
    assert paired.factor == pytest.approx(2.0, abs=0.3)


def test_one_units_recall_does_not_make_all_units_restless() -> None:
    """Nor does a recall of the best seller; what many units show is believed."""
    draws = np.random.default_rng(6)
    units, blocks = 300, 12
    unit = np.repeat(np.arange(units), blocks)
    mean = np.where(unit == 0, 10.0, draws.gamma(1.0, 1.0, units)[unit] + 0.05)
    sold = 10 * mean
    quiet = draws.poisson(mean).astype(float)
    recalled = np.where((unit == 0) & (np.arange(unit.size) % blocks >= 8), 6 * quiet, quiet)
    assert baseline.dispersion(recalled, mean, sold, unit, 0.0).extra == 0
    assert baseline.dispersion(recalled, mean, sold, unit, 0.0).factor < 2.5
    many = np.where(unit == 0, 1.0, mean)
    restless = draws.poisson(many * draws.gamma(2.0, 0.5, unit.size)).astype(float)
    assert baseline.dispersion(restless, many, sold, unit, 0.0).extra == pytest.approx(0.5, abs=0.25)


def test_the_prior_follows_how_much_units_differ() -> None:
    draws = np.random.default_rng(4)
    expected = np.full(3_000, 10.0)
    group = np.repeat([0, 1], 1_500)
    theta = np.where(group == 0, 1.0, draws.gamma(3.3, 1 / 3.3, 3_000))
    shapes = baseline.shape_by_group(draws.poisson(expected * theta).astype(float), expected, group, 2)
    assert shapes[0] >= 50
    assert 2.2 <= shapes[1] <= 5
