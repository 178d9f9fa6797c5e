"""``core.<entity>``: all sources and merchants united, the newest version of each thing; made from its contract.

A core row is a function of the staged rows of its key alone: the file with the greatest age wins, on a tie the
later load, within a file the later record. Where a contract names a ``version`` column, what the source says of its
own rows stands above the files' ages. So any order and any split of the files gives the same core, and a
merge of the keys that a run touches equals a full rebuild. Children (a contract with ``parent``) are replaced
together: the newest age at which any file held the parent wins, and every file of that age contributes its lines.
Of a whole set (``is_whole_set``) one file speaks alone: the newest, on a tie the later load.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.cases import case_tables, note_touched
from pipelines.conflicts import forget_all_conflicts, forget_conflicts, note_conflicts
from pipelines.contracts.base import MERCHANT, SEEN, Column
from pipelines.quarantine.mended_keys import add_mended_keys, mended_groups
from pipelines.sql_text import literals
from pipelines.staleness import mark_rows
from pipelines.tables import Check, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.contracts import Contract
    from pipelines.warehouse import Warehouse

_LARGEST_SHARE = 0.3
"""Of a table's rows: where more things are touched than that, making the table anew is quicker."""

_FEW = 10_000
"""Things that are always merged one by one, however small the table."""

VALID_FROM = Column(
    "valid_from", "timestamp", "When this version was first seen (UTC): by the source's own word, else the file's age."
)
VALID_TO = Column("valid_to", "timestamp", "When another version was first seen (UTC).")


def core_table(contract: Contract) -> Table:
    """The declared core table of a contract."""
    key = ("merchant_id", *contract.key)
    return Table(
        schema="core",
        name=contract.entity,
        description=contract.description,
        grain=", ".join(key),
        key=key,
        columns=(MERCHANT, *contract.columns, *SEEN),
        load="merge",
        dependencies=(f"staging.{contract.entity}",),
        checks=(Check("unique", "unique_key", key),),
        month=contract.month,
    )


def history_table(contract: Contract) -> Table:
    """The declared history of a contract: versions that a later file replaced."""
    return Table(
        schema="core",
        name=f"{contract.entity}_history",
        description=f"Versions of {contract.entity} that a later file replaced; core.{contract.entity} has the last.",
        grain=f"replaced version of a row of core.{contract.entity}",
        key=("merchant_id", *contract.key, "valid_from"),
        columns=(MERCHANT, *contract.columns, VALID_FROM, VALID_TO),
        load="merge",
        dependencies=(f"staging.{contract.entity}",),
        month=contract.month,
    )


def declared_tables(contract: Contract) -> tuple[Table, ...]:
    """The tables that a contract makes: its core table and, where versions are kept, its history."""
    return (core_table(contract), *((history_table(contract),) if contract.has_history else ()))


