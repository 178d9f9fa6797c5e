"""Corrections: what ``keeprate quarantine --export`` wrote, with the column ``corrected`` filled in by a person.

* Each record names a cell: ``file_id`` and ``record`` (its number in that file) and ``column`` (the header of the
  column in that file). What stands in ``corrected`` is what should have stood there; ``(empty)`` says that nothing
  should have. A record whose ``corrected`` is empty changes nothing.
* Another column of the same record may be corrected: change ``column``, or add a line.
* ``file``, ``line``, ``entity``, ``rule``, ``found``, ``expected`` and ``to_do`` are for the person. Only ``rule`` is
  kept; the others may hold what somebody typed there.
* What is corrected passes the same door as the column that it is for: free text is masked, postcodes are cut, what is
  no amount does not stand among amounts. Names are known by the order of the corrected record. A correction of a column
  that is a person's pseudonym, or is not kept at all, is rejected and not kept.
* An erasure empties the words and postcodes that were corrected of the person's records, and leaves dates, amounts and
  counts. Corrections of words that come afterwards are rejected.
* Spreadsheets are told by a leading apostrophe what is text (``pipelines.quarantine.spreadsheet_text``).
* Whether a correction can be applied is decided when its file is loaded, and kept: which records stood in quarantine
  then cannot be asked later. The corrected file is read anew with the mended cells under its own name, age and record
  numbers (``pipelines.quarantine.mending``), so that everything is as if it had been right from the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pipelines.contracts.base import PROVENANCE, Column
from pipelines.errors import Refused
from pipelines.sources.base import FileFacts, RawColumn, Source
from pipelines.tables import Table

if TYPE_CHECKING:
    from pipelines.ingest.landing import LandedFile

EMPTY = "(empty)"
"""What a person writes where a cell should have been empty."""

HEADER = (
    "file", "file_id", "record", "line", "entity", "rule", "column", "found", "expected", "to_do", "corrected",
)  # fmt: skip

RAW = Table(
    schema="raw",
    name="corrections__cells",
    description="Cells that a person corrected, as text, each handled as its column is, and what was decided on them.",
    grain="record of a corrections file",
    key=("file_id", "record_number"),
    columns=(
        *PROVENANCE,
        Column("of_file_id", "varchar", "`file_id`: the file that is corrected."),
        Column("of_record", "varchar", "`record`: number of the record in that file."),
        Column("of_rule", "varchar", "`rule`: the rule that had rejected it."),
        Column("of_column", "varchar", "`column`: as the raw table calls it, or the header of a generic file."),
        Column("corrected", "varchar", "What should have stood there, handled as the column is; empty for nothing."),
        Column("is_filled", "boolean", "Something was corrected: `corrected` had a text."),
        Column("problem", "varchar", "Rule by which the correction was rejected at the door; empty where it was not."),
        Column("loaded_at", "timestamp", "When the row was loaded (UTC)."),
    ),
    load="merge",
    is_published=False,
)


class Corrections(Source):
    """Cells of quarantined records, mended by a person."""

    name: ClassVar[str] = "corrections"
    title: ClassVar[str] = "Corrections (what keeprate quarantine --export wrote, filled in)"
    raw_table: ClassVar[str] = "corrections__cells"
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("file_id", is_required=True),
        RawColumn("record", is_required=True),
        RawColumn("rule", is_required=True),
        RawColumn("column", is_required=True),
        RawColumn("corrected", is_required=True),
        RawColumn("file", "drop"),
        RawColumn("line", "drop"),
        RawColumn("entity", "drop"),
        RawColumn("found", "drop"),
        RawColumn("expected", "drop"),
        RawColumn("to_do", "drop"),
    )
    staged: ClassVar[tuple[str, ...]] = ("corrections__cells",)

    def declared_raw_table(self) -> Table:
        """``raw.corrections__cells``."""
        return RAW

    def leaves_out(self, header: str) -> bool:
        """Columns that somebody added are notes; nothing here asks for them."""
        return True

    def examine(self, landed: LandedFile) -> FileFacts:
        """Tell how many cells are filled in.

        Raises:
            Refused: none is.
        """
        ((count, filled),) = landed.connection.execute(
            f"select count(*), count(*) filter (where trim(corrected) <> '') from {landed.table}"
        ).fetchall()
        if count and not filled:
            raise Refused(
                landed.file_name,
                column="corrected",
                found=f"{count} rows, in none of which the column is filled in",
                expected=f"what should have stood in the cell, or {EMPTY}, in some of the rows",
                remedy="fill in what you can, save as CSV, and load the file again",
            )
        left = f"{count - filled} of {count} rows have nothing in corrected and change nothing"
        return FileFacts(warnings=(left,) if filled < count else ())

    def raw_query(self, landed: LandedFile, file_id: str, key: bytes) -> str:
        """SQL that turns ``landing`` into rows of the raw table, each correction judged and handled."""
        from pipelines.quarantine.judging import judged_query

        return judged_query(landed, file_id, key)
