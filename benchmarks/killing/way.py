"""The way that is walked: a home with three merchants, files of every source, and the commands of some days.

A step is a command with what lies in the inboxes before it. Files have fixed contents, names and times, so that every
walk over the way ends in the same tables.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.shop_homes import write_shops
from pipelines.simulate import SHOPS, simulate
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SAMPLES = Path(__file__).resolve().parents[2] / "tests" / "data"
SAMPLES_MERCHANT = "samples"
DAYS = (dt.date(2026, 10, 31), dt.date(2026, 11, 1))
_MOMENT = dt.datetime(2026, 11, 2, tzinfo=dt.UTC).timestamp()
_FIXED_KEY = "5" * 64 + "\n"
_MENDED = "2026-10-15"
_GENERIC = "order_id,placed_date,currency_code,total_amount\n1,2026-10-14,USD,10.00\n2,soon,USD,20.00\n"


@dataclass(frozen=True)
class Step:
    """A command and what appears before it.

    Attributes:
        name: for the figures.
        arguments: behind ``keeprate --home HOME``.
        drops: file in the merchant's inbox (``merchant/name``) -> the file that is copied there.
    """

    name: str
    arguments: tuple[str, ...]
    drops: Mapping[str, Path] = field(default_factory=dict)


def prepare(folder: Path, orders: int, *, is_short: bool = False) -> list[Step]:
    """Write the exports into ``folder`` and return the way; ``folder/home`` is the home that each walk copies.

    Args:
        folder: where nothing is yet.
        orders: of both shops together.
        is_short: one merchant and no full build, for a test.
    """
    for day in DAYS:
        simulate(folder / day.isoformat(), orders=orders, seed=7, until=day, months=2)
    _write_samples(folder / SAMPLES_MERCHANT)
    (folder / "late").mkdir()
    (folder / "late" / "late.csv").write_text(_GENERIC, encoding="utf-8")
    (folder / "late" / "unknown.csv").write_text("colour,shape\nred,round\n", encoding="utf-8")
    _write_home(folder / "home")
    merchant_id = SHOPS[0].merchant_id if is_short else SAMPLES_MERCHANT
    _write_corrections(folder, folder / "late" / "late.csv", merchant_id)
    for path in folder.rglob("*"):
        os.utime(path, (_MOMENT, _MOMENT))
    return list((_short_way if is_short else _way)(folder))


def _write_home(home: Path) -> None:
    from pipelines.settings import new_merchant, write_home

    write_shops(home)
    write_home(home, new_merchant(home, SAMPLES_MERCHANT))
    # One key for all walks, or pseudonyms would tell them apart.
    (home / "key").write_text(_FIXED_KEY, encoding="ascii")


def _write_samples(folder: Path) -> None:
    """Every sample file of the tests under one roof, its source in its name."""
    folder.mkdir()
    for source in all_sources():
        for path in sorted((SAMPLES / source).glob("*")):
            # Corrections that did not apply are looked at anew whenever they are given again, which a kill asks for.
            if source not in ("generic", "corrections") and path.is_file():
                shutil.copyfile(path, folder / f"{source}-{path.name}")


def _write_corrections(folder: Path, broken: Path, merchant_id: str) -> None:
    """The corrections file of a file with a broken record, as a person exports and fills it."""
    from pipelines.ingest.run import IngestOptions, ingest_files
    from pipelines.quarantine.export import export
    from pipelines.quarantine.reading import Wanted, store_of
    from pipelines.settings import load_settings
    from pipelines.warehouse import open_warehouse

    scratch = folder / "scratch"
    shutil.copytree(folder / "home", scratch)
    settings, exported = load_settings(scratch), folder / "exported.csv"
    with open_warehouse(settings, "kills") as warehouse:
        list(ingest_files(warehouse, settings.merchant(merchant_id), [broken], IngestOptions()))
        export(store_of(warehouse), Wanted(merchant_id), exported)
    shutil.rmtree(scratch)
    rows = list(csv.DictReader(io.StringIO(exported.read_text(encoding="utf-8-sig"), newline="")))
    exported.unlink()
    with (folder / "corrections.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"corrected": _MENDED} for row in rows)


def _mending(folder: Path, merchant_id: str) -> Step:
    return Step("corrections", ("ingest", str(folder / "corrections.csv"), "--merchant", merchant_id))


def _erasing(folder: Path, exports: Path, merchant_id: str) -> Step:
    """The customer of the first order is erased."""
    with next((exports / merchant_id).glob("orders-*.csv")).open(encoding="utf-8-sig", newline="") as stream:
        email = next(csv.DictReader(stream))["Customer Email"]
    return Step("erase", ("erase", "--merchant", merchant_id, "--email", email, "--yes"))


def _way(folder: Path) -> Iterator[Step]:
    first, second = (folder / day.isoformat() for day in DAYS)
    one, other = (shop.merchant_id for shop in SHOPS)
    yield Step("ingest", ("ingest", str(first / one), "--merchant", one))
    yield Step("ingest", ("ingest", str(folder / SAMPLES_MERCHANT), "--merchant", SAMPLES_MERCHANT))
    yield Step("build", ("build",))
    late = {f"{SAMPLES_MERCHANT}/{path.name}": path for path in sorted((folder / "late").iterdir())}
    yield Step("inbox and build", ("build",), _all_of(second, one) | _all_of(second, other) | late)
    yield Step("build --full", ("build", "--full"))
    for merchant_id in (one, other):
        yield Step("report", ("report", "--merchant", merchant_id))
    yield _mending(folder, SAMPLES_MERCHANT)
    yield Step("build", ("build",))
    yield _erasing(folder, first, one)
    yield Step("build", ("build",))


def _short_way(folder: Path) -> Iterator[Step]:
    first, second = (folder / day.isoformat() for day in DAYS)
    merchant_id = SHOPS[0].merchant_id
    yield Step("ingest", ("ingest", str(first / merchant_id), "--merchant", merchant_id))
    yield Step("build", ("build",))
    late = {f"{merchant_id}/late.csv": folder / "late" / "late.csv"}
    yield Step("inbox and build", ("build",), _all_of(second, merchant_id) | late)
    yield Step("report", ("report", "--merchant", merchant_id))
    yield _mending(folder, merchant_id)
    yield _erasing(folder, first, merchant_id)


def _all_of(exports: Path, merchant_id: str) -> dict[str, Path]:
    return {f"{merchant_id}/{path.name}": path for path in sorted((exports / merchant_id).iterdir())}


def drop(home: Path, step: Step) -> None:
    """Put the step's files into the inboxes, with the times that they have."""
    for name, path in step.drops.items():
        shutil.copy2(path, home / "inbox" / name)
