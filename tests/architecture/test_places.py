"""Where files stand, what they are called, how long they are, and what their text must not hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

LONGEST = 350
"""Lines of a module; a longer one has more than one subject."""

SQL_SCHEMAS = ("staging", "core", "marts")
HEAPS = ("utils", "util", "helpers", "helper", "common", "misc", "lib")

_FOLDERS_OF_A_MACHINE = ("work", "home", "Users", "root", "tmp", "mnt", "opt", "var")
ABSOLUTE_PATH = re.compile(
    rf"(?<![\w./$}}~<>*:-])/(?:{'|'.join(_FOLDERS_OF_A_MACHINE)})/[\w.]|\b[A-Z]:\\(?:Users|Windows)\\"
)
# Put together from pieces, so that this file holds no address itself.
_ADDRESSES = ("--(?:extra-)?index" + "-url", "--find" + "-links", "--trusted" + "-host", "/" + r"simple/?\s*$")
INDEX_ADDRESS = re.compile("|".join(_ADDRESSES), re.M)
_TEXT = (".py", ".sql", ".md", ".toml", ".txt", ".yaml", ".yml", ".cfg", ".ini", ".ipynb", ".html", ".css", ".js", "")


def long_modules(lengths: dict[str, int]) -> list[str]:
    """Modules with more lines than one subject needs."""
    return [f"{path}: {count} lines, at most {LONGEST}" for path, count in lengths.items() if count > LONGEST]


def misplaced_sql(paths: list[Path], root: Path) -> list[str]:
    """SQL files that are not ``sql/<schema>/<table>.sql``."""
    allowed = {root / "sql" / schema for schema in SQL_SCHEMAS}
    return [str(path) for path in paths if path.suffix == ".sql" and path.parent not in allowed]


def heaps(paths: list[Path]) -> list[str]:
    """Files and folders whose name says nothing about what is in them."""
    return [str(path) for path in paths if {path.stem, *path.parts} & set(HEAPS)]


def machine_paths(text: str) -> list[str]:
    """Lines with an absolute path of somebody's machine."""
    return [line.strip() for line in text.splitlines() if ABSOLUTE_PATH.search(line)]


def test_no_module_is_longer_than_its_subject(python_files: list[Path]) -> None:
    """Reminds of: splitting a module that took on a second subject."""
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files}
    assert not long_modules(lengths)


def test_every_sql_file_is_a_table_of_a_schema(tree_files: list[Path], root: Path) -> None:
    """Reminds of: folder = schema, file = table; a query that makes no table belongs into the module that runs it."""
    assert not misplaced_sql(tree_files, root)


def test_every_file_is_called_by_its_subject(tree_files: list[Path], root: Path) -> None:
    """Reminds of: finding the room of a function instead of opening a heap."""
    assert not heaps([path.relative_to(root) for path in tree_files])


def test_every_module_says_what_it_is_for(python_files: list[Path], root: Path) -> None:
    """Reminds of: a module's docstring says what belongs in it, and what does not."""
    silent = [
        str(path.relative_to(root))
        for path in python_files
        if path.read_text(encoding="utf-8").strip() and not _docstring(path)
    ]
    assert not silent


def test_packages_are_modules_with_a_docstring(python_files: list[Path], root: Path) -> None:
    """Reminds of: writing down what a new room is for. Tests have no packages: a ``tests/models`` would shadow ours."""
    folders = {
        path.parent for path in python_files if path.relative_to(root).parts[0] in ("pipelines", "models", "dashboards")
    }
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").exists()]
    assert not [str(path) for path in python_files if path.name == "__init__.py" and "tests" in path.parts]
    assert not [str(folder) for folder in folders if not _docstring(folder / "__init__.py")]


def test_no_path_of_a_machine(tree_files: list[Path], root: Path) -> None:
    """Reminds of: paths are relative to the home, to the tree, or given by the person who runs it."""
    found = {
        str(path.relative_to(root)): lines
        for path in _texts(tree_files)
        if path != Path(__file__) and (lines := machine_paths(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert not found


def test_no_address_of_a_package_index(tree_files: list[Path], root: Path) -> None:
    """Reminds of: pins name versions; where packages come from is each installation's own setting."""
    found = [
        str(path.relative_to(root))
        for path in _texts(tree_files)
        if INDEX_ADDRESS.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ('HOME = "/home/ana/keeprate"', True),
        ("cd /home/tree && make", True),
        ("open('/tmp/x.csv')", True),
        ("C:\\Users\\ana", True),
        ("https://example.com/home/page", False),
        ("inbox/home/orders.csv", False),
        ("$HOME/home/x", False),
    ],
)
def test_paths_of_a_machine_are_told_from_others(text: str, is_found: bool) -> None:
    """The rule above finds absolute paths, and leaves addresses and relative paths alone."""
    assert bool(machine_paths(text)) is is_found


@pytest.mark.parametrize("text", ["--index" + "-url there", "--find" + "-links there", "there/" + "simple/\n"])
def test_addresses_of_an_index_are_found(text: str) -> None:
    """The rule above finds an address that a pin file would carry."""
    assert INDEX_ADDRESS.search(text)


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        (lambda root: long_modules({"a.py": LONGEST + 1}), "a.py"),
        (lambda root: misplaced_sql([root / "sql" / "ml" / "scores.sql"], root), "scores.sql"),
        (lambda root: misplaced_sql([root / "pipelines" / "query.sql"], root), "query.sql"),
        (lambda root: heaps([Path("pipelines/utils.py")]), "utils.py"),
        (lambda root: heaps([Path("pipelines/common/x.py")]), "x.py"),
    ],
)
def test_a_broken_rule_is_reported(rule: Callable[[Path], list[str]], broken: str, root: Path) -> None:
    """Each rule finds a file that breaks it."""
    assert broken in rule(root)[0]


def _texts(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.suffix in _TEXT and "data" not in path.parts]


def _docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
