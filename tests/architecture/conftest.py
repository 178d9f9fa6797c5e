"""The tree as the architecture tests see it: its files, and every outside name that a Python file uses."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("pipelines", "models", "dashboards", "benchmarks", "tests", "sql", "docs", "notebooks", ".ci")
_MADE_BY_TOOLS = ("__pycache__", ".ipynb_checkpoints", ".egg-info")


@dataclass(frozen=True)
class Use:
    """A name from outside a file that the file uses.

    Attributes:
        path: the file, relative to the tree.
        line: where.
        name: dotted and resolved: ``from os import environ`` and ``os.environ`` are both ``os.environ``.
    """

    path: str
    line: int
    name: str

    def is_of(self, prefix: str) -> bool:
        """Whether it is that module, or something in it."""
        return self.name == prefix or self.name.startswith(f"{prefix}.")


@pytest.fixture(scope="session")
def root() -> Path:
    """The tree."""
    return ROOT


@pytest.fixture(scope="session")
def tree_files() -> list[Path]:
    """Every file that belongs to the tree: those of its rooms, and those at the top."""
    files = [path for path in ROOT.iterdir() if path.is_file()]
    for room in ROOMS:
        files += [path for path in (ROOT / room).rglob("*") if path.is_file()]
    return sorted(path for path in files if not any(mark in str(path) for mark in _MADE_BY_TOOLS))


@pytest.fixture(scope="session")
def python_files(tree_files: list[Path]) -> list[Path]:
    """Every Python file of the tree."""
    return [path for path in tree_files if path.suffix == ".py"]


@pytest.fixture(scope="session")
def uses_in() -> Callable[[str, str], list[Use]]:
    """A function from a file's text and its relative path to the outside names that it uses."""

    def collect(text: str, path: str) -> list[Use]:
        tree = ast.parse(text)
        aliases: dict[str, str] = {}
        found = [*_imports(tree, path, aliases)]
        found += [
            Use(path, node.lineno, dotted)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            if (dotted := _dotted(node, aliases))
        ]
        return found

    return collect


@pytest.fixture(scope="session")
def all_uses(python_files: list[Path], uses_in: Callable[[str, str], list[Use]]) -> list[Use]:
    """Every outside name that any Python file of the tree uses."""
    return [
        use
        for path in python_files
        for use in uses_in(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    ]


def _imports(tree: ast.AST, path: str, aliases: dict[str, str]) -> Iterator[Use]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                aliases[name.asname or name.name.partition(".")[0]] = (
                    name.name if name.asname else name.name.partition(".")[0]
                )
                yield Use(path, node.lineno, name.name)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for name in node.names:
                aliases[name.asname or name.name] = f"{module}.{name.name}"
                yield Use(path, node.lineno, f"{module}.{name.name}")


def _dotted(node: ast.Attribute, aliases: dict[str, str]) -> str:
    """``os.environ`` for an attribute of an imported name, empty for any other."""
    parts = [node.attr]
    value = node.value
    while isinstance(value, ast.Attribute):
        parts.append(value.attr)
        value = value.value
    if not isinstance(value, ast.Name) or value.id not in aliases:
        return ""
    return ".".join([aliases[value.id], *reversed(parts)])
