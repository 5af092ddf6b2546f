"""What tests of several rooms need: settings for all, and a real browser, headless.

The tests run side by side on all cores: kernels keep their threads all the same.
"""

import os
import shutil

import pytest

os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")

_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--window-size=1366,768",
)  # fmt: skip


@pytest.fixture(scope="session")
def _started(tmp_path_factory):
    """One browser for all tests of a process; Debian's, so that nothing is downloaded."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no chromium with its chromedriver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (*_QUIET, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


@pytest.fixture
def browser(_started):
    """The browser, light, without what earlier tests logged."""
    media = [{"name": "prefers-color-scheme", "value": "light"}]
    _started.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    _started.get("about:blank")
    _started.get_log("browser")
    return _started
