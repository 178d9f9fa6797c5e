"""The command line as a process: output that nobody reads, Ctrl-C, help before any home, drafts and templates."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pipelines.cli.parser.running import run
from pipelines.contracts import all_contracts
from pipelines.lock import writing

KEEPRATE = [sys.executable, "-m", "pipelines.cli"]


def test_a_reader_that_goes_away_is_no_error() -> None:
    """``keeprate template orders | head -1`` prints no traceback."""
    reading, written = os.pipe()
    os.close(reading)
    done = subprocess.run([*KEEPRATE, "template", "orders"], stdout=written, stderr=subprocess.PIPE, check=False)
    os.close(written)
    assert (done.returncode, done.stderr) == (141, b"")


def test_ctrl_c_stops_with_a_word(tmp_path: Path) -> None:
    """While it waits for another writer; no traceback, status 130."""
    home = tmp_path / "home"
    assert run(["--home", str(home), "init"]) == 0
    with writing(home, "test"):
        process = subprocess.Popen(
            [*KEEPRATE, "--home", str(home), "ingest", str(home / "keeprate.toml"), "--wait", "60"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            # A shell starts its background jobs with the signal ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=4)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip().endswith("stopped; what was not finished is as it was before")
    assert "Traceback" not in err


@pytest.mark.parametrize("entity", list(all_contracts()))
def test_a_template_is_a_file_that_can_be_filled_in(entity: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Meaning of each column in comments, the header of the contract, two rows."""
    assert run(["template", entity]) == 0
    lines = capsys.readouterr().out.splitlines()
    header, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    assert set(header) <= {column.name for column in all_contracts()[entity].columns}
    assert [len(row) for row in rows] == [len(header)] * 2
    for name in header:
        assert any(line.startswith(f"# {name} (") for line in lines)


def test_template_alone_names_the_entities(capsys: pytest.CaptureFixture[str]) -> None:
    """So that nobody has to look them up."""
    assert run(["template"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(all_contracts())


def test_a_mapping_is_drafted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A TOML that a person completes; a misspelled file is told."""
    path = tmp_path / "sales.csv"
    path.write_text("Order Number,Order Date,Item Sku,Qty\n1,2026-11-01,A-1,2\n", encoding="utf-8")
    assert run(["map", str(path)]) == 0
    assert tomllib.loads(capsys.readouterr().out)
    assert run(["map", str(tmp_path / "sale.csv")]) == 2
    assert "did you mean sales.csv?" in capsys.readouterr().err
