"""``keeprate quarantine`` as a new user meets it: shown, exported, mended, loaded again, with typos and a busy home."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

import pipelines
from pipelines.cli.parser.running import run
from pipelines.lock import writing
from pipelines.quarantine.groups import Group, Mended, Waiting
from pipelines.settings import new_merchant, write_home

HEADER = "return_id,order_id,quantity,date_requested,comments\n"
RECORDS = "1,100,0,2026-11-01,too small\n2,100,1,2026-11-02,\n3,101,2,31/31/2026,=HYPERLINK(1)\n"


class Typed:
    """What somebody types, and what comes of it."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        status = run([*arguments, "--home", str(self.home)])
        out, err = self.capsys.readouterr()
        return status, out, err

    def json(self, *arguments: str) -> Any:
        status, out, _ = self(*arguments, "--json")
        assert status == 0
        return json.loads(out)


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    home = tmp_path / "home"
    for merchant in ("acme", "other"):
        write_home(home, new_merchant(home, merchant, timezone="Europe/Berlin"))
    return Typed(home, capsys)


@pytest.fixture
def loaded(typed: Typed, tmp_path: Path) -> Typed:
    """A home in which a file with two wrong records of three was loaded."""
    path = tmp_path / "returns-2026-11-20.csv"
    path.write_text(HEADER + RECORDS, encoding="utf-8")
    assert typed("ingest", str(path), "--merchant", "acme")[0] == 0
    return typed


def test_shown_in_one_look(loaded: Typed) -> None:
    status, out, _ = loaded("quarantine")
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "returns-2026-11-20.csv (acme, return_requests): 2 records not loaded"
    for words in ("found     0", "found     31/31/2026", "line      2", "line      4", "to do"):
        assert words in out
    assert "waiting for keeprate build: returns-2026-11-20.csv" in out
    assert lines[-1] == "to mend: keeprate quarantine --merchant acme --export corrections.csv"


def test_from_export_to_mended(loaded: Typed, tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    status, out, _ = loaded("quarantine", "--merchant", "acme", "--export", str(path))
    assert status == 0
    assert f"2 rows written to {path}" in out
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert [row["found"] for row in rows] == ["0", "31/31/2026"]
    # As a spreadsheet of another country saves it.
    with path.open("w", encoding="cp1252", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerow(rows[0] | {"corrected": "1"})
        writer.writerow(rows[1] | {"corrected": "2026-10-31"})
    status, out, _ = loaded("ingest", str(path), "--merchant", "acme")
    assert status == 0
    assert "2 in = 2 loaded + 0 quarantined" in out
    document = loaded.json("quarantine")
    assert document["open"] == []
    assert [(part["rule"], part["mended_by_file_name"]) for part in document["mended"]] == [
        ("date_requested_iso", "corrections.csv"),
        ("quantity_whole", "corrections.csv"),
    ]
    assert loaded("quarantine")[1].startswith("nothing is in quarantine\nmended: 1 row of returns-2026-11-20.csv")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--merchant", "acmee"], "did you mean acme?"),
        (["--source", "return_request"], "did you mean return_requests?"),
        (["--file", "returns-2026-11-02.csv"], "did you mean returns-2026-11-20.csv?"),
        (["--rule", "quantity_hole"], "did you mean quantity_whole?"),
        (["--merchant", "acmee"], "correct the name"),
        (["--merchant", "other", "--file", "returns-2026-11-20.csv"], "--merchant acme --file returns-2026-11-20.csv"),
        (["--export", "x.csv"], "add --merchant ID"),
        (["--export", "x.csv", "--merchant", "other"], "nothing is in quarantine that fits"),
        (["--exprot", "x.csv"], "--export"),
    ],
)
def test_slips_are_answered(loaded: Typed, arguments: list[str], words: str) -> None:
    status, _, err = loaded("quarantine", *arguments)
    assert (status, words in err) == (2, True), err


def test_what_is_asked_and_has_nothing_is_said_to_have_nothing(loaded: Typed, tmp_path: Path) -> None:
    assert loaded("quarantine", "--merchant", "other")[1].startswith("nothing of other is in quarantine\n")
    path = tmp_path / "whole.csv"
    path.write_text(HEADER + "7,100,1,2026-11-02,\n", encoding="utf-8")
    assert loaded("ingest", str(path), "--merchant", "acme")[0] == 0
    status, out, _ = loaded("quarantine", "--file", "whole.csv")
    assert (status, out.startswith("nothing of whole.csv is in quarantine")) == (0, True)


