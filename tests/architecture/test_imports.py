"""Who may use what. Each rule says why; a new file that breaks one belongs in another room, or its work does.

Read from the syntax, so that imports inside functions count as well.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ONLY_IN: dict[str, tuple[str, tuple[str, ...]]] = {
    "great_expectations": ("one adapter; its import takes seconds", ("pipelines/quality/",)),
    "sqlalchemy": (
        "great_expectations needs it, and Dagster's history raises its errors",
        ("pipelines/quality/", "pipelines/runner.py"),
    ),
    "pandas": ("only great_expectations needs it; frames are Polars", ("pipelines/quality/",)),
    "dagster": (
        "the work is in SQL, models and plain functions; assets are thin",
        (
            "pipelines/assets/",
            "pipelines/automation.py",
            "pipelines/catalogue.py",
            "pipelines/definitions.py",
            "pipelines/dead_runs.py",
            "pipelines/runner.py",
        ),
    ),
    "dash": ("pages belong to dashboards", ("dashboards/",)),
    "sklearn": ("learning belongs to models", ("models/",)),
    "duckdb.connect": (
        "one module opens the warehouse, one the snapshot; the others parse SQL or read a sample in an empty one",
        (
            "pipelines/warehouse.py",
            "pipelines/snapshot.py",
            "pipelines/sql_tables.py",
            "pipelines/mapping/expressions.py",
            "pipelines/mapping/binding.py",
            "pipelines/mapping_draft.py",
        ),
    ),
    "os.environ": ("configuration has one reader", ("pipelines/settings.py",)),
    "os.getenv": ("configuration has one reader", ("pipelines/settings.py",)),
    "tomllib": (
        "configuration has one reader; mappings, message catalogues and the demo's word lists are data",
        (
            "pipelines/settings.py",
            "pipelines/ingest/toml_document.py",
            "pipelines/mapping/parse.py",
            "pipelines/reports/language.py",
            "pipelines/simulate/draws.py",
        ),
    ),
    "pipelines.simulate": (
        "what reads exports must not know how the demo's are made",
        ("pipelines/simulate/", "pipelines/cli/simulate.py", "pipelines/cli/demo.py"),
    ),
}
"""What may be used in some files only: why, and where. Tests and measurements may use anything."""

NEVER_IN: dict[str, tuple[str, tuple[str, ...]]] = {
    "models/": (
        "models are pure: frames in, frames out",
        ("dagster", "duckdb", "pipelines", "dashboards", "great_expectations", "dash"),
    ),
    "pipelines/simulate/": (
        "the simulator shares no code with what reads or learns, or tests would agree with themselves",
        ("models", "dashboards", "dagster"),
    ),
    "pipelines/reports/": ("data flows one way", ("dashboards", "pipelines.warehouse", "pipelines.assets")),
    "pipelines/sources/": ("a source knows its format, not who runs it", ("pipelines.assets", "pipelines.cli")),
    "pipelines/contracts/": ("a contract depends on nothing", ("pipelines.sources", "pipelines.assets", "duckdb")),
}
"""What the files of a room never use: why, and what."""

LIMITED: dict[str, tuple[str, tuple[str, ...]]] = {
    "dashboards/": (
        "pages read the snapshot and share the report's wording and the metrics' definitions, nothing else",
        ("pipelines.snapshot", "pipelines.reports", "pipelines.metrics", "pipelines.errors", "pipelines.settings"),
    ),
    "pipelines/simulate/": ("the simulator stands alone", ("pipelines.simulate",)),
}
"""Of ``pipelines`` the files of a room use these modules only."""


NOT_IMPORTED = {
    "dagster-webserver": "started by dagster dev",
    "ipykernel": "runs the notebooks",
    "pytest-xdist": "runs the tests in several processes",
    "ruff": "a program",
    "scikit-learn": "pinned before the models that need it",
    "sqlfluff": "a program",
    "ty": "a program",
    "tzdata": "read by zoneinfo where the machine has no zones",
}
"""Declared dependencies that no file imports, and what they are for."""


def outside_of_their_place(uses: Iterable, name: str, places: tuple[str, ...]) -> list[str]:
    """Uses of a module by files that are none of those places."""
    return [
        f"{use.path}:{use.line} uses {use.name}"
        for use in uses
        if use.is_of(name) and not use.path.startswith((*places, "tests/", "benchmarks/"))
    ]


def forbidden(uses: Iterable, room: str, names: tuple[str, ...]) -> list[str]:
    """Uses of any of those modules by the files of a room."""
    return [
        f"{use.path}:{use.line} uses {use.name}"
        for use in uses
        if use.path.startswith(room) and any(use.is_of(name) for name in names)
    ]


def beyond(uses: Iterable, room: str, allowed: tuple[str, ...]) -> list[str]:
    """Uses of ``pipelines`` by the files of a room, other than the allowed modules."""
    return [
        f"{use.path}:{use.line} uses {use.name}"
        for use in uses
        if use.path.startswith(room) and use.is_of("pipelines") and not any(use.is_of(name) for name in allowed)
    ]


@pytest.mark.parametrize("name", ONLY_IN)
def test_a_library_stays_in_its_place(name: str, all_uses: list) -> None:
    """Reminds of: moving the work to the module that owns the library, or owning up to a new place in ONLY_IN."""
    why, places = ONLY_IN[name]
    assert not outside_of_their_place(all_uses, name, places), why


@pytest.mark.parametrize("room", NEVER_IN)
def test_a_room_keeps_out_what_is_foreign_to_it(room: str, all_uses: list) -> None:
    """Reminds of: putting orchestration into pipelines, learning into models, pictures into dashboards."""
    why, names = NEVER_IN[room]
    assert any(use.path.startswith(room) for use in all_uses), f"{room} has no files; drop the rule"
    assert not forbidden(all_uses, room, names), why


@pytest.mark.parametrize("room", LIMITED)
def test_a_room_reads_through_its_door(room: str, all_uses: list) -> None:
    """Reminds of: reading published data through pipelines.snapshot, not through the warehouse."""
    why, allowed = LIMITED[room]
    assert any(use.path.startswith(room) for use in all_uses), f"{room} has no files; drop the rule"
    assert not beyond(all_uses, room, allowed), why


def test_every_place_of_a_rule_exists(root) -> None:
    """Reminds of: changing the rules here when a module is renamed, so that they go on guarding something."""
    named = [place for _, places in ONLY_IN.values() for place in places]
    named += [*NEVER_IN, *LIMITED]
    assert not [place for place in named if not (root / place).exists()]


def test_every_import_is_declared_and_every_declaration_needed(all_uses: list, root: Path) -> None:
    """Reminds of: naming in pyproject.toml what the code imports, and removing what nothing needs any more."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {_normal(re.split(r"[<>=!~;\[ ]", line)[0]) for group in groups for line in group}
    distributions = packages_distributions()
    imported = {
        _normal(distribution)
        for use in all_uses
        for distribution in distributions.get(use.name.partition(".")[0], [])
        if distribution != "keeprate"
    }
    assert not imported - declared
    assert not declared - imported - set(NOT_IMPORTED)
    assert not set(NOT_IMPORTED) & imported


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import dagster as dg\n", "dagster"),
        ("def build():\n    from dagster import asset\n", "dagster.asset"),
        ("import duckdb\nduckdb.connect()\n", "duckdb.connect"),
        ("from os import environ\n", "os.environ"),
        ("import os as system\nsystem.environ['A']\n", "os.environ"),
        ("from pipelines import warehouse\n", "pipelines.warehouse"),
    ],
)
def test_every_way_of_using_a_name_is_seen(text: str, found: str, uses_in: Callable) -> None:
    """The rules above see imports at the top, inside functions, renamed, and names reached by a dot."""
    uses = uses_in(text, "pipelines/reports/new.py")
    assert found in [use.name for use in uses]


def test_a_broken_rule_is_reported(uses_in: Callable) -> None:
    """Each of the three kinds of rule finds a file that breaks it."""
    in_models = uses_in("def fit():\n    import duckdb\n", "models/risk/fit.py")
    assert forbidden(in_models, "models/", NEVER_IN["models/"][1])
    in_dashboards = uses_in("from pipelines.warehouse import open_warehouse\n", "dashboards/pages/x.py")
    assert beyond(in_dashboards, "dashboards/", LIMITED["dashboards/"][1])
    in_core = uses_in("import great_expectations\n", "pipelines/core_tables.py")
    assert outside_of_their_place(in_core, "great_expectations", ONLY_IN["great_expectations"][1])
