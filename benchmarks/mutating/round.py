"""One round: a new home with two merchants, spoiled files through the real ingest, each judged.

``python -m benchmarks.mutating.round`` is run by ``benchmarks.mutated`` in a process of its own, whose memory it
watches; what was found is written as JSON.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from benchmarks.mutating.judgement import complaints
from benchmarks.mutating.mutations import mutated, spoiled_line_count
from benchmarks.mutating.samples import Sample, all_samples, by_source

if TYPE_CHECKING:
    from pipelines.ingest.result import FileResult
    from pipelines.warehouse import Warehouse

MERCHANTS = {"fashion": "America/New_York", "home": "Asia/Taipei"}
SLOW_SECONDS = 20.0


@dataclass
class Found:
    """What a round found.

    Attributes:
        lines: spoiled lines of the tables that were given to ingest: those that do not stand in the original.
        given_lines: all lines of these tables.
        sources: by source ``files``, ``loaded``, ``refused``, ``lines`` (spoiled ones, of documents too).
        files: files given to ingest, by kind.
        refused: refused files by reason, numbers in it left out.
        loaded: files that were loaded.
        records_in: records of these.
        records_loaded: of these, loaded.
        records_quarantined: of these, quarantined whole.
        rules: quarantined rows by rule.
        tracebacks: what ended in anything but words: file, ways of spoiling, error.
        complaints: what the judgement says: file, ways of spoiling, words.
        slow: files that took long, with their seconds.
        seconds: of ingest, judgement left out.
    """

    lines: int = 0
    given_lines: int = 0
    sources: dict[str, Counter[str]] = field(default_factory=dict)
    files: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    loaded: int = 0
    records_in: int = 0
    records_loaded: int = 0
    records_quarantined: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    tracebacks: list[tuple[str, str, str]] = field(default_factory=list)
    complaints: list[tuple[str, str, str]] = field(default_factory=list)
    slow: list[tuple[str, float]] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Spoiled:
    """A spoiled file.

    Attributes:
        sample: what it was made from.
        merchant: whose it is.
        original: its bytes before they were spoiled.
        data: its bytes.
        ways: names of what was done to it.
    """

    sample: Sample
    merchant: str
    original: bytes
    data: bytes
    ways: list[str]


def spoiled_file(samples: dict[str, list[Sample]], seed: int, number: int, most_records: int) -> Spoiled:
    """The spoiled file of a number: the sources take turns, and the samples of a source.

    The same seed and number give the same file, so that one that makes trouble is made again by itself.

    Args:
        samples: by source.
        seed: of the whole run.
        number: of the file.
        most_records: of the file.
    """
    random = Random(f"{seed}:{number}")  # noqa: S311 - nothing secret
    sources = list(samples)
    of_source = samples[sources[number % len(sources)]]
    sample = of_source[number // len(sources) % len(of_source)]
    merchant = random.choice(list(MERCHANTS))
    original = _marked(sample.piece(random, most_records), sample, merchant, random)
    return Spoiled(sample, merchant, original, *mutated(original, sample.kind, random))


def _marked(data: bytes, sample: Sample, merchant: str, random: Random) -> bytes:
    """Some tables get a column that no source knows, with the merchant's mark in every record."""
    if sample.parts is None or sample.kind != "table" or random.random() > 0.3:
        return data
    sign = max((b",", b"\t", b";"), key=data.partition(b"\n")[0].count)
    lines = data.split(b"\n")
    if data.count(b'"') or any(line.startswith(b"#") for line in lines):
        return data
    mark = [b"shop mark", *[f"mark-{merchant}".encode()] * (len(lines) - 1)]
    return b"\n".join(
        line.removesuffix(b"\r") + sign + text + b"\r" * line.endswith(b"\r") if line.strip() else line
        for line, text in zip(lines, mark, strict=True)
    )


def run_round(
    home: Path, exports: Path, seed: int, first: int, lines: int, keep: Path, most_records: int
) -> tuple[Found, int]:
    """Give spoiled files to a new home until their tables have so many spoiled lines and every source had its turn.

    Args:
        home: where the home is made.
        exports: folder of ``keeprate simulate``.
        seed: of the whole run.
        first: number of the first file.
        lines: spoiled lines of tables to give.
        keep: folder into which files that make trouble are copied.
        most_records: of a file.

    Returns:
        What was found, and the number of the next file.
    """
    from pipelines.settings import load_settings, new_merchant, write_home
    from pipelines.warehouse import open_warehouse

    for merchant, timezone in MERCHANTS.items():
        write_home(home, new_merchant(home, merchant, timezone=timezone))
    settings = load_settings(home)
    samples, found, number = by_source(all_samples(exports)), Found(), first
    found.sources = {source: Counter() for source in samples}
    folder = home.parent / "given"
    folder.mkdir(exist_ok=True)
    with open_warehouse(settings, "mutated files") as warehouse:
        while found.lines < lines or number - first < len(samples):
            spoiled = spoiled_file(samples, seed, number, most_records)
            path = folder / f"{number:06}-{spoiled.sample.name}{_packed_ending(spoiled.data)}"
            path.write_bytes(spoiled.data)
            _count_lines(spoiled, found)
            if not _give(warehouse, path, spoiled, found):
                (keep / path.name).write_bytes(spoiled.data)
            path.unlink()
            number += 1
        for words in _mixed_up(warehouse):
            found.complaints.append(("all files", "", words))
    return found, number


