"""How ingest meets the generic source: recognising, refusing, keeping the mapping, staging anew when code changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.errors import Refused, UsageProblem
from pipelines.mapping import MappingError
from pipelines.sources import all_sources, recognise
from pipelines.sources.generic import Generic

SAMPLES = Path(__file__).resolve().parents[3] / "data" / "generic"


def test_a_format_of_its_own_is_preferred() -> None:
    assert list(all_sources())[-1] == "generic"
    assert recognise(["order_id", "placed_date"], "f.csv").name == "generic"


def test_a_direct_file_keeps_its_contract() -> None:
    text = Generic().mapping_text(["order_id", "placed_date"], "f.csv")
    assert json.loads(text) == {"direct": "orders"}
    with pytest.raises(Refused, match="without return_line_id"):
        Generic().mapping_text(["order_id", "placed_date"], "f.csv", stated="generic:return_lines")


def test_a_mapping_is_kept_as_text() -> None:
    path = SAMPLES / "wholesale_lines.toml"
    header = (SAMPLES / "wholesale_lines.csv").read_text(encoding="utf-8").splitlines()[0].split(";")
    kept = json.loads(Generic().mapping_text(header, "f.csv", path=path))
    assert kept == {"file_name": "wholesale_lines.toml", "toml": path.read_text(encoding="utf-8")}
    with pytest.raises(MappingError):
        Generic().mapping_text(header[1:], "f.csv", path=path)


def test_a_mapping_that_cannot_be_read_or_contradicts_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"none\.toml"):
        Generic().mapping_text(["a"], "f.csv", path=tmp_path / "none.toml")
    with pytest.raises(UsageProblem, match="contradict"):
        Generic().mapping_text(["a"], "f.csv", stated="generic:orders", path=tmp_path / "map.toml")


def test_tables_are_declared() -> None:
    source = Generic()
    assert [table.name for table in source.staged_tables()] == list(source.staged)
    assert source.declared_raw_table().name == source.raw_table


def test_the_code_hash_is_stable() -> None:
    assert Generic().code_hash() == Generic().code_hash()
