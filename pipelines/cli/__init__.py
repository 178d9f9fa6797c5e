"""The command line: ``keeprate VERB``, one file a command.

Every module in this folder is a command: the file's name is the verb, the first line of its docstring is what
``keeprate --help`` says of it, and its ``command`` is what runs. A command parses, calls and prints; the work is
elsewhere in ``pipelines``. What commands share lives in ``parser/`` (how arguments are read) and ``output/`` (how
results are shown). Building the parser imports the standard library and click alone, so a command imports what
it needs inside its function.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with its exit status."""
    from pipelines.cli.parser.running import run

    sys.exit(run(sys.argv[1:]))
