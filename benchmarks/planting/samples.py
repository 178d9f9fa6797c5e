"""Planting into files of the sources that no demo shop has, made from the samples of the tests, and other wrappings.

Shopify, Amazon (orders, returns of both kinds), EasyPost, products; gzip, UTF-16, Parquet.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.planting.people import Person
    from benchmarks.planting.planted import Planted

SAMPLES = Path(__file__).resolve().parents[2] / "tests" / "data"
Row = dict[str, str]


def plant_samples(folder: Path, persons: list[Person], planted: Planted) -> None:
    """Write planted samples into a merchant's folder, each named by its source."""
    for path, (name, change, mark) in _TABLES.items():
        rows, sign = _read(SAMPLES / path)
        for number, row in enumerate(rows):
            change(row, persons[number % len(persons)], number)
        source = path.partition("/")[0]
        (folder / name).write_bytes(_written(rows, sign).encode())
        planted.statuses[name] = "loaded"
        planted.marks[source] = {row[mark] for row in rows if row[mark].strip()}
    _plant_trackers(folder / "easypost.json", persons, planted)
    _plant_wrapped(folder, persons, planted)


def _shopify(row: Row, person: Person, number: int) -> None:
    row |= {"Email": person.email, "Phone": person.phone, "Notes": person.text(number)}
    row["Note Attributes"] = f"gift note: {person.text(number + 1)}"
    for side in ("Billing", "Shipping"):
        row |= {f"{side} Name": person.name, f"{side} Street": person.street, f"{side} Address1": person.street}
        row |= {f"{side} Phone": person.phone, f"{side} Company": person.last}


def _amazon_order(row: Row, person: Person, number: int) -> None:
    """With the columns that a seller who ships has beside the others."""
    row |= {"buyer-email": person.email, "buyer-name": person.name, "buyer-phone-number": person.phone}
    row |= {"recipient-name": person.name, "ship-address-1": person.street, "ship-phone-number": person.phone}
    row |= {"gift-message-text": person.text(number), "delivery-Instructions": person.text(number + 1)}


def _amazon_return(row: Row, person: Person, number: int) -> None:
    row["customer-comments"] = person.text(number, is_address_known=False)


def _seller_return(row: Row, person: Person, number: int) -> None:
    row |= {"Return Reason": person.text(number), "SafeT Action reason": person.text(number + 1)}


def _product(row: Row, person: Person, number: int) -> None:
    """The merchant's own words for everybody, in which numbers are sizes and codes: only addresses go."""
    row |= {"Description": f"Sewn by hand. Questions: {person.email}", "Warranty": f"Write to {person.email}"}


_TABLES: dict[str, tuple[str, Callable[[Row, Person, int], None], str]] = {
    "shopify_orders/export_79.csv": ("shopify.csv", _shopify, "Id"),
    "amazon_orders/columns_32.txt": ("amazon-orders.txt", _amazon_order, "amazon-order-id"),
    "amazon_fba_returns/api.txt": ("amazon-fba.txt", _amazon_return, "license-plate-number"),
    "amazon_fbm_returns/short_rows.txt": ("amazon-fbm.txt", _seller_return, "Order ID"),
    "bigcommerce_products/sample.csv": ("catalogue.csv", _product, "ID"),
}
"""Sample -> name of the planted file, what is planted into a row, and the column that marks it."""


def _read(path: Path) -> tuple[list[Row], str]:
    text = path.read_text(encoding="utf-8-sig")
    sign = "\t" if path.suffix == ".txt" else ","
    quoting = csv.QUOTE_NONE if sign == "\t" else csv.QUOTE_MINIMAL
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=sign, quoting=quoting, restval="")
    return list(reader), sign


def _written(rows: list[Row], sign: str) -> str:
    if sign == "\t":
        lines = [sign.join(rows[0]), *(sign.join(value.replace("\n", " ") for value in row.values()) for row in rows)]
        return "\n".join(lines) + "\n"
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _plant_trackers(path: Path, persons: list[Person], planted: Planted) -> None:
    document = json.loads((SAMPLES / "easypost_trackers" / "trackers.json").read_text(encoding="utf-8"))
    for number, tracker in enumerate(document["trackers"]):
        person = persons[number % len(persons)]
        tracker |= {"signed_by": person.name, "note": person.text(number, is_address_known=False)}
        for place, detail in enumerate(tracker["tracking_details"]):
            detail |= {
                "message": person.text(place, is_address_known=False),
                "description": person.text(place + 1, is_address_known=False),
            }
    path.write_text(json.dumps(document), encoding="utf-8")
    planted.statuses[path.name] = "loaded"
    planted.marks["easypost_trackers"] = {tracker["tracking_code"] for tracker in document["trackers"]}


def _plant_wrapped(folder: Path, persons: list[Person], planted: Planted) -> None:
    """Return lines in the template's columns, as text packed, in UTF-16 and as Parquet; the ids tell them apart."""
    import pyarrow
    import pyarrow.parquet

    def rows(kind: str) -> list[Row]:
        return [
            {
                "return_line_id": f"{kind}-{number}",
                "quantity": "1",
                "customer_id": f"9{number}",
                "reason_raw": person.text(number + 2),
                "comment": person.text(number),
                "staff_notes": person.text(number + 1),
                "Customer Name": person.name,
                "Street": person.street,
            }
            for number, person in enumerate(persons)
        ]

    (folder / "packed-lines.csv.gz").write_bytes(gzip.compress(_written(rows("packed"), ",").encode(), mtime=0))
    (folder / "wide-lines.csv").write_bytes(_written(rows("wide"), ",").encode("utf-16"))
    columns = rows("columnar")
    table = pyarrow.table({name: [row[name] for row in columns] for name in columns[0]})
    pyarrow.parquet.write_table(table, folder / "columnar-lines.parquet")
    planted.statuses |= dict.fromkeys(("packed-lines.csv.gz", "wide-lines.csv", "columnar-lines.parquet"), "loaded")
    planted.marks["generic"] = {"packed-0", "wide-0", "columnar-0"}
