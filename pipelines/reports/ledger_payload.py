"""What a report says of steps and ledgers: records of the payload, counts and text ids only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pipelines.reports.frozen import Frozen, PlainText

State = Literal["settled", "open", "left_over"]
"""Of an entry of a ledger: its matter is closed, it is still going on, or a person should look at it."""


class Step(Frozen):
    """How long one step of the way took, for what began it in one month.

    Attributes:
        leg: text id, as ``marts.lead_times`` names it.
        leg_number: place on the way, from 1.
        month: first day of the month.
        finished_count: those whose step is over.
        open_count: those whose step is not over; None where nobody can know (a delivery need not come back).
        median_days: half of the finished took at most so long.
        p90_days: nine of ten took at most so long.
        promised_count: delivered parcels with a promised day; None for other steps.
        late_count: those delivered after it.
        is_young: so many are open, or may still come, that the month looks quicker than it is.
    """

    leg: str
    leg_number: int
    month: date
    finished_count: int
    open_count: int | None
    median_days: float | None
    p90_days: float | None
    promised_count: int | None
    late_count: int | None
    is_young: bool


class LedgerEntry(Frozen):
    """One kind of one ledger, over the months shown.

    Attributes:
        ledger: ``returns`` (goods), ``refunds`` (money) or ``rto`` (parcels that came back undelivered).
        kind: text id, as the ledger's mart names it.
        state: what it means for somebody who reads the ledger.
        item_count: return lines, refunds or parcels.
        amount: what the goods had cost, or the money; in the merchant's currency.
        without_amount_count: items of which no money is known; they are not in ``amount``.
    """

    ledger: str
    kind: str
    state: State
    item_count: int
    amount: Decimal
    without_amount_count: int


class Leftover(Frozen):
    """What a ledger leaves over by name, since the data begin.

    Attributes:
        ledger: as in :class:`LedgerEntry`, or ``orders`` for cancelled ones.
        kind: text id.
        cancelled_by: who cancelled it; ``-`` where nothing was cancelled.
        meaning: in English, for kinds that the catalogues do not know.
        is_for_a_person: somebody should look at it; else it is named so that no sum misses it.
        item_count: return lines, refunds, parcels or orders.
        amount: their money in the merchant's currency.
        without_amount_count: items of which no money is known.
        oldest_date: day of the oldest.
    """

    ledger: str
    kind: str
    cancelled_by: str
    meaning: PlainText
    is_for_a_person: bool
    item_count: int
    amount: Decimal
    without_amount_count: int
    oldest_date: date | None


class LedgerProof(Frozen):
    """By how much a ledger differs from what was loaded: nothing, where all is well."""

    ledger: str
    source_count: int
    count_difference: int
    quantity_difference: int
    amount_difference: Decimal


class Ledgers(Frozen):
    """The three ledgers side by side; their sums are never added to each other.

    Attributes:
        start_date: first day of the first month of ``entries``.
        end_date: last day of the last month.
        entries: the kinds that occur, those of one ledger together, the most frequent first.
        told_twice_count: return lines of these months that another line counts for; in no entry.
        leftovers: for a person first, most money first.
        proofs: one a ledger, and one that compares goods with money.
    """

    start_date: date
    end_date: date
    entries: tuple[LedgerEntry, ...]
    told_twice_count: int
    leftovers: tuple[Leftover, ...]
    proofs: tuple[LedgerProof, ...]
