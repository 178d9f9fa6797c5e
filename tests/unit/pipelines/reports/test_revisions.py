"""A report that quotes an erased person becomes a revision without the quote; models learn that they are affected."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from pipelines.erasure.issued_reports import REMOVED, quoting_reports, revise_reports
from pipelines.erasure.trained_models import flag_models
from pipelines.reports.payload import Payload, UnmappedReason
from pipelines.reports.selects import REASON_SHOWN
from pipelines.reports.write import store_issued

WORDS = "it hurt my bad knee, and I have told you so three times by now, on the phone"
QUOTE = WORDS[:REASON_SHOWN]


def test_the_quote_goes_and_every_number_stays(tmp_path: Path, payload_of: Callable[[str], Payload]) -> None:
    payload = payload_of("fashion")
    reason = UnmappedReason(reason_list="shop", reason_raw=QUOTE, return_line_count=1)
    trust = payload.trust.model_copy(update={"unmapped_reasons": (*payload.trust.unmapped_reasons, reason)})
    issued = payload.model_copy(update={"trust": trust})
    folder = tmp_path / "reports" / "fashion"
    store_issued(folder, issued.week, issued)
    store_issued(folder, f"{issued.week}.edition-1", issued)
    quoting = quoting_reports(tmp_path, "fashion", [WORDS])
    assert len(quoting) == 2
    revise_reports(quoting)
    for stem in (issued.week, f"{issued.week}.edition-1"):
        text = (folder / f"{stem}.json").read_text(encoding="utf-8")
        page = (folder / f"{stem}.html").read_text(encoding="utf-8")
        assert QUOTE not in text + page
        assert "Revision 1" in page
        revised = Payload.from_json(text)
        assert (revised.revision, revised.trust.unmapped_reasons[-1].reason_raw) == (1, REMOVED)
        assert revised.whole == issued.whole
        digest = hashlib.sha256(page.encode()).hexdigest()
        assert digest in (folder / f"{stem}.sha256").read_text(encoding="utf-8")
    assert not quoting_reports(tmp_path, "fashion", [WORDS])


def test_models_that_saw_the_merchant_are_flagged_once(tmp_path: Path) -> None:
    manifests = {"a": {"merchants": ["fashion"]}, "b": {"merchants": ["home"]}, "c": {}}
    for name, manifest in manifests.items():
        path = tmp_path / "models" / name / "1" / "manifest.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(manifest), encoding="utf-8")
    assert [flag_models(tmp_path, "fashion", "x1") for _ in range(2)] == [2, 2], "a second time counts the same"
    flagged = {
        name: [entry["merchant_id"] for entry in json.loads(path.read_text()).get("affected_by_erasure", [])]
        for name in manifests
        for path in (tmp_path / "models" / name / "1").glob("manifest.json")
    }
    assert flagged == {"a": ["fashion"], "b": [], "c": ["fashion"]}


def test_half_written_files_of_dead_processes_go_with_the_next_report(
    tmp_path: Path, payload_of: Callable[[str], Payload]
) -> None:
    payload = payload_of("fashion")
    folder = tmp_path / "reports" / "fashion"
    folder.mkdir(parents=True)
    gone, alive = (folder / f".2026-W43.json-{pid}.part" for pid in (4_194_305, os.getppid()))
    for part in (gone, alive):
        part.write_text("half", encoding="utf-8")
    store_issued(folder, payload.week, payload)
    assert (gone.exists(), alive.exists()) == (False, True)
