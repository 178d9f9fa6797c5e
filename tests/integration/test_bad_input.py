"""Bad input, one kind a test, by ``keeprate ingest --json``: the exact outcome, the words of it, the exit status.

What is wrong as a whole or ambiguous is refused, what is wrong in a record is quarantined; nothing is lost, nothing
guessed. Millions of files that are spoiled at random are the matter of ``benchmarks.mutated``; what the machine itself
does wrong (no disk, no permission, a busy home) is tested with the crashes.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.cli.parser.running import run
from pipelines.settings import new_merchant, write_home
from pipelines.templates import template

SAMPLES = Path(__file__).parents[1] / "data"
ORDERS = "order_id,placed_date,status_raw,currency_code,total_amount,total_quantity"
LINES = "order_id,order_line_id,product_id,product_name,quantity,unit_price_amount,currency_code"
PERSON = "Robin Sample"


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the merchant ``demo`` whose warehouse has its tables and no row; tests take a copy."""
    path = tmp_path_factory.mktemp("empty") / "home"
    write_home(path, new_merchant(path, "demo", timezone="America/New_York", currency_code="USD"))
    (path.parent / "odd.csv").write_text("colour,shape\nred,round\n", encoding="utf-8")
    assert run(["--home", str(path), "ingest", str(path.parent / "odd.csv"), "--merchant", "demo"]) == 1
    return path


