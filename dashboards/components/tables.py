"""Plain tables of finished text; what stands in them is decided by the cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dash.development.base_component import Component


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Collection[int] = (0,),
    tips: Mapping[int, str] | None = None,
) -> Component:
    """A table that scrolls sideways on a narrow screen.

    Args:
        head: names of the columns.
        rows: finished text, as many cells as columns.
        words: places of the columns that hold words; the others are set as numbers.
        tips: what a column's number means, by place.
    """

    def look(place: int) -> str:
        return "" if place in words else "number"

    return html.Div(
        html.Table(
            [
                html.Thead(
                    html.Tr(
                        [html.Th(name, className=look(i), title=(tips or {}).get(i, "")) for i, name in enumerate(head)]
                    )
                ),
                html.Tbody([html.Tr([html.Td(cell, className=look(i)) for i, cell in enumerate(row)]) for row in rows]),
            ]
        ),
        className="scroll",
    )


def folded(summary: str, content: Component) -> Component:
    """Something that opens on a click."""
    return html.Details([html.Summary(summary), content])
