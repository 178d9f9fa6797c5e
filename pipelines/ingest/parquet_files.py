"""Parquet files: counted by their footer, landed as text; what is damaged is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.errors import Refused
from pipelines.ingest.header import refuse_repeated
from pipelines.ingest.landing import column_names, number_landed
from pipelines.ingest.records import RecordScan
from pipelines.sql_text import identifiers

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.ingest.landing import LandedFile


def scan_parquet(path: Path, file_name: str) -> RecordScan:
    """Count a Parquet file's rows by its own footer; a row's line number is its record number.

    Raises:
        Refused: it is damaged, has no row, or a name twice.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        footer = pyarrow.parquet.read_metadata(path)
        names = tuple(pyarrow.parquet.read_schema(path).names)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _damaged_parquet(file_name) from error
    if not footer.num_rows or not names:
        raise Refused(file_name, found="no row", expected="columns and at least one row", remedy="write the file again")
    refuse_repeated(names, file_name)
    rows = np.arange(1, footer.num_rows + 1, dtype=np.int64)
    size = path.stat().st_size
    return RecordScan(names, "", rows, np.array([0, size]), np.zeros(len(rows), dtype=bool), size, size)


def land_parquet(landed: LandedFile, path: Path, scan: RecordScan) -> None:
    """Fill the view ``landing`` from a Parquet file, every value as text; an empty text becomes NULL.

    Raises:
        Refused: it is damaged, or the loader reads another number of rows than the file's footer tells.
    """
    import duckdb

    names = column_names(scan.header)
    selected = ", ".join(
        f"nullif({identifiers([header])}::varchar, '') as {identifiers([name])}"
        for header, name in zip(scan.header, names, strict=True)
    )
    landed.connection.execute("set preserve_insertion_order = true")
    try:
        landed.connection.execute(
            f"create or replace temp table landing_rows as select {selected} from read_parquet($1)", [str(path)]
        )
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) or not path.exists():
            raise
        raise _damaged_parquet(landed.file_name) from error
    finally:
        landed.connection.execute("set preserve_insertion_order = false")
    ((count,),) = landed.connection.execute("select count(*) from landing_rows").fetchall()
    if count != len(scan.line_numbers):
        raise Refused(
            landed.file_name,
            found=f"{count} rows that can be read",
            expected=f"{len(scan.line_numbers)} rows, as the file's footer says",
            remedy="write the file again",
        )
    number_landed(landed, scan, scan.line_numbers)


def _damaged_parquet(file_name: str) -> Refused:
    return Refused(
        file_name,
        found="a Parquet file that is damaged, cut short, encrypted or of an unknown kind",
        expected="a whole Parquet file",
        remedy="write or download it again",
    )
