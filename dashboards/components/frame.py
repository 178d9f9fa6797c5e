"""What is around every page: ways to the others, title, merchant picker, versions; and pages with nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from dash import dcc, html

from pipelines.reports import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash.development.base_component import Component

    from pipelines.reports.language import Language
    from pipelines.reports.payload import Merchant, Payload

PICKER = "merchant-picker"
ADDRESS = "page-address"
PAGES = {
    "overview": "/",
    "products": "/products",
    "warnings": "/warnings",
    "outcomes": "/outcomes",
    "timing": "/timing",
    "movements": "/movements",
    "ledgers": "/ledgers",
    "other_numbers": "/other-numbers",
    "sources": "/sources",
}
"""Name of a page -> its path, in the order of the navigation."""

_WITH_CHECKS = ("overview", "sources")


def sheet(language: Language, *parts: Component) -> Component:
    """One page, marked with its language."""
    return html.Main(list(parts), className="sheet", lang=language.tag)


def address(name: str, merchant_id: str) -> str:
    """Address of a page that shows the same merchant."""
    return f"{PAGES[name]}?{urlencode({'merchant': merchant_id})}"


def navigation(name: str, merchant_id: str, language: Language) -> Component:
    """Ways to the other pages; the merchant stays."""
    links = []
    for each in PAGES:
        link = dcc.Link(language.text(f"nav.{each}"), href=address(each, merchant_id))
        links.append(html.Li(html.Span(link, **{"aria-current": "page"}) if each == name else link))
    return html.Nav(html.Ul(links), className="pages", **{"aria-label": language.text("nav.label")})


def versions(payload: Payload, language: Language) -> Component:
    """Every version that made the page."""
    return html.P(sentences.versions(payload, language), className="versions")


def top(name: str, payload: Payload, picker: Component, language: Language) -> Component:
    """Whose page, which week, how fresh, and whether it can be believed."""
    level = payload.trust.level
    return html.Header(
        [
            html.Div(
                [
                    html.P(language.text(f"question.{name}"), className="kind"),
                    html.H1(payload.merchant.name),
                    html.P(sentences.week_line(payload, language)),
                    html.P(sentences.through(payload, language), className="quiet small"),
                ]
            ),
            html.Div(
                [
                    picker,
                    html.A(
                        language.text(f"trust.{level}"),
                        href="#trust" if name in _WITH_CHECKS else address("sources", payload.merchant.merchant_id),
                        className=f"pill {level}",
                    ),
                ],
                className="beside",
            ),
        ],
        className="top",
    )


def merchant_picker(merchants: Sequence[Merchant], chosen: str | None, language: Language) -> Component:
    """Choice of merchant; the page's address follows it."""
    label = language.text("page.merchant")
    return html.Div(
        [
            dcc.Location(id=ADDRESS, refresh="callback-nav"),
            html.Label(label, htmlFor=PICKER, className="small quiet"),
            dcc.Dropdown(
                id=PICKER,
                options=[{"label": each.name, "value": each.merchant_id} for each in merchants],
                value=chosen,
                clearable=False,
                searchable=len(merchants) > 8,
                placeholder=label,
                labels={
                    "search": language.text("page.search"),
                    "no_options_found": language.text("page.none_found"),
                },
                className="picker",
            ),
        ],
        className="picking",
    )


def empty(
    language: Language, name: str, *, picker: Component | None = None, command: bool = False, **values: str
) -> Component:
    """A page that says what is missing and what to do.

    Args:
        language: language of the page.
        name: which message of the catalogue's ``empty`` section.
        picker: the merchant picker, where there is anything to pick.
        command: whether to print how to load a first export.
        values: places of the message.
    """
    parts: list[Component] = [
        html.H1(language.text(f"empty.{name}_title")),
        html.P(language.text(f"empty.{name}", **values)),
    ]
    if command:
        parts.append(html.Code(language.text("empty.no_snapshot_command")))
    return sheet(language, *([picker] if picker else []), html.Section(parts, className="card", id="empty"))
