"""Draft a mapping for a file of another shape.

The guesses are in ``pipelines.mapping_draft``; a person completes the draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipelines.cli.parser.options import pass_invocation

if TYPE_CHECKING:
    from pipelines.cli.parser.invocation import Invocation


@click.command(
    epilog="""\b
Examples:
  keeprate map sales.csv > sales.mapping.toml
  keeprate ingest sales.csv --merchant acme --mapping sales.mapping.toml --dry-run"""
)
@click.argument("file", metavar="FILE")
@pass_invocation
def command(invocation: Invocation, file: str) -> int:
    """Draft a mapping (TOML) from FILE's columns to Keeprate's, for keeprate ingest --mapping.

    It is a draft: what could not be matched stands in it as a comment.
    """
    from pipelines.cli.parser.files import named_files
    from pipelines.settings import apply_process_limits

    apply_process_limits(2)
    (path, *_), _ = named_files((file,))
    from pipelines.mapping_draft import draft_mapping

    click.echo(draft_mapping(path), nl=False)
    return 0
