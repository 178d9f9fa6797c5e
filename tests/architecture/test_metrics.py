"""Every published rate has a contract: no number reaches a reader of which nobody said what it is."""

from __future__ import annotations

import re

from pipelines.metrics import TECHNICAL, metrics
from pipelines.sql_tables import all_sql_tables

QUOTIENT = re.compile(
    r"(_rate|_ratio|_share|_probability|_multiplier|_part|_change)$"
    r"|^(ratio|probability|chance)_"
    r"|(^|_)(lower|upper)(_|$)"
)
"""Names of columns that hold a quotient, a chance, a part of one, or an end of an interval."""


def mart_columns() -> dict[str, set[str]]:
    """Columns of every mart by its name."""
    return {
        made.name: {column.name for column in made.columns}
        for made in all_sql_tables().values()
        if made.schema == "marts"
    }


def undefined(columns: dict[str, set[str]], known: set[str]) -> list[str]:
    """Columns that look like a metric and that nobody defined."""
    return sorted(
        f"{mart}.{name}"
        for mart, names in columns.items()
        for name in names
        if QUOTIENT.search(name) and f"{mart}.{name}" not in known
    )


def vanished(columns: dict[str, set[str]], known: set[str]) -> list[str]:
    """Defined columns that no mart has."""
    return sorted(one for one in known if one.partition(".")[2] not in columns.get(one.partition(".")[0], set()))


def known_columns() -> set[str]:
    """Columns that the registry speaks of."""
    return {column for one in metrics().values() for column in (*one.columns, *one.interval_columns)} | set(TECHNICAL)


def test_every_published_rate_has_a_contract() -> None:
    """Reminds of: ``pipelines/metrics/<theme>.py``, or ``TECHNICAL`` with a reason where no reader sees it."""
    assert not undefined(mart_columns(), known_columns())


def test_every_contract_has_its_column() -> None:
    """Reminds of: taking a definition away, or its column's new name, when a mart changes."""
    assert not vanished(mart_columns(), known_columns())


def test_a_broken_rule_is_reported() -> None:
    """Each rule finds what breaks it."""
    columns = {"sales": {"sold_rate", "order_count", "lower_90"}}
    assert undefined(columns, {"sales.lower_90"}) == ["sales.sold_rate"]
    assert vanished(columns, {"sales.sold_rate", "sales.kept_rate", "gone.sold_rate"}) == [
        "gone.sold_rate",
        "sales.kept_rate",
    ]
