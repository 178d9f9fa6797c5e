"""The reference pages say what the declarations say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.contracts import all_contracts
from pipelines.dictionary import PAGES, stale_pages, write_pages
from pipelines.dictionary.contracts import contracts_page
from pipelines.dictionary.markdown import anchor, table
from pipelines.dictionary.sources import sources_page
from pipelines.dictionary.tables import every_table, tables_page
from pipelines.quality.suites import expectations_of
from pipelines.sources import all_sources


@pytest.fixture(scope="module")
def tables_text() -> str:
    return tables_page()


def section(text: str, heading: str) -> str:
    """The part of a page under a heading."""
    level = heading.split(" ")[0]
    return text.split(f"\n{heading}\n", 1)[1].split(f"\n{level} ", 1)[0]


def test_every_column_of_every_table_stands_with_type_and_meaning(tables_text: str) -> None:
    for name, (declared, _) in every_table().items():
        text = section(tables_text, f"### {name}")
        for column in declared.columns:
            assert f"| `{column.name}` | {column.type} |" in text, f"{name}.{column.name}"
        assert f"- **grain**: {declared.grain}" in text


def test_every_check_that_is_run_is_listed(tables_text: str) -> None:
    for name, (declared, _) in every_table().items():
        if declared.schema in ("staging", "core", "marts"):
            text = section(tables_text, f"### {name}")
            assert all(f"| `{check.name}` | {check.severity} |" in text for check in expectations_of(declared)), name


def test_a_staging_table_links_to_the_raw_table_behind_the_changed_view(tables_text: str) -> None:
    text = section(tables_text, "### staging.bigcommerce__order_records")
    assert "- **made from**: [raw.bigcommerce__orders](#rawbigcommerce__orders)" in text


def test_readers_are_the_inverse_of_dependencies(tables_text: str) -> None:
    text = section(tables_text, "### core.order_units")
    assert "[marts.return_rate_weekly](#martsreturn_rate_weekly)" in text.split("**read by**")[1].splitlines()[0]


def test_a_contract_says_what_is_needed_and_how_it_is_stored() -> None:
    text = contracts_page()
    for name, contract in all_contracts().items():
        own = section(text, f"## {name}")
        for column in contract.input_columns:
            if column.name != "attributes":
                needed = "yes" if column.is_required else ""
                assert f"| `{column.name}` | {column.type} | {needed} |" in own, f"{name}.{column.name}"
    assert "| `customer_email` | varchar |  | Pseudonym of the e-mail address. | as a keyed pseudonym" in text


def test_a_source_says_what_becomes_of_each_column() -> None:
    text = sources_page()
    own = section(text, "## bigcommerce_orders")
    for column in all_sources()["bigcommerce_orders"].columns:
        assert f"| `{column.header}` |" in own
    assert "| `Customer Name` |  | dropped before it reaches a table |" in own
    assert "``" not in text


def test_only_pages_that_changed_are_written(tmp_path: Path) -> None:
    assert {path.name for path in write_pages(tmp_path)} == set(PAGES)
    assert not write_pages(tmp_path)
    (tmp_path / "tables.md").write_text("other", encoding="utf-8")
    assert [path.name for path in stale_pages(tmp_path)] == ["tables.md"]


def test_cells_cannot_break_a_table() -> None:
    assert table(("a",), [("one | two\nthree",)]).splitlines()[-1] == "| one \\| two three |"


def test_anchors_follow_the_rules_of_the_renderer() -> None:
    assert anchor("core.order_lines") == "coreorder_lines"
