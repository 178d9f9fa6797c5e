"""Any CSV or Parquet file: its header is a contract's own, or a mapping file says what its columns are.

* **Direct**: the header holds every required column of one contract and mostly names of it; letter case, blanks and
  hyphens do not matter. ``--source generic:orders`` states the contract. Times are UTC unless they have an offset.
  Columns that the contract lacks become attributes.
* **Through a mapping** (``--mapping map.toml``, see ``docs/reference/mapping.md``): one file may feed several
  contracts.
* Comment lines of a template (``keeprate template``) may stand above the header.
* Records are kept as lists of text in the order of the header (``pipelines.mapping.raw``), since every file has
  other columns. The mapping's text is kept in ``raw.files``, so that a rebuild needs no file.
* Parquet: every value becomes text (times as ISO 8601); the line number is the record number, there being no lines.

Reading mappings and staging is ``pipelines.mapping``; this class is how ingest meets it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pipelines.contracts import all_contracts
from pipelines.errors import UsageProblem
from pipelines.sources.base import Decision, FileFacts, RawColumn, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.ingest.landing import LandedFile
    from pipelines.mapping import BoundMapping
    from pipelines.tables import Table


class Generic(Source):
    """Files for the contracts, directly or through a mapping."""

    name: ClassVar[str] = "generic"
    title: ClassVar[str] = "CSV or Parquet for the contracts"
    raw_table: ClassVar[str] = "generic__records"
    columns: ClassVar[tuple[RawColumn, ...]] = ()
    is_held_against_orders: ClassVar[bool] = True
    staged: ClassVar[tuple[str, ...]] = (
        "generic__records",
        *(f"generic__{entity}" for entity in all_contracts()),
    )

    def matches(self, header: list[str]) -> bool:
        """Whether the header is a contract's; where it fits two, :meth:`mapping_text` refuses the file."""
        from pipelines.mapping import recognise

        return bool(recognise(header))

    def mapping_text(self, header: list[str], file_name: str, stated: str = "", path: Path | None = None) -> str:
        """The mapping of a file, as ``raw.files.mapping`` keeps it.

        Args:
            header: names as they stand in the file.
            file_name: the file, for messages.
            stated: what ``--source`` said, for example ``generic:orders``.
            path: mapping file, or None for a direct file.

        Raises:
            UsageProblem: the mapping file cannot be read, or a contract is stated beside it.
            MappingError: the mapping is wrong or does not fit the header.
            Refused: a direct file's header fits no contract, or two.
        """
        from pipelines.mapping import bind, direct_mapping, read_mapping

        entity = stated.partition(":")[2]
        if path is None:
            mapping = direct_mapping(header, file_name, entity or None)
        elif entity:
            raise UsageProblem(
                f"--source generic:{entity} and --mapping contradict each other.\n  to do:    leave one of them out"
            )
        else:
            mapping = read_mapping(_text_of(path), path.name)
        bind(mapping, header)
        return mapping.as_json()

    def examine(self, landed: LandedFile) -> FileFacts:
        """Decide the order of day and month, and name the columns that are not kept.

        Raises:
            Refused: nothing proves the order, or the dates contradict it.
        """
        bound = _bound(landed)
        warnings = []
        if bound.dropped:
            warnings.append(f"not kept, being personal or dropped by the mapping: {', '.join(bound.dropped)}")
        return FileFacts(date_format=_date_format(landed, bound), warnings=tuple(warnings))

    def column_uses(self, landed: LandedFile) -> dict[str, list[str]]:
        """Columns that the mapping reads, that become attributes, and that are not kept."""
        bound = _bound(landed)
        others = {*bound.unread, *bound.dropped}
        return {
            "known": [name for name in bound.header if name not in others],
            "kept_as_attributes": list(bound.unread),
            "not_kept": list(bound.dropped),
        }

    def declared_raw_table(self) -> Table:
        """``raw.generic__records``."""
        from pipelines.mapping.raw import RAW

        return RAW

    def raw_query(self, landed: LandedFile, file_id: str, key: bytes) -> str:
        """SQL that turns ``landing`` into rows of the raw table; it holds the merchant's key."""
        from pipelines.ingest.landing import column_names
        from pipelines.ingest.personal_values import marked_orders, surroundings
        from pipelines.mapping.raw import raw_query

        names = column_names(landed.header)
        present = dict(zip(names, landed.header, strict=True))
        rows = landed.table + marked_orders(landed, present)
        around = surroundings(landed, present)
        return raw_query(_bound(landed), rows, names, landed.merchant.merchant_id, file_id, key, around)

    def stage(self, connection: duckdb.DuckDBPyConnection, file_ids: Sequence[str]) -> bool:
        """Stage these files by their mappings."""
        from pipelines.mapping.staging import stage

        stage(connection, file_ids)
        return True

    def staged_tables(self) -> list[Table]:
        """``staging.generic__records`` and one table a contract."""
        from pipelines.mapping.rows import RECORDS, staging_table

        return [RECORDS, *(staging_table(entity) for entity in all_contracts())]

    def code_hash(self) -> str:
        """Changes with the contracts and with the code that stages mappings."""
        folder = Path(__file__).resolve().parent.parent / "mapping"
        parts = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
        return hashlib.sha256(repr((parts, sorted(all_contracts().items()))).encode()).hexdigest()[:16]


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(
            f"{path.name}: the mapping cannot be read ({type(error).__name__}).\n"
            "  expected: a TOML file in UTF-8\n  to do:    keeprate map FILE > map.toml drafts one"
        ) from None


def _bound(landed: LandedFile) -> BoundMapping:
    from pipelines.mapping.staging import mapping_from_json

    return mapping_from_json(landed.mapping, landed.header, landed.file_name)


def _date_format(landed: LandedFile, bound: BoundMapping) -> Decision | None:
    from pipelines.ingest.landing import column_names
    from pipelines.mapping.dates import DateParts, date_columns, date_parts_query, decide

    by_header = dict(zip(bound.header, column_names(landed.header), strict=True))
    columns = {by_header[name]: name for name in date_columns(bound)}
    parts = DateParts(0, None, None)
    if columns:
        row = landed.connection.execute(date_parts_query(landed.table, columns)).fetchone()
        parts = DateParts(*row) if row else parts
    stated = None
    if landed.date_format_option:
        stated = (landed.date_format_option, "stated with --date-format or in keeprate.toml")
    elif bound.mapping.date_format:
        stated = (bound.mapping.date_format, "stated in the mapping")
    return decide(landed.file_name, parts, stated, landed.earlier_date_format())
