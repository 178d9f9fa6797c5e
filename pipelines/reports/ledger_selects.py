"""The queries on steps and ledgers: published marts -> records of the payload.

Selects, renames and sums of counts and money within one ledger. Nothing is added over two ledgers.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pipelines.reports.ledger_payload import LedgerEntry, LedgerProof, Ledgers, Leftover, Step
from pipelines.reports.ledger_states import LEDGERS, state_of

if TYPE_CHECKING:
    from pipelines.reports.published import Published
    from pipelines.reports.weeks import IsoWeek

MONTHS_OF_STEPS = 6
MONTHS_OF_LEDGERS = 3
OPEN_SHARE = 0.05
"""A month is called young where a larger share of its steps is still open: their days are not in its median yet."""

DAYS_TO_COME_BACK = 45
"""Nobody knows which deliveries will come back; most returns have been asked for after so many days."""

_COUNTED = {
    "returns": ("marts.ledger_returns", "return_line_count", "goods_amount", "without_amount_count"),
    "refunds": ("marts.ledger_refunds", "refund_count", "refund_amount", "without_rate_count"),
    "rto": ("marts.ledger_rto", "parcel_count", "goods_amount", "without_amount_count"),
}
"""Ledger -> its mart, and the columns of its items, their money, and the items without money."""


def month_after(month: date) -> date:
    """First day of the next month."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def months_before(month: date, count: int) -> date:
    """First day of the month so many months earlier."""
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def first_unfinished_month(week: IsoWeek) -> date:
    """First day of the month that is not over with the week's Sunday: months before it are complete."""
    return (week.sunday + timedelta(days=1)).replace(day=1)


def steps(snapshot: Published, merchant_id: str, week: IsoWeek, through: date | None) -> tuple[Step, ...]:
    """Every step over the last complete months, in the order of the way, the newest month of each first.

    Args:
        snapshot: an open snapshot.
        merchant_id: whose.
        week: the report's week.
        through: day through which returns are known.
    """
    end = first_unfinished_month(week)
    rows = snapshot.query(
        "select leg, leg_number, period_start_date as month, finished_count, open_count, median_days, p90_days,"
        " promised_count, late_count from marts.lead_times"
        " where merchant_id = ? and period_kind = 'month' and period_start_date >= ? and period_start_date < ?"
        " order by leg_number, month desc",
        [merchant_id, months_before(end, MONTHS_OF_STEPS), end],
    ).to_dicts()
    return tuple(Step(is_young=_is_young(row, through), **row) for row in rows)


def _is_young(row: dict[str, Any], through: date | None) -> bool:
    if row["open_count"] is None:
        return through is None or month_after(row["month"]) + timedelta(days=DAYS_TO_COME_BACK) > through
    return row["open_count"] > OPEN_SHARE * (row["finished_count"] + row["open_count"])


def ledgers(snapshot: Published, merchant_id: str, week: IsoWeek) -> Ledgers | None:
    """The three ledgers over the last complete months, and what they leave over; None where nothing is in any."""
    end = first_unfinished_month(week)
    start = months_before(end, MONTHS_OF_LEDGERS)
    rows = [row for ledger in LEDGERS for row in _kinds(snapshot, merchant_id, ledger, start, end)]
    leftovers = _leftovers(snapshot, merchant_id)
    proofs = _proofs(snapshot, merchant_id)
    if not (rows or leftovers or any(proof.source_count for proof in proofs)):
        return None
    return Ledgers(
        start_date=start,
        end_date=end - timedelta(days=1),
        entries=tuple(
            LedgerEntry(state=state_of(row["ledger"], row["kind"]), **row)
            for row in rows
            if row["kind"] != "told_twice"
        ),
        told_twice_count=sum(row["item_count"] for row in rows if row["kind"] == "told_twice"),
        leftovers=leftovers,
        proofs=proofs,
    )


def _kinds(snapshot: Published, merchant_id: str, ledger: str, start: date, end: date) -> list[dict[str, Any]]:
    mart, items, amount, without = _COUNTED[ledger]
    return snapshot.query(
        f"select ? as ledger, kind, sum({items})::bigint as item_count,"
        f" coalesce(sum({amount}), 0)::decimal(38, 4) as amount, sum({without})::bigint as without_amount_count"
        f" from {mart} where merchant_id = ? and ledger_month >= ? and ledger_month < ? group by kind"
        " order by item_count desc, kind",
        [ledger, merchant_id, start, end],
    ).to_dicts()


def _leftovers(snapshot: Published, merchant_id: str) -> tuple[Leftover, ...]:
    rows = snapshot.query(
        "select ledger, kind, cancelled_by, meaning, is_for_a_person, item_count, amount, without_amount_count,"
        " oldest_date from marts.ledger_leftovers where merchant_id = ?"
        " order by is_for_a_person desc, amount desc, item_count desc, ledger, kind, cancelled_by",
        [merchant_id],
    ).to_dicts()
    return tuple(Leftover(**row) for row in rows)


def _proofs(snapshot: Published, merchant_id: str) -> tuple[LedgerProof, ...]:
    rows = snapshot.query(
        "select ledger, source_count, count_difference, quantity_difference, amount_difference"
        " from marts.ledger_reconciliation where merchant_id = ? order by ledger",
        [merchant_id],
    ).to_dicts()
    return tuple(LedgerProof(**row) for row in rows)
