"""Look whether the home and this machine are well.

What is looked at is in ``pipelines.doctor``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipelines.cli.output.people import printable
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.options import home_option, json_option, pass_invocation

if TYPE_CHECKING:
    from pipelines.cli.parser.invocation import Invocation


@click.command(
    epilog="""\b
Examples:
  keeprate doctor
  keeprate --home /srv/keeprate doctor --json

\b
The exit status is 1 when something fails; a warning leaves it at 0."""
)
@home_option
@json_option
@pass_invocation
def command(invocation: Invocation) -> int:
    """Look at configuration, key, folders, disk, lock, versions, snapshot and how fresh the data are.

    Each with ok, warn or fail, and how to mend it.
    """
    from pipelines.settings import apply_process_limits

    apply_process_limits(2)
    from pipelines.doctor import examine

    findings = []
    for finding in examine(invocation.home):
        findings.append(finding)
        if not invocation.is_json:
            click.echo(f"{finding.status:<4}  {finding.check:<16}  {printable(finding.found)}")
            if finding.status != "ok" and finding.remedy:
                click.echo(f"{'':<4}  {'':<16}  to do: {printable(finding.remedy)}")
    status = 1 if any(finding.status == "fail" for finding in findings) else 0
    if invocation.is_json:
        print_json([finding.as_json() for finding in findings])
    return status
