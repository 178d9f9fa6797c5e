"""A home made from planted exports: loading, what of it was taken, and looking at it in every way that there is."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.planting.people import Person
    from benchmarks.planting.planted import Planted

ROOT = Path(__file__).resolve().parents[1]
TWICE = "fashion"
"""Merchant whose files are loaded a second time, which prints in words what the first time told as JSON."""
_ZONES = {"fashion": ("en", "America/New_York", "USD"), "home": ("zh-Hant", "Asia/Taipei", "TWD")}
_LOOKS = {
    "quarantine": ("quarantine",),
    "quarantine as JSON": ("quarantine", "--json"),
    "doctor": ("doctor",),
    "doctor as JSON": ("doctor", "--json", "--deep"),
    "query of returns": ("query", "select * from core.return_lines", "--format", "csv"),
    "query of scans": ("query", "select * from core.tracking_events", "--format", "json"),
    "query of quarantine": ("query", "select * from quarantine.rows", "--format", "csv"),
}


def run(*arguments: str | Path) -> tuple[int, str]:
    """Run a command of keeprate; its status, and all that it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *map(str, arguments)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def load(home: Path, exports: Path, persons: dict[str, list[Person]]) -> dict[str, str]:
    """Make a home from planted exports: loaded, corrected with planted words, built, reported.

    Returns:
        What was printed, by command; the first load of a merchant is JSON under ``json MERCHANT``.
    """
    printed = {}
    for merchant, (locale, zone, currency) in _ZONES.items():
        options = ("--locale", locale, "--timezone", zone, "--currency", currency)
        whose = ("--merchant", merchant)
        printed[f"init {merchant}"] = run("--home", home, "init", *whose, *options)[1]
        files = exports / merchant
        printed[f"json {merchant}"] = run("--home", home, "ingest", files, *whose, "--json")[1]
        if merchant == TWICE:
            printed[f"ingest {merchant}"] = run("--home", home, "ingest", files, *whose)[1]
        exported = exports.parent / f"exported-{merchant}.csv"
        printed[f"export {merchant}"] = run("--home", home, "quarantine", *whose, "--export", exported)[1]
        printed[f"exported {merchant}"] = exported.read_text(encoding="utf-8-sig")
        corrections = exports.parent / f"corrections-{merchant}.csv"
        corrections.write_text(_corrected(printed[f"exported {merchant}"], persons[merchant]), encoding="utf-8")
        printed[f"corrections {merchant}"] = run("--home", home, "ingest", corrections, *whose, "--json")[1]
    printed["build"] = run("--home", home, "build", "--json")[1]
    for merchant in _ZONES:
        printed[f"report {merchant}"] = run("--home", home, "report", "--merchant", merchant)[1]
    return printed


def _corrected(exported: str, persons: list[Person]) -> str:
    """The export, with words of planted persons as what should have stood there."""
    rows = list(csv.DictReader(io.StringIO(exported, newline="")))
    for number, row in enumerate(rows):
        person = persons[number % len(persons)]
        row["corrected"] = person.text(number) if number % 2 else person.name
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def look_around(home: Path) -> dict[str, str]:
    """What the commands that show and the pages of the dashboard say of a home."""
    shown = {name: run("--home", home, *command)[1] for name, command in _LOOKS.items()}
    return shown | dict(_pages(home))


def _pages(home: Path) -> Iterator[tuple[str, str]]:
    import dash
    from plotly.utils import PlotlyJSONEncoder

    from dashboards.app import create_app

    app = create_app(home)
    for page in list(dash.page_registry.values()):
        for merchant in _ZONES:
            with app.server.test_request_context(page["path"] or "/"):
                layout = page["layout"](merchant=merchant) if callable(page["layout"]) else page["layout"]
            yield f"page {page['path']} of {merchant}", json.dumps(layout, cls=PlotlyJSONEncoder, ensure_ascii=False)


def complaints(home: Path, merchant: str, planted: Planted, told: list[dict]) -> Iterator[str]:
    """Planted files that became something else than they must, and sources of which no planted record is in ``raw``.

    Args:
        home: the home, which nobody writes now.
        merchant: whose files.
        planted: what was planted.
        told: what ``ingest --json`` said of them.
    """
    import duckdb

    from pipelines.ingest.landing import raw_table
    from pipelines.sources import all_sources

    found = {Path(file["path"]).name: file["status"] for file in told}
    for name, status in planted.statuses.items():
        # A name that looks like an address is not told as it is.
        if "@" not in name and found.get(name) != status:
            yield f"{name} is {found.get(name)} and must be {status}"
    if sorted(found.values()).count("refused") != list(planted.statuses.values()).count("refused"):
        yield f"refused: {[name for name, status in found.items() if status == 'refused']}"
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        for source, marks in planted.marks.items():
            name = raw_table(all_sources()[source]).full_name
            query = f"select rows::varchar from {name} as rows where merchant_id = $1"
            rows = connection.execute(query, [merchant]).fetchall()
            absent = sorted(mark for mark in marks if not any(mark in row for (row,) in rows))
            if absent:
                yield f"{source}: planted records are not in raw: {absent[:5]}"


def pseudonyms_of(home: Path, merchant: str, email: str, phone: str) -> set[str]:
    """The pseudonyms of a person in a home."""
    from pipelines.privacy import merchant_key, pseudonym_of

    key = merchant_key(bytes.fromhex((home / "key").read_text(encoding="ascii").strip()), merchant)
    made = (pseudonym_of(email, "email", key), pseudonym_of(phone, "phone", key))
    return {pseudonym for pseudonym in made if pseudonym}
