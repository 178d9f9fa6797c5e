"""Overview of one merchant: how much comes back, why, which products, and whether to believe it (``/?merchant=ID``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import dash
from dash import Input, Output, State, callback, html, no_update

from dashboards.components import cards, changes, frame, page, risks, trust, warnings

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboards.reader import Reader
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload

dash.register_page(__name__, path="/", title="Keeprate")


def layout(merchant: str | None = None, **_: Any) -> Component:
    """The page for an address.

    Args:
        merchant: merchant id of the address; None shows the first merchant.
    """
    return page.of_merchant("overview", merchant, _body)


def _body(reader: Reader, payload: Payload, language: Language) -> list[Component]:
    middle = (
        [trust.begin(payload, language), trust.refunds(payload, language)]
        if payload.headline == "no_returns"
        else [
            *warnings.pointer(payload, language),
            html.Div([changes.change(payload, language), cards.weekly(payload, language)], className="pair"),
            risks.faulty(payload, language),
            risks.costly(payload, language),
            cards.reasons(payload, language),
        ]
    )
    return [
        cards.headline(payload, language),
        *middle,
        trust.trust_box(payload, language),
    ]


@callback(
    Output(frame.ADDRESS, "search"),
    Input(frame.PICKER, "value"),
    State(frame.ADDRESS, "search"),
    prevent_initial_call=True,
)
def choose(merchant_id: str | None, search: str | None) -> Any:
    """The address for a picked merchant: the same page, another merchant; every page has the picker."""
    wanted = "?" + urlencode({"merchant": merchant_id or ""})
    return no_update if not merchant_id or wanted == search else wanted
