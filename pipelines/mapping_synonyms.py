"""Other names of contract columns, as exports of shops and carriers write them; for drafts of mappings only.

Names are compared without case, blanks and signs: ``Invoice No`` and ``InvoiceNo`` are ``invoiceno``. What a mapping
itself says is never looked up here.
"""

from __future__ import annotations

_ORDER = "order_no order_number order_nr invoice_no invoice_number invoice_id invoice order order_name increment_id"
_PRODUCT = "stock_code item_id item_no article_no article_number product_code item_code lineitem_product_id asin"
_CUSTOMER = "customer customer_no customer_number client_id buyer_id user_id account_id"
_NAME = "description item_name lineitem_name item_title product_title product title item"
_SKU = "lineitem_sku item_sku seller_sku merchant_sku variant_sku"
_QUANTITY = "qty units lineitem_quantity item_quantity product_qty"

SYNONYMS: dict[str, dict[str, str]] = {
    "orders": {
        "order_id": _ORDER,
        "customer_id": _CUSTOMER,
        "customer_email": "email e_mail email_address buyer_email contact_email",
        "customer_phone": "phone mobile telephone phone_number buyer_phone",
        "channel": "source sales_channel source_name marketplace store",
        "campaign": "utm_campaign",
        "payment_method": "payment payment_type gateway",
        "status_raw": "status order_status fulfillment_status financial_status",
        "ship_country": "shipping_country country delivery_country ship_to_country destination_country",
        "ship_region": "shipping_province shipping_state region province delivery_state",
        "ship_postcode_prefix": "shipping_zip shipping_postcode zip zip_code postcode postal_code",
        "currency_code": "currency order_currency presentment_currency",
        "exchange_rate": "fx_rate rate",
        "subtotal_inc_tax_amount": "subtotal sub_total",
        "tax_amount": "taxes tax total_tax vat",
        "shipping_amount": "shipping shipping_cost shipping_price freight postage",
        "discount_amount": "discount total_discount",
        "total_amount": "total grand_total order_total total_price amount",
        "total_quantity": "total_qty items_count",
        "placed_at": "order_date ordered_at created_at invoice_date date_created purchase_date purchased_at "
        "order_time order_datetime transaction_date order_placed date",
    },
    "order_lines": {
        "order_id": _ORDER,
        "order_line_id": "line_id line_item_id lineitem_id line_no line_number order_item_id item_line",
        "product_id": _PRODUCT,
        "sku": _SKU,
        "product_name": _NAME,
        "product_options": "variant variant_title options lineitem_variant",
        "supplier": "vendor",
        "currency_code": "currency order_currency",
        "quantity": _QUANTITY,
        "unit_price_amount": "unit_price price lineitem_price item_price price_each",
        "discount_amount": "lineitem_discount line_discount item_discount",
        "line_total_amount": "line_total item_total line_amount row_total",
    },
    "return_lines": {
        "return_line_id": "return_item_id rma_item_id return_line",
        "return_id": "rma rma_id rma_number return_no return_number return_request_id request_id",
        "order_id": _ORDER,
        "order_line_id": "order_product_id order_item_id",
        "customer_id": _CUSTOMER,
        "product_id": _PRODUCT,
        "sku": _SKU,
        "product_name": _NAME,
        "reason_raw": "reason return_reason reason_code",
        "comment": "comments customer_comment customer_comments buyer_comment return_comment",
        "staff_notes": "internal_note staff_note",
        "requested_resolution": "action return_action requested_action",
        "status_raw": "status return_status",
        "inspection_result": "detailed_disposition condition item_condition",
        "quantity": f"{_QUANTITY} return_quantity returned_quantity quantity_returned",
        "requested_at": "return_date date_requested request_date return_request_date returned_at created_at",
        "received_at": "date_received return_received",
        "updated_at": "date_updated",
    },
    "refunds": {
        "order_id": _ORDER,
        "refund_amount": "refunded_amount amount_refunded refund_total",
        "currency_code": "currency",
        "refunded_at": "refund_date date_refunded",
    },
    "shipments": {
        "shipment_id": "parcel_id consignment_id shipment_no",
        "order_id": _ORDER,
        "carrier": "courier shipping_carrier courier_partner carrier_name",
        "service": "shipping_method service_level",
        "awb": "tracking_number tracking_no waybill tracking_id consignment_number",
        "outcome": "delivery_status shipment_status",
        "cost_amount": "shipping_cost label_cost",
        "shipped_at": "ship_date shipment_date dispatch_date pickup_date",
        "delivered_at": "delivery_date delivered_date",
        "promised_date": "estimated_delivery_date expected_delivery_date edd",
    },
    "products": {
        "product_id": f"{_PRODUCT} id",
        "variant_id": "variation_id",
        "product_name": "name title product_title description",
        "category_path": "category product_type categories",
        "brand": "vendor brand_name manufacturer",
        "description_text": "body_html product_description long_description",
        "list_price_amount": "price calculated_price variant_price",
    },
}
"""By contract and column: the other names, separated by blanks."""


def folded(name: str) -> str:
    """A name without case, blanks and signs."""
    return "".join(character for character in name.lower() if character.isalnum())


def names_of(entity: str, column: str) -> list[str]:
    """Folded names under which a contract column is known, its own first."""
    return [folded(name) for name in (column, *SYNONYMS.get(entity, {}).get(column, "").split())]
