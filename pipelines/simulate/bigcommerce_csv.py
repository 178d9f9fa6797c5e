"""The container: records written the way the control panel writes them.

The quoting rule is the one real exports re-serialise under, byte for byte: a field is quoted only if it holds
a space, comma, quote, backslash, tab or line break, and an inner quote is doubled. UTF-8 without a byte order
mark.

Belongs here: the header lists and the writing. Not here: what stands in the cells (``export``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import polars as pl

from pipelines.simulate.people import PERSON_FIELDS

_MONEY_HEAD = (
    "Order ID", "Customer ID", "Customer Name", "Customer Email", "Customer Phone", "Order Date",
    "Order Status", "Subtotal (inc tax)", "Subtotal (ex tax)", "Tax Total", "Shipping Cost (inc tax)",
    "Shipping Cost (ex tax)", "Ship Method", "Handling Cost (inc tax)", "Handling Cost (ex tax)",
)  # fmt: skip
_CREDITS = (
    "Store Credit Redeemed", "Gift Certificate Amount Redeemed", "Gift Certificate Code",
    "Gift Certificate Expiration Date", "Coupon Details",
)  # fmt: skip
_ORDER_TAIL = (
    "Order Total (inc tax)", "Order Total (ex tax)", "Payment Method", "Total Quantity", "Total Shipped",
    "Date Shipped", "Order Currency Code", "Exchange Rate", "Order Notes", "Customer Message",
)  # fmt: skip
_ADDRESSES = tuple(f"{block} {field}" for block in ("Billing", "Shipping") for field in PERSON_FIELDS)

DEFAULT_COLUMNS: tuple[str, ...] = (
    *_MONEY_HEAD, *_ORDER_TAIL, *_ADDRESSES, "Product Details", *_CREDITS, "Refund Amount", "Fee Details",
)  # fmt: skip
MULTISTOREFRONT_COLUMNS: tuple[str, ...] = (
    *_MONEY_HEAD, *_CREDITS, *_ORDER_TAIL, *_ADDRESSES, "Product Details", "Billing Purchase Order #",
    "Shipping Purchase Order #", "Refund Amount", "Channel ID", "Channel Name", "Fee Details",
)  # fmt: skip
RETURNS_COLUMNS: tuple[str, ...] = (
    "return_id", "order_id", "customer_id", "product_id", "order_product_id", "product_name",
    "product_options", "sku", "quantity", "reason", "action", "comments", "staff_notes", "status",
    "date_requested", "date_updated", "store_credit", "date_approved", "date_received", "date_resolved",
    "inspection_result", "resolution", "awb",
)  # fmt: skip

_NEEDS_QUOTES = r'[ ,"\\\t\r\n]'


def quoted(field: pl.Expr) -> pl.Expr:
    """Quote a text field if the rule asks for it; null becomes empty."""
    field = field.fill_null("")
    return (
        pl.when(field.str.contains(_NEEDS_QUOTES))
        .then(pl.concat_str(pl.lit('"'), field.str.replace_all('"', '""', literal=True), pl.lit('"')))
        .otherwise(field)
    )


def header_line(columns: Sequence[str], line_end: str) -> bytes:
    """Write a header under the quoting rule."""
    fields = pl.DataFrame({"name": list(columns)}).select(quoted(pl.col("name"))).to_series()
    return (",".join(fields) + line_end).encode("utf-8")


class CsvFile:
    """A CSV file that is written in portions and knows the physical line of every record.

    Args:
        path: File to write; an existing one is replaced.
        columns: Header, in order.
        line_end: Characters between records.
    """

    def __init__(self, path: Path, columns: Sequence[str], line_end: str) -> None:
        self.path = path
        self._columns = tuple(columns)
        self._line_end = line_end
        self._next_line = 1
        self._file: BinaryIO | None = None

    def __enter__(self) -> CsvFile:
        """Open the file and write the header."""
        self._file = self.path.open("wb")
        header = pl.DataFrame({name: [name] for name in self._columns})
        self.write(header)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def write(self, records: pl.DataFrame) -> pl.Series:
        """Append records.

        Args:
            records: One row a record; all columns of the header, as text.

        Returns:
            Line number on which each record begins, counted as ``sed -n`` counts: line feeds before it, plus
            one.
        """
        if self._file is None:
            raise RuntimeError(f"{self.path} is not open: use it in a with statement")
        fields = [quoted(pl.col(name)) for name in self._columns]
        lines = records.select(pl.concat_str(fields, separator=",").alias("line"))["line"]
        heights = lines.str.count_matches("\n", literal=True).cast(pl.Int64) + 1
        ends = heights.cum_sum() + self._next_line
        starts = ends - heights
        if len(lines):
            self._next_line = int(ends[-1])
            text = lines.str.join(self._line_end).item() + self._line_end
            self._file.write(text.encode("utf-8"))
        return starts.alias("line")
