"""The floor: DuckDB reads the same files into tables of a DuckDB file, every column text, nothing else.

``python -m benchmarks.bare DATABASE THREADS FILE ...``. A CSV file is one table; a JSON Lines file a table of its
lines; other files (a policy of a kilobyte) are left out. Of the ways to read that were tried the quickest: rows in any
order, as the house reads them too, and longer lines only where a file has some.
"""

from __future__ import annotations

import sys

import duckdb

_LONGEST_LINE = 8_388_608
_READERS = {
    ".csv": "read_csv($1, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"'{more})",
    ".jsonl": "read_csv($1, header = false, columns = {{'line': 'varchar'}}, auto_detect = false, delim = '\\x01',"
    " quote = '', escape = ''{more})",
}


def main(database: str, threads: int, paths: list[str]) -> None:
    """Read the files.

    Args:
        database: DuckDB file to make.
        threads: threads of DuckDB.
        paths: files.
    """
    with duckdb.connect(database, config={"threads": threads, "preserve_insertion_order": False}) as connection:
        for number, path in enumerate(paths):
            reader = next((text for ending, text in _READERS.items() if path.endswith(ending)), None)
            if reader is not None:
                _read(connection, f"create table file_{number} as from {reader}", path)


def _read(connection: duckdb.DuckDBPyConnection, statement: str, path: str) -> None:
    try:
        connection.execute(statement.format(more=""), [path])
    except duckdb.InvalidInputException:
        connection.execute(statement.format(more=f", max_line_size = {_LONGEST_LINE}"), [path])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
