"""Tables that keeprate.toml alone fills: who the merchants are, and what they decided for their numbers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipelines.contracts.base import MERCHANT, Column
from pipelines.costs import COSTS
from pipelines.tables import Table

if TYPE_CHECKING:
    from pipelines.settings import Settings
    from pipelines.warehouse import Warehouse

MERCHANTS = Table(
    schema="core",
    name="merchants",
    description="The merchants of the installation, from keeprate.toml.",
    grain="merchant",
    key=("merchant_id",),
    columns=(
        MERCHANT,
        Column("name", "varchar", "Name as the report prints it."),
        Column("locale", "varchar", "Language of reports and pages."),
        Column("timezone", "varchar", "IANA name of the shop's zone."),
        Column("currency_code", "varchar", "ISO 4217 currency of the merchant."),
    ),
)

MERCHANT_SETTINGS = Table(
    schema="core",
    name="merchant_settings",
    description="What each merchant decided for its numbers, from keeprate.toml: its own costs, and what it shares.",
    grain="merchant",
    key=("merchant_id",),
    columns=(
        MERCHANT,
        Column("share_priors", "boolean", "What was learned of its rates may help merchants that share theirs."),
        *(
            Column(
                f"{name}_amount" if figure.maximum is None else name, "double", f"{figure.description} Empty: unsaid."
            )
            for name, figure in COSTS.items()
        ),
    ),
)

STATED = (MERCHANTS, MERCHANT_SETTINGS)


def state(warehouse: Warehouse) -> None:
    """Write what keeprate.toml says, where the tables say something else."""
    for table, rows in _stated_rows(warehouse.settings).items():
        _state(warehouse, table, rows)


def stated_code(warehouse: Warehouse, table: Table) -> str:
    """Changes with every row that comes, goes or is stated otherwise: what reads the table is stale then."""
    rows = warehouse.connection.execute(f"select * from {table.full_name} order by all").fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def _stated_rows(settings: Settings) -> dict[Table, list[tuple[object, ...]]]:
    """Rows of the tables that keeprate.toml alone fills, sorted."""
    merchants = sorted(settings.merchants.values(), key=lambda merchant: merchant.merchant_id)
    return {
        MERCHANTS: [(one.merchant_id, one.name, one.locale, one.timezone, one.currency_code) for one in merchants],
        MERCHANT_SETTINGS: [
            (one.merchant_id, one.share_priors, *(one.costs.get(name) for name in COSTS)) for one in merchants
        ],
    }


def _state(warehouse: Warehouse, table: Table, wanted: list[tuple[object, ...]]) -> None:
    """Write a table that keeprate.toml alone fills, where it says something else than the table."""
    name = table.full_name
    if warehouse.connection.execute(f"select * from {name} order by all").fetchall() == wanted:
        return
    changed = f"insert into meta.dirty_parts by name select '{name}' as table_name, merchant_id from {name}"
    with warehouse.transaction():
        warehouse.connection.execute(changed)
        warehouse.connection.execute(f"delete from {name}")
        if wanted:
            marks = ", ".join("?" for _ in table.columns)
            warehouse.connection.executemany(f"insert into {name} values ({marks})", [list(row) for row in wanted])
        warehouse.connection.execute(changed)
