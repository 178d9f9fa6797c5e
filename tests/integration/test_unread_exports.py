"""Exports that are not read are refused with what they are and what to do; nothing of them is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.settings import load_settings, write_home
from pipelines.sources import recognise
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator

CUSTOMERS = (
    "Customer ID,First Name,Last Name,Company,Email,Phone,Notes,Store Credit,Customer Group,Date Joined,Addresses,"
    "Form Fields"
)
CUSTOMERS_BULK_EDIT = (
    "Email Address,First Name,Last Name,Company,Phone,Notes,Store Credit,Customer Group,Address ID - 1,"
    "Address First Name - 1,Address Line 1 - 1"
)
PRODUCTS_DEFAULT = (
    "Product ID,Product Type,Code,Name,Brand,Description,Taxable Product,Cost Price,Retail Price,Sale Price,"
    "Calculated Price,Fixed Shipping Price,Free Shipping,Warranty,Weight,Width,Height,Depth,Allow Purchases,"
    "Product Visible,Product Availability,Product Inventoried,Stock Level,Low Stock Level,Date Added,Date Modified,"
    "Category Details,Category Name,Category Path,Images,Image File Name,Image URL,Page Title,META Keywords,"
    "META Description,Product Variations,Variation Details,SKU,Price,Weight,Stock Level,Low Stock Level,"
    "Product Condition"
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Generator[Warehouse]:
    write_home(tmp_path / "home")
    with open_warehouse(load_settings(tmp_path / "home"), "test") as opened:
        yield opened


@pytest.mark.parametrize(
    ("header", "found", "remedy"),
    [
        (CUSTOMERS, "a customers export (Default template)", "leave the file out"),
        (CUSTOMERS_BULK_EDIT, "a customers export (Bulk Edit template)", "leave the file out"),
        (PRODUCTS_DEFAULT, "a products export with the Default template", "export the products again"),
    ],
)
def test_an_export_that_is_not_read_says_what_to_do(
    warehouse: Warehouse, tmp_path: Path, header: str, found: str, remedy: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"{header}\n{',' * header.count(',')}x\n", encoding="utf-8")
    (result,) = ingest_files(warehouse, warehouse.settings.merchants["demo"], [path], IngestOptions())
    assert result.status == "refused"
    assert found in result.message and remedy in result.message
    assert warehouse.one("select count(*) from raw.files") == (0,)


@pytest.mark.parametrize("start", [b"<?xml version='1.0'?><customers/>", b"\xef\xbb\xbf<customers></customers>"])
def test_xml_is_refused_as_xml(warehouse: Warehouse, tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "customers.xml"
    path.write_bytes(start)
    (result,) = ingest_files(warehouse, warehouse.settings.merchants["demo"], [path], IngestOptions())
    assert result.status == "refused" and "an XML file" in result.message and "choose CSV" in result.message


def test_exports_that_are_read_are_not_taken_for_others() -> None:
    """An orders export names customers too."""
    header = ["Order ID", "Order Date", "Order Status", "Product Details", "Customer ID", "First Name", "Last Name"]
    assert recognise([*header, "Email", "Customer Group"], "orders.csv").name == "bigcommerce_orders"
