"""ClickPost's report and webhooks: grammar, versions, agreement with orders, returns and truth."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from pipelines.simulate.clickpost_csv import REPORT_COLUMNS, shuffled_columns

REPORT = "clickpost_report"
SAMPLE = Path(__file__).parents[5] / "shared/data/formats/clickpost_dashboard_report_HEADER_plus_SYNTHETIC.csv"
TIMES = [name for name in REPORT_COLUMNS if "Attempt" in name and "Attempts" not in name] + [
    "Created at", "Pickup Date", "Latest Timestamp", "Delivery Date", "Updated at", "RTO Mark Date",
    "RTO Delivery Date", "RTO Intransit Timestamp", "Destination Hub In Scan Time", "TimeStamp Of Last Failed Delivery",
]  # fmt: skip


@pytest.fixture(params=["fashion", "home"])
def shop(request):
    return request.param


@pytest.fixture
def reports(world, shop):
    return world.tables(shop, REPORT)


def latest(reports):
    """The newest row of each AWB over both reports."""
    found = {}
    for row in [row for report in reports for row in report]:
        if row["AWB"] not in found or row["Latest Timestamp"] >= found[row["AWB"]]["Latest Timestamp"]:
            found[row["AWB"]] = row
    return found


def is_reverse(row) -> bool:
    return row["Courier Partner"].endswith(" Reverse")


def test_the_header_is_the_real_one_in_an_order_of_the_seed(world, shop):
    header = next(csv.reader(world.paths(shop, REPORT)[0].read_text(encoding="utf-8").splitlines()))
    assert sorted(header) == sorted(REPORT_COLUMNS)
    assert len(set(header)) == 113
    assert shuffled_columns(shop, 1) != shuffled_columns(shop, 2)
    if SAMPLE.exists():
        assert sorted(header) == sorted(next(csv.reader(SAMPLE.read_text(encoding="utf-8").splitlines())))


def test_awbs_are_long_numbers_once_a_report(reports):
    for report in reports:
        numbers = [row["AWB"] for row in report]
        assert len(set(numbers)) == len(numbers)
        assert all(number.isdigit() and len(number) >= 13 and number.startswith("0") for number in numbers)


def test_times_are_indian_and_never_after_the_report(world, shop, reports):
    ahead = dt.timedelta(hours=9, minutes=30) if shop == "fashion" else dt.timedelta(hours=-2, minutes=-30)
    for path, report in zip(world.paths(shop, REPORT), reports, strict=True):
        end = dt.datetime.fromisoformat(path.stem[-10:]) + ahead + dt.timedelta(hours=1)
        for row in report:
            told = [dt.datetime.strptime(row[name], "%Y-%m-%d %H:%M:%S") for name in TIMES if row[name]]
            assert max(told) < end
            assert row["Updated at"] >= row["Latest Timestamp"]


def test_many_parcels_are_told_of_twice_and_have_moved_on(reports):
    first, second = ({row["AWB"]: row for row in report} for report in reports)
    both = first.keys() & second.keys()
    assert len(both) > 100
    moved = [key for key in both if first[key]["Clickpost Unified Status"] != second[key]["Clickpost Unified Status"]]
    assert moved
    assert second.keys() - first.keys()
    assert all(first[key]["Latest Timestamp"] <= second[key]["Latest Timestamp"] for key in both)


def test_every_shipped_parcel_is_a_forward_row_with_the_same_units(world, shop, reports):
    (shipments,) = world.tables(shop, "bigcommerce_shipments")
    known = {record.fields["Order ID"] for record in world.orders[shop]}
    forward = {key: row for key, row in latest(reports).items() if not is_reverse(row)}
    told = {row["TRACKING NO"]: row for row in shipments if row["ORDER ID"] in known and row["TRACKING NO"]}
    assert told.keys() <= forward.keys()
    units = Counter()
    for row in forward.values():
        units[row["Order ID"]] += int(row["Items Quantity"])
    sent = {record.fields["Order ID"]: int(record.fields["Total Shipped"]) for record in world.orders[shop]}
    assert all(units[key] == sent[key] for key in units)


def test_cash_is_due_at_the_door_only_where_the_order_says_so(world, shop, reports):
    word = {"fashion": "COD", "home": "貨到付款"}[shop]
    payment = {record.fields["Order ID"]: record.fields["Payment Method"] for record in world.orders[shop]}
    for row in latest(reports).values():
        is_due = not is_reverse(row) and payment[row["Order ID"]] == word
        assert (float(row["COD Value"]) > 0) == is_due
        assert row["Payment Mode"] == ("COD" if is_due else "PREPAID")


def test_undelivered_parcels_go_back_and_cash_ones_more_often(world):
    rows = [row for row in latest(world.tables("home", REPORT)).values() if not is_reverse(row)]
    back = [row for row in rows if row["RTO Mark Date"]]
    assert back
    for row in back:
        assert row["RTO AWB"] and row["Reason For Last Failed Delivery"] and not row["Delivery Date"]
        assert row["Clickpost Unified Status"].startswith("RTO")

    def share(mode):
        mine = [row for row in rows if row["Payment Mode"] == mode]
        return sum(bool(row["RTO Mark Date"]) for row in mine) / len(mine)

    assert share("COD") > 4 * share("PREPAID")


def test_every_reverse_parcel_belongs_to_a_return(world, shop, reports):
    returns = {row["return_id"]: row for row in world.returns[shop]}
    by_order = defaultdict(list)
    for row in returns.values():
        by_order[row["order_id"]].append(row)
    reverse = {key: row for key, row in latest(reports).items() if is_reverse(row)}
    for row in reverse.values():
        request = returns[row["Reference Number"].removeprefix("RVP-")]
        assert request["order_id"] == row["Order ID"]
        assert request["reason"] == row["RVP Reason"].strip()
        assert row["RVP Reason"].endswith(" ")
        assert row["QC Type"] and not row["RTO Mark Date"]
        if row["RVP Reason SKU Wise"]:
            told = dict(part.split(": ", 1) for part in row["RVP Reason SKU Wise"].split(", "))
            skus = {other["sku"].strip(): other["reason"] for other in by_order[row["Order ID"]]}
            assert told.keys() <= skus.keys()
    named = {row["awb"] for row in returns.values() if row["awb"]}
    assert named <= reverse.keys()


def test_received_returns_came_with_a_parcel_that_arrived(world, shop, reports):
    arrived = {key for key, row in latest(reports).items() if row["Clickpost Unified Status"] == "Delivered"}
    received = [row for row in world.returns[shop] if row["date_received"] and row["awb"]]
    unscanned = [row for row in received if row["awb"] not in arrived]
    assert len(unscanned) < 0.03 * len(received)


def test_some_deliveries_were_never_scanned(world, shop, reports):
    rows = latest(reports)
    forward = [row for row in world.parcels_truth if row["merchant_id"] == shop and row["direction"] == "forward"]
    missing = [row for row in forward if row["delivered_at"] and not rows[row["awb"]]["Delivery Date"]]
    assert 0.005 < len(missing) / len(forward) < 0.03
    assert all(row["is_scanned"] == "false" for row in missing)


def test_failed_tries_have_reasons_of_their_own_list(reports):
    rows = latest(reports).values()
    forward = {row["Reason For Last Failed Delivery"] for row in rows if not is_reverse(row)} - {""}
    reverse = {row["Reason For Last Failed Delivery"] for row in rows if is_reverse(row)} - {""}
    assert "Customer Unavailable" in forward and "Customer not available" in reverse
    assert not forward & reverse


def test_webhooks_parse_and_belong_to_known_parcels(world, shop, reports):
    (path,) = world.paths(shop, "clickpost_events")
    messages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    known = latest(reports)
    for message in messages:
        if message["clickpost_status_code"] in (101, 102):
            assert (message["waybill"], message["cp_id"], message["clickpost_status_bucket"]) == ("", -1, 8)
            assert message["additional"]["item_info"] and message["additional"]["is_rvp"]
        else:
            row = known[message["waybill"]]
            assert message["additional"]["is_rvp"] == is_reverse(row)
            assert message["additional"]["order_id"] == row["Order ID"]
    assert {message["clickpost_status_code"] for message in messages} >= {1, 3, 4, 5, 6, 8, 9, 25, 101, 102, 1004}
    failed = [message for message in messages if message["clickpost_status_code"] == 9]
    assert all("ndr_status_code" in message["additional"] for message in failed)
    assert all(
        "npr_status_code" in message["additional"] for message in messages if message["clickpost_status_code"] == 3
    )


def test_webhooks_come_out_of_order_and_some_twice(world, shop):
    (path,) = world.paths(shop, "clickpost_events")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(set(lines)) < len(lines)
    stamps = [json.loads(line)["timestamp"] for line in lines if '"waybill":""' not in line]
    assert all(stamp.endswith("Z") for stamp in stamps)
    assert stamps != sorted(stamps)
