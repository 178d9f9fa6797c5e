"""The single cases behind what a payload counts: for the pages, and in no report and no payload.

Numbers of orders, waybills and lines of files lead to persons in the hands of those who have them; a report travels,
so it has only counts.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.reports.frozen import Frozen, PlainText

if TYPE_CHECKING:
    from pipelines.reports.published import Published

CASES_SHOWN = 5


class Case(Frozen):
    """One contradiction.

    Attributes:
        kind: text id of the contradiction.
        entity_key: number of the thing that it is about.
        finding: the two sides of it.
        found_date: day on which it shows.
        file_name: file that tells it, where a single one does.
        line_number: line of that file.
    """

    kind: str
    entity_key: PlainText
    finding: PlainText
    found_date: date | None
    file_name: PlainText | None
    line_number: int | None


class Evidence(Frozen):
    """Cases by kind.

    Attributes:
        cases: up to five contradictions of each kind, the newest first.
        examples: by ledger, kind and who cancelled: numbers of the newest leftovers.
    """

    cases: tuple[Case, ...]
    examples: dict[tuple[str, str, str], PlainText]


def read_evidence(snapshot: Published, merchant_id: str) -> Evidence:
    """What one merchant's pages list; empty for a merchant of whom nothing is published."""
    cases = snapshot.query(
        "select kind, entity_key, coalesce(finding, '') as finding, found_date, file_name, line_number"
        " from marts.contradictions where merchant_id = ?"
        " qualify row_number() over (partition by kind order by found_date desc nulls last, entity_key, finding) <= ?"
        " order by kind, found_date desc nulls last, entity_key, finding",
        [merchant_id, CASES_SHOWN],
    ).to_dicts()
    examples = snapshot.query(
        "select ledger, kind, cancelled_by, coalesce(example_ids, '') as example_ids"
        " from marts.ledger_leftovers where merchant_id = ?",
        [merchant_id],
    ).iter_rows()
    return Evidence(
        cases=tuple(Case(**row) for row in cases),
        examples={(ledger, kind, cancelled_by): ids for ledger, kind, cancelled_by, ids in examples},
    )
