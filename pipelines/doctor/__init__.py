"""Whether a home and this machine are as they should be: what was found, why it matters, how to mend it.

Looks and changes nothing (but for the lock, which it takes for moments). Each module looks at one thing and must work
in a broken home: what cannot be looked at is a finding, not an end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.doctor import (
    configuration,
    dagster_home,
    erasures,
    folders,
    inboxes,
    leftovers,
    machine,
    policies,
    published,
    versions,
    warehouse_file,
)
from pipelines.doctor.finding import Finding
from pipelines.errors import CannotRun, KeeprateError
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["Finding", "examine"]


def examine(home: Path, *, is_deep: bool = False) -> Iterator[Finding]:
    """Look at everything, the cheap things first.

    Args:
        home: the home.
        is_deep: read every published part to its end and compare it with the hash in its name.

    Yields:
        One finding after the other; without a readable configuration only what can be said without it.

    Raises:
        CannotRun: there is no such folder.
    """
    if not home.is_dir():
        raise CannotRun(
            f"{home}: no such folder, so there is nothing to look at.\n"
            "  to do:    keeprate init, or point --home (or KEEPRATE_HOME) at the right folder"
        )
    yield from _looked("versions", versions.examine)
    yield from _looked("configuration", lambda: configuration.examine(home))
    yield from _looked("key", lambda: folders.key(home))
    try:
        settings = load_settings(home)
    except (KeeprateError, OSError):
        settings = None
    yield from _looked("folders", lambda: folders.examine(home, settings))
    yield from _looked("disk", lambda: machine.disk(home))
    yield from _looked("memory", lambda: machine.memory(settings))
    yield from _looked("lock", lambda: machine.lock(home))
    yield from _looked("warehouse", lambda: warehouse_file.examine(home))
    yield from _looked("leftovers", lambda: leftovers.examine(home))
    yield from _looked("erasures", lambda: erasures.examine(home))
    yield from _looked("dagster", lambda: dagster_home.examine(home))
    if settings:
        yield from _looked("policies", lambda: policies.examine(settings))
        yield from _looked("inboxes", lambda: inboxes.examine(settings))
    yield from _looked("clock", lambda: machine.clock(home))
    yield from _looked("snapshot", lambda: published.examine(home, settings, is_deep=is_deep))


def _looked(check: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of a look; where looking itself fails, that is the finding."""
    try:
        yield from look()
    except OSError as error:
        yield Finding(
            check,
            "fail",
            f"{error.filename or 'something'} cannot be looked at ({error.strerror or type(error).__name__})",
            "call keeprate doctor as the user who owns the home, or mend the permissions",
            "what this user cannot read, a build by this user cannot either",
        )
    except Exception as error:  # A home may be broken in ways that nobody thought of.
        yield Finding(
            check,
            "fail",
            f"looking at it failed ({type(error).__name__})",
            "report this with the command's other lines",
            "nothing is known about it",
        )
