"""From arguments to an exit status: what errors print, and which status each ends in.

0 done; 1 a file was refused or a check failed; 2 wrong usage; 3 could not run; 130 stopped by the user;
141 whoever read the output went away.
"""

from __future__ import annotations

import os
import sys
import traceback
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.group import root
from pipelines.errors import KeeprateError
from pipelines.machine import told
from pipelines.settings import TRACEBACK_VARIABLE, is_traceback_wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

CANNOT_RUN = 3
STOPPED = 130
READER_GONE = 141


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: what stands behind ``keeprate``.

    Returns:
        The exit status.
    """
    is_json = _is_for_a_program(arguments)
    try:
        # Not click's own main: it ends in 1 where the reader went away, and 1 says that a file was refused.
        with root.make_context("keeprate", list(arguments)) as context:
            status = root.invoke(context)
        sys.stdout.flush()
        return status
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        return asked.exit_code
    except BrokenPipeError:
        # The interpreter flushes stdout once more at its end and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped; what was not finished is as it was before", err=True)
        return STOPPED
    except Exception as error:
        status, kind, message = _explained(error)
        click.echo(f"keeprate: {message}", err=True)
        if is_json:
            print_json({"error": {"status": status, "kind": kind, "message": message}})
        return status


def _is_for_a_program(arguments: Sequence[str]) -> bool:
    """Whether JSON was asked for, known even where the arguments could not be read."""
    return "--json" in arguments or "--format=json" in arguments or ("--format", "json") in pairwise(arguments)


def _explained(error: Exception) -> tuple[int, str, str]:
    """Exit status, kind and message of an error."""
    if isinstance(error, KeeprateError):
        return error.exit_status, type(error).__name__, str(error)
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        see = f"\n  see:      {context.command_path} --help" if context else ""
        return error.exit_code, "UsageProblem", error.format_message() + see
    if isinstance(error, OSError):
        return CANNOT_RUN, "CannotRun", told(error)
    return CANNOT_RUN, "Defect", _defect(error)


def _defect(error: Exception) -> str:
    """A defect, told without the error's own words: these may hold values from a merchant's file."""
    if is_traceback_wanted():
        return "".join(traceback.format_exception(error))
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    places = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in own)
    return (
        f"this should not have happened ({type(error).__name__}): a defect, or too little memory.\n{places}\n"
        f"  to do:    keeprate doctor; then report these lines. {TRACEBACK_VARIABLE}=1 shows the whole error,\n"
        "            which may hold values from your files"
    )
