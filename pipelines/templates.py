"""A CSV to fill in for a contract: what each column means, the header, two example rows.

The meanings stand above the header as lines that begin with ``#``, which ingest passes over (and counts, so that line
numbers are those of ``sed -n``).
"""

from __future__ import annotations

import csv
import io

from pipelines.contracts import contract
from pipelines.contracts.base import Column


def template(entity: str) -> str:
    """The template of a contract: comment lines, header and two rows, all of which load as they stand.

    Raises:
        KeyError: there is no such contract.
    """
    declared = contract(entity)
    columns = [column for column in declared.input_columns if column.name != "attributes"]
    comments = [
        f"# Keeprate template: {entity}. {declared.description}",
        "# Replace the two example rows. Optional columns may be left out; times without an offset are UTC.",
        *(f"# {column.name} ({_kind(column)}): {_meaning(column)}" for column in columns),
    ]
    out = io.StringIO()
    # Records are told apart by their quotes, so comments hold none.
    out.writelines(line.replace('"', "'") + "\n" for line in comments)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for row in range(2):
        writer.writerow([column.examples[row] for column in columns])
    return out.getvalue()


def _kind(column: Column) -> str:
    kind = {"varchar": "text", "bigint": "whole number", "timestamp": "time", "json": "JSON"}.get(column.type)
    kind = kind or ("amount" if column.type.startswith("decimal") else column.type)
    return f"{kind}, required" if column.is_required else kind


def _meaning(column: Column) -> str:
    values = f" One of: {', '.join(column.values)}." if column.values else ""
    privacy = " Only a pseudonym is kept." if column.privacy == "identity" else ""
    return f"{column.description}{values}{privacy}"
