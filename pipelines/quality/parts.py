"""Verdicts on whole tables from checks of some of their parts: what was counted in each part is kept and summed up.

The counts stand in ``meta.checked_parts`` and ``meta.failing_parts``. They are replaced part by part together with the
verdicts, in one transaction, so that a check that is killed and run again counts nothing twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.ledger import CHECKED_PARTS, FAILING_PARTS, MERCHANTS
from pipelines.quality.run import FailingPart, part_verdict
from pipelines.quality.suites import expectations_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from pipelines.quality.expectations import Expectation
    from pipelines.quality.run import Checked
    from pipelines.tables import Table
    from pipelines.warehouse import Warehouse


def expectations_hash(expectations: tuple[Expectation, ...]) -> str:
    """Changes when a table is held to something else."""
    return hashlib.sha256(repr(expectations).encode()).hexdigest()[:16]


def forget_parts(warehouse: Warehouse) -> None:
    """Note that no part was ever checked: the next build checks every table whole."""
    with warehouse.transaction():
        for table in (CHECKED_PARTS, FAILING_PARTS):
            warehouse.connection.execute(f"delete from {table.full_name}")


def wanted_whole(warehouse: Warehouse, tables: Mapping[str, Table]) -> set[tuple[str, str]]:
    """Tables and merchants whose rows must be checked whole, by what is known of their parts.

    Those that were never checked or are held to something else by now; and those in which a key stood twice, for it
    may have stood in two parts.

    Args:
        warehouse: the open warehouse.
        tables: declared tables with a merchant, by name.
    """
    connection = warehouse.connection
    every = {
        (name, merchant_id)
        for name, merchant_id in connection.execute(
            "select schema_name || '.' || table_name, merchant_id"
            f" from duckdb_tables() cross join {MERCHANTS.full_name}"
        ).fetchall()
        if name in tables
    }
    hashes = {name: expectations_hash(expectations_of(table)) for name, table in tables.items()}
    known = {
        (name, merchant_id)
        for name, merchant_id, hashed in connection.execute(
            f"select table_name, merchant_id, min(expectations_hash) from {CHECKED_PARTS.full_name}"
            " group by 1, 2 having min(expectations_hash) = max(expectations_hash)"
        ).fetchall()
        if hashes.get(name) == hashed
    }
    uncut = {
        (name, merchant_id)
        for name, merchant_id, check in connection.execute(
            f"select table_name, merchant_id, check_name from {FAILING_PARTS.full_name}"
        ).fetchall()
        if name in tables
        and any(one.name == check and one.kind in ("unique", "schema") for one in expectations_of(tables[name]))
    }
    return (every - known) | (every & uncut)


def summed_up(
    warehouse: Warehouse,
    found: Sequence[Checked],
    scopes: Mapping[tuple[str, str], Collection[date | None] | None],
) -> list[Checked]:
    """Keep what was counted in the parts, and return the same with verdicts on all parts.

    A table in which a check raised keeps its verdicts as they are; none of its parts counts as checked.

    Args:
        warehouse: the open warehouse, within a transaction.
        found: what came of the targets.
        scopes: by table and merchant, the months of the parts that were looked at, None for all.
    """
    connection = warehouse.connection
    by_pair = {(one.target.table, one.target.merchant_id): one for one in found}
    raised = {pair for pair, one in by_pair.items() if any(verdict.raised for verdict in one.verdicts)}
    looked_at = [
        (*pair, month, months is None or pair in raised)
        for pair, months in scopes.items()
        for month in ([None] if months is None or pair in raised else sorted(months, key=str))
    ]
    connection.execute(
        "create or replace temp table looked_at as select unnest($1::varchar[]) as table_name,"
        " unnest($2::varchar[]) as merchant_id, unnest($3::date[]) as month, unnest($4::boolean[]) as is_whole",
        _columns(looked_at, 4),
    )
    for table in (CHECKED_PARTS, FAILING_PARTS):
        connection.execute(
            f"delete from {table.full_name} as kept using looked_at where kept.table_name = looked_at.table_name"
            " and kept.merchant_id = looked_at.merchant_id"
            " and (looked_at.is_whole or kept.month is not distinct from looked_at.month)"
        )
    connection.execute("drop table looked_at")
    _insert(warehouse, {pair: one for pair, one in by_pair.items() if pair not in raised}, scopes)
    rows, failing = _kept(warehouse)
    return [
        one
        if pair in raised
        else replace(
            one,
            verdicts=tuple(
                part_verdict(one.target, expectation, rows.get(pair, 0), failing.get((*pair, expectation.name), []))
                for expectation in one.target.expectations
            ),
        )
        for pair, one in by_pair.items()
    ]


def _insert(
    warehouse: Warehouse,
    checked: Mapping[tuple[str, str], Checked],
    scopes: Mapping[tuple[str, str], Collection[date | None] | None],
) -> None:
    parts = []
    failing = []
    for pair, one in checked.items():
        hashed = expectations_hash(one.target.expectations)
        # A table without a row of the merchant was checked as well.
        rows = one.rows or ({None: 0} if scopes[pair] is None else {})
        parts += [(*pair, month, count, hashed) for month, count in rows.items()]
        failing += [
            (*pair, part.month, part.check, part.failing_count, list(part.failing_keys)) for part in one.failing
        ]
    warehouse.connection.execute(
        f"insert into {CHECKED_PARTS.full_name} by name select unnest($1::varchar[]) as table_name,"
        " unnest($2::varchar[]) as merchant_id, unnest($3::date[]) as month, unnest($4::bigint[]) as row_count,"
        " unnest($5::varchar[]) as expectations_hash",
        _columns(parts, 5),
    )
    warehouse.connection.execute(
        f"insert into {FAILING_PARTS.full_name} by name select unnest($1::varchar[]) as table_name,"
        " unnest($2::varchar[]) as merchant_id, unnest($3::date[]) as month, unnest($4::varchar[]) as check_name,"
        " unnest($5::bigint[]) as failing_count, unnest($6::varchar[][]) as failing_keys",
        _columns(failing, 6),
    )


def _kept(
    warehouse: Warehouse,
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str, str], list[FailingPart]]]:
    """Rows by table and merchant, and what fails by table, merchant and check, the newest month first."""
    rows = {
        (name, merchant_id): int(count)
        for name, merchant_id, count in warehouse.connection.execute(
            f"select table_name, merchant_id, sum(row_count) from {CHECKED_PARTS.full_name} group by 1, 2"
        ).fetchall()
    }
    failing: dict[tuple[str, str, str], list[FailingPart]] = {}
    for name, merchant_id, check, month, count, keys in warehouse.connection.execute(
        "select table_name, merchant_id, check_name, month, failing_count, failing_keys"
        f" from {FAILING_PARTS.full_name} order by month desc nulls last"
    ).fetchall():
        failing.setdefault((name, merchant_id, check), []).append(FailingPart(month, check, count, tuple(keys)))
    return rows, failing


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """Rows as columns: a list for each ``unnest``."""
    return [[row[place] for row in rows] for place in range(width)]
