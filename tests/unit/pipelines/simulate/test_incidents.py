"""Planted incidents: present in half of the seeds, moderate, and visible in files and truth."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pytest

from pipelines.simulate.incidents import INCIDENT_KINDS, draw_incidents
from pipelines.simulate.planted import KINDS, draw_problems

UNTIL = dt.date(2026, 11, 1)


def kinds_of(seed: int) -> set[str]:
    return {draw.kind for draw in draw_incidents(seed)} | {draw.kind for draw in draw_problems(seed)}


@pytest.mark.parametrize("kind", [*KINDS, *INCIDENT_KINDS])
def test_each_kind_is_absent_in_about_half_of_the_seeds(kind):
    assert 5 <= sum(kind in kinds_of(seed) for seed in range(20)) <= 15
    assert 0.42 <= np.mean([kind in kinds_of(seed) for seed in range(400)]) <= 0.58


def test_kinds_come_and_go_independently():
    present = np.array([[kind in kinds_of(seed) for kind in INCIDENT_KINDS] for seed in range(400)])
    correlation = np.corrcoef(present.T)
    assert np.abs(correlation[np.triu_indices(len(INCIDENT_KINDS), 1)]).max() < 0.2


def planted(worlds, kind):
    found = [(world, entry) for world in worlds.values() for entry in world.planted if entry["kind"] == kind]
    assert found, f"no world has {kind}"
    return found


def returns_of(world, entry):
    rows = world.returns_truth[entry["merchant_id"]]
    return [row for row in rows if row["planted_id"] == entry["planted_id"]]


def parcels_of(world, entry):
    return [row for row in world.parcels_truth if row["planted_id"] == entry["planted_id"]]


def test_what_is_planted_is_what_the_seed_drew(troubled_worlds):
    for seed, world in troubled_worlds.items():
        assert {entry["kind"] for entry in world.planted} == kinds_of(seed)
        assert world.summary.planted_count == len(world.planted)
        for entry in world.planted:
            assert 0 <= entry["units_hit"] <= entry["units_exposed"]
            assert entry["counted"]
        told = {row["planted_id"] for row in world.parcels_truth} - {""}
        told |= {row["planted_id"] for rows in world.returns_truth.values() for row in rows} - {""}
        assert told <= {entry["planted_id"] for entry in world.planted}


def test_rates_stay_plausible(troubled_worlds):
    for world in troubled_worlds.values():
        shipped = sum(shop["shipped_unit_count"] for shop in world.truth.values())
        back = sum(shop["returned_unit_count"] for shop in world.truth.values())
        assert 0.08 <= back / shipped <= 0.20


def test_a_carrier_damages_on_one_lane_only(troubled_worlds):
    for world, entry in planted(troubled_worlds, "carrier_damage_lane"):
        parcels = parcels_of(world, entry)
        lane = (entry["carrier"], entry["origin_zone"], entry["destination_zone"])
        assert parcels
        assert {(row["carrier"], row["origin_zone"], row["destination_zone"]) for row in parcels} == {lane}
        assert len(parcels) == entry["parcels_hit"] <= entry["parcels_exposed"]
        rows = returns_of(world, entry)
        assert {(row["true_class"], row["true_sub_reason"]) for row in rows} <= {("delivery", "transit_damage")}
        hit = {row["order_id"] for row in parcels}
        assert {row["order_id"] for row in rows} <= hit


def test_parcels_before_a_holiday_are_late(troubled_worlds):
    for world, entry in planted(troubled_worlds, "holiday_lateness"):
        hit = parcels_of(world, entry)
        others = [
            row
            for row in world.parcels_truth
            if row["merchant_id"] == entry["merchant_id"] and row["direction"] == "forward" and not row["planted_id"]
        ]
        assert np.mean([row["is_late"] == "true" for row in hit]) > 0.5
        assert np.mean([row["is_late"] == "true" for row in others]) < 0.2
        refused = np.mean([row["true_outcome"] == "returned_to_origin" for row in hit])
        assert refused > np.mean([row["true_outcome"] == "returned_to_origin" for row in others])
        assert all(row["true_sub_reason"] == "late" for row in returns_of(world, entry))


def test_a_depot_invents_pickup_attempts(troubled_worlds):
    for world, entry in planted(troubled_worlds, "phantom_pickups"):
        invented = [row for row in world.parcels_truth if int(row["invented_attempt_count"]) > 0]
        assert len(invented) == entry["units_hit"]
        assert all(row["planted_id"] == entry["planted_id"] for row in invented)
        assert {(row["carrier"], row["origin_zone"]) for row in invented} <= {(entry["carrier"], entry["pickup_zone"])}
        reports = world.tables(entry["merchant_id"], "clickpost_report")
        told = {row["AWB"]: row for report in reports for row in report}
        tried = [told[row["awb"]] for row in invented if told[row["awb"]]["Out For Pickup 1st Attempt"]]
        assert len(tried) > 0.8 * len(invented)
        assert all(int(row["Out For Pickup Attempts"]) >= 1 for row in tried)
        # All of them in the same few seconds of an evening.
        assert len({row["Out For Pickup 1st Attempt"][11:16] for row in tried}) <= 6


def test_wrong_items_are_turned_away_at_the_door_again_and_again(troubled_worlds):
    for world, entry in planted(troubled_worlds, "qc_loop"):
        parcels = parcels_of(world, entry)
        assert parcels
        wrong = {row["return_id"]: row for row in world.returns_truth[entry["merchant_id"]]}
        for row in parcels:
            assert any(wrong[key]["true_sub_reason"] == "wrong_item" for key in row["return_ids"].split())
        bookings = Counter(row["return_ids"] for row in parcels)
        assert max(bookings.values()) >= 2
        told = {row["AWB"]: row for report in world.tables(entry["merchant_id"], "clickpost_report") for row in report}
        reasons = Counter(told[row["awb"]]["Reason For Last Failed Delivery"] for row in parcels if row["awb"] in told)
        assert reasons["QC failed"] > 0.4 * reasons.total()


def test_a_policy_change_is_in_the_policy_and_in_the_returns(troubled_worlds):
    for world, entry in planted(troubled_worlds, "policy_change"):
        (path,) = world.paths(entry["merchant_id"], "policy_file")
        text = path.read_text(encoding="utf-8")
        assert text.count("[[versions]]") == 3
        assert f"valid_from = {entry['first_date']}" in text
        if entry["change"] == "payer":
            assert text.count('changed_mind = "customer"') == 1
            continue
        first = dt.date.fromisoformat(entry["first_date"])
        placed = {
            record.fields["Order ID"]: world.date(entry["merchant_id"], record.fields["Order Date"])
            for record in world.orders[entry["merchant_id"]]
        }
        asked = {row["return_id"]: row["date_requested"] for row in world.returns[entry["merchant_id"]]}
        lags = {False: [], True: []}
        for row in world.returns_truth[entry["merchant_id"]]:
            days = dt.datetime.fromisoformat(asked[row["return_id"]]) - dt.datetime.fromisoformat(row["delivered_at"])
            lags[placed[row["order_id"]] >= first].append(days.days)
        assert max(lags[True]) < max(lags[False])


def test_free_labels_bend_the_stated_reason(troubled_worlds):
    for world, entry in planted(troubled_worlds, "label_incentive"):
        rows = returns_of(world, entry)
        assert len(rows) == entry["units_hit"] > 0
        assert {row["true_class"] for row in rows} == {"changed_mind"}
        honest = [
            row
            for row in world.returns_truth[entry["merchant_id"]]
            if row["true_class"] == "changed_mind" and not row["planted_id"]
        ]
        bent, usual = (Counter(row["stated_reason"] for row in group) for group in (rows, honest))
        words = {"Product No Longer Needed", "不再需要", "七天鑑賞期退貨", "Doesn't fit"}
        assert (
            sum(bent[word] for word in words) / bent.total() < 0.6 * sum(usual[word] for word in words) / usual.total()
        )


def test_a_stock_out_delays_and_cancels(troubled_worlds):
    for world, entry in planted(troubled_worlds, "stock_out"):
        shop = entry["merchant_id"]
        rows = [row for row in world.truth_table(f"{shop}_cancellations.csv") if row["planted_id"]]
        assert {row["planted_id"] for row in rows} <= {entry["planted_id"]}
        orders = {record.fields["Order ID"]: record for record in world.orders[shop]}
        restocked = dt.date.fromisoformat(entry["last_date"])
        for row in rows:
            fields = orders[row["order_id"]].fields
            assert any(item["sku"] == entry["sku"] for item in orders[row["order_id"]].items or [])
            if row["status"] == "Cancelled":
                assert row["cancelled_by"] == "merchant"
                assert fields["Order Status"] == "Cancelled" and fields["Date Shipped"] == ""
            elif fields["Date Shipped"]:
                assert world.date(shop, fields["Date Shipped"]) > restocked


def test_a_supplier_switch_shows_on_the_page_and_in_the_returns(troubled_worlds):
    for world, entry in planted(troubled_worlds, "supplier_switch"):
        shop = entry["merchant_id"]
        products = {row["product_id"]: row for row in world.truth_table(f"{shop}_products.csv")}
        row = products[str(entry["product_id"])]
        assert row["supplier"] != row["supplier_after"]
        assert row["revision_date"] == entry["first_order_date"]
        # Other products change their supplier on that day as well, without any harm.
        assert sum(other["supplier"] != other["supplier_after"] for other in products.values()) > 1
        assert {found["true_class"] for found in returns_of(world, entry)} <= {"poor_quality"}
