"""``python -m pipelines.dictionary``: write the reference pages, or with ``--check`` say whether they are stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipelines.dictionary import REFERENCE_FOLDER, stale_pages, write_pages


def main(arguments: list[str] | None = None) -> int:
    """Write or check the pages.

    Returns:
        1 if ``--check`` finds a page that is not what would be written, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m pipelines.dictionary", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is stale")
    parser.add_argument("--folder", type=Path, default=REFERENCE_FOLDER, help="where the pages stand")
    options = parser.parse_args(arguments)
    if not options.check:
        for path in write_pages(options.folder):
            print(f"written: {path.name}")
        return 0
    stale = stale_pages(options.folder)
    for path in stale:
        print(f"{path.name} is not what the declarations say; write it anew with: make docs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
