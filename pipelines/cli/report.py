"""Write a merchant's weekly report.

What it says is in ``pipelines.reports``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.options import home_option, json_option, merchant_option, pass_invocation

if TYPE_CHECKING:
    from pipelines.cli.parser.invocation import Invocation


@click.command(
    epilog="""\b
Examples:
  keeprate report --merchant acme
  keeprate report --merchant acme --week 2026-W46"""
)
@merchant_option
@click.option("--week", metavar="2026-W46", help="ISO week.  [default: the last whole week of the published data]")
@home_option
@json_option
@pass_invocation
def command(invocation: Invocation, merchant_id: str | None, week: str | None) -> int:
    """Write the weekly report of one merchant from the last published snapshot.

    It is kept in the home under reports/MERCHANT/WEEK.html with the figures it was made from. A report that was
    issued is never changed: when later data say something else, a new edition stands beside it.
    """
    settings = invocation.settings()
    merchant = invocation.merchant(settings, merchant_id)
    from pipelines.reports.write import write_report

    path = write_report(settings.home, merchant.merchant_id, week)
    if invocation.is_json:
        print_json({"merchant": merchant.merchant_id, "week": path.name.partition(".")[0], "path": path})
    else:
        click.echo(str(path))
    return 0
