"""What must be named in the docs, and what the docs name must exist."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pipelines.dictionary import stale_pages
from pipelines.dictionary.tables import every_table
from pipelines.sources import all_sources

PATH = re.compile(r"`((?:pipelines|models|dashboards|sql|tests|docs|benchmarks|notebooks)/[\w./-]+)(?:::(\w+))?`")
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"```[\s\S]*?```|(?m:^    .+$)|`[^`\n]+`")
MAKE = re.compile(r"(?m:^|[`\s])make ([a-z][a-z-]+)")
COMMAND = re.compile(r"\bkeeprate (?:--home \S+ )?([a-z]+)\b")
REQUIREMENT = re.compile(r"^[A-Za-z0-9._-]+")


def documents(root: Path) -> dict[str, str]:
    """Text of every page that people write or read, by path."""
    paths = [
        root / "README.md",
        *(root / "docs").rglob("*.md"),
        *(root / "benchmarks").glob("*.md"),
        *(root / "notebooks").glob("*.md"),
    ]
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in paths if path.exists()}


def command_names(root: Path) -> list[str]:
    """The commands: one module each in ``pipelines/cli``."""
    modules = (root / "pipelines" / "cli").glob("*.py")
    return sorted(module.stem for module in modules if not module.stem.startswith("_"))


def unnamed(names: list[str], pattern: str, text: str) -> list[str]:
    """Names for which the pattern (with ``{}`` for the name) does not stand in the text."""
    return [name for name in names if not re.search(pattern.format(re.escape(name)), text)]


def dead_paths(text: str, root: Path) -> list[str]:
    """Paths in backticks that do not exist, and tests in them that nobody defines."""
    dead = []
    for path, test in PATH.findall(text):
        file = root / path
        if not file.exists() or (test and f"def {test}(" not in file.read_text(encoding="utf-8")):
            dead.append(f"{path}::{test}" if test else path)
    return dead


def dependency_names(root: Path) -> list[str]:
    """Names of every dependency that pyproject.toml declares, development ones included."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for group in project["optional-dependencies"].values() for line in group)]
    return [match.group(0) for line in lines if (match := REQUIREMENT.match(line))]


def code_in(text: str) -> str:
    """The code of a document: blocks, indented lines and spans, one a line."""
    return "\n".join(CODE.findall(text))


def all_words(root: Path) -> str:
    """Every document in one text."""
    return "\n".join(documents(root).values())


def test_the_reference_is_up_to_date() -> None:
    """Reminds of: ``make docs`` after a contract, a SQL header or a source changed."""
    assert not stale_pages()


def test_every_command_is_explained(root: Path) -> None:
    """Reminds of: saying in README or docs what a new command is for."""
    assert command_names(root)
    assert not unnamed(command_names(root), r"keeprate (?:--home \S+ )?{}\b", all_words(root))


def test_every_table_is_in_the_dictionary(root: Path) -> None:
    """Reminds of: ``make docs``; and of declaring a table where the dictionary finds it."""
    text = (root / "docs" / "reference" / "tables.md").read_text(encoding="utf-8")
    assert not unnamed(list(every_table()), r"### {}\n", text)


def test_every_source_is_explained(root: Path) -> None:
    """Reminds of: ``make docs`` after adding a source."""
    text = (root / "docs" / "reference" / "sources.md").read_text(encoding="utf-8")
    assert not unnamed(list(all_sources()), r"## {}\n", text)


def test_every_page_of_the_dashboard_is_explained(root: Path) -> None:
    """Reminds of: naming a new page, with what it answers, in README or docs."""
    pages = [path.stem for path in (root / "dashboards" / "pages").glob("*.py") if not path.stem.startswith("_")]
    assert pages
    assert not unnamed(pages, r"dashboards/pages/{}\.py", all_words(root))


def test_every_notebook_is_explained(root: Path) -> None:
    """Reminds of: saying which question a new notebook answers."""
    notebooks = [path.stem for path in (root / "notebooks").glob("*.ipynb")]
    assert notebooks
    assert not unnamed(notebooks, r"notebooks/{}\.ipynb", all_words(root))


def test_every_dependency_has_a_reason(root: Path) -> None:
    """Reminds of: saying in docs/decisions.md why a dependency is there, who keeps it, and what it weighs."""
    text = (root / "docs" / "decisions.md").read_text(encoding="utf-8")
    assert not unnamed(dependency_names(root), r"\n\| `{}` \|", text)


def test_every_dependency_is_pinned(root: Path) -> None:
    """Reminds of: adding a new dependency, and what it brings along, to constraints.txt."""
    pins = (root / "constraints.txt").read_text(encoding="utf-8").lower().replace("_", "-")
    names = [name.lower().replace("_", "-") for name in dependency_names(root)]
    assert not unnamed(names, r"(?m)^{}==", pins)


def test_what_the_docs_name_exists(root: Path) -> None:
    """Reminds of: correcting the cookbook when a module or a test is renamed."""
    found = {name: dead for name, text in documents(root).items() if (dead := dead_paths(text, root))}
    assert not found


def test_links_between_documents_lead_somewhere(root: Path) -> None:
    """Reminds of: correcting links when a document moves."""
    dead = [
        f"{name}: {target}"
        for name, text in documents(root).items()
        for target in LINK.findall(text)
        if not (root / name).parent.joinpath(target).exists()
    ]
    assert not dead


def test_commands_in_the_docs_exist(root: Path) -> None:
    """Reminds of: correcting the docs when a command or a make target is renamed."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text(encoding="utf-8"), re.M))
    text = code_in(all_words(root))
    assert not {target for target in MAKE.findall(text) if target not in targets}
    assert not {name for name in COMMAND.findall(text) if name not in command_names(root)}


def test_check_exits_with_1_where_a_page_is_stale(tmp_path: Path, root: Path) -> None:
    """``python -m pipelines.dictionary --check`` fails on missing and on edited pages, and passes once written."""

    def run(*arguments: str) -> int:
        command = [sys.executable, "-m", "pipelines.dictionary", "--folder", str(tmp_path), *arguments]
        return subprocess.run(command, cwd=root, check=False, capture_output=True).returncode

    assert run("--check") == 1
    assert run() == 0
    assert run("--check") == 0
    page = tmp_path / "tables.md"
    page.write_text(page.read_text(encoding="utf-8") + "by hand\n", encoding="utf-8")
    assert run("--check") == 1


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("see `pipelines/errors.py`", []),
        ("see `pipelines/nowhere.py`", ["pipelines/nowhere.py"]),
        (
            "`tests/architecture/test_documentation.py::test_nobody`",
            ["tests/architecture/test_documentation.py::test_nobody"],
        ),
        ("`sql/marts/<table>.sql`", []),
    ],
)
def test_dead_paths_are_found(text: str, dead: list[str], root: Path) -> None:
    """The rule on paths finds renamed files and tests, and leaves placeholders alone."""
    assert dead_paths(text, root) == dead


def test_what_is_missing_from_a_text_is_found() -> None:
    """The rules on names find what is not named."""
    assert unnamed(["build", "ingest"], r"keeprate {}\b", "`keeprate build` does it") == ["ingest"]
    code = code_in("We make it. Run `keeprate buidl --full`, or\n\n    make demmo    # twice\n")
    assert COMMAND.findall(code) == ["buidl"]
    assert MAKE.findall(code) == ["demmo"]
