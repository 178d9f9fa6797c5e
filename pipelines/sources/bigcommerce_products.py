"""BigCommerce products, the modern export of the control panel (50 columns).

What is known of the format, from a real file of 158 products, 434 images and a video (marked *guess* or *documented*
where it did not show it):

* **Item** is Product, Variant, Image or Video. Rows of a product follow it and **carry no product id**: only the
  order of rows tells whose they are. A row before any product, behind a product that is rejected, or behind a record
  that cannot be read is quarantined, never given to the nearest product. So are the rows behind an Item of another
  name, because it may have been a product.
* **ID** is the row's own: the product's, the variant's (documented), the image's.
* **Variants** (documented) leave what they share with their product blank: name, description, categories, brand and
  price, weight, cost and sizes are taken over. A product with variants has a row of its own, with variant ``-``, so
  that order lines that name the product only find it.
* **Options** (documented) are ``Type=Rectangles|Name=Bag Size|Value=12 oz``. How several are joined no source shows:
  each begins at ``Type=...|Name=`` and ends before the next, whatever signs (``;``, ``,``, ``|``, blanks) stand between
  them; a swatch's colours in brackets behind the value are left out. They are stored as orders write them:
  ``Bag Size: 12 oz``. A *guess*.
* **Categories** are ids joined by ``;``, the brand is an id as well: names are only in the bulk edit export.
* **Booleans** are TRUE and FALSE, sizes have two places, Type is physical or digital, Meta Keywords are joined by
  ``;``. A Cost Price or Sale Price of 0 means that there is none.
* **Custom Fields**: no real value was seen; they are read as in the bulk edit export (*guess*).
* **Inventory Tracking** is none, product or variant: a stock level is read where that says it is kept.
* Image and Video rows are loaded as records of their product; nothing is staged from them.
* A number or a cell that cannot be read is quarantined; its product stays, without it.
"""

from __future__ import annotations

from typing import ClassVar

from pipelines.sources.base import RawColumn, Source


class BigCommerceProducts(Source):
    """Products, their variants and their stock from one modern products export."""

    name: ClassVar[str] = "bigcommerce_products"
    title: ClassVar[str] = "BigCommerce products export"
    raw_table: ClassVar[str] = "bigcommerce__products"
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("Item", is_required=True),
        RawColumn("ID", is_required=True),
        RawColumn("Name", is_required=True),
        RawColumn("Type"),
        RawColumn("SKU", is_required=True),
        RawColumn("Options"),
        RawColumn("Inventory Tracking"),
        RawColumn("Current Stock"),
        RawColumn("Low Stock"),
        RawColumn("Price"),
        RawColumn("Cost Price"),
        RawColumn("Retail Price"),
        RawColumn("Sale Price"),
        RawColumn("Brand ID"),
        RawColumn("Channels"),
        RawColumn("Categories"),
        RawColumn("Description"),
        RawColumn("Custom Fields"),
        RawColumn("Page Title"),
        RawColumn("Product URL"),
        RawColumn("Bin Picking Number"),
        RawColumn("UPC/EAN"),
        RawColumn("Global Trade Number"),
        RawColumn("Manufacturer Part Number"),
        RawColumn("Weight"),
        RawColumn("Width"),
        RawColumn("Height"),
        RawColumn("Depth"),
        RawColumn("Is Visible"),
        RawColumn("Warranty"),
    )
    staged: ClassVar[tuple[str, ...]] = (
        "bigcommerce__product_records",
        "bigcommerce__products",
        "bigcommerce__stock_levels",
    )
