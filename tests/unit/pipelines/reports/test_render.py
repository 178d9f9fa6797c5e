"""The report as HTML: says what it must, escapes what it must, loads nothing, is the same every time."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from pipelines.reports.payload import Payload
from pipelines.reports.render import render_html

PayloadOf = Callable[[str], Payload]


class Page(HTMLParser):
    """Tags, attributes and visible text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._is_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._is_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._is_style = False

    def handle_data(self, data: str) -> None:
        if not self._is_style:
            self.text += " " + data


@pytest.fixture
def page_of(payload_of: PayloadOf) -> Callable[[str], Page]:
    return lambda merchant_id: Page(render_html(payload_of(merchant_id)))


def test_the_headline_has_rate_interval_and_developed_share(page_of: Callable[[str], Page]) -> None:
    text = page_of("fashion").text
    assert "14.8%" in text
    assert "13.3% to 16.5%" in text
    assert "53% of the returns to expect" in text
    assert "Noise: no clear change" in text


@pytest.mark.parametrize(
    ("merchant_id", "said"),
    [
        ("worse", "Really worse"),
        ("better", "Really better"),
        ("start", "Not enough evidence to say whether anything changed"),
        ("new", "Too early to say"),
        ("few", "too few, or too new"),
        ("silent", "keeprate template return_lines"),
        ("red", "Do not act on these numbers"),
        ("broken", "not in order"),
        ("held", "held back since November 20, 2026"),
        ("fashion", "Nothing is said of 1 of 8 products: not enough evidence"),
        ("fashion", "176 of 412"),
        ("fashion", "could be chance"),
        ("fashion", "because no costs of your own are known"),
        ("fashion", "Nothing comes back clearly more often"),
        ("parcels", "41 order lines sold since the week of Oct 5, 2026 came back, 18 expected"),
        ("parcels", "Fewer than 1% of flags as strong as this are false alarms"),
        ("parcels", "This list claims no error control"),
        ("parcels", "141, expected 63"),
        ("parcels", "After the return"),
        ("parcels", "22.9% of 310 against 31.0% of 1,240"),
        ("parcels-zh", "很可能有問題"),
        ("parcels-zh", "此名單不保證誤報率"),
        ("fashion", "0.1.0"),
        ("fashion", "Sizing chart <old>: 14"),
        ("home", "為什麼退貨"),
        ("parcels", "From order to refund"),
        ("parcels", "Three ledgers: goods, money, undelivered parcels"),
        ("parcels", "late: 21 days behind"),
        ("parcels", "1 of 5: ClickPost report"),
        ("parcels", "The ledgers add up"),
        ("parcels", "USD 900, and 2 not known"),
        ("parcels", "What a_kind_of_tomorrow means & <i>more</i>."),
        ("lost", "The ledgers do not add up"),
        ("lost", "Hatched months look quicker than they are"),
        ("parcels-zh", "三本帳：貨、錢、未送達的包裹"),
        ("parcels-zh", "從下單到退款"),
    ],
)
def test_each_state_says_what_it_is(merchant_id: str, said: str, page_of: Callable[[str], Page]) -> None:
    assert said in page_of(merchant_id).text


def test_the_ends_of_a_narrow_interval_are_told_apart(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    assert payload.recent is not None
    narrow = payload.recent.model_copy(update={"rate": 0.0131, "lower": 0.0129, "upper": 0.0133})
    text = Page(render_html(payload.model_copy(update={"recent": narrow}))).text
    assert "1.29% to 1.33%" in text
    assert "1.31%" in text


@pytest.mark.parametrize("merchant_id", ["new", "silent"])
def test_no_bare_rate_where_nothing_can_be_said(merchant_id: str, payload_of: PayloadOf) -> None:
    section = render_html(payload_of(merchant_id)).partition('id="headline"')[2].partition("</section>")[0]
    without_developed = section.partition('class="developed"')[0]
    assert "%" not in without_developed


def test_few_orders_get_the_longer_period_with_its_interval(page_of: Callable[[str], Page]) -> None:
    text = page_of("few").text
    assert "Too early to say" in text
    assert "Aug 17" in text
    assert "90% interval: 0.7% to 12.6%" in text


def test_without_returns_the_refund_ledger_stands_under_its_name(payload_of: PayloadOf) -> None:
    html = render_html(payload_of("silent"))
    assert "Refund ledger" in html
    assert 'id="weekly"' not in html
    for name in ("faulty", "costly", "warnings", "change", "outcomes"):
        assert f'id="{name}"' not in html


@pytest.mark.parametrize("merchant_id", ["home", "parcels-zh"])
def test_the_page_is_in_the_merchants_language(merchant_id: str, payload_of: PayloadOf) -> None:
    chinese = render_html(payload_of(merchant_id))
    assert '<html lang="zh-Hant">' in chinese
    words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"\b[a-z]+_[a-z]+\b", " ", Page(chinese).text)))
    names = {"Weaver", "Shoes", "sage", "Wrap", "dress", "Marlow"}
    theirs = names | {
        "Keeprate",
        "TWD",
        "UTC",
        "RTO",
        "Wilson",
        "Pro",
        "Sizing",
        "chart",
        "old",
        "home",
        "BigCommerce",
        "CSV",
    }
    # The name of a source and the meaning of a kind that no catalogue knows yet stay as the data have them.
    unknown = {"ClickPost", "parcels", "img", "src", "onerror", "alert", "What", "means", "more", "tomorrow", "kind"}
    assert not words - theirs - unknown


