"""Judges how far the data can be believed: what is counted, and above which limit it is amber or red.

The limits stand in one table and are printed in the report. Counting is done by ``marts.trust_box``; nothing
is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipelines.reports.frozen import Level
from pipelines.reports.payload import TrustFact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ORDER = ("green", "amber", "red")


@dataclass(frozen=True)
class Rule:
    """One thing that is judged.

    Attributes:
        fact_id: text id.
        count: how many, from the row that is judged; None where it does not apply.
        total: of how many.
        amber_above: limit; 0 means that one is enough.
        red_above: limit; None where the rates stay true whatever is found.
        unit: ``share`` judges count / total, ``days`` judges count itself.
        needs_returns: whether it says something only where returns are loaded.
        sources: column that names the sources that are meant, joined by a comma.
    """

    fact_id: str
    count: Callable[[Mapping[str, Any]], float | None]
    total: Callable[[Mapping[str, Any]], float | None]
    amber_above: float
    red_above: float | None
    unit: Literal["share", "days"] = "share"
    needs_returns: bool = False
    sources: str = ""


def _column(name: str) -> Callable[[Mapping[str, Any]], float | None]:
    return lambda row: row[name]


def _unaccounted(row: Mapping[str, Any]) -> float:
    return abs(row["records_in_count"] - row["records_loaded_count"] - row["records_quarantined_count"])


def _statuses(row: Mapping[str, Any]) -> float:
    return row["order_count"] + row["return_line_count"] + row["parcel_count"]


def _days_behind(row: Mapping[str, Any]) -> float | None:
    orders, returns = row["orders_through_date"], row["returns_through_date"]
    return max((orders - returns).days, 0) if orders and returns else None


def _comparable(row: Mapping[str, Any]) -> float | None:
    """Orders whose money could be compared; where all agree, the mart tells only that there are some."""
    share, count = row["money_not_reconciled_share"], row["money_not_reconciled_count"]
    if share is None:
        return None
    return round(count / share) if share else row["order_count"]


def _unclear(row: Mapping[str, Any]) -> float | None:
    share = row["unclear_reason_share"]
    return None if share is None else round(share * (row["return_line_count"] or 0))


# First limits, set by judgement: below "amber" no sentence of the report would read differently; above "red"
# a rate could be wrong by more than its interval says. What the ledgers leave over is never red: no rate depends on
# it. To be set anew once merchants' data have been seen.
RULES = (
    Rule("unaccounted", _unaccounted, _column("records_in_count"), 0, 0),
    Rule("quarantined", _column("records_quarantined_count"), _column("records_in_count"), 0.001, 0.05),
    Rule("cells", _column("cells_quarantined_count"), _column("records_in_count"), 0.001, 0.05),
    Rule("without_lines", _column("orders_without_lines_count"), _column("order_count"), 0.005, 0.05),
    Rule("money", _column("money_not_reconciled_count"), _comparable, 0.01, 0.1),
    Rule("conflicts", _column("conflict_count"), _column("order_count"), 0.001, 0.05),
    Rule("orphans", _column("orphan_return_count"), _column("return_line_count"), 0.01, 0.1, "share", True),
    Rule("unmapped", _column("unmapped_reason_count"), _column("return_line_count"), 0.01, 0.2, "share", True),
    Rule("unclear", _unclear, _column("return_line_count"), 0.25, None, "share", True),
    Rule("behind", _days_behind, lambda row: 0, 3, 14, "days", True),
    Rule("late", _column("late_source_count"), _column("source_count"), 0, None, sources="late_sources"),
    Rule("statuses", _column("unmapped_status_count"), _statuses, 0.005, 0.05),
    Rule("contradictions", _column("serious_contradiction_count"), _column("order_count"), 0.001, 0.02),
    Rule("parcels", _column("unmatched_parcel_count"), _column("parcel_count"), 0.02, 0.2),
    Rule("refunds", _column("unmatched_refund_count"), _column("refund_item_count"), 0.05, None),
    Rule("returns", _column("unmatched_return_count"), _column("claim_count"), 0.05, None, "share", True),
    Rule("undelivered", _column("unmatched_rto_count"), _column("rto_count"), 0.1, None),
)  # fmt: skip


def judge(row: Mapping[str, Any]) -> tuple[TrustFact, ...]:
    """Judge one merchant's row of ``marts.trust_box``; rules without a denominator are left out.

    Args:
        row: the columns of ``marts.trust_box``, and what its counts are of: ``parcel_count``, ``refund_item_count``,
            ``claim_count`` (return lines that stand in the ledger for themselves) and ``rto_count``.

    Returns:
        One fact a rule that applies, in the order of ``RULES``.
    """
    facts = (_fact(rule, row) for rule in RULES if row["has_returns_source"] or not rule.needs_returns)
    return tuple(fact for fact in facts if fact is not None)


def worst(levels: Sequence[Level]) -> Level:
    """The worst of some levels; green where there are none."""
    return max(levels, key=ORDER.index, default="green")


def _fact(rule: Rule, row: Mapping[str, Any]) -> TrustFact | None:
    count, total = rule.count(row), rule.total(row)
    if count is None or total is None or (rule.unit == "share" and total == 0):
        return None
    value = count if rule.unit == "days" else count / total
    return TrustFact(
        fact_id=rule.fact_id,
        unit=rule.unit,
        value=value,
        count=count,
        total=total,
        amber_above=rule.amber_above,
        red_above=rule.red_above,
        level=_level(rule, value),
        sources=tuple((row[rule.sources] or "").split(", ")) if rule.sources and count else (),
    )


def _level(rule: Rule, value: float) -> Level:
    if rule.red_above is not None and value > rule.red_above:
        return "red"
    return "amber" if value > rule.amber_above else "green"
