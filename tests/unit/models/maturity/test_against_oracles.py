"""Where the house does what the survival and reserving libraries do, it agrees with them."""

import chainladder
import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

from models.maturity.reverse_hazard import Hazards, LagCounts, count_lags, developed_share

HORIZON = 40


def _returns(seed: int, count: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    age = random.integers(0, 120, count)
    lag = np.clip(np.rint(random.gamma(4.0, 4.0, count)), 0, HORIZON).astype(np.int64)
    return age[lag <= age], lag[lag <= age]


def _counted(age: np.ndarray, lag: np.ndarray, half_life_days: float = np.inf) -> LagCounts:
    nothing = np.zeros_like(age)
    return count_lags(nothing, -age, lag, age, np.ones(len(age)), shape=(1, HORIZON + 1), half_life_days=half_life_days)


def _share(counts: LagCounts) -> np.ndarray:
    raw = np.divide(counts.on_day, counts.up_to_day, out=np.zeros_like(counts.on_day), where=counts.up_to_day > 0)
    hazards = Hazards(np.clip(raw, 0, 1 - 1e-12), np.zeros_like(raw), np.ones_like(raw), 0.0)
    return developed_share(hazards, np.array([HORIZON]))[0][0]


def test_the_share_is_kaplan_meier_in_reversed_time() -> None:
    age, lag = _returns(2)
    reversed_time, entry = HORIZON - lag, HORIZON - np.minimum(age, HORIZON)
    oracle = KaplanMeierFitter().fit(reversed_time + 0.5, entry=entry, timeline=np.arange(HORIZON + 2))
    expected = [float(oracle.predict(HORIZON - day)) for day in range(HORIZON)]
    # Alive after reversed time H - a - 0.5 means a lag of a or less.
    np.testing.assert_allclose(_share(_counted(age, lag))[:HORIZON], expected, atol=1e-9)


def test_the_share_of_whole_weeks_is_the_chain_ladders() -> None:
    random = np.random.default_rng(3)
    weeks, columns = 12, 6
    triangle = random.poisson(400.0 * np.array([0.1, 0.35, 0.3, 0.15, 0.07, 0.03]), (weeks, columns))
    rows = [
        {"origin": pd.Timestamp("2020-01-01") + pd.DateOffset(months=w), "week": w, "lag": j, "count": triangle[w, j]}
        for w in range(weeks)
        for j in range(columns)
        if w + j < weeks
    ]
    table = pd.DataFrame(rows)
    table["valuation"] = [o + pd.DateOffset(months=int(j)) for o, j in zip(table["origin"], table["lag"], strict=True)]
    oracle = chainladder.Triangle(table, origin="origin", development="valuation", columns="count", cumulative=False)
    factors = chainladder.Development(average="volume").fit(oracle.incr_to_cum()).ldf_.to_frame().to_numpy().ravel()
    factors = factors[: columns - 1]
    week, lag = table["week"].to_numpy(), table["lag"].to_numpy()
    age = weeks - 1 - week
    counts = count_lags(
        np.zeros_like(week), -age, lag, age, table["count"].to_numpy().astype(float), shape=(1, columns),
        half_life_days=np.inf,
    )  # fmt: skip
    np.testing.assert_allclose(counts.up_to_day[0, 1:] / (counts.up_to_day - counts.on_day)[0, 1:], factors, rtol=1e-9)
