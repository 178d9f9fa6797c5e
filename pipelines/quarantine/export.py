"""The corrections file: what stands in quarantine as a CSV that a person fills in and loads again.

What it looks like, and how it is read, stands in ``pipelines.sources.corrections``.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from pipelines.errors import CannotRun, UsageProblem
from pipelines.quarantine.groups import expected_in_file, shown_column
from pipelines.quarantine.spreadsheet_text import guarded
from pipelines.sources.corrections import EMPTY, HEADER

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.quarantine.reading import Store, Wanted

CAN_BE_CORRECTED = f"write into corrected what should have stood there, or {EMPTY}; or, for the file itself: "
CANNOT_BE_CORRECTED = (
    "leave corrected empty: the columns of this line are not known. Mend the line in the original file and load that"
    " under a new name; what was loaded of it already does no harm, the newer load counts"
)


def export(store: Store, wanted: Wanted, path: Path) -> int:
    """Write what is open into a corrections file.

    Args:
        store: where it is read.
        wanted: which rows; of one merchant.
        path: file that does not exist yet.

    Returns:
        Rows that were written.

    Raises:
        UsageProblem: the file exists, or nothing is open.
        CannotRun: it cannot be written.
    """
    condition, parameters = wanted.conditions
    rows = store.ask(
        "select file_name, file_id, record_number, line_number, entity, rule, column_name, field, expected, remedy,"
        f" source, header, date_format from ({store.rows_sql}) where {condition} and source <> 'corrections'"
        " order by file_name, file_id, record_number, line_number, rule, entity",
        parameters,
    )
    if not rows:
        raise UsageProblem(
            "nothing is in quarantine that fits, so no file is written.\n"
            "  to do:    look at what there is: keeprate quarantine, without --export"
        )
    try:
        # Spreadsheets take a text without this mark for one in an old encoding.
        with path.open("x", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
            writer.writerow(HEADER)
            for file_name, file_id, record, line, entity, rule, column, field, expected, remedy, *of_file in rows:
                source, header, date_format = of_file
                cells = (
                    file_name,
                    file_id,
                    str(record),
                    str(line),
                    entity or "",
                    rule,
                    shown_column(source, column, header),
                    field or "",
                    expected_in_file(expected, date_format),
                    CANNOT_BE_CORRECTED if entity == "record" else CAN_BE_CORRECTED + (remedy or ""),
                    "",
                )
                writer.writerow([guarded(cell) for cell in cells])
    except FileExistsError:
        raise UsageProblem(
            f"{path} exists, and may hold corrections.\n  to do:    load it first, or name another file"
        ) from None
    except OSError as error:
        raise CannotRun(
            f"{path}: cannot be written ({error.strerror}).\n  to do:    name a file in a folder that you may write to"
        ) from error
    return len(rows)
