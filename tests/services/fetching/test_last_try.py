"""At the last try of a site its failure is final, so the services that were chosen are asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clustering.models import Dataset, Domain, User
from clustering.models.domain import MAX_ATTEMPTS
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import SiteLogo
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.services.fetching import site_access, worker
from clustering.services.fetching.worker import MAX_TIMEOUTS
from tests.factories import make_dataset, make_domain
from tests.pipeline.finders.played_web import LOGO, Answer, PlayedWeb

pytestmark = pytest.mark.django_db
SITE = "otterbrook.com"
HOME = f"https://{SITE}/"
SERVICE = f"https://www.google.com/s2/favicons?domain={SITE}&sz=128"
ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>"
    "<circle cx='4' cy='4' r='3'/><rect width='9' height='2' fill='#c30'/></svg>"
)
TIMEOUT = FetchError("timeout", "too slow", is_transient=True)
Play = Callable[[dict[str, Answer]], PlayedWeb]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Put a played web in the place of the internet."""

    def replace(pages: dict[str, Answer]) -> PlayedWeb:
        web = PlayedWeb(pages)
        options = ClientOptions("Logosite-test")
        monkeypatch.setattr(
            site_access, "_client", lambda _visit: SafeClient(options, adapter=web)
        )
        return web

    return replace


@pytest.fixture
def dataset(alice: User) -> Dataset:
    return make_dataset(alice, logo_services=["google"])


def found(dataset: Dataset, domain: Domain) -> SiteLogo:
    with site_access.finder_for(dataset) as find:
        return find(domain)


def at_try(dataset: Dataset, attempt: int) -> Domain:
    domain = make_domain(dataset, SITE)
    domain.attempts = attempt
    return domain


@pytest.mark.parametrize(
    ("answer", "last"),
    [
        (TIMEOUT, MAX_TIMEOUTS),
        ((503, "busy"), MAX_ATTEMPTS),
        ((429, "slow down"), MAX_ATTEMPTS),
        (FetchError("connect", "closed", is_transient=True), MAX_ATTEMPTS),
    ],
)
def test_services_are_used_only_at_the_last_attempt(
    dataset: Dataset, play: Play, answer: Answer, last: int
) -> None:
    web = play({HOME: answer, SERVICE: ICON})
    domain = at_try(dataset, last - 1)

    with pytest.raises(FetchError) as raised:
        found(dataset, domain)
    asked_before = list(web.asked)
    domain.attempts = last
    site = found(dataset, domain)

    assert raised.value.is_transient
    assert SERVICE not in asked_before
    assert [one.candidate.finder for one in site.captures] == ["google"]


@pytest.mark.parametrize("code", ["robots", "refused_address", "parked", "moved"])
def test_sites_that_disallow_robots_are_not_sent_to_services(
    dataset: Dataset, play: Play, code: str
) -> None:
    web = play({HOME: FetchError(code, "no", is_transient=True), SERVICE: ICON})

    with pytest.raises(FetchError) as raised:
        found(dataset, at_try(dataset, MAX_ATTEMPTS))

    assert raised.value.code == code
    assert SERVICE not in web.asked


@pytest.mark.parametrize(("follows_moves", "expected"), [(True, "logo"), (False, "moved")])
def test_a_moved_site_is_followed_where_the_data_set_says_so(
    alice: User,
    play: Play,
    follows_moves: bool,  # noqa: FBT001
    expected: str,
) -> None:
    dataset = make_dataset(alice, follows_moves=follows_moves)
    new = "https://fernhill.com/otters"
    play({
        HOME: (302, new),
        new: LOGO.format("/l.svg"),
        "https://fernhill.com/l.svg": ICON,
    })  # fmt: skip

    try:
        kind = found(dataset, at_try(dataset, 1)).kind
    except FetchError as error:
        kind = error.code

    assert kind == expected


def test_without_enabled_services_the_last_attempt_uses_none(alice: User, play: Play) -> None:
    dataset = make_dataset(alice)
    web = play({HOME: TIMEOUT, SERVICE: ICON})

    with pytest.raises(FetchError):
        found(dataset, at_try(dataset, MAX_TIMEOUTS))

    assert SERVICE not in web.asked


def test_a_failed_service_keeps_the_sites_own_failure(dataset: Dataset, play: Play) -> None:
    play({HOME: TIMEOUT, SERVICE: (500, "broken")})

    with pytest.raises(FetchError) as raised:
        found(dataset, at_try(dataset, MAX_TIMEOUTS))

    assert raised.value.code == "timeout"
    assert str(raised.value).endswith("logo services were asked, the last: http_5xx")


@pytest.mark.django_db(transaction=True)
def test_the_retry_of_a_slow_site_ends_with_the_services_logo(
    dataset: Dataset, play: Play, tmp_path: Path
) -> None:
    play({HOME: TIMEOUT, SERVICE: ICON})
    domain = make_domain(dataset, SITE)

    with site_access.finder_for(dataset) as find:
        worker.fetch_batch(dataset, find=find, limit=9, threads=2)

    domain.refresh_from_db()
    assert (domain.status, domain.kind, domain.attempts) == ("found", "icon_only", 2)
    assert domain.captures.get(is_primary=True).finder == "google"
