"""Building the parser and every ``--help`` import the standard library and click alone."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pipelines.cli.parser.group import command_names, one_line_help

SHOW_MODULES = """
import sys
before = set(sys.modules)
from pipelines.cli.parser.running import run
try:
    status = run(sys.argv[1:])
finally:
    import json
    loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
    print(json.dumps(sorted(loaded - set(sys.stdlib_module_names))), file=sys.stderr)
sys.exit(status)
"""


def foreign_modules(*arguments: str) -> tuple[set[str], str]:
    """Top-level modules outside the standard library that a call imports, and what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW_MODULES, *arguments], check=True, capture_output=True, text=True, timeout=60
    )
    return set(json.loads(done.stderr.strip().splitlines()[-1])), done.stdout


@pytest.mark.parametrize("arguments", [("--help",), *((name, "--help") for name in command_names())])
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """``keeprate --help`` and ``keeprate VERB --help`` are quick because they import next to nothing."""
    modules, text = foreign_modules(*arguments)
    assert modules == {"click", "pipelines"}
    assert "Usage: keeprate" in text


def test_help_of_all_imports_no_command() -> None:
    """The list of commands comes from docstrings that are read, not run."""
    code = (
        "import sys; from pipelines.cli.parser.running import run; run(['--help']);"
        "print([name for name in sys.modules if name.startswith('pipelines.cli.')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    for name in command_names():
        assert f"'pipelines.cli.{name}'" not in done.stderr
        assert one_line_help(name) in " ".join(done.stdout.split())


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_help_with_an_example(name: str) -> None:
    """A command without an example, or without a first line, is found here."""
    _, text = foreign_modules(name, "--help")
    assert f"keeprate {name}" in text.partition("Examples:")[2] or f" {name} " in text.partition("Examples:")[2]
    assert len(one_line_help(name)) > 10
