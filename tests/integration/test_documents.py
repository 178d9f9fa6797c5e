"""JSON and TOML documents through the real ingest: samples value by value, refusals in words, nothing personal kept."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ingested_files import WEBHOOK, words
from what_is_here import FORMATS, needs_shared

from pipelines.build import merge_core
from pipelines.errors import Refused
from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.mapping_draft import read_sample
from pipelines.restaging import restage
from pipelines.settings import load_settings, write_home
from pipelines.sources import source_named
from pipelines.verdicts import check_incoming, last_verdicts
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "data"
TRACKER = {"id": "trk_1", "tracking_code": "X", "status": "delivered", "status_detail": "x", "tracking_details": []}


@pytest.fixture
def warehouse(tmp_path: Path) -> Generator[Warehouse]:
    write_home(tmp_path / "home")
    with open_warehouse(load_settings(tmp_path / "home"), "test") as opened:
        yield opened


def load(warehouse: Warehouse, *paths: Path, **options: Any) -> list[FileResult]:
    return list(ingest_files(warehouse, warehouse.settings.merchants["demo"], paths, IngestOptions(**options)))


def load_text(
    warehouse: Warehouse, folder: Path, text: str | bytes, name: str = "x.json", **options: Any
) -> FileResult:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (result,) = load(warehouse, path, **options)
    return result


def ask(warehouse: Warehouse, query: str) -> list[tuple]:
    return warehouse.connection.execute(query).fetchall()


EVENTS = "staging.clickpost_events__tracking_events"


@pytest.mark.real_data
@needs_shared("formats")
class TestSharedSamples:
    """The vendors' own samples, value by value."""

    def test_track_order(self, warehouse: Warehouse) -> None:
        (result,) = load(warehouse, FORMATS / "clickpost_track_order_v2.json")
        assert (result.source, result.records_in, result.records_loaded) == ("clickpost_events", 1, 1)
        assert not result.quarantine
        query = f"select happened_at::varchar, code, problem_list, problem_raw, problem, place from {EVENTS} order by 1"
        assert ask(warehouse, query) == [
            ("2018-07-06 00:11:13", "order_placed", None, None, None, None),
            ("2018-07-06 20:55:34", "in_transit", None, None, None, "GUNJAN"),
            # Later than the scan in transit, as the vendor shows it.
            ("2018-07-06 21:17:21", "order_placed", None, None, None, "GUNJAN"),
            ("2018-07-07 02:32:08", "in_transit", None, None, None, None),
            ("2018-07-07 03:22:51", "in_transit", None, None, None, None),
            ("2018-07-07 03:23:01", "out_for_delivery", None, None, None, None),
            ("2018-07-07 05:23:01", "failed_delivery", "ndr", "1", "nobody_there", None),
            ("2018-07-07 14:04:46", "delivered", None, None, None, None),
        ]
        query = f"select distinct shipment_id, awb, direction from {EVENTS}"
        assert ask(warehouse, query) == [("SF18399217NER", "SF18399217NER", "forward")]
        query = f"select distinct attributes ->> 'tracking_id' from {EVENTS} order by 1"
        assert ask(warehouse, query) == [("12087859",), ("12087879",)]
        query = "select edd_min_sla, edd_max_sla, is_stuck, valid, rto_intransit_timestamp from raw.clickpost__events"
        assert ask(warehouse, query) == [("2", "5", "false", "true", "2020-05-30 20:59:00")]

    def test_updated_order(self, warehouse: Warehouse) -> None:
        (result,) = load(warehouse, FORMATS / "clickpost_updated_order_v1.json")
        assert (result.records_in, result.records_loaded, result.quarantine) == (3, 3, [])
        query = (
            "select line_number, shipment_id, reference_number, carrier, direction, happened_at::varchar, code, place,"
            f" remark, attributes ->> 'created_at' from {EVENTS} order by 1"
        )
        remark = "Order Manifested in Courier System"
        assert ask(warehouse, query) == [
            (3, "SF41917204SCR", "CP-35416108", "9", None, "2019-04-15 14:52:43", "order_placed", "Mumbai Hub", remark,
             "2019-04-15T14:52:45.304018Z"),
            (17, "SF41917199SCR", "CP-35416108", "9", None, "2019-04-15 14:47:25", "order_placed", "Bangalore Hub",
             remark, "2019-04-15T14:47:26.614788Z"),
            (31, "SF41917168SCR", "CP-35416108", "9", None, "2019-04-15 13:58:33", "order_placed", "New Delhi", remark,
             "2019-04-15T13:58:34.822899Z"),
        ]  # fmt: skip

    def test_webhooks(self, warehouse: Warehouse) -> None:
        (result,) = load(warehouse, FORMATS / "clickpost_webhook_payloads.json")
        assert (result.records_in, result.records_loaded, result.quarantine) == (5, 5, [])
        (warning,) = result.warnings
        assert warning.startswith("4 webhook timestamps end in Z")
        query = (
            "select shipment_id, order_id, reference_number, carrier, direction, happened_at::varchar, code,"
            f" problem_list, problem_raw, problem, place from {EVENTS} order by record_number"
        )
        assert ask(warehouse, query) == [
            ("SF49245NER", "ABC123", "WERA-9616974", "9", "forward", "2019-05-06 10:04:20", "out_for_delivery", None,
             None, None, "DEL_GeetaColony"),
            ("XYZABC", None, "WERA-9616974", "1", "forward", "2016-07-12 17:12:36", "failed_delivery", "ndr", "1",
             "nobody_there", "Bengaluru_Koramangala_Dc (Karnataka)"),
            ("2614010163240", "ABC123", "WERA-NMS1908MSO2", "4", "forward", "2019-05-01 00:55:06", "failed_delivery",
             "ndr", "1", "nobody_there", "Lucknow_Aliganj (Uttar Pradesh)"),
            ("12527345", "ABC123", "WERA-NMS1908MSO2", "4", "forward", "2019-05-06 15:01:00", "delivered", None, None,
             None, "Nayagarh_Durgprsd_D (Orissa)"),
        ]  # fmt: skip
        query = (
            "select return_line_id, return_id, sku, quantity, status, awb, forward_awb, reason_raw, reason_list,"
            " requested_at::varchar, requested_date::varchar from staging.clickpost_events__return_lines order by 1"
        )
        assert ask(warehouse, query) == [
            (f"1405277/{sku}", "1405277", sku, 1, "pending", None, "5522110373319", None, "clickpost",
             "2019-04-29 02:17:07.161221", "2019-04-29")
            for sku in ("10924", "120667", "46457", "9649")
        ]  # fmt: skip
        # Bucket 8 of a return request is not "lost".
        assert ask(warehouse, f"select count(*) from {EVENTS} where code = 'lost'") == [(0,)]

    def test_tracker(self, warehouse: Warehouse) -> None:
        (result,) = load(warehouse, FORMATS / "easypost_tracker.json")
        assert (result.source, result.records_in, result.records_loaded) == ("easypost_trackers", 1, 1)
        name = "trk_e7e8f143f3eb40d38be9562e3767c36a"
        query = (
            "select shipment_id, awb, direction, carrier, service, status_raw, status, outcome, origin_zone,"
            " destination_zone, promised_date::varchar, observed_at::varchar, shipped_at, delivered_at"
            " from staging.easypost__shipments"
        )
        assert ask(warehouse, query) == [
            (name, "EZ1000000001", None, "USPS", "First-Class Package Service", "pre_transit", "awb_registered",
             "in_transit", "770", "294", "2025-03-06", "2025-03-06 19:48:26", None, None)
        ]  # fmt: skip
        query = (
            "select shipment_id, awb, happened_at::varchar, code_raw, code, place, remark"
            " from staging.easypost__tracking_events order by 3"
        )
        assert ask(warehouse, query) == [
            (name, "EZ1000000001", "2025-02-06 19:48:26", "pre_transit", "awb_registered", None,
             "Pre-Shipment Info Sent to USPS"),
            (name, "EZ1000000001", "2025-02-07 08:25:26", "pre_transit", "awb_registered", "HOUSTON, TX",
             "Shipping Label Created"),
        ]  # fmt: skip


