"""Return lines: goods that customers ask to send back, one row per returned order line and request."""

from __future__ import annotations

from pipelines.contracts.base import AMOUNT, ATTRIBUTES, Column, Contract

RETURN_STATUSES = (
    "pending", "received", "authorized", "repaired", "refunded", "rejected", "cancelled", "closed", "other",
)  # fmt: skip

CONTRACT = Contract(
    entity="return_lines",
    description="One row per returned order line and request.",
    key=("return_line_id",),
    month="requested_date",
    has_history=True,
    version="observed_at",
    links={
        "return": ("return_line_id", "return_id"),
        "order": ("order_id",),
        "parcel": ("awb", "forward_awb"),
        "customer": ("customer_id",),
    },
    columns=(
        Column("return_line_id", "varchar", "Id of the request line; BigCommerce gives each product its own return id.", is_required=True, examples=("R-1", "R-2")),
        Column("return_id", "varchar", "Request that the line belongs to.", examples=("R-1", "R-2")),
        Column("order_id", "varchar", "Order that the goods came from; empty where the source does not name it: `core.return_line_matches` then looks for an earlier purchase.", examples=("100017", "100018")),
        Column("order_line_id", "varchar", "Line of that order, where the source knows it.", examples=("1", "")),
        Column("customer_id", "varchar", "Pseudonym of the customer number.", privacy="identity", examples=("501", "")),
        Column("product_id", "varchar", "Product number.", examples=("301", "302")),
        Column("sku", "varchar", "Stock keeping unit.", examples=("KN-8", "")),
        Column("product_name", "varchar", "Product name as the request states it.", examples=("Chef's knife, 8 inch", "Tea towel")),
        Column("product_options", "varchar", "Variant options as text.", examples=("", "")),
        Column("reason_raw", "varchar", "Reason as the customer chose it, untouched.", examples=("Product was damaged upon arrival", "Product no longer needed")),
        Column("reason_list", "varchar", "List and version that the reason was chosen from."),
        Column("comment", "varchar", "The customer's words, personal parts masked.", privacy="free_text", examples=("The blade has a crack", "")),
        Column("staff_notes", "varchar", "Staff's words, personal parts masked.", privacy="free_text"),
        Column("requested_resolution", "varchar", "What the customer asked for: refund, exchange, repair, store credit; as the source writes it.", examples=("Replacement", "Store Credit")),
        Column("resolution", "varchar", "What was done in the end, as the source writes it.", examples=("Replacement", "")),
        Column("status_raw", "varchar", "Status as the source writes it.", examples=("Received", "Pending")),
        Column("status", "varchar", "Status in one vocabulary; unknown ones are `other`.", values=RETURN_STATUSES, is_input=False),
        Column("inspection_result", "varchar", "Result of the warehouse's inspection, as the source writes it."),
        Column("awb", "varchar", "Waybill of the parcel on its way back.", examples=("", "")),
        Column("forward_awb", "varchar", "Waybill of the parcel in which the goods went to the customer, where the source names it."),
        Column("label_payer", "varchar", "Who pays the way back, as the source writes it.", examples=("", "")),
        Column("currency_code", "varchar", "ISO 4217 currency of the amounts."),
        Column("quantity", "bigint", "Units asked to be returned.", is_required=True, minimum=1, examples=("1", "1")),
        Column("store_credit_amount", AMOUNT, "Store credit given, in the order's currency."),
        Column("requested_date", "date", "The merchant's local date of the request.", examples=("2026-03-20", "2026-03-22")),
        Column("requested_at", "timestamp", "When the return was asked for (UTC).", examples=("2026-03-20 10:00:00", "2026-03-22 08:30:00")),
        Column("updated_at", "timestamp", "When the source last changed the request (UTC)."),
        Column("approved_at", "timestamp", "When the request was approved (UTC)."),
        Column("received_at", "timestamp", "When the goods arrived back (UTC)."),
        Column("resolved_at", "timestamp", "When refund, exchange or repair was done (UTC)."),
        Column("observed_at", "timestamp", "Up to when the source had seen the return (UTC); empty where the source does not say."),
        ATTRIBUTES,
    ),
    checks={"received_not_before_requested": "received_at >= requested_at"},
)
