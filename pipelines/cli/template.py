"""Print a CSV template to fill in.

Header, meaning of each column and two example rows, made from the contracts by ``pipelines.templates``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipelines.cli.output.people import facts
from pipelines.cli.parser.options import pass_invocation
from pipelines.errors import UsageProblem, nearest

if TYPE_CHECKING:
    from pipelines.cli.parser.invocation import Invocation


@click.command(
    epilog="""\b
Examples:
  keeprate template
  keeprate template return_lines > return_lines.csv"""
)
@click.argument("entity", required=False)
@pass_invocation
def command(invocation: Invocation, entity: str | None) -> int:
    """Print a CSV template of ENTITY, for data that no other source brings.

    Without ENTITY: what there is.
    """
    from pipelines.contracts import all_contracts

    known = all_contracts()
    if entity is None:
        click.echo("\n".join(facts(((name, item.description) for name, item in known.items()), indent="")))
        return 0
    if entity not in known:
        raise UsageProblem(
            f"no entity {entity!r}{nearest(entity, list(known))}; there are {', '.join(known)}.\n"
            "  to do:    name one of them; keeprate template says what each is"
        )
    from pipelines.templates import template

    click.echo(template(entity), nl=False)
    return 0
