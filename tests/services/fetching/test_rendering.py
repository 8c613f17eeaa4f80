"""Rendered fetch: which domains wait for a browser, and what becomes of its answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from clustering.models import Dataset, Domain, Lookup, User
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import Captured, LogoCandidate, SiteLogo
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.rendering import Render, Rendered
from clustering.services.fetching import rendering, worker
from tests.factories import make_dataset, make_domain, make_image, make_logo, update_domains

pytestmark = pytest.mark.django_db
Find = Callable[[str], SiteLogo]


class StillBrowser:
    """Stands for the thread of the browser; the finder of the test asks it for nothing."""

    def __enter__(self) -> "StillBrowser":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def render(self, url: str) -> Rendered:
        raise FetchError("timeout", url)


def site(confidence: float, kind: str = "logo") -> SiteLogo:
    candidate = LogoCandidate("rendered", "https://x.de/new.png", (Rule.HOME_LINK.hit(),))
    captured = Captured(candidate, make_image("n"))
    return SiteLogo("https://x.de/", kind, confidence, (captured,))


def draw(find: Find) -> bool:
    def found(name: str, render: Render, *, follows_moves: bool) -> SiteLogo:
        return find(name)

    start: Any = StillBrowser
    return rendering.render_due(start, found)


@pytest.fixture
def dataset(alice: User, settings: Settings, tmp_path: Path) -> Dataset:
    settings.MEDIA_ROOT = tmp_path
    return make_dataset(alice, renders_pages=True)


def failed(dataset: Dataset, name: str, code: str) -> Domain:
    domain = make_domain(dataset, name)
    update_domains(Domain.objects.filter(pk=domain.pk), status="failed", error_code=code)
    return domain


def found(dataset: Dataset, name: str, confidence: float, kind: str = "logo") -> Domain:
    domain = make_domain(dataset, name, logo=make_logo(name))
    update_domains(Domain.objects.filter(pk=domain.pk), confidence=confidence, kind=kind)
    return domain


def test_only_domains_without_a_sure_logo_wait_for_a_browser(dataset: Dataset) -> None:
    for name, code in (("a.de", "needs_browser"), ("b.de", "no_logo"), ("c.de", "dns")):
        failed(dataset, name, code)
    found(dataset, "d.de", 0.7)
    found(dataset, "e.de", 0.99)
    found(dataset, "f.de", 0.99, kind="icon_only")

    assert rendering.ask(dataset) == 4
    assert rendering.ask(dataset) == 0
    waiting = Lookup.objects.values_list("domain__name", flat=True).order_by("domain__name")
    assert list(waiting) == ["a.de", "b.de", "d.de", "f.de"]


def test_nothing_waits_where_it_is_off(dataset: Dataset) -> None:
    failed(dataset, "a.de", "needs_browser")
    dataset.renders_pages = False

    assert rendering.ask(dataset) == 0
    assert not rendering.has_due()


def test_a_failed_domain_gets_the_logo_of_the_drawn_page(dataset: Dataset) -> None:
    domain = failed(dataset, "x.de", "needs_browser")
    rendering.ask(dataset)

    assert not draw(lambda _: site(0.9))

    domain.refresh_from_db()
    assert (domain.status, domain.kind, domain.error_code) == ("found", "logo", "")
    assert domain.captures.get(is_primary=True).finder == "rendered"
    assert domain.lookups.get().status == "succeeded"


@pytest.mark.parametrize(
    ("before", "after", "expected"), [(0.7, 0.9, "rendered"), (0.9, 0.7, "img")]
)
def test_the_better_answer_stays(
    dataset: Dataset, before: float, after: float, expected: str
) -> None:
    domain = found(dataset, "x.de", before)
    rendering.ask(dataset)

    draw(lambda _: site(after))

    assert domain.captures.get(is_primary=True).finder == expected


def test_a_page_that_cannot_be_drawn_changes_nothing(dataset: Dataset) -> None:
    domain = failed(dataset, "x.de", "no_logo")
    rendering.ask(dataset)

    def find(name: str) -> SiteLogo:
        raise FetchError("timeout", name)

    draw(find)

    domain.refresh_from_db()
    assert (domain.status, domain.error_code) == ("failed", "no_logo")
    assert domain.lookups.get().error_code == "timeout"


def test_trying_again_draws_again(dataset: Dataset) -> None:
    failed(dataset, "x.de", "no_logo")
    rendering.ask(dataset)
    draw(lambda _: site(0.5, kind="icon_only"))
    assert Lookup.objects.count() == 1

    worker.retry(dataset, dataset.domains.all())

    assert Lookup.objects.count() == 0


def test_a_browser_installed_later_is_asked(dataset: Dataset) -> None:
    failed(dataset, "x.de", "no_logo")
    rendering.ask(dataset)

    def find(name: str) -> SiteLogo:
        raise FetchError("no_browser", name)

    draw(find)

    assert rendering.ask(dataset) == 0
    assert rendering.ask_again(dataset) == 1
    dataset.renders_pages = False
    assert rendering.ask_again(dataset) == 0
    assert not rendering.has_due()


def test_what_is_missing_is_told(settings: Settings, tmp_path: Path) -> None:
    settings.CHROMIUM = str(tmp_path / "none")

    assert "Chromium is missing" in rendering.problem()
