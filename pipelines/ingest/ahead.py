"""Files opened one ahead: read, hashed and unpacked while the file before is loaded, since that needs no warehouse."""

from __future__ import annotations

import tempfile
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.ingest.opening import OpenedFile, open_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def opened_ahead(
    scratch: Path, paths: Sequence[Path], encoding: str | None
) -> Iterator[tuple[Path, Future[OpenedFile]]]:
    """Open files one after another; what is unpacked of a file goes when the next is asked for.

    Args:
        scratch: folder in which two files at most are unpacked at a time.
        paths: the files, in the order of loading.
        encoding: stated encoding of their text.

    Yields:
        Each file with its opening, which is done: its result is the opened file, or raises what went wrong.
    """
    with ExitStack() as folders, ThreadPoolExecutor(1) as reader:

        def begin(path: Path) -> tuple[tempfile.TemporaryDirectory[str], Future[OpenedFile]]:
            folder = tempfile.TemporaryDirectory(dir=scratch)
            folders.enter_context(folder)
            return folder, reader.submit(open_file, path, Path(folder.name), encoding)

        ahead = begin(paths[0]) if paths else None
        for path, following in zip(paths, (*paths[1:], None), strict=True):
            if ahead is None:
                return
            folder, opening = ahead
            await_opened(opening)
            ahead = begin(following) if following else None
            yield path, opening
            folder.cleanup()


def await_opened(opening: Future[OpenedFile]) -> None:
    """Wait for a file that is being opened; whatever goes wrong stands in the opening."""
    wait([opening])
