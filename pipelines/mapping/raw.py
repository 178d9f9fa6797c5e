"""``raw.generic__records``: every record of a generic file, its fields as a list in the order of the header.

A list of text is the form that was quickest to write and read and the smallest of those measured (541,909 records
of 20 fields: list 1.1 s and 28 MB, map 2.7 s and 35 MB, JSON 0.9 s and 75 MB, reading back 0.2, 0.4, 2.6 s). The names
stand once, in ``raw.files.header``. A column that is not kept is NULL in its place.
"""

from __future__ import annotations

from pipelines.contracts.base import PROVENANCE, Column
from pipelines.ingest.misplaced import measured_only, without_mails
from pipelines.ingest.personal_values import Surroundings
from pipelines.mapping.binding import BoundMapping, quoted
from pipelines.mapping.privacy import Keeping
from pipelines.privacy import pseudonym
from pipelines.sql_text import literal
from pipelines.tables import Table

RAW = Table(
    schema="raw",
    name="generic__records",
    description="Every record of generic files, as text; the names of the fields stand in raw.files.header.",
    grain="record of a file",
    key=("file_id", "record_number"),
    columns=(
        *PROVENANCE,
        Column(
            "fields",
            "varchar[]",
            "Fields in the order of the header: identities as pseudonyms, free text masked, personal columns empty.",
        ),
        Column("loaded_at", "timestamp", "When the row was loaded (UTC)."),
    ),
    load="merge",
    is_published=False,
)


def raw_query(
    bound: BoundMapping,
    landing: str,
    names: list[str],
    merchant_id: str,
    file_id: str,
    key: bytes,
    around: Surroundings = Surroundings(),  # noqa: B008 - it cannot be changed
) -> str:
    """SQL that turns landed records into rows of :data:`RAW`, personal values dealt with.

    Args:
        bound: the mapping of the file.
        landing: table or view with ``record_number``, ``line_number`` and one text column a field.
        names: its field columns in the order of the header.
        merchant_id: the merchant.
        file_id: the file.
        key: the merchant's key; the statement holds it and must never be logged.
        around: what a mask may look at beside the text.
    """
    fields = ", ".join(
        kept(quoted(name), keeping, bound.mapping.empty_values, key, around)
        for name, keeping in zip(names, bound.keepings, strict=True)
    )
    return (
        f"select {literal(merchant_id)} as merchant_id, {literal(file_id)} as file_id, record_number, line_number,"
        f" cast([{fields}] as varchar[]) as fields, now()::timestamp as loaded_at from {landing}"
    )


def kept(column: str, keeping: Keeping, empty_values: tuple[str, ...], key: bytes, around: Surroundings) -> str:
    """SQL of a field as it is kept.

    Args:
        column: SQL of the field as it stood in the file.
        keeping: how its column is kept.
        empty_values: texts that stand for nothing in the file.
        key: the merchant's key; the SQL may hold it and must never be logged.
        around: what a mask may look at beside the text.
    """
    if keeping.handling == "drop":
        return "null"
    if keeping.handling == "identity":
        empty = ", ".join(literal(value) for value in ("", *empty_values, *keeping.empty_values))
        return f"case when trim({column}) in ({empty}) then null else {pseudonym(column, keeping.kind, key)} end"
    if keeping.handling in ("free_text", "reason"):
        return (around if keeping.is_words else around.of_record).masked(column)
    if keeping.handling == "place":
        return around.masked_place(column)
    if keeping.handling == "postcode":
        # Spreadsheets put an apostrophe before a postcode so that it stays text.
        written = f"trim({column}, {literal(chr(32) + chr(39))})"
        return (
            f"case when regexp_full_match({written}, '[A-Za-z0-9 -]*[0-9][A-Za-z0-9 -]*') then left({written}, 3) end"
        )
    return measured_only(column, has_clock=keeping.has_clock) if keeping.is_measured else without_mails(column)
