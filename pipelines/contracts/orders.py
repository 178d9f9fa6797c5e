"""Orders: what was bought, when, by which pseudonymous customer, and what it cost."""

from __future__ import annotations

from pipelines.contracts.base import AMOUNT, ATTRIBUTES, Column, Contract

ORDER_STATUSES = (
    "incomplete", "pending", "awaiting_payment", "awaiting_fulfillment", "awaiting_shipment", "awaiting_pickup",
    "partially_shipped", "shipped", "completed", "partially_refunded", "refunded", "cancelled", "declined",
    "manual_verification", "disputed", "other",
)  # fmt: skip

CONTRACT = Contract(
    entity="orders",
    description="One row per order of a merchant.",
    key=("order_id",),
    month="placed_date",
    has_history=True,
    links={"order": ("order_id",), "customer": ("customer_id",)},
    stamps=("policy_version_id",),
    columns=(
        Column("order_id", "varchar", "Order number, unique within the merchant.", is_required=True, examples=("100017", "100018")),
        Column("customer_key", "varchar", "Pseudonym of the customer: of the e-mail, else the customer id, else the phone.", is_input=False),
        Column("customer_id", "varchar", "Pseudonym of the customer number; empty for a guest.", privacy="identity", examples=("501", "")),
        Column("customer_email", "varchar", "Pseudonym of the e-mail address.", privacy="identity", examples=("a@example.com", "b@example.com")),
        Column("customer_phone", "varchar", "Pseudonym of the phone number.", privacy="identity"),
        Column("channel", "varchar", "Where the order was placed: storefront, marketplace, point of sale.", examples=("Storefront", "Storefront")),
        Column("campaign", "varchar", "Campaign that brought the order, where known."),
        Column("payment_method", "varchar", "Payment method as the source writes it.", examples=("Credit Card", "PayPal")),
        Column("status_raw", "varchar", "Order status as the source writes it.", examples=("Shipped", "Cancelled")),
        Column("status", "varchar", "Order status in one vocabulary; unknown ones are `other`.", values=ORDER_STATUSES, is_input=False),
        Column("cancelled_by", "varchar", "Who cancelled the order, where the source says so; `payment` where it was declined.", values=("customer", "merchant", "payment"), examples=("", "customer")),
        Column("cancel_reason", "varchar", "Reason of the cancellation as the source writes it.", examples=("", "Found it cheaper")),
        Column("ship_country", "varchar", "Country of delivery as the source writes it.", examples=("United States", "United States")),
        Column("ship_region", "varchar", "State or region of delivery.", examples=("NY", "CA")),
        Column("ship_postcode_prefix", "varchar", "First three characters of the postcode of delivery.", examples=("100", "941")),
        Column("currency_code", "varchar", "ISO 4217 currency of the order's amounts.", examples=("USD", "USD")),
        Column("exchange_rate", "decimal(20,10)", "Units of the order's currency for one unit of the merchant's.", minimum=0, examples=("1", "1")),
        Column("subtotal_inc_tax_amount", AMOUNT, "Sum of the lines with tax, in the order's currency.", examples=("59.90", "20.00")),
        Column("subtotal_ex_tax_amount", AMOUNT, "Sum of the lines without tax, in the order's currency."),
        Column("tax_amount", AMOUNT, "Tax of the whole order, in the order's currency."),
        Column("shipping_amount", AMOUNT, "Shipping with tax, in the order's currency.", examples=("5.00", "0")),
        Column("handling_amount", AMOUNT, "Handling with tax, in the order's currency."),
        Column("discount_amount", AMOUNT, "Coupons and discounts, positive, in the order's currency."),
        Column("gift_certificate_amount", AMOUNT, "Paid by gift certificate, in the order's currency."),
        Column("store_credit_amount", AMOUNT, "Paid by store credit, in the order's currency."),
        Column("total_amount", AMOUNT, "Total to pay with tax, net of gift certificates, in the order's currency.", examples=("64.90", "20.00")),
        Column("total_merchant_amount", AMOUNT, "`total_amount` in the merchant's currency at the order's rate; empty where the rate is missing.", is_input=False),
        Column("money_difference_amount", AMOUNT, "Sum of the lines less the subtotal they agree with best, in the order's currency.", is_input=False),
        Column("money_basis", "varchar", "What the sum of the lines agrees with.", is_input=False,
               values=("inc_tax", "ex_tax", "tax_booked", "discount_booked", "not_reconciled", "not_checked")),
        Column("total_quantity", "bigint", "Units ordered.", minimum=0, examples=("2", "1")),
        Column("shipped_quantity", "bigint", "Units shipped so far; empty where the source does not say.", minimum=0, examples=("2", "0")),
        Column("is_guest", "boolean", "Placed without a customer account.", examples=("false", "true")),
        Column("is_money_reconciled", "boolean", "The lines add up to the subtotal, with or without tax, or a booked difference explains it; empty where nothing could be compared.", is_input=False),
        Column("policy_version_id", "varchar", "Return policy in force when the order was placed.", is_input=False),
        Column("placed_date", "date", "The merchant's local date on which the order was placed.", is_required=True, examples=("2026-03-14", "2026-03-15")),
        Column("shipped_date", "date", "The merchant's local date of the last shipment.", examples=("2026-03-16", "")),
        Column("placed_at", "timestamp", "When the order was placed (UTC); empty where the source gives a date only.", examples=("2026-03-14 09:12:00", "2026-03-15 18:40:00")),
        Column("cancelled_at", "timestamp", "When the order was cancelled (UTC); empty where the source has no time."),
        ATTRIBUTES,
    ),
    checks={
        "shipped_not_more_than_ordered": "shipped_quantity <= total_quantity",
        "shipped_not_before_placed": "shipped_date >= placed_date",
    },
)
