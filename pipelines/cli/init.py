"""Make a home, or add a merchant to one.

What exists is left as it is: the configuration is a person's file, the key is the installation's secret.
"""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.cli.output.people import facts
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.invocation import Invocation
from pipelines.cli.parser.options import home_option, json_option, pass_invocation
from pipelines.errors import UsageProblem, nearest


@click.command(
    epilog="""\b
Examples:
  keeprate init
  keeprate init --merchant acme --name "Acme Outdoor" --timezone Europe/Berlin --currency EUR
  keeprate --home /srv/keeprate init --merchant hsinchu --locale zh-Hant --timezone Asia/Taipei --currency TWD"""
)
@click.option(
    "--merchant",
    "merchant_id",
    metavar="ID",
    default="demo",
    help="Lower case letters, digits, - and _.  [default: demo]",
)
@click.option("--name", help="As reports print it.  [default: the id]")
@click.option("--locale", default="en", help="Language of reports: en or zh-Hant.  [default: en]")
@click.option("--timezone", default="UTC", help="The shop's IANA zone.  [default: UTC]")
@click.option("--currency", default="USD", help="ISO 4217 code.  [default: USD]")
@home_option
@json_option
@pass_invocation
def command(
    invocation: Invocation, merchant_id: str, name: str | None, locale: str, timezone: str, currency: str
) -> int:
    """Make a home with one merchant, or add a merchant to the home that is there.

    Writes keeprate.toml (commented), the key that pseudonyms are made with, and the merchant's inbox and outbox.
    What exists is left as it is.
    """
    from pipelines.settings import load_settings, new_merchant, write_home

    home = invocation.home
    _require_known(locale, timezone, currency)
    merchant = new_merchant(
        home, merchant_id, name=name, locale=locale, timezone=timezone, currency_code=currency.upper()
    )
    is_new = write_home(home, merchant)
    known = load_settings(home).merchants[merchant_id]
    configuration = home / "keeprate.toml"
    if invocation.is_json:
        print_json(
            {
                "home": home,
                "configuration": configuration,
                "merchant": merchant_id,
                "is_new": is_new,
                "inbox": known.inbox,
                "outbox": known.outbox,
            }
        )
        return 0
    if is_new:
        click.echo(f"merchant {merchant_id} added")
    else:
        click.echo(f"merchant {merchant_id} is there already; nothing was changed (edit keeprate.toml to change it)")
    pairs = [
        ("home", str(home)),
        ("settings", str(configuration)),
        ("key", f"{home / 'key'} (keep a copy: without it known customers become strangers)"),
        ("inbox", f"{known.inbox} (files put there are loaded by the next build)"),
        ("next", f"{invocation.program} ingest FILE --merchant {merchant_id}"),
    ]
    click.echo("\n".join(facts(pairs)))
    return 0


def _require_known(locale: str, timezone: str, currency: str) -> None:
    """Refuse what the configuration could not be read with later."""
    import re
    from zoneinfo import available_timezones

    zones = available_timezones()
    if timezone not in zones:
        raise UsageProblem(
            f"no time zone {timezone!r}{nearest(timezone, sorted(zones))}; expected is"
            " an IANA name such as Europe/Berlin.\n  to do:    state the shop's zone with --timezone"
        )
    if not re.fullmatch(r"[A-Za-z]{3}", currency):
        raise UsageProblem(
            f"{currency!r} is not a currency; expected is an ISO 4217 code such as USD.\n"
            "  to do:    state with --currency in what the shop keeps its books"
        )
    known = sorted(path.stem for path in (Path(__file__).parents[1] / "reports" / "locale").glob("*.toml"))
    if locale not in known:
        raise UsageProblem(
            f"no language {locale!r}{nearest(locale, known)}; there are {', '.join(known)}.\n"
            "  to do:    state one of them with --locale"
        )
