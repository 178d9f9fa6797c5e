"""Refunds: money that went back; an order-level refund is never spread over lines."""

from __future__ import annotations

from pipelines.contracts.base import AMOUNT, ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="refunds",
    description="One row per refunded item; an order-level refund has the item kind `order` and no line.",
    key=("refund_id",),
    month="refunded_date",
    links={"order": ("order_id",), "return": ("return_line_id",)},
    columns=(
        Column("refund_id", "varchar", "Id of the refunded item; where a source books one sum per order, the order number.", is_required=True, examples=("F-1", "F-2")),
        Column("order_id", "varchar", "Order that the money belongs to.", is_required=True, examples=("100017", "100018")),
        Column("order_line_id", "varchar", "Line of that order, for item kind `product`.", examples=("1", "")),
        Column("return_line_id", "varchar", "Return line that the money belongs to, where the source knows it.", examples=("R-1", "")),
        Column("item_kind", "varchar", "What the money was for.", values=("product", "order", "gift_wrapping", "shipping", "handling", "tax", "fee"), examples=("product", "order")),
        Column("gateway", "varchar", "Payment gateway that paid it back."),
        Column("currency_code", "varchar", "ISO 4217 currency of the amount.", examples=("USD", "USD")),
        Column("quantity", "bigint", "Units refunded, for item kind `product`.", minimum=0, examples=("1", "")),
        Column("refund_amount", AMOUNT, "Money that went back, in the order's currency.", is_required=True, minimum=0, examples=("59.90", "5.00")),
        Column("refund_merchant_amount", AMOUNT, "`refund_amount` in the merchant's currency at the order's rate; empty where the rate is missing.", is_input=False),
        Column("is_declined", "boolean", "The gateway declined the payment."),
        Column("refunded_date", "date", "The merchant's local date of the refund; empty where the source has no date.", examples=("2026-03-25", "2026-03-26")),
        Column("refunded_at", "timestamp", "When the refund was booked (UTC); empty where the source has no time."),
        Column("completed_at", "timestamp", "When the gateway completed it (UTC)."),
        ATTRIBUTES,
    ),
)
