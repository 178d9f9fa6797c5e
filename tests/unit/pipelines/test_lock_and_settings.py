"""The lock is the kernel's and tells who holds it; a home is written once; its configuration is checked."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.errors import CannotRun, UsageProblem
from pipelines.lock import writing
from pipelines.settings import load_settings, new_merchant, write_home

HOLDER = """
import sys, time
from pathlib import Path
from pipelines.lock import writing
with writing(Path(sys.argv[1]), "build"):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_busy_lock_names_its_holder_and_is_free_when_it_is_killed(tmp_path: Path) -> None:
    process = hold(tmp_path)
    try:
        with pytest.raises(CannotRun, match=rf"process {process.pid} \(build\)"), writing(tmp_path, "ingest"):
            pass
    finally:
        process.kill()
        process.wait()
    with writing(tmp_path, "ingest"):
        pass


def test_waiting_for_the_lock(tmp_path: Path) -> None:
    process = hold(tmp_path)
    started = time.monotonic()
    with pytest.raises(CannotRun), writing(tmp_path, "ingest", wait_seconds=0.5):
        pass
    assert time.monotonic() - started >= 0.5
    process.kill()
    process.wait()


def test_a_home_is_written_once_and_its_key_is_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert write_home(home)
    key = (home / "key").read_text()
    assert (home / "key").stat().st_mode & 0o777 == 0o600
    assert not write_home(home)
    assert write_home(home, new_merchant(home, "second", locale="zh-Hant", timezone="Asia/Taipei", currency_code="TWD"))
    assert (home / "key").read_text() == key
    merchants = load_settings(home).merchants
    assert list(merchants) == ["demo", "second"]
    assert (merchants["demo"].currency_code, merchants["demo"].timezone, merchants["demo"].locale) == (
        "USD",
        "UTC",
        "en",
    )
    assert merchants["second"].timezone == "Asia/Taipei"
    assert merchants["second"].inbox.is_dir()


def test_a_name_with_signs_survives_the_configuration(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_home(home, new_merchant(home, "shop", name='Böse "Namen" \\ 晴日'))
    assert load_settings(home).merchants["shop"].name == 'Böse "Namen" \\ 晴日'


@pytest.mark.parametrize("where", ["home", "elsewhere"])
def test_a_policy_file_is_written_down_and_found_again(tmp_path: Path, where: str) -> None:
    """Relative to the home where it lies in it; without one, a comment shows how."""
    home = tmp_path / "home"
    path = tmp_path / where / "policy-acme.toml"
    write_home(home, new_merchant(home, "acme", policy_file=path))
    write_home(home, new_merchant(home, "other"))
    settings = load_settings(home)
    assert settings.merchant("acme").policy_file == path
    assert settings.merchant("other").policy_file is None
    text = (home / "keeprate.toml").read_text(encoding="utf-8")
    assert ('policy_file = "policy-acme.toml"' in text) == (where == "home")
    assert '# policy_file = "policy-other.toml"' in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no \\[\\[merchants"),
        ("[[merchants]]\nid = 'A B'\n", "id is 'A B'"),
        ("[[merchants]]\nid = 'a'\ncurency = 'USD'\n", "did you mean currency"),
        ("[[merchants]]\nid = 'a'\ncurrency = 'dollar'\n", "ISO 4217"),
        ("[[merchants]]\nid = 'a'\ntimezone = 'Mars/Base'\n", "IANA"),
        ("[[merchants]]\nid = 'a'\n[[merchants]]\nid = 'a'\n", "twice"),
        ("[[merchants]]\nid = 'a'\n[merchants.date_formats]\nbigcommerce_orders = 'dym'\n", "dmy, mdy, ymd"),
        ("merchants = [\n", "not valid TOML"),
    ],
)
def test_a_wrong_configuration_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "keeprate.toml").write_text(text)
    with pytest.raises(CannotRun, match=words):
        load_settings(tmp_path)


def test_no_home_and_no_such_merchant_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="keeprate init"):
        load_settings(tmp_path)
    write_home(tmp_path)
    with pytest.raises(UsageProblem, match="did you mean demo"):
        load_settings(tmp_path).merchant("dmo")
