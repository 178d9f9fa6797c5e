"""Which files a command line names: files, folders, and patterns that the shell left as they were."""

from __future__ import annotations

import glob
from pathlib import Path

from pipelines.errors import UsageProblem, nearest

_NOT_DATA = (".part", ".mapping.toml", ".why.txt")


def named_files(arguments: tuple[str, ...]) -> tuple[list[Path], set[Path]]:
    """The files that are meant, in the order given; a folder's and a pattern's by name.

    Returns:
        Each file once, and those that were named more than once.

    Raises:
        UsageProblem: something does not exist or holds no file. Nothing is loaded then.
    """
    found: dict[Path, Path] = {}
    repeated: set[Path] = set()
    for argument in arguments:
        for path in _files(argument):
            real = path.resolve()
            if real in found:
                repeated.add(found[real])
            found.setdefault(real, path)
    return list(found.values()), repeated


def _files(argument: str) -> list[Path]:
    path = Path(argument).expanduser()
    if path.is_dir():
        return _not_none(
            sorted(entry for entry in path.iterdir() if _is_data(entry)), argument, "the folder holds no file"
        )
    if path.exists():
        return [path]
    if glob.has_magic(argument):
        matching = [Path(name) for name in sorted(glob.glob(str(path)))]  # noqa: PTH207 - a pattern may be absolute
        return _not_none([entry for entry in matching if _is_data(entry)], argument, "no file matches")
    raise UsageProblem(
        f"{argument}: there is no such file{nearest(path.name, _neighbours(path))}.\n"
        f"  to do:    look with: ls {path.parent}"
    )


def _is_data(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and not path.name.endswith(_NOT_DATA)


def _neighbours(path: Path) -> list[str]:
    try:
        return [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return []


def _not_none(paths: list[Path], argument: str, problem: str) -> list[Path]:
    if not paths:
        raise UsageProblem(f"{argument}: {problem}.\n  to do:    look with: ls {argument}")
    return paths
