"""The ledgers that Keeprate keeps about its own work: files, quarantine, conflicts, merchants, built tables.

Declared like any other table, so that they have comments, a dictionary entry and exact columns.
"""

from __future__ import annotations

from pipelines.contracts.base import MERCHANT, PROVENANCE, Column
from pipelines.stated_tables import MERCHANT_SETTINGS, MERCHANTS
from pipelines.tables import Table

_FILE, _RECORD, _LINE = PROVENANCE[1:]
_SOURCE = Column("source", "varchar", "Source that the file is of, as --source takes it.")
_FILE_NAME = Column("file_name", "varchar", "Name of the file, without its folder.")
_ENTITY = Column("entity", "varchar", "Entity that the row was meant for.")

FILES = Table(
    schema="raw",
    name="files",
    description="Every file that was loaded: what it is, how it was read, what was decided about it.",
    grain="file of a merchant, known by its content",
    key=("file_id",),
    columns=(
        _FILE,
        MERCHANT,
        _SOURCE,
        _FILE_NAME,
        Column("sha256", "varchar", "SHA-256 of the file as it was given."),
        Column("byte_count", "bigint", "Size of the file as it was given, in bytes."),
        Column(
            "text_byte_count",
            "bigint",
            "Bytes of the text that was scanned, after unpacking and transcoding.",
        ),
        Column("accounted_byte_count", "bigint", "Bytes that the header and the counted records cover."),
        Column("encoding", "varchar", "Encoding of the text in the file."),
        Column("compression", "varchar", "none, gzip or zip."),
        Column("header", "json", "Names of the header, in order."),
        Column(
            "header_hash",
            "varchar",
            "Hash of the header's names: files with the same one have the same shape.",
        ),
        Column("record_count", "bigint", "Records in the file, by a count that shares no code with the loader."),
        Column("loaded_count", "bigint", "Records from which something was staged."),
        Column("quarantined_count", "bigint", "Records that went to quarantine whole."),
        Column("quarantined_cell_count", "bigint", "Cells that went to quarantine while their record was loaded."),
        Column("blank_record_count", "bigint", "Records of delimiters only; they are separators."),
        Column("as_of", "timestamp", "Age of the file (UTC): when what it says was true."),
        Column("as_of_evidence", "varchar", "Where the age was taken from."),
        Column("date_format", "varchar", "Order of day, month and year in its dates: dmy, mdy or ymd."),
        Column("date_format_evidence", "varchar", "How that was proven."),
        Column("mapping", "varchar", "Mapping through which a generic file was read, as its text."),
        Column("warnings", "json", "What a person should know about the file."),
        Column("file_sequence", "bigint", "Number of the load; a later one wins a tie of ages."),
        Column("loaded_at", "timestamp", "When it was loaded (UTC)."),
        Column("merged_at", "timestamp", "When it was merged into core (UTC); empty while it waits or is held."),
    ),
)

QUARANTINE_ROWS = Table(
    schema="quarantine",
    name="rows",
    description="Every record or cell that was rejected, with the rule and what to do about it.",
    grain="rejected record or cell",
    key=("file_id", "record_number", "entity", "rule"),
    columns=(
        MERCHANT,
        _SOURCE,
        _FILE,
        _FILE_NAME,
        _RECORD,
        _LINE,
        _ENTITY,
        Column("rule", "varchar", "Rule that rejected it."),
        Column("column_name", "varchar", "Column of the source at fault."),
        Column("field", "varchar", "What stood there, personal parts masked, at most 500 characters."),
        Column("expected", "varchar", "What should have stood there."),
        Column("remedy", "varchar", "What to do about it."),
        Column("is_whole_record", "boolean", "Nothing of the record was loaded."),
        Column("quarantined_at", "timestamp", "When it was rejected (UTC)."),
    ),
)

MENDED = Table(
    schema="quarantine",
    name="mended",
    description="What stood in quarantine until a corrections file mended it; quarantine.rows has what is still open.",
    grain="rejected record or cell that was mended",
    key=("file_id", "record_number", "entity", "rule"),
    columns=(
        *QUARANTINE_ROWS.columns,
        Column("mended_by_file_id", "varchar", "Corrections file that mended it."),
        Column("mended_by_file_name", "varchar", "Its name, without its folder."),
        Column("mended_at", "timestamp", "When that file was loaded (UTC)."),
    ),
)

