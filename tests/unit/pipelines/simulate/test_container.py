"""The CSV container: headers, quoting, line ends, physical line numbers."""

from __future__ import annotations

import csv
import io
import subprocess

import polars as pl
import pytest

from pipelines.simulate.bigcommerce_csv import (
    DEFAULT_COLUMNS,
    MULTISTOREFRONT_COLUMNS,
    RETURNS_COLUMNS,
    CsvFile,
    quoted,
)

LINE_ENDS = {"fashion": "\r\n", "home": "\n"}


def needs_quotes(field: str) -> bool:
    return any(sign in field for sign in ' ,"\\\t\r\n')


def serialise(row: list[str]) -> str:
    return ",".join('"' + field.replace('"', '""') + '"' if needs_quotes(field) else field for field in row)


@pytest.mark.parametrize("shop", LINE_ENDS)
def test_files_re_serialise_byte_for_byte(world, shop):
    for path in (world.summary.orders_files[shop], world.summary.returns_files[shop]):
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
        assert len({len(row) for row in rows}) == 1
        end = LINE_ENDS[shop]
        assert "".join(serialise(row) + end for row in rows).encode("utf-8") == content


def test_headers(world):
    headers = {shop: path.read_bytes().decode().splitlines()[0] for shop, path in world.summary.orders_files.items()}
    fashion, home = (next(csv.reader([headers[shop]])) for shop in ("fashion", "home"))
    assert tuple(fashion) == DEFAULT_COLUMNS
    assert len(fashion) == 55
    assert fashion[:7] == [
        "Order ID",
        "Customer ID",
        "Customer Name",
        "Customer Email",
        "Customer Phone",
        "Order Date",
        "Order Status",
    ]
    assert (fashion.index("Order Notes"), fashion.index("Billing First Name")) == (23, 25)
    assert (fashion.index("Product Details"), fashion.index("Refund Amount")) == (47, 53)
    assert tuple(home) == MULTISTOREFRONT_COLUMNS
    assert home.index("Store Credit Redeemed") == home.index("Handling Cost (ex tax)") + 1
    assert home[-6:] == [
        "Billing Purchase Order #",
        "Shipping Purchase Order #",
        "Refund Amount",
        "Channel ID",
        "Channel Name",
        "Fee Details",
    ]
    for path in world.summary.returns_files.values():
        assert tuple(path.read_bytes().decode().splitlines()[0].split(",")) == RETURNS_COLUMNS


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("plain", "plain"),
        ("", ""),
        (None, ""),
        ("two words", '"two words"'),
        ("a,b", '"a,b"'),
        ('9"', '"9"""'),
        ("back\\slash", '"back\\slash"'),
        ("tab\there", '"tab\there"'),
        ("line\nbreak", '"line\nbreak"'),
        ("UPS®", "UPS®"),
        ("semi;colon|pipe", "semi;colon|pipe"),
    ],
)
def test_quoting_rule(field, written):
    assert pl.DataFrame({"x": [field]}).select(quoted(pl.col("x"))).item() == written


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_line_numbers_count_as_sed_counts(tmp_path, line_end):
    path = tmp_path / "file.csv"
    with CsvFile(path, ("a", "b"), line_end) as file:
        starts = file.write(pl.DataFrame({"a": ["1", "2\r\n2", "3"], "b": ["x", "y\ny", "z"]}))
        starts = starts.append(file.write(pl.DataFrame({"a": ["4"], "b": ["w"]})))
    assert starts.to_list() == [2, 3, 6, 7]
    for line, first in zip(starts, ("1", '"2', "3", "4"), strict=True):
        shown = subprocess.run(["sed", "-n", f"{line}p", str(path)], capture_output=True, check=True)
        assert shown.stdout.decode().startswith(first)


def test_writing_to_a_closed_file_is_refused(tmp_path):
    with pytest.raises(RuntimeError, match="with statement"):
        CsvFile(tmp_path / "file.csv", ("a",), "\n").write(pl.DataFrame({"a": ["1"]}))
