"""The page, in a real Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from reports import document, html

GOLDEN = Path(__file__).with_name("golden")
CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not on PATH"
    ),
]
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--window-size=1200,900",
)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for one in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(one)
    driver = webdriver.Chrome(options, webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


class Page:
    """The sample's page, freshly loaded."""

    def __init__(self, chromium: webdriver.Chrome, path: Path) -> None:
        self.chromium = chromium
        self.url = path.as_uri()
        self.load()

    def load(self, fragment: str = "") -> None:
        self.chromium.get("about:blank")
        self.chromium.get(self.url + fragment)

    def script(self, text: str) -> Any:
        return self.chromium.execute_script(f"return {text}")

    def click(self, selector: str) -> None:
        # By script: a sticky bar may lie over what is scrolled to.
        self.chromium.execute_script(
            "arguments[0].click()", self.chromium.find_element(By.CSS_SELECTOR, selector)
        )

    @property
    def shown(self) -> list[str]:
        rows: list[str] = self.script(
            "[...document.querySelectorAll('.row')].filter(r => r.offsetParent).map(r => r.id)"
        )
        return rows

    def device(self, width: int, height: int, *, dark: bool = False) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
        self.chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.scheme("dark" if dark else "light")

    def scheme(self, name: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": name}
        self.chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "index.html"
    html.write(document.load(GOLDEN / "sample.4.report.json"), path)
    return path


@pytest.fixture
def page(chromium: webdriver.Chrome, written: Path) -> Iterator[Page]:
    yield Page(chromium, written)
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_every_promise_has_its_row(page: Page) -> None:
    """Nothing is hidden at first."""
    rows = document.load(GOLDEN / "sample.4.report.json").rows

    assert sorted(page.shown) == sorted(row.name for row in rows)


def test_verdicts_filter_and_add_up(page: Page) -> None:
    """Two verdicts pressed show the rows of both; pressed again, all."""
    page.click('.chip[data-verdict="broken"]')
    assert page.shown == ["liar-game:redis-maxmemory", "basechat:db-only-on-loopback"]
    assert page.script("document.getElementById('status').textContent") == "2 of 27 promises"

    page.click('.chip[data-verdict="error"]')
    assert len(page.shown) == 3

    page.click('.chip[data-verdict="broken"]')
    page.click('.chip[data-verdict="error"]')
    assert len(page.shown) == 27


def test_search_reads_sentences_ids_and_evidence(page: Page) -> None:
    """Every word must be there, in any order and case."""
    box = page.chromium.find_element(By.ID, "search")

    box.send_keys("GZIP accepts")
    assert page.shown == ["liar-game:nginx-gzip"]

    box.clear()
    box.send_keys("noeviction")
    assert page.shown == ["liar-game:redis-maxmemory"]

    box.clear()
    box.send_keys("nothing like this")
    assert page.shown == []
    assert page.script("document.getElementById('nothing').offsetParent !== null")


def test_a_count_in_the_matrix_filters(page: Page) -> None:
    """It shows that verdict of that area of that stack, and the way back."""
    page.click('.cell [data-area="Redis 7"][data-verdict="kept"]')
    assert page.shown == ["liar-game:redis-healthcheck-interval", "liar-game:redis-aof-enabled"]

    page.click("#clear")
    assert len(page.shown) == 27


def test_evidence_unfolds_by_mouse_and_by_key(page: Page) -> None:
    """Closed at first, open after a click or Enter."""
    row = page.chromium.find_element(By.ID, "liar-game:redis-maxmemory")
    summary = row.find_element(By.TAG_NAME, "summary")
    looks = row.find_element(By.CSS_SELECTOR, ".looks")
    assert not looks.is_displayed()

    page.chromium.execute_script("arguments[0].click()", summary)
    assert looks.is_displayed()

    summary.send_keys(Keys.ENTER)
    assert not looks.is_displayed()


def test_everything_that_can_be_pressed_can_be_reached_by_tab(page: Page) -> None:
    """No control is taken out of the order."""
    assert page.script("document.querySelectorAll('[tabindex]:not([tabindex=\"-1\"])').length") == 0
    assert page.script("[...document.querySelectorAll('[onclick], div[role=button]')].length") == 0


def test_a_link_to_a_promise_opens_it(page: Page) -> None:
    """So that people can point at one row."""
    page.load("#liar-game:nginx-api-prefix")

    assert page.script("document.getElementById('liar-game:nginx-api-prefix').open")


@pytest.mark.parametrize("width", [320, 360, 412, 768, 1200])
def test_nothing_scrolls_sideways(page: Page, width: int) -> None:
    """On a phone too, with everything unfolded."""
    page.device(width, 800)
    page.click("#unfold")
    page.script("document.querySelectorAll('details').forEach(d => d.open = true)")

    assert page.script("document.documentElement.scrollWidth") <= width
    wide = """[...document.querySelectorAll('body *')].filter(e => !e.closest('svg, .skip') &&
        e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML)"""
    assert page.script(wide) == []


CONTRAST = """(() => {
  const probe = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const rgb = c => { probe.clearRect(0, 0, 1, 1); probe.fillStyle = c; probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data]; };
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255;
    return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; }
    return rgb('white'); };
  const low = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.offsetParent || e.closest('svg') || ![...e.childNodes].some(
        n => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.push(`${e.className} ${e.textContent.trim().slice(0, 20)} ${ratio}`);
  }
  return low; })()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(page: Page, scheme: str) -> None:
    """4.5 to 1 (WCAG 2.2, 1.4.3), in both schemes."""
    page.scheme(scheme)
    page.script("document.querySelectorAll('details').forEach(d => d.open = true)")

    assert page.script(CONTRAST) == []


def test_dark_and_light_differ(page: Page) -> None:
    """The page follows the reader's system."""
    seen = set()
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        seen.add(page.script("getComputedStyle(document.body).backgroundColor"))

    assert len(seen) == 2


def test_timelines_are_drawn(page: Page) -> None:
    """One picture for each lane that started something, each mark with its words."""
    assert page.script("document.querySelectorAll('.timeline').length") == 3
    words = page.script("[...document.querySelectorAll('.timeline use')].map(u => u.textContent)")
    assert "postgres: health probe failed at 11.0 s" in words
    assert "redis: healthy at 6.1 s" in words


@pytest.mark.parametrize("name", ["sample.4", "hostile.1", "usage.2", "no-engine.3", "kept.0"])
def test_the_console_stays_silent_and_nothing_is_loaded(
    chromium: webdriver.Chrome, tmp_path: Path, name: str
) -> None:
    """No script error, no blocked style, no request: also for text that looks like markup."""
    html.write(document.load(GOLDEN / f"{name}.report.json"), tmp_path / "index.html")
    chromium.get_log("browser")  # type: ignore[no-untyped-call]

    page = Page(chromium, tmp_path / "index.html")

    assert chromium.get_log("browser") == []  # type: ignore[no-untyped-call]
    assert page.script("performance.getEntriesByType('resource').length") == 0
    assert page.script("document.querySelectorAll('img, script').length") == 1
