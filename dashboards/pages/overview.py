"""Overview of one merchant: how much comes back, why, which products, and whether to believe it (``/?merchant=ID``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import dash
from dash import Input, Output, State, callback, html, no_update
from flask import current_app

from dashboards.components import cards, frame, trust
from pipelines.errors import UsageProblem
from pipelines.reports import sentences
from pipelines.reports.language import FALLBACK, Language
from pipelines.snapshot import NoSnapshot

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboards.reader import Reader
    from pipelines.reports.payload import Payload

dash.register_page(__name__, path="/", title="Keeprate")


def layout(merchant: str | None = None, **_: Any) -> Component:
    """The page for an address.

    Args:
        merchant: merchant id of the address; None shows the first merchant.
    """
    reader: Reader = current_app.config["READER"]
    try:
        merchants = reader.merchants()
    except NoSnapshot:
        return frame.empty(Language(FALLBACK), "no_snapshot", command=True)
    if not merchants:
        return frame.empty(Language(FALLBACK), "no_snapshot", command=True)
    known = {each.merchant_id: each for each in merchants}
    chosen = known.get(merchant or merchants[0].merchant_id)
    if chosen is None:
        language = Language(FALLBACK)
        picker = frame.merchant_picker(merchants, None, language)
        return frame.empty(language, "unknown_merchant", picker=picker, merchant_id=merchant or "")
    language = Language(chosen.locale)
    picker = frame.merchant_picker(merchants, chosen.merchant_id, language)
    try:
        payload = reader.payload(chosen.merchant_id)
    except UsageProblem:
        return frame.empty(language, "no_orders", picker=picker, command=True, merchant=chosen.name)
    return frame.sheet(language, frame.top(payload, picker, language), *_body(payload, language))


def _body(payload: Payload, language: Language) -> list[Component]:
    middle = (
        [trust.begin(payload, language), trust.refunds(payload, language)]
        if payload.headline == "no_returns"
        else [
            cards.weekly(payload, language),
            html.Div([cards.reasons(payload, language), cards.products(payload, language)], className="pair"),
        ]
    )
    return [
        *cards.notices(payload, language),
        cards.headline(payload, language),
        *middle,
        trust.trust_box(payload, language),
        html.P(sentences.versions(payload, language), className="versions"),
    ]


@callback(
    Output(frame.ADDRESS, "search"),
    Input(frame.PICKER, "value"),
    State(frame.ADDRESS, "search"),
    prevent_initial_call=True,
)
def choose(merchant_id: str | None, search: str | None) -> Any:
    """The address for a picked merchant."""
    wanted = "?" + urlencode({"merchant": merchant_id or ""})
    return no_update if not merchant_id or wanted == search else wanted
