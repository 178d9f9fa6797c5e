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
    from collections.abc import Sequence

    from pipelines.cli.parser.invocation import Invocation
    from pipelines.doctor import Finding


@click.command(
    epilog="""\b
Examples:
  keeprate doctor
  keeprate doctor --deep
  keeprate --home /srv/keeprate doctor --json

\b
The exit status is 1 when something fails, 3 where there is no such folder; a warning leaves it at 0."""
)
@click.option("--deep", "is_deep", is_flag=True, help="Read every published part and compare it with its hash.")
@home_option
@json_option
@pass_invocation
def command(invocation: Invocation, is_deep: bool) -> int:
    """Look at the home and the machine: what is the matter, why it matters, how to mend it.

    Configuration, key, folders, disk, memory, lock, clock, versions, warehouse, snapshot, inboxes, checks, held
    merchants, and how fresh the data are; each with ok, warn or fail.
    """
    from pipelines.settings import apply_process_limits

    apply_process_limits(2)
    from pipelines.doctor import examine

    findings = []
    for finding in examine(invocation.home, is_deep=is_deep):
        findings.append(finding)
        if not invocation.is_json:
            click.echo(f"{finding.status:<4}  {finding.check:<16}  {printable(finding.found)}")
            if finding.status != "ok" and finding.why:
                click.echo(f"{'':<4}  {'':<16}  why:   {printable(finding.why)}")
            if finding.status != "ok" and finding.remedy:
                click.echo(f"{'':<4}  {'':<16}  to do: {printable(finding.remedy)}")
    if not invocation.is_json:
        click.echo(_summary(findings))
    status = 1 if any(finding.status == "fail" for finding in findings) else 0
    if invocation.is_json:
        print_json([finding.as_json() for finding in findings])
    return status


def _summary(findings: Sequence[Finding]) -> str:
    fails = sum(finding.status == "fail" for finding in findings)
    warns = sum(finding.status == "warn" for finding in findings)
    if not fails and not warns:
        return f"all well: {len(findings)} looked at"
    return f"{len(findings)} looked at: {fails} fail, {warns} to know"
