"""Half a million real invoice lines through a mapping: the counts of the data's own description, exactly.

UCI Online Retail (Chen, D., 2015, UCI Machine Learning Repository, CC BY 4.0). Its facts are of three kinds: of the
file (counted in ``raw``), of orders and returns (in ``core``), of cancellations that match earlier purchases
(``core.return_line_matches``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from what_is_here import SHARED, needs_shared

from pipelines.build import derive, merge_core
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator

    from pipelines.ingest.result import FileResult

ROOT = Path(__file__).resolve().parents[2]
FILE = SHARED / "real" / "uci_online_retail.parquet"
MAPPING = ROOT / "tests" / "data" / "generic" / "uci_online_retail.toml"
NOT_GOODS = ("POST", "DOT", "M", "D", "S", "C2", "AMAZONFEE", "BANK CHARGES", "CRUK")
"""Postage, fees, manual entries, discounts and samples among the cancellations."""

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.slow,
    needs_shared("real/uci_online_retail.parquet"),
]

RECORDS = """
create or replace temp view records as
select
    fields[1] as invoice, fields[2] as item, fields[3] as description, fields[4]::bigint as quantity,
    fields[6]::decimal(18, 4) as price, fields[7] as customer, fields
from raw.generic__records
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Warehouse, FileResult]]:
    home = tmp_path_factory.mktemp("uci") / "home"
    write_home(home, new_merchant(home, "uk", timezone="Europe/London", currency_code="GBP"))
    settings = load_settings(home)
    with open_warehouse(settings, "test") as warehouse:
        options = IngestOptions(mapping=MAPPING)
        (result,) = ingest_files(warehouse, settings.merchant("uk"), [FILE], options)
        merge_core(warehouse)
        list(derive(warehouse, "core"))
        warehouse.connection.execute(RECORDS)
        yield warehouse, result


def counts(loaded: tuple[Warehouse, FileResult], query: str) -> tuple:
    row = loaded[0].connection.execute(query).fetchone()
    assert row
    return row


def test_every_record_is_loaded(loaded: tuple[Warehouse, FileResult]) -> None:
    result = loaded[1]
    assert result.message == ""
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (541_909, 541_909, 0)
    assert counts(
        loaded,
        "select count(*) filter (disposition = 'mapped'), count(*) filter (disposition = 'skipped'),"
        " count(*) filter (disposition = 'no_table') from staging.generic__records",
    ) == (540_570, 1_336 + 3, 0)


def test_facts_of_the_file(loaded: tuple[Warehouse, FileResult]) -> None:
    assert counts(loaded, "select count(*), count(distinct invoice) from records") == (541_909, 25_900)
    assert counts(loaded, "select count(*) from records where customer is null") == (135_080,)
    assert counts(loaded, "select count(*) from records where quantity < 0") == (10_624,)
    assert counts(loaded, "select count(*) from records where price <= 0") == (2_517,)
    assert counts(loaded, "select count(*) from records where description is null") == (1_454,)
    assert counts(loaded, "select count(*) - count(distinct fields) from records") == (5_268,)


def test_facts_of_orders_and_cancellations(loaded: tuple[Warehouse, FileResult]) -> None:
    assert counts(loaded, "select count(*), count(distinct return_id) from core.return_lines") == (9_288, 3_836)
    listed = ", ".join(f"'{code}'" for code in NOT_GOODS)
    assert counts(loaded, f"select count(*) from core.return_lines where product_id not in ({listed})") == (8_704,)
    orders, lines = counts(loaded, "select (select count(*) from core.orders), (select count(*) from core.order_lines)")
    (without_order,) = counts(
        loaded,
        "select count(distinct invoice) from records where invoice not like 'C%' and invoice not in"
        " (select order_id from core.orders)",
    )
    # Invoices: orders, cancellations, and those that only correct stock or debt.
    assert orders + 3_836 + without_order == 25_900
    assert lines + 9_288 + 1_336 + 3 == 541_909


def test_cancellations_match_earlier_purchases(loaded: tuple[Warehouse, FileResult]) -> None:
    matched = """
        with keys as (
            select
                lines.return_id, lines.product_id, lines.customer_id, any_value(match_kind) as match_kind,
                bool_or(largest_earlier_quantity >= item_requested_quantity) as is_on_one_line
            from core.return_line_matches
            inner join core.return_lines as lines using (merchant_id, return_line_id)
            where lines.customer_id is not null
            group by all
        )
        select
            count(*),
            count(*) filter (match_kind = 'customer_item'),
            count(*) filter (is_on_one_line),
            count(*) filter (match_kind = 'customer_item_short'),
            count(*) filter (match_kind = 'orphan_no_earlier_line')
        from keys
    """
    assert counts(loaded, matched) == (8_806, 7_486, 7_426, 47, 1_273)


def test_orphans_are_counted(loaded: tuple[Warehouse, FileResult]) -> None:
    found = loaded[0].connection.execute(
        "select match_kind, is_orphan, count(*) from core.return_line_matches group by all order by all"
    )
    assert found.fetchall() == [
        ("customer_item", False, 7_545),
        ("customer_item_short", False, 54),
        ("orphan_no_customer", True, 383),
        ("orphan_no_earlier_line", True, 1_306),
    ]


def test_no_customer_number_is_kept(loaded: tuple[Warehouse, FileResult]) -> None:
    assert counts(loaded, "select count(*) from records where not regexp_full_match(customer, '[0-9a-f]{32}')") == (0,)
