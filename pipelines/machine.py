"""Failures of the machine: a full disk, a missing permission, too little memory, told with what to do.

Not here: what is wrong with a file (``Refused``), and what is wrong with the software.
"""

from __future__ import annotations

import errno
from typing import Any

from pipelines.errors import CannotRun, KeeprateError

_REMEDIES = {
    errno.ENOSPC: "free disk space, then call again",
    errno.EDQUOT: "free disk space or raise the quota, then call again",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f), then call again",
    errno.EACCES: "mend the permissions, or call it as the user who owns the home",
    errno.EPERM: "mend the permissions, or call it as the user who owns the home",
    errno.EROFS: "the disk is mounted read-only; mount it for writing",
    errno.EMFILE: "raise the limit on open files (ulimit -n), then call again",
    errno.ENFILE: "raise the machine's limit on open files, then call again",
    errno.EIO: "the disk cannot be read or written; look at it before anything else",
    errno.ENOMEM: "free memory, then call again",
}
_OF_DUCKDB = {
    "IOException": "free disk space, or mend the permissions, then call again",
    "FatalException": "free disk space, or mend the permissions, then call again",
    "PermissionException": "mend the permissions, or call it as the user who owns the home",
    "OutOfMemoryException": "free memory and disk space, or change memory_limit in keeprate.toml, then call again",
    "OperationalError": "free disk space, or mend the permissions of the home's dagster folder, then call again",
}
"""Class of an error of DuckDB (and of Dagster's SQLite) -> what to do."""
_DISK_WORDS = ("Could not write", "Could not sync", "No space left", "File too large", "IO Error")


def is_of_machine(error: BaseException) -> bool:
    """Whether an error says nothing about the work itself, so that a file at hand must not be blamed for it."""
    if isinstance(error, OSError):
        return error.errno in _REMEDIES and error.errno not in (errno.EACCES, errno.EPERM)
    return _is_of_duckdb(type(error).__name__, str(error))


def _is_of_duckdb(name: str, words: str) -> bool:
    # A commit that the disk refuses is a TransactionException; others of that class are defects.
    return name in _OF_DUCKDB or (name == "TransactionException" and any(part in words for part in _DISK_WORDS))


def told(error: OSError) -> str:
    """An error of the operating system for the person who reads it: where, what, what to do."""
    place = f"{error.filename}: " if error.filename else ""
    remedy = _REMEDIES.get(error.errno or 0)
    return f"{place}{error.strerror or error}" + _to_do(remedy)


def told_of_duckdb(error: BaseException, place: str) -> str:
    """DuckDB's words on a machine that fails; these name files and sizes, never values."""
    remedy = _OF_DUCKDB.get(type(error).__name__, _OF_DUCKDB["IOException"])
    return f"{place}: {_first_line(str(error))}{_to_do(remedy)}"


def failure_of(result: Any) -> str:
    """What a Dagster execution failed with, without values of rows.

    Args:
        result: of an execution that did not succeed.

    Raises:
        CannotRun: the machine failed, or what was called said so.
    """
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None)
        if event.is_failure and error is not None:
            while error.cause is not None:
                error = error.cause
            return _words_of(error)
    return "the run failed, and nothing says why"


def _words_of(error: Any) -> str:
    name, words = error.cls_name or "", error.message.partition(": ")[2].strip()
    if name == CannotRun.__name__:
        raise CannotRun(words)
    if _is_of_duckdb(name, words):
        raise CannotRun(f"{_first_line(words)}{_to_do(_OF_DUCKDB.get(name, _OF_DUCKDB['IOException']))}")
    if name in {one.__name__ for one in (OSError, *OSError.__subclasses__())}:
        raise CannotRun(_of_system(words))
    if name in _names_below(KeeprateError):
        return words
    # Any other error's own words may hold values from a merchant's file.
    places = [line.strip() for line in error.stack or [] if "site-packages" not in line]
    place = f"\n  {places[-1].splitlines()[0].strip()}" if places else ""
    return (
        f"this should not have happened ({name}): a defect.{place}" + "\n  to do:    keeprate doctor; then report this"
    )


def _of_system(words: str) -> str:
    """``[Errno 28] No space left on device: 'parts'`` as a sentence."""
    number, _, rest = words.removeprefix("[Errno ").partition("] ")
    remedy = _REMEDIES.get(int(number)) if number.isdecimal() else None
    found = rest or words
    return _first_line(found) + _to_do(remedy)


def _to_do(remedy: str | None) -> str:
    return f"\n  to do:    {remedy}; what was finished is kept" if remedy else ""


def _names_below(kind: type) -> set[str]:
    return {kind.__name__}.union(*(_names_below(one) for one in kind.__subclasses__()))


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else "no words"
