"""What a document's record tells of persons under keys that are not kept: its own texts are held against it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ingested_files import WEBHOOK, ask, empty_warehouse, load

from pipelines.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with empty_warehouse(tmp_path) as opened:
        yield opened


def test_names_under_keys_that_are_not_kept_are_masked_in_the_records_texts(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Invented names that no dictionary has: only the record itself tells that they are names."""
    told = {
        "customer_name": "Qwortha Zbylut",
        "drop_info": {"drop_name": "Mirkoz", "drop_address": "Threlbow Lane 7"},
        "pickups": [{"consignee": {"first": "Dovrik"}, "status": "done"}],
        "is_rvp": False,
        "note": "Dovrik has no time",
    }
    remark = "left with Zbylut, Mirkoz was out at Threlbow Lane 7, the street is closed"
    (webhook,) = load(warehouse, written(tmp_path, [WEBHOOK | {"additional": told, "remark": remark}]))
    assert (webhook.records_loaded, webhook.records_quarantined) == (1, 0)
    ((kept, attributes),) = ask(warehouse, "select remark, attributes::varchar from raw.clickpost__events")
    assert "the street is closed" in kept and "was out at" in kept and "has no time" in attributes
    everything = repr(ask(warehouse, "from raw.clickpost__events")) + repr(webhook)
    for name in ("Qwortha", "Zbylut", "Mirkoz", "Threlbow", "Dovrik", "recipient names", "street addresses"):
        assert name not in everything
    # A record that tells no names does not suffer from those of another.
    (other,) = load(warehouse, written(tmp_path, [WEBHOOK | {"remark": "Zbylut"}, WEBHOOK | {"waybill": "W2"}], "y"))
    assert other.status == "loaded"
    assert ask(warehouse, "select count(*) from raw.clickpost__events where remark = 'Zbylut'") == [(1,)]


def written(folder: Path, records: list[dict], name: str = "x") -> Path:
    """A file of JSON Lines."""
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path
