"""Concurrent and total request limits per site; robots.txt."""

import threading
from collections.abc import Iterator, Mapping

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders.page_reader import PageReaders
from clustering.pipeline.web.client import ClientOptions, Politeness, SafeClient
from clustering.pipeline.web.politeness import Budget, Budgets, ConcurrencyLimits
from clustering.pipeline.web.robots import Robots
from tests.pipeline.finders.played_web import Answer, PlayedWeb

OPTIONS = ClientOptions("Logosite/1.0 (+https://logosite.test/contact)")


def test_at_most_two_requests_are_in_flight_to_one_site() -> None:
    concurrency, lock, here, most = ConcurrencyLimits(), threading.Lock(), 0, 0

    def ask(host: str) -> None:
        nonlocal here, most
        for _ in range(20):
            with concurrency.taken(host, 10.0):
                with lock:
                    here += 1
                    most = max(most, here)
                threading.Event().wait(0.001)
                with lock:
                    here -= 1

    hosts = [f"{name}.otterbrook.com" for name in "abcdefgh"]
    threads = [threading.Thread(target=ask, args=(host,)) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 2
    assert concurrency.n_busy == 0


def test_other_sites_do_not_wait() -> None:
    concurrency = ConcurrencyLimits(1)

    with (
        concurrency.taken("a.com", 0.0),
        concurrency.taken("b.com", 0.0),
        concurrency.taken("a.github.io", 0.0),
    ):
        assert concurrency.n_busy == 3


def test_a_site_that_stays_busy_is_tried_later() -> None:
    concurrency = ConcurrencyLimits(1)

    with (
        concurrency.taken("a.otterbrook.com", 0.0),
        pytest.raises(FetchError) as raised,
        concurrency.taken("b.otterbrook.com", 0.01),
    ):
        raise AssertionError("two at once")

    assert (raised.value.code, raised.value.is_transient) == ("busy", True)


def test_sister_domains_share_twelve_requests_in_a_run() -> None:
    budgets = Budgets()
    for _ in range(6):
        budgets.of("shop.otterbrook.com").spend()
        budgets.of("blog.otterbrook.com").spend()

    with pytest.raises(FetchError) as raised:
        budgets.of("otterbrook.com").spend()

    assert raised.value.code == "request_limit"
    budgets.of("other.com").spend()


def test_second_client_of_a_run_shares_the_budget() -> None:
    web = PlayedWeb({"https://otterbrook.com/": "hello"})
    budget = Budget(3)

    for _ in range(3):
        client = SafeClient(OPTIONS, adapter=web, politeness=Politeness(budget=budget))
        client.get("https://otterbrook.com/", max_bytes=100)
        client.close()

    client = SafeClient(OPTIONS, adapter=web, politeness=Politeness(budget=budget))
    with pytest.raises(FetchError, match="too many requests"):
        client.get("https://otterbrook.com/", max_bytes=100)
    assert len(web.asked) == 3


@pytest.fixture(scope="module")
def readers() -> Iterator[PageReaders]:
    with PageReaders(1) as made:
        yield made


def obedient(pages: Mapping[str, Answer], readers: PageReaders) -> tuple[SafeClient, PlayedWeb]:
    web = PlayedWeb(pages)
    robots = Robots(lambda rules, url: readers.is_allowed(rules, url, OPTIONS.user_agent))
    return SafeClient(OPTIONS, adapter=web, politeness=Politeness(robots=robots)), web


HOME = "https://otterbrook.com/"
RULES = HOME + "robots.txt"


@pytest.mark.parametrize(
    "rules",
    [
        "User-agent: *\nDisallow: /",
        "User-agent: logosite\nDisallow: /\n\nUser-agent: *\nAllow: /",
        "User-agent: *\nDisallow: /*",
        "User-agent: *\nAllow: /img\nDisallow: /$",
    ],
)
def test_disallowing_robots_txt_is_obeyed(rules: str, readers: PageReaders) -> None:
    client, web = obedient({RULES: rules, HOME: "hello"}, readers)

    with pytest.raises(FetchError) as raised:
        client.get(HOME, max_bytes=100)

    assert (raised.value.code, raised.value.is_transient) == ("robots", False)
    assert web.asked == [RULES]


@pytest.mark.parametrize(
    "rules",
    [
        (404, "none"),
        (403, "secret"),
        "",
        "User-agent: *\nDisallow: /admin",
        "User-agent: somebody\nDisallow: /",
        "User-agent: *\nDisallow: /\nAllow: /$",
        "\x00\xff this is no robots.txt",
    ],
)
def test_robots_txt_is_requested_once(rules: Answer, readers: PageReaders) -> None:
    client, web = obedient({RULES: rules, HOME: "hello"}, readers)

    assert client.get(HOME, max_bytes=100).body == b"hello"
    assert client.get(HOME, max_bytes=100).body == b"hello"

    assert web.asked == [RULES, HOME, HOME]


def test_server_error_for_robots_txt_is_transient(readers: PageReaders) -> None:
    client, web = obedient({RULES: (503, "sorry"), HOME: "hello"}, readers)

    with pytest.raises(FetchError) as raised:
        client.get(HOME, max_bytes=100)

    assert (raised.value.code, raised.value.is_transient) == ("robots", True)
    assert web.asked == [RULES]


def test_each_hop_of_a_redirect_obeys_the_rules_of_its_host(readers: PageReaders) -> None:
    other = "https://www.otterbrook.com/"
    pages: dict[str, Answer] = {
        HOME: (302, other),
        other + "robots.txt": "User-agent: *\nDisallow: /",
        other: "hello",
    }
    client, web = obedient(pages, readers)

    with pytest.raises(FetchError) as raised:
        client.get(HOME, max_bytes=100)

    assert raised.value.code == "robots"
    assert web.asked == [RULES, HOME, other + "robots.txt"]


def test_hostile_rules_are_read_within_limits(readers: PageReaders) -> None:
    rules = "User-agent: *\n" + "".join(f"Disallow: /{'*a' * 200}{n}$\n" for n in range(1000))

    allowed = readers.is_allowed(rules.encode(), HOME + "a" * 1500, OPTIONS.user_agent)

    assert allowed in {True, False}
    assert readers.is_allowed(b"", HOME, OPTIONS.user_agent)
