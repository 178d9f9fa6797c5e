"""Exports that people try and Keeprate does not read: known by their names, refused with what to do instead.

* **Customers** (BigCommerce, Default and Bulk Edit template): names, addresses, phone numbers. Whatever Keeprate needs
  of a customer stands, as a pseudonym, with the orders; the file must not be loaded at all.
* **Products, Default template** (BigCommerce; its columns are known at second hand): Weight, Stock Level and Low Stock
  Level stand twice in the header, once for the product and once for its variations, so that no name tells which is
  meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class UnreadExport:
    """An export that is refused.

    Attributes:
        names: header names, in lower case, all of which stand in it.
        found: what it is.
        expected: what is read instead.
        remedy: what to do.
    """

    names: frozenset[str]
    found: str
    expected: str
    remedy: str


_ORDERS_INSTEAD = "an orders export: customers are known from it by pseudonym, nothing else of them is needed"
_LEAVE_OUT = "leave the file out, and keep it out of the inbox; it is full of personal data"

UNREAD_EXPORTS = (
    UnreadExport(
        frozenset({"customer id", "first name", "last name", "email", "customer group"}),
        "a customers export (Default template), which is not read",
        _ORDERS_INSTEAD,
        _LEAVE_OUT,
    ),
    UnreadExport(
        frozenset({"email address", "first name", "last name", "customer group"}),
        "a customers export (Bulk Edit template), which is not read",
        _ORDERS_INSTEAD,
        _LEAVE_OUT,
    ),
    UnreadExport(
        frozenset({"product id", "code", "calculated price", "category details"}),
        "a products export with the Default template, in which Weight, Stock Level and Low Stock Level stand twice",
        "a products export with the Bulk Edit template, or that of the newer control panel",
        "export the products again with the Bulk Edit template",
    ),
)


def refusal_of_unread(header: Iterable[str], file_name: str) -> Refused | None:
    """The refusal of a file with this header if it is one of the exports that are not read, else None."""
    names = {name.strip().lower() for name in header}
    for export in UNREAD_EXPORTS:
        if export.names <= names:
            return Refused(file_name, line=1, found=export.found, expected=export.expected, remedy=export.remedy)
    return None
