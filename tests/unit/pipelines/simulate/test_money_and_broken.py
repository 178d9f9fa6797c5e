"""Money reconciles everywhere but in the records that the truth lists as broken."""

from __future__ import annotations

import subprocess
from decimal import Decimal

from pipelines.simulate.broken import KINDS, break_record, broken_counts, draw_broken
from pipelines.simulate.shops import SHOPS

CELL = (
    "Product ID: 1, Product Qty: 1, Product SKU: A, Product Name: One | two, Product Weight: 0.5000, "
    "Product Variation Details: , Product Unit Price: 2.00, Product Total Price: 2.00|Product ID: 2, "
    "Product Qty: 3, Product SKU: , Product Name: B, C, Product Weight: 1.0000, Product Variation Details: "
    "Pack Size: 1, 12 Pack, Product Unit Price: 10.00, Product Total Price: 30.00"
)


def test_money_reconciles_in_every_record_that_is_not_broken(world):
    broken = {(row["shop"], row["order_id"]) for row in world.broken}
    for shop, records in world.orders.items():
        for record in records:
            is_broken = (shop, record.fields["Order ID"]) in broken
            assert record.reconciles != is_broken, record.fields["Order ID"]


def test_totals_add_up(world):
    hidden = 0
    for records in world.orders.values():
        for record in records:
            inc, ex = (
                record.money(f"Subtotal ({kind} tax)")
                + record.money(f"Shipping Cost ({kind} tax)")
                + record.money(f"Handling Cost ({kind} tax)")
                for kind in ("inc", "ex")
            )
            assert inc - ex == record.money("Tax Total")
            gap = inc - record.money("Gift Certificate Amount Redeemed") - record.money("Order Total (inc tax)")
            assert gap >= 0
            hidden += gap > 0
    total = sum(len(records) for records in world.orders.values())
    assert 1 <= hidden <= 0.003 * total


def test_tax_is_inside_the_prices(world):
    taxed = [record for record in world.orders["home"] if record.money("Tax Total") > 0 and record.reconciles]
    for record in taxed:
        net = record.money("Subtotal (inc tax)") / Decimal("1.05")
        assert abs(net - record.money("Subtotal (ex tax)")) <= Decimal("0.01")


def test_foreign_amounts_are_in_the_orders_currency(world):
    for record in world.orders["home"]:
        if record.fields["Order Currency Code"] == "USD" and record.reconciles:
            own = record.money("Subtotal (inc tax)") / Decimal(record.fields["Exchange Rate"])
            assert 100 < own < 200_000


def test_broken_records_stand_where_the_truth_says(world):
    assert len(world.broken) == world.summary.broken_count == 40
    assert {row["kind"] for row in world.broken} == set(KINDS)
    for row in world.broken:
        path = world.summary.output / row["shop"] / row["file"]
        shown = subprocess.run(["sed", "-n", f"{row['line']}p", str(path)], capture_output=True, check=True)
        assert shown.stdout.decode().startswith(f"{row['order_id']},")
        record = next(r for r in world.orders[row["shop"]] if r.fields["Order ID"] == row["order_id"])
        assert record.line == int(row["line"])


def test_every_kind_of_damage():
    damaged = {kind: break_record(kind, CELL, "4") for kind in KINDS}
    assert damaged["quantity_mismatch"] == (CELL, "5")
    assert CELL.startswith(damaged["truncated_cell"][0])
    assert "Product Total Price" not in damaged["truncated_cell"][0].split("|Product ID: 2")[1]
    assert damaged["missing_key"][0].count("Product Unit Price: ") == 1
    assert damaged["garbage_number"][0].endswith("Product Total Price: #VALUE!")
    assert all(total == "4" for kind, (_, total) in damaged.items() if kind != "quantity_mismatch")


def test_number_of_broken_records():
    assert sum(broken_counts(2_000, 0.0002).values()) == 3
    assert all(count >= 1 for count in broken_counts(2_000, 0.0002).values())
    assert broken_counts(1_000_000, 0.0002) == {"fashion": 120, "home": 80}
    assert sum(broken_counts(1_999, 0.0002).values()) == 0
    assert sum(broken_counts(60_000, 0.0).values()) == 0


def test_no_more_records_break_than_there_are():
    drawn = draw_broken(SHOPS[0], 5, 9, seed=1)
    assert drawn["order"].to_list() == [0, 1, 2, 3, 4]