def test_every_own_sample_loads_completely_and_passes_the_checks(warehouse: Warehouse) -> None:
    """Records in = loaded; the data checks of incoming files and a full rebuild agree."""
    sources = ("clickpost_events", "easypost_trackers", "policy_file")
    paths = [path for source in sources for path in sorted((SAMPLES / source).iterdir())]
    results = load(warehouse, *paths)
    assert [result.source for result in results] == [path.parent.name for path in paths]
    for result in results:
        assert (result.records_in, result.quarantine) == (result.records_loaded, []), result.path
        assert result.records_in
    check_incoming(warehouse, [table for source in sources for table in source_named(source).staged_tables()])
    assert not [verdict for verdict in last_verdicts(warehouse) if not verdict.passed]
    merge_core(warehouse)
    tables = ("tracking_events", "shipments", "return_lines", "return_status_events", "policies")
    merged = {table: ask(warehouse, f"select * from core.{table} order by all") for table in tables}
    assert all(merged.values())
    restage(warehouse, is_full=True)
    merge_core(warehouse, is_full=True)
    assert {table: ask(warehouse, f"select * from core.{table} order by all") for table in tables} == merged


def test_nothing_personal_is_kept(warehouse: Warehouse) -> None:
    results = load(warehouse, *(SAMPLES / "clickpost_events").iterdir(), *(SAMPLES / "easypost_trackers").iterdir())
    everything = words(warehouse, "raw.clickpost__events", "raw.easypost__trackers")
    for value in ("90000 00001", "Asha", "INVENTED", "77063", "29401", "77001"):
        assert value not in everything
    told = " ".join(warning for result in results for warning in result.warnings)
    assert "additional.customer_phone, additional.drop_info.drop_name" in told
    assert "signed_by" in told


