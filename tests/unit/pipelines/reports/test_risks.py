"""Changes, products at risk and early warnings: what is read of the marts, and what may be said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from made_up_risks import whole_risks
from made_up_shops import joined, shop
from made_up_snapshot import publish

from pipelines.reports import change_sentences, risk_sentences, warning_sentences
from pipelines.reports.change_payload import RateChange, Verdict
from pipelines.reports.language import Language
from pipelines.reports.payload import Payload
from pipelines.reports.reading import OlderSnapshot, comparison_of, read_payload
from pipelines.reports.render import render_html
from pipelines.reports.risk_payload import Risk
from pipelines.snapshot import open_snapshot

PayloadOf = Callable[[str], Payload]
ENGLISH = Language("en")


def change(verdict: Verdict, lower: float | None = -0.01, upper: float | None = 0.02, **others: Any) -> RateChange:
    """A change of the last four weeks of which only verdict and interval matter."""
    middle = None if lower is None or upper is None else (lower + upper) / 2
    values: dict[str, Any] = {
        "change": "four_weeks",
        "before_start_date": date(2026, 9, 21),
        "before_end_date": date(2026, 10, 18),
        "after_start_date": date(2026, 10, 19),
        "after_end_date": date(2026, 11, 15),
        "before_rate": 0.13,
        "after_rate": 0.08,
        "before_developed": 0.9,
        "after_developed": 0.5,
        "total": -0.05,
        "mix_part": 0.01,
        "rate_part": middle,
        "maturity_part": -0.065,
        "rate_part_lower": lower,
        "rate_part_upper": upper,
        "detectable_change": 0.031,
        "verdict": verdict,
    }
    return RateChange(**values | others)


def risk_of(payload: Payload) -> Risk:
    """The two lists, which are there."""
    assert payload.risk is not None
    return payload.risk


@pytest.mark.parametrize(
    ("found", "said", "direction"),
    [
        (change("real", 0.01, 0.03), "Real: goods of the same kind and age come back more often, by +2.0", "worse"),
        (change("real", -0.03, -0.01), "Real: goods of the same kind and age come back less often, by −2.0", "better"),
        (change("real", -0.01, 0.02), "Noise", "same"),
        (change("real", None, None), "Not enough evidence", "same"),
        (change("noise"), "Noise: the difference may be chance", "same"),
        (change("mix"), "Mix: other goods were sold than before, which moves the rate by +1.0", "same"),
        (change("maturity"), "Age: one of the periods had less time", "same"),
        (change("not_enough_evidence", None, None), "Not enough evidence", "same"),
    ],
)
def test_a_change_is_called_what_its_interval_allows(found: RateChange, said: str, direction: str) -> None:
    assert change_sentences.verdict(found, ENGLISH).startswith(said)
    assert change_sentences.direction(found) == direction


def test_better_or_worse_only_where_the_four_weeks_really_changed() -> None:
    assert comparison_of((change("real", 0.01, 0.03),)) == "worse"
    assert comparison_of((change("mix"),)) == "same"
    assert comparison_of((change("not_enough_evidence", None, None),)) == "incomparable"
    assert comparison_of((change("real", 0.01, 0.03, change="week"),)) == "incomparable"
    assert comparison_of(()) == "incomparable"


def test_counts_of_a_change_have_their_age_beside_them() -> None:
    said = change_sentences.evidence(change("noise"), ENGLISH)
    assert "8.0% (50% of the returns to expect are in), before 13.0% (90% in)" in said
    assert "−5.0 points = mix +1.0, own rate +0.5, age −6.5" in said
    assert "3.1 points or more would very probably have been seen" in said
    assert "would very probably" not in change_sentences.evidence(change("real", 0.01, 0.03), ENGLISH)


def test_parts_of_a_change_are_added_up_by_category(payload_of: PayloadOf) -> None:
    (four_weeks,) = [each for each in payload_of("parcels").changes if each.change == "four_weeks"]
    assert [part.category for part in four_weeks.parts] == ["Dresses", "none", "Shoes <b>"]
    assert change_sentences.category_name("none", ENGLISH) == "Without category"
    assert change_sentences.in_order(payload_of("parcels").changes)[0] == four_weeks


def test_probably_faulty_are_only_those_that_stand_out(payload_of: PayloadOf) -> None:
    risk = risk_of(payload_of("fashion"))
    names = [item.unit_name for item in risk.faulty]
    assert names == [
        "Wrap dress Marlow, sage",
        "Slim chino Dover",
        "Merino crew Aske",
    ]
    assert not any(item.could_be_chance for item in risk.faulty)


def test_what_costs_most_is_beyond_its_like_and_names_what_could_be_chance(payload_of: PayloadOf) -> None:
    risk = risk_of(payload_of("fashion"))
    excess = [item.expected_excess_quantity or 0 for item in risk.costly]
    assert excess == sorted(excess, reverse=True)
    assert excess[-1] > 0
    assert [item.could_be_chance for item in risk.costly][-1]
    assert "Scarf Arran" not in [item.unit_name for item in risk.costly]


def test_products_without_enough_evidence_are_counted_and_not_named(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    risk = risk_of(payload)
    assert (risk.product_count, risk.too_few_count) == (8, 1)
    assert "Rain jacket Keld" not in payload.to_json()


def test_the_driver_has_its_counts_where_they_are_known(payload_of: PayloadOf) -> None:
    first, second = risk_of(payload_of("parcels")).faulty[:2]
    assert risk_sentences.driver(first, ENGLISH) == "Not as described, or does not fit: 141, expected 63"
    assert risk_sentences.driver(second, ENGLISH) == "Not as described, or does not fit"


def test_the_ranking_says_by_what_it_ranks(payload_of: PayloadOf) -> None:
    risk = risk_of(payload_of("fashion"))
    assert "by units, not by money" in risk_sentences.costly_caption(risk, ENGLISH)
    some = risk.model_copy(update={"with_cost_count": 5})
    assert "For 3 of 8 products no cost of your own is known" in risk_sentences.costly_caption(some, ENGLISH)
    every = risk.model_copy(update={"with_cost_count": 8})
    assert "times your own costs" in risk_sentences.costly_caption(every, ENGLISH)


def test_where_all_could_be_chance_it_is_said(payload_of: PayloadOf) -> None:
    risk = risk_of(payload_of("fashion"))
    items = tuple(item.model_copy(update={"could_be_chance": True}) for item in risk.costly)
    caption = risk_sentences.costly_caption(risk.model_copy(update={"costly": items, "faulty": ()}), ENGLISH)
    assert "every row could be chance" in caption
    assert "None of the 7 products" in risk_sentences.faulty_caption(risk.model_copy(update={"faulty": ()}), ENGLISH)


def test_where_no_product_is_judged_none_is_called_in_order(payload_of: PayloadOf) -> None:
    nothing = {"costly": (), "faulty": (), "too_few_count": 8}
    risk = risk_of(payload_of("fashion")).model_copy(update=nothing)
    for said in (risk_sentences.faulty_caption(risk, ENGLISH), risk_sentences.costly_caption(risk, ENGLISH)):
        assert said.startswith("Not enough evidence")
    assert risk_sentences.too_few(risk, ENGLISH) == ""


def test_costs_of_ones_own_are_shown_in_the_merchants_currency(tmp_path: Path) -> None:
    tables = shop("one")
    for row in tables["marts.return_rate_by_product"]:
        row |= {"unit_cost_amount": 12.5, "excess_cost_amount": 12.5 * (row["expected_excess_quantity"] or 0)}
    with open_snapshot(publish(tmp_path, tables)) as opened:
        payload = read_payload(opened, "one")
    first = risk_of(payload).costly[0]
    assert first.excess_cost_amount == Decimal("1751.0")
    assert risk_sentences.cost(first, payload, ENGLISH).replace("\u00a0", " ") == "USD 1,751"
    assert "USD" in render_html(payload).partition('id="costly"')[2].partition("</section>")[0]


def test_other_units_are_compared_only_with_each_other(payload_of: PayloadOf) -> None:
    risk = risk_of(payload_of("parcels"))
    names = {kind: [risk_sentences.name(item, ENGLISH) for item in risk_sentences.of_kind(risk, kind)]
             for kind in ("variant", "supplier", "fulfilment_type", "brand")}  # fmt: skip
    assert names["variant"] == ["Wrap dress Marlow, sage / M-sage", "Slim chino Dover / L"]
    assert names["supplier"] == ["Tailor & Sons <i>", "Weaver"]
    assert names["fulfilment_type"] == ["Own stock", "Drop shipping"]
    assert names["brand"] == []


def test_flags_have_their_weeks_and_the_watch_list_no_error_control(payload_of: PayloadOf) -> None:
    warnings = payload_of("parcels").warnings
    assert warnings is not None
    sku, lot = warnings.flags
    assert len(sku.weeks) == len(lot.weeks) == 16
    assert [warning_sentences.is_above(week) for week in sku.weeks][-2:] == [True, True]
    assert warning_sentences.reason(lot, ENGLISH) == "for any reason"
    assert all(item.chance_of_false_alarm is None for item in warnings.watched)
    assert [warning_sentences.false_alarm(item, ENGLISH) for item in warnings.watched] == ["", ""]
    assert [warning_sentences.name(item, ENGLISH) for item in warnings.watched] == ["Supplier Weaver", "Category Shoes"]


def test_flags_come_before_the_watch_list_each_under_its_own_heading(payload_of: PayloadOf) -> None:
    html = render_html(payload_of("parcels"))
    assert html.index('id="warnings"') < html.index('id="watch"') < html.index('id="faulty"')


def test_lists_that_are_cut_say_so(tmp_path: Path) -> None:
    rows = whole_risks("one")
    flag = rows["marts.early_warnings"][0]
    rows["marts.early_warnings"] = [
        flag | {"unit_id": f"118/{n}", "variant_id": str(n), "rank": n} for n in range(1, 21)
    ]
    with open_snapshot(publish(tmp_path, joined(shop("one"), rows))) as opened:
        payload = read_payload(opened, "one")
    assert "20 things come back clearly more often" in render_html(payload)
    assert "8 more are not shown here" in render_html(payload)


def test_a_snapshot_of_an_earlier_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with open_snapshot(publish(tmp_path, shop("one"))) as opened:
        tables = opened.manifest["tables"]
        columns = tables["marts.early_warnings"]["columns"]
        tables["marts.early_warnings"]["columns"] = [one for one in columns if one[0] != "returned_line_count"]
        with pytest.raises(OlderSnapshot, match="keeprate build"):
            read_payload(opened, "one")
        del tables["marts.early_warnings"]
        with pytest.raises(OlderSnapshot, match="keeprate build"):
            read_payload(opened, "one")
