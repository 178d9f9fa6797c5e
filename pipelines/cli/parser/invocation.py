"""What one call of the command line was asked for as a whole: the home, JSON or text, progress."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.errors import UsageProblem
from pipelines.settings import Merchant, Settings, apply_process_limits, home_folder, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Invocation:
    """One call.

    Attributes:
        home_option: the ``--home`` that was given, before or after the verb.
        is_json: whether the result is for a program.
    """

    home_option: str | None = None
    is_json: bool = False

    @property
    def home(self) -> Path:
        """The home folder, which need not exist."""
        return home_folder(self.home_option)

    @property
    def program(self) -> str:
        """How to call this program and home again, as a person would type it here."""
        name = "keeprate" if shutil.which("keeprate") else self.shown(Path(sys.argv[0]).absolute())
        return f"{name} --home {shlex.quote(self.shown(self.home))}"

    @staticmethod
    def shown(path: Path) -> str:
        """A path as short as it can be written: relative where it lies below the working folder."""
        return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)

    def settings(self) -> Settings:
        """Read the home's settings and set the thread counts; call it before anything heavy is imported.

        Raises:
            CannotRun: there is no home, or its configuration cannot be read.
        """
        loaded = load_settings(self.home)
        apply_process_limits(loaded.threads)
        return loaded

    def merchant(self, loaded: Settings, merchant_id: str | None) -> Merchant:
        """The merchant that was named, or the only one that there is.

        Raises:
            UsageProblem: an unknown merchant, or none was named and there are several.
        """
        if merchant_id is not None:
            return loaded.merchant(merchant_id)
        if len(loaded.merchants) == 1:
            return next(iter(loaded.merchants.values()))
        raise UsageProblem(
            f"whose? This home has {len(loaded.merchants)} merchants: {', '.join(loaded.merchants)}.\n"
            "  to do:    add --merchant ID"
        )

    def progress(self) -> Callable[[str], None]:
        """A function that tells a person on stderr what is being done; a program is told nothing."""
        begin = time.monotonic()

        def tell(text: str) -> None:
            if not self.is_json:
                click.echo(f"[{time.monotonic() - begin:5.1f} s] {text}", err=True)

        return tell
