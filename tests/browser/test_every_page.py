"""Every page of the route table opens without a complaint and fits; axe finds nothing."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Dialog, Page

from tests.browser.conftest import Person
from tests.stack import Stack, run_script
from tests.web import routes
from tests.web.test_hostile_texts import MARK

pytestmark = pytest.mark.browser

QUERIES = {"search": "?q=nova", "domains": "?outcome=failed", "compare": "?c=0&c=1"}
# Pages that need rows which the sample lacks, a personal link, or a signed-out user.
LEFT_OUT = {"intake", "metrics", "login", "login-link", "invitation", "share", "tune_preview"}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""The rules whose result depends on the theme."""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT = """() => [...document.querySelectorAll("input[placeholder]")].filter((field) => {
  const style = getComputedStyle(field);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const isSeen = field.offsetWidth && !field.value
    && getComputedStyle(field, "::placeholder").color !== "rgba(0, 0, 0, 0)";
  return isSeen && pen.measureText(field.placeholder).width > room;
}).map((field) => `its placeholder is cut: ${field.placeholder}`)"""


def last_part(page: Page, selector: str) -> str:
    href = str(page.locator(selector).first.get_attribute("href"))
    return href.partition("?")[0].rstrip("/").rpartition("/")[2]


@pytest.fixture
def addresses(person: Person, sample: str) -> dict[str, str]:
    return addresses_of(person, sample)


def addresses_of(person: Person, sample: str) -> dict[str, str]:
    """Return the address of each page by the name of its route."""
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/gallery/")
    known: dict[str, Any] = {"slug": sample, "uid": last_part(page, 'a[href*="/clusters/"]')}
    page.goto(f"{person.url}/d/{sample}/clusters/{known['uid']}/")
    known["name"] = page.locator(".pick a.tile-caption").first.inner_text()
    page.goto(f"{person.url}/d/{sample}/brands/")
    known["brand_uid"] = last_part(page, 'a[href*="/brands/"][href$="/"]:not([href$="brands/"])')
    page.goto(f"{person.url}/d/{sample}/runs/")
    known["run_slug"] = page.locator(".run-name .mono").first.inner_text()
    queries = QUERIES | {"why": f"?cluster={known['uid']}"}
    found = {}
    for route, access in routes.pages().items():
        wanted = routes.parameters(route)
        if "GET" not in access or route in LEFT_OUT or not wanted <= known.keys():
            continue
        address = reverse(route, kwargs={one: known[one] for one in wanted})
        answer = page.request.get(person.url + address + queries.get(route, ""))
        if "<!doctype html>" in answer.text()[:100].lower():
            found[route] = address + queries.get(route, "")
    page.close()
    return found


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_every_page_is_accessible_and_opens_without_a_complaint(
    person: Person, addresses: dict[str, str], shots: Path, width: int, height: int
) -> None:
    person.complaints.clear()
    page = person.page(width, height)
    found = {}

    for route, address in addresses.items():
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = page.goto(person.url + address)
        assert answer is not None
        assert answer.status == 200, address
        if page.locator(".pick-box").count():
            page.locator(".pick-box").first.check()
        found[route] = faults(page)
        page.screenshot(path=shots / f"{route}-{width}-light.png")
        page.emulate_media(color_scheme="dark")
        found[f"{route}, dark"] = faults(page, COLOURS)
        page.screenshot(path=shots / f"{route}-{width}-dark.png")
        if page.evaluate(TOO_WIDE) > 0:
            found[route].append("scrolls sideways")
        found[route] += page.evaluate(CUT)

    assert len(addresses) > 30
    assert {route: some for route, some in found.items() if some} == {}
    assert person.complaints == []
    page.close()


PLANT = """
from clustering.models import Run
from tests.web.test_hostile_texts import PAYLOADS, plant
run = Run.objects.get(dataset__slug={slug!r})
plant(run, "".join(PAYLOADS))
for number, cluster in enumerate(run.clusters.all()):
    run.clusters.filter(pk=cluster.pk).update(name=PAYLOADS[number % len(PAYLOADS)][:120])
"""


def test_texts_of_strangers_run_nothing(person: Person, own_sample: str, stack: Stack) -> None:
    addresses, dialogs, n_shown = addresses_of(person, own_sample), [], 0
    run_script(PLANT.format(slug=own_sample), stack.var, **stack.servers)
    person.complaints.clear()
    page = person.page()

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    for address in addresses.values():
        answer = page.goto(person.url + address)
        assert answer is not None
        assert answer.status == 200, address
        n_shown += MARK in page.locator("main").inner_text()

    assert n_shown > 10
    assert dialogs == []
    assert person.complaints == []
    page.close()


def faults(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """Return what axe finds, the minor included."""
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in violations]
