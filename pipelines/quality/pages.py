"""Checks as static pages: an overview of all merchants, and a page for each with counts and keys.

The pages open offline: no script, no address of another host, one style sheet inside each. Lists of a
merchant's keys stand on that merchant's own page alone. How checks are run is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.quality_verdict import CheckVerdict, held_merchants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TEMPLATES = Path(__file__).resolve().parent / "templates"
OVERVIEW = "index.html"
_MARK = '<meta name="generator" content="keeprate checks">'
_STAGES = {
    "raw": "Files as they came",
    "staging": "Files, typed, as they were before they were merged",
    "core": "Merged tables",
    "ml": "What models say",
    "marts": "Tables behind reports and pages",
}


@dataclass(frozen=True)
class Tally:
    """How many checks of a group passed, failed, warned, or could not be run."""

    passed: int
    failed: int
    warned: int
    raised: int

    @classmethod
    def of(cls, verdicts: Iterable[CheckVerdict]) -> Tally:
        """Count verdicts; each falls into one of the four."""
        states = [state(verdict) for verdict in verdicts]
        return cls(*(states.count(name) for name in ("passed", "failed", "warned", "raised")))

    @property
    def total(self) -> int:
        """Checks in the group."""
        return self.passed + self.failed + self.warned + self.raised

    @property
    def worst(self) -> str:
        """The state that a reader must see first."""
        return next((name for name in ("raised", "failed", "warned") if getattr(self, name)), "passed")


def state(verdict: CheckVerdict) -> str:
    """``passed``, ``failed`` (holds the merchant), ``warned`` (listed) or ``raised`` (could not be run)."""
    if verdict.passed:
        return "passed"
    if verdict.raised:
        return "raised"
    return "failed" if verdict.severity == "error" else "warned"


def write_pages(
    folder: Path, verdicts: Sequence[CheckVerdict], published_at: str, merchants: Mapping[str, str]
) -> list[Path]:
    """Write the overview and one page per merchant; pages of merchants that are gone are removed.

    Args:
        folder: where to write; it is made if need be.
        verdicts: every check's last verdict.
        published_at: when the snapshot was published (ISO, UTC), or empty if none is.
        merchants: name by merchant id.

    Returns:
        The pages, the overview first.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"count": "{:,}".format}
    shared = {"state": state, "stages": _STAGES, "published_at": _readable(published_at)}
    folder.mkdir(parents=True, exist_ok=True)
    held = held_merchants(verdicts)
    groups = {merchant_id: _by_table(verdicts, merchant_id) for merchant_id in merchants}
    tallies = {
        merchant_id: {table: Tally.of(found) for table, found in tables.items()}
        for merchant_id, tables in groups.items()
    }
    totals = {merchant_id: Tally.of(_all(tables)) for merchant_id, tables in groups.items()}
    overview = environment.get_template("overview.html.j2").render(
        **shared, merchants=merchants, held=held, tallies=tallies, totals=totals, tables=_ordered(verdicts)
    )
    pages = [_write(folder / OVERVIEW, overview)]
    for merchant_id, name in merchants.items():
        page = environment.get_template("merchant.html.j2").render(
            **shared,
            name=name,
            reason=held.get(merchant_id, ""),
            tables=groups[merchant_id],
            total=totals[merchant_id],
            tallies=tallies[merchant_id],
        )
        pages.append(_write(folder / f"{merchant_id}.html", page))
    _remove_others(folder, pages)
    return pages


def _all(tables: Mapping[str, list[CheckVerdict]]) -> list[CheckVerdict]:
    return [verdict for found in tables.values() for verdict in found]


def _ordered(verdicts: Iterable[CheckVerdict]) -> list[str]:
    """Tables in the order in which data flows, then by name."""
    flow = list(_STAGES)

    def place(table: str) -> tuple[int, str]:
        schema = table.partition(".")[0]
        return (flow.index(schema) if schema in flow else len(flow), table)

    return sorted({verdict.table for verdict in verdicts}, key=place)


def _by_table(verdicts: Sequence[CheckVerdict], merchant_id: str) -> dict[str, list[CheckVerdict]]:
    """A merchant's verdicts by table, what failed first."""
    own = [verdict for verdict in verdicts if verdict.merchant_id == merchant_id]
    urgency = ("raised", "failed", "warned", "passed")
    return {
        table: sorted(
            (verdict for verdict in own if verdict.table == table),
            key=lambda verdict: (urgency.index(state(verdict)), verdict.check),
        )
        for table in _ordered(own)
    }


def _readable(moment: str) -> str:
    return f"{moment[:10]} {moment[11:16]} UTC" if moment else ""


def _write(path: Path, text: str) -> Path:
    """Write whole or not at all: somebody may be reading the page."""
    partial = path.with_suffix(".part")
    partial.write_text(text, encoding="utf-8")
    return partial.replace(path)


def _remove_others(folder: Path, pages: Sequence[Path]) -> None:
    for path in folder.glob("*.html"):
        if path not in pages and _MARK in path.read_text(encoding="utf-8", errors="replace")[:1000]:
            path.unlink()
