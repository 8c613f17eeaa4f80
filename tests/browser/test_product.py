"""The product in a browser on the real stack: upload, review, correct, re-run, export."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WORK_MS, Person
from tests.browser.drawn_map import (
    drawn_map,
    hover_a_dot,
    hover_a_logo,
    large_map,
    settled_colours,
    uncovered,
    until,
)
from tests.pictures import brand_zip

pytestmark = pytest.mark.browser

Clusters = dict[str, list[str]]


def exported(page: Page, slug: str, query: str = "") -> Clusters:
    answer = page.request.get(f"{_base(page)}/d/{slug}/export/clusters.json{query}")
    assert answer.status == 200
    document: Clusters = json.loads(answer.body())
    return document


def _base(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


def home_of(clusters: Clusters, domain: str) -> str:
    return next(number for number, names in clusters.items() if domain in names)


def boxes(page: Page) -> list[str]:
    """The domains that can be selected on the page, in order."""
    labels = page.locator("input.pick-box")
    return [
        str(labels.nth(index).get_attribute("aria-label")).removeprefix("Select ")
        for index in range(labels.count())
    ]


def select(page: Page, domains: list[str]) -> None:
    for domain in domains:
        page.get_by_label(f"Select {domain}", exact=True).check()


def test_a_zip_becomes_clusters_and_an_export(person: Person, tmp_path: Path) -> None:
    page = person.page()
    page.goto(person.url)
    page.locator("input[type=file]").set_input_files(brand_zip(tmp_path / "marks.zip"))
    page.wait_for_url("**/intake/")
    expect(page.locator(".summary")).to_contain_text("9 images", timeout=WORK_MS)

    page.locator(".summary button").click()
    page.wait_for_url("**/d/*/")
    slug = page.url.rstrip("/").rpartition("/")[2]
    person.wait_for_run(page, slug)

    clusters = exported(page, slug)
    assert clusters.pop("-1") == ["cross.com", "frame.com", "stairs.com"]
    assert sorted(clusters.values()) == [
        ["bars.de", "bars.fr", "bars.it"],
        ["ring.de", "ring.fr", "ring.it"],
    ]
    page.close()


def test_the_map_shows_a_logo_and_leads_to_it(person: Person, sample: str) -> None:
    """Request 15: a dot shows its logo, domain and cluster."""
    person.complaints.clear()
    page = drawn_map(person, sample)

    hover_a_logo(page)
    expect(page.locator("#map-card")).to_be_visible()
    expect(page.locator("#map-name")).to_contain_text("-sample.")
    expect(page.locator("#map-logo")).to_be_visible()
    expect(page.locator("#map-logo")).to_have_js_property("complete", value=True)
    assert page.locator("#map-logo").evaluate("(image) => image.naturalWidth") > 0
    name = page.locator("#map-cluster").inner_text().partition(" · ")[0]
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/clusters/*/")

    expect(page.get_by_label("Name of the cluster")).to_have_value(name)
    assert person.complaints == []
    page.close()


def test_a_large_map_is_drawn_in_two_parts_and_works_as_a_small_one(
    person: Person, sample: str
) -> None:
    person.complaints.clear()
    small = drawn_map(person, sample)
    n_logos = small.locator("#map-found").inner_text()
    n_clusters = small.locator("#legend button").count()
    small.close()

    page = large_map(person, sample)
    expect(page.locator("#map-found")).to_have_text(n_logos)
    expect(page.locator("#legend button")).to_have_count(n_clusters)
    before = settled_colours(page)
    assert min(before.values()) > 0

    # Legend, outliers, search and zoom.
    page.get_by_label("Outliers").uncheck()
    until(page, lambda now: now["outlier"] < before["outlier"] / 4 and uncovered(now, before))
    page.locator("#legend button").first.click()
    until(page, lambda now: now["colours"] == 1 < before["colours"])
    page.locator("#legend button").first.click()
    page.get_by_label("Outliers").check()
    page.get_by_label("Find a domain on the map").fill("no such name")
    until(page, lambda now: set(now.values()) == {0})
    page.get_by_label("Find a domain on the map").fill("")
    until(page, lambda now: now == before)
    page.mouse.move(500, 450)
    for _ in range(6):  # each notch zooms by a fifth
        page.mouse.wheel(0, -500)
    expect(page.locator("#legend button")).not_to_have_count(n_clusters)
    page.locator(".map-dots").dispatch_event("dblclick")  # a click could meet a dot, and open it
    until(page, lambda now: now == before)

    # A box around all, then a dot is pointed at and opened.
    box = page.locator("#map-stage").bounding_box()
    assert box
    page.get_by_role("button", name="Box").click()
    page.mouse.move(box["x"] + 2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] - 2, steps=4)
    page.mouse.up()
    expect(page.locator("#map-count")).to_have_text(re.compile(r"logos selected"))
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    hover_a_dot(page)
    expect(page.locator("#map-card")).to_be_visible()
    expect(page.locator("#map-name")).to_contain_text("-sample.")
    name = page.locator("#map-cluster").inner_text().partition(" · ")[0]
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/clusters/*/")
    expect(page.get_by_label("Name of the cluster")).to_have_value(name)
    assert person.complaints == []
    page.close()


def test_the_map_hides_fades_and_recolours(person: Person, sample: str) -> None:
    person.complaints.clear()
    page = drawn_map(person, sample)
    legend = page.locator("#legend button")
    before, n_clusters = settled_colours(page), legend.count()
    assert min(before.values()) > 0

    # Without outliers, of whose colour some blends are, and with the first cluster alone. What
    # is hidden uncovers what it overlapped.
    page.get_by_label("Outliers").uncheck()
    until(page, lambda now: now["outlier"] < before["outlier"] / 4 and uncovered(now, before))
    legend.first.click()
    until(page, lambda now: now["colours"] == 1 < before["colours"])
    expect(legend.first).to_have_attribute("aria-pressed", "true")
    legend.first.click()
    page.get_by_label("Outliers").check()
    until(page, lambda now: now == before)

    # What is typed narrows the legend and fades the rest; nothing found fades all.
    page.get_by_label("Find a domain on the map").fill("no such name")
    expect(page.locator("#map-found")).to_contain_text("0 of")
    expect(legend).to_have_count(0)
    until(page, lambda now: set(now.values()) == {0})
    page.get_by_label("Find a domain on the map").fill("")
    expect(legend).to_have_count(n_clusters)
    until(page, lambda now: now == before)

    # Both themes: of the colour of outliers in the dark, nothing is drawn in the light.
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    until(page, lambda now: uncovered(now, before) and now["outlier"] > before["outlier"] / 2)

    # Only what is in view when one comes nearer.
    page.mouse.move(300, 400)
    page.mouse.wheel(0, -600)
    expect(legend).not_to_have_count(n_clusters)
    assert person.complaints == []
    page.close()


def test_low_confidence_logos_are_reviewed_by_keyboard(person: Person, sample: str) -> None:
    person.complaints.clear()
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/review/logos/")
    name, count = page.locator("#review h2"), page.locator("#review .toolbar-count")
    first, n_all = name.inner_text(), int(count.inner_text().split()[2])

    # One is accepted, the next has no logo among its candidates; that was a slip.
    page.keyboard.press("a")
    expect(name).not_to_have_text(first)
    second = name.inner_text()
    page.keyboard.press("x")
    expect(count).to_have_text(f"{n_all - 2} of {n_all} left")
    page.keyboard.press("u")
    expect(name).to_have_text(second)

    # What was decided is there after a reload, and can be looked at and undone too.
    page.reload()
    expect(count).to_have_text(f"{n_all - 1} of {n_all} left")
    page.keyboard.press("ArrowLeft")
    expect(name).to_have_text(first)
    expect(page.locator("#review")).to_contain_text("Accepted")
    page.keyboard.press("u")
    expect(count).to_have_text(f"{n_all} of {n_all} left")
    assert person.complaints == []
    page.close()


def test_keys_of_one_letter_are_switched_off_and_stay_off(person: Person, sample: str) -> None:
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/review/logos/")
    root, ground = page.locator("html"), page.locator("[data-ground-choice=dark]")
    left = page.locator(".toolbar-count").inner_text()
    page.get_by_label("Account", exact=True).click()
    page.get_by_role("button", name="Shortcuts off").click()
    page.reload()

    for key in ("b", "/", "a", "x"):
        page.keyboard.press(key)

    expect(root).to_have_attribute("data-keys", "off")
    expect(root).to_have_attribute("data-ground", "auto")
    expect(ground).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#search")).not_to_be_focused()
    expect(page.locator("kbd.key:visible")).to_have_count(0)
    expect(page.locator(".toolbar-count")).to_have_text(left)
    page.get_by_label("Account", exact=True).click()
    page.get_by_role("button", name="Shortcuts on").click()
    page.keyboard.press("b")
    expect(root).to_have_attribute("data-ground", "light")
    page.context.clear_cookies(name="ground")
    page.close()


def test_pairs_are_judged_by_keyboard(person: Person, sample: str) -> None:
    person.complaints.clear()
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/quality/")
    # The run is measured when the workers come to it; the page tells when by itself.
    expect(page.get_by_role("heading", name="Likely errors")).to_be_visible(timeout=WORK_MS)
    page.get_by_role("link", name="Judge 100 pairs").click()
    page.wait_for_load_state()  # keys work once the script is there
    count = page.locator("#pairs .toolbar-count")

    for key, left in (("s", 99), ("d", 98), ("n", 97), ("u", 98)):
        page.keyboard.press(key)
        expect(count).to_have_text(f"{left} of 100 left")
    page.reload()
    expect(count).to_have_text("98 of 100 left")

    page.get_by_role("link", name="Back to quality").click()
    expect(page.locator(".figures").first).to_contain_text("Pairwise precision")
    assert person.complaints == []
    page.close()


def test_corrections_are_made_undone_carried_over_and_exported(
    person: Person, own_sample: str
) -> None:
    sample, page = own_sample, person.page()
    page.goto(f"{person.url}/d/{sample}/outliers/")
    machine = exported(page, sample)
    five, sixth = boxes(page)[:5], boxes(page)[5]
    others = sorted(set(machine["-1"]) - set(five) - {sixth})
    goal = page.locator(".suggestions button").first.get_attribute("title") or ""
    name = goal.rpartition(" to ")[2]

    # Five outliers move into a cluster that is found by typing.
    select(page, five)
    page.get_by_label("Move to cluster").fill(name)
    page.get_by_role("option", name=name).first.click()
    expect(page.locator("#toasts")).to_contain_text(name)
    moved = exported(page, sample)
    assert len({home_of(moved, domain) for domain in five}) == 1
    assert home_of(moved, five[0]) != "-1"
    assert moved["-1"] == sorted([*others, sixth])

    # One becomes a cluster of its own, which is renamed.
    select(page, [sixth])
    page.get_by_label("Move to cluster").fill("Sixth")
    page.get_by_role("button", name="New cluster", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Sixth")
    page.goto(f"{person.url}/d/{sample}/domains/{sixth}/")
    page.get_by_role("link", name="In Sixth").click()
    page.get_by_label("Name of the cluster").fill("Number six")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("#toasts")).to_contain_text("Number six")
    assert [sixth] in exported(page, sample).values()

    # Undo and redo work after a reload; the machine's answer stays a switch away.
    page.reload()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_label("Name of the cluster")).to_have_value("Sixth")
    page.get_by_role("button", name="Redo").first.click()
    expect(page.get_by_label("Name of the cluster")).to_have_value("Number six")
    assert exported(page, sample, "?answer=machine") == machine

    # A run with other parameters keeps every decision.
    page.goto(f"{person.url}/d/{sample}/runs/new/")
    page.locator('input[name="clusterer"][value="hdbscan"]').check(force=True)
    page.get_by_role("button", name="Start the run").click()
    page.wait_for_load_state()
    person.wait_for_run(page, sample)
    kept = exported(page, sample)
    assert len({home_of(kept, domain) for domain in five}) == 1
    assert home_of(kept, five[0]) != "-1"
    assert [sixth] in kept.values()
    document = json.loads(
        page.request.get(f"{person.url}/d/{sample}/export/clusters.full.json").body()
    )
    assert document["run"]["clusterer"]["name"] == "hdbscan"
    human = {one["domain"] for one in document["items"] if one["label_source"] == "human"}
    assert human == {*five, sixth}
    assert "Number six" in {one["name"] for one in document["clusters"]}
    page.close()


def test_an_address_replaces_a_logo_and_undo_brings_it_back(person: Person, sample: str) -> None:
    person.complaints.clear()
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/domains/alpengo-sample.fr/")

    page.get_by_label("Or enter an image URL").fill("https://alpengo-sample.de/assets/logo.png")
    page.get_by_role("button", name="Fetch").click()
    expect(page.locator("#logo")).to_contain_text("gave the address", timeout=WORK_MS)
    page.get_by_role("button", name="Undo latest").click()

    expect(page.locator("#logo")).to_contain_text("Undone by")
    expect(page.locator("#logo")).to_contain_text("alpengo-sample.fr/assets/logo.gif")
    assert person.complaints == []
    page.close()


def test_a_slider_previews_a_distance_and_runs_with_it(person: Person, sample: str) -> None:
    person.complaints.clear()
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/tune/")
    page.get_by_role("button", name="Start the search").click()
    slider = page.get_by_label("Cosine distance")
    expect(slider).to_be_visible(timeout=WORK_MS)
    figures = page.locator("#preview .stats")

    slider.focus()
    slider.press("End")
    slider.press("Home")  # faster than an answer: what is shown is still where the slider rests
    expect(figures).to_contain_text("0.05", timeout=WORK_MS)
    slider.press("ArrowRight")
    expect(figures).to_contain_text("0.06", timeout=WORK_MS)
    page.get_by_text("Average", exact=True).click()
    expect(page.locator("#preview input[name=linkage]")).to_have_value("average", timeout=WORK_MS)
    page.get_by_role("button", name="Run with this").click()

    expect(page.locator("#runs tbody tr").first).to_contain_text("distance_threshold 0.06")
    person.wait_for_run(page, sample)
    assert person.complaints == []
    page.close()
