"""What a caller states about files, and what became of each of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True)
class IngestOptions:
    """What the caller states about the files.

    Attributes:
        source: name of the source, or None to recognise it.
        mapping: mapping file for a generic source, or None.
        date_format: ``dmy``, ``mdy`` or ``ymd``, or None.
        encoding: codec name, or None.
        as_of: age of the files, in the merchant's zone unless it has its own, or None.
        is_dry_run: show what would happen, keep nothing.
    """

    source: str | None = None
    mapping: Path | None = None
    date_format: str | None = None
    encoding: str | None = None
    as_of: datetime | None = None
    is_dry_run: bool = False


@dataclass
class FileResult:
    """What became of a file.

    Attributes:
        path: as given.
        status: ``loaded``, ``already loaded``, ``dry run`` or ``refused``.
        source: recognised or stated source.
        sha256: of the file as given.
        records_in: by the independent count.
        records_loaded: records from which something was staged.
        records_quarantined: records that went to quarantine whole.
        cells_quarantined: cells that went there while their record was loaded.
        blank_records: separators, counted apart.
        as_of: age of the file, ISO, UTC.
        as_of_evidence: where it was taken from.
        date_format: order of day, month, year, where the source needs one.
        date_format_evidence: how that was proven.
        columns: header names: known ones by name, others kept as attributes.
        quarantine: rule, count and first line of each kind of rejection.
        warnings: what a person should know.
        error: parts of the refusal, or None.
        message: the refusal as a sentence, or empty.
    """

    path: str
    status: str = "refused"
    source: str = ""
    sha256: str = ""
    records_in: int = 0
    records_loaded: int = 0
    records_quarantined: int = 0
    cells_quarantined: int = 0
    blank_records: int = 0
    as_of: str = ""
    as_of_evidence: str = ""
    date_format: str = ""
    date_format_evidence: str = ""
    columns: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[dict[str, object]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: dict[str, object] | None = None
    message: str = ""

    def as_json(self) -> dict[str, object]:
        """Everything, for ``--json``."""
        return asdict(self)
