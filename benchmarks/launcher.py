"""Start a command, wait for it, and write what it used to a file: a program of its own, kept small.

``python -I -S launcher.py FILE COMMAND...`` ends with 0 once the command ended; then FILE holds a JSON object with
``status`` (negative for a signal), ``cpu_seconds`` and ``peak_bytes``.

Why not wait from the process that asks: Linux counts the memory that a child had before it became its program, and that
is its parent's. A command that is started by a test run of two gigabytes would never show less than two.
"""

from __future__ import annotations

import json
import os
import sys

if __name__ == "__main__":
    child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
    # The usage of a child that was waited for holds that of its own children.
    _, ended, usage = os.wait4(child, 0)
    told = {
        "status": os.waitstatus_to_exitcode(ended),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123 - it imports no more than it must
        json.dump(told, file)
