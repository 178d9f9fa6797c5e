"""Ask the published data with SQL.

Only the snapshot is read: a query never waits for a build and never changes anything.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pipelines.cli.output.people import table
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.options import home_option, pass_invocation

if TYPE_CHECKING:
    import polars

    from pipelines.cli.parser.invocation import Invocation

TABLE_ROWS = 200
"""So many rows are shown as a table; csv and json show all."""


@click.command(
    epilog="""\b
Examples:
  keeprate query "select merchant_id, count(*) as orders from core.orders group by all"
  keeprate query "select * from quarantine.rows order by file_name, line_number" --format csv > rejected.csv
  keeprate query "select schema_name, table_name from duckdb_views() where not internal"
  keeprate query "describe core.orders"
  echo "select 1" | keeprate query - --format json

\b
Schemas: core (the united facts), marts (ready to show), ml (what models say), quarantine (what
was rejected, and checks). Tables are described in docs/reference."""
)
@click.argument("sql", metavar="SQL")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    help="table is for reading (long cells cut, 200 rows); csv and json hold everything.  [default: table]",
)
@home_option
@pass_invocation
def command(invocation: Invocation, sql: str, output_format: str) -> int:
    """Run one SELECT over the last published snapshot; - reads it from stdin."""
    invocation.is_json = output_format == "json"
    settings = invocation.settings()
    from pipelines.snapshot import open_snapshot

    text = sys.stdin.read() if sql == "-" else sql
    with open_snapshot(settings.home, settings.threads) as snapshot:
        frame = snapshot.query(text)
    {"table": _print_table, "csv": _print_csv, "json": _print_json}[output_format](frame)
    return 0


def _print_table(frame: polars.DataFrame) -> None:
    click.echo("\n".join(table(frame.columns, frame.head(TABLE_ROWS).iter_rows())))
    if len(frame) > TABLE_ROWS:
        click.echo(f"({len(frame):,} rows; the first {TABLE_ROWS} are shown, --format csv or json holds all)")
    else:
        click.echo(f"({len(frame):,} {'row' if len(frame) == 1 else 'rows'})")


def _print_csv(frame: polars.DataFrame) -> None:
    """Exact values, not made safe for spreadsheets: a cell that begins with = stays as it is."""
    import csv

    from pipelines.cli.output.programs import plain

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(frame.columns)
    for row in frame.iter_rows():
        writer.writerow(_cell(plain(value)) for value in row)


def _cell(value: object) -> object:
    import json

    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _print_json(frame: polars.DataFrame) -> None:
    print_json(frame.to_dicts())
