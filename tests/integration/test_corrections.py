"""Mending through a corrections file: the law that it is as if the file had been right from the start."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ingested_files import SAMPLES, ask
from mended_shops import FILES, Shop, corrupted, sample

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def test_a_generic_file_is_mended_by_its_own_headers(shops: list[Shop]) -> None:
    right = sample("generic/wholesale_lines.csv")
    mapping = SAMPLES / "generic" / "wholesale_lines.toml"
    header = right.splitlines()[0].split(";")
    place = header.index("Menge")
    rows = list(csv.reader(io.StringIO(right), delimiter=";"))
    answers = {"1 Menge": rows[1][place]}
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
