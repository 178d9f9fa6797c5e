"""The group of all commands: found by listing the folder, imported only when called.

The one-line help of a command is the first line of its module's docstring, read without importing the module.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import click

from pipelines.cli.parser.options import home_option
from pipelines.errors import nearest

FOLDER = Path(__file__).resolve().parents[1]
ORDER = (
    "demo", "init", "ingest", "quarantine", "build", "report", "dashboard", "query", "template", "map", "simulate",
    "doctor",
)  # fmt: skip
"""In which ``--help`` names them, as a new user needs them; a command that is not named here stands behind."""


def command_names() -> list[str]:
    """Names of all commands: the modules in ``pipelines/cli``."""
    found = {path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def one_line_help(name: str) -> str:
    """First line of a command module's docstring, without importing the module."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


class LazyGroup(click.Group):
    """A group whose commands are modules that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return command_names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and return its ``command``."""
        if cmd_name not in command_names():
            return None
        return importlib.import_module(f"pipelines.cli.{cmd_name}").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a misspelled one is told what it is near to."""
        names = command_names()
        if args[0] not in names and not args[0].startswith("-"):
            raise click.UsageError(
                f"no command {args[0]!r}{nearest(args[0], names)}; there are {', '.join(names)}.", ctx
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, one_line_help(name)) for name in command_names()])


def _show_version(ctx: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        click.echo(f"keeprate {version('keeprate')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Try it with two invented shops:
  keeprate demo
  keeprate --home demo dashboard

\b
With your own exports:
  keeprate init --merchant acme --timezone Europe/Berlin --currency EUR
  keeprate ingest orders-2026-11-22.csv --merchant acme
  keeprate build
  keeprate report --merchant acme

\b
Exit status: 0 done, 1 a file was refused or a check failed, 2 wrong usage,
3 could not run (another writer, no disk, no home).""",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
@home_option
def root() -> None:
    """Know why goods come back, before they do."""
