"""Hold what would have been said on an earlier day against what came after.

The work is in ``pipelines.backtests`` and ``models.backtest``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from pipelines.cli.output import backtest_result
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.days import Day, SeveralValues
from pipelines.cli.parser.options import home_option, json_option, merchant_option, pass_invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.cli.parser.invocation import Invocation

UNITS = ("product", "variant", "brand")
REPETITIONS = 10

label_lag_option = click.option(
    "--label-lag",
    "label_lag_days",
    metavar="DAYS",
    type=click.IntRange(min=0),
    help="A return without a date is known so many days after its order.",
)


@click.group(
    epilog="""\b
Examples:
  keeprate backtest maturity --merchant acme --as-of 2026-06-01 2026-07-01 2026-08-01
  keeprate backtest product-risk --merchant acme --cutoff 2026-06-01 --unit variant
  keeprate backtest product-risk --merchant acme --cutoff 2026-06-01 --label-lag 30
  keeprate backtest early-warning --merchant acme --json

\b
Only the last published snapshot is read, nothing is changed. The keys of --json stand in
docs/reference/json.md."""
)
def command() -> None:
    """Judge projections, scores and warnings of an earlier day by what became known later."""


@command.command(
    cls=SeveralValues,
    epilog="""\b
Examples:
  keeprate backtest maturity --merchant acme --as-of 2026-06-01
  keeprate backtest maturity --merchant acme --as-of 2026-06-01 2026-07-01 --json""",
)
@merchant_option
@click.option(
    "--as-of",
    "days",
    metavar="DATE...",
    type=Day(),
    multiple=True,
    required=True,
    help="What was known before this day is used; several days may stand behind one --as-of.",
)
@label_lag_option
@home_option
@json_option
@pass_invocation
def maturity(
    invocation: Invocation, merchant_id: str | None, days: tuple[date, ...], label_lag_days: int | None
) -> int:
    """Project young order weeks as of earlier days and compare with their final rates."""
    settings = invocation.settings()
    merchant = invocation.merchant(settings, merchant_id)
    from models.backtest.cohorts import replay_cohorts
    from pipelines.backtests import documents, rows
    from pipelines.snapshot import open_snapshot

    with open_snapshot(settings.home, settings.threads) as snapshot:
        loaded = rows.load(snapshot, merchant.merchant_id, label_lag_days)
    rows.require_within(loaded, days)
    lines = rows.by_lines(loaded)
    by_lines = replay_cohorts(lines, days) if lines else None
    document = documents.maturity_document(loaded, replay_cohorts(loaded.history, days), by_lines)
    _print(invocation, document, backtest_result.maturity_lines)
    return 0


@command.command(
    "product-risk",
    epilog="""\b
Examples:
  keeprate backtest product-risk --merchant acme --cutoff 2026-06-01
  keeprate backtest product-risk --merchant acme --cutoff 2026-06-01 --unit brand --label-lag 30 --json""",
)
@merchant_option
@click.option(
    "--cutoff", metavar="DATE", type=Day(), required=True, help="Scored by what was known before, judged by the rest."
)
@click.option("--unit", type=click.Choice(UNITS), default="product", help="What is scored.  [default: product]")
@label_lag_option
@home_option
@json_option
@pass_invocation
def product_risk(
    invocation: Invocation, merchant_id: str | None, cutoff: date, unit: str, label_lag_days: int | None
) -> int:
    """Score units by what was known before a day and compare with the rates of what was sold after it."""
    settings = invocation.settings()
    merchant = invocation.merchant(settings, merchant_id)
    from models.backtest.units import replay_units
    from pipelines.backtests import documents, rows
    from pipelines.snapshot import open_snapshot

    with open_snapshot(settings.home, settings.threads) as snapshot:
        loaded = rows.load(snapshot, merchant.merchant_id, label_lag_days)
    rows.require_within(loaded, [cutoff])
    replay = replay_units(loaded.history, cutoff, unit)
    is_same = rows.lines_are_units(loaded)
    document = documents.product_risk_document(loaded, replay, cutoff, unit, lines_are_units=is_same)
    _print(invocation, document, backtest_result.product_risk_lines)
    return 0


@command.command(
    "early-warning",
    epilog="""\b
Examples:
  keeprate backtest early-warning --merchant acme
  keeprate backtest early-warning --repetitions 100 --json""",
)
@click.option("--merchant", "merchant_id", metavar="ID", help="Whose.  [default: every merchant of the home]")
@label_lag_option
@click.option(
    "--repetitions",
    metavar="COUNT",
    type=click.IntRange(min=0),
    default=REPETITIONS,
    help=f"How often rows are dealt out anew and doublings planted.  [default: {REPETITIONS}]",
)
@click.option("--seed", type=int, default=1, help="Of what is dealt out and planted.  [default: 1]")
@home_option
@json_option
@pass_invocation
def early_warning(
    invocation: Invocation, merchant_id: str | None, label_lag_days: int | None, repetitions: int, seed: int
) -> int:
    """Look at a whole history week by week, and where nothing happens, and where doublings are planted."""
    settings = invocation.settings()
    names = [settings.merchant(merchant_id).merchant_id] if merchant_id else list(settings.merchants)
    from models.backtest.alarms import replay_alarms
    from pipelines.backtests import documents, rows
    from pipelines.errors import CannotRun
    from pipelines.snapshot import open_snapshot

    tell = invocation.progress()
    made = []
    with open_snapshot(settings.home, settings.threads) as snapshot:
        for name in names:
            tell(f"{name}: looking over its history, and {repetitions} times where the truth is known")
            try:
                loaded = rows.load(snapshot, name, label_lag_days)
            except CannotRun as error:
                if len(names) == 1:
                    raise
                made.append(documents.without_evidence(name, str(error)))
                continue
            replay = replay_alarms(loaded.history, repetitions=repetitions, seed=seed)
            made.append(documents.early_warning_document(loaded, replay, seed))
    if invocation.is_json:
        print_json(made[0] if len(names) == 1 else made)
    else:
        for document in made:
            _print(invocation, document, backtest_result.early_warning_lines)
    return 0


def _print(
    invocation: Invocation, document: dict[str, object], lines_of: Callable[[dict[str, object]], list[str]]
) -> None:
    """The document for a program, or its sentences for a person."""
    if invocation.is_json:
        print_json(document)
    else:
        click.echo("\n".join(lines_of(document)))