CONFLICTS = Table(
    schema="quarantine",
    name="conflicts",
    description="Two files of the same age that disagree about a thing; the later load won.",
    grain="thing and pair of files",
    key=("merchant_id", "entity", "key", "kept_file_id", "dropped_file_id"),
    columns=(
        MERCHANT,
        _ENTITY,
        Column("key", "varchar", "Key of the thing, values joined by ` / `."),
        Column("as_of", "timestamp", "Age of both files (UTC)."),
        Column("kept_file_id", "varchar", "File that won."),
        Column("dropped_file_id", "varchar", "File that lost."),
    ),
)

LEARNED = Table(
    schema="meta",
    name="learned",
    description="What each model had last learned each merchant from; other rows or other code learn it anew.",
    grain="model and merchant",
    key=("model_name", "merchant_id"),
    columns=(
        Column("model_name", "varchar", "Model, as its folder in models."),
        MERCHANT,
        Column("input_hash", "varchar", "Hash over code, inputs and borrowed priors."),
        Column("own_hash", "varchar", "Hash over code and the merchant's own inputs, by which its prior was made."),
        Column("prior", "varchar", "What it lends to merchants that share, as the model wrote it; empty if nothing."),
        Column("failure", "varchar", "What learning ended with, where it could not be done; the merchant is held."),
        Column("learned_at", "timestamp", "When (UTC)."),
    ),
    is_published=False,
)

BUILDS = Table(
    schema="meta",
    name="builds",
    description="The code that last built each table; another code rebuilds it.",
    grain="table",
    key=("table_name",),
    columns=(
        Column("table_name", "varchar", "schema.table"),
        Column("code_hash", "varchar", "Hash of the declaration and the query."),
        Column("built_at", "timestamp", "When it was built (UTC)."),
    ),
    is_published=False,
)

DIRTY_PARTS = Table(
    schema="meta",
    name="dirty_parts",
    description="Parts of published tables that hold changed rows and must be written anew.",
    grain="part",
    key=("table_name", "merchant_id", "month"),
    columns=(
        Column("table_name", "varchar", "schema.table"),
        MERCHANT,
        Column("month", "date", "First day of the part's month; empty where the table is not cut by month."),
    ),
    is_published=False,
)

MENDED_KEYS = Table(
    schema="meta",
    name="mended_keys",
    description="Things that a corrections file changed in staging and that are not merged anew yet.",
    grain="thing, or parent of things, and corrections file",
    key=("file_id", "entity", "key"),
    columns=(
        _FILE,
        Column("mended_file_id", "varchar", "File whose records were mended."),
        _ENTITY,
        MERCHANT,
        Column("key", "json", "Columns that name the thing, or the parent whose children go together, by name."),
    ),
    is_published=False,
)

HOLDS = Table(
    schema="meta",
    name="holds",
    description="Merchants whose last good snapshot stays, since when and why.",
    grain="merchant and stage",
    key=("merchant_id", "stage"),
    columns=(
        MERCHANT,
        Column("stage", "varchar", "incoming (new files are not merged) or published (tables are not shown)."),
        Column("reason", "varchar", "Checks that failed, in words."),
        Column("held_since", "timestamp", "When the hold began (UTC)."),
    ),
    is_published=False,
)

VERDICTS = Table(
    schema="quarantine",
    name="check_verdicts",
    description="The last verdict of every check on every merchant's rows, with counts and keys.",
    grain="check of a table for a merchant",
    key=("table_name", "merchant_id", "check_name"),
    columns=(
        Column("table_name", "varchar", "schema.table that was checked."),
        MERCHANT,
        Column("check_name", "varchar", "Name of the check, stable within the table."),
        Column("description", "varchar", "What the check expects, in words."),
        Column("severity", "varchar", "error holds the merchant, warn is shown."),
        Column("is_passed", "boolean", "Whether it passed."),
        Column("failing_count", "bigint", "Rows that fail it."),
        Column("row_count", "bigint", "Rows that were looked at."),
        Column("failing_keys", "json", "Keys of failing rows, at most 20."),
        Column("raised", "varchar", "What the check itself ended with, where it could not be evaluated."),
        Column("checked_at", "timestamp", "When (UTC)."),
    ),
)

