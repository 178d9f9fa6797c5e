"""What became of a file, for people: what it is, that its records add up, what went to quarantine and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.cli.output.people import count, facts, printable, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.ingest.result import FileResult

NAMED_COLUMNS = 12
"""So many column names are printed; the rest is counted, and stands whole in the JSON."""


def lines_of(result: FileResult) -> list[str]:
    """One block for one file."""
    if result.status == "refused":
        return [*(printable(line) for line in result.message.splitlines()), ""]
    pairs = [
        ("source", result.source),
        ("records", records_sentence(result)),
        ("dates", ": ".join(part for part in (result.date_format, result.date_format_evidence) if part)),
        ("age", f"{result.as_of[:16].replace('T', ' ')} UTC: {result.as_of_evidence}"),
        *_columns(result),
        *(pair for rejection in result.quarantine for pair in _rejection(rejection)),
        *(("note", warning) for warning in result.warnings),
    ]
    return [f"{printable(result.path)}: {_STATUS.get(result.status, result.status)}", *facts(pairs), ""]


_STATUS = {"dry run": "dry run, nothing was kept"}


def records_sentence(result: FileResult) -> str:
    """Records in = loaded + quarantined, and what stands beside that sum."""
    sentence = (
        f"{result.records_in:,} in = {result.records_loaded:,} loaded + {result.records_quarantined:,} quarantined"
    )
    if result.cells_quarantined:
        sentence += f"; {count(result.cells_quarantined, 'cell')} of loaded records quarantined"
    if result.blank_records:
        sentence += f"; {count(result.blank_records, 'blank line')}"
    return sentence


def _columns(result: FileResult) -> list[tuple[str, str]]:
    known = result.columns.get("known", [])
    extra = result.columns.get("kept_as_attributes", [])
    pairs = []
    if result.status == "dry run":
        pairs.append(("columns", f"{len(known)} known: {_names(known)}"))
    if extra:
        pairs.append(("extra", f"{count(len(extra), 'column')} kept as attributes: {_names(extra)}"))
    return pairs


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(shortened(printable(name), 40) for name in names[:NAMED_COLUMNS])
    more = len(names) - NAMED_COLUMNS
    return shown + (f" and {more} more" if more > 0 else "")


def _rejection(rejection: dict[str, object]) -> list[tuple[str, str]]:
    column = f" in {rejection['column']}" if rejection.get("column") else ""
    found = f"{rejection['count']} x {rejection['rule']}{column}, first in line {rejection['first_line']}"
    expected = f"\n  expected: {rejection['expected']}" if rejection.get("expected") else ""
    remedy = f"\n  to do:    {rejection['remedy']}" if rejection.get("remedy") else ""
    return [("quarantine", found + expected + remedy)]


def ending(results: Sequence[FileResult], merchant_id: str) -> list[str]:
    """The last lines: how many files, and what to do next."""
    by_status: dict[str, int] = {}
    for result in results:
        by_status[result.status] = by_status.get(result.status, 0) + 1
    parts = ", ".join(f"{number} {status}" for status, number in by_status.items())
    lines = [f"merchant {merchant_id}: {count(len(results), 'file')}: {parts}"]
    if any(result.quarantine for result in results) and "dry run" not in by_status:
        lines.append(f"what was quarantined, and a file to mend it in: keeprate quarantine --merchant {merchant_id}")
    if by_status.get("loaded"):
        lines.append("next: keeprate build")
    elif by_status.get("dry run"):
        lines.append("next: the same command without --dry-run")
    return lines
