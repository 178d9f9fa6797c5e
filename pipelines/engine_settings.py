"""``[engine]`` of ``keeprate.toml``: threads, and the memory that DuckDB may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.errors import CannotRun

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_MEMORY_LIMIT = "2GB"
"""DuckDB's; with what Python needs beside, a million orders are built within 3 GB."""


def engine_settings(section: object, path: Path) -> dict[str, Any]:
    """``threads``, ``memory_limit`` and ``is_memory_stated`` as ``Settings`` takes them.

    Raises:
        CannotRun: ``threads`` is no whole number of 1 or more.
    """
    engine = section if isinstance(section, dict) else {"threads": None}
    threads = engine.get("threads", 2)
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        raise CannotRun(
            f"{path}: [engine] threads is {threads!r}; expected a whole number of 1 or more.\n"
            "  to do:    correct it, for example threads = 2"
        )
    return {
        "threads": threads,
        "memory_limit": str(engine.get("memory_limit", DEFAULT_MEMORY_LIMIT)),
        "is_memory_stated": "memory_limit" in engine,
    }