@pytest.fixture
def home(empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, named by the variable."""
    path = tmp_path / "home"
    shutil.copytree(empty_home, path)
    monkeypatch.setenv("KEEPRATE_HOME", str(path))
    return path


class Given:
    """Files of some content, given to ``keeprate ingest``."""

    def __init__(self, home: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.folder = folder
        self.capsys = capsys

    def __call__(
        self, content: str | bytes, name: str = "orders.csv", *options: str, merchant: str = "demo"
    ) -> dict[str, Any]:
        """What ``--json`` says of a file; the exit status must fit it."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.capsys.readouterr()
        status = run(["ingest", str(path), "--merchant", merchant, "--json", *options])
        (file,) = json.loads(self.capsys.readouterr().out)
        assert status == (1 if file["status"] == "refused" else 0)
        assert file["records_in"] == file["records_loaded"] + file["records_quarantined"]
        return file

    def refused(
        self, content: str | bytes, name: str = "orders.csv", *options: str, line: int | None = None, found: str
    ) -> dict[str, Any]:
        """The parts of a refusal; it must name the file and say what to do, and leave nothing in the home."""
        before = self.ask("select file_id from raw.files")
        file = self(content, name, *options)
        assert file["status"] == "refused", file
        error = file["error"]
        assert error["file"] == name and error["line"] == line
        assert found in error["found"] and error["expected"] and error["remedy"]
        for part in (name, error["found"], error["expected"], error["remedy"], *([f"line {line}"] if line else [])):
            assert part in file["message"]
        assert PERSON not in file["message"]
        assert self.ask("select file_id from raw.files") == before
        assert (file["records_in"], file["quarantine"]) == (0, [])
        return error

    def quarantined(self, content: str | bytes, name: str = "orders.csv", *options: str) -> list[dict[str, Any]]:
        """The rules by which records of a loaded file went to quarantine."""
        file = self(content, name, *options)
        assert file["status"] == "loaded", file["message"]
        assert all(rule["expected"] and rule["remedy"] for rule in file["quarantine"])
        return file["quarantine"]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query over the warehouse; none where nothing was loaded yet."""
        if not (self.home / "warehouse.duckdb").exists():
            return []
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def given(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Given:
    """The way to give a file."""
    return Given(home, tmp_path, capsys)


def table(*records: str, header: str = ORDERS) -> str:
    """A CSV text."""
    return "\n".join([header, *records]) + "\n"


def test_an_empty_file(given: Given) -> None:
    error = given.refused(b"", found="an empty file")
    assert error["remedy"] == "export it again"
    given.refused(b"\r\n\n\n", found="nothing but line breaks")


def test_a_header_only(given: Given) -> None:
    given.refused(f"{ORDERS}\n", found="a header and no record")
    given.refused("\ufeff" + ORDERS + "\r\n\r\n", found="a header and no record")


@pytest.mark.parametrize(
    ("name", "content", "line", "found"),
    [
        ("orders.xlsx", b"PK\x03\x04 no archive", None, "zip"),
        ("photo.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", 3, "a NUL character"),
        ("page.html", b"<html><body>Please log in</body></html>\n", 1, "one column in the header"),
        ("orders.xml", b"<?xml version='1.0'?><orders/>", None, "an XML file"),
        ("letter.csv", f"Dear {PERSON}\nyour order\n".encode(), 1, "one column in the header"),
        ("answer.csv", b'{"error": "not authorised"}', 1, "which no source knows"),
    ],
)
def test_what_is_no_csv(given: Given, name: str, content: bytes, line: int | None, found: str) -> None:
    given.refused(content, name, line=line, found=found)


def test_a_file_that_ends_in_the_middle_of_a_record(given: Given) -> None:
    """The record that was cut is set aside; that more is missing nobody can see."""
    text = table("10,2026-03-01,Shipped,USD,5.00,1", "11,2026-03-02,Ship")
    (rule,) = given.quarantined(text)
    assert (rule["rule"], rule["count"], rule["first_line"]) == ("field_count", 1, 3)
    ((field, line),) = given.ask("select field, line_number from quarantine.rows")
    assert line == 3 and "3 fields where the header has 6; bytes" in field
    assert given.ask("select order_id from staging.generic__orders order by 1") == [("10",)]


def test_a_file_that_ends_inside_quotes(given: Given) -> None:
    text = table('10,2026-03-01,"Shipped",USD,5.00,1', f'11,2026-03-02,"{PERSON}')
    error = given.refused(text, line=3, found="a quote that opens on this line and never closes")
    assert "sed -n '3p'" in error["remedy"]


def test_a_quote_that_never_closes(given: Given) -> None:
    text = table('10,2026-03-01,"Shipped,USD,5.00,1', '11,2026-03-02,"Shipped",USD,5.00,1')
    given.refused(text, line=2, found="a quote that opens on this line and never closes")


def test_a_quote_inside_a_field(given: Given) -> None:
    """An even number of them: nothing is open at the end, and still no two readers agree on the records."""
    text = table('10,2026-03-01,"Ship"ped,USD,5.00,1', "11,2026-03-02,Shipped,USD,5.00,1")
    given.refused(text, line=2, found="a quote on this line that stands inside a field")


def test_a_wrong_delimiter(given: Given) -> None:
    """The header tells the delimiter; records between others have one field."""
    (rule,) = given.quarantined(table("10;2026-03-01;Shipped;USD;5.00;1", "11,2026-03-02,Shipped,USD,5.00,1"))
    assert (rule["rule"], rule["count"], rule["first_line"]) == ("field_count", 1, 2)
    given.refused(ORDERS.replace(",", "^") + "\n10^2026-03-01\n", line=1, found="one column in the header")
    semicolons = given(table("12,2026-03-01,Shipped,USD,5.00,1").replace(",", ";"), "semicolons.csv")
    assert (semicolons["status"], semicolons["records_loaded"]) == ("loaded", 1)


def test_a_header_with_a_name_twice(given: Given) -> None:
    error = given.refused(
        table("10,2026-03-01,Shipped,USD,5.00,1,Paid", header=ORDERS + ",Status Raw,status raw"),
        line=1,
        found="a name that stands more than once in the header (columns 7, 8)",
    )
    assert "remove or rename" in error["remedy"]


def test_a_file_without_a_header_tells_no_value(given: Given) -> None:
    """What stands in the place of the header are values of a record, a person's among them."""
    record = f"10,{PERSON},{PERSON},robin@example.com\n"
    given.refused(record * 2, line=1, found="a name that stands more than once in the header (columns 2, 3)")
    error = given.refused(f"10,{PERSON},5.00\n11,{PERSON},6.00\n", line=1, found="a header that no source knows")
    assert "keeprate map" in error["remedy"]


def test_a_carriage_return_inside_a_line(given: Given) -> None:
    text = table("10,2026-03-01,Shipped,USD,5.00,1", "11,2026-03-02,Ship\rped,USD,5.00,1")
    given.refused(text, line=3, found="a carriage return inside a line")
    given.refused(text.replace("\n", "\r"), "macintosh.csv", line=1, found="a carriage return inside a line")


def test_an_unknown_template(given: Given) -> None:
    error = given.refused("colour,shape\nred,round\n", line=1, found="a header that no source knows")
    assert "bigcommerce_orders" in error["expected"]
    default = (SAMPLES / "bigcommerce_orders" / "default_2024.csv").read_text(encoding="utf-8-sig")
    changed = default.replace('"Product Details"', '"Items"', 1).replace('"Order Status"', '"State of it"', 1)
    error = given.refused(changed, line=1, found="bigcommerce_orders comes nearest")
    assert "Order Status" in error["found"] and "Product Details" in error["found"]


def test_ambiguous_dates(given: Given) -> None:
    text = table("10,03/04/2026,Shipped,USD,5.00,1", "11,05/04/2026,Shipped,USD,6.00,1")
    error = given.refused(text, line=2, found="in which day and month cannot be told apart")
    assert "--date-format dmy" in error["remedy"]
    stated = given(text, "orders.csv", "--date-format", "dmy")
    assert (stated["status"], stated["date_format"], stated["records_loaded"]) == ("loaded", "dmy", 2)
    query = "select placed_date::varchar from staging.generic__orders where order_id = '10'"
    assert given.ask(query) == [("2026-04-03",)]


def test_dates_that_contradict_each_other(given: Given) -> None:
    text = table("10,31/12/2025,Shipped,USD,5.00,1", "11,12/31/2025,Shipped,USD,6.00,1")
    given.refused(text, line=3, found="day/month on line 2 and month/day on line 3")


@pytest.mark.parametrize("letter", ["x", "漢"])
def test_a_cell_of_five_megabytes(given: Given, letter: str) -> None:
    """It is kept whole: a long text is no fault."""
    cell = letter * (5_000_000 // len(letter.encode()))
    header = ORDERS + ",campaign"
    file = given(table(f"10,2026-03-01,Shipped,USD,5.00,1,{cell}", "11,2026-03-02,Shipped,USD,5.00,1,", header=header))
    assert (file["status"], file["records_loaded"], file["quarantine"]) == ("loaded", 2, [])
    ((length,),) = given.ask("select length(campaign) from staging.generic__orders where order_id = '10'")
    assert length == len(cell)


def test_a_header_of_five_megabytes(given: Given) -> None:
    """No message is as long as what it speaks of."""
    text = table("10,2026-03-01,Shipped,USD,5.00,1,x", header=ORDERS + "," + "x" * 5_000_000)
    given.refused(text, line=1, found="a name of 5,000,000 characters in the header (column 7)")
    assert len(given(text)["message"]) < 500


def test_nul_bytes(given: Given) -> None:
    error = given.refused(table("10,2026-03-01,Ship\0ped,USD,5.00,1"), line=2, found="a NUL character")
    assert "saved as CSV" in error["remedy"]
    utf_16 = table("10,2026-03-01,Shipped,USD,5.00,1").encode("utf-16-le")
    given.refused(utf_16, "utf-16-without-a-mark.csv", line=1, found="a NUL character")


def test_encodings_that_are_mixed(given: Given) -> None:
    """Bytes of neither accepted encoding: the file is refused, not read with signs replaced."""
    text = table("10,2026-03-01,Größe,USD,5.00,1").encode() + b"11,2026-03-02," + b"\x81\x8d,USD,5.00,1\n"
    error = given.refused(
        text, line=3, found="a byte 0x81 that is not cp1252, in a file that is not UTF-8 either (line 3)"
    )
    assert "--encoding" in error["remedy"]


def test_negative_quantities(given: Given) -> None:
    """A line of -1 units is no line, and no return either: it is set aside, the lines beside it are loaded."""
    text = table("10,1,7,Knife,-1,5.00,USD", "10,2,8,Towel,2,5.00,USD", header=LINES)
    (rule,) = given.quarantined(text, "lines.csv")
    assert (rule["rule"], rule["column"], rule["first_line"]) == ("quantity_out_of_range", "quantity", 2)
    assert (rule["expected"], rule["count"]) == ("at least 0", 1)
    assert given.ask("select field, is_whole_record from quarantine.rows") == [("-1", True)]
    assert given.ask("select order_line_id from staging.generic__order_lines") == [("2",)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """A warehouse built from two files of one age that disagree, an order without lines, returns without orders."""
    folder = tmp_path_factory.mktemp("built")
    home = folder / "home"
    write_home(home, new_merchant(home, "demo", timezone="America/New_York", currency_code="USD"))
    files = {
        "a-2026-03-09.csv": table("10,2026-03-01,Shipped,USD,5.00,1"),
        "b-2026-03-09.csv": table("10,2026-03-01,Cancelled,USD,5.00,1"),
        "returns-2026-03-25.csv": template("return_lines").replace("100017", "no-such-order"),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        assert run(["--home", str(home), "ingest", str(folder / name), "--merchant", "demo"]) == 0
    assert run(["--home", str(home), "build"]) == 0
    return duckdb.connect(str(home / "warehouse.duckdb"), read_only=True)


def test_two_files_that_disagree(built: duckdb.DuckDBPyConnection) -> None:
    """Of the same age: the later load counts, and both are named."""
    rows = built.execute(
        "select conflicts.entity, conflicts.key, kept.file_name, dropped.file_name from quarantine.conflicts"
        " join raw.files as kept on kept.file_id = kept_file_id"
        " join raw.files as dropped on dropped.file_id = dropped_file_id"
    ).fetchall()
    assert rows == [("orders", "10", "b-2026-03-09.csv", "a-2026-03-09.csv")]
    assert built.execute("select status_raw from core.orders").fetchall() == [("Cancelled",)]


def test_an_order_without_lines(built: duckdb.DuckDBPyConnection) -> None:
    """It is an order all the same; nothing is made up for it, and its money is not said to agree."""
    rows = built.execute("select order_id, total_quantity, is_money_reconciled from core.orders").fetchall()
    assert rows == [("10", 1, None)]
    assert built.execute("select count(*) from core.order_lines").fetchall() == [(0,)]


def test_a_return_without_an_order(built: duckdb.DuckDBPyConnection) -> None:
    """The return stays and is counted among the returns; no order, and no money, is made up for it."""
    query = "select return_line_id, order_id, delivered_at from core.return_lifecycle order by 1"
    assert built.execute(query).fetchall() == [("R-1", "no-such-order", None), ("R-2", "100018", None)]
    assert built.execute("select order_id from core.orders").fetchall() == [("10",)]
    query = "select sum(return_line_count), sum(goods_amount), sum(without_amount_count) from marts.ledger_returns"
    assert built.execute(query).fetchall() == [(2, 0, 2)]


def test_an_unknown_currency(given: Given) -> None:
    """Its money is kept as it stands and counted nowhere: no rate is guessed, and it is told."""
    file = given(
        table(
            "10,2026-03-01,Shipped,Dubloons,5.00,1",
            "11,2026-03-01,Shipped,EUR,6.00,1",
            "12,2026-03-01,Shipped,USD,7.00,1",
            "13,2026-03-01,Shipped,,8.00,1",
        )
    )
    assert (file["records_loaded"], file["quarantine"]) == (4, [])
    assert file["warnings"] == [
        "orders: no rate to USD for 1 in EUR, 1 in no currency, 1 in what is no currency code; this money is kept and"
        " counted in no sum, a column exchange_rate of the orders would tell it"
    ]
    assert given.ask(
        "select order_id, currency_code, total_amount::varchar, total_merchant_amount from staging.generic__orders"
        " where order_id in ('10', '11') order by 1"
    ) == [("10", "Dubloons", "5.0000", None), ("11", "EUR", "6.0000", None)]


def test_a_packed_file_that_is_damaged(given: Given) -> None:
    import gzip

    packed = bytearray(gzip.compress(table(*(f"{n},2026-03-01,Shipped,USD,5.00,1" for n in range(500))).encode()))
    given.refused(bytes(packed[:200]), "cut.csv.gz", found="a gzip file that is damaged")
    packed[len(packed) // 2] ^= 0xFF
    given.refused(bytes(packed), "flipped.csv.gz", found="a gzip file that is damaged")


def test_a_parquet_file_that_is_damaged(given: Given, tmp_path: Path) -> None:
    path = tmp_path / "whole.parquet"
    rows = duckdb.sql("select '10' as order_id, date '2026-03-01' as placed_date, 'Shipped' as status_raw")
    rows.write_parquet(str(path))
    whole = path.read_bytes()
    given.refused(whole[:-20], "cut.parquet", found="a Parquet file that is damaged")
    given.refused(whole[:4] + bytes(40) + whole[44:], "overwritten.parquet", found="a Parquet file that is damaged")
    assert given(whole, "whole.parquet")["records_loaded"] == 1