def test_hostile_names_stay_text(page_of: Callable[[str], Page], payload_of: PayloadOf) -> None:
    page = page_of("hostile")
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text
    assert "=cmd|' /C calc'!A0" in page.text
    assert "\u202e" not in render_html(payload_of("hostile"))


def test_a_hostile_reason_for_holding_stays_text(page_of: Callable[[str], Page]) -> None:
    page = page_of("held")
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text


@pytest.mark.parametrize("merchant_id", ["fashion", "home", "silent", "hostile"])
def test_nothing_is_loaded_from_anywhere(merchant_id: str, page_of: Callable[[str], Page]) -> None:
    page = page_of(merchant_id)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    addresses = [value or "" for name, value in page.attributes if name in ("src", "href", "xlink:href", "action")]
    assert all(address.startswith("#") for address in addresses)


@pytest.mark.parametrize("merchant_id", ["fashion", "home", "silent"])
def test_no_address_stands_in_the_bytes(merchant_id: str, payload_of: PayloadOf) -> None:
    assert not re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", render_html(payload_of(merchant_id)))


def test_without_parcels_and_ledgers_their_sections_are_left_out(payload_of: PayloadOf) -> None:
    html = render_html(payload_of("fashion"))
    assert 'id="movements"' not in html
    assert 'id="ledgers"' not in html


def test_hostile_sources_and_kinds_stay_text(page_of: Callable[[str], Page]) -> None:
    page = page_of("parcels")
    assert not {"script", "img", "i", "b"} & set(page.tags)
    assert "<img src=x onerror=alert(1)>" in page.text


def test_single_cases_are_in_no_report(payload_of: PayloadOf) -> None:
    payload = payload_of("parcels")
    for text in (payload.to_json(), render_html(payload)):
        assert "0000030436035" not in text
        assert "returned_more_than_sold-1" not in text


def test_what_is_not_in_order_stands_before_what_is(payload_of: PayloadOf) -> None:
    html = render_html(payload_of("parcels"))
    box = html.partition('id="trust"')[2].partition("</section>")[0]
    shown, _, folded = box.partition('<details class="fine">')
    assert "level green" not in shown.replace("pill green", "")
    assert folded.count("level green") == len([f for f in payload_of("parcels").trust.facts if f.level == "green"])


def test_where_all_is_in_order_the_fold_says_so(payload_of: PayloadOf) -> None:
    payload = payload_of("fashion")
    green = tuple(fact.model_copy(update={"level": "green"}) for fact in payload.trust.facts)
    trust = payload.trust.model_copy(update={"facts": green, "level": "green"})
    html = render_html(payload.model_copy(update={"trust": trust}))
    assert f"All {len(green)} checks are in order" in html


def test_the_same_payload_renders_the_same_bytes(payload_of: PayloadOf) -> None:
    payload = payload_of("home")
    again = Payload.from_json(payload.to_json())
    assert render_html(again).encode() == render_html(payload).encode()


def test_every_picture_says_what_it_is(payload_of: PayloadOf) -> None:
    html = render_html(payload_of("fashion"))
    pictures = re.findall(r"<svg[^>]*>", html)
    assert pictures
    silent = [tag for tag in pictures if "aria-label" not in tag and 'aria-hidden="true"' not in tag]
    assert not silent
