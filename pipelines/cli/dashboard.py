"""Serve the dashboard to this machine's browser.

The pages are in ``dashboards``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipelines.cli.parser.options import home_option, pass_invocation
from pipelines.errors import CannotRun

if TYPE_CHECKING:
    from pipelines.cli.parser.invocation import Invocation


@click.command(
    epilog="""\b
Examples:
  keeprate dashboard
  keeprate --home demo dashboard --port 8051"""
)
@click.option("--port", metavar="N", type=click.IntRange(1, 65535), default=8050, help="[default: 8050]")
@home_option
@pass_invocation
def command(invocation: Invocation, port: int) -> int:
    """Serve the dashboard on this machine (127.0.0.1) until stopped with Ctrl-C.

    It reads the last published snapshot, and shows the next one as soon as it is published.
    """
    settings = invocation.settings()
    from dashboards.app import serve

    if not _is_free(port):
        raise CannotRun(f"port {port} is in use.\n  to do:    add --port {port + 1 if port < 65535 else 8050}")
    click.echo(f"dashboard on http://127.0.0.1:{port}/ until Ctrl-C", err=True)
    serve(settings.home, port)
    return 0


def _is_free(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        # As servers do: a port whose last connection is only closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
