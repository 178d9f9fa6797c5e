"""An erasure as a merchant does it, with real builds: nothing of the person is left in anything that a home holds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from erased_shop import FILES, HER_WORDS

from benchmarks.canary_search import found_in
from pipelines.cli.parser.running import run
from pipelines.errors import CannotRun
from pipelines.privacy import merchant_key, pseudonym_of
from pipelines.reports.payload import Payload
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.snapshot import open_snapshot
from pipelines.warehouse import open_warehouse

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, published, with its weekly reports. Tests take a copy."""
    folder = tmp_path_factory.mktemp("erased")
    home = folder / "home"
    write_home(home, new_merchant(home, "demo"))
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
        assert run(["--home", str(home), "ingest", str(folder / name), "--merchant", "demo"]) == 0, name
    assert run(["--home", str(home), "build"]) == 0
    return home


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(published, tmp_path / "home")
    return tmp_path / "home"


def pseudonyms(home: Path) -> set[str]:
    key = merchant_key(load_settings(home).key, "demo")
    values = (("ann@example.com", "email"), ("+1 555 0101", "phone"), ("501", "id"))
    return {made for value, kind in values if (made := pseudonym_of(value, kind, key))}


def erase(home: Path, *who: str) -> int:
    """``keeprate erase`` of this person, without being asked."""
    return run(["--home", str(home), "erase", "--merchant", "demo", *who])


def left(home: Path) -> dict[str, set[str]]:
    """Where anything of Ann still stands, whatever it is written in."""
    return found_in(home, {HER_WORDS, *pseudonyms(home)}, {})


def entered(home: Path) -> list[dict[str, int]]:
    """The counts of the erasures that are noted as done."""
    with open_warehouse(load_settings(home), "test") as warehouse:
        rows = warehouse.connection.execute("select counts from meta.erasures order by erased_at").fetchall()
    return [json.loads(counts) for (counts,) in rows]


def test_a_person_is_found_by_each_identity(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for who in (("--email", "ann@example.com"), ("--phone", "+1 555 0101"), ("--customer-id", "501")):
        capsys.readouterr()
        assert erase(home, *who, "--dry-run", "--json") == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1] == found[2]
    assert found[0]["status"] == "found"
    assert {name: found[0]["counts"][name] for name in ("identities", "orders", "return_lines")} == {
        "identities": 3,
        "orders": 1,
        "return_lines": 3,
    }
    assert erase(home, "--customer-id", "502502", "--dry-run") == 1


def test_killed_before_each_of_its_steps_it_is_completed_and_nothing_is_left(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt comes one step further; what was counted, revised and flagged once stays so."""
    for name, merchants in (("demo", ["demo"]), ("others", ["else"])):
        manifest = home / "models" / name / "1" / "manifest.json"
        manifest.parent.mkdir(parents=True)
        manifest.write_text(json.dumps({"merchants": merchants}), encoding="utf-8")
    assert any(place.endswith(".json") for place in left(home) if place.startswith("bytes reports"))

    def killed(*_: object) -> None:
        raise CannotRun("killed\n  to do:    go on")

    steps = ("empty_raw", "_build", "remove_replaced", "revise_reports", "flag_models", "_enter")
    for number, step in enumerate((*steps, "renew_warehouse_file", "remove_plan")):
        with monkeypatch.context() as patched:
            patched.setattr(f"pipelines.erasure.erase.{step}", killed)
            done = erase(home, "--customer-id", "501", "--yes") if not number else run(["--home", str(home), "build"])
            assert done != 0, step
            assert (home / "erasing.json").exists(), step
    assert run(["--home", str(home), "build"]) == 0

    assert not (home / "erasing.json").exists()
    assert left(home) == {}
    assert found_in(home, {"words of bob"}, {})
    (counts,) = entered(home)
    assert {"orders", "returns", "parcels", "raw_rows", "parts_removed"} <= {name for name in counts if counts[name]}
    assert (counts["reports_revised"], counts["models_flagged"]) == (1, 1)
    revised = [Payload.from_json(path.read_text(encoding="utf-8")) for path in home.glob("reports/demo/*.json")]
    # The edition that was issued is revised; what the build after the erasure issued beside it never had the quote.
    assert sorted((payload.edition, payload.revision) for payload in revised) == [(1, 1), (2, 0)]
    assert "[removed]" in [one.reason_raw for payload in revised for one in payload.trust.unmapped_reasons]
    flagged = [path.parent.parent.name for path in home.glob("models/*/*/*") if "affected" in path.read_text()]
    assert flagged == ["demo"]
    assert erase(home, "--customer-id", "501", "--yes") == 0
    assert len(entered(home)) == 1


def test_of_a_held_merchant_the_published_parts_lose_the_person(home: Path, tmp_path: Path) -> None:
    """A build does not publish a held merchant, whose readers see its last good data: without the person."""
    path = tmp_path / "orders-2026-04-02.csv"
    path.write_text(
        "order_id,placed_date,currency_code,total_amount\n10,2026-03-20,USD,1.00\n11,2026-03-21,USD,2.00\n",
        encoding="utf-8",
    )
    assert run(["--home", str(home), "ingest", str(path), "--merchant", "demo"]) == 0
    with open_warehouse(load_settings(home), "test") as warehouse:
        # As if a record had been lost on its way; unlike a row that is taken away, staging anew does not bring it back.
        warehouse.connection.execute(
            "update raw.files set record_count = record_count + 1 where file_name = $1", [path.name]
        )
    assert erase(home, "--phone", "+1 555 0101", "--yes") == 0
    with open_snapshot(home) as snapshot:
        assert list(snapshot.manifest["held"]) == ["demo"]
        kept = snapshot.query("select count(*) as rows, count(comment) as comments from core.return_lines").to_dicts()
        assert kept == [{"rows": 4, "comments": 1}]
        assert snapshot.query("select count(*) as rows from core.orders").to_dicts() == [{"rows": 3}]
        assert snapshot.query("select reason_raw from marts.unmapped_reasons").to_dicts() == [
            {"reason_raw": "Wrong size"}
        ]
    assert left(home) == {}
    (counts,) = entered(home)
    assert counts["parts_mended"] >= 7
    with open_warehouse(load_settings(home), "test") as warehouse:
        warehouse.connection.execute(
            "update raw.files set record_count = record_count - 1 where file_name = $1", [path.name]
        )
    assert run(["--home", str(home), "build", "--full"]) == 0
    assert left(home) == {}


def test_a_run_of_dagsters_own_completes_what_was_begun(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the daemon runs it, without the command line: the erasure's build runs inside of it, before it begins."""
    import dagster as dg

    from pipelines.definitions import defs

    def killed(*_: object) -> None:
        raise CannotRun("killed\n  to do:    go on")

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.erasure.erase._build", killed)
        assert erase(home, "--email", "ann@example.com", "--yes") != 0
    assert left(home)
    config = {"resources": {"warehouse": {"config": {"home": str(home)}}}}
    with dg.DagsterInstance.ephemeral() as memory:
        assert defs.resolve_job_def("build").execute_in_process(run_config=config, instance=memory).success
    assert left(home) == {}
    assert len(entered(home)) == 1
