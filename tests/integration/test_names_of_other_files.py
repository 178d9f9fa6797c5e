"""A comment in one file names the customer of an order in another: masked, whichever file comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import open_warehouse

ORDERS = (
    "Order ID,Customer ID,Customer Name,Order Date,Order Status,Billing First Name,Billing Last Name,Product Details\n"
    '7,5,mara linde,2026-03-14,Shipped,mara,linde,"Product ID: 1, Product Qty: 1, Product SKU: A, Product Name: Cup,'
    ' Product Weight: 1, Product Variation Details: , Product Unit Price: 5.00, Product Total Price: 5.00"\n'
    '9,6,林語彤,2026-03-14,Shipped,語彤,林,"Product ID: 1, Product Qty: 1, Product SKU: A, Product Name: Cup,'
    ' Product Weight: 1, Product Variation Details: , Product Unit Price: 5.00, Product Total Price: 5.00"\n'
)
RETURNS = (
    "return_id,order_id,quantity,date_requested,comments,status\n"
    "R1,7,1,2026-03-20,the gift for mara was broken,Pending\n"
    "R2,8,1,2026-03-20,the gift for mara was broken,Pending\n"
    "R3,9,1,2026-03-20,禮物是語彤收的,Pending\n"
    "R4,8,1,2026-03-20,禮物是語彤收的,Pending\n"
)
CONTACTS = "contact_id,order_id,message,contacted_at\nC1,7,so says linde,2026-03-21 10:00:00\n"


@pytest.mark.parametrize("names", [("orders", "returns", "contacts"), ("returns", "contacts", "orders")])
def test_a_text_is_held_against_the_names_of_its_order(tmp_path: Path, names: tuple[str, ...]) -> None:
    texts = {"orders": ORDERS, "returns": RETURNS, "contacts": CONTACTS}
    home = tmp_path / "home"
    write_home(home, new_merchant(home, "demo"))
    settings = load_settings(home)
    with open_warehouse(settings, "test") as warehouse:
        for name in names:
            path = tmp_path / f"{name}.csv"
            path.write_text(texts[name], encoding="utf-8")
            options = IngestOptions(date_format="ymd" if name == "orders" else None)
            (result,) = ingest_files(warehouse, settings.merchants["demo"], [path], options)
            assert (result.status, result.message) == ("loaded", "")
        ask = warehouse.connection.execute
        comments = ask("select return_line_id, comment from staging.bigcommerce__return_lines order by 1").fetchall()
        assert comments == [
            ("R1", "the gift for [name] was broken"),
            ("R2", "the gift for mara was broken"),
            # A given name alone, as friends write it.
            ("R3", "禮物是[name]收的"),
            ("R4", "禮物是語彤收的"),
        ]
        assert ask("select message from staging.generic__support_contacts").fetchall() == [("so says [name]",)]
        assert ask(
            "select count(*) from raw.bigcommerce__return_requests where comments like '%[name]%'"
        ).fetchall() == [(2,)]
