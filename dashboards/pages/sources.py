"""What do the numbers stand on: which sources, through which day, contradicting what? (``/sources?merchant=ID``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash

from dashboards.components import page, sources, trust

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboards.reader import Reader
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload

dash.register_page(__name__, path="/sources", title="Keeprate")


def layout(merchant: str | None = None, **_: Any) -> Component:
    """The page for an address.

    Args:
        merchant: merchant id of the address; None shows the first merchant.
    """
    return page.of_merchant("sources", merchant, _body)


def _body(reader: Reader, payload: Payload, language: Language) -> list[Component]:
    evidence = reader.evidence(payload.merchant.merchant_id)
    return [
        trust.checks(payload, language),
        sources.freshness(payload, language),
        sources.brought(payload, language),
        sources.contradictions(payload, evidence, language),
    ]
