"""What a report says of sources and of contradictions in them: records of the payload."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pipelines.reports.frozen import Frozen, PlainText


class SourceState(Frozen):
    """Through which day one source tells, and what it brought.

    Attributes:
        source: name of the source.
        entities: names of what it holds.
        file_count: files loaded.
        record_count: records in those files.
        quarantined_count: records set aside as a whole.
        quarantined_cell_count: single cells set aside.
        data_through_date: last day that it tells of.
        days_behind: behind the newest of the merchant's sources; None for sources that do not move.
        is_late: more days behind than a weekly export explains.
    """

    source: str
    entities: tuple[str, ...]
    file_count: int
    record_count: int
    quarantined_count: int
    quarantined_cell_count: int
    data_through_date: date
    days_behind: int | None
    is_late: bool


class ContradictionKind(Frozen):
    """How often the data say one thing that cannot be so.

    Attributes:
        kind: text id.
        severity: ``error``: numbers are wrong until it is corrected; ``warning``: a single thing is; ``note``: it can
            be so.
        meaning: in English, for kinds that the catalogues do not know.
        item_count: how many.
        newest_date: day on which it showed last.
    """

    kind: str
    severity: Literal["error", "warning", "note"]
    meaning: PlainText
    item_count: int
    newest_date: date | None
