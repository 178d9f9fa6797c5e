"""Files of every source, spoiled at random but always in the same way, through the real ingest; then a build.

``python -m benchmarks.mutated`` does the same with a million lines; a file that made trouble there becomes a test of
its own beside the code that was mended.
"""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from ingested_files import empty_warehouse, load

from benchmarks.mutated import MOST_GIGABYTES, Total, run
from benchmarks.mutating.judgement import complaints
from benchmarks.mutating.mutations import MUTATIONS, mutated, spoiled_line_count
from benchmarks.mutating.recount import read_table, text_of
from benchmarks.mutating.round import Found, spoiled_file
from benchmarks.mutating.samples import DATA, all_samples, by_source
from pipelines.sources import all_sources

ROOT = Path(__file__).resolve().parents[2]
LINES = 4_000
SEED = 20261123


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - nothing secret


@pytest.mark.slow
def test_spoiled_files_are_refused_in_words_or_accounted_for(simulated_exports: Path, tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    keep.mkdir()
    total = run(tmp_path, simulated_exports, LINES, SEED, LINES, keep, most_records=1000)
    # No traceback, no complaint, a build that ends well, memory within its limit, spoiled lines of every source.
    assert total.troubles == []
    assert 50e6 < total.peak_bytes < MOST_GIGABYTES * 1e9
    assert set(total.sources) == set(all_sources())
    for source, told in total.sources.items():
        assert told["loaded"] + told["refused"] > 0, source
    counts, refused = total.counts, total.tallies["refused"].total()
    assert counts["records_in"] == counts["records_loaded"] + counts["records_quarantined"]
    # The run says something: much is loaded, much is refused, some records are set aside.
    assert LINES <= counts["lines"] < counts["given_lines"]
    assert counts["loaded"] > 20 and refused > 10
    assert counts["records_loaded"] > 1000 and counts["records_quarantined"] > 50


def test_what_goes_wrong_is_a_trouble() -> None:
    """The proof of the proof: each kind of finding is told, and so are memory and sources without a spoiled line."""
    found = vars(Found(lines=5, sources={"one": Counter(lines=5), "other": Counter(files=1)}))
    found |= {
        "tracebacks": [("a.csv", "pack", "error")],
        "complaints": [("b.csv", "", "lost")],
        "slow": [("c.csv", 30)],
    }
    total = Total(peak_bytes=2 * 10**9)
    total.add(found)
    total.judge(most_gigabytes=1.5)
    assert [words.partition(":")[0] for words in total.troubles] == [
        "traceback", "complaint", "slow", "memory", "no spoiled line of other"
    ]  # fmt: skip


def test_only_spoiled_lines_count() -> None:
    text = b"a,b\n1,x\n2,y\n2,y\n"
    assert spoiled_line_count(text, text, []) == 0
    assert spoiled_line_count(text, text, ["shuffle_lines"]) == 0
    assert spoiled_line_count(text, b"a,b\n2,y\n1,x\n", ["drop_lines"]) == 0
    assert spoiled_line_count(text, b"a,b\n1,x\n2,y\n2,y\n2,y\n", ["double_lines"]) == 1
    assert spoiled_line_count(text, b"a,b\n1,X\n2,y\n2,z\n", ["put_bytes"]) == 2
    assert spoiled_line_count(text, b'"a","b"\r\n"1","x"\r\n"2","y"\r\n"2","Z"\r\n', ["put_odd_values"]) == 1
    assert spoiled_line_count(text, gzip.compress(b"a,b\n1,q\n"), ["put_bytes", "pack"]) == 1
    assert spoiled_line_count(text, gzip.compress(text)[:-9], ["pack"]) == 0


def test_every_source_is_spoiled(simulated_exports: Path) -> None:
    samples = all_samples(simulated_exports)
    folders = {path.parent.name for path in (ROOT / "tests" / "data").glob("*/*")} - {"quality", "reports"}
    assert folders == set(all_sources())
    assert {"table", "json", "lines", "toml", "parquet"} == {sample.kind for sample in samples}


def test_the_same_number_gives_the_same_file(simulated_exports: Path) -> None:
    samples = by_source(all_samples(simulated_exports))
    assert [spoiled_file(samples, SEED, number, 50).sample.source for number in range(len(samples))] == list(samples)
    for number in range(20):
        assert spoiled_file(samples, SEED, number, 50) == spoiled_file(samples, SEED, number, 50)


def test_every_way_of_spoiling_spoils() -> None:
    text = 'a,b,c\r\n1,"x, y",2026-01-31\r\n' + "".join(f'{n},"z",5.00\r\n' for n in range(40))
    document = b"".join(b'{"a": [%d, "b", {"c": null}], "d": "e"}\n' % number for number in range(40))
    for kind, ways in MUTATIONS.items():
        data = text.encode() if kind in ("table", "parquet") else document
        for way in ways:
            assert any(way(data, seeded(seed)) != data for seed in range(5)), (kind, way.__name__)
    assert mutated(text.encode(), "table", seeded(3)) == mutated(text.encode(), "table", seeded(3))


def test_the_recount_reads_by_the_rule() -> None:
    table = read_table('# a comment\n\na;b\r\n1;"x;\n""y"""\r\n;\r\n\r\n2;z')
    assert table.header == ("a", "b")
    assert [(record.line, record.fields) for record in table.records] == [
        (4, ("1", 'x;\n"y"')),
        (6, ("", "")),
        (8, ("2", "z")),
    ]
    assert [record.line for record in table.filled] == [4, 8]
    assert "behind a closing quote" in read_table('a,b\n1,"x"y\n').broken
    assert "never closes" in read_table('a,b\n1,"x\n').broken
    assert read_table('a\tb\n1\t5" board\n', has_quotes=False).records[0].fields == ("1", '5" board')
    assert text_of("ä".encode("cp1252")) == "ä" and text_of("ä".encode("utf-16")) == "ä" and text_of(b"\x81") is None


@pytest.mark.parametrize(
    ("sample", "old", "new"),
    [
        # The loader took the line feed behind two returns for the first character of the next record.
        ("amazon_orders/columns_32.txt", b"\n", b"\r\r\n"),
        ("bigcommerce_sku_inventory/sku-inventory-2026-03-16.csv", b"\n", b"\r\r\n"),
        # The loader left out a return that stands before the first field of a record.
        ("bigcommerce_sku_inventory/sku-inventory-2026-03-16.csv", b"\n", b"\n\r"),
        ("amazon_orders/columns_32.txt", b"\t", b"\t\r"),
        # Text behind a closing quote in the header was read as part of the name.
        ("bigcommerce_orders/multi_storefront.csv", b'"Order Status"', b'"Order Status" '),
        # Values that are no UTF-8, and names.
        ("return_requests/with_dates.csv", b"e", b"\xed\xa0\x80"),
    ],
)
def test_what_made_trouble_once(tmp_path: Path, sample: str, old: bytes, new: bytes) -> None:
    source = DATA / sample
    data = source.read_bytes().replace(b"\r\n", b"\n").replace(old, new)
    path = tmp_path / source.name
    path.write_bytes(data)
    with empty_warehouse(tmp_path) as warehouse:
        (result,) = load(warehouse, path)
        assert list(complaints(warehouse, result, data, "table")) == []
