"""What a report says of products and other units at risk, and of early warnings: records of the payload."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipelines.reports.frozen import Frozen, PlainText


class RiskProduct(Frozen):
    """A product, or another unit, on one of the two lists.

    Attributes:
        unit_kind: ``product``, ``variant``, ``supplier``, ``fulfilment_type`` or ``brand``.
        unit_id: its id.
        unit_name: as the merchant wrote it.
        is_added_by_hand: the line of orders that were typed in by hand; no product.
        category: as the merchant names it; None where it has none.
        shipped_line_count: order lines shipped.
        returned_line_count: order lines of which anything was asked back so far.
        shipped_quantity: units shipped.
        exposure_quantity: shipped units x developed share.
        returned_quantity: units asked back so far.
        developed_share: share of the returns to expect that are in.
        rate: estimate of its true rate, of order lines, 0-1.
        lower: low end of the 90 % interval of the true rate.
        upper: high end.
        expected_rate: rate of its like.
        limit_rate: rate above which it counts as faulty.
        probability_above_limit: chance that its true rate is above that.
        expected_excess_quantity: units that come back beyond what its like would have.
        excess_lower: low end of their 90 % interval.
        excess_upper: high end.
        excess_cost_amount: what these units cost, in the merchant's currency; None without the merchant's own costs.
        leading_reason_class: the class that drives it beyond what is expected; None where none does.
        leading_returned_line_count: order lines returned for it; None where not counted by class.
        leading_expected_line_count: order lines expected for it.
        could_be_chance: the same could have come about with no product worse than its like.
        faulty_rank: place on the list of the probably faulty.
        cost_rank: place on the list of the dearest.
    """

    unit_kind: str
    unit_id: PlainText
    unit_name: PlainText
    is_added_by_hand: bool = False
    category: PlainText | None
    shipped_line_count: float
    returned_line_count: float
    shipped_quantity: float
    exposure_quantity: float | None
    returned_quantity: float
    developed_share: float | None
    rate: float
    lower: float
    upper: float
    expected_rate: float | None
    limit_rate: float | None
    probability_above_limit: float | None
    expected_excess_quantity: float | None
    excess_lower: float | None
    excess_upper: float | None
    excess_cost_amount: Decimal | None
    leading_reason_class: str | None
    leading_returned_line_count: float | None = None
    leading_expected_line_count: float | None = None
    could_be_chance: bool
    faulty_rank: int | None
    cost_rank: int | None


class Risk(Frozen):
    """The two lists, and what stands on neither.

    Attributes:
        faulty: probably faulty, by rank.
        costly: costs most, by rank.
        other_units: variants, suppliers, ways of dispatch and brands with most returns beyond their like.
        product_count: products that were sold.
        too_few_count: of these, those with too little evidence for any word on them.
        with_cost_count: products whose unit cost the merchant has stated.
    """

    faulty: tuple[RiskProduct, ...]
    costly: tuple[RiskProduct, ...]
    other_units: tuple[RiskProduct, ...]
    product_count: int
    too_few_count: int
    with_cost_count: int


class WarningWeek(Frozen):
    """One week of sales in the small picture: its order lines that came back against what was to be expected."""

    week: date
    sold_line_count: float | None
    returned_line_count: float
    expected_line_count: float | None
    expected_lower: float | None
    expected_upper: float | None


class Alert(Frozen):
    """A unit that comes back more often than its own past and its like let expect.

    Attributes:
        kind: ``sku_reason``, ``supplier``, ``lot`` or ``category``.
        unit_id: its id.
        unit_name: what it is called.
        lot_week: Monday of the week in which the goods of a lot were first sold; None for other kinds.
        category: as the merchant names it.
        reason_class: class of reason, or ``all``.
        first_seen_week: Monday of the week in which it was first flagged.
        since_week: Monday of the week in which the rise seems to have begun.
        rate_multiplier: how many times as often it comes back.
        multiplier_lower: low end of the 90 % interval.
        multiplier_upper: high end.
        returned_line_count: order lines sold since then of which anything came back.
        expected_line_count: order lines that were to be expected.
        chance_of_false_alarm: chance that it is none; None on the watch list, which claims no error control.
        probability_above_limit: chance that its true rate is above its limit.
        weeks: the data that caused it, oldest first.
    """

    kind: str
    unit_id: PlainText
    unit_name: PlainText
    lot_week: date | None = None
    category: PlainText | None
    reason_class: str
    first_seen_week: date | None
    since_week: date | None
    rate_multiplier: float | None
    multiplier_lower: float | None
    multiplier_upper: float | None
    returned_line_count: float | None
    expected_line_count: float | None
    chance_of_false_alarm: float | None
    probability_above_limit: float | None = None
    weeks: tuple[WarningWeek, ...] = ()


class EarlyWarnings(Frozen):
    """Flags with their errors controlled, and a list of what may be worth a look without.

    Attributes:
        flags: by rank.
        flag_count: all of them, shown or not.
        watched: the watch list, by rank.
        watched_count: all of it.
    """

    flags: tuple[Alert, ...]
    flag_count: int
    watched: tuple[Alert, ...]
    watched_count: int
