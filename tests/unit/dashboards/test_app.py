"""The app: what an address shows, who may ask, and that it stays on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_up_shops import shop
from made_up_snapshot import publish

from dashboards.app import create_app, require_loopback, serve
from dashboards.reader import Reader
from pipelines.errors import UsageProblem
from pipelines.reports import sentences
from pipelines.reports.language import Language
from pipelines.reports.reading import read_payload
from pipelines.reports.render import render_html
from pipelines.snapshot import open_snapshot


def layout_of(app: Any, **query: str) -> str:
    """The overview's layout as JSON, for an address."""
    import dash
    from plotly.utils import PlotlyJSONEncoder

    with app.server.test_request_context("/"):
        (overview,) = [page for page in dash.page_registry.values() if page["path"] == "/"]
        page = overview["layout"](**query)
    return json.dumps(page, cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_the_overview_says_what_the_report_says(app: Any, home: Path) -> None:
    shown = layout_of(app, merchant="fashion")
    with open_snapshot(home) as snapshot:
        payload = read_payload(snapshot, "fashion")
    report = render_html(payload)
    for sentence in [*sentences.headline(payload, Language("en")), sentences.trust_lead(payload, Language("en"))]:
        assert sentence in shown
        assert sentence in report
    for name in ("headline", "weekly", "reasons", "products", "trust"):
        assert f'"id": "{name}"' in shown


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "Alder & Vine"),
        ({"merchant": "home"}, "為什麼退貨"),
        ({"merchant": "home"}, '"lang": "zh-Hant"'),
        ({"merchant": "silent"}, "keeprate template return_lines"),
        ({"merchant": "silent"}, "held back since November 20, 2026"),
        ({"merchant": "start"}, "Too early to say"),
        ({"merchant": "nobody"}, "Nothing is published of a merchant named nobody"),
        ({"merchant": "<script>"}, "a merchant named <script>"),
        ({"merchant": "fashion", "other": "x"}, "Alder & Vine"),
    ],
)
def test_an_address_shows(query: dict[str, str], said: str, app: Any) -> None:
    assert said in layout_of(app, **query)


def test_an_empty_home_says_how_to_begin(tmp_path: Path) -> None:
    assert "keeprate build" in layout_of(create_app(tmp_path))


def test_a_merchant_without_orders_is_told_so(tmp_path: Path) -> None:
    rows = shop("none", "None Ltd")
    publish(tmp_path, {name: rows[name] for name in ("core.merchants", "marts.trust_box")})
    assert "Nothing of None Ltd is loaded yet" in layout_of(create_app(tmp_path), merchant="none")


def test_the_next_snapshot_is_shown_as_soon_as_it_is_in_force(tmp_path: Path) -> None:
    reader = Reader(publish(tmp_path, shop("a", "Before")))
    first = reader.payload("a")
    assert reader.payload("a") is first
    publish(tmp_path, shop("a", "After"), version=8)
    assert reader.payload("a").merchant.name == "After"
    assert [merchant.name for merchant in reader.merchants()] == ["After"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "shop.example", "", "127.0.0.1.example"])  # noqa: S104
def test_an_address_that_others_reach_is_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="no login"):
        serve(tmp_path, 8050, host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_an_address_of_this_machine_is_allowed(host: str) -> None:
    require_loopback(host)


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8050", 200), ("localhost:8050", 200), ("[::1]:8050", 200), ("evil.example", 403), ("10.0.0.1", 403)],
)
def test_only_names_of_this_machine_are_answered(host: str, status: int, app: Any) -> None:
    assert app.server.test_client().get("/", headers={"Host": host}).status_code == status


def test_the_page_may_load_and_send_only_here(app: Any) -> None:
    answer = app.server.test_client().get("/", headers={"Host": "127.0.0.1"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'sha256-" in policy
    assert "http" not in policy
    text = answer.get_data(as_text=True)
    assert "https://" not in text
    assert "http://" not in text


def test_picking_a_merchant_changes_the_address(app: Any) -> None:
    from dash import no_update

    from dashboards.pages.overview import choose

    assert choose("a&b", "") == "?merchant=a%26b"
    assert choose("home", "?merchant=home") is no_update
    assert choose(None, "") is no_update
