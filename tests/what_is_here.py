"""What a test needs of its machine and may not find: without it the test is skipped, and fails where CI is set.

A check that is skipped says nothing, and in CI nobody reads that it was.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Samples that the tree does not hold: real data, and the formats of other programs."""
FORMATS = SHARED / "formats"


def skip_unless_ci(reason: str) -> NoReturn:
    """Skip the test that runs, or fail it where CI is set."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def needs_shared(name: str) -> Callable:
    """Mark of a test that reads a file or folder of ``SHARED``.

    In CI, where the samples stand beside the tree, the test runs and fails for one that is missing among them.
    """
    is_excused = not os.environ.get("CI") or not SHARED.exists()
    reason = f"{name} of the shared samples is not here"
    return pytest.mark.skipif(not (SHARED / name).exists() and is_excused, reason=reason)
