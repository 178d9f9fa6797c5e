"""Which rows of which merchant are checked: waiting files of staging tables, and tables that readers see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.quality.accounting import accounting_target
from pipelines.quality.expectations import MERCHANT_VARIABLE, CheckTarget, shown_key
from pipelines.quality.suites import expectations_of
from pipelines.sql_text import literals
from pipelines.staleness import part_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    import duckdb

    from pipelines.tables import Table

_OF_MERCHANT = f"merchant_id = getvariable('{MERCHANT_VARIABLE}')"


def incoming_targets(
    connection: duckdb.DuckDBPyConnection,
    tables: Iterable[Table],
    merchants: Sequence[str],
    recounted: Collection[str] = (),
) -> list[CheckTarget]:
    """What waits to be merged: each staging table and merchant with rows of a file that is not merged yet.

    The records of each file that waits are recounted as well (``accounting``).

    Args:
        connection: open connection on the warehouse.
        tables: declared staging tables; those that do not exist yet are left out.
        merchants: merchant ids.
        recounted: merchants of whom every file is recounted, not only those that wait.
    """
    staged = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'staging'"
        ).fetchall()
    }
    files: dict[str, list[str]] = {}
    for merchant_id, file_id in connection.execute(f"{_WAITING_FILES} order by all").fetchall():
        files.setdefault(merchant_id, []).append(file_id)
    found = []
    for table in tables:
        if table.name not in staged:
            continue
        every = [file_id for own in files.values() for file_id in own]
        waiting = {
            merchant_id
            for (merchant_id,) in connection.execute(
                f"select distinct merchant_id from {table.full_name} where file_id in ({literals(every)})"
            ).fetchall()
        }
        found += [
            incoming_target(table, merchant_id, files[merchant_id])
            for merchant_id in merchants
            if merchant_id in waiting and merchant_id in files
        ]
    found += [
        accounting_target(sorted(staged), merchant_id, None if merchant_id in recounted else files[merchant_id])
        for merchant_id in merchants
        if merchant_id in recounted or merchant_id in files
    ]
    return found


_WAITING_FILES = (
    "select merchant_id, file_id from raw.files where merged_at is null"
    " union select merchant_id, mended_file_id from meta.mended_keys"
)
"""Files that are not merged, and those of which a corrections file changed records."""


def incoming_target(table: Table, merchant_id: str, files: Collection[str] | None = None) -> CheckTarget:
    """The rows of a merchant's waiting files in one staging table.

    Args:
        table: declared staging table.
        merchant_id: the merchant.
        files: the files; None for all that wait. Named ones let DuckDB pass over the rows of all others.
    """
    natural = tuple(
        name for expectation in expectations_of(table) if expectation.kind == "unique" for name in expectation.columns
    )
    key = dict.fromkeys((*natural, "file_id", "line_number"))
    chosen = f"select file_id from ({_WAITING_FILES})" if files is None else literals(files)
    return CheckTarget(
        table=table.full_name,
        relation_sql=f"select * from {table.full_name} where {_OF_MERCHANT} and file_id in ({chosen})",
        merchant_id=merchant_id,
        expectations=expectations_of(table),
        kind="incoming",
        key=shown_key(tuple(key), table.columns),
    )


def published_target(table: Table, merchant_id: str, months: Collection[date | None] | None = None) -> CheckTarget:
    """A merchant's rows of one table, or of some of its published parts.

    Args:
        table: the declared table.
        merchant_id: the merchant.
        months: months of the parts; None for all rows.
    """
    _, part_month = part_columns(table)
    # A row of nobody is everybody's: it would be seen by no check otherwise.
    where = f"({_OF_MERCHANT} or merchant_id is null)"
    if months is not None and table.month:
        where += f" and ({_in_months(table.month, months)})"
    return CheckTarget(
        table=table.full_name,
        relation_sql=f"select * from {table.full_name} where {where}",
        merchant_id=merchant_id,
        expectations=expectations_of(table),
        kind="published",
        key=shown_key(table.key, table.columns),
        part_month=part_month,
    )


def _in_months(column: str, months: Collection[date | None]) -> str:
    """SQL that keeps the rows of some months; one range around them all lets DuckDB pass over row groups."""
    dated = sorted(month for month in months if month is not None)
    clauses = []
    if dated:
        first, last = dated[0].isoformat(), dated[-1].isoformat()
        days = ", ".join(f"date '{month.isoformat()}'" for month in dated)
        clauses.append(
            f"{column} >= date '{first}' and {column} < date '{last}' + interval 1 month"
            f" and date_trunc('month', {column})::date in ({days})"
        )
    if len(dated) < len(months):
        clauses.append(f"{column} is null")
    return " or ".join(clauses) or "false"
