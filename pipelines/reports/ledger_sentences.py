"""What is said of the three ledgers, for report and pages alike; plain text, callers escape."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.reports.language import Language
    from pipelines.reports.ledger_payload import LedgerEntry, Ledgers, Leftover, State
    from pipelines.reports.payload import Payload

STATES: tuple[State, ...] = ("settled", "open", "left_over")
LEFTOVERS_IN_THE_REPORT = 5
NOT_CANCELLED = "-"


def entries(ledgers: Ledgers, ledger: str) -> list[LedgerEntry]:
    """Kinds of one ledger: settled first, then what goes on, then what is left over."""
    return [entry for state in STATES for entry in ledgers.entries if (entry.ledger, entry.state) == (ledger, state)]


def shares(items: Sequence[LedgerEntry]) -> dict[State, float]:
    """Share of a ledger's items by state; 0 where there are none."""
    total = sum(entry.item_count for entry in items)
    counts = {state: sum(entry.item_count for entry in items if entry.state == state) for state in STATES}
    return {state: count / total if total else 0.0 for state, count in counts.items()}


def count(ledger: str, number: int, language: Language) -> str:
    """How many, with what is counted."""
    form = "one" if number == 1 else "count"
    return language.text(f"ledger.{ledger}_{form}", count=language.number(number))


def amount(ledger: str, money: Decimal, payload: Payload, language: Language) -> str:
    """The ledger's money, with what it is: the cost of goods, or money paid back."""
    return language.text(f"ledger.{ledger}_amount", amount=language.whole_money(money, payload.merchant.currency_code))


def total_count(ledger: str, items: Sequence[LedgerEntry], language: Language) -> str:
    """All items of one ledger."""
    return count(ledger, sum(entry.item_count for entry in items), language)


def total_amount(ledger: str, items: Sequence[LedgerEntry], payload: Payload, language: Language) -> str:
    """All money of one ledger."""
    return amount(ledger, sum((entry.amount for entry in items), start=Decimal(0)), payload, language)


def split(items: Sequence[LedgerEntry], language: Language) -> str:
    """How a ledger is split, in words: what its bar shows."""
    parts = [
        language.text(f"ledgers.{state}_share", share=language.whole_percent(share))
        for state, share in shares(items).items()
        if share
    ]
    return language.text("language.list_gap").join(parts)


def kind(ledger: str, name: str, otherwise: str, language: Language) -> str:
    """What a kind is called; the words of the data where no catalogue knows it."""
    return language.text_or(f"kind.{ledger}_{name}", otherwise)


def leftover_name(item: Leftover, language: Language) -> str:
    """What a leftover is called, and who cancelled it."""
    name = kind(item.ledger, item.kind, item.meaning, language)
    if item.cancelled_by == NOT_CANCELLED:
        return name
    by = language.text_or(f"cancelled.{item.cancelled_by}", item.cancelled_by)
    return language.text("ledgers.cancelled", kind=name, by=by)


def leftover_advice(item: Leftover, language: Language) -> str:
    """What to do about a leftover; empty for those that are only named."""
    return language.text_or(f"advice.{item.ledger}_{item.kind}", "") if item.is_for_a_person else ""


def leftover_amount(item: Leftover, payload: Payload, language: Language) -> str:
    """Money of a leftover; not known where none of its items has any."""
    if item.without_amount_count == item.item_count:
        return language.text("page.no_value")
    money = language.whole_money(item.amount, payload.merchant.currency_code)
    if item.without_amount_count:
        return language.text("ledgers.amount_partly", amount=money, count=language.number(item.without_amount_count))
    return money


def oldest(item: Leftover, language: Language) -> str:
    """Day of the oldest."""
    return language.short_date(item.oldest_date) if item.oldest_date else language.text("page.no_value")


def for_a_person(payload: Payload) -> list[Leftover]:
    """Leftovers that somebody should look at, most money first."""
    return [item for item in payload.ledgers.leftovers if item.is_for_a_person] if payload.ledgers else []


def only_named(payload: Payload) -> list[Leftover]:
    """What is settled otherwise than in money, or cancelled, so that no sum misses it."""
    return [item for item in payload.ledgers.leftovers if not item.is_for_a_person] if payload.ledgers else []


def leftovers_caption(payload: Payload, shown: int, language: Language) -> str:
    """How many leftovers there are, and which of them are shown."""
    items = for_a_person(payload)
    if not items:
        return language.text("ledgers.nothing_left")
    if len(items) > shown:
        return language.text("ledgers.left_more", shown=language.number(shown), kinds=language.number(len(items)))
    return language.text("ledgers.left_all")


def period(payload: Payload, language: Language) -> str:
    """Which months the ledgers show."""
    if payload.ledgers is None:
        return language.text("ledgers.none")
    days = language.period(payload.ledgers.start_date, payload.ledgers.end_date)
    return language.text("ledgers.caption" if payload.ledgers.entries else "ledgers.no_entries", period=days)


def told_twice(payload: Payload, language: Language) -> str:
    """How many return lines are told by two sources and counted once; empty for none."""
    if payload.ledgers is None or not payload.ledgers.told_twice_count:
        return ""
    return language.text("ledgers.told_twice", count=language.number(payload.ledgers.told_twice_count))


def without_amount(payload: Payload, language: Language) -> str:
    """How many items are counted without money; empty for none."""
    missing = sum(entry.without_amount_count for entry in payload.ledgers.entries) if payload.ledgers else 0
    return language.text("ledgers.without_amount", count=language.number(missing)) if missing else ""


def proof(payload: Payload, language: Language) -> str:
    """Whether the ledgers lose and double nothing, and by how much not."""
    if payload.ledgers is None or not payload.ledgers.proofs:
        return language.text("ledgers.not_proven")
    wrong = [
        each
        for each in payload.ledgers.proofs
        if each.count_difference or each.quantity_difference or each.amount_difference
    ]
    if not wrong:
        return language.text("ledgers.proven")
    parts = [
        language.text(
            "ledgers.difference",
            ledger=language.text_or(f"ledger.{each.ledger}", each.ledger),
            count=language.number(each.count_difference),
            units=language.number(each.quantity_difference),
            amount=language.money(each.amount_difference, payload.merchant.currency_code),
        )
        for each in wrong
    ]
    return language.text("ledgers.disproven", differences=language.text("language.list_gap").join(parts))
