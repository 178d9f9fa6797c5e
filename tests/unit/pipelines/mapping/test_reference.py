"""The reference page says what the code does: its examples are mappings, its lists of functions are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.mapping import bind, read_mapping
from pipelines.mapping.expressions import AGGREGATES, FUNCTIONS

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.S)


def test_the_first_example_fits_a_file() -> None:
    header = ["No", "Customer", "Campaign", "UTM", "State", "Qty", "Price", "Day", "Hour", "Item", "Branch",
              "Internal remark", "Shop name"]  # fmt: skip
    bound = bind(read_mapping(EXAMPLES[0], "example.toml"), header)
    assert bound.dropped == ("Internal remark",)
    assert bound.unread == ("Branch", "Shop name")


def test_the_last_example_is_the_mapping_that_is_tested() -> None:
    path = ROOT / "tests" / "data" / "generic" / "uci_online_retail.toml"
    assert EXAMPLES[-1].strip() == path.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("name", sorted(name for name in FUNCTIONS | AGGREGATES if name[0].isalpha()))
def test_every_function_is_named(name: str) -> None:
    assert f"`{name}`" in PAGE
