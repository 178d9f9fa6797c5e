"""The floor reads every file to its end, whatever the length of its lines."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.bare import main


def test_every_record_is_read_also_of_long_lines(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    (tmp_path / "long.csv").write_text(f"a,b\n1,{'x' * 3_000_000}\n3,4\n5,6\n", encoding="utf-8")
    (tmp_path / "events.jsonl").write_text('{"a": "x, y"}\n{"b": 2}\n', encoding="utf-8")
    (tmp_path / "policy.toml").write_text("a = 1\n", encoding="utf-8")
    names = ("orders.csv", "long.csv", "events.jsonl", "policy.toml")
    main(str(tmp_path / "floor.duckdb"), 2, [str(tmp_path / name) for name in names])
    with duckdb.connect(str(tmp_path / "floor.duckdb"), read_only=True) as connection:
        rows = [connection.execute(f"select count(*) from file_{number}").fetchone() for number in range(3)]
        assert rows == [(2,), (3,), (2,)]
        assert len(connection.execute("select * from duckdb_tables()").fetchall()) == 3
