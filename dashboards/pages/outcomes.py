"""What comes after a return: money, exchange, the next order? (``/outcomes?merchant=ID``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash

from dashboards.components import outcomes, page

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboards.reader import Reader
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload

dash.register_page(__name__, path="/outcomes", title="Keeprate")


def layout(merchant: str | None = None, **_: Any) -> Component:
    """The page for an address.

    Args:
        merchant: merchant id of the address; None shows the first merchant.
    """
    return page.of_merchant("outcomes", merchant, _body)


def _body(reader: Reader, payload: Payload, language: Language) -> list[Component]:
    return [
        outcomes.ended(payload, language),
        outcomes.retained(payload, language),
        outcomes.bought_again(payload, language),
        outcomes.cancelled(payload, language),
    ]
