"""The console in a real Chromium: by mouse and by keyboard alone, light and dark, wide and as wide as a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import console
import senders
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA

AVERY_EMAIL = "avery.stone@example.com"
WIDE, PHONE = (1280, 900), (390, 844)
# Where screenshots go, for whoever wants to look at them.
SCREENSHOTS = os.environ.get("OFFBOARD_SCREENSHOTS")

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not shutil.which("chromedriver"), reason="no chromium-driver here"),
]


@pytest.fixture
def open_browser(tmp_path: Path) -> Iterator[Callable]:
    """Opens browsers, and ends them."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    opened = []

    def open_one(size: tuple[int, int] = WIDE, *, dark: bool = False):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={tmp_path / f'profile{len(opened)}'}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE},
        )
        driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]},
        )
        opened.append(driver)
        return driver

    yield open_one
    for driver in opened:
        driver.quit()


@pytest.fixture
def its(stage):
    made = stage(
        console=console.SECTION,
        policy={"mode": "enforce", "approval": "always"},
        environment=console.ENVIRONMENT,
    )
    assert made.offboard.post(senders.departure(AVERY_EMAIL)).status_code == 202
    made.offboard.settled(AVERY_EMAIL, "held")
    return made


def find(driver, selector: str):
    from selenium.webdriver.common.by import By

    return driver.find_element(By.CSS_SELECTOR, selector)


def text(driver) -> str:
    """What the page shows; nothing while the next one comes."""
    return driver.execute_script("return document.body ? document.body.innerText : ''")


def sign_in(driver, its, token: str = console.OPERATOR) -> None:
    driver.get(its.offboard.console + "/")
    find(driver, "#token").send_keys(token)
    find(driver, "main button").click()
    wait_until(lambda: "may still have access" in text(driver), "the overview is shown")


def keep(driver, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        driver.save_screenshot(f"{SCREENSHOTS}/{name}.png")


def check_clean(driver, its) -> None:
    """Nothing was complained about, and nothing was asked of anybody else."""
    import json

    # That a wrong page was answered with its status is no complaint of a page's.
    complaints = [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert complaints == []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            assert url.startswith((its.offboard.console + "/", "data:", "chrome")), url


def overflow(driver) -> int:
    """How many pixels the page is wider than the window."""
    return driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_somebody_approves_a_held_case(its, open_browser, size, dark):
    from selenium.webdriver.common.by import By

    look = f"{'phone' if size == PHONE else 'wide'}-{'dark' if dark else 'light'}"
    driver = open_browser(size, dark=dark)
    sign_in(driver, its)
    back = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in back.strip("rgb()").split(",")[:3])
    assert (brightness < 200) if dark else (brightness > 600), back
    keep(driver, f"{look}-overview")
    assert overflow(driver) <= 0
    for path in ("cases", "deliveries", "limits", "audit"):
        driver.get(f"{its.offboard.console}/{path}")
        assert overflow(driver) <= 0, path
        keep(driver, f"{look}-{path}")
    driver.get(its.offboard.console + "/")
    driver.find_element(By.LINK_TEXT, AVERY_EMAIL).click()
    keep(driver, f"{look}-held")
    assert overflow(driver) <= 0
    find(driver, "button.danger").click()
    driver.switch_to.alert.accept()
    # The page follows by itself.
    wait_until(lambda: "removed from every organization" in text(driver), "the page shows that it is done")
    keep(driver, f"{look}-completed")
    assert overflow(driver) <= 0
    assert its.gone == {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
    driver.get(its.offboard.console + "/")
    assert "Nobody who left still has access" in text(driver)
    keep(driver, f"{look}-done")
    check_clean(driver, its)


def test_the_keyboard_alone_does_it_too(its, open_browser):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    driver = open_browser()
    driver.get(its.offboard.console + "/")

    def press(*keys: str) -> None:
        ActionChains(driver).send_keys(*keys).perform()

    def focused() -> str:
        return driver.switch_to.active_element.text

    def tab_to(words: str) -> None:
        for _ in range(60):
            # The page's main part can have the focus, too, and holds every word.
            if focused() == words:
                return
            press(Keys.TAB)
        raise AssertionError(f"the keyboard does not reach {words!r}")

    # The field for the token has the focus already.
    press(console.OPERATOR, Keys.ENTER)
    wait_until(lambda: "may still have access" in text(driver), "the overview is shown")
    press(Keys.TAB)
    assert focused() == "Skip to the content"
    press(Keys.ENTER)
    tab_to(AVERY_EMAIL)
    press(Keys.ENTER)
    wait_until(lambda: "Approve the removal" in text(driver), "the case is shown")
    tab_to("Approve the removal")
    # What has the focus can be seen.
    assert driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press(Keys.ENTER)
    driver.switch_to.alert.accept()
    its.offboard.settled(AVERY_EMAIL, "completed")
    wait_until(lambda: "removed from every organization" in text(driver), "the page shows that it is done")
    check_clean(driver, its)


def test_a_viewer_cannot(its, open_browser):
    driver = open_browser()
    sign_in(driver, its, console.VIEWER)
    case = its.offboard.case(AVERY_EMAIL)
    driver.get(f"{its.offboard.console}/cases/{case['id']}")
    assert AVERY_EMAIL in text(driver)
    assert "Approve" not in find(driver, "main").text
    assert driver.execute_script("return document.querySelectorAll('main form').length") == 0
    keep(driver, "viewer-held")
    check_clean(driver, its)


def test_it_works_without_a_script(its, open_browser):
    driver = open_browser()
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    sign_in(driver, its)
    case = its.offboard.case(AVERY_EMAIL)
    driver.get(f"{its.offboard.console}/cases/{case['id']}")
    find(driver, "button.danger").click()
    its.offboard.settled(AVERY_EMAIL, "completed")
    driver.get(f"{its.offboard.console}/cases/{case['id']}")
    assert "removed from every organization" in text(driver)
