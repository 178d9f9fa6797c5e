"""The codebook's classes and sub-reasons, by the labels that stand in tables and files.

What a stated code means belongs in :mod:`models.return_reason.crosswalk`; how customers' words are read does
not belong here.
"""

from __future__ import annotations

UNCLEAR = "unclear"
"""Nothing can be read from the evidence: a result of its own, counted and shown."""

SUB_REASONS: dict[str, tuple[str, ...]] = {
    "defective": ("fault", "arrived_damaged", "missing_part", "wrong_item", "expired", "other"),
    "not_as_described": ("size_fit", "colour", "material", "counterfeit", "compatibility", "other"),
    "poor_quality": ("material", "workmanship", "performance", "smell_taste", "durability", "other"),
    "delivery": ("late", "lost", "transit_damage", "courier", "wrong_place", "other"),
    "changed_mind": ("style", "price", "mistake", "no_longer_needed", "bracketing", "other"),
    UNCLEAR: (),
}
"""Sub-reasons by class; a sub-reason is known by the pair, ``material`` stands in two classes."""
