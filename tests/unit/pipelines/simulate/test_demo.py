"""The seed of the demo plants a defect that can be seen: a batch of a SKU that sells, and comes back far more often."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from pipelines.cli.demo import ORDERS, SEED
from pipelines.simulate import simulate
from pipelines.simulate.planted import draw_problems

LEAST_WEEKLY_UNITS = 10


def test_the_demos_defective_batch_is_large_enough_to_be_flagged(tmp_path: Path) -> None:
    (batch,) = [draw for draw in draw_problems(SEED) if draw.kind == "defective_batch"]
    simulate(tmp_path, orders=ORDERS, seed=SEED, until=date(2026, 11, 24))
    planted = {row["planted_id"]: row for row in json.loads((tmp_path / "truth" / "planted.json").read_text("utf-8"))}
    found = planted[f"{batch.merchant_id}-{batch.kind}"]
    sold, returned = found["sold_unit_count"], found["planted_return_unit_count"]
    assert sold / batch.weeks_before_end >= LEAST_WEEKLY_UNITS
    # The shop's units come back at a rate of about 0.08, so that this more than doubles it.
    assert returned / sold >= 0.12
