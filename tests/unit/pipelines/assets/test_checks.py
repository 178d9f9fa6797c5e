"""Checks as Dagster shows them."""

from __future__ import annotations

from dataclasses import replace

import dagster as dg
import pytest

from pipelines.assets.checks import COLUMNS, asset_check_results, asset_check_specs, asset_checks
from pipelines.contracts import contract
from pipelines.core_tables import core_table
from pipelines.ledger import FILES
from pipelines.quality.suites import expectations_of
from pipelines.quality_verdict import CheckVerdict
from pipelines.tables import SchemaMismatch

ORDERS = core_table(contract("orders"))
PASSED = CheckVerdict(
    "core.orders", "north", "unique_order_id", True, "error", 0, 1200, (), "Each order_id stands once."
)
FAILED = replace(PASSED, merchant_id="south", passed=False, failing_count=2, failing_keys=("7", "8"))
LISTED = replace(FAILED, check="range_total_quantity", severity="warn")


def results(*verdicts: CheckVerdict) -> dict[str | None, dg.AssetCheckResult]:
    return {result.check_name: result for result in asset_check_results([ORDERS], verdicts)}


def test_each_expectation_is_shown_by_one_check_and_none_blocks() -> None:
    specs = asset_check_specs(ORDERS)
    shown = [expectation for expectations in asset_checks(ORDERS).values() for expectation in expectations]
    assert sorted(one.name for one in shown) == sorted(one.name for one in expectations_of(ORDERS))
    assert [spec.name for spec in specs] == list(asset_checks(ORDERS))
    assert {"unique_order_id", "shipped_not_before_placed"} <= {spec.name for spec in specs}
    assert {spec.asset_key for spec in specs} == {dg.AssetKey(["core", "orders"])}
    assert not any(spec.blocking for spec in specs)


def test_the_recount_of_records_is_a_check_of_the_ledger_of_files() -> None:
    assert "records_in_are_loaded_or_quarantined" in {spec.name for spec in asset_check_specs(FILES)}


def test_there_is_a_result_for_every_spec() -> None:
    assert set(results(PASSED)) == {spec.name for spec in asset_check_specs(ORDERS)}


def test_one_merchants_failure_fails_the_check_and_tells_counts_and_keys_of_each() -> None:
    found = results(PASSED, FAILED)["unique_order_id"]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert found.metadata["failing_rows"].value == 2
    assert found.metadata["checked_rows"].value == 2400
    assert found.metadata["failing_rows_by_merchant"].value == {"north": 0, "south": 2}
    assert found.metadata["failing_keys_by_merchant"].value == {"south": ["7", "8"]}


def test_what_is_only_listed_warns() -> None:
    found = results(LISTED)[COLUMNS]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.metadata["failed_expectations"].value == ["range_total_quantity"]


def test_a_check_that_raised_says_so() -> None:
    found = results(replace(FAILED, failing_count=0, failing_keys=(), raised="Binder Error"))["unique_order_id"]
    assert not found.passed
    assert found.metadata["could_not_run"].value == {"south": "Binder Error"}
    assert "could not be run" in (found.description or "")


def test_without_a_batch_the_result_says_that_nothing_waited() -> None:
    assert results()["unique_order_id"].description == "Nothing waited to be checked."


def test_only_selected_checks_have_results() -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["core", "orders"]), "unique_order_id")
    found = list(asset_check_results([ORDERS, core_table(contract("refunds"))], [PASSED], {key}))
    assert [result.check_name for result in found] == ["unique_order_id"]


def test_other_columns_than_declared_stop_everybody() -> None:
    broken = replace(FAILED, check="columns_and_types", failing_keys=("declared a, found b",))
    with pytest.raises(SchemaMismatch, match=r"core\.orders: .*declared a, found b"):
        results(PASSED, broken)


def test_dagster_accepts_specs_and_results_of_a_run() -> None:
    @dg.multi_asset(specs=[dg.AssetSpec(["core", "orders"])], check_specs=asset_check_specs(ORDERS))
    def merge():
        yield dg.MaterializeResult(["core", "orders"])
        yield from asset_check_results([ORDERS], [PASSED, FAILED, LISTED])

    done = dg.materialize([merge], instance=dg.DagsterInstance.ephemeral(), raise_on_error=False)
    assert done.success
    failed = {event.check_name for event in done.get_asset_check_evaluations() if not event.passed}
    assert failed == {"unique_order_id", COLUMNS}
