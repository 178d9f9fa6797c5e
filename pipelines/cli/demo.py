"""Make a home with two invented shops, from exports to reports.

The same steps that a merchant's own files take: simulate, ingest, build, report. The dates are fixed at the first
run, so a second one finds nothing to do.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.build import outcome_lines
from pipelines.cli.output.file_result import records_sentence
from pipelines.cli.output.people import facts, printable
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.options import home_option, json_option, pass_invocation, wait_option
from pipelines.errors import UsageProblem
from pipelines.settings import apply_process_limits, home_in_environment, load_settings, new_merchant, write_home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipelines.cli.parser.invocation import Invocation
    from pipelines.ingest.result import FileResult
    from pipelines.settings import Settings

DEFAULT_HOME = "demo"
PLAN = "demo.json"
ORDERS, SEED = 60_000, 21


@click.command(
    epilog="""\b
Examples:
  keeprate demo
  keeprate demo --home other-demo --orders 5000 --seed 3

\b
To begin anew, remove the folder (make clean-demo)."""
)
@click.option("--orders", metavar="N", type=click.IntRange(min=10), help=f"Of both shops.  [default: {ORDERS}]")
@click.option(
    "--seed", metavar="S", type=click.IntRange(min=0), help=f"Another seed, another world.  [default: {SEED}]"
)
@wait_option
@home_option
@json_option
@pass_invocation
def command(invocation: Invocation, orders: int | None, seed: int | None, wait_seconds: float) -> int:
    """Write two invented shops' exports, load them, build everything and write both reports.

    The home is ./demo unless --home or KEEPRATE_HOME says another; one with merchants of its own is not touched.
    """
    invocation.home_option = invocation.home_option or home_in_environment() or DEFAULT_HOME
    home = invocation.home
    apply_process_limits(2)
    _require_own_home(home)
    tell = invocation.progress()
    plan = _plan(home, orders, seed)
    settings = _prepared(home)
    exports = _exports(home, plan, tell)
    _place_policies(settings, exports)
    results = _ingested(settings, exports, wait_seconds, tell)
    from pipelines.runner import run_build

    outcome = run_build(settings, wait_seconds=wait_seconds, progress=tell)
    reports = {} if outcome.status == "failed" else _reports(settings, tell)
    is_idle = outcome.status == "nothing to do" and all(result.status == "already loaded" for result in results)
    if invocation.is_json:
        print_json(
            {
                "home": home,
                "plan": plan,
                "is_nothing_to_do": is_idle,
                "files": [result.as_json() for result in results],
                "build": outcome.as_json(),
                "reports": reports,
            }
        )
    else:
        if not is_idle:
            click.echo("\n".join(_file_lines(results)))
        click.echo("\n".join([*outcome_lines(outcome), *(_ending(invocation, exports, reports) if reports else [])]))
    is_refused = any(result.status == "refused" for result in results)
    return 1 if is_refused else outcome.exit_status


def _require_own_home(home: Path) -> None:
    """Refuse a home that is not the demo's: invented data must not stand among real ones."""
    if (home / "keeprate.toml").exists() and not (home / PLAN).exists():
        raise UsageProblem(
            f"{home}: this home has merchants of its own ({', '.join(load_settings(home).merchants)}); "
            "invented shops do not go among them.\n  to do:    add --home with another folder"
        )


def _prepared(home: Path) -> Settings:
    """The home with both shops in it."""
    from pipelines.simulate.shops import SHOPS

    for shop in SHOPS:
        merchant = new_merchant(
            home,
            shop.merchant_id,
            name=shop.name,
            locale=shop.locale,
            timezone=shop.timezone,
            currency_code=shop.currency,
            policy_file=home / f"policy-{shop.merchant_id}.toml",
            costs=shop.costs,
        )
        write_home(home, merchant)
    return load_settings(home)


def _plan(home: Path, orders: int | None, seed: int | None) -> dict[str, Any]:
    """What the first run decided: until which day, how many orders, which seed."""
    from datetime import date

    path = home / PLAN
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        plan = {"until": date.today().isoformat(), "orders": orders or ORDERS, "seed": SEED if seed is None else seed}
        path.write_text(json.dumps(plan) + "\n", encoding="utf-8")
        return plan
    plan = json.loads(path.read_text(encoding="utf-8"))
    for name, value in (("orders", orders), ("seed", seed)):
        if value is not None and value != plan[name]:
            raise UsageProblem(
                f"{home}: this demo was made with --{name} {plan[name]}.\n"
                f"  to do:    remove the folder, or add --home with another one"
            )
    return plan


def _exports(home: Path, plan: dict[str, Any], tell: Callable[[str], None]) -> dict[str, list[Path]]:
    """Each shop's exports in the order of loading, written at the first run; one that was stopped writes them anew."""
    from datetime import date

    from pipelines.simulate.files import in_load_order
    from pipelines.simulate.shops import SHOPS

    folder = home / "exports"
    if not folder.exists():
        from pipelines.simulate import simulate

        unfinished = home / "exports.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        tell(f"writing the exports of two invented shops, {plan['orders']:,} orders until {plan['until']}")
        simulate(
            unfinished,
            orders=plan["orders"],
            seed=plan["seed"],
            until=date.fromisoformat(plan["until"]),
            progress=tell,
        )
        unfinished.rename(folder)
    return {
        shop.merchant_id: [file.path for file in in_load_order((folder / shop.merchant_id).iterdir())] for shop in SHOPS
    }


def _place_policies(settings: Settings, exports: dict[str, list[Path]]) -> None:
    """Put each shop's policy file where ``keeprate.toml`` names it; one that is there already is left as it is."""
    for merchant_id, paths in exports.items():
        target = settings.merchant(merchant_id).policy_file
        if target is not None and not target.exists():
            shutil.copyfile(next(path for path in paths if path.name.startswith("policy-")), target)


def _ingested(
    settings: Settings, exports: dict[str, list[Path]], wait_seconds: float, tell: Callable[[str], None]
) -> list[FileResult]:
    from pipelines.ingest.run import IngestOptions, ingest_files
    from pipelines.warehouse import open_warehouse

    results = []
    with open_warehouse(settings, "keeprate demo", wait_seconds) as warehouse:
        for merchant_id, paths in exports.items():
            tell(f"{merchant_id}: loading {len(paths)} files")
            results += ingest_files(warehouse, settings.merchant(merchant_id), paths, IngestOptions())
    return results


def _reports(settings: Settings, tell: Callable[[str], None]) -> dict[str, Path]:
    from pipelines.reports.write import write_report

    reports = {}
    for merchant_id in settings.merchants:
        tell(f"{merchant_id}: weekly report")
        reports[merchant_id] = write_report(settings.home, merchant_id)
    return reports


def _file_lines(results: list[FileResult]) -> list[str]:
    lines = []
    for result in results:
        lines.append(printable(result.message) if result.status == "refused" else f"{result.path}: {result.status}")
        if result.status != "refused":
            lines.append(f"  {records_sentence(result)}")
    return lines


def _ending(invocation: Invocation, exports: dict[str, list[Path]], reports: dict[str, Path]) -> list[str]:
    truth = next(iter(exports.values()))[0].parents[1] / "truth"
    return [
        "",
        "weekly reports (open in a browser):",
        *facts((merchant_id, invocation.shown(path)) for merchant_id, path in reports.items()),
        "look at the dashboard:",
        f"  make serve        or: {invocation.program} dashboard",
        "ask with SQL:",
        f'  {invocation.program} query "select merchant_id, count(*) as orders from core.orders group by all"',
        "what was planted, to compare with what was found:",
        f"  {invocation.shown(truth)}",
    ]
