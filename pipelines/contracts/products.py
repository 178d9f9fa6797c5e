"""Products: what the shop's page says about a product or one of its variants."""

from __future__ import annotations

from pipelines.contracts.base import AMOUNT, ATTRIBUTES, Column, Contract

CONTRACT = Contract(
    entity="products",
    description="One row per product and variant; the variant is `-` for a product without variants.",
    key=("product_id", "variant_id"),
    has_history=True,
    columns=(
        Column("product_id", "varchar", "Product number.", is_required=True, examples=("301", "302")),
        Column("variant_id", "varchar", "Variant number; `-` where the product has none.", is_required=True, examples=("-", "-")),
        Column("sku", "varchar", "Stock keeping unit.", examples=("KN-8", "TT-1")),
        Column("product_options", "varchar", "Options of the variant as text, as orders write them (`Size: M, Colour: red`); empty for a product without.", examples=("", "")),
        Column("product_name", "varchar", "Name on the page.", examples=("Chef's knife, 8 inch", "Tea towel")),
        Column("category_path", "varchar", "Category, levels joined by ` > `.", examples=("Kitchen > Knives", "Kitchen > Textiles")),
        Column("category_ids", "varchar", "Category numbers joined by `;`, where the source has no names.", examples=("", "350;263")),
        Column("brand", "varchar", "Brand.", examples=("Sample", "")),
        Column("supplier", "varchar", "Supplier."),
        Column("fulfilment_type", "varchar", "Who ships it.", values=("own", "drop_ship"), examples=("own", "drop_ship")),
        Column("description_text", "varchar", "Description on the page, as text.", examples=("Forged blade", "Cotton")),
        Column("currency_code", "varchar", "ISO 4217 currency of the price.", examples=("USD", "USD")),
        Column("list_price_amount", AMOUNT, "Price on the page.", minimum=0, examples=("59.90", "10.00")),
        Column("sale_price_amount", AMOUNT, "Reduced price on the page, where there is one.", minimum=0),
        Column("unit_cost_amount", AMOUNT, "What a unit costs the merchant.", minimum=0),
        Column("weight", "decimal(18,4)", "Weight in the source's unit.", minimum=0),
        Column("width", "decimal(18,4)", "Width in the source's unit.", minimum=0),
        Column("height", "decimal(18,4)", "Height in the source's unit.", minimum=0),
        Column("depth", "decimal(18,4)", "Depth in the source's unit.", minimum=0),
        Column("is_visible", "boolean", "Shown in the shop."),
        ATTRIBUTES,
    ),
)
