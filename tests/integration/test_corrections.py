"""Mending through a corrections file: the law that it is as if the file had been right from the start."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ingested_files import SAMPLES, ask

from pipelines.build import merge_core
from pipelines.contracts import all_contracts
from pipelines.core_tables import declared_tables
from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.quality.accounting import accounting_sql
from pipelines.quarantine.export import export
from pipelines.quarantine.groups import groups_of, mended_of
from pipelines.quarantine.reading import Wanted, store_of
from pipelines.restaging import restage
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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

    def load(self, name: str, text: str, *, hours: int = 0, **options: object) -> FileResult:
        """Load a text as a file of that name."""
        path = self.folder / name
        path.write_bytes(text.encode())
        stated = IngestOptions(as_of=START + timedelta(hours=hours), **options)  # type: ignore[arg-type]
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
    """Corrections as a person fills them in: by what was found, or by the column."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(row | {"corrected": answers.get(row["found"], answers.get(row["column"], ""))})
    return out.getvalue()


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[list[Shop]]:
    """Two empty homes alike: one gets what was broken and mended, the other what was right."""
    made = []
    for name in ("mended", "right"):
        (tmp_path / name).mkdir()
        made.append(Shop(tmp_path / name))
    yield made
    for shop in made:
        shop.close()


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
        {"17.Feb": "17/02/2014", "one": "1"},
        {"date_format": "dmy"},
    ),
    "rows of an order": (
        "bigcommerce_orders/rows_mode.csv",
        [("62,2,SH-2", "62,two,SH-2"), ("9601,25/08/2025,Shipped,70.00", "9601,25/08/2025,Shipped,7O.00")],
        {"two": "2", "7O.00": "70.00"},
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
            answers[f"price {number}"] = row[place]
            row[place] = f"price {number}"
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        return right, out.getvalue(), answers, options
    return right, broken(right, *changes), answers or {}, options


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("order", ["mended, then merged", "merged, then mended", "full", "twice", "later file first"])
def test_mended_is_as_right_from_the_start(shops: list[Shop], name: str, order: str) -> None:
    mended, right_one = shops
    right, wrong, answers, options = corrupted(name)
    later = right.replace("Shipped", "Completed").replace("paid", "refunded")
    for shop, text in ((mended, wrong), (right_one, right)):
        shop.load("first.csv", text, **options)
        if order == "later file first":
            shop.load("later.csv", later, hours=5, **options)
        if order == "merged, then mended":
            shop.merge()
    result = mended.correct_all(answers)
    assert result.status == "loaded", result.message
    assert ask(mended.warehouse, "select * from quarantine.rows") == []
    if order == "twice":
        again = (mended.folder / "corrections.csv").read_text() + "\r\n"
        assert mended.load("again.csv", again).records_quarantined == 0
    for shop in shops:
        if order != "later file first":
            shop.load("later.csv", later, hours=5, **options)
        shop.merge(is_full=order == "full")
        shop.accounts()
    content = mended.core()
    assert content == right_one.core()
    assert any(content.values())
    mended.merge(is_full=True)
    mended.accounts()
    assert mended.core() == content


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


WRONG = {"17.Feb": "17/02/2014", "one": "1"}


def broken_orders(shop: Shop, name: str = "orders.csv") -> FileResult:
    _, wrong, _, _ = corrupted("orders")
    return shop.load(name, wrong, date_format="dmy")


def rejected(shop: Shop, name: str = "corrections.csv") -> list[tuple[int, str, str | None]]:
    rows = ask(
        shop.warehouse,
        f"select record_number, rule, field, expected, remedy from quarantine.rows where file_name = '{name}' order by all",
    )
    assert all(expected and remedy for *_, expected, remedy in rows)
    return [tuple(row[:3]) for row in rows]  # type: ignore[misc]


def test_what_is_exported_says_where_what_and_what_to_do(shop: Shop) -> None:
    broken_orders(shop)
    rows = shop.exported()
    assert [(row["file"], row["line"], row["column"], row["found"], row["corrected"]) for row in rows] == [
        ("orders.csv", "2", "Total Quantity", "one", ""),
        ("orders.csv", "3", "Order Date", "17.Feb", ""),
    ]
    assert "(in this file: day, month, year)" in rows[1]["expected"]
    assert all("corrected" in row["to_do"] for row in rows)


def test_mended_rows_are_shown_as_mended_and_by_which_file(shop: Shop) -> None:
    broken_orders(shop)
    result = shop.correct({"17.Feb": "17/02/2014"})
    assert any("orders.csv was read anew: 1 of what stood in quarantine is mended" in note for note in result.warnings)
    assert any("1 of 2 rows have nothing in corrected" in note for note in result.warnings)
    store = store_of(shop.warehouse)
    assert [(group.rule, group.count) for group in groups_of(store, Wanted())] == [("total_quantity_number", 1)]
    assert [(part.rule, part.mended_by_file_name) for part in mended_of(store, Wanted())] == [
        ("order_date_readable", "corrections.csv")
    ]
    shop.accounts()


def test_only_what_was_mended_is_merged_again(shop: Shop) -> None:
    broken_orders(shop)
    shop.merge()
    shop.correct({"17.Feb": "17/02/2014"})
    keys = ask(shop.warehouse, "select entity, key->>'order_id' from meta.mended_keys order by all")
    assert keys == [("order_lines", "4102"), ("orders", "4102")]
    shop.merge()
    assert ask(shop.warehouse, "select * from meta.mended_keys") == []
    assert ("4102",) in ask(shop.warehouse, "select order_id from core.orders")


def test_a_correction_that_is_still_wrong_says_so_and_a_later_one_counts(shop: Shop) -> None:
    broken_orders(shop)
    result = shop.correct({"17.Feb": "31/02/2014"})
    (told,) = [note for note in result.warnings if "still" in note]
    assert told.startswith("line 3: line 3 of orders.csv is still rejected by order_date_readable")
    assert "31/02/2014 in order_date" in told
    found = [group.found for group in groups_of(store_of(shop.warehouse), Wanted(rule="order_date_readable"))]
    assert found == [("31/02/2014",)]
    shop.correct({"31/02/2014": "17/02/2014"}, "second.csv")
    assert mended_of(store_of(shop.warehouse), Wanted())[0].mended_by_file_name == "second.csv"
    shop.accounts()


def test_a_cell_that_should_have_been_empty(shop: Shop) -> None:
    right, _, _, _ = corrupted("orders")
    shop.load("orders.csv", broken(right, (",1,1,03/02/2014,", ",1,1,soon,")), date_format="dmy")
    assert shop.correct({"soon": "(empty)"}).records_quarantined == 0
    assert rejected(shop, "orders.csv") == []
    assert ask(shop.warehouse, "select shipped_date from staging.bigcommerce__orders where order_id = '4101'") == [
        (None,)
    ]


def test_another_column_of_the_record_may_be_mended(shop: Shop) -> None:
    right, _, _, _ = corrupted("orders")
    shop.load("orders.csv", broken(right, (",1,1,03/02/2014,", ",7,1,03/02/2014,")), date_format="dmy")
    (row,) = shop.exported()
    assert row["rule"] == "product_details_quantity"
    row |= {"column": "Total Quantity", "corrected": "1"}
    shop.load("corrections.csv", filled([row], {"Total Quantity": "1"}))
    assert rejected(shop, "orders.csv") == []


def test_corrections_that_cannot_be_applied_are_rejected_with_a_reason(shop: Shop) -> None:
    broken_orders(shop)
    first, second = shop.exported()
    rows = [
        first | {"file_id": "0123456789abcdef"},
        first | {"record": "99"},
        first | {"record": "anna@example.com"},
        first | {"column": "Customer Email"},
        first | {"column": "Billing Phone"},
        first | {"column": "no such column"},
        second | {"corrected": "17/02/2014"},
        second | {"corrected": "18/02/2014"},
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(first))
    writer.writeheader()
    writer.writerows(row | {"corrected": row["corrected"] or "bob@example.com"} for row in rows)
    shop.load("corrections.csv", text.getvalue())
    assert [(number, rule) for number, rule, _ in rejected(shop)] == [
        (1, "file_unknown"),
        (2, "record_unknown"),
        (3, "record_unknown"),
        (4, "column_personal"),
        (5, "column_personal"),
        (6, "column_unknown"),
        (7, "cell_told_twice"),
        (8, "cell_told_twice"),
    ]
    shop.accounts()
    assert len(rejected(shop, "orders.csv")) == 2
    everything = str(
        [ask(shop.warehouse, f"select * from {name}") for name in ("raw.corrections__cells", "quarantine.rows")]
    )
    assert "anna@" not in everything
    assert "bob@" not in everything


def test_another_merchants_file_cannot_be_corrected(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.close()
    write_home(shop.home, new_merchant(shop.home, "other", timezone="America/New_York"))
    shop.settings = load_settings(shop.home)
    with open_warehouse(shop.settings, "test") as warehouse:
        shop.warehouse = warehouse
        broken_orders(shop)
        exported = filled(shop.exported(), WRONG)
        shop.merchant = shop.settings.merchant("other")
        shop.load("corrections.csv", exported)
        assert {rule for _, rule, _ in rejected(shop)} == {"file_unknown"}
        assert len(rejected(shop, "orders.csv")) == 2


def test_nothing_filled_in_is_refused(shop: Shop) -> None:
    broken_orders(shop)
    result = shop.correct({})
    assert result.status == "refused"
    assert "in none of which the column is filled in" in result.message


def test_a_file_that_is_read_otherwise_is_no_longer_the_one_that_was_corrected(shop: Shop) -> None:
    right, _, _, _ = corrupted("orders")
    ambiguous = broken(right, ("17/02/2014", "07/02/2014"), ("17/02/2014", "07/02/2014"), (",1,1,03", ",one,1,03"))
    shop.load("orders.csv", ambiguous, date_format="dmy")
    shop.correct({"one": "1"})
    assert rejected(shop, "orders.csv") == []
    shop.load("orders.csv", ambiguous, date_format="mdy")
    assert [rule for _, rule, _ in rejected(shop, "orders.csv")] == ["total_quantity_number"]
    assert [rule for _, rule, _ in rejected(shop)] == ["file_read_anew"]
    assert mended_of(store_of(shop.warehouse), Wanted()) == []
    shop.accounts()
    shop.correct({"one": "1"}, "again.csv")
    assert rejected(shop, "orders.csv") == []
    assert rejected(shop, "again.csv") == []
    shop.accounts()


def test_a_generic_file_is_mended_by_its_own_headers(shops: list[Shop]) -> None:
    right = sample("generic/wholesale_lines.csv")
    mapping = SAMPLES / "generic" / "wholesale_lines.toml"
    header = right.splitlines()[0].split(";")
    place = header.index("Menge")
    rows = list(csv.reader(io.StringIO(right), delimiter=";"))
    answers = {"many": rows[1][place]}
    rows[1][place] = "many"
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(rows)
    mended, right_one = shops
    mended.load("lines.csv", out.getvalue(), mapping=mapping)
    assert mended.correct(answers).records_quarantined == 0
    right_one.load("lines.csv", right, mapping=mapping)
    for one in shops:
        one.merge()
        one.accounts()
    assert mended.core() == right_one.core()


def test_records_whose_columns_are_unknown_are_listed_with_what_to_do(shop: Shop) -> None:
    right, _, _, _ = corrupted("orders")
    shop.load("orders.csv", right.rstrip("\r\n") + "\n4199,1,2\n", date_format="dmy")
    (row,) = shop.exported()
    assert row["rule"] == "field_count"
    assert "load that under a new name" in row["to_do"]
    shop.load("corrections.csv", filled([row], {"": "x", row["found"]: "x"}))
    assert [rule for _, rule, _ in rejected(shop)] == ["mend_in_file"]


def test_free_text_that_somebody_types_is_masked(shop: Shop) -> None:
    broken_orders(shop)
    first, _ = shop.exported()
    shop.load("corrections.csv", filled([first | {"column": "Customer Message"}], {"one": "write to carl@example.com"}))
    ((kept,),) = ask(shop.warehouse, "select corrected from raw.corrections__cells")
    assert kept is not None
    assert "carl@" not in kept
