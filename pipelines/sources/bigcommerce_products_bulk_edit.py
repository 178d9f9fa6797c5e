r"""BigCommerce products, the legacy export with the Bulk Edit template.

What is known of the format, from a real file of 158 products (marked *guess* or *documented* where it did not show
it):

* **Header**: 87 columns in the real file, of which five a picture (``Product Image ID - 1`` ...) as often as the
  product with the most pictures needs them: their number differs from file to file. They are left in the file. Older
  files have GPS columns (``GPS Gender``) as well; such columns are kept as attributes where they hold something.
* **Item Type** is Product; SKU and Rule rows (documented; blanks before the word are possible) follow their product
  and belong to it by the order of rows alone. A row before any product, behind a product that is rejected, behind a
  record that cannot be read or behind an Item Type of another name is quarantined.
* **SKU rows** hold the id of the SKU in Product ID and its options in Product Name: ``[S]Bag Size=12 oz``, a code of
  the option's kind in brackets before each. Several may stand with or without a comma between; a swatch's colour
  (``Red:#ff0000``) is left out: both a *guess*. They are stored as orders write them: ``Bag Size: 12 oz``.
* **Rule rows** change the price of the SKU whose code they repeat: ``[FIXED]25.95``, ``[ADD]``, ``[REMOVE]``
  (documented). One rule of a SKU is applied to its price; several of one SKU are not, because their order counts.
* What a SKU shares with its product is taken over from it. A product with SKUs has a row of its own, variant ``-``.
* **Booleans** are Y and N, Product Type is P or D, sizes and Fixed Shipping Cost have four places, prices two. A Cost
  Price or Sale Price of 0 means that there is none. Meta Keywords are joined by ``,``.
* **Category**: ``;`` between categories, ``/`` between levels, ``\/`` for a literal slash. The first category is the
  product's path; where there are more, all are kept as attribute.
* **Product Description** is HTML: tags are taken out, entities decoded.
* **Product Custom Fields** is ``Roast=Dark;Origin=Sample``. A ``;`` without a name and ``=`` behind it belongs to the
  value. A field named Supplier or Vendor tells the supplier; Fulfilment (or Fulfillment) with ``Drop ship`` or ``own``
  who ships; all others are kept in attributes.
* **Track Inventory** is none, by product or by option: a stock level is read where that says it is kept.
* A number or a cell that cannot be read is quarantined; its product stays, without it.
"""

from __future__ import annotations

import re
from typing import ClassVar

from pipelines.sources.base import RawColumn, Source

_PICTURE = re.compile(r"product images? .+ - \d+", re.IGNORECASE)


class BigCommerceProductsBulkEdit(Source):
    """Products, their SKUs and their stock from one bulk edit export."""

    name: ClassVar[str] = "bigcommerce_products_bulk_edit"
    title: ClassVar[str] = "BigCommerce products export (Bulk Edit template)"
    raw_table: ClassVar[str] = "bigcommerce_bulk_edit__products"
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("Item Type", is_required=True),
        RawColumn("Product ID", is_required=True),
        RawColumn("Product Name", is_required=True),
        RawColumn("Product Type"),
        RawColumn("Product Code/SKU", is_required=True),
        RawColumn("Bin Picking Number"),
        RawColumn("Brand Name"),
        RawColumn("Option Set"),
        RawColumn("Product Description"),
        RawColumn("Price"),
        RawColumn("Cost Price"),
        RawColumn("Retail Price"),
        RawColumn("Sale Price"),
        RawColumn("Product Warranty"),
        RawColumn("Product Weight"),
        RawColumn("Product Width"),
        RawColumn("Product Height"),
        RawColumn("Product Depth"),
        RawColumn("Product Visible?"),
        RawColumn("Track Inventory"),
        RawColumn("Current Stock Level"),
        RawColumn("Low Stock Level"),
        RawColumn("Category"),
        RawColumn("Page Title"),
        RawColumn("Product UPC/EAN"),
        RawColumn("Product URL"),
        RawColumn("Global Trade Item Number"),
        RawColumn("Manufacturer Part Number"),
        RawColumn("Product Custom Fields"),
    )
    staged: ClassVar[tuple[str, ...]] = (
        "bigcommerce_bulk_edit__product_records",
        "bigcommerce_bulk_edit__products",
        "bigcommerce_bulk_edit__stock_levels",
    )

    def leaves_out(self, header: str) -> bool:
        """The columns of pictures, as many as the product with the most pictures needs."""
        return bool(_PICTURE.fullmatch(header.strip()))
