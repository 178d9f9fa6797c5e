"""Drafts of mappings: what is certain stands, what is a guess is a comment, and a complete draft loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import Refused
from pipelines.mapping import MappingError, bind, read_mapping
from pipelines.mapping_draft import Sample, draft_for, draft_mapping, read_sample

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "generic"
SHOPIFY = [
    "Name", "Email", "Financial Status", "Fulfillment Status", "Currency", "Subtotal", "Shipping", "Taxes", "Total",
    "Discount Amount", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku",
    "Lineitem discount", "Billing Name", "Shipping Street", "Shipping Zip", "Shipping Country", "Notes", "Vendor",
]  # fmt: skip
UCI = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


def sample(header: list[str], *records: list[str]) -> Sample:
    return Sample(header, {name: [record[i] for record in records if record[i]] for i, name in enumerate(header)})


def read_back(draft: str, header: list[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Source columns of each contract column of a draft that is a usable mapping."""
    mapping = bind(read_mapping(draft, "draft.toml"), header).mapping
    return {entity.entity: {column.name: column.sources for column in entity.columns} for entity in mapping.entities}


def test_an_invoice_file_becomes_orders_and_lines() -> None:
    record = ["536365", "85123A", "LANTERN", "-6", "2010-12-01 08:26:00", "2.55", "17850.0", "United Kingdom"]
    draft = draft_for(sample(UCI, record), "uci.csv")
    found = read_back(draft, UCI)
    assert found["orders"] == {
        "order_id": ("InvoiceNo",),
        "customer_id": ("CustomerID",),
        "ship_country": ("Country",),
        "placed_at": ("InvoiceDate",),
    }
    assert found["order_lines"] == {
        "order_id": ("InvoiceNo",),
        "order_line_id": ("InvoiceNo",),
        "product_id": ("StockCode",),
        "product_name": ("Description",),
        "quantity": ("Quantity",),
        "unit_price_amount": ("UnitPrice",),
    }
    assert "group_by_key = true" in draft


def test_the_hint_about_returns_is_a_usable_table() -> None:
    record = ["536365", "85123A", "LANTERN", "-6", "2010-12-01 08:26:00", "2.55", "17850.0", "United Kingdom"]
    draft = draft_for(sample(UCI, record), "uci.csv")
    hint = draft[draft.index("# [return_lines]") :].split("\n\n")[0].replace("# ", "")
    assert set(read_back(draft + hint, UCI)) == {"orders", "order_lines", "return_lines"}


def test_an_export_with_lines_beside_orders_keeps_amounts_apart() -> None:
    found = read_back(draft_for(sample(SHOPIFY), "shopify.csv"), SHOPIFY)
    assert found["orders"]["order_id"] == ("Name",)
    assert found["orders"]["discount_amount"] == ("Discount Amount",)
    assert found["order_lines"]["discount_amount"] == ("Lineitem discount",)
    assert found["order_lines"]["product_name"] == ("Lineitem name",)
    assert found["orders"]["customer_email"] == ("Email",)


def test_personal_columns_are_named_and_not_read() -> None:
    draft = draft_for(sample(SHOPIFY), "shopify.csv")
    (line,) = [line for line in draft.splitlines() if line.startswith("# Personal")]
    assert "Billing Name" in line
    assert "Shipping Street" in line


def test_a_returns_file_is_returns() -> None:
    header = ["RMA Number", "Order Number", "SKU", "Qty", "Return Reason", "Customer Comments", "Return Date"]
    found = read_back(draft_for(sample(header), "returns.csv"), header)
    assert list(found) == ["return_lines"]
    assert found["return_lines"]["reason_raw"] == ("Return Reason",)
    assert found["return_lines"]["requested_at"] == ("Return Date",)


def test_what_a_contract_requires_and_nobody_found_is_told() -> None:
    header = ["Order Number", "Amount", "Remarks"]
    draft = draft_for(sample(header), "sums.csv")
    assert "# placed_date = " in draft
    assert "REQUIRED, to fill in" in draft
    with pytest.raises(MappingError, match="placed_date"):
        read_mapping(draft, "draft.toml")


def test_a_name_that_holds_something_else_is_a_guess_only() -> None:
    header = ["order_id", "placed_date", "total"]
    draft = draft_for(sample(header, ["1", "2026-03-14", "paid"]), "orders.csv")
    assert "\ntotal_amount" not in draft
    assert '# total_amount = "total"   # a guess' in draft


@pytest.mark.parametrize(
    ("date", "expected"),
    [("14/03/2026", 'date_format = "dmy"'), ("03/14/2026", 'date_format = "mdy"'), ("01/02/2026", "# date_format")],
)
def test_the_order_of_day_and_month_is_proven_or_asked(date: str, expected: str) -> None:
    lines = draft_for(sample(["order_id", "order_date"], ["1", date]), "orders.csv").splitlines()
    assert any(line.startswith(expected) for line in lines)


def test_a_file_is_read_with_its_delimiter() -> None:
    read = read_sample(SAMPLES / "wholesale_lines.csv")
    assert read.header[:3] == ["Beleg", "Position", "Kunde"]
    assert read.values["Preis"][0] == "1.059,90"
    assert "decimal_comma = true" in draft_mapping(SAMPLES / "wholesale_lines.csv")


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"PAR1 no parquet")
    with pytest.raises(Refused):
        draft_mapping(path)
