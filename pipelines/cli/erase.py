"""Erase a person from everything.

What is found and how it is taken out is in ``pipelines.erasure``.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pipelines.cli.output.people import facts
from pipelines.cli.output.programs import print_json
from pipelines.cli.parser.options import home_option, json_option, merchant_option, pass_invocation, wait_option
from pipelines.errors import UsageProblem

if TYPE_CHECKING:
    from pipelines.cli.parser.invocation import Invocation
    from pipelines.erasure.erase import Erasure

_WORDS = {
    "identities": "pseudonyms of the person",
    "shared_by_many": "identities and numbers that many share, not followed",
    "orders": "orders that lose their customer",
    "return_lines": "return lines that lose their words",
    "parcels": "waybills and parcel numbers",
    "returns": "ids of returns",
    "raw_rows": "rows emptied",
    "files_staged_anew": "files staged anew",
    "parts_mended": "published parts of a held merchant mended",
    "parts_removed": "old parts removed",
    "manifests_removed": "old manifests removed",
    "reports_revised": "issued reports revised",
    "models_flagged": "models flagged",
}


@click.command(
    epilog="""\b
Examples:
  keeprate erase --merchant acme --email ann@example.com --dry-run
  keeprate erase --merchant acme --customer-id 501
  echo ann@example.com | keeprate erase --merchant acme --email - --yes

\b
Counts stay, the person goes: identities, comments and notes, attributes, postcodes. Every later load obeys.
What was begun and stopped is completed by the next erase, build or ingest. The exit status is 1 when nobody
was found. Originals outside the home are yours to erase."""
)
@merchant_option
@click.option("--email", metavar="ADDRESS", help="E-mail address; - reads it from stdin, so that no history keeps it.")
@click.option("--phone", metavar="NUMBER", help="Telephone number; - reads it from stdin.")
@click.option("--customer-id", metavar="ID", help="The shop's number of the customer; - reads it from stdin.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Show what would be erased; change nothing.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@wait_option
@home_option
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    merchant_id: str | None,
    email: str | None,
    phone: str | None,
    customer_id: str | None,
    is_dry_run: bool,
    is_sure: bool,
    wait_seconds: float,
) -> int:
    """Take a person out of every table, snapshot, report and log of the home, for good.

    Found are all identities that stand with the one given, also of guests, and their orders, returns and parcels.
    """
    given = [(kind, value) for kind, value in (("email", email), ("phone", phone), ("id", customer_id)) if value]
    if len(given) != 1:
        raise UsageProblem(
            "whom? Exactly one of --email, --phone and --customer-id says it.\n  to do:    state one of them, once"
        )
    settings = invocation.settings()
    merchant = invocation.merchant(settings, merchant_id)
    from pipelines.erasure.erase import erase, look_for
    from pipelines.erasure.plan import complete_begun
    from pipelines.privacy import merchant_key, pseudonym_of
    from pipelines.progress import listening

    kind, value = given[0]
    text = sys.stdin.readline().strip() if value == "-" else value
    pseudonym = pseudonym_of(text, kind, merchant_key(settings.key, merchant.merchant_id))
    if pseudonym is None:
        raise UsageProblem(
            "the value is empty.\n  to do:    state what the person is known by, for example --email a@example.com"
        )
    if not (is_sure or is_dry_run) and (invocation.is_json or value == "-"):
        raise UsageProblem("nobody can be asked here.\n  to do:    add --yes, or --dry-run to look first")
    complete_begun(settings, wait_seconds)
    who = (merchant.merchant_id, kind, pseudonym)
    result = look_for(settings, *who, wait_seconds)
    if result.status == "found" and not is_dry_run:
        if not is_sure:
            click.echo("\n".join(_lines(result)))
            click.confirm("Erase? This cannot be undone.", abort=True)
        with listening(invocation.progress()):
            result = erase(settings, *who, wait_seconds)
    if invocation.is_json:
        print_json(asdict(result))
    else:
        click.echo("\n".join(_lines(result)))
    return 1 if result.status == "unknown" else 0


def _lines(result: Erasure) -> list[str]:
    heads = {
        "erased": f"erased: {result.erasure_id}",
        "found": "found; nothing is erased yet",
        "erased before": "this person was erased before, and every load obeys; nothing to do",
        "unknown": f"nobody of merchant {result.merchant_id} is known by that.\n"
        "  to do:    look at the spelling, or use another identity: --email, --phone or --customer-id",
    }
    pairs = [(_WORDS[name], f"{count:,}") for name, count in result.counts.items() if name in _WORDS and count]
    return [heads[result.status], *facts(pairs)]
