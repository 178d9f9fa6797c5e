"""When do returns come? (``/timing?merchant=ID``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash

from dashboards.components import page, timing

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboards.reader import Reader
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload

dash.register_page(__name__, path="/timing", title="Keeprate")


def layout(merchant: str | None = None, **_: Any) -> Component:
    """The page for an address.

    Args:
        merchant: merchant id of the address; None shows the first merchant.
    """
    return page.of_merchant("timing", merchant, _body)


def _body(reader: Reader, payload: Payload, language: Language) -> list[Component]:
    return timing.curves(reader.background(payload.merchant.merchant_id), language)
