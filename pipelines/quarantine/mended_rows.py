"""``quarantine.mended`` in step with ``quarantine.rows``: what left it by a correction, and what is back there.

Whatever stages files anew goes through here (``pipelines.ingest.staging.stage_anew``): a correction may be emptied, or
rules may change, and then a row that was mended is rejected again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.quarantine.mended_records import CELLS, IN_FORCE
from pipelines.sql_text import literal, literals

if TYPE_CHECKING:
    from collections.abc import Collection

    from pipelines.warehouse import Warehouse

# What could not be told apart into fields never reached raw: its place in quarantine stays as long as its file.
_OF_STAGING = "entity is distinct from 'record'"
_KEY = "file_id, record_number, entity, rule"


def take_open(warehouse: Warehouse, file_ids: Collection[str]) -> None:
    """Take what staging rejected of some files out of quarantine, into the temporary table ``open_before``."""
    of_files = f"{_OF_STAGING} and file_id in ({literals(file_ids)})"
    warehouse.connection.execute(
        f"create or replace temp table open_before as select * from quarantine.rows where {of_files}"
    )
    warehouse.connection.execute(f"delete from quarantine.rows where {of_files}")


def note_mended(warehouse: Warehouse, file_ids: Collection[str], corrections_id: str = "") -> int:
    """Keep what left quarantine; what is back there is mended no longer.

    Args:
        warehouse: the files are staged, and what was open of them before stands in ``open_before``.
        file_ids: these files.
        corrections_id: corrections file that is being applied; if empty, a row was mended by the last corrections file
            that is in force for its record, and where there is none it left quarantine by itself.

    Returns:
        Rows that left it by a correction.
    """
    connection = warehouse.connection
    still = f"select {_KEY} from quarantine.rows where file_id in ({literals(file_ids)})"
    connection.execute(
        "create or replace temp table gone_rows as select gone.*, corrected.mended_by_file_id from"
        f" (select * from open_before anti join ({still}) as still using ({_KEY})) as gone"
        f" join ({_correcting(warehouse, corrections_id)}) as corrected"
        " on gone.file_id = corrected.file_id and"
        " (corrected.record_number is null or gone.record_number = corrected.record_number)"
    )
    connection.execute(
        f"delete from quarantine.mended where file_id in ({literals(file_ids)}) and ({_KEY}) in"
        f" (select ({_KEY}) from ({still} union all select {_KEY} from gone_rows))"
    )
    ((count,),) = connection.execute("select count(*) from gone_rows").fetchall()
    connection.execute(
        "insert into quarantine.mended by name select gone.*, files.file_name as mended_by_file_name,"
        " files.loaded_at as mended_at from gone_rows as gone join raw.files as files"
        " on gone.mended_by_file_id = files.file_id"
    )
    for name in ("open_before", "gone_rows"):
        connection.execute(f"drop table {name}")
    return int(count)


def _correcting(warehouse: Warehouse, corrections_id: str) -> str:
    """Query of the file, the record (null: each) and the corrections file by which what left quarantine was mended."""
    if corrections_id:
        # A mended record may mend others of its file: rows of an order are read together.
        return (
            "select distinct file_id, null::bigint as record_number,"
            f" {literal(corrections_id)} as mended_by_file_id from open_before"
        )
    if not warehouse.has_table(CELLS):
        return "select null::varchar as file_id, null::bigint as record_number, null as mended_by_file_id where false"
    return (
        "select of_file_id as file_id, cast(of_record as bigint) as record_number,"
        f" arg_max(file_id, file_sequence) as mended_by_file_id from ({IN_FORCE}) group by all"
    )
