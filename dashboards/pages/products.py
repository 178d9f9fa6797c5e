"""Which products, variants, suppliers come back too often? (``/products?merchant=ID``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash

from dashboards.components import page, risks, trust

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboards.reader import Reader
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload

dash.register_page(__name__, path="/products", title="Keeprate")


def layout(merchant: str | None = None, **_: Any) -> Component:
    """The page for an address.

    Args:
        merchant: merchant id of the address; None shows the first merchant.
    """
    return page.of_merchant("products", merchant, _body)


def _body(reader: Reader, payload: Payload, language: Language) -> list[Component]:
    if payload.headline == "no_returns":
        return [trust.begin(payload, language)]
    return [
        risks.faulty(payload, language),
        risks.costly(payload, language),
        risks.other_units(payload, language),
    ]
