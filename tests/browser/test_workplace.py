"""One selection on gallery, cluster page, outliers and map."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.drawn_map import drawn_map

pytestmark = pytest.mark.browser
ROWS = re.compile(r"(\d+) logos? selected")


@pytest.fixture
def page(person: Person, sample: str) -> Iterator[Page]:
    """The outliers, nothing selected, and no complaint at the end."""
    person.complaints.clear()
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/outliers/")
    yield page
    assert person.complaints == []
    page.close()


def bar(page: Page) -> str:
    return page.locator("[data-selected]").inner_text()


def drag(page: Page, places: list[tuple[float, float]]) -> None:
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=3)
    page.mouse.up()


def middle(page: Page, selector: str, index: int) -> tuple[float, float]:
    box = page.locator(selector).nth(index).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_rectangle_a_range_and_all_in_the_filter_are_selected(page: Page) -> None:
    """Request 11: Ctrl+A selects all that match, not only those on the page, and says how many."""
    first, third = middle(page, ".outlier .pick", 0), middle(page, ".outlier .pick", 2)
    drag(page, [first, third])
    expect(page.locator(".pick-box:checked")).to_have_count(3)

    page.keyboard.press("Escape")
    expect(page.locator("#actions")).to_be_hidden()
    tiles = page.locator(".outlier .pick-hit")
    tiles.nth(0).click()
    tiles.nth(4).click(modifiers=["Shift"])
    assert bar(page).startswith("5 logos")

    page.keyboard.press("Control+a")
    n = int(re.sub(r"\D", "", page.locator(".toolbar-count").inner_text().split("outlier")[0]))
    expect(page.locator("[data-selected]")).to_have_text(f"All {n} logos selected")
    tiles.nth(1).click()
    expect(page.locator("[data-selected]")).to_have_text(f"All {n - 1} logos selected")


def test_a_selection_goes_along_to_the_map_and_is_decided_about_there(
    page: Page, person: Person, sample: str
) -> None:
    """Requests 14 and 15: from tiles to the map and on to a decision, without leaving it."""
    labels = page.locator(".outlier .pick-box")
    names = [str(labels.nth(at).get_attribute("aria-label"))[7:] for at in range(2)]
    page.locator(".outlier .pick-hit").nth(0).click()
    page.locator(".outlier .pick-hit").nth(1).click()

    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Show on the map").click()
    expect(page.locator("#map-count")).to_have_text("2 logos selected")
    page.get_by_role("button", name="Table").click()
    expect(page.locator("#map-table tbody tr")).to_have_count(2)
    shown = {page.locator("#map-table [data-domain]").nth(at).inner_text() for at in range(2)}
    assert shown == set(names)

    page.locator("#actions [data-find]").fill("Both of them")
    page.get_by_role("option", name="New cluster").click()
    expect(page.locator("#toasts")).to_contain_text("Made Both of them of 2 logos")
    expect(page.locator("#actions")).to_be_hidden()
    expect(page.locator("#legend button", has_text="Both of them")).to_be_visible()
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#legend button", has_text="Both of them")).to_have_count(0)


def test_a_lasso_stays_switched_on_and_counts(page: Page, person: Person, sample: str) -> None:
    """Request 14: a lasso shows how many logos it holds, and the actions."""
    mapped = drawn_map(person, sample)
    box = mapped.locator("#map-stage").bounding_box()
    assert box is not None
    left, top, width, height = box["x"], box["y"], box["width"], box["height"]
    corners = [(0.003, 0.995), (0.003, 0.003), (0.997, 0.003), (0.997, 0.997), (0.5, 0.998)]
    around = [(left + width * x, top + height * y) for x, y in corners]

    mapped.keyboard.press("l")
    drag(mapped, around[:3])
    expect(mapped.locator("#map-count")).to_have_text(ROWS)
    drag(mapped, around)
    expect(mapped.locator("#legend button").first).to_contain_text("/")
    expect(mapped.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "true")
    expect(mapped.locator("#actions")).to_be_visible()
    n_all = int(mapped.locator("#map-found").inner_text().split()[0].replace("\u2009", ""))
    expect(mapped.locator("#map-count")).to_have_text(f"{n_all} logos selected")
    mapped.keyboard.press("Escape")
    expect(mapped.locator("#map-count")).to_have_text("")
    mapped.close()


def test_landmarks_are_few_do_not_cover_each_other_and_can_be_switched_off(
    page: Page, person: Person, sample: str
) -> None:
    """Request 16: at most 40 logos that do not overlap, with an off switch."""
    mapped = drawn_map(person, sample)
    expect(mapped.locator(".landmark").first).to_be_attached()
    assert mapped.locator(".landmark").count() <= 40
    covering = """() => {
      const tiles = [...document.querySelectorAll(".landmark .tile")];
      const all = tiles.map((one) => one.getBoundingClientRect());
      return all.flatMap((a, at) => all.slice(at + 1).filter((b) => (
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom))).length;
    }"""

    assert mapped.evaluate(covering) == 0
    # Their pictures came with the labels, not one by one.
    mapped.wait_for_function(
        "() => [...document.querySelectorAll('.landmark img')].every((one) => one.naturalWidth)"
    )
    entries = "performance.getEntriesByType('resource').map((one) => one.name)"
    asked = [one for one in mapped.evaluate(entries) if one.startswith("http")]
    assert [one for one in asked if "labels.json" in one]
    assert not [one for one in asked if "/logos/" in one]
    mapped.get_by_label("Logos on the map").uncheck()
    expect(mapped.locator(".landmark")).to_have_count(0)
    mapped.close()


def test_the_colour_of_a_cluster_is_the_same_on_pages_zooms_and_reloads(
    page: Page, person: Person, sample: str
) -> None:
    """Request 24: one cluster has one colour everywhere."""

    def legend(mapped: Page) -> dict[str, str]:
        return dict(
            mapped.evaluate(
                """() => [...document.querySelectorAll("#legend button")].map((one) => (
                  [one.querySelector(".ellipsis").textContent,
                   one.querySelector("circle").getAttribute("fill")]))"""
            )
        )

    mapped = drawn_map(person, sample)
    before = legend(mapped)
    mapped.mouse.move(500, 450)
    mapped.mouse.wheel(0, -500)
    expect(mapped.locator("#legend button")).not_to_have_count(len(before))
    zoomed = legend(mapped)
    assert zoomed.items() <= before.items()
    mapped.reload()
    expect(mapped.locator("#map-search")).not_to_have_attribute("aria-busy", "true")
    assert legend(mapped) == before
    mapped.goto(f"{person.url}/d/{sample}/gallery/")
    card = mapped.locator(".cluster-card").first
    series = str(card.locator(".series").get_attribute("class")).split("series-")[1].split()[0]
    colour = mapped.evaluate(
        f"getComputedStyle(document.documentElement).getPropertyValue('--series-{series}').trim()"
    )
    assert before[card.locator(".card-cover").inner_text()] == colour
    mapped.close()


def test_clusters_are_compared_and_merged_in_one_step(
    page: Page, person: Person, sample: str
) -> None:
    page.goto(f"{person.url}/d/{sample}/gallery/")
    boxes = page.locator(".cluster-card .pick-box")
    for at in (0, 1):
        boxes.nth(at).check()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Compare side by side").click()
    expect(page.locator(".compare-grid").first.locator(".compare-card")).to_have_count(2)
    page.get_by_label("Name of the merged cluster").fill("Merged of two")
    page.get_by_role("button", name="Merge 2 clusters").click()
    expect(page.locator("#toasts")).to_contain_text("Merged 2 clusters into Merged of two")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Undid the merge")
