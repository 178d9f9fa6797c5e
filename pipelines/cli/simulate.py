"""Write the exports of two invented shops.

The world that makes them is in ``pipelines.simulate``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipelines.cli.output.people import count, facts
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.options import json_option, pass_invocation

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.cli.parser.invocation import Invocation


@click.command(
    epilog="""\b
Examples:
  keeprate simulate --output exports
  keeprate simulate --output exports --orders 1000000 --seed 3 --until 2026-11-01"""
)
@click.option(
    "--output", metavar="DIR", required=True, type=click.Path(file_okay=False), help="Folder; made if need be."
)
@click.option(
    "--orders", metavar="N", type=click.IntRange(min=10), default=60_000, help="Of both shops.  [default: 60000]"
)
@click.option(
    "--seed", metavar="S", type=click.IntRange(min=0), default=7, help="Another seed is another world.  [default: 7]"
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Day of the export; the last orders are of the day before.  [default: today]",
)
@json_option
@pass_invocation
def command(invocation: Invocation, output: str, orders: int, seed: int, until: datetime | None) -> int:
    """Write 18 months of two invented shops as files in real formats: orders, parcels, products, returns, policies.

    The same arguments give the same bytes. What is really behind each return, and what was planted, stands in
    DIR/truth. The files are listed in the order in which a shop would load them.
    """
    from datetime import date
    from pathlib import Path

    from pipelines.settings import apply_process_limits

    apply_process_limits(2)
    from pipelines.simulate import simulate

    last_day = until.date() if until else date.today()
    summary = simulate(Path(output), orders=orders, seed=seed, until=last_day, progress=invocation.progress())
    if invocation.is_json:
        files = {merchant_id: [vars(file) for file in files] for merchant_id, files in summary.files.items()}
        print_json(vars(summary) | {"files": files})
        return 0
    click.echo(
        f"{count(summary.order_count, 'order')}, {count(summary.line_count, 'line')}, "
        f"{count(summary.return_count, 'return request')} until {last_day}"
    )
    pairs = [("truth", str(summary.output / "truth"))]
    for merchant_id, files in summary.files.items():
        pairs += [(merchant_id if number == 0 else "", str(file.path)) for number, file in enumerate(files)]
    click.echo("\n".join(facts(pairs)))
    return 0
