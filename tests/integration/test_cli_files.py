"""``keeprate ingest`` on real files in a real home: what is printed, which status it ends in, what is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from pipelines.cli.parser.running import run
from pipelines.settings import load_settings
from pipelines.simulate import SHOPS, simulate
from pipelines.warehouse import open_warehouse

UNTIL = date(2026, 11, 20)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports of both demo shops, a few hundred orders."""
    folder = tmp_path_factory.mktemp("exports")
    simulate(folder, orders=600, seed=1, until=UNTIL)
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with both shops, named by the variable."""
    path = tmp_path / "home"
    monkeypatch.setenv("KEEPRATE_HOME", str(path))
    for shop in SHOPS:
        options = ["--locale", shop.locale, "--timezone", shop.timezone, "--currency", shop.currency]
        assert run(["init", "--merchant", shop.merchant_id, "--name", shop.name, *options]) == 0
    return path


def ingested(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict]]:
    """Status and JSON of an ingest."""
    capsys.readouterr()
    status = run(["ingest", *arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def ledger_count(home: Path) -> int:
    """Files in the ledger."""
    with open_warehouse(load_settings(home), "test") as warehouse:
        return warehouse.row_count("raw.files")


def test_a_folder_is_loaded_and_counted(home: Path, exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file has what a program needs, and every record is somewhere."""
    status, files = ingested(capsys, str(exports / "fashion"), "--merchant", "fashion")
    assert status == 0
    by_name = {Path(file["path"]).name: file for file in files}
    assert by_name.keys() == {path.name for path in (exports / "fashion").iterdir()}
    orders = by_name["orders-2026-11-20.csv"]
    truth = json.loads((exports / "truth" / "summary.json").read_text(encoding="utf-8"))
    assert orders["records_in"] == truth["shops"]["fashion"]["order_count"]
    for name, file in by_name.items():
        assert file["status"] == "loaded"
        assert file["source"]
        assert len(file["sha256"]) == 64
        assert file["records_in"] == file["records_loaded"] + file["records_quarantined"] > 0
        assert file["as_of"][:10] == Path(name).stem[-10:]
        assert file["as_of_evidence"] == "date in the file's name"
        assert isinstance(file["warnings"], list)
    assert (orders["date_format"], bool(orders["date_format_evidence"])) == ("dmy", True)
    again, files = ingested(capsys, str(exports / "fashion"), "--merchant", "fashion")
    assert again == 0
    assert {file["status"] for file in files} == {"already loaded"}


def test_a_person_reads_sums_and_proof(home: Path, exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as text, on stdout; progress is on stderr."""
    assert run(["ingest", str(exports / "home"), "--merchant", "home"]) == 0
    out, err = capsys.readouterr()
    assert "in = " in out
    assert "quarantined" in out
    assert "mdy: " in out
    assert out.rstrip().endswith("next: keeprate build")
    assert f"(1 of {len(list((exports / 'home').iterdir()))})" in err


def test_a_dry_run_keeps_nothing(home: Path, exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows source, columns and what would go to quarantine; the ledger stays empty."""
    status, files = ingested(capsys, str(exports / "fashion"), "--merchant", "fashion", "--dry-run")
    assert status == 0
    assert {file["status"] for file in files} == {"dry run"}
    orders = next(file for file in files if file["source"] == "bigcommerce_orders")
    assert "Order ID" in orders["columns"]["known"]
    assert orders["records_in"] == orders["records_loaded"] + orders["records_quarantined"]
    assert ledger_count(home) == 0
    assert not list(home.glob("scratch/*"))


def test_a_wrong_file_is_refused_and_the_next_is_loaded(
    home: Path, exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, the reason with what to do, and no half of the file."""
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("colour,shape\nred,round\n", encoding="utf-8")
    right = exports / "fashion" / "orders-2026-11-20.csv"
    status, files = ingested(capsys, str(wrong), str(right), "--merchant", "fashion")
    assert status == 1
    assert [file["status"] for file in files] == ["refused", "loaded"]
    assert files[0]["error"]["remedy"]
    assert ledger_count(home) == 1
    assert run(["ingest", str(wrong), "--merchant", "fashion"]) == 1
    assert "to do:" in capsys.readouterr().out


def test_a_file_named_twice_is_looked_at_once(home: Path, exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And it says so."""
    path = str(exports / "fashion" / "orders-2026-11-20.csv")
    status, files = ingested(capsys, path, path, "--merchant", "fashion")
    assert (status, len(files)) == (0, 1)
    assert "named more than once; looked at once" in files[0]["warnings"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--merchant", "fashoin"], "did you mean fashion?"),
        ([], "add --merchant"),
        (["--merchant", "fashion", "--source", "bigcommerce_order"], "did you mean bigcommerce_orders?"),
        (["--merchant", "fashion", "--mapping", "no.toml"], "does not exist"),
        (["--merchant", "fashion", "--date-format", "dym"], "'dmy'"),
    ],
)
def test_misspelled_values_end_in_2_before_anything_is_loaded(
    home: Path, exports: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A merchant, a source, a mapping or a format that does not exist."""
    path = str(exports / "fashion" / "orders-2026-11-20.csv")
    assert run(["ingest", path, *arguments]) == 2
    assert words in capsys.readouterr().err
    assert not (home / "warehouse.duckdb").exists()


def test_the_only_merchant_need_not_be_named(tmp_path: Path, exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With one merchant there is nothing to ask; the output says whose it was."""
    home = str(tmp_path / "single")
    assert run(["--home", home, "init"]) == 0
    assert run(["ingest", str(exports / "fashion" / "orders-2026-11-20.csv"), "--home", home]) == 0
    assert "merchant demo: 1 file: 1 loaded" in capsys.readouterr().out


HOLD_LOCK = """
import sys, time
from pathlib import Path
from pipelines.lock import writing
with writing(Path(sys.argv[1]), "keeprate build"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("verb", [["ingest", "{file}", "--merchant", "fashion"], ["build"]])
def test_a_busy_home_ends_in_3_and_says_who_writes(
    home: Path, exports: Path, verb: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A second process holds the lock; --wait waits for it; once it is dead the command runs."""
    file = str(exports / "fashion" / "orders-2026-11-20.csv")
    command = [part.format(file=file) for part in verb]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(home)], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert run([*command, "--wait", "0.3", "--json"]) == 3
        out, err = capsys.readouterr()
        assert f"process {holder.pid} (keeprate build)" in err
        assert "--wait SECONDS" in json.loads(out)["error"]["message"]
    finally:
        holder.kill()
        holder.wait()
    if verb[0] == "ingest":
        assert run(command) == 0


def test_a_home_that_cannot_be_written_ends_in_3(home: Path, exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file stands where the warehouse's folder for scratch work should be: true for root as well."""
    (home / "lock").mkdir()
    assert run(["ingest", str(exports / "fashion"), "--merchant", "fashion"]) == 3
    assert "cannot be opened for writing" in capsys.readouterr().err
