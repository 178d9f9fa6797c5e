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


HER_WORDS = "secret of ann"
"""Stands in every text that tells of Ann; no mask takes it."""
REASON = "secret of ann who dislikes how the blade of this knife feels in the left hand"
"""Longer than a report shows of a reason, and given on three lines."""
FILES = {
    "orders-2026-04-01.csv": (
        "order_id,placed_date,currency_code,total_amount,total_quantity,shipped_quantity,customer_id,customer_email,"
        "customer_phone,ship_postcode_prefix\n"
        "7,2026-03-02,USD,40.00,4,4,501,ann@example.com,+1 555 0101,100\n"
        "8,2026-03-03,USD,20.00,1,1,502,bob@example.com,+1 555 0102,941\n"
        "9,2026-03-16,USD,20.00,1,1,503,cat@example.com,+1 555 0103,942\n"
    ),
    "lines-2026-04-01.csv": (
        "order_id,order_line_id,product_id,product_name,currency_code,quantity,unit_price_amount,line_total_amount\n"
        "7,1,301,Knife,USD,4,10.00,40.00\n8,1,301,Knife,USD,1,20.00,20.00\n9,1,301,Knife,USD,1,20.00,20.00\n"
    ),
    "returns-2026-04-01.csv": (
        "return_line_id,return_id,order_id,order_line_id,quantity,awb,comment,staff_notes,reason_raw,requested_date\n"
        + "".join(f"RL{n},R{n},7,1,1,BACK7,{HER_WORDS},{HER_WORDS},{REASON},2026-03-1{n}\n" for n in (1, 2, 3))
        + "RL8,R8,8,1,1,BACK8,words of bob,,Wrong size,2026-03-12\n"
    ),
    "events-of-returns-2026-04-01.csv": (
        f"return_line_id,to_status,changed_at,note of somebody\nRL1,pending,2026-03-11 10:00:00,{HER_WORDS}\n"
    ),
    "inspections-2026-04-01.csv": (
        "inspection_id,return_line_id,result_raw,disposition,note,inspected_at\n"
        f"I1,RL1,{HER_WORDS},scrap,{HER_WORDS},2026-03-20 10:00:00\n"
        "I8,RL8,As new,restock,words of bob,2026-03-20 10:00:00\n"
    ),
    "contacts-2026-04-01.csv": (
        "contact_id,return_line_id,channel,message,contacted_at\n"
        f"C1,RL1,mail,{HER_WORDS},2026-03-28 11:00:00\nC8,RL8,mail,words of bob,2026-03-28 11:00:00\n"
    ),
    "scans-2026-04-01.csv": (
        "shipment_id,awb,happened_at,code_raw,remark\n"
        f"back7,BACK7,2026-03-18 12:00:00,4,{HER_WORDS}\nback8,BACK8,2026-03-18 12:00:00,4,words of bob\n"
    ),
    "return_requests-2026-04-01.csv": (
        "return_id,order_id,quantity,date_requested,comments,reason,status\n"
        f"RQ1,7,1,{HER_WORDS},{HER_WORDS},Wrong size,Pending\n"
    ),
}
"""Exports in which Ann stands everywhere; the last record is rejected, and quarantine shows of it what she wrote."""
