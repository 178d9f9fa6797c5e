"""The code location: it loads, stays light, and its asset graph is the one that was last looked at.

A renamed or rewired asset shows up as a readable difference in ``asset_graph.txt``; after a change that is meant,
write it anew: ``python tests/architecture/test_definitions.py``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = Path(__file__).with_name("asset_graph.txt")


def graph_text() -> str:
    """Every asset with group, kinds and what it depends on, one block each, sorted."""
    from pipelines.definitions import defs

    graph = defs.resolve_asset_graph()
    blocks = []
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        lines = [f"{'/'.join(key.path)}  [{node.group_name}]  {' '.join(sorted(node.kinds))}"]
        lines += [f"    <- {'/'.join(parent.path)}" for parent in sorted(node.parent_keys)]
        blocks.append("\n".join(lines))
    return "\n".join(blocks) + "\n"


def test_the_asset_graph_is_the_one_that_was_looked_at() -> None:
    assert graph_text() == SNAPSHOT.read_text(encoding="utf-8")


def test_every_asset_has_description_owner_kind_and_group() -> None:
    from pipelines.definitions import defs

    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners, key
        assert node.kinds, key
        assert node.group_name in {"raw", "staging", "core", "ml", "marts", "quarantine", "snapshot", "reports"}, key


def test_every_declared_table_is_an_asset_with_its_columns() -> None:
    from pipelines.build import published_tables
    from pipelines.definitions import defs
    from pipelines.sql_tables import all_sql_tables

    graph = defs.resolve_asset_graph()
    keys = {".".join(key.path): key for key in graph.get_all_asset_keys()}
    declared = {table.full_name: table for table in (*published_tables(), *all_sql_tables().values()) if table.is_kept}
    declared.pop("quarantine.check_verdicts")  # filled by the checks of every step
    assert set(declared) <= set(keys)
    for name, table in declared.items():
        schema = graph.get(keys[name]).metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == [column.name for column in table.columns], name


def test_every_sql_check_is_an_asset_check() -> None:
    from pipelines.definitions import defs
    from pipelines.sql_tables import all_sql_tables

    shown = {(".".join(key.asset_key.path), key.name) for key in defs.resolve_asset_graph().asset_check_keys}
    asserted = {
        (table.full_name, check.name)
        for table in all_sql_tables().values()
        for check in table.checks
        if check.kind == "assert"
    }
    assert asserted - shown == set()
    unique = {table.full_name for table in all_sql_tables().values() if any(c.kind == "unique" for c in table.checks)}
    assert unique == unique & {table for table, name in shown if name.startswith("unique")}


def test_loading_definitions_leaves_the_heavy_libraries_unimported() -> None:
    code = (
        "import sys, pipelines.definitions;"
        "print([name for name in ('great_expectations', 'sklearn', 'pandas', 'polars', 'dash', 'plotly', 'scipy')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_workspace_names_the_code_location() -> None:
    import tomllib

    text = (ROOT / "workspace.yaml").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dg"]["project"]
    assert f"module_name: {project['code_location_target_module']}" in text
    assert f"location_name: {project['code_location_name']}" in text


if __name__ == "__main__":
    SNAPSHOT.write_text(graph_text(), encoding="utf-8")
