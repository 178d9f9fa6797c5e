"""Renewing the warehouse's file after texts were emptied: until then they stand in its free blocks.

A renewal copies all of the warehouse, so it comes at most once a calendar month. An erasure renews the file by itself.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pipelines.builds import built, enter_build, forget_builds
from pipelines.errors import CannotRun
from pipelines.progress import say
from pipelines.warehouse import open_warehouse, renew_warehouse_file

if TYPE_CHECKING:
    from pipelines.settings import Settings
    from pipelines.warehouse import Warehouse

WANTED, RENEWED = "renewal.wanted", "renewal.month"
"""Under which ``meta.builds`` keeps that texts were emptied since, and the month of the last renewal."""


def want_renewal(warehouse: Warehouse) -> None:
    """Note, within the transaction that empties texts, that the file holds them still."""
    enter_build(warehouse, WANTED, "yes")


def renewal_is_due(warehouse: Warehouse, today: date | None = None) -> bool:
    """Whether texts were emptied, and the file was not renewed in this month (of the UTC day of the call if None)."""
    known = built(warehouse)
    return WANTED in known and known.get(RENEWED) != _month(today)


def renew(settings: Settings, today: date | None = None) -> bool:
    """Renew the file of a warehouse that is closed; where that cannot be, the next run tries again.

    Returns:
        Whether it was renewed.
    """
    say("copying the warehouse into a new file, without the texts that expired")
    try:
        renew_warehouse_file(settings)
    except CannotRun as error:
        # What was built and published stands, and the texts are in no table any more: no reason to fail.
        say(f"not copied: {str(error).splitlines()[0]}")
        return False
    with open_warehouse(settings, "keeprate build") as warehouse, warehouse.transaction():
        forget_renewal(warehouse)
        enter_build(warehouse, RENEWED, _month(today))
    return True


def forget_renewal(warehouse: Warehouse) -> None:
    """Note that no texts stand in the file any more, or that it is being renewed for another reason."""
    forget_builds(warehouse, (WANTED,))


def _month(today: date | None) -> str:
    return f"{today or datetime.now(UTC).date():%Y-%m}"
