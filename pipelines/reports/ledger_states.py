"""What each kind of a ledger means for its reader: settled, still going on, or left over for a person.

The kinds are those of ``core.return_matches``, ``core.refund_matches`` and ``core.rto_matches``; which of them a
person should look at is said there and in ``marts.ledger_leftovers``, and a test compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.reports.ledger_payload import State

LEDGERS = ("returns", "refunds", "rto")

STATES: dict[State, dict[str, tuple[str, ...]]] = {
    "settled": {
        "returns": (
            "refunded", "exchange", "store_credit", "gift_certificate", "repair", "rejected", "cancelled",
        ),
        "refunds": (
            "matched_return", "cancelled_before_shipping", "rto_refunded", "store_credit", "gift_certificate",
            "not_goods",
        ),
        "rto": ("rto_refunded", "rto_sent_again", "rto_nothing_due"),
    },
    "open": {"returns": ("waiting",), "refunds": (), "rto": ("rto_on_the_way",)},
    "left_over": {
        "returns": (
            "return_without_refund", "order_level_not_attributable", "unknown_order", "refund_unknown",
        ),
        "refunds": (
            "refund_without_return", "order_level_not_attributable", "unknown_order", "declined", "zero_amount",
        ),
        "rto": ("rto_not_refunded", "rto_unknown_order", "rto_refund_unknown"),
    },
}  # fmt: skip
"""State -> ledger -> kinds; ``told_twice`` is in none, because another line stands for it."""


def state_of(ledger: str, kind: str) -> State:
    """State of a kind; one that is not known here is for a person."""
    return next((state for state, kinds in STATES.items() if kind in kinds[ledger]), "left_over")
