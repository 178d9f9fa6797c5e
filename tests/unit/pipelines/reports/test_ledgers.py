"""Steps, ledgers, sources and contradictions: what is read of the marts, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from made_up_ledgers import LEGS, whole_picture
from made_up_shops import joined, shop
from made_up_snapshot import publish

from pipelines.reports import ledger_sentences, movement_sentences, source_sentences
from pipelines.reports.evidence import CASES_SHOWN, read_evidence
from pipelines.reports.language import Language
from pipelines.reports.ledger_selects import first_unfinished_month, month_after, months_before
from pipelines.reports.payload import FORMAT_VERSION, Payload
from pipelines.reports.reading import read_payload
from pipelines.reports.render import render_html
from pipelines.reports.weeks import IsoWeek
from pipelines.reports.write import write_report
from pipelines.snapshot import open_snapshot

PayloadOf = Callable[[str], Payload]
ENGLISH = Language("en")


def changed(payload: Payload, **changes: Any) -> Payload:
    """A payload whose ledgers are otherwise."""
    assert payload.ledgers is not None
    return payload.model_copy(update={"ledgers": payload.ledgers.model_copy(update=changes)})


def test_months_are_counted_from_the_first_that_is_not_over() -> None:
    assert first_unfinished_month(IsoWeek.parse("2026-W46")) == date(2026, 11, 1)
    assert first_unfinished_month(IsoWeek.parse("2026-W22")) == date(2026, 6, 1)
    assert months_before(date(2026, 2, 1), 3) == date(2025, 11, 1)
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)


def test_steps_are_of_whole_months_the_newest_first(payload_of: PayloadOf) -> None:
    steps = payload_of("parcels").steps
    assert [step.leg for step in steps[::4]] == [leg for leg, _, _ in LEGS]
    assert [step.month.month for step in steps[:4]] == [10, 9, 8, 5]
    legs = movement_sentences.by_leg(payload_of("parcels"), 3)
    assert [step.month.month for step in legs[0]] == [10, 9, 8]


def test_a_month_with_many_open_steps_is_young(payload_of: PayloadOf) -> None:
    young = {(step.leg, step.month.month) for step in payload_of("parcels").steps if step.is_young}
    # Nobody knows what of October's deliveries is still to come back; 2 of 300 open ones change nothing.
    assert young == {("delivered_to_requested", 10)}
    assert len({step.leg for step in payload_of("lost").steps if step.is_young}) == len(LEGS)


def test_the_longest_step_is_one_that_somebody_can_shorten(payload_of: PayloadOf) -> None:
    longest, young, late = movement_sentences.caption(payload_of("parcels"), 3, ENGLISH)
    assert longest.startswith("Oct 2026")
    assert "“Pickup to arrival at the warehouse” takes longest" in longest
    assert "3.5 days" in longest
    assert "Delivery to the customer's request" in young
    assert "Of 750 parcels" in late
    assert "75 (10.0%) came later" in late


def test_mature_months_are_said_to_be_mature(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    mature = payload.model_copy(update={"steps": tuple(step for step in payload.steps if not step.is_young)})
    assert "Hardly any is still open" in movement_sentences.caption(mature, 3, ENGLISH)[1]


def test_without_steps_it_is_said_what_they_would_take(payload_of: PayloadOf) -> None:
    (said,) = movement_sentences.caption(payload_of("fashion"), 3, ENGLISH)
    assert said.startswith("No step can be timed yet")


def test_few_finished_ones_make_no_longest_step(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    few = tuple(step.model_copy(update={"finished_count": 9, "promised_count": None}) for step in payload.steps)
    assert len(movement_sentences.caption(payload.model_copy(update={"steps": few}), 3, ENGLISH)) == 1


def test_ledgers_are_of_three_whole_months_and_told_twice_is_in_none(payload_of: PayloadOf) -> None:
    ledgers = payload_of("parcels").ledgers
    assert ledgers is not None
    assert (ledgers.start_date, ledgers.end_date) == (date(2026, 8, 1), date(2026, 10, 31))
    counts = {(entry.ledger, entry.kind): (entry.item_count, entry.state) for entry in ledgers.entries}
    assert counts["returns", "refunded"] == (180, "settled")
    assert counts["rto", "rto_on_the_way"] == (6, "open")
    assert counts["refunds", "refund_without_return"] == (6, "left_over")
    assert ("returns", "told_twice") not in counts
    assert ledgers.told_twice_count == 120


def test_every_ledger_is_split_by_itself(payload_of: PayloadOf) -> None:
    ledgers = payload_of("parcels").ledgers
    assert ledgers is not None
    entries = ledger_sentences.entries(ledgers, "rto")
    assert [entry.state for entry in entries] == ["settled", "open", "left_over"]
    assert ledger_sentences.shares(entries) == pytest.approx({"settled": 0.7, "open": 0.2, "left_over": 0.1})
    assert ledger_sentences.total_count("rto", entries, ENGLISH) == "30 parcels"
    assert ledger_sentences.split(entries, ENGLISH) == "70% settled; 20% still going on; 10% left over for a person"


def test_leftovers_for_a_person_come_first_and_most_money_first(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    items = ledger_sentences.for_a_person(payload)
    assert [item.amount for item in items] == sorted((item.amount for item in items), reverse=True)
    assert len(items) == 6
    assert "The 5 with most money of 6 kinds" in ledger_sentences.leftovers_caption(payload, 5, ENGLISH)
    assert ledger_sentences.leftovers_caption(payload, 6, ENGLISH) == "Since the data begin; most money first."
    nothing = changed(payload, leftovers=tuple(ledger_sentences.only_named(payload)))
    assert "Nothing is left over" in ledger_sentences.leftovers_caption(nothing, 0, ENGLISH)


def test_a_leftover_says_its_name_its_advice_and_what_is_not_known(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    known, partly, _, _, unknown, nothing = ledger_sentences.for_a_person(payload)
    assert ledger_sentences.leftover_name(known, ENGLISH) == "Return settled, no money booked"
    assert ledger_sentences.leftover_advice(known, ENGLISH)
    assert ledger_sentences.leftover_amount(partly, payload, ENGLISH).endswith("900, and 2 not known")
    assert ledger_sentences.leftover_name(unknown, ENGLISH).startswith("What a_kind_of_tomorrow means")
    assert ledger_sentences.leftover_advice(unknown, ENGLISH) == ""
    assert ledger_sentences.leftover_amount(nothing, payload, ENGLISH) == "not known"
    assert ledger_sentences.oldest(nothing, ENGLISH) == "not known"
    (cancelled,) = [item for item in ledger_sentences.only_named(payload) if item.ledger == "orders"]
    assert ledger_sentences.leftover_name(cancelled, ENGLISH) == "Cancelled before anything was sent: by the customer"


def test_whether_the_ledgers_add_up_is_said_with_the_difference(payload_of: PayloadOf) -> None:
    assert ledger_sentences.proof(payload_of("parcels"), ENGLISH).startswith("The ledgers add up")
    wrong = ledger_sentences.proof(payload_of("lost"), ENGLISH)
    assert "do not add up" in wrong
    assert "Goods asked back: 4 items, 0 units" in wrong
    assert "not been checked" in ledger_sentences.proof(changed(payload_of("parcels"), proofs=()), ENGLISH)


def test_months_without_entries_and_a_merchant_without_ledgers_say_so(payload_of: PayloadOf) -> None:
    empty = changed(payload_of("parcels"), entries=(), told_twice_count=0)
    assert ledger_sentences.period(empty, ENGLISH).startswith("Nothing was asked back")
    assert ledger_sentences.told_twice(empty, ENGLISH) == ledger_sentences.without_amount(empty, ENGLISH) == ""
    assert 'id="ledgers"' in render_html(empty)
    assert payload_of("fashion").ledgers is None
    assert ledger_sentences.period(payload_of("fashion"), ENGLISH).startswith("No return, no refund")


def test_sources_come_with_the_latest_first_and_names_of_people(payload_of: PayloadOf) -> None:
    sources = payload_of("parcels").trust.sources
    assert [source.days_behind for source in sources] == [21, 1, 0, 0, None]
    said = [source_sentences.behind(source, ENGLISH) for source in sources]
    assert said == ["late: 21 days behind", "1 day behind", "up to date", "up to date", "as it stood that day"]
    assert source_sentences.source_name("generic:orders", ENGLISH) == "Own CSV or Parquet"
    assert source_sentences.holds(sources[0], ENGLISH) == "returns; parcel contents; parcels"
    assert "ClickPost report" in source_sentences.caption(payload_of("parcels"), ENGLISH)
    assert "No source has" in source_sentences.caption(payload_of("fashion"), ENGLISH)


def test_contradictions_are_counted_by_kind_the_serious_first(payload_of: PayloadOf) -> None:
    kinds = payload_of("parcels").trust.contradictions
    assert [(kind.severity, kind.item_count) for kind in kinds] == [
        ("error", 3), ("warning", 7), ("warning", 1), ("note", 1),
    ]  # fmt: skip
    assert [source_sentences.severity(kind, ENGLISH) for kind in kinds] == [
        "not in order", "look", "look", "can be so",
    ]  # fmt: skip
    assert source_sentences.contradictions_caption(payload_of("parcels"), ENGLISH).startswith("12 in all")
    assert "nowhere" in source_sentences.contradictions_caption(payload_of("fashion"), ENGLISH)


def test_cases_are_the_newest_of_each_kind(snapshot: Any) -> None:
    evidence = read_evidence(snapshot, "parcels")
    early = [case for case in evidence.cases if case.kind == "shipped_before_ordered"]
    assert len(early) == CASES_SHOWN
    assert early[0].found_date == date(2026, 11, 7)
    assert evidence.examples["rto", "rto_not_refunded", "-"] == "0000030436035"
    assert read_evidence(snapshot, "fashion").cases == ()


def test_a_payload_with_everything_is_json_and_comes_back_the_same(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    assert payload.format_version == FORMAT_VERSION == 4
    assert Payload.from_json(payload.to_json()) == payload
    assert payload.ledgers is not None
    assert payload.ledgers.entries[0].amount == Decimal("18000.0000")


def test_a_payload_of_the_first_format_is_still_read_and_rendered(payload_of: PayloadOf) -> None:
    tree = payload_of("parcels").model_dump(mode="json")
    for name in ("steps", "ledgers"):
        del tree[name]
    for name in ("sources", "contradictions"):
        del tree["trust"][name]
    for fact in tree["trust"]["facts"]:
        del fact["sources"]
    old = Payload.model_validate({**tree, "format_version": 1})
    assert (old.format_version, old.steps, old.ledgers, old.trust.sources) == (1, (), None, ())
    html = render_html(old)
    assert 'id="trust"' in html
    assert 'id="ledgers"' not in html


def test_a_week_that_was_issued_in_the_first_format_becomes_another_edition(tmp_path: Any) -> None:
    publish(tmp_path, joined(shop("one"), whole_picture("one")))
    page = write_report(tmp_path, "one")
    record = page.with_suffix(".json")
    with open_snapshot(tmp_path) as snapshot:
        old = read_payload(snapshot, "one").model_copy(update={"format_version": 1, "steps": (), "ledgers": None})
    record.write_text(old.to_json(), encoding="utf-8")
    assert "Edition 2" in write_report(tmp_path, "one").read_text(encoding="utf-8")
    assert page.with_name(f"{page.stem}.edition-1.html").exists()
