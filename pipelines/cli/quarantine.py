"""Show what was set aside, and write it as a file in which it can be mended.

The work is in ``pipelines.quarantine``.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from pipelines.cli.output.people import count, facts, printable, shortened
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.options import home_option, json_option, pass_invocation, wait_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.cli.parser.invocation import Invocation
    from pipelines.quarantine.groups import Group, Mended, Waiting
    from pipelines.quarantine.reading import Store, Wanted

NAMED_FILES = 10
"""So many waiting files are named; the rest is counted, and stands whole in the JSON."""


@click.command(
    epilog="""\b
Examples:
  keeprate quarantine
  keeprate quarantine --merchant acme --file orders-2026-11-22.csv
  keeprate quarantine --merchant acme --export corrections.csv
  keeprate ingest corrections.csv --merchant acme

\b
To mend: export, write into the column `corrected` what should have stood there (or `(empty)`), leave
the others as they are, save as CSV, and load that file like any other or put it into the inbox.

\b
It reads what was loaded last, built or not, and takes the home's lock for that moment. While
another command writes, it shows what was published last and says so; --wait waits instead."""
)
@click.option("--merchant", "merchant_id", metavar="ID", help="Whose.  [default: everybody's]")
@click.option("--source", metavar="NAME", help="Of files of this kind only.")
@click.option("--file", "file_name", metavar="NAME", help="Of files of this name only, without folder.")
@click.option("--rule", metavar="RULE", help="What this rule rejected only.")
@click.option(
    "--export",
    "export_path",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write it as a CSV to mend and load again.",
)
@wait_option
@home_option
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    merchant_id: str | None,
    source: str | None,
    file_name: str | None,
    rule: str | None,
    export_path: str | None,
    wait_seconds: float,
) -> int:
    """Show what could not be read: where, what was found, what was expected, what to do."""
    from pathlib import Path

    settings = invocation.settings()
    if export_path or merchant_id:
        merchant_id = invocation.merchant(settings, merchant_id).merchant_id
    from pipelines.quarantine.export import export
    from pipelines.quarantine.groups import groups_of, mended_of, waiting_of
    from pipelines.quarantine.reading import Wanted, open_store
    from pipelines.sources import source_named

    if source:
        source_named(source)
    wanted = Wanted(merchant_id or "", source or "", Path(file_name or "").name, rule or "")
    with open_store(settings, wait_seconds) as store:
        groups = groups_of(store, wanted)
        _require_known(store, wanted, groups)
        mended, waiting = mended_of(store, wanted), waiting_of(store, wanted)
        held = {name: hold for name, hold in store.held.items() if merchant_id in (None, name)}
        written = export(store, wanted, Path(export_path)) if export_path else 0
    if invocation.is_json:
        print_json(
            {
                "published_at": store.published_at or None,
                "open": [group.as_json() for group in groups],
                "mended": [part.as_json() for part in mended],
                "waiting": [file.as_json() for file in waiting],
                "held": held,
                "export": {"path": export_path, "rows": written} if export_path else None,
            }
        )
        return 0
    lines = [line for group in _by_file(groups) for line in _lines_of_file(group)]
    lines += _ending(wanted, groups, mended, waiting, held)
    if not store.is_warehouse:
        lines.append(f"as published {store.published_at}; nothing newer can be seen now: {store.why_snapshot}")
    if export_path:
        lines.append(
            f"{count(written, 'row')} written to {export_path}: fill in the column corrected, save as CSV, then:"
            f" keeprate ingest {export_path} --merchant {merchant_id}"
        )
    elif mendable := [group.merchant_id for group in groups if group.source != "corrections"]:
        whose = merchant_id or mendable[0]
        lines.append(f"to mend: keeprate quarantine --merchant {whose} --export corrections.csv")
    click.echo("\n".join(lines))
    return 0


def _require_known(store: Store, wanted: Wanted, groups: Sequence[Group]) -> None:
    """A name that nothing has is rather a slip than a wish to see nothing, and so is the file of another merchant."""
    from pipelines.errors import UsageProblem, nearest

    if groups:
        return
    tables = ["quarantine.rows", *["quarantine.mended"] * store.has_mended()]
    for column, name in (("file_name", wanted.file_name), ("rule", wanted.rule)):
        if not name:
            continue
        kind = column.removesuffix("_name")
        # A file of which nothing was rejected is known, too.
        told = [*tables, *["raw.files"] * (kind == "file")]
        query = " union ".join(f"select {column}, merchant_id from {table}" for table in told)
        known = store.ask(f"{query} order by all", [])
        names = list(dict.fromkeys(row[0] for row in known))
        if name not in names:
            raise UsageProblem(
                f"no {kind} {name!r} in quarantine{nearest(name, names)}.\n"
                "  to do:    keeprate quarantine without options names all of them"
            )
        owners = [merchant for known_name, merchant in known if known_name == name]
        if wanted.merchant_id and wanted.merchant_id not in owners and kind == "file":
            raise UsageProblem(
                f"no file {name!r} of {wanted.merchant_id}; {', '.join(owners)} has one.\n"
                f"  to do:    keeprate quarantine --merchant {owners[0]} --file {name}"
            )


def _by_file(groups: Sequence[Group]) -> list[list[Group]]:
    return [list(part) for _, part in groupby(groups, key=lambda group: (group.merchant_id, group.file_id))]


def _lines_of_file(groups: Sequence[Group]) -> list[str]:
    first = groups[0]
    records = sum(group.count for group in groups if group.is_whole_record)
    cells = sum(group.count for group in groups if not group.is_whole_record)
    parts = [f"{count(records, 'record')} not loaded"] * bool(records)
    parts += [f"{count(cells, 'cell')} of loaded records missing"] * bool(cells)
    lines = [f"{printable(first.file_name)} ({first.merchant_id}, {first.source}): {', '.join(parts)}"]
    for group in groups:
        lines += _lines_of_group(group)
    return [*lines, ""]


def _lines_of_group(group: Group) -> list[str]:
    what = "record" if group.is_whole_record else "cell"
    where = f" in {printable(group.column)}" if group.column else ""
    more = group.count - len(group.first_lines)
    places = ", ".join(f"{line:,}" for line in group.first_lines) + (f" and {more:,} more" if more > 0 else "")
    found = ", ".join("nothing" if text is None else shortened(printable(text)) for text in group.found)
    return [
        f"  {count(group.count, what)}: {group.rule}{where}",
        *facts(
            [
                ("line" if group.count == 1 else "lines", places),
                ("found", found),
                ("expected", group.expected),
                ("to do", group.remedy),
            ],
            indent="    ",
        ),
    ]


def _ending(
    wanted: Wanted,
    groups: Sequence[Group],
    mended: Sequence[Mended],
    waiting: Sequence[Waiting],
    held: dict[str, dict[str, str]],
) -> list[str]:
    lines = []
    if not groups:
        asked = [text for text in (wanted.file_name, wanted.rule, wanted.source, wanted.merchant_id) if text]
        of_what = f"of {', '.join(map(printable, asked))} " if asked else ""
        lines.append(f"nothing {of_what}is in quarantine")
    for part in mended:
        lines.append(
            f"mended: {count(part.count, 'row')} of {printable(part.file_name)} ({part.rule}),"
            f" by {printable(part.mended_by_file_name)}"
        )
    for is_held, text in ((False, "waiting for keeprate build"), (True, "not merged, because the merchant is held")):
        names = [printable(file.file_name) for file in waiting if file.is_held == is_held]
        if names:
            more = len(names) - NAMED_FILES
            lines.append(f"{text}: {', '.join(names[:NAMED_FILES])}" + (f" and {more} more" if more > 0 else ""))
    lines += [f"held: {name}, since {hold['since']}: {printable(hold['reason'])}" for name, hold in held.items()]
    return lines