CHECKED_PARTS = Table(
    schema="meta",
    name="checked_parts",
    description="Parts of published tables as they were last checked; a merchant's verdict on a table is their sum.",
    grain="part",
    key=("table_name", "merchant_id", "month"),
    columns=(
        Column("table_name", "varchar", "schema.table"),
        MERCHANT,
        Column("month", "date", "First day of the part's month; empty where the table is not cut by month."),
        Column("row_count", "bigint", "Rows that were looked at."),
        Column("expectations_hash", "varchar", "What they were held to; where that changes, all parts are checked."),
    ),
    is_published=False,
)

FAILING_PARTS = Table(
    schema="meta",
    name="failing_parts",
    description="What failed in parts of published tables when they were last checked.",
    grain="check of a part",
    key=("table_name", "merchant_id", "month", "check_name"),
    columns=(
        Column("table_name", "varchar", "schema.table"),
        MERCHANT,
        Column("month", "date", "First day of the part's month; empty where the table is not cut by month."),
        Column("check_name", "varchar", "Name of the check, stable within the table."),
        Column("failing_count", "bigint", "Rows that fail it."),
        Column("failing_keys", "varchar[]", "Keys of some of them."),
    ),
    is_published=False,
)

TOUCHED = Table(
    schema="meta",
    name="touched",
    description="Ids of rows that changed and whose cases are not brought up to date yet; see pipelines.cases.",
    grain="id of a kind",
    key=("merchant_id", "kind", "id"),
    columns=(
        MERCHANT,
        Column("kind", "varchar", "order, shipment, parcel (waybill or number in lower case), return or customer."),
        Column("id", "varchar", "The id, as rows are found by it."),
    ),
    is_published=False,
)

ORDER_NAMES = Table(
    schema="meta",
    name="order_names",
    description="Keyed marks of the names that files state for an order: texts of other files are masked by them.",
    grain="order and set of names",
    key=("merchant_id", "order_id", "marks"),
    columns=(
        MERCHANT,
        Column("order_id", "varchar", "Order number."),
        Column("marks", "uinteger[]", "First 32 bits of the HMAC of each name; no name can be read from it."),
    ),
    is_published=False,
)

TOMBSTONES = Table(
    schema="meta",
    name="tombstones",
    description="Persons that were erased, and what belongs to them, which every later load obeys.",
    grain="erased identity, order, parcel or return",
    key=("merchant_id", "tombstone"),
    columns=(
        MERCHANT,
        Column("kind", "varchar", "identity, order, parcel or return."),
        Column("tombstone", "varchar", "HMAC of the pseudonym, or of the number or id, under another label."),
        Column("erasure_id", "varchar", "Erasure that it came from."),
    ),
    is_published=False,
)

ERASURES = Table(
    schema="meta",
    name="erasures",
    description="Every erasure that was done: when, for which merchant, how much it took away. Not whom.",
    grain="erasure",
    key=("erasure_id",),
    columns=(
        Column("erasure_id", "varchar", "Random id."),
        MERCHANT,
        Column("counts", "json", "What was removed or rewritten, by kind."),
        Column("erased_at", "timestamp", "When it was completed (UTC)."),
    ),
    is_published=False,
)

LEDGERS = (
    ORDER_NAMES,
    TOMBSTONES,
    ERASURES,
    FILES,
    QUARANTINE_ROWS,
    MENDED,
    CONFLICTS,
    MERCHANTS,
    MERCHANT_SETTINGS,
    LEARNED,
    BUILDS,
    DIRTY_PARTS,
    TOUCHED,
    MENDED_KEYS,
    HOLDS,
    VERDICTS,
    CHECKED_PARTS,
    FAILING_PARTS,
)
