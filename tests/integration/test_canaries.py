"""Planted persons are nowhere in a home, whatever is decoded; erased ones have no pseudonym left either."""

from __future__ import annotations

import gzip
import html
import json
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.canary_home import complaints, load, look_around, pseudonyms_of, run
from benchmarks.canary_search import found_in
from benchmarks.planting.exports import plant
from benchmarks.planting.people import people
from benchmarks.planting.planted import Planted
from pipelines.simulate import simulate
from pipelines.sources import all_sources

pytestmark = pytest.mark.slow

ORDERS = 250
PLANTED = people()
CANARIES = {canary for persons in PLANTED.values() for person in persons for canary in person.canaries}


@pytest.fixture(scope="module")
def planted_exports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Planted]]:
    folder = tmp_path_factory.mktemp("planted") / "exports"
    simulate(folder, orders=ORDERS, seed=7, until=date(2026, 11, 1))
    return folder, {merchant: plant(folder / merchant, persons) for merchant, persons in PLANTED.items()}


@pytest.fixture(scope="module")
def planted_home(
    planted_exports: tuple[Path, dict[str, Planted]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    home = tmp_path_factory.mktemp("home") / "home"
    printed = load(home, planted_exports[0], PLANTED)
    assert json.loads(printed["build"])["status"] == "published"
    return home, printed | look_around(home)


def test_every_planted_file_became_what_it_must(
    planted_home: tuple[Path, dict[str, str]], planted_exports: tuple[Path, dict[str, Planted]]
) -> None:
    """Loaded or refused as it must be, with planted records of every source in ``raw``: else nothing is proven."""
    home, printed = planted_home
    for merchant, planted in planted_exports[1].items():
        assert list(complaints(home, merchant, planted, json.loads(printed[f"json {merchant}"]))) == []
        (corrections,) = json.loads(printed[f"corrections {merchant}"])
        assert corrections["status"] == "loaded"
    sources = {source for planted in planted_exports[1].values() for source in planted.marks}
    # The others bring no column in which a person stands, or are planted under a name of another one.
    assert set(all_sources()) - sources == {
        "bigcommerce_products_bulk_edit",
        "bigcommerce_sku_inventory",
        "corrections",
        "policy_file",
    }


def test_no_planted_person_is_found_again(planted_home: tuple[Path, dict[str, str]]) -> None:
    """In valid, broken and cut rows, comments, keys and names of files; tables, parts, logs, pages, output."""
    home, printed = planted_home
    assert len(CANARIES) > 200
    assert found_in(home, CANARIES, printed) == {}


def test_what_is_looked_at_says_something(planted_home: tuple[Path, dict[str, str]]) -> None:
    """Quarantine, its export, doctor, queries and pages are searched, and tell of what was planted."""
    _, printed = planted_home
    assert "field_count" in printed["quarantine"]
    assert printed["exported fashion"].count("\n") > 5
    for name in ("quarantine as JSON", "doctor", "query of returns", "query of quarantine", "page / of home"):
        assert len(printed[name]) > 500, name
    assert "Traceback" not in "".join(printed.values())


def _into_sqlite(folder: Path, text: str) -> None:
    with sqlite3.connect(folder / "catalogue.db") as connection:
        connection.execute("create table events (body text)")
        connection.execute("insert into events values (?)", [json.dumps({"a": [text]})])


def _into_page(folder: Path, text: str) -> None:
    (folder / "page.html").write_text("".join(f"&#{ord(sign)};" for sign in text), encoding="ascii")


def _into_named_entities(folder: Path, text: str) -> None:
    (folder / "page.html").write_text(html.escape(f"<b>{text}</b>"), encoding="utf-8")


def _into_parts(folder: Path, text: str) -> None:
    """The second of two parts of a table, compressed."""
    for number, words in enumerate(("nothing", text)):
        path = folder / f"core.orders-{number}.parquet"
        duckdb.sql("select $1 as words, 'x' as other", params=[words]).write_parquet(str(path), compression="zstd")


def _into_nested_column(folder: Path, text: str) -> None:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.lines as select [{'a': {'b': [$1]}}] as fields", [text])


def _into_packed_log(folder: Path, text: str) -> None:
    (folder / "log.gz").write_bytes(gzip.compress(f"line\n{text}\n".encode()))


def _into_log(folder: Path, text: str) -> None:
    (folder / "log.json").write_text(json.dumps({"said": text}), encoding="ascii")


def _into_wide_text(folder: Path, text: str) -> None:
    (folder / "wide.txt").write_bytes(text.encode("utf-16"))


def _into_name(folder: Path, text: str) -> None:
    (folder / f"{text}.txt").touch()


KINDS = (
    _into_sqlite,
    _into_page,
    _into_named_entities,
    _into_parts,
    _into_nested_column,
    _into_packed_log,
    _into_log,
    _into_wide_text,
    _into_name,
)


@pytest.mark.parametrize("hide", KINDS)
def test_the_search_finds_each_form_in_each_kind_of_file(hide: object, tmp_path: Path) -> None:
    """Names in both scripts, parts of them, an address, a local part, numbers with any separators."""
    english, chinese = PLANTED["fashion"][0], PLANTED["home"][0]
    hidden = {
        english.name: english.name,
        english.first: f"dear {english.first.upper()},",
        english.street.split()[1]: f"in {english.street.split()[1]}",
        english.local: f"{english.local} at home",
        english.email: english.email,
        english.national: "415.555-3000",
        chinese.first: f"請{chinese.first}來",
        chinese.name: f"{chinese.name}：",
        chinese.national: "0912 300 400",
        chinese.street: chinese.street,
    }
    for number, (canary, text) in enumerate(hidden.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert found_in(folder, [canary], {}) == {}
        hide(folder, text.replace("/", " "))  # type: ignore[operator]
        assert list(found_in(folder, [canary], {}).values()) != [], (hide, canary)
        assert found_in(folder, ["Nobody Nowhere", "4155553001"], {}) == {}
    assert found_in(tmp_path / "0", [english.name], {"ingest": f"loaded {english.name}"})["printed ingest"]


def test_the_search_finds_what_is_there(planted_home: tuple[Path, dict[str, str]]) -> None:
    """Pseudonyms are there before an erasure: in tables, and in compressed parts."""
    home, _ = planted_home
    pseudonyms = pseudonyms_of(home, "fashion", PLANTED["fashion"][0].email, PLANTED["fashion"][0].phone)
    places = found_in(home, pseudonyms, {})
    assert any(place.startswith("core.orders") for place in places)
    assert any(place.startswith("part ") for place in places)


def test_an_erased_person_has_no_pseudonym_left_and_loads_obey(
    planted_home: tuple[Path, dict[str, str]], planted_exports: tuple[Path, dict[str, Planted]], tmp_path: Path
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

    orders = next((planted_exports[0] / "fashion").glob("orders-*.csv"))
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
