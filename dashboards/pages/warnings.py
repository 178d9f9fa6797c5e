"""What has begun to come back more often? (``/warnings?merchant=ID``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash

from dashboards.components import page, trust, warnings

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboards.reader import Reader
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload

dash.register_page(__name__, path="/warnings", title="Keeprate")


def layout(merchant: str | None = None, **_: Any) -> Component:
    """The page for an address.

    Args:
        merchant: merchant id of the address; None shows the first merchant.
    """
    return page.of_merchant("warnings", merchant, _body)


def _body(reader: Reader, payload: Payload, language: Language) -> list[Component]:
    if payload.headline == "no_returns":
        return [trust.begin(payload, language)]
    return [warnings.flags(payload, language), warnings.watch_list(payload, language)]