def code_hash(contract: Contract) -> str:
    """Changes when the contract's columns or key change, so that the table is built anew."""
    return hashlib.sha256(repr(contract).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Merged:
    """What a merge did.

    Attributes:
        changed_count: things (parents, where the contract has one) that changed, came or went.
        is_whole: the table was built anew; otherwise the ids of what changed were noted for ``pipelines.cases``.
    """

    changed_count: int
    is_whole: bool


def merge(warehouse: Warehouse, contract: Contract, file_ids: Sequence[str] | None) -> Merged:
    """Bring a core table up to date with some files, or rebuild it from all merged ones.

    The caller has put the files whose rows may count into ``changed.files`` (file_id, as_of, file_sequence)
    and holds a transaction.

    Args:
        warehouse: the warehouse.
        contract: which entity.
        file_ids: files that are new, or None to rebuild the whole table.

    Returns:
        What it did; many files at once make the table anew, which is then quicker.
    """
    tables = declared_tables(contract)
    for table in tables:
        warehouse.ensure(table)
    if file_ids is None:
        return _rebuild(warehouse, contract, tables)
    connection = warehouse.connection
    group = contract.group
    connection.execute(
        f"create or replace temp table touched as select distinct {', '.join(group)} from staging.{contract.entity} "
        f"semi join changed.files using (file_id) where file_id in ({literals(file_ids)})"
    )
    add_mended_keys(warehouse, contract, file_ids)
    touched = warehouse.row_count("touched")
    if touched > max(_FEW, _LARGEST_SHARE * warehouse.row_count(tables[0].full_name)):
        return _rebuild(warehouse, contract, tables)
    if not touched:
        return Merged(0, is_whole=False)
    semi = f"semi join touched using ({', '.join(group)})"
    for table in tables:
        connection.execute(
            f"create or replace temp table {table.name}_before as select * from {table.full_name} {semi}"
        )
    _forget(warehouse, contract, group)
    _insert(warehouse, contract, semi)
    _carry_stamps(warehouse, contract)
    count = 0
    for table in tables:
        names = ", ".join(column.name for column in table.columns)
        before, after = f"select {names} from {table.name}_before", f"select {names} from {table.full_name} {semi}"
        connection.execute(
            "create or replace temp table changed_rows as "
            f"({before} except {after}) union all ({after} except {before})"
        )
        connection.execute(f"drop table {table.name}_before")
        mark_rows(warehouse, table, "changed_rows")
        note_touched(warehouse, contract, "changed_rows")
        count += warehouse.row_count(f"(select distinct {', '.join(group)} from changed_rows)")
    if any(f"staging.{contract.entity}" in table.dependencies for table in case_tables()):
        note_touched(warehouse, contract, _late_sightings(contract, file_ids))
    return Merged(count, is_whole=False)


def _late_sightings(contract: Contract, file_ids: Sequence[str]) -> str:
    """Touched things of which a new file, or a row that was mended, tells something else than the newest version.

    Such a row may leave the newest version as it was and still tell, to what reads the staged rows themselves, until
    when something was so.
    """
    key, group = ", ".join(("merchant_id", *contract.key)), ", ".join(contract.group)
    linked = dict.fromkeys(column for columns in contract.links.values() for column in columns)
    names = ", ".join(("merchant_id", *linked))
    age = f"(coalesce({contract.version}, as_of), as_of)" if contract.version else "as_of"
    staged = f"select {names} from staging.{contract.entity} join changed.files using (file_id)"
    return (
        f"({staged} semi join touched using ({group})"
        f" qualify file_id in ({literals(file_ids)}) and {age} < max({age}) over (partition by {key})"
        f" union all {staged} semi join ({mended_groups(contract, file_ids)}) using ({group}))"
    )


def _carry_stamps(warehouse: Warehouse, contract: Contract) -> None:
    """Columns that are written after the merge stay as they were; their owner mends a stamp that is wrong now."""
    same = " and ".join(f"now.{name} is not distinct from earlier.{name}" for name in ("merchant_id", *contract.key))
    for name in contract.stamps:
        warehouse.connection.execute(
            f"update core.{contract.entity} as now set {name} = earlier.{name}"
            f" from {contract.entity}_before as earlier where {same}"
        )


def _rebuild(warehouse: Warehouse, contract: Contract, tables: Sequence[Table]) -> Merged:
    for table in tables:
        mark_rows(warehouse, table, table.full_name)
        # Made anew, because a contract that gained a column has it in its place and not at the end.
        warehouse.connection.execute(f"drop table {table.full_name}")
        warehouse.ensure(table)
    forget_all_conflicts(warehouse, contract)
    _insert(warehouse, contract, "")
    for table in tables:
        mark_rows(warehouse, table, table.full_name)
    return Merged(warehouse.row_count(tables[0].full_name), is_whole=True)


def _insert(warehouse: Warehouse, contract: Contract, semi: str) -> None:
    """Choose the version of each thing that ``semi`` leaves, and put it in."""
    group = contract.group
    contested = _find_contested(warehouse, contract, group, semi)
    _insert_single(warehouse, contract, f"{semi} anti join contested using ({', '.join(group)})" if contested else semi)
    if contested:
        _insert_newest(warehouse, contract, f"semi join contested using ({', '.join(group)})")


def _forget(warehouse: Warehouse, contract: Contract, group: Sequence[str]) -> None:
    same = " and ".join(f"kept.{name} = touched.{name}" for name in group)
    for table in declared_tables(contract):
        warehouse.connection.execute(f"delete from {table.full_name} as kept using touched where {same}")
    forget_conflicts(warehouse, contract)


def _find_contested(warehouse: Warehouse, contract: Contract, group: Sequence[str], semi: str) -> int:
    """Put the touched things of which a version must be chosen into ``contested``; nearly all stand once, in one file.

    Returns:
        How many they are.
    """
    staged = f"from staging.{contract.entity} semi join changed.files using (file_id) {semi}"
    groups, key = ", ".join(group), ", ".join(("merchant_id", *contract.key))
    connection = warehouse.connection
    # Numbers are counted several times as quickly as texts. Two things that share a hash are looked at for nothing.
    several_rows = "select min(group_hash) as group_hash from hashed group by key_hash having count(*) > 1"
    several_files = "select group_hash from hashed group by group_hash having min(file_sequence) <> max(file_sequence)"
    both = several_rows if key == groups else f"{several_rows} union {several_files}"
    connection.execute(
        f"create or replace temp table contested_hashes as with hashed as ("
        f"select hash({groups}) as group_hash, hash({key}) as key_hash, file_sequence"
        f" from staging.{contract.entity} join changed.files using (file_id) {semi}) {both}"
    )
    connection.execute(
        f"create or replace temp table contested as select distinct {groups} {staged}"
        f" where hash({groups}) in (select group_hash from contested_hashes)"
        if warehouse.row_count("contested_hashes")
        else f"create or replace temp table contested as select {groups} {staged} limit 0"
    )
    return warehouse.row_count("contested")


def _insert_single(warehouse: Warehouse, contract: Contract, semi: str) -> None:
    names = ", ".join(("merchant_id", *(column.name for column in contract.columns)))
    warehouse.connection.execute(
        f"insert into core.{contract.entity} by name "
        f"select {names}, as_of as first_seen_at, as_of as last_changed_at "
        f"from staging.{contract.entity} join changed.files using (file_id) {semi}"
    )


def _versions(contract: Contract, semi: str) -> str:
    """Every staged version of the touched things, numbered from the newest, with when its content began."""
    key = ", ".join(("merchant_id", *contract.key))
    group = ", ".join(contract.group)
    moment = f"coalesce(staged.{contract.version}, files.as_of)" if contract.version else "files.as_of"
    content = ", ".join(column.name for column in contract.columns)
    return f"""
        with versions as (
            select staged.*, files.as_of, files.file_sequence, {moment} as moment, hash({content}) as content_hash
            from staging.{contract.entity} as staged
            join changed.files as files using (file_id)
            {semi}
        ),
        compared as (
            select
                *,
                lag(content_hash) over oldest_first as earlier_hash,
                row_number() over oldest_first as position,
                row_number() over (
                    partition by {key} order by moment desc, as_of desc, file_sequence desc, record_number desc
                ) as recency,
                min(as_of) over (partition by {key}) as first_seen_at,
                max(moment) over (partition by {group}) as newest_moment
            from versions
            window oldest_first as (partition by {key} order by moment, as_of, file_sequence, record_number)
        ),
        changes as (
            select *, earlier_hash is distinct from content_hash as is_change from compared
        )"""


def _insert_newest(warehouse: Warehouse, contract: Contract, semi: str) -> None:
    names = ", ".join(("merchant_id", *(column.name for column in contract.columns)))
    key = ", ".join(("merchant_id", *contract.key))
    connection = warehouse.connection
    connection.execute(
        f"create or replace temp table chosen as {_versions(contract, semi)} "
        # The last change in the order of versions: the source's own word may order them otherwise than their files.
        f"select *, arg_max(as_of, position) filter (where is_change) over (partition by {key}) as last_changed_at "
        "from changes"
    )
    alone = (
        f" qualify file_sequence = max(file_sequence) over (partition by {', '.join(contract.group)})"
        if contract.is_whole_set
        else ""
    )
    connection.execute(
        f"insert into core.{contract.entity} by name select {names}, first_seen_at, last_changed_at "
        f"from chosen where recency = 1 and moment = newest_moment{alone}"
    )
    if contract.has_history:
        _insert_history(warehouse, contract, names, key)
    note_conflicts(warehouse, contract)
    connection.execute("drop table chosen")


def _insert_history(warehouse: Warehouse, contract: Contract, names: str, key: str) -> None:
    """Versions that another content followed; of equal ones in a row the first tells when it began."""
    warehouse.connection.execute(
        f"""
        insert into core.{contract.entity}_history by name
        with begun as (
            select
                *,
                lead(moment) over (partition by {key} order by moment, as_of, file_sequence, record_number)
                    as replaced_at
            from chosen where is_change
        )
        select {names}, moment as valid_from, replaced_at as valid_to from begun where replaced_at > moment
        """
    )
