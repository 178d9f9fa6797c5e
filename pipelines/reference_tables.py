"""Tables that come with the software and hold no merchant's data: crosswalks of other systems' codes.

To add one, declare it here with the files that it is made from and the function that reads them; reading what a
model owns belongs to the model. Writing them into the warehouse does not belong here (``reference_loading``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.contracts.base import Column
from pipelines.contracts.shipments import DIRECTIONS, PARCEL_STATUSES, PROBLEMS
from pipelines.tables import Check, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars


@dataclass(frozen=True)
class ReferenceTable(Table):
    """A table that the software brings along.

    Attributes:
        read: returns the rows as a Polars frame with the declared columns in their order.
        files: what the rows are made from: data, and the module that reads them.
    """

    read: Callable[[], polars.DataFrame] = field(kw_only=True)
    files: tuple[Path, ...] = field(kw_only=True)

    @property
    def code_hash(self) -> str:
        """Changes when the declaration, the data or the code that reads them change; reads no frame."""
        parts = [repr(self.columns).encode(), *(path.read_bytes() for path in self.files)]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


_PACKAGES = Path(__file__).resolve().parent.parent
_REASONS = _PACKAGES / "models" / "return_reason"
_PARCEL_CODES = _PACKAGES / "pipelines" / "sources" / "data"


def _reader(path: Path) -> Callable[[], polars.DataFrame]:
    """A function that reads a CSV file whose columns are all text."""

    def read() -> polars.DataFrame:
        import polars as pl

        return pl.read_csv(path, infer_schema=False)

    return read


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
    files=(_REASONS / "data" / "crosswalk.csv", _REASONS / "crosswalk.py"),
)

_STATUS_CODES = ReferenceTable(
    schema="core",
    name="parcel_status_codes",
    description="What a carrier's or aggregator's status means in one vocabulary, read with the parcel's direction.",
    grain="status of a list and direction",
    key=("code_list", "code_key", "direction"),
    columns=(
        Column("code_list", "varchar", "Whose list: clickpost, easypost."),
        Column("code_key", "varchar", "Code or name folded for matching: lower case, letters and digits only."),
        Column("direction", "varchar", "Direction of the parcel that it is read for.", values=DIRECTIONS),
        Column("status", "varchar", "Status in one vocabulary.", values=PARCEL_STATUSES),
        Column("source_note", "varchar", "The list's own name for it."),
    ),
    checks=(
        Check("unique", "unique_code_list_code_key_direction", ("code_list", "code_key", "direction")),
        Check("not_null", "not_null_status", ("status",)),
    ),
    read=_reader(_PARCEL_CODES / "parcel_status_codes.csv"),
    files=(_PARCEL_CODES / "parcel_status_codes.csv",),
)

_PROBLEM_CODES = ReferenceTable(
    schema="core",
    name="parcel_problem_codes",
    description="What a code or name of a failed delivery or pickup means in one vocabulary.",
    grain="code of a list",
    key=("code_list", "code_key"),
    columns=(
        Column("code_list", "varchar", "Whose list: clickpost_ndr (deliveries), clickpost_npr (pickups)."),
        Column("code_key", "varchar", "Code or name folded for matching: lower case, letters and digits only."),
        Column("problem", "varchar", "Problem in one vocabulary.", values=PROBLEMS),
        Column("source_note", "varchar", "The list's own name for it."),
    ),
    checks=(
        Check("unique", "unique_code_list_code_key", ("code_list", "code_key")),
        Check("not_null", "not_null_problem", ("problem",)),
    ),
    read=_reader(_PARCEL_CODES / "parcel_problem_codes.csv"),
    files=(_PARCEL_CODES / "parcel_problem_codes.csv",),
)

REFERENCE_TABLES: dict[str, ReferenceTable] = {
    table.full_name: table for table in (_REASON_CODES, _STATUS_CODES, _PROBLEM_CODES)
}
"""Reference tables by ``schema.name``."""
