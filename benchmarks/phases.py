"""Where the time of a command goes: functions of the house wrapped from outside, seconds counted once.

The house itself carries no stop-watches. What is listed in ``TIMED`` is wrapped in this process only; a second
that is spent in a function within a function counts for the inner one. A test holds the names to the code.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Label = str | Callable[..., str]

LEARNING = "learning "

TIMED: tuple[tuple[str, str, Label], ...] = (
    ("pipelines.ingest.ahead", "await_opened", "open"),
    ("pipelines.ingest.records", "scan_records", "scan"),
    ("pipelines.ingest.landing", "land_csv", "landing"),
    ("pipelines.sources.date_format", "decide_date_format", "date format"),
    ("pipelines.ingest.run", "note_names", "names of orders"),
    ("pipelines.ingest.run", "mask_again", "texts masked again"),
    ("pipelines.ingest.staging", "stage_files", "staging, other"),
    ("pipelines.ingest.entry", "settle_counts", "counts of a file"),
    ("pipelines.build", "is_nothing_to_do", "looking for work"),
    ("pipelines.restaging", "restage", "restage"),
    ("pipelines.reference_loading", "load_reference_tables", "reference tables"),
    ("pipelines.build", "merge_core", "core, other"),
    ("pipelines.core_tables", "merge", lambda _, contract, *__: f"core.{contract.entity}"),
    ("pipelines.build", "update_cases", "core, case by case"),
    ("pipelines.build", "rebuild", lambda _, table: table.full_name),
    ("pipelines.learning.run", "_learn", lambda _, model, **__: f"{LEARNING}{model.name}"),
    ("pipelines.sql_tables", "read_sql_table", "reading sql/"),
    ("pipelines.verdicts", "check_incoming", "checks, incoming"),
    ("pipelines.verdicts", "check_published", "checks, published"),
    ("pipelines.publishing", "publish", "publish"),
    ("pipelines.catalogue", "tell", "telling the catalogue"),
    ("pipelines.assets.checks", "asset_check_result", "results of checks for Dagster"),
    ("pipelines.verdicts", "last_verdicts", "last verdicts read"),
    ("pipelines.quality.pages", "write_pages", "pages of checks"),
    ("pipelines.reports.write", "write_report", "reports"),
)
"""Module, function, and what its time is called: a name, or a function from its arguments to one."""

IMPORTS = ("dagster", "duckdb", "great_expectations", "numpy", "pandas", "polars", "pyarrow", "sqlalchemy", "jinja2")
"""Libraries whose first import counts by itself."""

_NAMED = re.compile(
    r"insert into (?P<table>(?:raw|staging)\.\w+)|create or replace temp table staged_(?P<staged>\w+__\w+)"
    r"|(?P<statement>commit|comment)"
)


COMMIT_OF = "commit of "
CASE_BY_CASE = "core, case by case"


@dataclass
class Recorder:
    """Seconds by name.

    Attributes:
        seconds: spent under each name, without what was spent under a name within it.
        names: what is being timed, the innermost last.
    """

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    names: list[str] = field(default_factory=list)
    _inner: list[float] = field(default_factory=list)
    _thread: int = field(default_factory=threading.get_ident)

    @contextmanager
    def timed(self, name: str) -> Generator[None]:
        """Count what happens inside for ``name``; other threads are not counted, they run beside."""
        if threading.get_ident() != self._thread:
            yield
            return
        self._inner.append(0.0)
        self.names.append(name)
        started = time.perf_counter()
        try:
            yield
        finally:
            whole = time.perf_counter() - started
            self.names.pop()
            self.seconds[name] += whole - self._inner.pop()
            if self._inner:
                self._inner[-1] += whole


def install(recorder: Recorder) -> None:
    """Wrap everything that is timed, in this process."""
    _time_imports(recorder)
    for module_name, function_name, label in TIMED:
        module = importlib.import_module(module_name)
        original = getattr(module, function_name)
        wrapped = _wrapped(original, label, recorder)
        for holder in list(sys.modules.values()):
            if getattr(holder, "__name__", "").startswith("pipelines") and vars(holder).get(function_name) is original:
                setattr(holder, function_name, wrapped)
    _time_inserts(recorder)


def _wrapped(function: Callable[..., Any], label: Label, recorder: Recorder) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        name = label if isinstance(label, str) else label(*arguments, **options)
        with recorder.timed(name):
            return function(*arguments, **options)

    return run


def _time_imports(recorder: Recorder) -> None:
    original = builtins.__import__

    def importing(name: str, *arguments: Any, **options: Any) -> Any:
        library = name.partition(".")[0]
        if library not in IMPORTS or name in sys.modules:
            return original(name, *arguments, **options)
        with recorder.timed(f"import {library}"):
            found = original(name, *arguments, **options)
        if name == "dagster":
            _time_event_log(recorder)
        return found

    vars(builtins)["__import__"] = importing


def _time_event_log(recorder: Recorder) -> None:
    """What Dagster spends on writing down each step, check and asset; it has no public place for that."""
    from dagster._core.storage.event_log import SqliteEventLogStorage

    for name in ("store_event", "store_event_batch"):
        setattr(
            SqliteEventLogStorage, name, _wrapped(getattr(SqliteEventLogStorage, name), "Dagster's event log", recorder)
        )


class _TimedConnection:
    """A DuckDB connection whose work for ``raw`` and ``staging`` counts for the table, and commits apart."""

    def __init__(self, connection: Any, recorder: Recorder) -> None:
        self._connection = connection
        self._recorder = recorder

    def execute(self, query: str, *arguments: Any) -> Any:
        found = _NAMED.match(query) if isinstance(query, str) else None
        if found is None:
            return self._connection.execute(query, *arguments)
        with self._recorder.timed(self._name(found)):
            return self._connection.execute(query, *arguments)

    def _name(self, found: re.Match[str]) -> str:
        if found["staged"]:
            return f"staging.{found['staged']}"
        # A derived table is there once it is committed; the same is part of what dbt spends on it.
        if found["statement"] == "commit" and self._recorder.names:
            return f"{COMMIT_OF}{self._recorder.names[-1]}"
        return found["table"] or found["statement"]

    def close(self) -> None:
        with self._recorder.timed("close and checkpoint"):
            self._connection.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _time_inserts(recorder: Recorder) -> None:
    from pipelines.warehouse import Warehouse

    original = Warehouse.__init__

    def opened(self: Any, connection: Any, settings: Any) -> None:
        original(self, connection, settings)
        self.connection = _TimedConnection(connection, recorder)

    Warehouse.__init__ = opened
