"""What is read of a snapshot: the right week, what can be said, clear refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from made_up_shops import shop
from made_up_snapshot import publish

from pipelines.errors import UsageProblem
from pipelines.reports.payload import Payload, Rate
from pipelines.reports.reading import (
    headline_of,
    merchants,
    read_payload,
)
from pipelines.reports.selects import REASON_ORDER, WEEKS_SHOWN
from pipelines.snapshot import NoSnapshot, open_snapshot

PayloadOf = Callable[[str], Payload]


def rate(lower: float | None, upper: float | None, *, exposure: float = 500.0, is_young: bool = False) -> Rate:
    """A rate of which only the interval, the exposure and the age matter."""
    return Rate(
        start_date=date(2026, 10, 19),
        end_date=date(2026, 11, 15),
        shipped_quantity=1000,
        exposure_quantity=exposure,
        returned_quantity=70,
        observed_rate=0.07,
        rate=None if lower is None or upper is None else (lower + upper) / 2,
        lower=lower,
        upper=upper,
        developed_share=0.5,
        is_young=is_young,
    )


def test_the_newest_whole_week_is_chosen(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    assert payload.week == "2026-W46"
    assert payload.week_end_date == date(2026, 11, 15)
    assert payload.weeks[-1].start_date == payload.week_start_date
    assert len(payload.weeks) == WEEKS_SHOWN


def test_the_periods_are_those_of_the_mart(snapshot: Any, payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    rows = snapshot.query(
        "select period, projected_return_rate, projected_lower_90, projected_lower_80 from marts.return_rate_overall"
        " where merchant_id = 'fashion'"
    ).rows_by_key("period", named=True, unique=True)
    for period, read in (("last_4_weeks", payload.recent), ("previous_4_weeks", payload.before)):
        assert read is not None
        row = rows[period]
        assert (read.rate, read.lower) == (row["projected_return_rate"], row["projected_lower_90"])
        assert read.lower_80 == row["projected_lower_80"]


def test_every_class_of_reason_is_there_and_shares_add_up(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    assert tuple(item.reason_class for item in payload.reasons) == REASON_ORDER
    assert sum(item.share or 0 for item in payload.reasons) == pytest.approx(1)


@pytest.mark.parametrize(
    ("merchant_id", "headline", "comparison"),
    [
        ("fashion", "rate", "same"),
        ("worse", "rate", "worse"),
        ("better", "rate", "better"),
        ("start", "rate", "incomparable"),
        ("new", "too_young", "incomparable"),
        ("few", "too_little", "incomparable"),
        ("silent", "no_returns", "incomparable"),
    ],
)
def test_only_what_the_data_allow_is_said(
    merchant_id: str, headline: str, comparison: str, payload_of: PayloadOf
) -> None:
    payload = payload_of(merchant_id)
    assert (payload.headline, payload.comparison) == (headline, comparison)


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        (None, "too_little"),
        (rate(None, None), "too_little"),
        (rate(0.1, 0.2, exposure=29.9), "too_little"),
        (rate(0.1, 0.2, exposure=30.0), "rate"),
        (rate(0.1, 0.2, is_young=True), "too_young"),
    ],
)
def test_headline(recent: Rate | None, expected: str) -> None:
    assert headline_of(recent) == expected


def test_without_returns_nothing_is_said_of_returns(payload_of: PayloadOf) -> None:
    payload = payload_of("silent")
    assert (payload.recent, payload.weeks, payload.reasons, payload.changes) == (None, (), (), ())
    assert (payload.risk, payload.warnings) == (None, None)
    assert payload.refunds
    assert {fact.fact_id for fact in payload.trust.facts}.isdisjoint({"orphans", "unmapped", "unclear", "behind"})


def test_a_held_merchant_is_red_and_says_why(payload_of: PayloadOf) -> None:
    payload = payload_of("held")
    assert payload.held is not None
    assert payload.held.since == "2026-11-20T03:00:00Z"
    assert payload.trust.level == "red"
    assert payload_of("fashion").held is None


def test_reasons_have_their_rate_over_the_weeks_together(payload_of: PayloadOf) -> None:
    for item in payload_of("fashion").reasons:
        assert item.lower is not None
        assert item.upper is not None
        assert item.lower <= (item.rate or 0) <= item.upper


def test_a_mark_that_turns_the_reading_direction_is_taken_out(payload_of: PayloadOf) -> None:
    risk = payload_of("hostile").risk
    assert risk is not None
    names = [item.unit_name for item in (*risk.faulty, *risk.costly)]
    assert "turned round" in names


def test_a_code_used_once_could_be_a_persons_text_and_is_not_printed(tmp_path: Any) -> None:
    tables = shop("one")
    tables["marts.unmapped_reasons"][0]["return_line_count"] = 2
    with open_snapshot(publish(tmp_path, tables)) as opened:
        assert read_payload(opened, "one").trust.unmapped_reasons == ()


def test_an_unknown_merchant_is_refused_with_those_that_are_known(snapshot: Any) -> None:
    with pytest.raises(UsageProblem, match=r"did you mean fashion\?"):
        read_payload(snapshot, "fashio")
    assert "home" in {merchant.merchant_id for merchant in merchants(snapshot)}


def test_a_merchant_held_from_its_first_file_on_is_told_why(tmp_path: Any) -> None:
    held = {"first": {"since": "2026-11-20T03:00:00Z", "reason": "order_id_missing"}}
    with (
        open_snapshot(publish(tmp_path, shop("other"), held=held)) as opened,
        pytest.raises(UsageProblem, match="order_id_missing"),
    ):
        read_payload(opened, "first")


@pytest.mark.parametrize("week", ["2026-W47", "2026-W45", "2019-W01"])
def test_a_week_that_is_not_published_is_refused_with_the_one_that_is(week: str, snapshot: Any) -> None:
    with pytest.raises(UsageProblem, match="ask for 2026-W46"):
        read_payload(snapshot, "fashion", week)


@pytest.mark.parametrize("week", ["W46", "2026-46", "2026-W60", "2025-W53", "last", "2026-W46\n"])
def test_a_week_of_another_form_is_refused(week: str, snapshot: Any) -> None:
    with pytest.raises(UsageProblem, match="write it like 2026-W46"):
        read_payload(snapshot, "fashion", week)


def test_a_merchant_without_orders_is_told_to_load_some(tmp_path: Any) -> None:
    tables = shop("none")
    nothing = {"core.merchants": tables["core.merchants"], "marts.trust_box": tables["marts.trust_box"]}
    with (
        open_snapshot(publish(tmp_path, nothing)) as opened,
        pytest.raises(UsageProblem, match="keeprate ingest"),
    ):
        read_payload(opened, "none")


def test_no_snapshot_is_its_own_error(tmp_path: Any) -> None:
    from pipelines.reports.write import write_report

    with pytest.raises(NoSnapshot, match="keeprate build"):
        write_report(tmp_path, "fashion")


def test_a_payload_is_json_and_comes_back_the_same(payload_of: PayloadOf) -> None:
    payload = payload_of("hostile")
    text = payload.to_json()
    assert Payload.from_json(text) == payload
    assert Payload.from_json(text).to_json() == text


def test_weeks_of_one_payload_are_a_week_apart(payload_of: PayloadOf) -> None:
    starts = [week.start_date for week in payload_of("fashion").weeks]
    assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(weeks=1)}
