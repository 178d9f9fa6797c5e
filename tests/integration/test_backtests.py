"""A made-up generic history through the command line: backtests with dates of returns and without, and refusals."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from made_up_history import FIRST, made_up_history

from pipelines.backtests.documents import all_keys
from pipelines.cli.parser.running import run as run_here

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference" / "json.md"
CUTOFF = "2025-07-07"


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call keeprate in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "--home", str(home), *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


def ask(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call a backtest in this process: it only reads."""
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        status = run_here(["--home", str(home), "backtest", *arguments])
    return subprocess.CompletedProcess(arguments, status, said.getvalue(), told.getvalue())


def document(home: Path, *arguments: str) -> Any:
    """What a backtest prints for a program."""
    done = ask(home, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    """A CSV file in the header of a contract."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])


def export(folder: Path, *, is_dated: bool, units: int) -> None:
    """Write products, orders, their lines and returns of a made-up shop of 5,000 orders of a line, a file each."""
    history = made_up_history(lines=5000, skus=20, days=240)
    known = dict(history.returns.select("line", "known_date").iter_rows())
    orders, lines, returns = [], [], []
    for line, product, placed in history.lines.select("line", "product_id", "placed_date").iter_rows():
        order = f"O{line}"
        orders.append([order, placed, f"{placed}T10:00:00", "EUR", "20.00", "Completed"])
        lines.append([order, "1", product, product, units, "EUR", f"{20 / units:.2f}"])
        if line in known:
            day, moment = (known[line], f"{known[line]}T12:00:00") if is_dated else ("", "")
            returns.append([f"R{line}", order, "1", product, units, day, moment, "too small"])
    named = history.lines.select("product_id", "brand", "category").unique().sort("product_id").rows()
    products = [[product, "-", product, category, brand] for product, brand, category in named]
    headers = {
        "products": "product_id variant_id product_name category_path brand",
        "orders": "order_id placed_date placed_at currency_code total_amount status_raw",
        "order_lines": "order_id order_line_id product_id product_name quantity currency_code unit_price_amount",
        "return_lines": (
            "return_line_id order_id order_line_id product_id quantity requested_date requested_at reason_raw"
        ),
    }
    rows = {"products": products, "orders": orders, "order_lines": lines, "return_lines": returns}
    for entity, header in headers.items():
        write(folder / f"{entity}.csv", header.split(), rows[entity])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one history twice: with dates of returns (acme), and without, of four units a line (bare)."""
    folder = tmp_path_factory.mktemp("backtests")
    home = folder / "home"
    for merchant, is_dated in (("acme", True), ("bare", False)):
        assert run(home, "init", "--merchant", merchant, "--timezone", "UTC", "--currency", "EUR").returncode == 0
        files = folder / merchant
        files.mkdir()
        export(files, is_dated=is_dated, units=1 if is_dated else 4)
        loaded = run(home, "ingest", str(files), "--merchant", merchant)
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    built = run(home, "build")
    assert built.returncode == 0, built.stdout + built.stderr
    return home


def described(command: str) -> set[str]:
    """Keys that the reference names for a backtest; what all begin with stands under the first."""
    text = REFERENCE.read_text(encoding="utf-8")
    sections = [
        text.partition(f"## `keeprate backtest {name}")[2].partition("\n## ")[0] for name in ("maturity", command)
    ]
    return set(re.findall(r"`([\w]+)`", "".join(sections)))


def test_maturity_of_several_days(home: Path) -> None:
    """Days behind one option and options repeated are the same; young cohorts are judged by their ends."""
    days = ["2025-05-05", "2025-06-02"]
    one = document(home, "maturity", "--merchant", "acme", "--as-of", *days)
    other = document(home, "maturity", "--merchant", "acme", "--as-of", days[0], "--as-of", days[1])
    assert one == other
    assert one["status"] == "judged"
    assert [day["as_of"] for day in one["as_of"]] == days
    figures = {row["ages"]: row for row in one["figures"]}
    assert figures["all"]["cohort_count"] == sum(row["is_judged"] for row in one["cohorts"]) >= 5
    assert abs(figures["all"]["bias"]) < abs(figures["all"]["observed_bias"])
    assert all_keys([one]) - described("maturity") == set()


@pytest.mark.parametrize("unit", ["product", "variant", "brand"])
def test_product_risk_with_dates(home: Path, unit: str) -> None:
    """Units with lines enough on both sides are ranked better than by chance."""
    found = document(home, "product-risk", "--merchant", "acme", "--cutoff", CUTOFF, "--unit", unit)
    assert all_keys([found]) - described("product-risk") == set()
    assert found["unit_count_judged"] == len(found["units"])
    assert found["by_units"] is None
    if found["status"] == "judged":
        assert found["spearman"] > 0.3
        assert {row["level"] for row in found["coverage"]} == {0.8, 0.9}
        assert min(row["line_count_before"] for row in found["units"]) >= 30


def test_product_risk_without_dates(home: Path) -> None:
    """Refused with what to do; with a lag nothing younger than it is learned from."""
    refused = ask(home, "product-risk", "--merchant", "bare", "--cutoff", CUTOFF)
    assert refused.returncode == 3
    assert "--label-lag" in refused.stderr
    found = document(home, "product-risk", "--merchant", "bare", "--cutoff", CUTOFF, "--label-lag", "30")
    assert found["status"] == "judged"
    assert found["undated_returned_quantity"] == found["returned_quantity"] > 0
    assert found["spearman"] > 0.3
    # Every line holds four units, so their rate is that of lines.
    assert found["by_units"]["spearman"] == pytest.approx(found["spearman"])
    assert {row["quantity_before"] / row["line_count_before"] for row in found["units"]} == {4.0}
    assert all_keys([found]) - described("product-risk") == set()
    assert document(home, "product-risk", "--merchant", "bare", "--cutoff", CUTOFF, "--label-lag", "30") == found


def test_maturity_without_dates(home: Path) -> None:
    """A label that is known after 30 days makes every cohort whole or unknown."""
    found = document(home, "maturity", "--merchant", "bare", "--as-of", "2025-06-02", "--label-lag", "30")
    assert found["label_lag_days"] == 30
    assert found["status"] == "judged"


def test_early_warning(home: Path) -> None:
    """Weekly looks over the history, and the truth-known repetitions, reproducibly."""
    found = document(home, "early-warning", "--merchant", "acme", "--repetitions", "1")
    assert found["status"] == "judged"
    assert found["nothing_happens"]["repetitions"] == 1
    assert all_keys([found]) - described("early-warning") == set()
    assert len(found["weeks"]) > 20
    several = document(home, "early-warning", "--repetitions", "0")
    assert [one["merchant"] for one in several] == ["acme", "bare"]
    assert [one["status"] for one in several] == ["judged", "not_enough_evidence"]


def test_words_for_people(home: Path) -> None:
    """A table and a sentence for each figure."""
    for arguments in (
        ("maturity", "--as-of", "2025-06-02"),
        ("product-risk", "--cutoff", CUTOFF),
        ("early-warning", "--repetitions", "0"),
    ):
        done = ask(home, *arguments, "--merchant", "acme")
        assert done.returncode == 0, done.stderr
        assert "Not wound back:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("maturity", "--merchant", "acmee", "--as-of", "2025-06-02"), 2, "did you mean acme"),
        (("maturity", "--merchant", "acme", "--as-of", "2019-01-01"), 3, "outside of the history"),
        (("product-risk", "--merchant", "acme", "--cutoff", "2031-01-01"), 3, "outside of the history"),
        (("product-risk", "--merchant", "acme", "--cutoff", "tomorrow"), 2, "not a date"),
        (("product-risk", "--merchant", "acme", "--cutoff", CUTOFF, "--unit", "shelf"), 2, "shelf"),
        (("maturity", "--merchant", "acme"), 2, "--as-of"),
    ],
)
def test_refusals_say_what_to_do(home: Path, arguments: tuple[str, ...], status: int, said: str) -> None:
    """Never a traceback; for programs the same as an object."""
    done = ask(home, *arguments, "--json")
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["error"]["status"] == status


def test_too_little_is_no_evidence(home: Path) -> None:
    """A cutoff after nearly all orders, and one after the first day."""
    for day in (FIRST + timedelta(days=1), FIRST + timedelta(days=236)):
        found = document(home, "product-risk", "--merchant", "acme", "--cutoff", str(day))
        assert found["status"] == "not_enough_evidence"
        assert found["spearman"] is None
        assert found["reason"]
