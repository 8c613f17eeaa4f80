"""Two people, each in a browser with a sign-in of their own, decide about the same logo."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Person
from tests.stack import Stack, run_script

pytestmark = pytest.mark.browser
MAKE_EDITOR = """
from clustering.models import Dataset, Membership, User
bob, _ = User.objects.get_or_create(username="bob")  # there already on a second try
dataset = Dataset.objects.get(slug={slug!r})
Membership.objects.get_or_create(dataset=dataset, user=bob, role=Membership.Role.EDITOR)
"""


def first_outlier(page: Page) -> str:
    """Select the first outlier; return its domain."""
    box = page.locator(".outlier .pick-box").first
    box.check()
    expect(page.locator("#actions")).to_be_visible()
    return str(box.get_attribute("aria-label")).removeprefix("Select ")


def make_cluster(page: Page, name: str) -> None:
    page.locator("#actions [data-find]").fill(name)
    page.get_by_role("button", name="New cluster", exact=True).click()


def test_of_two_decisions_about_a_logo_one_wins_and_the_other_sees_both_values(
    person: Person, own_sample: str, stack: Stack, browser: Browser
) -> None:
    run_script(MAKE_EDITOR.format(slug=own_sample), stack.var, **stack.servers)
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    other = Person(context, stack.url).page()
    other.goto(stack.new_login_link("bob"))
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("button", name="Sign in")).to_have_count(0)
    mine = person.page()
    for page in (mine, other):
        page.goto(f"{stack.url}/d/{own_sample}/outliers/?sort=name")
    name = first_outlier(mine)
    assert first_outlier(other) == name

    make_cluster(mine, "Of the first")
    expect(mine.locator("#toasts")).to_contain_text("Made Of the first of 1 logo")
    make_cluster(other, "Of the second")

    toasts = other.locator("#toasts")
    expect(toasts).to_contain_text("This was changed by admin since the page was drawn")
    expect(toasts).to_contain_text(f"{name} was in the outliers, is in Of the first")
    other.goto(f"{stack.url}/d/{own_sample}/domains/{name}/")
    expect(other.get_by_role("link", name="In Of the first")).to_be_visible()
    other.goto(f"{stack.url}/d/{own_sample}/history/")
    expect(other.locator("main")).not_to_contain_text("Of the second")
    context.close()
    mine.close()
