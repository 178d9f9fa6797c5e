"""One simulated world for all tests of the room, read back by a parser that shares no code with the simulator."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulate import SHOPS, SimulationSummary, simulate

UNTIL = dt.date(2026, 11, 1)
DATE_FORMATS = {"fashion": "%d/%m/%Y", "home": "%m/%d/%Y"}
_ITEM_START = re.compile(r"(?:^|\|)(?=Product ID: \d+, Product Qty: )")
_ITEM = re.compile(
    r"Product ID: (?P<id>\d+), Product Qty: (?P<qty>\d+), Product SKU: (?P<sku>.*?), Product Name: (?P<name>.*), "
    r"Product Weight: (?P<weight>\d+\.\d{4}), Product Variation Details: (?P<options>.*), "
    r"Product Unit Price: (?P<unit>\d+\.\d\d), Product Total Price: (?P<total>\d+\.\d\d)",
    re.DOTALL,
)


@dataclass
class Record:
    """One order as read from the file; items is None if its cell does not follow the grammar."""

    line: int
    fields: dict[str, str]
    items: list[dict[str, str]] | None

    def money(self, column: str) -> Decimal:
        return Decimal(self.fields[column])

    @property
    def reconciles(self) -> bool:
        if self.items is None:
            return False
        try:
            lines = [(Decimal(item["unit"]) * int(item["qty"]), Decimal(item["total"])) for item in self.items]
        except InvalidOperation:
            return False
        units = sum(int(item["qty"]) for item in self.items)
        return (
            all(product == total for product, total in lines)
            and units == int(self.fields["Total Quantity"])
            and sum(total for _, total in lines) == self.money("Subtotal (inc tax)")
        )


@dataclass
class World:
    """Everything a simulation wrote, parsed."""

    summary: SimulationSummary
    orders: dict[str, list[Record]]
    returns: dict[str, list[dict[str, str]]]
    returns_truth: dict[str, list[dict[str, str]]]
    truth: dict[str, Any]
    broken: list[dict[str, str]]
    planted: list[dict[str, Any]]
    parcels_truth: list[dict[str, str]]
    parsed: dict[Path, list[dict[str, str]]] = field(default_factory=dict)

    def paths(self, shop: str, source: str) -> list[Path]:
        """The shop's files of one source, the oldest first."""
        return [file.path for file in self.summary.files[shop] if file.source == source]

    def tables(self, shop: str, source: str) -> list[list[dict[str, str]]]:
        """The shop's CSV files of one source, parsed, the oldest first."""
        return [self._table(path) for path in self.paths(shop, source)]

    def truth_table(self, name: str) -> list[dict[str, str]]:
        return self._table(self.summary.output / "truth" / name)

    def _table(self, path: Path) -> list[dict[str, str]]:
        if path not in self.parsed:
            self.parsed[path] = _read_table(path)
        return self.parsed[path]

    def items(self, shop: str) -> list[dict[str, str]]:
        return [item for record in self.orders[shop] for item in record.items or []]

    def date(self, shop: str, text: str) -> dt.date:
        return dt.datetime.strptime(text, DATE_FORMATS[shop]).date()


def _parse_items(cell: str) -> list[dict[str, str]] | None:
    matches = [_ITEM.fullmatch(part) for part in _ITEM_START.split(cell) if part]
    return [match.groupdict() for match in matches] if matches and all(matches) else None


def _read_orders(path: Path) -> list[Record]:
    reader = csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True)
    header = next(reader)
    records, line = [], reader.line_num + 1
    for row in reader:
        fields = dict(zip(header, row, strict=True))
        records.append(Record(line, fields, _parse_items(fields["Product Details"])))
        line = reader.line_num + 1
    return records


def _read_table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True))


def read_world(summary: SimulationSummary) -> World:
    truth = summary.output / "truth"
    ids = [shop.merchant_id for shop in SHOPS]
    return World(
        summary=summary,
        orders={shop: _read_orders(summary.orders_files[shop]) for shop in ids},
        returns={shop: _read_table(summary.returns_files[shop]) for shop in ids},
        returns_truth={shop: _read_table(truth / f"{shop}_returns.csv") for shop in ids},
        truth=json.loads((truth / "summary.json").read_text(encoding="utf-8"))["shops"],
        broken=_read_table(truth / "broken_cells.csv"),
        planted=json.loads((truth / "planted.json").read_text(encoding="utf-8")),
        parcels_truth=_read_table(truth / "parcels_truth.csv"),
    )


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """10,000 orders with two planted problems and forty broken records."""
    output = tmp_path_factory.mktemp("world")
    return read_world(simulate(output, orders=10_000, seed=7, until=UNTIL, broken_share=0.004))


@pytest.fixture(scope="session")
def troubled_worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[int, World]:
    """Four small worlds in which, taken together, every kind of incident is planted."""
    return {
        seed: read_world(simulate(tmp_path_factory.mktemp(f"seed{seed}"), orders=6_000, seed=seed, until=UNTIL))
        for seed in (1, 8, 10, 16)
    }
