"""What comes after a return, when returns come, and other systems' numbers: what is read, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from pipelines.reports import background_sentences, outcome_sentences
from pipelines.reports.background import Background, Curve, read_background
from pipelines.reports.language import Language
from pipelines.reports.outcome_payload import AfterReturn
from pipelines.reports.payload import Payload

PayloadOf = Callable[[str], Payload]
ENGLISH = Language("en")


@pytest.fixture(scope="module")
def background(snapshot: Any) -> Background:
    """What the pages read of a merchant that has all of it."""
    return read_background(snapshot, "parcels")


def after(payload: Payload) -> AfterReturn:
    """What comes after a return, which is there."""
    assert payload.after_return is not None
    return payload.after_return


def changed(payload: Payload, **changes: Any) -> Payload:
    """A payload of which something after the return is otherwise."""
    return payload.model_copy(update={"after_return": after(payload).model_copy(update=changes)})


def test_outcomes_are_of_whole_months_in_a_fixed_order(payload_of: PayloadOf) -> None:
    found = after(payload_of("parcels"))
    assert [month[0].month.month for month in outcome_sentences.months(found)] == [10, 9, 8]
    names = [name for name, *_ in outcome_sentences.totals(found)]
    assert names == ["refund", "store_credit", "exchange", "rejected", "undecided"]
    assert sum(share for _, share in outcome_sentences.shares(outcome_sentences.months(found)[0])) == pytest.approx(1)


def test_a_month_with_much_undecided_is_called_open(payload_of: PayloadOf) -> None:
    months = outcome_sentences.months(after(payload_of("parcels")))
    assert [outcome_sentences.is_young(month) for month in months] == [True, False, False]


def test_what_stayed_is_a_share_of_settled_goods_and_names_what_it_leaves_out(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    said = outcome_sentences.retained(payload, ENGLISH).replace("\u00a0", " ")
    assert said.startswith("Of goods worth USD 7,844 settled, USD 2,174 (27.7%) stayed with you")
    assert "42 of 249 settled units (16.9%) were exchanged" in said
    assert outcome_sentences.without_amount(payload, ENGLISH).startswith("6 settled lines")
    assert "cannot be said" in outcome_sentences.retained(changed(payload, retained=()), ENGLISH)


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [
        (-0.13, -0.02, "buy again less often"),
        (0.02, 0.13, "buy again more often"),
        (-0.02, 0.03, "No clear difference"),
    ],
)
def test_buying_again_is_said_as_its_interval_allows(
    lower: float, upper: float, said: str, payload_of: PayloadOf
) -> None:
    payload = payload_of("parcels")
    known = after(payload).repurchases[0].model_copy(update={"lower": lower, "upper": upper})
    assert said in outcome_sentences.repurchase(changed(payload, repurchases=(known,)), ENGLISH)


def test_few_customers_are_told_by_no_number(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    few = after(payload).repurchases[1].model_copy(update={"outcome": "all"})
    assert "Not enough evidence" in outcome_sentences.repurchase(changed(payload, repurchases=(few,)), ENGLISH)
    assert "no customers are known" in outcome_sentences.repurchase(changed(payload, repurchases=()), ENGLISH)
    row = outcome_sentences.repurchase_row(few, ENGLISH)
    assert not any(sign.isdigit() for sign in "".join(row))


def test_seldom_reasons_of_cancellations_are_counted_and_not_quoted(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    assert "my own" not in payload.to_json()
    rows = [outcome_sentences.cancellation_row(item, payload, ENGLISH)[:3] for item in after(payload).cancellations]
    assert rows == [
        ["Customer", "ordered by mistake", "12"],
        ["Not told by whom", "not told", "7"],
        ["Customer", "seldom ones together", "1"],
    ]


def test_a_share_of_cancelled_orders_needs_the_orders_of_every_month(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    assert "%" not in outcome_sentences.cancelled(payload, ENGLISH)
    assert "(2.0%)" in outcome_sentences.cancelled(changed(payload, placed_order_count=1000), ENGLISH)
    assert "No order of these months" in outcome_sentences.cancelled(changed(payload, cancellations=()), ENGLISH)


def test_ends_of_a_curves_band_rise_with_age(background: Background) -> None:
    for curve in background.curves:
        for earlier, later in pairwise(curve.points):
            assert (earlier.lower or 0) <= (later.lower or 0)
            assert (earlier.upper or 0) <= (later.upper or 0)
        assert all((point.lower or 0) <= point.share <= (point.upper or 0) for point in curve.points)


def test_a_curve_tells_when_half_and_most_are_in_and_how_much_it_rests_on(background: Background) -> None:
    (whole,) = background_sentences.wholes(background.curves)
    assert (whole.half_days, whole.most_days, whole.returned_quantity) == (17, 36, 552)
    assert len(background_sentences.classes(background.curves, "30 days")) == 2
    names = [curve.category for curve in background_sentences.categories(background.curves, "30 days", 1)]
    assert names == ["Dresses"]


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("30 days", "Return window of 30 days"),
        ("14 days from order", "Return window of 14 days from the order"),
        ("14 days from shipping", "Return window of 14 days from dispatch"),
        ("unknown", "Return window not known"),
        ("*", "All return windows"),
    ],
)
def test_a_window_has_its_words(window: str, said: str, background: Background) -> None:
    curve = background.curves[0].model_copy(update={"window_class": window})
    assert background_sentences.window(curve, ENGLISH) == said


def test_all_windows_together_are_shown_only_beside_several(background: Background) -> None:
    def whole(window: str) -> Curve:
        return background.curves[0].model_copy(update={"window_class": window, "category": "*", "reason_class": "all"})

    names = [
        [curve.window_class for curve in background_sentences.wholes(tuple(map(whole, windows)))]
        for windows in (("*", "30 days"), ("*", "14 days", "30 days"), ("*",))
    ]
    assert names == [["30 days"], ["*", "14 days", "30 days"], ["*"]]


def test_steps_lead_from_our_number_to_theirs(background: Background) -> None:
    for own, others in background_sentences.by_month(background.store_rates):
        assert own is not None
        for other in others:
            for side, ours, theirs in (
                ("numerator", own.numerator_quantity, other.numerator_quantity),
                ("denominator", own.denominator_quantity, other.denominator_quantity),
            ):
                assert ours + sum(step.quantity for step in other.steps if step.side == side) == theirs
    assert (
        background_sentences.explained(background.store_rates, ENGLISH) == "All differences are explained to the unit."
    )


def test_what_no_step_explains_is_said(background: Background) -> None:
    wrong = background.store_rates[0].model_copy(update={"unexplained": 3})
    assert background_sentences.explained((wrong,), ENGLISH).startswith("3 units are not explained")
