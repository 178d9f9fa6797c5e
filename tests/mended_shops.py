"""Homes in which files are broken and mended, beside homes in which they were right from the start."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingested_files import SAMPLES, ask

from pipelines.build import merge_core
from pipelines.contracts import all_contracts
from pipelines.core_tables import declared_tables
from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.quality.accounting import accounting_sql
from pipelines.quarantine.export import export
from pipelines.quarantine.reading import Wanted, store_of
from pipelines.restaging import restage
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2026, 11, 1)
Content = dict[str, list[tuple[object, ...]]]


class Shop:
    """A home with one merchant, its warehouse open; every home has the same key, or pseudonyms would differ."""

    def __init__(self, folder: Path, merchant_id: str = "demo") -> None:
        self.folder = folder
        self.home = folder / "home"
        write_home(self.home, new_merchant(self.home, merchant_id, timezone="America/New_York"))
        (self.home / "key").write_text("5" * 64 + "\n", encoding="ascii")
        self.settings = load_settings(self.home)
        self.merchant = self.settings.merchant(merchant_id)
        self._opening = open_warehouse(self.settings, "test")
        self.warehouse: Warehouse = self._opening.__enter__()

    def close(self) -> None:
        self._opening.__exit__(None, None, None)

    def load(self, name: str, text: str, *, hours: int = 0, **options: Any) -> FileResult:
        """Load a text as a file of that name."""
        path = self.folder / name
        path.write_bytes(text.encode())
        stated = IngestOptions(as_of=START + timedelta(hours=hours), **options)
        (result,) = ingest_files(self.warehouse, self.merchant, [path], stated)
        assert result.records_in == result.records_loaded + result.records_quarantined, result.message
        return result

    def correct(self, answers: dict[str, str], name: str = "corrections.csv") -> FileResult:
        """Export what is open, fill in by what was found, and load it."""
        return self.load(name, filled(self.exported(name), answers))

    def correct_all(self, answers: dict[str, str]) -> FileResult:
        """Correct until nothing is open: behind what was mended, staging may find more."""
        result = self.correct(answers, "corrections.csv")
        for number in (2, 3):
            if ask(self.warehouse, "select 1 from quarantine.rows"):
                result = self.correct(answers, f"corrections-{number}.csv")
        return result

    def exported(self, name: str = "corrections.csv") -> list[dict[str, str]]:
        path = self.folder / f"exported-{name}"
        export(store_of(self.warehouse), Wanted(self.merchant.merchant_id), path)
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        path.unlink()
        return rows

    def merge(self, *, is_full: bool = False) -> None:
        restage(self.warehouse, is_full=is_full)
        merge_core(self.warehouse, is_full=is_full)

    def core(self) -> Content:
        """Every core table of a contract; file names and ids are not in them."""
        tables = [table.full_name for contract in all_contracts().values() for table in declared_tables(contract)]
        return {name: ask(self.warehouse, f"select * from {name} order by all") for name in tables}

    def accounts(self) -> None:
        """Every record of every file stands in one place."""
        self.warehouse.connection.execute(f"set variable merchant_id = '{self.merchant.merchant_id}'")
        staged = [
            row[0]
            for row in ask(self.warehouse, "select table_name from duckdb_tables() where schema_name = 'staging'")
        ]
        query = accounting_sql(staged)
        wrong = ask(
            self.warehouse,
            f"select * from ({query}) where record_count <> accounted_record_count"
            " or loaded_count <> recounted_loaded_count or quarantined_count <> recounted_quarantined_count",
        )
        assert wrong == []


def filled(rows: Sequence[dict[str, str]], answers: dict[str, str]) -> str:
    """Corrections as a person fills them in: by column, or by number of the record and column.

    Not by what was found: what does not belong into a column is masked at the door.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        corrected = answers.get(row["column"], answers.get(f"{row['record']} {row['column']}", ""))
        writer.writerow(row | {"corrected": corrected})
    return out.getvalue()


def sample(path: str) -> str:
    return (SAMPLES / path).read_text(encoding="utf-8-sig")


def broken(text: str, *changes: tuple[str, str]) -> str:
    for right, wrong in changes:
        assert text.count(right) >= 1, right
        text = text.replace(right, wrong, 1)
    return text


# A file that is right, what is broken in it, and what a person writes for each thing that was found.
FILES = {
    "orders": (
        "bigcommerce_orders/default_2014.csv",
        [(",17/02/2014,Completed", ",17.Feb,Completed"), (",1,1,03/02/2014,", ",one,1,03/02/2014,")],
        {"Order Date": "17/02/2014", "Total Quantity": "1"},
        {"date_format": "dmy"},
    ),
    "rows of an order": (
        "bigcommerce_orders/rows_mode.csv",
        [("62,2,SH-2", "62,two,SH-2"), ("9601,25/08/2025,Shipped,70.00", "9601,25/08/2025,Shipped,7O.00")],
        {"2 Product Qty": "2", "Order Total (inc tax)": "70.00"},
        {"date_format": "dmy"},
    ),
    "lines of a parent": (
        "shopify_orders/export_79.csv",
        None,
        None,
        {},
    ),
}


def corrupted(name: str) -> tuple[str, str, dict[str, str], dict[str, str]]:
    path, changes, answers, options = FILES[name]
    right = sample(path)
    if changes is None:
        rows = list(csv.reader(io.StringIO(right)))
        place = rows[0].index("Lineitem price")
        answers = {}
        for number, row in enumerate(rows[1:4], 1):
            answers[f"{number} Lineitem price"] = row[place]
            row[place] = f"price {number}"
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        return right, out.getvalue(), answers, options
    return right, broken(right, *changes), answers or {}, options


WRONG = {"Order Date": "17/02/2014", "Total Quantity": "1"}


def broken_orders(shop: Shop, name: str = "orders.csv") -> FileResult:
    _, wrong, _, _ = corrupted("orders")
    return shop.load(name, wrong, date_format="dmy")


def rejected(shop: Shop, name: str = "corrections.csv") -> list[tuple[int, str, str | None]]:
    rows = ask(
        shop.warehouse,
        "select record_number, rule, field, expected, remedy from quarantine.rows"
        f" where file_name = '{name}' order by all",
    )
    assert all(expected and remedy for *_, expected, remedy in rows)
    return [tuple(row[:3]) for row in rows]  # type: ignore[misc]
