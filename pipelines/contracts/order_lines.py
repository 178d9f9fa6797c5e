"""Order lines: the products of each order; the newest file that holds an order replaces all its lines."""

from __future__ import annotations

from pipelines.contracts.base import AMOUNT, ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="order_lines",
    description="One row per line of an order; where a source has no line id, the line's position in the order.",
    key=("order_id", "order_line_id"),
    parent=("order_id",),
    month="ordered_date",
    links={"order": ("order_id",)},
    columns=(
        Column("order_id", "varchar", "Order number, unique within the merchant.", is_required=True, examples=("100017", "100018")),
        Column("order_line_id", "varchar", "Line within the order: the source's id, else the position from 1.", is_required=True, examples=("1", "1")),
        Column("product_id", "varchar", "Product number; `0` is an item that was added by hand.", examples=("301", "302")),
        Column("sku", "varchar", "Stock keeping unit, trimmed; empty where the source has none.", examples=("KN-8", "")),
        Column("product_name", "varchar", "Product name as it stood on the order.", examples=("Chef's knife, 8 inch", "Tea towel")),
        Column("product_options", "varchar", "Variant options as text, as the source writes them.", examples=("Size: M", "")),
        Column("supplier", "varchar", "Supplier of the unit that was sold, where known."),
        Column("fulfilment_type", "varchar", "Who ships it.", values=("own", "drop_ship")),
        Column("warehouse", "varchar", "Warehouse that ships it."),
        Column("currency_code", "varchar", "ISO 4217 currency of the amounts.", examples=("USD", "USD")),
        Column("quantity", "bigint", "Units on the line.", is_required=True, minimum=0, examples=("1", "2")),
        Column("weight", "decimal(18,4)", "Weight per unit in the source's unit.", minimum=0),
        Column("unit_price_amount", AMOUNT, "Price per unit, in the order's currency.", examples=("59.90", "10.00")),
        Column("discount_amount", AMOUNT, "Discount on the line, positive, in the order's currency."),
        Column("line_total_amount", AMOUNT, "Units times price as the source states it, in the order's currency.", examples=("59.90", "20.00")),
        Column("line_total_merchant_amount", AMOUNT, "`line_total_amount` in the merchant's currency at the order's rate; empty where the rate is missing.", is_input=False),
        Column("ordered_date", "date", "The merchant's local date of the order, where the source states it with the line.", examples=("2026-03-14", "2026-03-15")),
        ATTRIBUTES,
    ),
)
