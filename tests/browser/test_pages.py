"""Every page but the overview in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.ui import WebDriverWait

from dashboards.components.frame import PAGES

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser
SECONDS = 40
PATHS = [path.removeprefix("/") for path in PAGES.values()]


def wait_for(browser: Chrome, selector: str, text: str = "") -> str:
    """Text of an element once it is there, and once it holds ``text``."""
    place = (By.CSS_SELECTOR, selector)
    WebDriverWait(browser, SECONDS).until(until.visibility_of_element_located(place))
    if text:
        WebDriverWait(browser, SECONDS).until(until.text_to_be_present_in_element(place, text))
    return browser.find_element(*place).text


@pytest.mark.parametrize(
    ("path", "card", "said"),
    [
        ("movements", "#movements", "Whole way back: request to money back"),
        ("ledgers", "#ledgers", "The ledgers add up"),
        ("ledgers", "#leftovers", "<b>106</b>"),
        ("products", "#units", "Tailor & Sons <i>"),
        ("warnings", "#warnings", "<img src=x onerror=alert(1)> / M-sage"),
        ("warnings", "#watch", "claims no error control"),
        ("outcomes", "#cancellations", "Customer"),
        ("timing", ".curves", "Shoes <b>"),
        ("other-numbers", ".systems", "As Shopify counts"),
        ("sources", "#sources", "<img src=x onerror=alert(1)>"),
        ("sources", "#contradictions", "More units of a product are asked back than the order sold."),
    ],
)
def test_a_page_loads_whole_only_from_here_and_escapes(
    path: str,
    card: str,
    said: str,
    address: str,
    browser: Chrome,
    network: Callable[[], tuple[list[str], list[str]]],
) -> None:
    browser.get(f"{address}/{path}?merchant=fashion")
    assert said in wait_for(browser, card)
    asked, failed = network()
    assert [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []
    assert not failed
    assert not browser.get_log("browser")
    assert not browser.find_elements(By.CSS_SELECTOR, "main img, main b, main script")


def test_bars_are_as_long_as_their_days(address: str, browser: Chrome) -> None:
    browser.get(f"{address}/movements?merchant=fashion")
    wait_for(browser, "#movements")
    rows = browser.find_elements(By.CSS_SELECTOR, ".steps tbody tr")
    widths = [row.find_element(By.CSS_SELECTOR, ".bar").rect["width"] for row in rows]
    assert len(widths) == 9
    assert widths[1] / widths[0] == pytest.approx(3.0 / 2.1, rel=0.02)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".bar.young")) == 1


def test_the_weeks_of_a_warning_are_drawn(address: str, browser: Chrome) -> None:
    browser.get(f"{address}/warnings?merchant=fashion")
    wait_for(browser, ".spark")
    dots = browser.find_elements(By.CSS_SELECTOR, ".flag .dot")
    assert len(dots) == 32
    above = browser.find_elements(By.CSS_SELECTOR, ".dot.above")
    assert len(above) == 10
    ordinary = min(dot.rect["y"] for dot in browser.find_elements(By.CSS_SELECTOR, ".flag .dot:not(.above)")[:11])
    assert above[0].rect["y"] < ordinary


def test_the_navigation_keeps_the_merchant_and_the_picker_keeps_the_page(address: str, browser: Chrome) -> None:
    browser.get(f"{address}/?merchant=fashion")
    wait_for(browser, "#headline")
    browser.find_element(By.LINK_TEXT, "Goods and money").click()
    wait_for(browser, "#ledgers", "Three ledgers")
    assert browser.current_url == f"{address}/ledgers?merchant=fashion"
    browser.find_element(By.ID, "merchant-picker").click()
    option = "//label[@role='option'][contains(., '禾木家電')]"
    WebDriverWait(browser, SECONDS).until(until.element_to_be_clickable((By.XPATH, option))).click()
    wait_for(browser, "#ledgers", "三本帳")
    assert browser.current_url == f"{address}/ledgers?merchant=home"
    assert browser.find_element(By.CSS_SELECTOR, "nav [aria-current]").text == "貨與錢"
    assert not browser.get_log("browser")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("merchant", ["home", "silent"])
def test_the_phone_shows_every_page_without_scrolling_sideways(
    merchant: str, path: str, address: str, browser: Chrome
) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    browser.get(f"{address}/{path}?merchant={merchant}")
    wait_for(browser, ".versions")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    assert not browser.get_log("browser")
