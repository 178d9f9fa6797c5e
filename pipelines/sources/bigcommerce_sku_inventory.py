"""BigCommerce stock by SKU, the CSV of the control panel's SKU inventory export.

* **Header**: Product SKU, Product UPC/EAN, Stock Level, Product Width, Product Height, Product Depth, Free Shipping,
  Fixed Shipping Cost. A row is a SKU; the file names no product.
* **The file has no date**: what it says was so at the file's age, which is taken from the day in its name, else from
  ``--as-of``, else from the disk. Name the day where files are loaded later than they were written.
* Sizes and shipping cost are kept as attributes, as they stand.
* A stock level below 0 is read: more was sold than there was (*guess*; the real file had none).
"""

from __future__ import annotations

from typing import ClassVar

from pipelines.sources.base import RawColumn, Source


class BigCommerceSkuInventory(Source):
    """Stock levels from one SKU inventory export."""

    name: ClassVar[str] = "bigcommerce_sku_inventory"
    title: ClassVar[str] = "BigCommerce SKU inventory export"
    raw_table: ClassVar[str] = "bigcommerce__sku_inventory"
    columns: ClassVar[tuple[RawColumn, ...]] = (
        RawColumn("Product SKU", is_required=True),
        RawColumn("Product UPC/EAN"),
        RawColumn("Stock Level", is_required=True),
        RawColumn("Product Width"),
        RawColumn("Product Height"),
        RawColumn("Product Depth"),
        RawColumn("Free Shipping"),
        RawColumn("Fixed Shipping Cost"),
    )
    staged: ClassVar[tuple[str, ...]] = ("bigcommerce_sku_inventory__stock_levels",)

    def matches(self, header: list[str]) -> bool:
        """Whether it lists stock by SKU; a file that names products or orders beside it is another export."""
        names = {name.strip().lower() for name in header}
        return super().matches(header) and not names & {"order id", "item type", "item", "product id", "product name"}
