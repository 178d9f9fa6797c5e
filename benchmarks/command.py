"""One ``keeprate`` command in a process of its own, for ``benchmarks.build``: plain, forced, or with phases.

``python -m benchmarks.command [--phases FILE] [--force] VERB ...`` runs ``keeprate VERB ...``; ``--phases`` writes
seconds by phase, ``--force`` lets a build run although there is nothing to do.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

STARTED = time.perf_counter()


def main(arguments: list[str]) -> int:
    """Run the command.

    Returns:
        Its exit status.
    """
    phases = None
    if arguments[:1] == ["--phases"]:
        phases, arguments = Path(arguments[1]), arguments[2:]
    is_forced = arguments[:1] == ["--force"]
    if is_forced:
        arguments = arguments[1:]
        _never_idle()
    if phases is None:
        return _run(arguments)
    from benchmarks.phases import Recorder, install

    recorder = Recorder()
    install(recorder)
    with recorder.timed("Dagster and Python"):
        status = _run(arguments)
    recorder.seconds["start of Python"] = time.perf_counter() - STARTED - sum(recorder.seconds.values())
    phases.write_text(json.dumps(recorder.seconds), encoding="utf-8")
    return status


def _never_idle() -> None:
    import pipelines.runner

    vars(pipelines.runner)["is_nothing_to_do"] = lambda _: False


def _run(arguments: list[str]) -> int:
    from pipelines.cli.parser.running import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
