"""Where are goods and money, and what is left over for a person? (``/ledgers?merchant=ID``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash

from dashboards.components import ledgers, page

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboards.reader import Reader
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload

dash.register_page(__name__, path="/ledgers", title="Keeprate")


def layout(merchant: str | None = None, **_: Any) -> Component:
    """The page for an address.

    Args:
        merchant: merchant id of the address; None shows the first merchant.
    """
    return page.of_merchant("ledgers", merchant, _body)


def _body(reader: Reader, payload: Payload, language: Language) -> list[Component]:
    parts = [ledgers.side_by_side(payload, language)]
    if payload.ledgers is None:
        return parts
    evidence = reader.evidence(payload.merchant.merchant_id)
    parts.append(ledgers.left_over(payload, evidence, language))
    if any(not item.is_for_a_person for item in payload.ledgers.leftovers):
        parts.append(ledgers.named(payload, language))
    return parts