def corrected(loaded: Typed, path: Path, **changed: str) -> Path:
    """The export with what is right filled in, and some cells of its first row changed."""
    exported = path.with_suffix(".exported.csv")
    assert loaded("quarantine", "--merchant", "acme", "--export", str(exported))[0] == 0
    rows = list(csv.DictReader(io.StringIO(exported.read_text(encoding="utf-8-sig"))))
    for row in rows:
        row["corrected"] = {"quantity": "1", "date_requested": "2026-10-31"}[row["column"]]
    with path.open("w", encoding="utf-8", newline="") as stream:
        # In another order of columns, as somebody may have moved them.
        writer = csv.DictWriter(stream, list(rows[0])[::-1])
        writer.writeheader()
        writer.writerows([rows[0] | changed, *rows[1:]])
    return path


def test_a_slip_in_corrections_is_shown_until_a_later_file_mends_the_record(loaded: Typed, tmp_path: Path) -> None:
    slip = corrected(loaded, tmp_path / "slip.csv", column="quantitty")
    status, out, _ = loaded("ingest", str(slip), "--merchant", "acme")
    assert (status, "1 x column_unknown in column, first in line 2" in out) == (0, True)
    out = loaded("quarantine")[1]
    assert "slip.csv (acme, corrections): 1 record not loaded" in out
    assert "to mend: keeprate quarantine --merchant acme" in out
    assert loaded("ingest", str(corrected(loaded, tmp_path / "right.csv")), "--merchant", "acme")[0] == 0
    out = loaded("quarantine")[1]
    assert out.startswith("nothing is in quarantine\nmended: 1 row of")
    assert "by right.csv" in out
    assert "to mend" not in out
    assert "already loaded" in loaded("ingest", str(tmp_path / "right.csv"), "--merchant", "acme")[1]


def test_corrections_for_the_wrong_merchant_say_so_and_offer_no_export(loaded: Typed, tmp_path: Path) -> None:
    path = corrected(loaded, tmp_path / "corrections.csv")
    out = loaded("ingest", str(path), "--merchant", "other")[1]
    assert "2 x file_unknown in file_id" in out
    assert "load the file for the merchant whose export it is" in out
    out = loaded("quarantine", "--merchant", "other")[1]
    assert "corrections.csv (other, corrections): 2 records not loaded" in out
    assert "to mend" not in out


def test_an_export_that_lost_a_column_is_told_as_one(loaded: Typed, tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text("file,file_id,record,line,column,corrected\nx,0123456789abcdef,1,2,quantity,1\n", encoding="utf-8")
    status, out, _ = loaded("ingest", str(path), "--merchant", "acme")
    assert (status, "leave the columns as keeprate quarantine --export wrote them" in out) == (1, True)


def test_a_file_with_corrections_is_never_written_over(loaded: Typed, tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text("mine", encoding="utf-8")
    status, _, err = loaded("quarantine", "--merchant", "acme", "--export", str(path))
    assert (status, "may hold corrections" in err, path.read_text()) == (2, True, "mine")


def test_a_folder_that_is_not_there_ends_in_3(loaded: Typed, tmp_path: Path) -> None:
    status, _, err = loaded("quarantine", "--merchant", "acme", "--export", str(tmp_path / "no" / "c.csv"))
    assert (status, "to do:" in err) == (3, True)


def test_nothing_loaded_yet(typed: Typed) -> None:
    status, _, err = typed("quarantine")
    assert (status, "keeprate ingest FILE" in err) == (3, True)


def test_while_another_writes_it_says_who(loaded: Typed) -> None:
    """Nothing is published yet, so there is nothing else to show."""
    pid = os.fork()
    if pid == 0:
        with writing(loaded.home, "keeprate build"):
            (loaded.home / "ready").touch()
            time.sleep(60)
        os._exit(0)
    try:
        while not (loaded.home / "ready").exists():
            time.sleep(0.02)
        status, _, err = loaded("quarantine")
        assert (status, f"process {pid} (keeprate build)" in err, "--wait" in err) == (3, True, True)
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    assert loaded("quarantine")[0] == 0


def test_every_key_is_described(loaded: Typed) -> None:
    """Reminds of: describing a new key in docs/reference/json.md."""
    page = (Path(pipelines.__file__).parents[1] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    text = page.partition("## `keeprate quarantine")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", text))
    document = loaded.json("quarantine")
    assert set(document) <= named
    for kind in (Group, Mended, Waiting):
        assert set(kind.__dataclass_fields__) <= named
