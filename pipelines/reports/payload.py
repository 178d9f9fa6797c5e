"""What a weekly report says, frozen: aggregates and text ids, no person, no finished sentence.

The same payload and the same software render the same bytes; it is kept beside the report as JSON. Every
model here is a plain record; those of steps and ledgers are in ``ledger_payload``, of sources in ``source_payload``, of
changes in ``change_payload``, of products and warnings in ``risk_payload``, of what comes after a return in
``outcome_payload``. Reading the snapshot is in ``reading``, judging the data in ``trust``.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pipelines.reports.change_payload import RateChange
from pipelines.reports.earlier_formats import in_names_of_today
from pipelines.reports.frozen import Frozen, Level, PlainText
from pipelines.reports.ledger_payload import Ledgers, Step
from pipelines.reports.outcome_payload import AfterReturn
from pipelines.reports.risk_payload import EarlyWarnings, Risk
from pipelines.reports.source_payload import ContradictionKind, SourceState

FORMAT_VERSION = 4
"""1 had no steps, ledgers, sources or contradictions; 2 had Wilson intervals and one list of products, and no changes,
risks, warnings or outcomes; 3 counted the units of risks and warnings, not their order lines. Payloads of any time are
still read: what they lack is empty, what they say is said in the words of their time."""

INTERVAL_LEVEL = 0.9
"""Level of the intervals that are said in words; since format 3 they are of what will have come back in the end."""

MINIMUM_EXPOSURE = 30.0
"""Units of exposure below which no rate is said and no product ranked: its interval is wider than any decision."""

Comparison = Literal["better", "worse", "same", "incomparable"]
Headline = Literal["rate", "too_young", "too_little", "no_returns"]


class Rate(Frozen):
    """A return rate with everything that may not be left out beside it.

    In payloads before format 3 the rate is returned / exposure and the interval Wilson's.

    Attributes:
        start_date: first day of the orders.
        end_date: last day of the orders.
        order_count: orders placed; None where the mart does not count them.
        shipped_quantity: units shipped, the denominator of the observed rate.
        exposure_quantity: shipped units x developed share.
        returned_quantity: units whose return was requested, the numerator.
        observed_rate: returned / shipped so far, 0-1.
        rate: what it will be when all are in, 0-1; None without enough evidence.
        lower: lower end of the 90 % interval of that.
        upper: upper end.
        lower_80: lower end of the 80 % interval; None before format 3.
        upper_80: upper end.
        developed_share: share of the returns to expect that have been requested; None without evidence.
        is_young: developed share below the limit of the marts.
    """

    start_date: date
    end_date: date
    order_count: int | None = None
    shipped_quantity: float
    exposure_quantity: float | None
    returned_quantity: float
    observed_rate: float | None
    rate: float | None
    lower: float | None
    upper: float | None
    lower_80: float | None = None
    upper_80: float | None = None
    developed_share: float | None
    is_young: bool

    @property
    def is_sayable(self) -> bool:
        """Whether the rate may be said aloud: enough exposure, an interval, and not young."""
        known = None not in (self.rate, self.lower, self.upper)
        return known and not self.is_young and (self.exposure_quantity or 0.0) >= MINIMUM_EXPOSURE


class Reason(Frozen):
    """Returned units of one class of reason in the last thirteen order weeks.

    Attributes:
        reason_class: text id.
        return_line_count: return lines so far.
        returned_quantity: units so far.
        share: of all units returned so far.
        rate: units of this class that will have come back, of those shipped, 0-1; None without enough evidence, and
            before format 3.
        lower: low end of its 90 % interval.
        upper: high end.
        developed_share: share of this class that is in.
    """

    reason_class: str
    return_line_count: int
    returned_quantity: float
    share: float | None
    rate: float | None = None
    lower: float | None = None
    upper: float | None = None
    developed_share: float | None = None


class Product(Frozen):
    """A product whose return rate is high even at the lower end of its interval; in payloads before format 3."""

    product_id: str
    product_name: PlainText
    is_added_by_hand: bool
    shipped_quantity: float
    exposure_quantity: float
    returned_quantity: float
    rate: float
    lower: float
    upper: float
    developed_share: float | None
    leading_reason_class: str | None
    leading_reason_share: float | None


class RefundWeek(Frozen):
    """The refund ledger of one order week: money, in the merchant's currency."""

    order_week: date
    order_count: int
    refunded_order_count: int
    order_total_amount: Decimal
    refund_amount: Decimal
    refund_value_rate: float | None
    refunds_without_rate_count: int


class TrustFact(Frozen):
    """One thing that was counted about the data, and how it is judged.

    Attributes:
        fact_id: text id.
        unit: ``share`` (0-1) or ``days``.
        value: what is judged.
        count: how many, as said in the sentence.
        total: of how many.
        amber_above: limit.
        red_above: limit; None where it is never red.
        level: the verdict.
        sources: names of the sources that are meant, where it speaks of some.
    """

    fact_id: str
    unit: Literal["share", "days"]
    value: float
    count: float
    total: float
    amber_above: float
    red_above: float | None
    level: Level
    sources: tuple[str, ...] = ()


class Coverage(Frozen):
    """Where the records of one source went."""

    source: str
    entity: str
    file_count: int
    record_count: int
    loaded_count: int
    quarantined_count: int
    quarantined_cell_count: int
    first_date: date | None
    last_date: date | None
    data_through_at: datetime | None


class UnmappedReason(Frozen):
    """A reason code that no list knows."""

    reason_list: str | None
    reason_raw: PlainText
    return_line_count: int


class Trust(Frozen):
    """Whether the numbers can be believed, and why."""

    level: Level
    facts: tuple[TrustFact, ...]
    coverage: tuple[Coverage, ...]
    unmapped_reasons: tuple[UnmappedReason, ...]
    orders_through_date: date | None
    returns_from_date: date | None
    returns_through_date: date | None
    sources: tuple[SourceState, ...] = ()
    contradictions: tuple[ContradictionKind, ...] = ()


class Held(Frozen):
    """The merchant's newest batch was held back: what is shown is the last good state."""

    since: str
    reason: PlainText


class Merchant(Frozen):
    """Whose report it is."""

    merchant_id: str
    name: PlainText
    locale: str
    timezone: str
    currency_code: str


class Payload(Frozen):
    """Everything that one report says."""

    format_version: int = FORMAT_VERSION
    software_version: str
    snapshot_version: str
    published_at: str
    edition: int = 1
    revision: int = 0
    merchant: Merchant
    week: str
    week_start_date: date
    week_end_date: date
    interval_level: float = INTERVAL_LEVEL
    headline: Headline
    comparison: Comparison
    recent: Rate | None
    before: Rate | None
    quarter: Rate | None
    whole: Rate | None
    weeks: tuple[Rate, ...]
    reasons: tuple[Reason, ...]
    products: tuple[Product, ...] = ()
    changes: tuple[RateChange, ...] = ()
    risk: Risk | None = None
    warnings: EarlyWarnings | None = None
    after_return: AfterReturn | None = None
    minimum_exposure: float = MINIMUM_EXPOSURE
    refunds: tuple[RefundWeek, ...]
    refunds_without_order_count: int
    steps: tuple[Step, ...] = ()
    ledgers: Ledgers | None = None
    trust: Trust
    held: Held | None

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, two spaces, a newline at the end."""
        tree = self.model_dump(mode="json")
        return json.dumps(tree, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Payload:
        """Read what ``to_json`` wrote, of this version or an earlier one."""
        return cls.model_validate_json(json.dumps(in_names_of_today(json.loads(text))))
