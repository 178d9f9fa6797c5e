"""A million spoiled lines over all sources: is every file refused with its reason, or every record accounted for?

``python -m benchmarks.mutated --lines 1000000 --seed 7``. Samples and exports of every source are spoiled by a seeded
generator (``benchmarks.mutating``) and led through the real ingest, many files a home, in a process of its own whose
memory is watched; each file is judged by an independent reading of its bytes. Then what was loaded is built.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import python, run_to_its_end
from pipelines.simulate import simulate

MOST_GIGABYTES = 1.5
UNTIL = dt.date(2026, 11, 1)
DEFECT_STATUS = 3
"""Exit status of ``keeprate build`` that is no word on data: a defect, or it could not run."""


@dataclass
class Total:
    """What all rounds found; see :class:`benchmarks.mutating.round.Found`.

    Attributes:
        counts: numbers that add up, by name.
        tallies: counters that add up, by name.
        sources: counters by source, see the same of a round.
        troubles: tracebacks, complaints, slow files, failed builds, memory above its limit, sources without a spoiled
            line, in words.
        peak_bytes: largest resident memory of a process that ingested.
        build_peak_bytes: of one that built.
        builds: statuses of the builds.
    """

    counts: Counter[str] = field(default_factory=Counter)
    tallies: dict[str, Counter[str]] = field(default_factory=dict)
    sources: dict[str, Counter[str]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    peak_bytes: int = 0
    build_peak_bytes: int = 0
    builds: Counter[str] = field(default_factory=Counter)

    def add(self, found: dict) -> None:
        """Add what a round found."""
        for name in (
            "lines",
            "given_lines",
            "loaded",
            "records_in",
            "records_loaded",
            "records_quarantined",
            "seconds",
        ):
            self.counts[name] += found[name]
        for name in ("files", "refused", "rules"):
            self.tallies.setdefault(name, Counter()).update(found[name])
        for source, counts in found["sources"].items():
            self.sources.setdefault(source, Counter()).update(counts)
        for kind in ("tracebacks", "complaints"):
            self.counts[kind] += len(found[kind])
            self.troubles += [f"{kind[:-1]}: {name} ({how}): {words}" for name, how, words in found[kind]]
        self.troubles += [f"slow: {name}: {seconds:.0f} s" for name, seconds in found["slow"]]

    def judge(self, most_gigabytes: float) -> None:
        """Note as troubles what only the whole shows: memory, and sources of which nothing was spoiled."""
        if self.peak_bytes > most_gigabytes * 1e9:
            self.troubles.append(f"memory: {self.peak_bytes / 1e9:.2f} GB of a process that ingests")
        self.troubles += [f"no spoiled line of {source}" for source, told in self.sources.items() if not told["lines"]]


def main() -> int:
    """Run rounds until enough lines were given, print what was found; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutated", description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000, help="spoiled lines of tables")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--round", type=int, default=250_000, help="lines a home; a build ends each")
    parser.add_argument("--records", type=int, default=40_000, help="most records of a file; most have far fewer")
    parser.add_argument("--orders", type=int, default=4000, help="orders of the simulated exports that are spoiled")
    parser.add_argument("--memory", type=float, default=MOST_GIGABYTES, help="most GB of a process that ingests")
    parser.add_argument("--keep", type=Path, help="where files that make trouble are kept")
    parser.add_argument("--first", type=int, default=0, help="number of the first file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keep = options.keep or folder / "keep"
        keep.mkdir(parents=True, exist_ok=True)
        exports = folder / "exports"
        simulate(exports, orders=options.orders, seed=options.seed, until=UNTIL)
        total = run(
            folder, exports, options.lines, options.seed, options.round, keep, options.first, options.records,
            options.memory,
        )  # fmt: skip
    print(report(total))
    return 1 if total.troubles else 0


def run(
    folder: Path,
    exports: Path,
    lines: int,
    seed: int,
    a_round: int,
    keep: Path,
    first: int = 0,
    most_records: int = 40_000,
    most_gigabytes: float = MOST_GIGABYTES,
) -> Total:
    """Rounds, each in a home of its own and followed by a build.

    Args:
        folder: where to work.
        exports: folder of ``keeprate simulate``.
        lines: spoiled lines to give in all.
        seed: of the spoiling.
        a_round: spoiled lines a home.
        keep: folder for files that make trouble.
        first: number of the first file.
        most_records: of a file.
        most_gigabytes: more memory of a process that ingests is a trouble.
    """
    total = Total()
    while total.counts["lines"] < lines:
        home, found = folder / "round" / "home", folder / "found.json"
        stated = {
            "home": str(home), "exports": str(exports), "seed": seed, "first": first, "keep": str(keep),
            "most_records": most_records,
            "lines": min(a_round, lines - total.counts["lines"]), "report": str(found),
        }  # fmt: skip
        started = time.perf_counter()
        ended = run_to_its_end(python("-m", "benchmarks.mutating.round", json.dumps(stated)))
        total.counts["wall seconds"] += int(time.perf_counter() - started)
        total.peak_bytes = max(total.peak_bytes, ended.usage.peak_bytes)
        if ended.status:
            total.troubles.append(f"a round ended with {ended.status}: {(ended.printed + ended.errors)[-2000:]}")
            break
        told = json.loads(found.read_text(encoding="utf-8"))
        first = told["next"]
        total.add(told["found"])
        _build(home, total)
        print(f"{total.counts['lines']:,} lines, {len(total.troubles)} troubles, next file {first}", flush=True)
        shutil.rmtree(folder / "round")
    total.judge(most_gigabytes)
    return total


def _build(home: Path, total: Total) -> None:
    ended = run_to_its_end(python("-m", "pipelines.cli", "--home", str(home), "build", "--json"))
    output = ended.printed + ended.errors
    total.build_peak_bytes = max(total.build_peak_bytes, ended.usage.peak_bytes)
    total.builds[f"status {ended.status}"] += 1
    if ended.status >= DEFECT_STATUS or "Traceback" in output or '"failed"' in output:
        total.troubles.append(f"a build ended with {ended.status}: {output[-3000:]}")


def report(total: Total) -> str:
    """The figures in words."""
    counts, files, refused = (
        total.counts,
        total.tallies.get("files", Counter()),
        total.tallies.get("refused", Counter()),
    )
    lines = [
        f"{counts['lines']:,} spoiled lines of tables ({counts['given_lines']:,} given); {files.total():,} files: "
        + ", ".join(f"{count:,} {kind}" for kind, count in files.most_common()),
        f"{refused.total():,} files refused, {counts['loaded']:,} loaded: {counts['records_in']:,} records in ="
        f" {counts['records_loaded']:,} loaded + {counts['records_quarantined']:,} quarantined",
        f"{counts['tracebacks']} tracebacks, {counts['complaints']} complaints of the judgement",
        f"peak memory {total.peak_bytes / 2**20:,.0f} MB (ingest), {total.build_peak_bytes / 2**20:,.0f} MB (build)",
        f"{counts['seconds']:,.0f} s of ingest, {counts['wall seconds']:,} s with making and judging",
        "builds: " + ", ".join(f"{count} x {status}" for status, count in total.builds.items()),
        "spoiled lines, files, loaded and refused by source:",
        *(
            f"  {told['lines']:9,}  {told['files']:6,}  {told['loaded']:6,}  {told['refused']:6,}  {source}"
            for source, told in total.sources.items()
        ),
        "refused:",
        *(f"  {count:6,}  {reason}" for reason, count in refused.most_common()),
        "quarantined rows:",
        *(f"  {count:6,}  {rule}" for rule, count in total.tallies.get("rules", Counter()).most_common(60)),
    ]
    return "\n".join([*lines, *(["troubles:", *total.troubles] if total.troubles else ["no trouble"])])


if __name__ == "__main__":
    sys.exit(main())
