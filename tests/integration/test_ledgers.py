"""The three ledgers of the demo, beside the truth of the simulator: they reconcile to zero and say what happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipelines.simulate.shops import SHOPS
from pipelines.snapshot import Snapshot, open_snapshot

LEDGERS = {"returns", "refunds", "rto", "refunds_of_returns"}


@pytest.fixture(scope="module")
def snapshot(built_home: Path) -> Iterator[Snapshot]:
    with open_snapshot(built_home) as opened:
        yield opened


def truth(simulated_exports: Path, name: str) -> pl.DataFrame:
    """A file of the truth, all columns as text."""
    return pl.read_csv(simulated_exports / "truth" / name, infer_schema=False)


def share(kinds: pl.Series, wanted: list[str]) -> float:
    """Share of the kinds that are among the wanted ones."""
    return sum(kind in wanted for kind in kinds) / max(len(kinds), 1)


def test_every_ledger_reconciles_to_zero(snapshot: Snapshot) -> None:
    found = snapshot.query(
        "select merchant_id, ledger, source_count, count_difference, quantity_difference, amount_difference"
        " from marts.ledger_reconciliation"
    )
    assert set(found["ledger"]) == LEDGERS
    assert len(found) == len(LEDGERS) * len(SHOPS)
    for name in ("count_difference", "quantity_difference", "amount_difference"):
        assert set(found[name]) == {0}, name
    assert found["source_count"].sum() > 0


def test_the_rto_ledger_holds_the_parcels_that_came_back_and_no_other(
    snapshot: Snapshot, simulated_exports: Path
) -> None:
    told = truth(simulated_exports, "parcels_truth.csv").filter(pl.col("true_outcome") == "returned_to_origin")
    found = snapshot.query("select merchant_id, awb from core.rto_matches")
    assert set(found.rows()) == set(told.select("merchant_id", "awb").rows())


@pytest.mark.parametrize("shop", [shop.merchant_id for shop in SHOPS])
def test_returns_that_were_paid_are_found_paid(snapshot: Snapshot, simulated_exports: Path, shop: str) -> None:
    kinds = snapshot.query("select return_line_id, kind from core.return_matches where merchant_id = ?", [shop])
    told = truth(simulated_exports, f"{shop}_returns.csv").select(
        return_line_id=pl.col("return_id"), is_paid=pl.col("refund_hundredths").cast(pl.Int64) > 0
    )
    joined = told.join(kinds, on="return_line_id", how="inner", validate="1:1")
    assert len(joined) == len(told)
    # The shop's own slips, refunded at zero or paid by certificate, stand in no export: nobody can find them.
    booked = snapshot.query(
        "select return_line_id from core.return_claims as claims where merchant_id = ? and order_id in"
        " (select order_id from core.refunds where merchant_id = claims.merchant_id and refund_amount > 0)",
        [shop],
    )
    paid = joined.filter("is_paid").with_columns(
        is_booked=pl.col("return_line_id").is_in(booked["return_line_id"].to_list())
    )
    assert share(paid.filter("is_booked")["kind"], ["refunded", "order_level_not_attributable"]) > 0.9
    assert set(paid.filter(~pl.col("is_booked"))["kind"]) <= {"return_without_refund", "gift_certificate"}
    assert share(paid["is_booked"].cast(pl.String), ["true"]) > 0.8
    unpaid = joined.filter(~pl.col("is_paid"))["kind"]
    assert share(unpaid, ["refunded", "order_level_not_attributable"]) < 0.05


def test_a_contradiction_names_a_known_kind_and_its_meaning(snapshot: Snapshot) -> None:
    found = snapshot.query("select kind, meaning, finding from marts.contradictions")
    assert found.null_count().sum_horizontal().item() == 0
