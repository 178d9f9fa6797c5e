"""Planted persons: are any of them found again in a home, whatever is decoded in it?

    python -m benchmarks.canaries [--orders 3000]

A hundred names, streets, telephones and e-mails, English and Chinese, are planted into simulated exports of every kind:
in personal columns, comments, messages and remarks, in rows that are valid, broken, truncated or of unknown columns, in
keys and names of files. The files are loaded, built, reported; every column of every table, every Parquet part, page,
log and file, and what the commands printed, is decoded and searched. Then persons are erased and their pseudonyms are
searched for.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.canary_home import complaints, load, look_around, pseudonyms_of, run
from benchmarks.canary_search import found_in
from benchmarks.planting.exports import plant
from benchmarks.planting.people import people


def main() -> int:
    """Plant, load, search, erase two persons, search again; prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", default="3000")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        exports, home = Path(folder) / "exports", Path(folder) / "home"
        run("simulate", "--output", exports, "--orders", arguments.orders, "--until", "2026-11-01")
        planted = people()
        expected = {merchant: plant(exports / merchant, persons) for merchant, persons in planted.items()}
        printed = load(home, exports, planted)
        printed |= look_around(home)
        wrong = [
            f"{merchant}: {words}"
            for merchant, plan in expected.items()
            for words in complaints(home, merchant, plan, json.loads(printed[f"json {merchant}"]))
        ]
        canaries = {canary for persons in planted.values() for one in persons for canary in one.canaries}
        places = found_in(home, canaries, printed)
        count = 4 * sum(map(len, planted.values()))
        print("\n".join(["files that became something else:", *wrong] if wrong else ["every file became what it must"]))
        print(f"{count} canaries planted, {len({c for found in places.values() for c in found})} found again")
        for place, found in sorted(places.items()):
            print(f"  {place}: {', '.join(sorted(found))}")
        left: dict[str, set[str]] = {}
        for merchant, persons in planted.items():
            pseudonyms = pseudonyms_of(home, merchant, persons[0].email, persons[0].phone)
            status, text = run(
                "--home", home, "erase", "--merchant", merchant, "--email", persons[0].email, "--yes", "--json"
            )
            printed[f"erase {merchant}"] = text
            left |= found_in(home, pseudonyms, {}) if status == 0 else {f"erase {merchant} ended in {status}": set()}
        print(f"2 persons erased, pseudonyms found again in {len(left)} places {sorted(left)}")
    return 1 if places or left or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
