"""The floor: DuckDB reads the same files into tables of a DuckDB file, every column text, nothing else.

``python -m benchmarks.bare DATABASE THREADS FILE ...``. A CSV file is one table; a JSON Lines file a table of its
lines; other files (a policy of a kilobyte) are left out.
"""

from __future__ import annotations

import sys

import duckdb

_OPTIONS = "max_line_size = 8388608"
_READERS = {
    ".csv": f"read_csv($1, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', {_OPTIONS})",
    ".jsonl": "read_csv($1, header = false, columns = {'line': 'varchar'}, auto_detect = false, delim = '\\x01',"
    f" quote = '', escape = '', {_OPTIONS})",
}


def main(database: str, threads: int, paths: list[str]) -> None:
    """Read the files.

    Args:
        database: DuckDB file to make.
        threads: threads of DuckDB.
        paths: files.
    """
    with duckdb.connect(database, config={"threads": threads}) as connection:
        for number, path in enumerate(paths):
            reader = next((text for ending, text in _READERS.items() if path.endswith(ending)), None)
            if reader is not None:
                connection.execute(f"create table file_{number} as from {reader}", [path])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
