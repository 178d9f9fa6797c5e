"""The queries of docs/cookbook/what-the-page-said.md run, and the first finds the page of the day of the order."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

from declared_tables import database
from parsed_sql import dependencies_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cookbook" / "what-the-page-said.md"
KEY = {"merchant_id": "demo", "order_id": "100", "order_line_id": "1"}


def queries() -> list[str]:
    """The queries that the page shows."""
    return re.findall(r'keeprate query "(.+?)"', PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_first_query_says_what_the_page_said() -> None:
    query = queries()[0]
    given = {
        "core.return_lines": [
            {"merchant_id": "demo", "return_line_id": "R1", "reason_raw": "Not as described", "comment": "Not forged"}
        ],
        "core.return_line_matches": [{**KEY, "return_line_id": "R1"}],
        "core.order_line_products": [
            {**KEY, "product_name": "Knife", "page_price_amount": "59.90", "placed_date": date(2026, 3, 1)}
        ],
    }
    with database(dependencies_of(query), given) as connection:
        found = connection.execute(f"select product_name, comment from ({query})").fetchall()
    assert found == [("Knife", "Not forged")]


def test_the_second_query_lists_the_versions() -> None:
    query = queries()[1]
    versions = [
        {
            "merchant_id": "demo",
            "product_id": "301",
            "variant_id": "-",
            "product_name": name,
            "valid_from": datetime(2026, month, 1),
        }
        for month, name in ((1, "Knife"), (2, "Chef knife"))
    ]
    with database(dependencies_of(query), {"core.product_versions": versions}) as connection:
        found = connection.execute(query).fetchall()
    assert [row[2] for row in found] == ["Chef knife", "Knife"]
