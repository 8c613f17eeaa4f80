"""Decisions about a selection by keys, as people ask for them; numbers are the requests'."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person

pytestmark = pytest.mark.browser


def exported(page: Page, address: str) -> bytes:
    answer = page.request.get(f"{address}/export/clusters.full.json")
    assert answer.status == 200
    return answer.body()


def pick(page: Page, last: int) -> None:
    """Select the first outliers, up to that of index ``last``."""
    tiles = page.locator(".outlier .pick-hit")
    tiles.nth(0).click()
    if last:
        tiles.nth(last).click(modifiers=["Shift"])
    expect(page.locator("[data-selected]")).to_contain_text(f"{last + 1} logo")


def name_it(page: Page, text: str) -> None:
    """Type a name for the selection, and press Enter at once: it waits for the options."""
    page.keyboard.press("n")
    field = page.locator("#actions [data-find]")
    expect(field).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_a_selection_is_assigned_split_off_ignored_and_all_undone(
    person: Person, sample: str
) -> None:
    """3: select with Shift, type three letters, Enter: one request, one undo. 7: selected tiles
    become a new cluster. 8: Ctrl+Z gives back the same bytes, also after a reload. 10: ``x``
    ignores, and it can be undone."""
    person.complaints.clear()
    address = f"{person.url}/d/{sample}"
    page = person.page()
    page.goto(f"{address}/outliers/?sort=name")
    before, toasts = exported(page, address), page.locator("#toasts")
    goal = page.locator(".suggestions button").first.get_attribute("title") or ""
    letters = goal.rpartition(" to ")[2][:3]

    pick(page, last=4)
    with page.expect_response("**/assign/**") as sent:
        name_it(page, letters)
    assert sent.value.ok
    expect(toasts).to_contain_text("Moved 5 logos")
    pick(page, last=1)
    name_it(page, "Zq pair")
    expect(toasts).to_contain_text("Made Zq pair of 2 logos")
    pick(page, last=0)
    page.keyboard.press("x")
    expect(toasts).to_contain_text("Ignored 1 logo")
    after = exported(page, address)
    assert b'"ignored"' in after
    assert b"Zq pair" in after

    page.reload()
    for _ in range(3):
        with page.expect_response("**/undo/**") as undone:
            page.keyboard.press("Control+z")
        assert undone.value.ok
        expect(toasts).to_contain_text("Undid")
        page.reload()
    assert exported(page, address) == before
    assert person.complaints == []
    page.close()
