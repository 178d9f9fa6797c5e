"""Load a merchant's files.

How a file is loaded is in ``pipelines.ingest``; how its result is shown in ``output/file_result.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipelines.cli.output.file_result import ending, lines_of
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.files import named_files
from pipelines.cli.parser.options import (
    Encoding,
    Moment,
    home_option,
    json_option,
    merchant_option,
    pass_invocation,
    wait_option,
)
from pipelines.merchants import DATE_FORMATS

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.cli.parser.invocation import Invocation


@click.command(
    epilog="""\b
Examples:
  keeprate ingest orders-2026-11-22.csv --merchant acme --dry-run
  keeprate ingest exports/ --merchant acme
  keeprate ingest orders.csv.gz --merchant acme --date-format dmy --as-of 2026-11-22T06:00
  keeprate ingest sales.parquet --merchant acme --mapping sales.mapping.toml

\b
A FILE is a CSV, JSON or TOML file (plain, gzip or zip) or Parquet, a folder (its files, by
name), or a quoted pattern such as 'exports/*.csv'. A refused file does not stop the next one; the exit
status is 1 when one was refused. Records that are wrong go to quarantine and stand in the
output; the status is then still 0."""
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@merchant_option
@click.option("--source", metavar="NAME", help="The kind of export.  [default: recognised by its header or keys]")
@click.option(
    "--mapping",
    metavar="MAP.toml",
    type=click.Path(exists=True, dir_okay=False),
    help="Mapping for a file of another shape; keeprate map drafts one.",
)
@click.option(
    "--date-format",
    type=click.Choice(DATE_FORMATS),
    help="Order of day, month and year.  [default: proven from the file, or the file is refused]",
)
@click.option("--encoding", type=Encoding(), metavar="E", help="Of the text.  [default: UTF-8, else Windows-1252]")
@click.option(
    "--as-of",
    type=Moment(),
    metavar="TIME",
    help="When the file was true, in the merchant's zone.  [default: from its name, its rows or its date on disk]",
)
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Show what would happen; keep nothing.")
@wait_option
@home_option
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    files: tuple[str, ...],
    merchant_id: str | None,
    source: str | None,
    mapping: str | None,
    date_format: str | None,
    encoding: str | None,
    as_of: datetime | None,
    is_dry_run: bool,
    wait_seconds: float,
) -> int:
    """Load exports of one merchant into the home; keeprate build takes them further.

    A file is known by its content and loaded once: loading it again is harmless.
    """
    from contextlib import ExitStack
    from pathlib import Path

    settings = invocation.settings()
    merchant = invocation.merchant(settings, merchant_id)
    paths, repeated = named_files(files)
    from pipelines.erasure.plan import complete_begun
    from pipelines.ingest.run import IngestOptions, ingest_files
    from pipelines.lock import writing
    from pipelines.masking.numbers import without_mails
    from pipelines.sources import source_named
    from pipelines.warehouse import open_warehouse

    if source is not None:
        source_named(source)
    options = IngestOptions(source, Path(mapping) if mapping else None, date_format, encoding, as_of, is_dry_run)
    tell = invocation.progress()
    results = []
    with ExitStack() as held:
        held.enter_context(writing(settings.home, "keeprate ingest", wait_seconds))
        complete_begun(settings)
        warehouse = held.enter_context(open_warehouse(settings, "keeprate ingest", wait_seconds))
        coming = ingest_files(warehouse, merchant, paths, options)
        for number, path in enumerate(paths, 1):
            tell(f"{without_mails(path.name)} ({number} of {len(paths)})")
            result = next(coming)
            if path in repeated:
                result.warnings.append("named more than once; looked at once")
            results.append(result)
            if not invocation.is_json:
                click.echo("\n".join(lines_of(result)))
    if invocation.is_json:
        print_json([result.as_json() for result in results])
    else:
        click.echo("\n".join(ending(results, merchant.merchant_id)))
    return 1 if any(result.status == "refused" for result in results) else 0
