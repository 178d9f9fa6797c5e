"""Generic files from the door to staging: what is kept, what is quarantined and why, and that nothing is lost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.contracts import all_contracts
from pipelines.ingest.run import IngestOptions, ingest_files
from pipelines.mapping.aggregates import arguments
from pipelines.privacy import merchant_key, pseudonym_of
from pipelines.sources import source_named
from pipelines.templates import template

if TYPE_CHECKING:
    from conftest import Load

    from pipelines.settings import Settings
    from pipelines.warehouse import Warehouse

pytestmark = pytest.mark.slow  # real warehouses: too long for `make test-unit`, part of `make test`

SAMPLES = Path(__file__).resolve().parents[3] / "data" / "generic"
ORDERS = '[orders]\norder_id = "No"\nplaced_at = "Date"\n'


def rows(warehouse: Warehouse, query: str) -> list[tuple]:
    return warehouse.connection.execute(query).fetchall()


@pytest.fixture
def wholesale(warehouse: Warehouse, load: Load) -> Warehouse:
    text = (SAMPLES / "wholesale_lines.csv").read_text(encoding="utf-8")
    mapping = (SAMPLES / "wholesale_lines.toml").read_text(encoding="utf-8")
    result = load(text, mapping)
    assert result.message == ""
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (6, 5, 1)
    assert "1 records are left out by the mapping: test bookings" in result.warnings
    assert any("not kept" in warning and "Kundenname" in warning for warning in result.warnings)
    assert result.columns["not_kept"] == ["Kundenname"]
    return warehouse


def test_one_file_feeds_several_contracts(wholesale: Warehouse, settings: Settings) -> None:
    key = merchant_key(settings.key, "demo")
    ann, seven = pseudonym_of("ann@example.com", "email", key), pseudonym_of("K7", "id", key)
    assert rows(
        wholesale,
        "select order_id, customer_id, customer_email, customer_key, status, currency_code, subtotal_inc_tax_amount,"
        " placed_date, placed_at, attributes::varchar from staging.generic__orders order by order_id",
    ) == [
        ("B-100", seven, ann, ann, "awaiting_fulfillment", "EUR", Decimal("1079.90"),
         dt.date(2026, 3, 14), dt.datetime(2026, 3, 14, 8, 12), '{"Filiale":"Nord"}'),
        ("B-101", None, None, None, "cancelled", "EUR", Decimal("10.00"),
         dt.date(2026, 3, 15), dt.datetime(2026, 3, 15, 17, 40), '{"Filiale":"Nord"}'),
    ]  # fmt: skip
    assert rows(
        wholesale,
        "select order_id, order_line_id, product_id, product_name, quantity, unit_price_amount"
        " from staging.generic__order_lines order by order_id, order_line_id",
    ) == [
        ("B-100", "1", "A-1", "Messer, 20 cm", 1, Decimal("1059.90")),
        ("B-100", "2", "A-2", "Tuch", 2, Decimal("10.00")),
        ("B-101", "1", "A-2", "Tuch", 1, Decimal("10.00")),
    ]
    assert rows(
        wholesale,
        "select return_line_id, return_id, order_id, customer_id, quantity, comment, requested_date"
        " from staging.generic__return_lines",
    ) == [("R-7-1", "R-7", None, seven, 1, "Naht offen", dt.date(2026, 3, 20))]


def test_a_record_that_one_table_rejects_is_taken_by_none(wholesale: Warehouse) -> None:
    assert rows(
        wholesale,
        "select record_number, line_number, entity, rule, column_name, field, expected, is_whole_record"
        " from quarantine.rows",
    ) == [(4, 5, "order_lines", "quantity_not_bigint", "Menge", "x", "a whole number", True)]
    assert not rows(wholesale, "select 1 from staging.generic__orders where order_id = 'B-102'")
    assert rows(
        wholesale, "select record_number, disposition, reason from staging.generic__records order by record_number"
    ) == [
        (1, "mapped", None),
        (2, "mapped", None),
        (3, "mapped", None),
        (5, "mapped", None),
        (6, "skipped", "test bookings"),
    ]


def test_raw_holds_no_person(wholesale: Warehouse) -> None:
    text = str(rows(wholesale, "select fields from raw.generic__records"))
    assert "Messer, 20 cm" in text
    assert "mail me: [email]" in text
    for personal in ("ann@example.com", "ben@example.com", "K7", "Ann Sample", "Cem Beispiel"):
        assert personal not in text


def test_staging_anew_gives_the_same(wholesale: Warehouse) -> None:
    from pipelines.ingest.staging import stage_anew

    tables = ("staging.generic__orders", "staging.generic__order_lines", "staging.generic__records", "raw.files")
    before = [rows(wholesale, f"select * from {table} order by all") for table in tables]
    (file_id,) = rows(wholesale, "select file_id from raw.files")[0]
    stage_anew(wholesale, source_named("generic"), [file_id])
    assert rows(wholesale, "select loaded_count, quarantined_count from raw.files") == [(5, 1)]
    assert [rows(wholesale, f"select * from {table} order by all") for table in tables] == before
    assert len(rows(wholesale, "select 1 from quarantine.rows")) == 1


@pytest.mark.parametrize("entity", all_contracts())
def test_a_template_loads_as_it_stands(warehouse: Warehouse, load: Load, entity: str) -> None:
    text = template(entity)
    result = load(text, name=f"{entity}.csv")
    assert result.message == ""
    assert (result.source, result.records_in, result.records_loaded) == ("generic", 2, 2)
    assert result.quarantine == []
    assert rows(warehouse, f"select count(*) from staging.generic__{entity}") == [(2,)]
    for column in all_contracts()[entity].input_columns:
        assert column.name == "attributes" or f"# {column.name} (" in text


def test_extra_columns_become_attributes_and_personal_ones_do_not(warehouse: Warehouse, load: Load) -> None:
    result = load(
        "order_id,placed_date,channel,Customer Name,Gift note,Floor\n"
        "1,2026-03-14,web,Ann Sample,call +49 151 23456789,3\n2,2026-03-14,web,,,\n"
    )
    assert result.message == ""
    assert rows(warehouse, "select attributes::varchar from staging.generic__orders order by order_id") == [
        ('{"Gift note":"call [number]","Floor":"3"}',),
        (None,),
    ]


@pytest.mark.parametrize(
    ("record", "rule", "column"),
    [
        (",2026-03-14,web,1,1", "order_id_missing", "order_id"),
        ("1,,web,1,1", "placed_date_missing", "placed_date"),
        ("1,2026-02-30,web,1,1", "placed_date_not_date", "placed_date"),
        ("1,2026-03-14,web,1.5,1", "total_quantity_not_bigint", "total_quantity"),
        ("1,2026-03-14,web,-1,", "total_quantity_out_of_range", "total_quantity"),
        ("1,2026-03-14,web,1,2", "shipped_not_more_than_ordered", "shipped_not_more_than_ordered"),
    ],
)
def test_a_wrong_record_is_quarantined_with_rule_and_column(
    warehouse: Warehouse, load: Load, record: str, rule: str, column: str
) -> None:
    header = "order_id,placed_date,channel,total_quantity,shipped_quantity\n"
    result = load(f"{header}9,2026-03-14,web,2,1\n{record}\n")
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (2, 1, 1)
    assert rows(warehouse, "select rule, column_name, line_number from quarantine.rows") == [(rule, column, 3)]
    assert result.quarantine[0]["remedy"]


def test_a_word_outside_a_closed_list_is_quarantined(load: Load) -> None:
    result = load("shipment_id,order_id,direction\nS1,1,Forward\nS2,1,sideways\n")
    assert [rule["rule"] for rule in result.quarantine] == ["direction_not_in_list"]
    assert "one of forward, reverse" in str(result.quarantine[0]["expected"])


def test_an_expression_that_fails_rejects_the_record_not_the_file(warehouse: Warehouse, load: Load) -> None:
    mapping = ORDERS + "total_amount = { sql = \"case when Sum <> '' then Sum::decimal(18,4) / 2 end\" }\n"
    result = load("No,Date,Sum\n1,2026-03-14,5\n2,2026-03-14,five\n3,2026-03-14,\n", mapping)
    assert (result.records_loaded, result.records_quarantined) == (2, 1)
    assert result.quarantine[0]["rule"] == "total_amount_not_computed"
    assert rows(warehouse, "select total_amount from staging.generic__orders order by order_id") == [
        (Decimal("2.5"),),
        (None,),
    ]


def test_a_condition_that_fails_rejects_the_record(load: Load) -> None:
    result = load("No,Date,Sum\n1,2026-03-14,5\n2,2026-03-14,five\n", ORDERS + "where = 'Sum::int > 1'\n")
    assert (result.records_loaded, result.quarantine[0]["rule"]) == (1, "where_not_computed")


def test_an_aggregate_that_fails_refuses_the_file(warehouse: Warehouse, load: Load) -> None:
    mapping = ORDERS + "group_by_key = true\ntotal_amount = { sql = 'sum(Sum::int)' }\n"
    result = load("No,Date,Sum\n1,2026-03-14,5\n1,2026-03-14,zoe at five\n", mapping)
    assert result.status == "refused"
    assert 'number("column")' in result.message
    assert "line 3, column Sum: refused" in result.message
    assert "total_amount in [orders]" in result.message
    assert "zoe" not in result.message
    assert rows(warehouse, "select count(*) from raw.files") == [(0,)]


def test_an_aggregate_that_fails_over_all_of_them_shows_none(load: Load) -> None:
    mapping = ORDERS + "group_by_key = true\ntotal_amount = { sql = \"string_agg(Sum, '')::int\" }\n"
    result = load("No,Date,Sum\n1,2026-03-14,5\n1,2026-03-14,zoe\n", mapping)
    assert result.status == "refused"
    assert "total_amount in [orders]" in result.message
    assert "zoe" not in result.message


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("sum(Sum::int)", ["CAST"]),
        ("sum(number(Sum) * 2) + count(*)", []),
        ("max(try_cast(Sum as int))", []),
        ("coalesce(max(strptime(Date, '%d')), min(Date::date))", ["strptime", "CAST"]),
    ],
)
def test_only_what_may_fail_is_tried_record_by_record(sql: str, found: list[str]) -> None:
    assert [word for (text, _), word in zip(arguments(sql), found, strict=True) if word in text] == found


def test_values_that_differ_within_a_key_are_counted(warehouse: Warehouse, load: Load) -> None:
    mapping = ORDERS + "group_by_key = true\nchannel = 'Via'\n"
    result = load("No,Date,Via\n1,2026-03-14,\n1,2026-03-14,web\n1,2026-03-14,shop\n2,2026-03-14,web\n", mapping)
    assert rows(warehouse, "select order_id, channel, record_number from staging.generic__orders order by 1") == [
        ("1", "web", 1),
        ("2", "web", 4),
    ]
    assert "orders: channel differs within 1 of 2 keys; the first record's value counts" in result.warnings


def test_repeated_keys_and_records_of_no_table_are_told(load: Load) -> None:
    result = load("No,Date\n1,2026-03-14\n1,2026-03-15\n,2026-03-15\n", ORDERS + "where = 'No is not null'\n")
    assert result.records_loaded == 3
    assert "orders: 1 records repeat a key; the last of each counts" in result.warnings
    assert "1 records match no table of the mapping; they are kept in raw only" in result.warnings


def test_values_defaults_and_first_columns(warehouse: Warehouse, load: Load) -> None:
    mapping = ORDERS + (
        "channel = { column = 'Via', values = { w = 'Web', 's ' = 'Shop' }, otherwise = 'Else', default = 'None' }\n"
        "campaign = ['A', 'B']\n"
    )
    load(
        "No,Date,Via,A,B\n1,2026-03-14,W,,b\n2,2026-03-14,s,a,b\n3,2026-03-14,x,,\n4,2026-03-14,,,\n",
        mapping,
    )
    assert rows(warehouse, "select channel, campaign from staging.generic__orders order by order_id") == [
        ("Web", "b"),
        ("Shop", "a"),
        ("Else", None),
        ("None", None),
    ]


def test_dates_that_cannot_be_told_apart_are_refused_until_stated(warehouse: Warehouse, load: Load) -> None:
    text = "No,Date\n1,01/02/2026\n"
    result = load(text, ORDERS)
    assert result.status == "refused"
    assert "line 2, column Date: refused" in result.message
    assert "--date-format dmy" in result.message
    wrong = load("No,Date\n1,01/02/2026\n2,01/13/2026\n", ORDERS, date_format="dmy")
    assert "line 3, column Date: refused" in wrong.message
    result = load(text, ORDERS, date_format="dmy")
    assert (result.status, result.date_format) == ("loaded", "dmy")
    assert rows(warehouse, "select placed_date from staging.generic__orders") == [(dt.date(2026, 2, 1),)]
    inherited = load("No,Date\n2,03/02/2026\n", ORDERS, name="next.csv")
    assert "inherited from file.csv" in inherited.date_format_evidence


def test_a_wrong_mapping_refuses_the_file_and_leaves_nothing(warehouse: Warehouse, load: Load) -> None:
    result = load("No,Date\n1,2026-03-14\n", ORDERS + "channel = 'Chanel'\n")
    assert result.status == "refused"
    assert "map.toml, [orders] channel" in result.message
    assert rows(warehouse, "select count(*) from raw.files") == [(0,)]


def test_parquet_values_become_text_and_typed_again(warehouse: Warehouse, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select 17 as order_id, timestamp '2026-03-14 09:12:00' as placed_at, 1.50::decimal(8,2) as"
            f" total_amount, true as is_guest, null::varchar as channel) to '{path}' (format parquet)"
        )
    (result,) = ingest_files(warehouse, settings.merchant("demo"), [path], IngestOptions())
    assert (result.message, result.source, result.records_loaded) == ("", "generic", 1)
    assert rows(
        warehouse,
        "select order_id, placed_at, total_amount, is_guest, channel, line_number from staging.generic__orders",
    ) == [("17", dt.datetime(2026, 3, 14, 9, 12), Decimal("1.5"), True, None, 1)]


def test_another_mapping_of_the_same_content_replaces_what_came_from_the_first(
    warehouse: Warehouse, load: Load
) -> None:
    from pipelines.build import merge_core

    text = "No,Old,Date\n1,A1,2026-03-14\n2,,2026-03-14\n"
    first = load(text, '[orders]\norder_id = "Old"\nplaced_at = "Date"\n')
    assert (first.records_loaded, first.records_quarantined) == (1, 1)
    merge_core(warehouse)
    assert load(text, '[orders]\norder_id = "Old"\nplaced_at = "Date"\n').status == "already loaded"
    tried = load(text, ORDERS, is_dry_run=True)
    assert (tried.status, tried.records_loaded) == ("dry run", 2)
    assert rows(warehouse, "select order_id from staging.generic__orders") == [("A1",)]
    again = load(text, ORDERS)
    assert (again.status, again.records_loaded, again.records_quarantined) == ("loaded", 2, 0)
    assert any("another mapping" in warning for warning in again.warnings)
    merge_core(warehouse)
    assert rows(warehouse, "select order_id from core.orders order by 1") == [("1",), ("2",)]
    assert rows(warehouse, "select count(*) from quarantine.rows") == [(0,)]
    assert rows(warehouse, "select count(*) from raw.generic__records") == [(2,)]


def test_any_split_of_a_file_gives_the_same_core(warehouse: Warehouse, load: Load) -> None:
    from pipelines.build import merge_core

    header = "return_line_id,order_id,quantity,requested_date,updated_at\n"
    lines = [f"R{number % 3},1,{number + 1},2026-03-14,\n" for number in range(6)]
    load(header + "".join(lines), name="whole_2026-03-20.csv")
    merge_core(warehouse)
    whole = rows(warehouse, "select return_line_id, quantity from core.return_lines order by 1")
    assert whole == [("R0", 4), ("R1", 5), ("R2", 6)]
    load(header + "".join(lines[:3]), name="a_2026-03-21.csv")
    load(header + "".join(lines[3:]), name="b_2026-03-21.csv")
    merge_core(warehouse)
    assert rows(warehouse, "select return_line_id, quantity from core.return_lines order by 1") == whole