def _packed_ending(data: bytes) -> str:
    return ".gz" if data[:2] == b"\x1f\x8b" else ".zip" if data[:2] == b"PK" else ""


def _count_lines(spoiled: Spoiled, found: Found) -> None:
    sample, counts = spoiled.sample, found.sources[spoiled.sample.source]
    found.files[sample.kind] += 1
    counts["files"] += 1
    if sample.kind != "parquet":
        lines = spoiled_line_count(spoiled.original, spoiled.data, spoiled.ways)
        counts["lines"] += lines
        if sample.kind == "table":
            found.lines += lines
            found.given_lines += spoiled.data.count(b"\n")


def _give(warehouse: Warehouse, path: Path, spoiled: Spoiled, found: Found) -> bool:
    """Ingest a file and judge what became of it; False where something is wrong."""
    from pipelines.ingest.run import IngestOptions, ingest_files

    how, sample = ", ".join(spoiled.ways), spoiled.sample
    start = time.perf_counter()
    try:
        merchant = warehouse.settings.merchants[spoiled.merchant]
        (result,) = ingest_files(warehouse, merchant, [path], IngestOptions(mapping=sample.mapping))
    except Exception:
        found.tracebacks.append((path.name, how, traceback.format_exc(limit=-4)[-1500:]))
        return False
    seconds = time.perf_counter() - start
    found.seconds += seconds
    if seconds > SLOW_SECONDS:
        found.slow.append((path.name, seconds))
    if result.status == "already loaded":
        return True
    found.sources[sample.source][result.status] += 1
    try:
        wrong = list(complaints(warehouse, result, spoiled.data, sample.kind))
    except Exception:
        wrong = [f"the judgement broke: {traceback.format_exc(limit=-2)[-700:]}"]
    found.complaints += [(path.name, how, words) for words in wrong]
    _count(result, found)
    return not wrong


def _count(result: FileResult, found: Found) -> None:
    if result.status == "refused":
        found.refused[_reason(result)] += 1
        return
    found.loaded += 1
    found.records_in += result.records_in
    found.records_loaded += result.records_loaded
    found.records_quarantined += result.records_quarantined
    for rule in result.quarantine:
        found.rules[f"{result.source}: {rule['rule']}"] += int(str(rule["count"]))


def _reason(result: FileResult) -> str:
    import re

    words = str((result.error or {}).get("found") or result.message)
    words = re.sub(r"[(;:].*", "", words.replace("\n", " "))
    return re.sub(r"\d[\d,]*", "N", words)[:60].strip()


def _mixed_up(warehouse: Warehouse) -> list[str]:
    """Rows of one merchant's file under another merchant, rows of files that the ledger does not know."""
    words = []
    tables = warehouse.connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables where table_type = 'BASE TABLE'"
        " and (table_schema in ('raw', 'staging') or table_name = 'rows') order by all"
    ).fetchall()
    for (table,) in tables:
        if table == "raw.files":
            continue
        strangers = warehouse.one(
            f"select count(*) filter (where files.file_id is null),"
            f" count(*) filter (where files.merchant_id <> rows.merchant_id),"
            f" count(*) filter (where files.file_id is not null and"
            f" regexp_extract(rows::varchar, 'mark-(fashion|home)', 1) not in ('', files.merchant_id))"
            f" from {table} as rows left join raw.files as files using (file_id)"
        )
        if strangers != (0, 0, 0):
            words.append(f"{table}: {strangers} rows of no file, of another merchant, with another's mark")
    return words


def main(arguments: list[str]) -> int:
    """Run a round; the arguments are those of :func:`run_round` as one JSON object, with ``report``: where to write."""
    stated = json.loads(arguments[0])
    report = Path(stated.pop("report"))
    for name in ("home", "exports", "keep"):
        stated[name] = Path(stated[name])
    found, number = run_round(**stated)
    report.write_text(json.dumps({"found": vars(found), "next": number}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
