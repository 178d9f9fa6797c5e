"""The overview page in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser
SECONDS = 40


def wait_for(browser: Chrome, selector: str, text: str = "") -> str:
    """Text of an element once it is there, and once it holds ``text``."""
    place = (By.CSS_SELECTOR, selector)
    WebDriverWait(browser, SECONDS).until(until.visibility_of_element_located(place))
    if text:
        WebDriverWait(browser, SECONDS).until(until.text_to_be_present_in_element(place, text))
    return browser.find_element(*place).text


def test_the_overview_loads_whole_and_only_from_here(
    address: str, browser: Chrome, network: Callable[[], tuple[list[str], list[str]]]
) -> None:
    browser.get(f"{address}/?merchant=fashion")
    assert "14.8%" in wait_for(browser, "#headline")
    assert "Can I believe this?" in wait_for(browser, "#trust")
    wait_for(browser, "#weekly .js-plotly-plot .bars path")
    wait_for(browser, "#costly .range-dot")
    asked, failed = network()
    assert [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []
    assert not failed
    assert not browser.get_log("browser")
    assert not browser.find_elements(By.CSS_SELECTOR, ".modebar-btn")


def test_switching_the_merchant_switches_page_address_and_language(address: str, browser: Chrome) -> None:
    browser.get(f"{address}/?merchant=fashion")
    wait_for(browser, "h1", "Alder & Vine")
    browser.find_element(By.ID, "merchant-picker").click()
    option = "//label[@role='option'][contains(., '禾木家電')]"
    WebDriverWait(browser, SECONDS).until(until.element_to_be_clickable((By.XPATH, option))).click()
    wait_for(browser, "h1", "禾木家電")
    assert "merchant=home" in browser.current_url
    assert "為什麼退貨" in wait_for(browser, "#reasons")
    assert browser.find_element(By.TAG_NAME, "main").get_attribute("lang") == "zh-Hant"
    browser.back()
    wait_for(browser, "h1", "Alder & Vine")
    assert not browser.get_log("browser")


def test_a_merchant_without_returns_and_with_a_hostile_name(address: str, browser: Chrome) -> None:
    browser.get(f"{address}/?merchant=silent")
    assert wait_for(browser, "h1") == "<img src=x onerror=alert(1)>"
    assert "keeprate template return_lines" in wait_for(browser, "#begin")
    assert not browser.find_elements(By.CSS_SELECTOR, "img[src='x']")
    assert not browser.get_log("browser")


def test_an_unknown_merchant_and_an_unknown_page(address: str, browser: Chrome) -> None:
    browser.get(f"{address}/?merchant=nobody")
    assert "Choose one above" in wait_for(browser, "#empty")
    browser.get(f"{address}/nowhere")
    assert "no such page" in wait_for(browser, "#empty")


def test_the_phone_shows_the_page_without_scrolling_sideways(address: str, browser: Chrome) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    browser.get(f"{address}/?merchant=home")
    wait_for(browser, "#weekly .js-plotly-plot .bars path")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
