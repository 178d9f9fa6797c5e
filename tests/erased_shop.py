"""A shop in which Ann bought, sent back and wrote, beside Bob: texts of files, and loading them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipelines.erasure.erase import empty_raw
from pipelines.erasure.people import find_person
from pipelines.erasure.plan import Plan
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.warehouse import Warehouse

Load = Callable[..., None]

ORDERS = (
    "order_id,placed_date,currency_code,total_amount,customer_id,customer_email,customer_phone,ship_postcode_prefix\n"
    "7,2026-03-14,USD,10.00,501,ann@example.com,+1 555 0101,100\n"
    "8,2026-03-15,USD,20.00,502,bob@example.com,+1 555 0102,941\n"
)


def load_text(warehouse: Warehouse, folder: Path, name: str, text: str, **options: object) -> None:
    """Load a file of this text; it must be taken."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    stated = IngestOptions(as_of=datetime(2026, 4, 1, tzinfo=UTC), **options)  # type: ignore[arg-type]
    (result,) = ingest_files(warehouse, warehouse.settings.merchants["demo"], [path], stated)
    assert result.status == "loaded", result.message


def erase_up_to_the_build(warehouse: Warehouse, pseudonym: str) -> Plan:
    """The steps of an erasure that come before its build."""
    person = find_person(warehouse, "demo", "email", pseudonym)
    assert person.identities
    lists = (sorted(values) for values in person.by_kind().values())
    plan = Plan("0123456789abcdef", "demo", *lists)
    empty_raw(warehouse, plan)
    return plan


def words_in_raw(warehouse: Warehouse) -> str:
    """Everything that stands in raw and staging, as one text."""
    tables = warehouse.connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('raw', 'staging')"
    ).fetchall()
    return "\n".join(str(warehouse.connection.execute(f"select * from {name}").fetchall()) for (name,) in tables)
