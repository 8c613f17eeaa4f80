"""A running product with the sample data set, and a signed-in Chromium."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    StorageState,
    expect,
    sync_playwright,
)

from tests.stack import Stack, on_test_servers, running

WORK_MS = 300_000  # the first map of a process compiles: 15 s of a core, minutes of a busy one
PATIENCE_MS = 120_000  # for one action or one change of the page; fractions of a second when idle
LOUD = frozenset({"error", "warning"})
# Headless Chromium draws WebGL in software, and says so on the console.
SOFTWARE_GL = ("GL Driver Message", "GPU stall", "Automatic fallback to software WebGL")
expect.set_options(timeout=PATIENCE_MS)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


@dataclass
class Person:
    """Somebody who is signed in, and what their browser complained about."""

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    def page(self, width: int = 1440, height: int = 900) -> Page:
        """Return a new tab whose complaints are kept."""
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in LOUD and not any(text in message.text for text in SOFTWARE_GL):
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def wait_for_run(self, page: Page, slug: str) -> None:
        """Stay on the overview until its last stage is done; it polls by itself."""
        page.goto(f"{self.url}/d/{slug}/")
        expect(page.locator(".stage").last).to_contain_text("Done", timeout=WORK_MS)


@dataclass
class Made:
    """What the first module that needs it makes, and the others use."""

    session: StorageState | None = None
    sample: str = ""


@pytest.fixture(scope="session")
def stack(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product, on a port of its own, for all tests of a process."""
    var = tmp_path_factory.mktemp("browser") / "var"
    with on_test_servers() as servers, running(var, **servers) as started:
        yield started


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium; of one module, as others use the database while no browser is open."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def made() -> Made:
    """What the modules share."""
    return Made()


@pytest.fixture(scope="module")
def person(stack: Stack, browser: Browser, made: Made) -> Iterator[Person]:
    """The first administrator, signed in by a link."""
    context = browser.new_context(accept_downloads=True, storage_state=made.session)
    context.set_default_timeout(PATIENCE_MS)
    someone = Person(context, stack.url)
    if made.session is None:
        page = someone.page()
        page.goto(stack.new_login_link())
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(r"/(account/)?$"))
        page.close()
        made.session = context.storage_state()
    yield someone
    context.close()


@pytest.fixture(scope="module")
def sample(person: Person, made: Made) -> str:
    """Slug of the sample data set; one for all modules, so each test leaves it usable."""
    made.sample = made.sample or _new_sample(person)
    return made.sample


@pytest.fixture
def own_sample(person: Person) -> str:
    """Slug of a sample data set without any decisions."""
    return _new_sample(person)


def _new_sample(person: Person) -> str:
    """Make the sample by its button, and run it to its end."""
    page = person.page()
    page.goto(person.url)
    page.get_by_role("button", name="Try the sample").click()
    page.wait_for_url("**/d/*/")
    slug = page.url.rstrip("/").rpartition("/")[2]
    person.wait_for_run(page, slug)
    page.close()
    return slug


@pytest.fixture
def shots(request: pytest.FixtureRequest) -> Path:
    """Folder for screenshots, kept after the run for a person to look at."""
    folder = request.config.rootpath / "test-results"
    folder.mkdir(exist_ok=True)
    return folder
