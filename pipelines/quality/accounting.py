"""Records in = loaded + quarantined, recounted for every file from the rows themselves.

The ledger ``raw.files`` brings what was counted before loading (records, bytes). What was loaded and what was
quarantined is counted here anew, over every staging table and ``quarantine.rows``: the loader's own counters
are held against it, never trusted. This is the one place with that SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.contracts import all_contracts
from pipelines.quality.expectations import MERCHANT_VARIABLE, CheckTarget, Expectation
from pipelines.sql_tables import all_sql_tables
from pipelines.sql_text import literals

if TYPE_CHECKING:
    from collections.abc import Collection

FILES = "raw.files"
DISPOSITIONS = "generic__records"
"""Staging table in which generic files say of every record whether a table took it, or why none did."""
PART = "is_part_of_another"
"""Column of staging tables of records in which a record may be no thing of its own: a picture of a product."""

_LOST = "a record that is neither loaded nor quarantined is lost, and every number made from the file is short"

EXPECTATIONS = (
    Expectation(
        "records_in_are_loaded_or_quarantined",
        "rows",
        "error",
        "Every record of the file is staged, or in quarantine as a whole.",
        _LOST,
        condition="record_count is not null and record_count = accounted_record_count",
    ),
    Expectation(
        "no_record_is_loaded_and_quarantined",
        "rows",
        "error",
        "No record is staged and in quarantine as a whole.",
        "a record that is called rejected and counts all the same misleads whoever mends the file",
        condition="recounted_loaded_count + recounted_quarantined_count = accounted_record_count",
    ),
    Expectation(
        "loaded_count_is_what_is_staged",
        "rows",
        "error",
        "The ledger's number of loaded records is what stands in staging.",
        "the trust box shows the ledger's numbers",
        condition="loaded_count is not null and loaded_count = recounted_loaded_count",
    ),
    Expectation(
        "quarantined_count_is_what_is_in_quarantine",
        "rows",
        "error",
        "The ledger's number of quarantined records is what stands in quarantine.",
        "the trust box shows the ledger's numbers",
        condition="quarantined_count is not null and quarantined_count = recounted_quarantined_count",
    ),
    Expectation(
        "every_byte_is_accounted",
        "rows",
        "error",
        "Header and records cover every byte of the file's text.",
        "bytes that belong to no record are a part of the file that nobody read",
        condition="text_byte_count is not null and accounted_byte_count is not null"
        " and text_byte_count = accounted_byte_count",
    ),
)
"""What must hold for each file; any failure holds the merchant."""


_BLOCK = 32_768
"""So many records' numbers are one string of bits: they are told apart, united and counted a word at a time."""


def accounting_sql(staging_tables: Collection[str], files: Collection[str] | None = None) -> str:
    """SELECT with one row per loaded file of the checked merchant: the ledger's counts and the recount.

    A record counts as loaded where it is a row of an entity, or where a mapping or its table of records says why it
    is none; other tables in between prove nothing.

    Args:
        staging_tables: names of the tables of schema ``staging``.
        files: only these files; None for all of the merchant.
    """
    of_merchant = f"merchant_id = getvariable('{MERCHANT_VARIABLE}')"
    of_files = "" if files is None else f"and files.file_id in ({literals(files)})"
    if files is not None:
        of_merchant += f" and file_id in ({literals(files)})"
    sources = [
        f"staging.{name} where {of_merchant}" for name in staging_tables if name.partition("__")[2] in all_contracts()
    ]
    sources += [f"staging.{name} where {of_merchant} and {PART}" for name in staging_tables if _has_parts(name)]
    if DISPOSITIONS in staging_tables:
        # Where a mapping folds many records into one row, only the loader can say which it folded.
        folding = f"select file_id from {FILES} where mapping like '%group_by_key%'"
        sources.append(
            f"staging.{DISPOSITIONS} where {of_merchant} and (disposition <> 'mapped' or file_id in ({folding}))"
        )
    nothing = "select file_id, 0::bigint as block, bitstring('0', 8) as records from raw.files where false"
    staged = "\n    union all\n    ".join(_records(source) for source in sources) or nothing
    none = f"bitstring('0', {_BLOCK})"
    return f"""
with staged as (
    select file_id, block, bit_or(records) as records
    from (
    {staged}
    )
    group by file_id, block
),

quarantined as (
    {_records(f"quarantine.rows where {of_merchant} and is_whole_record")}
),

counted as (
    select
        coalesce(staged.file_id, quarantined.file_id) as file_id,
        sum(bit_count(coalesce(staged.records, {none})))::bigint as recounted_loaded_count,
        sum(bit_count(coalesce(quarantined.records, {none})))::bigint as recounted_quarantined_count,
        sum(bit_count(coalesce(staged.records, {none}) | coalesce(quarantined.records, {none})))::bigint
            as accounted_record_count
    from staged
    full join quarantined
        on staged.file_id = quarantined.file_id and staged.block = quarantined.block
    group by 1
)

select
    files.file_id,
    files.merchant_id,
    files.file_name,
    files.record_count,
    files.loaded_count,
    files.quarantined_count,
    files.text_byte_count,
    files.accounted_byte_count,
    coalesce(counted.recounted_loaded_count, 0) as recounted_loaded_count,
    coalesce(counted.recounted_quarantined_count, 0) as recounted_quarantined_count,
    coalesce(counted.accounted_record_count, 0) as accounted_record_count
from {FILES} as files
left join counted on files.file_id = counted.file_id
where files.merchant_id = getvariable('{MERCHANT_VARIABLE}') {of_files}"""


def _records(source: str) -> str:
    """SELECT with the records' numbers in a source as bits, by file and block; no number is a number beyond all."""
    place = f"coalesce(record_number, -1) & {_BLOCK - 1}"
    return (
        f"select file_id, coalesce(record_number, -1) - ({place}) as block,"
        f" bitstring_agg(({place})::integer, 0, {_BLOCK - 1}) as records from {source} group by 1, 2"
    )


def _has_parts(name: str) -> bool:
    table = all_sql_tables().get(f"staging.{name}")
    return table is not None and any(column.name == PART for column in table.columns)


def accounting_target(
    staging_tables: Collection[str], merchant_id: str, files: Collection[str] | None = None
) -> CheckTarget:
    """The recount of a merchant's files, some or all, as something to check."""
    return CheckTarget(
        table=FILES,
        relation_sql=accounting_sql(staging_tables, files),
        merchant_id=merchant_id,
        expectations=EXPECTATIONS,
        kind="incoming",
        key=("file_name", "file_id"),
        is_computed_once=True,
    )
