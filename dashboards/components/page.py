"""What every page of one merchant does: find the merchant, read, say so where there is nothing, draw the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from dashboards.components import cards, frame
from pipelines.errors import UsageProblem
from pipelines.reports.language import FALLBACK, Language
from pipelines.reports.reading import OlderSnapshot
from pipelines.snapshot import NoSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from dash.development.base_component import Component

    from dashboards.reader import Reader
    from pipelines.reports.payload import Payload


def of_merchant(
    name: str, merchant: str | None, body: Callable[[Reader, Payload, Language], list[Component]]
) -> Component:
    """A page for an address.

    Args:
        name: name of the page, as ``frame.PAGES`` has it.
        merchant: merchant id of the address; None shows the first merchant.
        body: makes the page's parts; called only where there is something to show.
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
    except OlderSnapshot:
        return frame.empty(language, "older_snapshot", picker=picker, command=True)
    except UsageProblem:
        return frame.empty(language, "no_orders", picker=picker, command=True, merchant=chosen.name)
    return frame.sheet(
        language,
        frame.navigation(name, chosen.merchant_id, language),
        frame.top(name, payload, picker, language),
        *cards.notices(payload, language),
        *body(reader, payload, language),
        frame.versions(payload, language),
    )
