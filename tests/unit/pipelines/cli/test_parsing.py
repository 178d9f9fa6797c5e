"""Words on the command line: misspelled ones, ``--home`` in either place, values of options."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from pipelines.cli.parser.files import named_files
from pipelines.cli.parser.options import Encoding, Moment
from pipelines.cli.parser.running import run
from pipelines.errors import UsageProblem


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["ingets"], "did you mean ingest?"),
        (["build", "--ful"], "Did you mean '--full'?"),
        (["query", "select 1", "--format", "tabel"], "'table'"),
        (["ingest"], "Missing argument 'FILE...'"),
        (["template", "order_line"], "did you mean order_lines?"),
        (["ingest", "x.csv", "--as-of", "yesterday"], "write it like 2026-11-22"),
        (["ingest", "x.csv", "--encoding", "utf-88"], "not an encoding"),
        (["simulate", "--output", "x", "--orders", "3"], "3 is not in the range"),
        (["simulate"], "Missing option '--output'"),
    ],
)
def test_wrong_usage_ends_in_2_with_a_hint(arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelled word is told what it is near to, on stderr, without a traceback."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert hint in err
    assert "Traceback" not in err


def test_no_word_at_all_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage, so on stderr, but the whole help."""
    assert run([]) == 2
    assert capsys.readouterr().err.startswith("Usage: keeprate")


def test_errors_are_json_where_a_program_reads(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With --json an error is a document on stdout, and its message is still on stderr."""
    assert run(["--home", str(tmp_path), "build", "--json"]) == 3
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert (error["status"], error["kind"]) == (3, "CannotRun")
    assert error["message"] in err
    for asked in (["--format", "json"], ["--format=json"]):
        assert run(["--home", str(tmp_path), "query", "select 1", *asked]) == 3
        assert json.loads(capsys.readouterr().out)["error"]["kind"] == "CannotRun"
    assert run(["build", "--json", "--ful"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["status"] == 2


def test_home_stands_before_or_after_the_verb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both places mean the same; the one after the verb wins; both win over the variable."""
    monkeypatch.setenv("KEEPRATE_HOME", str(tmp_path / "variable"))
    before, after = str(tmp_path / "before"), str(tmp_path / "after")
    for arguments, home in (
        (["--home", before, "init", "--json"], before),
        (["init", "--home", after, "--json"], after),
        (["--home", before, "init", "--home", after, "--json"], after),
        (["init", "--json"], str(tmp_path / "variable")),
    ):
        assert run(arguments) == 0
        assert json.loads(capsys.readouterr().out)["home"] == home


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22", datetime(2026, 11, 22)),
        ("2026-11-22 06:30", datetime(2026, 11, 22, 6, 30)),
        ("2026-11-22T06:30Z", datetime(2026, 11, 22, 6, 30, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    """A date, a time, with and without a zone."""
    assert Moment().convert(text, None, None) == moment


def test_encodings() -> None:
    """Python's names and their aliases; anything else is a wrong value, not a crash later."""
    assert Encoding().convert("Windows-1252", None, None) == "cp1252"
    with pytest.raises(click.BadParameter):
        Encoding().convert("klingon", None, None)


def test_folders_and_patterns_name_their_files(tmp_path: Path) -> None:
    """A folder's files by name, without what is not data; a file that is named twice is taken once."""
    for name in ("b.csv", "a.csv", ".hidden", "c.csv.part", "a.csv.mapping.toml"):
        (tmp_path / name).touch()
    (tmp_path / "loaded").mkdir()
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    assert named_files((str(tmp_path),)) == ([first, second], set())
    assert named_files((str(tmp_path / "*.csv"),)) == ([first, second], set())
    assert named_files((str(second), str(tmp_path))) == ([second, first], {second})


@pytest.mark.parametrize(
    ("argument", "words"),
    [("ordres.csv", "did you mean orders.csv?"), ("empty", "holds no file"), ("*.parquet", "no file matches")],
)
def test_what_is_not_there_is_said(tmp_path: Path, argument: str, words: str) -> None:
    """Before anything is loaded: a missing file, an empty folder, a pattern that matches nothing."""
    (tmp_path / "orders.csv").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageProblem) as error:
        named_files((str(tmp_path / "orders.csv"), str(tmp_path / argument)))
    assert words in str(error.value)
