"""What is emptied of a person's records, and what stays because others have it too."""

from __future__ import annotations

from erased_shop import ORDERS, Load, erase_up_to_the_build

from pipelines.warehouse import Warehouse

REQUESTS = (
    "return_id,order_id,quantity,date_requested,comments,reason\n"
    "Q8,8,1,2026-03-20,words of bob,Wrong size\nQ9,8,x,2026-03-20,words of bob,Wrong size\n"
)
RETURNS = (
    "return_line_id,order_id,quantity,reason_raw,resolution\n"
    "RL1,7,1,she was rude to me,Refund\nRL2,7,1,Wrong size,Refund\nRL8,8,1,Too wide,Refund\n"
)


def test_a_reason_of_a_generic_file_stays_where_another_gave_it_in_any_file(
    warehouse: Warehouse, load: Load, ann: str
) -> None:
    for name, text in (("orders.csv", ORDERS), ("requests.csv", REQUESTS), ("returns.csv", RETURNS)):
        load(name, text)
    plan = erase_up_to_the_build(warehouse, ann)
    rows = warehouse.connection.execute(
        "select return_line_id, reason_raw, resolution from staging.generic__return_lines order by 1"
    ).fetchall()
    assert rows == [("RL1", None, "Refund"), ("RL2", "Wrong size", "Refund"), ("RL8", "Too wide", "Refund")]
    assert plan.texts == ["she was rude to me"]


def test_what_quarantine_and_checks_show_of_the_person_goes(warehouse: Warehouse, load: Load, ann: str) -> None:
    load("orders.csv", ORDERS)
    load("requests.csv", REQUESTS)
    row = warehouse.one("select file_id, record_number from raw.generic__records where fields[1] = '7'")
    assert row
    other = warehouse.one("select file_id, record_number from quarantine.rows")
    assert other
    for file_id, record_number in (row, other):
        warehouse.connection.execute(
            "insert into quarantine.mended by name select 'demo' as merchant_id, $1 as file_id,"
            " $2::bigint as record_number, 'shown' as field",
            [file_id, record_number],
        )
    warehouse.connection.execute(
        "insert into quarantine.check_verdicts by name select 'demo' as merchant_id,"
        " unnest($1::json[]) as failing_keys",
        [[f'["{ann}"]', '["8"]']],
    )
    warehouse.connection.execute(
        "insert into meta.failing_parts by name select 'demo' as merchant_id, unnest($1::varchar[][]) as failing_keys",
        [[[ann], ["8"]]],
    )
    erase_up_to_the_build(warehouse, ann)

    def shown(column: str, table: str) -> list[object]:
        rows = warehouse.connection.execute(f"select {column} from {table} order by {column}::varchar").fetchall()
        return [value for (value,) in rows]

    assert shown("field", "quarantine.mended") == ["shown", None]
    assert shown("failing_keys", "quarantine.check_verdicts") == ['["8"]', "[]"]
    assert shown("failing_keys", "meta.failing_parts") == [["8"], []]
    dirty = shown("table_name", "meta.dirty_parts")
    assert {"quarantine.rows", "quarantine.mended", "quarantine.check_verdicts"} <= set(dirty)
