"""The report as a person opens it: from the disk, offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By

from pipelines.reports.write import write_report

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("merchant_id", ["fashion", "home", "silent"])
def test_the_report_opens_offline(
    merchant_id: str, home: Path, browser: Chrome, network: Callable[[], tuple[list[str], list[str]]]
) -> None:
    page = write_report(home, merchant_id).as_uri()
    browser.get(page)
    asked, failed = network()
    assert [url for url in asked if not url.startswith("data:")] == [page]
    assert not failed
    assert not browser.get_log("browser")
    assert browser.find_element(By.ID, "headline").is_displayed()
    assert browser.find_element(By.ID, "trust").is_displayed()


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out_sideways(width: int, home: Path, browser: Chrome) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.get(write_report(home, "fashion").as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_bars_are_drawn(home: Path, browser: Chrome) -> None:
    browser.get(write_report(home, "fashion").as_uri())
    bars = browser.find_elements(By.CSS_SELECTOR, "#weekly .plot g rect")
    heights = [bar.rect["height"] for bar in bars if bar.rect["width"] > 0]
    assert len(heights) == 52
    assert max(heights) > 50


@pytest.mark.parametrize("section", ["movements", "ledgers"])
def test_the_sections_on_steps_and_ledgers_are_shown(section: str, home: Path, browser: Chrome) -> None:
    browser.get(write_report(home, "home").as_uri())
    pictures = browser.find_elements(By.CSS_SELECTOR, f"#{section} svg.wide")
    assert pictures
    assert all(picture.rect["width"] > 50 and picture.rect["height"] > 5 for picture in pictures[-3:])
    assert not browser.get_log("browser")
