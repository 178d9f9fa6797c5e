"""The pages' pictures: payload -> plotly figure, with the numbers and the words that the report uses.

Names that merchants wrote are escaped, because plotly reads a few tags in text.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dashboards.theme import PATTERN, template
from pipelines.reports import palette, sentences, svg
from pipelines.reports.figures import week_slot

if TYPE_CHECKING:
    from datetime import date

    import plotly.graph_objects as go

    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload, Rate

ROW_HEIGHT = 48


def weekly(payload: Payload, language: Language) -> go.Figure:
    """Weekly return rate: counted so far, still expected (hatched), interval.

    Args:
        payload: with at least one week that has a rate.
        language: the merchant's.

    Returns:
        Traces ``arrived``, ``expected``, ``interval``, the narrower interval, and, where some week has no rate,
        ``unknown``.
    """
    import plotly.graph_objects as go

    first = payload.weeks[0].start_date
    known = [week for week in payload.weeks if week.rate is not None]
    unknown = [week for week in payload.weeks if week.rate is None]
    ticks = _weekly_ticks(known)
    figure = go.Figure(layout={"template": template(), "barmode": "stack", "bargap": 0.35, "height": 290})
    figure.add_bar(
        **_bars(known, payload, language),
        y=[week.observed_rate for week in known],
        name=language.text("weekly.arrived"),
        marker={"color": palette.ARRIVED},
    )
    figure.add_bar(
        **_bars(known, payload, language),
        y=[max((week.rate or 0.0) - (week.observed_rate or 0.0), 0.0) for week in known],
        name=language.text("weekly.expected"),
        marker={"color": "#e3f1fa", "pattern": PATTERN | {"fgcolor": palette.ARRIVED}},
    )
    figure.add_scatter(
        x=[week_slot(first, week.start_date) for week in known],
        y=[week.rate for week in known],
        mode="markers",
        marker={"size": 1, "color": palette.INK},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [(week.upper or 0.0) - (week.rate or 0.0) for week in known],
            "arrayminus": [(week.rate or 0.0) - (week.lower or 0.0) for week in known],
            "color": palette.INK,
            "thickness": 1,
            "width": 0,
        },
        name=language.text("weekly.interval", level=sentences.level(payload, language)),
        hoverinfo="skip",
    )
    _add_narrow(figure, known, first, language)
    if unknown:
        figure.add_bar(
            **_bars(unknown, payload, language),
            y=[ticks[-1] for _ in unknown],
            name=language.text("weekly.unknown"),
            marker={"color": "#eef1f3", "pattern": PATTERN | {"fgcolor": palette.UNKNOWN}},
        )
    months = _month_starts(payload, language)
    figure.update_yaxes(
        range=[0, ticks[-1] * 1.002], tickvals=ticks, ticktext=[language.fine_percent(value) for value in ticks]
    )
    figure.update_xaxes(tickvals=[slot for slot, _ in months], ticktext=[name for _, name in months], showgrid=False)
    return figure


def _add_narrow(figure: go.Figure, known: list[Rate], first: date, language: Language) -> None:
    """The 80 % interval as a thicker line on the thin one."""
    ends = [(week, week.lower_80, week.upper_80) for week in known]
    shown = [(week, low, high) for week, low, high in ends if low is not None and high is not None]
    figure.add_scatter(
        x=[week_slot(first, week.start_date) for week, _, _ in shown],
        y=[(low + high) / 2 for _, low, high in shown],
        mode="markers",
        marker={"size": 1, "color": palette.INK},
        error_y={
            "type": "data",
            "array": [(high - low) / 2 for _, low, high in shown],
            "color": palette.INK,
            "thickness": 3,
            "width": 0,
        },
        name=language.fine_percent(0.8),
        hoverinfo="skip",
    )


def _bars(weeks: list[Rate], payload: Payload, language: Language) -> dict[str, object]:
    first = payload.weeks[0].start_date
    return {
        "x": [week_slot(first, week.start_date) for week in weeks],
        "hovertext": [escape(sentences.week_tip(payload, week, language)) for week in weeks],
        "hoverinfo": "text",
    }


def _weekly_ticks(known: list[Rate]) -> list[float]:
    bars = [svg.Bar(0, week.observed_rate, week.rate, week.lower, week.upper, "") for week in known]
    return svg.steps(svg.weekly_highest(bars))


def _month_starts(payload: Payload, language: Language) -> list[tuple[int, str]]:
    first = payload.weeks[0].start_date
    return [
        (week_slot(first, week.start_date), language.month(week.start_date))
        for week in payload.weeks
        if week.start_date.day <= 7
    ]


def reasons(payload: Payload, language: Language) -> go.Figure:
    """Share of returned units by class of reason, the name above each bar.

    Returns:
        One bar trace, first class on top; what nobody can act on yet is hatched.
    """
    import plotly.graph_objects as go

    items = list(reversed(payload.reasons))
    places = list(range(len(items)))
    shares = [item.share or 0.0 for item in items]
    unknown = [palette.REASONS[item.reason_class] == palette.UNKNOWN for item in items]
    figure = go.Figure(layout={"template": template(), "height": ROW_HEIGHT * len(items) + 16})
    figure.add_bar(
        x=shares,
        y=places,
        orientation="h",
        width=0.34,
        marker={
            "color": [
                "#eef1f3" if grey else palette.REASONS[item.reason_class]
                for item, grey in zip(items, unknown, strict=True)
            ],
            "pattern": PATTERN | {"shape": ["/" if grey else "" for grey in unknown], "fgcolor": palette.UNKNOWN},
        },
        hoverinfo="skip",
    )
    labels = [
        f"{language.text(f'reason.{item.reason_class}')}  <b>{language.whole_percent(item.share or 0.0)}</b>"
        for item in items
    ]
    _label_rows(figure, labels)
    figure.update_xaxes(range=[0, max([*shares, 0.01])])
    return figure


def _label_rows(figure: go.Figure, labels: list[str]) -> None:
    """Names above the rows, from the left edge: on a phone a margin for names would eat the picture."""
    for place, label in enumerate(labels):
        figure.add_annotation(
            x=0, y=place + 0.42, xref="paper", yref="y", text=label, showarrow=False, xanchor="left", align="left"
        )
    figure.update_yaxes(visible=False, range=[-0.5, len(labels) - 0.3])
    figure.update_xaxes(visible=False, showgrid=False)
