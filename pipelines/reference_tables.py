"""Tables that come with the software and hold no merchant's data: the crosswalk of stated reasons.

To add one, declare it here with the function that reads it; the reading itself belongs to the model that owns
the file. Writing them into the warehouse does not belong here (``pipelines.assets``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.contracts.base import Column
from pipelines.tables import Check, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars


@dataclass(frozen=True)
class ReferenceTable(Table):
    """A table that the software brings along.

    Attributes:
        read: returns the rows as a Polars frame with the declared columns in their order.
    """

    read: Callable[[], polars.DataFrame] = field(kw_only=True)


def _read_reason_codes() -> polars.DataFrame:
    from models.return_reason.crosswalk import reason_codes

    return reason_codes()


_REASON_CODES = ReferenceTable(
    schema="core",
    name="reason_codes",
    description="What each code of a published list of return reasons means in the codebook's classes.",
    grain="code of one version of a list",
    key=("reason_list", "list_version", "code_key"),
    columns=(
        Column("reason_list", "varchar", "Whose list: bigcommerce, shopify, amazon, generic and others."),
        Column("list_version", "varchar", "Version of the list, by where it stood or since when."),
        Column("valid_from", "date", "First day on which the list held the code; empty where unknown."),
        Column(
            "valid_to",
            "date",
            "Last day on which the list held the code; empty where unknown or still valid.",
        ),
        Column("code", "varchar", "Code or label as the list writes it."),
        Column(
            "code_key",
            "varchar",
            "`code` folded for matching: lower case, blanks folded, no punctuation at the end.",
        ),
        Column(
            "reason_class",
            "varchar",
            "Class of the codebook that the code means, or `unclear`.",
            values=("defective", "not_as_described", "poor_quality", "delivery", "changed_mind", "unclear"),
        ),
        Column(
            "sub_reason",
            "varchar",
            "Sub-reason within the class; empty where the code says no more than the class.",
        ),
        Column(
            "confidence",
            "double",
            "How surely the code means the class, 0 to 1, judged by hand.",
            minimum=0,
            maximum=1,
        ),
        Column("source_note", "varchar", "Where the line comes from and why it is weak, where it is."),
    ),
    checks=(
        Check("unique", "unique_reason_list_list_version_code_key", ("reason_list", "list_version", "code_key")),
        Check("not_null", "not_null_reason_class", ("reason_class",)),
        Check("assert", "confidence_is_a_share", expression="confidence between 0 and 1"),
    ),
    read=_read_reason_codes,
)

REFERENCE_TABLES: dict[str, ReferenceTable] = {table.full_name: table for table in (_REASON_CODES,)}
"""Reference tables by ``schema.name``."""
