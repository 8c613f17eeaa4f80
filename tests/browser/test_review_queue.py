"""The review queue in a browser, by keys alone."""

import re
from typing import Final

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Person

pytestmark = pytest.mark.browser
DECIDING: Final = re.compile("/review/decide/")


def test_a_review_needs_no_mouse(person: Person, sample: str) -> None:
    """Requests 12 and 13: a full outlier session is possible with no mouse; ``?`` lists keys."""
    person.complaints.clear()
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/review/")
    page.wait_for_load_state("networkidle")
    card, toasts = page.locator("#queue-card [name=item]"), page.locator("#toasts")
    first = card.get_attribute("value") or ""

    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    # Arrows inside the enlarged logo never move the queue.
    zoom = page.locator("#zoom")
    for _ in range(60):  # on a busy machine the page's script may still be loading
        page.keyboard.press("Space")
        page.wait_for_timeout(500)
        if zoom.is_visible():
            break
    expect(zoom).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(card).to_have_value(first)

    # A skipped card comes back; a decision is undone by Ctrl+Z and shows its card again.
    page.keyboard.press("s")
    expect(card).not_to_have_value(first)
    expect(page.get_by_role("button", name="Skipped (1)")).to_be_visible()
    page.keyboard.press("r")
    expect(card).to_have_value(first)
    page.keyboard.press("Enter")
    expect(toasts).to_contain_text("M")
    expect(card).not_to_have_value(first)
    page.keyboard.press("Control+z")
    expect(toasts).to_contain_text("Undid")
    expect(card).to_have_value(first)
    assert person.complaints == []
    page.close()


def test_the_next_card_is_there_before_its_answer(person: Person, sample: str) -> None:
    """It cannot be answered before the server sends it, and goes if the server fails."""
    person.complaints.clear()
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/review/")
    page.wait_for_load_state("networkidle")  # the next card is loaded
    card, shown = page.locator("#queue-card [name=item]"), page.locator(".queue-next")
    first = card.get_attribute("value") or ""
    pictures = page.locator("#queue-card img").first
    before = pictures.get_attribute("src") or ""

    page.route(DECIDING, lambda route: route.abort())
    page.keyboard.press("s")
    expect(page.locator("#toasts")).to_contain_text("Nothing was changed")
    expect(shown).to_have_count(0)
    expect(pictures).to_be_visible()

    held: list[Route] = []
    page.unroute(DECIDING)
    page.route(DECIDING, lambda route: held.append(route))
    page.keyboard.press("s")
    expect(shown).to_be_visible()
    expect(pictures).to_be_hidden()
    expected = shown.locator("img").first.get_attribute("src") or ""
    assert expected != before
    page.keyboard.press("o")  # too early: it is about neither card
    assert len(held) == 1

    held[0].continue_()
    expect(card).not_to_have_value(first)
    expect(shown).to_have_count(0)
    expect(pictures).to_have_attribute("src", expected)
    page.unroute(DECIDING)
    page.keyboard.press("r")  # asks about the skipped card again
    expect(card).to_have_value(first)
    page.close()


def test_the_slider_previews_what_it_would_accept(person: Person, sample: str) -> None:
    """Request 23: the count follows slider and number, and the address can be kept."""
    person.complaints.clear()
    page = person.page()
    page.goto(f"{person.url}/d/{sample}/review/sure/?from=0.98")
    slider = page.get_by_role("slider", name="Confidence")
    number, count = page.get_by_label("at or above confidence"), page.locator("#sure-count")

    slider.press("Home")
    expect(number).to_have_value("0.50")
    expect(count).to_contain_text("at or above 0.50")
    expect(page).to_have_url(re.compile(r"\?from=0\.50$"))
    expect(slider).to_be_focused()

    number.fill("0.93")
    expect(slider).to_have_value("0.93")
    expect(count).to_contain_text("at or above 0.93")
    expect(number).to_be_focused()
    assert person.complaints == []
    page.close()