def test_a_waybill_written_as_a_number_keeps_every_digit(warehouse: Warehouse, tmp_path: Path) -> None:
    text = json.dumps(WEBHOOK).replace('"W1"', "90000000000000000001700000000000000000001")
    assert load_text(warehouse, tmp_path, text).status == "loaded"
    assert ask(warehouse, f"select awb from {EVENTS}") == [("90000000000000000001700000000000000000001",)]


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: data.decode().encode("utf-16")])
def test_packed_and_transcoded_documents_load(warehouse: Warehouse, tmp_path: Path, pack: Any) -> None:
    result = load_text(warehouse, tmp_path, pack(json.dumps(WEBHOOK).encode()), "events.json")
    assert (result.status, result.records_loaded) == ("loaded", 1)


def test_a_document_is_known_without_its_ending(warehouse: Warehouse, tmp_path: Path) -> None:
    assert load_text(warehouse, tmp_path, json.dumps([WEBHOOK]), "export.txt").source == "clickpost_events"
    assert load_text(warehouse, tmp_path, json.dumps([TRACKER]), "export2").source == "easypost_trackers"
    event = {"object": "Event", "description": "tracker.updated", "result": TRACKER}
    assert load_text(warehouse, tmp_path, json.dumps(event), "event").source == "easypost_trackers"
    assert load_text(warehouse, tmp_path, json.dumps(WEBHOOK), "one", source="clickpost_events").status == "loaded"


def test_repeats_in_any_order_give_the_same_tables(warehouse: Warehouse, tmp_path: Path) -> None:
    """A webhook that comes twice, in one file and in another, is one event."""
    later = WEBHOOK | {"clickpost_status_code": 8, "timestamp": "2026-03-21 12:00:00"}
    load_text(warehouse, tmp_path, "\n".join(json.dumps(x) for x in (later, WEBHOOK, later)), "a.jsonl")
    merge_core(warehouse)
    once = ask(warehouse, "select shipment_id, happened_at, code from core.tracking_events order by 2")
    assert once == [
        ("W1", datetime(2026, 3, 21, 4, 34, 20), "out_for_delivery"),
        ("W1", datetime(2026, 3, 21, 6, 30), "delivered"),
    ]
    load_text(warehouse, tmp_path, json.dumps([WEBHOOK, later]), "b.json")
    merge_core(warehouse)
    assert ask(warehouse, "select shipment_id, happened_at, code from core.tracking_events order by 2") == once


