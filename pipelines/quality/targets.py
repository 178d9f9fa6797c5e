"""Which rows of which merchant are checked: waiting files of staging tables, and tables that readers see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.quality.accounting import accounting_target
from pipelines.quality.expectations import MERCHANT_VARIABLE, CheckTarget, shown_key
from pipelines.quality.suites import expectations_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from pipelines.tables import Table

_OF_MERCHANT = f"merchant_id = getvariable('{MERCHANT_VARIABLE}')"


def incoming_targets(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[Table], merchants: Sequence[str]
) -> list[CheckTarget]:
    """What waits to be merged: each staging table and merchant with rows of a file that is not merged yet.

    Every merchant with a loaded file also has its records recounted (``accounting``).

    Args:
        connection: open connection on the warehouse.
        tables: declared staging tables; those that do not exist yet are left out.
        merchants: merchant ids.
    """
    staged = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'staging'"
        ).fetchall()
    }
    found = []
    for table in tables:
        if table.name not in staged:
            continue
        waiting = {
            merchant_id
            for (merchant_id,) in connection.execute(
                f"select distinct merchant_id from {table.full_name} where {_WAITING}"
            ).fetchall()
        }
        found += [incoming_target(table, merchant_id) for merchant_id in merchants if merchant_id in waiting]
    loaded = {
        merchant_id for (merchant_id,) in connection.execute("select distinct merchant_id from raw.files").fetchall()
    }
    found += [accounting_target(sorted(staged), merchant_id) for merchant_id in merchants if merchant_id in loaded]
    return found


_WAITING = (
    "file_id in (select file_id from raw.files where merged_at is null"
    " union all select mended_file_id from meta.mended_keys)"
)
"""Files that are not merged, and those of which a corrections file changed records."""


def incoming_target(table: Table, merchant_id: str) -> CheckTarget:
    """The rows of a merchant's waiting files in one staging table."""
    natural = tuple(
        name for expectation in expectations_of(table) if expectation.kind == "unique" for name in expectation.columns
    )
    key = dict.fromkeys((*natural, "file_id", "line_number"))
    return CheckTarget(
        table=table.full_name,
        relation_sql=f"select * from {table.full_name} where {_OF_MERCHANT} and {_WAITING}",
        merchant_id=merchant_id,
        expectations=expectations_of(table),
        kind="incoming",
        key=shown_key(tuple(key), table.columns),
    )


def published_target(table: Table, merchant_id: str) -> CheckTarget:
    """A merchant's rows of one table."""
    return CheckTarget(
        table=table.full_name,
        # A row of nobody is everybody's: it would be seen by no check otherwise.
        relation_sql=f"select * from {table.full_name} where {_OF_MERCHANT} or merchant_id is null",
        merchant_id=merchant_id,
        expectations=expectations_of(table),
        kind="published",
        key=shown_key(table.key, table.columns),
    )
