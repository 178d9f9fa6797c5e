"""The raw rows of files as staging reads them: with the cells that corrections files mended.

``raw`` keeps what stood in the file. Of several corrections of a cell the later load counts, within a file the later
record.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.sql_text import identifiers, literal, literals

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.sources import Source

CELLS = "raw.corrections__cells"

# As in sql/staging/corrections__cells.sql: a file that was read anew since is no longer the one that was corrected.
IN_FORCE = (
    f"select cells.*, own_files.file_sequence from {CELLS} as cells"
    " join raw.files as own_files on cells.file_id = own_files.file_id"
    " join raw.files as corrected_files on cells.of_file_id = corrected_files.file_id"
    " where cells.is_filled and cells.problem is null"
    " and corrected_files.file_sequence <= own_files.file_sequence"
)


def mended_rows(connection: duckdb.DuckDBPyConnection, source: Source, file_ids: Sequence[str]) -> str:
    """What to select a source's raw rows of some files from, mended where they are; of a generic source one file."""
    if source.name != "generic":
        return mended_records(connection, source, file_ids)
    rows = connection.execute("select header from raw.files where file_id = $1", [file_ids[0]]).fetchall()
    return mended_lists(connection, file_ids[0], json.loads(rows[0][0])) if rows else f"raw.{source.raw_table}"


def mended_records(connection: duckdb.DuckDBPyConnection, source: Source, file_ids: Sequence[str]) -> str:
    """What to select a source's raw rows of some files from: the raw table, or a query over it with mended cells."""
    table = f"raw.{source.raw_table}"
    columns = _corrected_columns(connection, file_ids)
    if not columns or source.declared_raw_table() is not None:
        return table
    replaced = ", ".join(
        f"case when {_is_corrected(place)} then {_value(place)} else raw_rows.{identifiers([name])} end"
        f" as {identifiers([name])}"
        for place, name in enumerate(columns)
    )
    return _joined(table, f"raw_rows.* replace ({replaced})", columns, file_ids)


def mended_lists(connection: duckdb.DuckDBPyConnection, file_id: str, header: Sequence[str]) -> str:
    """What to select the raw rows of a generic file from; there the fields of a record are one list."""
    columns = _corrected_columns(connection, [file_id])
    if not columns:
        return "raw.generic__records"
    fields = [
        f"case when {_is_corrected(columns.index(name))} then {_value(columns.index(name))} else fields[{number}] end"
        if name in columns
        else f"fields[{number}]"
        for number, name in enumerate(header, 1)
    ]
    replaced = f"raw_rows.* replace (cast([{', '.join(fields)}] as varchar[]) as fields)"
    return _joined("raw.generic__records", replaced, columns, [file_id])


def _corrected_columns(connection: duckdb.DuckDBPyConnection, file_ids: Sequence[str]) -> list[str]:
    schema, name = CELLS.split(".")
    ((count,),) = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = $1 and table_name = $2", [schema, name]
    ).fetchall()
    if not count:
        return []
    rows = connection.execute(
        f"select distinct of_column from ({IN_FORCE}) where of_file_id in ({literals(file_ids)}) order by all"
    ).fetchall()
    return [row[0] for row in rows]


def _joined(table: str, selected: str, columns: Sequence[str], file_ids: Sequence[str]) -> str:
    last = ", ".join(
        f"arg_max(struct_pack(v := corrected), (file_sequence, record_number))"
        f" filter (where of_column = {literal(name)}) as cell_{place}"
        for place, name in enumerate(columns)
    )
    return (
        f"(select {selected} from {table} as raw_rows left join ("
        f"select of_file_id, cast(of_record as bigint) as of_record_number, {last} from ({IN_FORCE})"
        f" where of_file_id in ({literals(file_ids)}) group by all) as corrected_cells"
        " on raw_rows.file_id = corrected_cells.of_file_id"
        " and raw_rows.record_number = corrected_cells.of_record_number)"
    )


def _is_corrected(place: int) -> str:
    return f"corrected_cells.cell_{place} is not null"


def _value(place: int) -> str:
    return f"struct_extract(corrected_cells.cell_{place}, 'v')"