def test_records_that_no_shape_fits_are_quarantined(warehouse: Warehouse, tmp_path: Path) -> None:
    rows = [
        WEBHOOK,
        {"hello": "world"},
        7,
        WEBHOOK | {"additional": {"item_info": "none"}},
        WEBHOOK | {"timestamp": "?"},
    ]
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]"
    result = load_text(warehouse, tmp_path, text)
    assert (result.records_in, result.records_loaded, result.records_quarantined) == (5, 1, 4)
    found = ask(warehouse, "select line_number, rule, field from quarantine.rows order by line_number")
    assert [(line, rule) for line, rule, _ in found] == [
        (3, "record_shape"), (4, "record_shape"), (5, "record_shape"), (6, "timestamp_readable"),
    ]  # fmt: skip
    assert "an object without " in found[0][2]
    assert "a text or number where an object should be" in found[1][2]
    assert "item_info is no list of objects" in found[2][2]
    restage(warehouse, is_full=True)
    assert len(ask(warehouse, "select * from quarantine.rows")) == 4


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('{"meta": {"status": 200, "success": true}, "result": {}}', None),
        ('{"meta": {"status": 200, "success": true}, "result": []}', None),
        ('{"trackers": [], "has_more": false}', None),
        ("[]", "clickpost_events"),
    ],
)
def test_an_empty_answer_is_loaded_with_nothing_in_it(
    warehouse: Warehouse, tmp_path: Path, text: str, source: str | None
) -> None:
    result = load_text(warehouse, tmp_path, text, source=source)
    assert (result.status, result.records_in, result.records_loaded) == ("loaded", 0, 0)
    merge_core(warehouse)
    assert ask(warehouse, "select record_count, byte_count = accounted_byte_count from raw.files") == [(0, True)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{'waybill': 1}", ("line 1", "no JSON at character 2")),
        ('{"waybill": "W",\n}', ("line 2", "a comma before a closing }", "remove the comma")),
        ('[{"waybill": "W"}', ("the end of the file", "cut short")),
        ('{"waybill": "W", "waybill": "V"}', ("a key that stands twice in one object (waybill)",)),
        ('{"waybill": "\\u0000"}', ("a NUL character",)),
        ('{"waybill": "\0"}', ("a NUL character",)),
        ("[]", ("an empty list, which no source knows", "--source")),
        ("3", ("a single text, number or truth value",)),
        ('[{"a": 1}]', ("a list of 1, which no source knows", "comes nearest and would need")),
        ('{"waybill": "W", "timestamp": "x", "900000001": 1}', ("keys waybill, timestamp, ...", "ClickPost webhook")),
        ('{"meta": {"status": 330, "success": false, "message": "No waybill"}, "result": null}', ("meta.status 330",)),
        ("\n" + json.dumps(WEBHOOK).replace("W1", "\\ud83d"), ("line 2, column waybill", "lone surrogate")),
        ('{"waybill": "W",\n"waybil\\u006c": "V"}', ("line 2", "a key that stands twice in one object")),
        ('{"waybill": "NaN",\n"timestamp": NaN}', ("line 2", "NaN, which is no number")),
        ('{"a": {"x": 1,\n"b\\u0062": {"x": 1}},\n"waybill": -Infinity}', ("line 3", "-Infinity")),
    ],
)
def test_what_is_refused_is_refused_in_words(
    warehouse: Warehouse, tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    result = load_text(warehouse, tmp_path, text)
    assert result.status == "refused"
    for word in words:
        assert word in result.message
    assert not ask(warehouse, "select 1 from raw.files")


def test_a_source_of_tables_reads_no_document(warehouse: Warehouse, tmp_path: Path) -> None:
    result = load_text(warehouse, tmp_path, json.dumps(WEBHOOK), source="bigcommerce_orders")
    assert "a JSON document" in result.message
    result = load_text(warehouse, tmp_path, json.dumps(WEBHOOK), mapping=SAMPLES / "generic" / "wholesale_lines.toml")
    assert "leave --mapping out" in result.message
    with pytest.raises(Refused, match="a JSON document"):
        read_sample(SAMPLES / "clickpost_events" / "webhooks.jsonl")
    result = load_text(warehouse, tmp_path, "a,b\n1,2\n", "x.csv", source="clickpost_events")
    assert "no JSON" in result.message


def test_an_answer_that_failed_among_others_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    good = (SAMPLES / "clickpost_events" / "updated_order.json").read_text(encoding="utf-8").replace("\n", " ")
    bad = '{"meta": {"status": 330, "success": false}, "result": null}'
    result = load_text(warehouse, tmp_path, f"{good}\n{bad}\n", "day.jsonl")
    assert (result.status, result.records_loaded) == ("loaded", 1)
    assert "1 of the answers in it failed (meta.status 330)" in result.warnings


def test_many_unknown_keys_stand_together(warehouse: Warehouse, tmp_path: Path) -> None:
    """Attributes of their own for some hundred keys; nothing beyond is lost."""
    record = WEBHOOK | {f"new_{number}": f"v{number}" for number in range(400)}
    assert load_text(warehouse, tmp_path, json.dumps(record)).status == "loaded"
    ((attributes,),) = ask(warehouse, "select attributes from raw.clickpost__events")
    kept = json.loads(attributes)
    assert len(kept) == 301
    assert "new_399 = v399" in kept["other keys"]
