"""From exports to a report by commands alone, as a new user would: ingest, build, query, report, doctor, demo."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines.cli.parser.running import run

pytestmark = pytest.mark.slow

UNTIL = "2026-11-01"
"""Last day of the simulated exports."""


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of a command."""
    capsys.readouterr()
    status = run(arguments)
    out, err = capsys.readouterr()
    return status, out, err


def test_a_query_has_three_formats(built_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same rows as a table, as CSV and as JSON; values in CSV and JSON are whole."""
    sql = "select merchant_id, count(*) as orders from core.orders group by all order by all"
    home = ("--home", str(built_home))
    status, out, _ = called(capsys, "query", sql, "--format", "json", *home)
    rows = json.loads(out)
    assert status == 0
    assert [row["merchant_id"] for row in rows] == ["fashion", "home"]
    _, out, _ = called(capsys, "query", sql, "--format", "csv", *home)
    assert list(csv.DictReader(io.StringIO(out))) == [{k: str(v) for k, v in row.items()} for row in rows]
    _, out, _ = called(capsys, "query", sql, *home)
    lines = out.splitlines()
    assert lines[0].split() == ["merchant_id", "orders"]
    assert lines[-1] == "(2 rows)"
    _, out, _ = called(
        capsys, "query", "select [1, 2] as l, 1.50::decimal(9,2) as d, null as n", "--format", "csv", *home
    )
    assert out == 'l,d,n\n"[1, 2]",1.50,\n'


def test_a_long_table_says_that_it_was_cut(built_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not shown is counted."""
    _, out, _ = called(capsys, "query", "select order_id from core.orders", "--home", str(built_home))
    assert len(out.splitlines()) == 203
    assert out.rstrip().endswith("the first 200 are shown, --format csv or json holds all)")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select * from core.ordres", "ordres"),
        ("copy (select 1) to 'out.csv'", "exactly one SELECT"),
        ("select 1; select 2", "exactly one SELECT"),
        ("select * from raw.files", "raw"),
        ("select * from read_csv('/etc/passwd')", "cannot be run"),
    ],
)
def test_a_query_that_is_not_a_select_is_refused(
    built_home: Path, sql: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage, with the reason; nothing is written, nothing outside the snapshot is read."""
    status, out, err = called(capsys, "query", sql, "--home", str(built_home))
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_a_report_is_written_where_it_says(
    built_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the last whole week, or a week that is named; a week that is none is wrong usage."""
    copy = tmp_path / "copy"
    shutil.copytree(built_home, copy)
    shutil.rmtree(copy / "reports")
    home = ("--home", str(copy))
    status, out, _ = called(capsys, "report", "--merchant", "home", "--json", *home)
    document = json.loads(out)
    assert status == 0
    assert Path(document["path"]) == copy / "reports" / "home" / f"{document['week']}.html"
    assert Path(document["path"]).stat().st_size > 10_000
    named = document["week"]
    ends = date.fromisocalendar(int(named[:4]), int(named[-2:]), 7)
    assert date.fromisoformat(UNTIL) - timedelta(days=8) <= ends <= date.fromisoformat(UNTIL)
    # A shop without an order on Sunday has not finished the week: each has its own newest one.
    named = json.loads(called(capsys, "report", "--merchant", "fashion", "--json", *home)[1])["week"]
    status, out, _ = called(capsys, "report", "--merchant", "fashion", "--week", named, *home)
    assert (status, Path(out.strip()).name) == (0, f"{named}.html")
    for wrong in ("2026-46", "2026-W60", "1999-W01"):
        assert called(capsys, "report", "--merchant", "fashion", "--week", wrong, *home)[0] == 2


def test_doctor_finds_what_is_wrong(built_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All is well in a built home; an open key, a missing inbox, a torn snapshot and a wrong file are told."""
    home = tmp_path / "copy"
    shutil.copytree(built_home, home)
    status, out, _ = called(capsys, "doctor", "--home", str(home), "--json")
    findings = [(finding["check"], finding["status"], finding["found"]) for finding in json.loads(out)]
    assert (status, {kind for _, kind, _ in findings} - {"ok", "warn"}) == (0, set())
    found = {check: [words for name, _, words in findings if name == check] for check, _, _ in findings}
    assert any(words.startswith("newest order of 2026-1") for words in found["data fashion"]), found["data fashion"]
    assert found["snapshot"][0].startswith("version 1")

    (home / "key").chmod(0o644)
    shutil.rmtree(home / "inbox" / "home")
    for part in (home / "snapshots" / "parts").glob("core.orders-*"):
        part.unlink()
    status, out, _ = called(capsys, "doctor", "--home", str(home))
    assert status == 1
    assert f"to do: chmod 600 {home / 'key'}" in out
    assert f"to do: mkdir -p {home / 'inbox' / 'home'}" in out
    assert "fail  snapshot" in out

    (home / "keeprate.toml").write_text("[[merchants]\n", encoding="utf-8")
    status, out, _ = called(capsys, "doctor", "--home", str(home))
    assert status == 1
    assert "fail  configuration" in out


def test_nothing_published_ends_in_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A query and a report say how to begin; doctor warns."""
    home = ("--home", str(tmp_path / "new"))
    assert called(capsys, "init", *home)[0] == 0
    for command in (["query", "select 1"], ["report"]):
        status, _, err = called(capsys, *command, *home)
        assert status == 3
        assert "keeprate ingest FILE" in err
    status, out, _ = called(capsys, "doctor", *home)
    assert status == 0
    assert "nothing is published yet" in out


def test_an_inbox_file_that_is_refused_is_told(
    built_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The build loads what waits; a refused file ends in 1, is set aside, and the rest is published."""
    home = tmp_path / "copy"
    shutil.copytree(built_home, home)
    wrong = home / "inbox" / "fashion" / "wrong.csv"
    wrong.write_text("colour,shape\nred,round\n", encoding="utf-8")
    os.utime(wrong, (time.time() - 60, time.time() - 60))
    status, out, _ = called(capsys, "build", "--home", str(home), "--json")
    outcome = json.loads(out)
    assert status == 1
    assert [file["status"] for file in outcome["loaded"]] == ["refused"]
    assert (home / "inbox" / "fashion" / "refused" / "wrong.csv").exists()


def test_the_demo_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files, build and both reports; the second run finds nothing to do; other merchants' homes are not touched."""
    home = tmp_path / "demo"
    status, out, _ = called(capsys, "demo", "--home", str(home), "--orders", "600", "--json")
    first = json.loads(out)
    assert (status, first["is_nothing_to_do"], set(first["reports"])) == (0, False, {"fashion", "home"})
    assert first["plan"]["until"] == date.today().isoformat()
    for file in first["files"]:
        assert file["records_in"] == file["records_loaded"] + file["records_quarantined"] > 0
    status, out, _ = called(capsys, "demo", "--home", str(home), "--json")
    second = json.loads(out)
    assert (status, second["is_nothing_to_do"]) == (0, True)
    assert (second["plan"], second["reports"]) == (first["plan"], first["reports"])
    status, _, err = called(capsys, "demo", "--home", str(home), "--seed", "8")
    assert status == 2
    assert "was made with --seed 21" in err
    assert called(capsys, "init", "--home", str(tmp_path / "own"), "--merchant", "acme")[0] == 0
    status, _, err = called(capsys, "demo", "--home", str(tmp_path / "own"))
    assert status == 2
    assert "acme" in err
