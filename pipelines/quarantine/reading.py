"""What stands in quarantine now: from the warehouse under the lock, else from the last snapshot.

What was loaded and not yet built stands in the warehouse alone, and is what a person asks about who has just loaded a
file. So this takes the home's lock for the moment in which it reads, as every command that opens the warehouse does;
while another one holds it, or may not be disturbed, the last published state is read instead, and said to be that.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.errors import CannotRun
from pipelines.quarantine.mended_records import CELLS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from pipelines.settings import Settings
    from pipelines.warehouse import Warehouse

_FROM_WAREHOUSE = (
    "select rows.*, files.header, files.date_format from quarantine.rows as rows left join raw.files as files"
    " on rows.file_id = files.file_id"
)
# A correction that was rejected asks for nothing any more once a later file mended its record.
_WITHOUT_SETTLED = (
    f"{_FROM_WAREHOUSE} anti join (select cells.file_id, cells.record_number from {CELLS} as cells"
    " join raw.files as own_files on cells.file_id = own_files.file_id"
    " join quarantine.mended as mended on cells.of_file_id = mended.file_id"
    " and try_cast(cells.of_record as bigint) = mended.record_number"
    " join raw.files as later_files on mended.mended_by_file_id = later_files.file_id"
    " where later_files.file_sequence > own_files.file_sequence and (mended.file_id, mended.record_number)"
    " not in (select (file_id, record_number) from quarantine.rows)) as settled"
    " on rows.file_id = settled.file_id and rows.record_number = settled.record_number"
)
_FROM_SNAPSHOT = "select *, cast(null as json) as header, cast(null as varchar) as date_format from quarantine.rows"


@dataclass(frozen=True)
class Wanted:
    """Which rows are asked for; an empty text is any.

    Attributes:
        merchant_id: of whom.
        source: of which source.
        file_name: of a file of this name, without folder.
        rule: rejected by this rule.
    """

    merchant_id: str = ""
    source: str = ""
    file_name: str = ""
    rule: str = ""

    @property
    def conditions(self) -> tuple[str, list[str]]:
        """SQL over the columns of ``quarantine.rows``, and its parameters."""
        named = {
            "merchant_id": self.merchant_id,
            "source": self.source,
            "file_name": self.file_name,
            "rule": self.rule,
        }
        given = {name: value for name, value in named.items() if value}
        text = " and ".join(f"{name} = ${place}" for place, name in enumerate(given, 1))
        return text or "true", list(given.values())


@dataclass(frozen=True)
class Store:
    """A place that quarantine is read from.

    Attributes:
        ask: runs a query with parameters and gives its rows.
        rows_sql: SELECT of ``quarantine.rows`` with ``header`` and ``date_format`` of each row's file, where known.
        published_at: when the snapshot was published that it is, or empty for the warehouse.
        why_snapshot: why it is not the warehouse, or empty.
        held: merchant id -> since when and why its new files are not merged or shown.
    """

    ask: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
    rows_sql: str
    published_at: str = ""
    why_snapshot: str = ""
    held: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def is_warehouse(self) -> bool:
        """Whether it is the newest state, what was not built yet included."""
        return not self.published_at

    def has_mended(self) -> bool:
        """Whether mended rows are known; snapshots of older versions have none."""
        rows = self.ask(
            "select count(*) from information_schema.tables where table_schema = 'quarantine'"
            " and table_name = 'mended'",
            [],
        )
        return bool(rows[0][0])


@contextmanager
def open_store(settings: Settings, wait_seconds: float = 0.0) -> Generator[Store]:
    """Open the newest state that can be read.

    Args:
        settings: the home's settings.
        wait_seconds: how long to wait for another command that writes.

    Raises:
        CannotRun: nothing was loaded yet, or neither warehouse nor snapshot can be read.
    """
    from pipelines.warehouse import open_warehouse

    if not settings.warehouse_file.exists():
        raise CannotRun(
            f"{settings.home}: nothing was loaded yet, so nothing is in quarantine.\n"
            "  to do:    keeprate ingest FILE --merchant ID"
        )
    opening = open_warehouse(settings, "keeprate quarantine", wait_seconds)
    try:
        warehouse = opening.__enter__()
    except CannotRun as error:
        with _snapshot(settings, error) as store:
            yield store
        return
    try:
        yield store_of(warehouse)
    finally:
        opening.__exit__(None, None, None)


def store_of(warehouse: Warehouse) -> Store:
    """An open warehouse as a place that quarantine is read from."""
    from pipelines.holds import holds

    def ask(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        return warehouse.connection.execute(sql, list(parameters)).fetchall()

    return Store(ask, _WITHOUT_SETTLED if warehouse.has_table(CELLS) else _FROM_WAREHOUSE, held=holds(warehouse))


@contextmanager
def _snapshot(settings: Settings, busy: CannotRun) -> Generator[Store]:
    from pipelines.snapshot import NoSnapshot, open_snapshot

    try:
        opened = open_snapshot(settings.home, settings.threads)
    except NoSnapshot:
        raise busy from None
    with opened as snapshot:

        def ask(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
            return snapshot.connection.execute(sql, list(parameters)).fetchall()

        yield Store(
            ask,
            _FROM_SNAPSHOT,
            published_at=str(snapshot.manifest["published_at"]),
            why_snapshot=str(busy).splitlines()[0],
            held=snapshot.manifest["held"],
        )
