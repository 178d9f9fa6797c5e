"""Merge what was loaded, rebuild tables, check and publish.

The work is in ``pipelines.runner`` and the assets; this shows what came of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.output.file_result import lines_of
from pipelines.cli.output.people import count, facts, printable
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.options import home_option, json_option, pass_invocation, wait_option

if TYPE_CHECKING:
    from pipelines.cli.parser.invocation import Invocation
    from pipelines.runner import BuildOutcome

NAMED_KEYS = 5
"""So many keys of failing rows are printed; the rest stands in quarantine.check_verdicts."""


@click.command(
    epilog="""\b
Examples:
  keeprate build
  keeprate build --full
  keeprate --home /srv/keeprate build --wait 600 --json

\b
The exit status is 1 when a check failed (its merchant is held: readers go on seeing its last
good data), when a file from an inbox was refused, or when the build failed; what was published
before stays as it was."""
)
@click.option("--full", "is_full", is_flag=True, help="Rebuild everything from raw, not only what changed.")
@wait_option
@home_option
@json_option
@pass_invocation
def command(invocation: Invocation, is_full: bool, wait_seconds: float) -> int:
    """Load what waits in the inboxes, merge, rebuild, check, and publish a new snapshot.

    Where nothing changed there is nothing to do, and it says so.
    """
    settings = invocation.settings()
    from pipelines.runner import run_build

    outcome = run_build(settings, is_full=is_full, wait_seconds=wait_seconds, progress=invocation.progress())
    if invocation.is_json:
        print_json(outcome.as_json())
    else:
        click.echo("\n".join(outcome_lines(outcome)))
    return outcome.exit_status


def outcome_lines(outcome: BuildOutcome) -> list[str]:
    """What came of a build, for people."""
    head = {
        "published": f"published: snapshot {outcome.snapshot_version}, {outcome.seconds:.0f} s",
        "nothing to do": f"nothing to do: no new file, no changed code; snapshot {outcome.snapshot_version} stays",
    }
    lines = [line for result in outcome.loaded for line in lines_of(result)]
    lines += [head.get(outcome.status, f"{outcome.status}; readers go on seeing snapshot {outcome.snapshot_version}")]
    lines += [printable(line) for line in outcome.message.splitlines()]
    for check in outcome.failed_checks:
        lines.append(f"  {check['severity']}: {check['table_name']}, {check['merchant_id']}: {check['description']}")
        lines += facts([("failing", _failing(check)), ("raised", check["raised"] or "")], indent="    ")
    for merchant_id, hold in outcome.held.items():
        lines.append(f"  held: {merchant_id}, since {hold['since']}: {printable(hold['reason'])}")
    if outcome.held:
        lines.append("a held merchant's readers see its last good data; mend or complete its files, then build again")
    return lines


def _failing(check: dict[str, Any]) -> str:
    keys = json.loads(check["failing_keys"] or "[]")
    shown = ", ".join(str(key) for key in keys[:NAMED_KEYS])
    more = check["failing_count"] - NAMED_KEYS
    return count(check["failing_count"], "row") + (f": {shown}" if shown else "") + (" ..." if more > 0 else "")
