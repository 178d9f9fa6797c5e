"""A real browser without a window, and a home to look at."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made_up_ledgers import TRUST, whole_picture
from made_up_outcomes import whole_aftermath
from made_up_risks import whole_risks
from made_up_shops import joined, shop
from made_up_snapshot import publish
from what_is_here import skip_unless_ci

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three published merchants: English and Chinese with parcels, and one without returns and with a hostile name."""
    tables = joined(
        shop("fashion", "Alder & Vine", trust=TRUST),
        whole_picture("fashion"),
        whole_risks("fashion", name="<img src=x onerror=alert(1)>"),
        whole_aftermath("fashion"),
        shop("home", "禾木家電", "zh-Hant", "TWD", trust=TRUST),
        whole_picture("home", "TWD"),
        whole_risks("home"),
        whole_aftermath("home", "TWD"),
        shop("silent", "<img src=x onerror=alert(1)>", has_returns=False),
    )
    return publish(tmp_path_factory.mktemp("home"), tables)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    """Headless Chromium with a profile of its own; skipped only where it is absent and no CI asks for it."""
    from selenium import webdriver

    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        skip_unless_ci("chromium and chromedriver are needed: apt-get install chromium chromium-driver fonts-noto-cjk")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for switch in (*SWITCHES, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    chrome.set_page_load_timeout(60)
    # The browser's own start page is left, and what it asked for is not ours.
    chrome.get("about:blank")
    chrome.get_log("performance")
    yield chrome
    chrome.quit()


@pytest.fixture
def network(browser: Chrome) -> Callable[[], tuple[list[str], list[str]]]:
    """Addresses that were asked for, and requests that failed, since the last call."""

    def read() -> tuple[list[str], list[str]]:
        asked: dict[str, str] = {}
        failed = []
        for entry in browser.get_log("performance"):
            message: dict[str, Any] = json.loads(entry["message"])["message"]
            params = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                asked[params["requestId"]] = params["request"]["url"]
            elif message["method"] == "Network.loadingFailed" and params["requestId"] in asked:
                failed.append(f"{asked[params['requestId']]}: {params['errorText']}")
        return list(asked.values()), failed

    return read


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    """The dashboard of the home, served as in earnest."""
    from waitress.server import create_server

    from dashboards.app import create_app

    app = create_app(home)
    server = create_server(app.server, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    for channel in list(server.active_channels.values()):
        channel.will_close = True
    server.close()
    thread.join(timeout=5)
    server.task_dispatcher.shutdown()
    app.server.config["READER"].close()
