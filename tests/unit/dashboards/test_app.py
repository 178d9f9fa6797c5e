"""The app: what an address shows, who may ask, and that it stays on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_up_shops import shop
from made_up_snapshot import publish

from dashboards.app import create_app, require_loopback, serve
from dashboards.components.frame import PAGES
from dashboards.reader import Reader
from pipelines.errors import UsageProblem
from pipelines.reports import ledger_sentences, sentences
from pipelines.reports.language import Language
from pipelines.reports.reading import read_payload
from pipelines.reports.render import render_html
from pipelines.reports.tooltips import tip
from pipelines.snapshot import open_snapshot

PATHS = tuple(PAGES.values())


def layout_of(app: Any, path: str = "/", **query: str) -> str:
    """A page's layout as JSON, for an address."""
    import dash
    from plotly.utils import PlotlyJSONEncoder

    with app.server.test_request_context(path):
        (found,) = [page for page in dash.page_registry.values() if page["path"] == path]
        page = found["layout"](**query)
    return json.dumps(page, cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_the_overview_says_what_the_report_says(app: Any, home: Path) -> None:
    shown = layout_of(app, merchant="fashion")
    with open_snapshot(home) as snapshot:
        payload = read_payload(snapshot, "fashion")
    report = render_html(payload)
    for sentence in [*sentences.headline(payload, Language("en")), sentences.trust_lead(payload, Language("en"))]:
        assert sentence in shown
        assert sentence in report
    for name in ("headline", "change", "weekly", "reasons", "faulty", "costly", "trust"):
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


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/movements", "How long does each step take?"),
        ("/movements", "Pickup to arrival at the warehouse"),
        ("/movements", "75 (10.0%) came later than promised"),
        ("/ledgers", "Where are goods and money?"),
        ("/ledgers", "Parcels that came back undelivered"),
        ("/ledgers", "The ledgers add up"),
        ("/ledgers", "0000030436035"),
        ("/ledgers", "What a_kind_of_tomorrow means & <i>more</i>."),
        ("/ledgers", "Cancelled before anything was sent: by the customer"),
        ("/", "2 things come back clearly more often"),
        ("/products", "Which products come back too often?"),
        ("/products", "141, expected 63"),
        ("/products", "no costs of your own are known"),
        ("/products", "Tailor & Sons <i>"),
        ("/products", "Drop shipping"),
        ("/warnings", "2.3 times as often (1.7 to 3.1)"),
        ("/warnings", "First seen in the week of Oct 26, 2026"),
        ("/warnings", "About 3% of flags as strong as this are false alarms"),
        ("/warnings", "Lot of Weaver, first sold in the week of Sep 28, 2026"),
        ("/warnings", "This list claims no error control"),
        ("/warnings", "<b onmouseover=alert(1)>bold</b> / M-sage"),
        ("/timing", "Return window of 30 days: half of all returns are in after 17 days, nine of ten after 36."),
        ("/timing", "its own and the shop's returns"),
        ("/timing", "Shoes <b>"),
        ("/outcomes", "300 units were asked back; 42 of them (14%) are not decided yet"),
        ("/outcomes", "USD 2,174 (27.7%) stayed with you"),
        ("/outcomes", "buy again less often within 90 days: 22.9% of 310 against 31.0% of 1,240"),
        ("/outcomes", "20 orders placed in "),
        ("/outcomes", "seldom ones together"),
        ("/other-numbers", "As Shopify counts"),
        ("/other-numbers", "10.0%: 104 of 1,040 units"),
        ("/other-numbers", "+30 returns of orders placed in other months"),
        ("/other-numbers", "−10 units ordered in this month, shipped in another"),
        ("/other-numbers", "All differences are explained to the unit."),
        ("/other-numbers", "10.0% so far, still growing"),
        ("/sources", "What do the numbers stand on?"),
        ("/sources", "late: 21 days behind"),
        ("/sources", "More units of a product are asked back than the order sold."),
        ("/sources", "orders <1>.csv, line 46"),
    ],
)
def test_a_page_shows(path: str, said: str, app: Any) -> None:
    assert said in layout_of(app, path, merchant="parcels")


@pytest.mark.parametrize("path", PATHS)
def test_every_page_leads_to_the_others_and_keeps_the_merchant(path: str, app: Any) -> None:
    shown = layout_of(app, path, merchant="parcels")
    for other in PATHS:
        assert f'"href": "{other}?merchant=parcels"' in shown
    assert shown.count('"aria-current": "page"') == 1


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/movements", "No step can be timed yet"),
        ("/ledgers", "No return, no refund and no parcel"),
        ("/products", "or there is only one of them"),
        ("/warnings", "Nothing comes back clearly more often"),
        ("/warnings", "Nothing stands on the watch list."),
        ("/timing", "No returns are known yet"),
        ("/outcomes", "nothing can be said of how returns end"),
        ("/outcomes", "Nothing can be said of buying again"),
        ("/other-numbers", "No month can be compared yet"),
        ("/sources", "The data contradict themselves nowhere"),
    ],
)
def test_a_page_without_data_says_so(path: str, said: str, app: Any) -> None:
    assert said in layout_of(app, path, merchant="fashion")


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_in_the_merchants_language(path: str, app: Any) -> None:
    shown = layout_of(app, path, merchant="home")
    assert '"lang": "zh-Hant"' in shown
    assert "貨與錢" in shown


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("merchant", ["nobody", "silent", "start", "hostile"])
def test_every_page_bears_every_state(path: str, merchant: str, app: Any) -> None:
    assert '"className": "sheet"' in layout_of(app, path, merchant=merchant)


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_home_says_how_to_begin(path: str, tmp_path: Path) -> None:
    assert "keeprate build" in layout_of(create_app(tmp_path), path)


def test_the_ledgers_page_says_what_the_report_says(app: Any, home: Path) -> None:
    shown = layout_of(app, "/ledgers", merchant="parcels")
    with open_snapshot(home) as snapshot:
        payload = read_payload(snapshot, "parcels")
    report = render_html(payload)
    for sentence in (ledger_sentences.proof(payload, Language("en")), ledger_sentences.period(payload, Language("en"))):
        assert sentence in shown
        assert sentence in report


def test_single_words_of_a_customer_are_not_shown(app: Any) -> None:
    assert "my own" not in layout_of(app, "/outcomes", merchant="parcels")


def test_labels_have_the_definitions_of_the_registry(app: Any) -> None:
    """Never a number without its contract: what is divided by what, by which day."""
    for path, key in (
        ("/", "projected_return_rate"),
        ("/", "developed_share"),
        ("/", "rate_part"),
        ("/products", "probability_above_limit"),
        ("/products", "expected_excess_quantity"),
        ("/warnings", "chance_of_false_alarm"),
        ("/outcomes", "retained_revenue_ratio"),
        ("/timing", "developed_share_by_age"),
        ("/other-numbers", "store_rate_shopify"),
    ):
        assert json.dumps(tip(key, Language("en")), ensure_ascii=False) in layout_of(app, path, merchant="parcels")


def test_a_snapshot_of_an_earlier_version_asks_for_a_build(tmp_path: Path) -> None:
    publish(tmp_path, shop("a", "Before"))
    manifest = tmp_path / "snapshots" / "manifests" / "7.json"
    tree = json.loads(manifest.read_text())
    del tree["tables"]["marts.early_warnings"]
    manifest.write_text(json.dumps(tree))
    assert "The data must be built again" in layout_of(create_app(tmp_path), merchant="a")


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
