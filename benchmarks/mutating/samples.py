"""Whole files of every source, from which spoiled ones are made.

They are the samples of the tests, exports of the demo shops, templates of the contracts, and Parquet made from some.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.mutating.recount import read_table
from pipelines.simulate.files import in_load_order

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

DATA = Path(__file__).resolve().parents[2] / "tests" / "data"
_NO_SOURCES = ("quality", "reports")
_MOST_REPEATS = 400


@dataclass(frozen=True)
class Sample:
    """A file that loads.

    Attributes:
        name: its name, with the ending that tells its kind.
        source: the source that reads it.
        kind: ``table``, ``json``, ``lines`` (JSON Lines), ``toml`` or ``parquet``.
        data: its bytes.
        mapping: the mapping file that it is loaded through, or None.
        parts: of a table in UTF-8: the text above and of the header, and each record with its line break.
    """

    name: str
    source: str
    kind: str
    data: bytes
    mapping: Path | None = None
    parts: tuple[str, tuple[str, ...]] | None = None

    def piece(self, random: Random, most_records: int) -> bytes:
        """The sample, or a part of its records in their order; few records are repeated to make many."""
        if self.parts is None:
            return self.data
        head, records = self.parts
        wanted = max(1, int(most_records ** random.random()))
        start = random.randrange(len(records))
        turned = [*records[start:], *records[:start]]
        many = turned * min(_MOST_REPEATS, -(-wanted // len(turned)))
        return (head + "".join(many[:wanted])).encode()


def all_samples(exports: Path) -> list[Sample]:
    """Every sample of the tests, and the files of a folder of ``keeprate simulate``.

    Args:
        exports: the folder, one below it for each merchant.
    """
    found = [
        _sample(path, path.parent.name)
        for path in sorted(DATA.glob("*/*"))
        if path.parent.name not in _NO_SOURCES and not (path.parent.name == "generic" and path.suffix == ".toml")
    ]
    found += [
        _sample(file.path, file.source)
        for folder in sorted(exports.iterdir())
        if folder.name != "truth"
        for file in in_load_order(folder.iterdir())
    ]
    templates = _templates()
    return found + templates + [_as_parquet(sample) for sample in (*templates, *found) if sample.name in _PARQUET]


_PARQUET = ("orders-template.csv", "return_lines-template.csv", "wholesale_lines.csv", "default_2024.csv")


def by_source(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Samples by the source that reads them, in the order of names."""
    found: dict[str, list[Sample]] = {}
    for sample in sorted(samples, key=lambda sample: sample.source):
        found.setdefault(sample.source, []).append(sample)
    return found


def _sample(path: Path, source: str) -> Sample:
    data = path.read_bytes()
    mapping = path.with_suffix(".toml") if path.parent.name == "generic" else None
    kind = {".json": "json", ".jsonl": "lines", ".toml": "toml"}.get(path.suffix, "table")
    parts = _parts(data, path.name) if kind in ("table", "lines") else None
    return Sample(path.name, source, kind, data, mapping, parts)


def _parts(data: bytes, name: str) -> tuple[str, tuple[str, ...]] | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if name.endswith(".jsonl"):
        return "", tuple(line for line in text.splitlines(keepends=True) if line.strip())
    table = read_table(text, has_quotes='"' in text.partition("\n")[0] or "\t" not in text.partition("\n")[0])
    if not table.records:
        return None
    return text[: table.records[0].start], tuple(text[record.start : record.end] for record in table.records)


def _templates() -> list[Sample]:
    from pipelines.contracts import all_contracts
    from pipelines.templates import template

    made = []
    for entity in all_contracts():
        text = template(entity)
        made.append(
            Sample(f"{entity}-template.csv", "generic", "table", text.encode(), None, _parts(text.encode(), "a.csv"))
        )
    return made


def _as_parquet(sample: Sample) -> Sample:
    import pyarrow
    import pyarrow.parquet

    text = sample.data.decode("utf-8-sig")
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    sign = ";" if ";" in lines[0] else ","
    names, *rows = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=sign)
    columns = {name: [row[position] for row in rows if row] for position, name in enumerate(names)}
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), stream)
    name = Path(sample.name).stem + ".parquet"
    return Sample(name, sample.source, "parquet", stream.getvalue(), sample.mapping)
