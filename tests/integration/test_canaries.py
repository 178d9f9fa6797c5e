"""Planted persons are nowhere in a home, whatever is decoded; erased ones have no pseudonym left either."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.canaries import people, plant
from benchmarks.canary_search import found_in, load, pseudonyms_of, run

pytestmark = pytest.mark.slow

PLANTED = people()


@pytest.fixture(scope="module")
def planted_exports(simulated_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted") / "exports"
    shutil.copytree(simulated_exports, folder)
    for merchant, persons in PLANTED.items():
        plant(folder / merchant, persons)
    return folder


@pytest.fixture(scope="module")
def planted_home(planted_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    home = tmp_path_factory.mktemp("home") / "home"
    printed = load(home, planted_exports)
    assert json.loads(printed["build"])["status"] == "published"
    return home, printed


def test_no_planted_person_is_found_again(planted_home: tuple[Path, dict[str, str]]) -> None:
    """In valid, broken and cut rows, comments, keys and names of files; tables, parts, logs, pages, output."""
    home, printed = planted_home
    canaries = {canary for persons in PLANTED.values() for person in persons for canary in person.canaries}
    assert len(canaries) > 100
    assert found_in(home, canaries, printed) == {}


def test_the_search_finds_what_is_there(planted_home: tuple[Path, dict[str, str]]) -> None:
    """Pseudonyms are there before an erasure: in tables, and in compressed parts."""
    home, _ = planted_home
    pseudonyms = pseudonyms_of(home, "fashion", PLANTED["fashion"][0].email, PLANTED["fashion"][0].phone)
    places = found_in(home, pseudonyms, {})
    assert any(place.startswith("core.orders") for place in places)
    assert any(place.startswith("part ") for place in places)


def test_an_erased_person_has_no_pseudonym_left_and_loads_obey(
    planted_home: tuple[Path, dict[str, str]], planted_exports: Path, tmp_path: Path
) -> None:
    """Not in the file of the warehouse, not in old parts; another export of the same orders brings nothing back."""
    home = tmp_path / "home"
    shutil.copytree(planted_home[0], home)
    person = PLANTED["fashion"][0]
    pseudonyms = pseudonyms_of(home, "fashion", person.email, person.phone)
    who = ("erase", "--home", home, "--merchant", "fashion")
    status, text = run(*who, "--email", person.email, "--dry-run", "--json")
    assert (status, json.loads(text)["status"]) == (0, "found")
    status, text = run(*who, "--email", person.email, "--yes", "--json")
    result = json.loads(text)
    assert (status, result["status"]) == (0, "erased")
    assert result["counts"]["orders"] >= 1
    assert found_in(home, pseudonyms, {"erase": text}) == {}
    assert not (home / "erasing.json").exists()
    assert run(*who, "--email", person.email, "--yes")[0] == 0
    assert run(*who, "--email", "nobody@example.com", "--yes")[0] == 1

    orders = next((planted_exports / "fashion").glob("orders-*.csv"))
    again = tmp_path / "orders-2026-11-20.csv"
    again.write_bytes(orders.read_bytes() + b"\r\n")
    status, text = run("ingest", "--home", home, again, "--merchant", "fashion")
    assert status == 0, text
    assert run("build", "--home", home)[0] == 0
    assert found_in(home, pseudonyms, {}) == {}


def test_an_erasure_that_was_stopped_is_completed_by_the_next_build(
    planted_home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    """The plan in the home says what is left to do."""
    from pipelines.erasure.plan import Plan, write_plan

    home = tmp_path / "home"
    shutil.copytree(planted_home[0], home)
    person = PLANTED["home"][0]
    pseudonyms = pseudonyms_of(home, "home", person.email, person.phone)
    write_plan(home, Plan("0123456789abcdef", "home", sorted(pseudonyms), [], []))
    assert run("build", "--home", home)[0] == 0
    assert not (home / "erasing.json").exists()
    assert found_in(home, pseudonyms, {}) == {}
