"""Cookies of one visit: scope, expiry and bounds."""

import pytest
import time_machine

from clustering.pipeline.web.client import SafeClient
from clustering.pipeline.web.cookies import MAX_COOKIES, Cookies
from tests.pipeline.web.server import HostileServer

HOME = "https://shop.otterbrook.co.uk/a/b"


def sent(header: str, url: str, *, setter: str = HOME) -> str:
    cookies = Cookies()
    cookies.keep(setter, [header])
    return cookies.header(url)


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("k=v", "https://shop.otterbrook.co.uk/a/c"),
        ("k=v; Path=/", "http://shop.otterbrook.co.uk/"),
        ("k=v; Path=/; Domain=otterbrook.co.uk", "https://www.otterbrook.co.uk/"),
        ("k=v; Path=/; Domain=.Otterbrook.co.uk", "https://otterbrook.co.uk/"),
        ("k=v; Path=/; Secure", "https://shop.otterbrook.co.uk/"),
        ("k=v; Path=/; Max-Age=60", "https://shop.otterbrook.co.uk/"),
        ("k=v; Path=/; Expires=Fri, 31 Dec 2100 23:59:59 GMT", "https://shop.otterbrook.co.uk/"),
        ("k=v; Path=/; Expires=no date", "https://shop.otterbrook.co.uk/"),
        (" k = v ; path=/; HttpOnly; SameSite=Strict", "https://shop.otterbrook.co.uk/x"),
    ],
)
def test_a_cookie_is_sent_back_within_its_scope(header: str, url: str) -> None:
    assert sent(header, url) == "k=v"


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("k=v", "https://shop.otterbrook.co.uk/"),
        ("k=v", "https://shop.otterbrook.co.uk/ab"),
        ("k=v; Path=/", "https://www.shop.otterbrook.co.uk/"),
        ("k=v; Path=/; Domain=co.uk", "https://fernhill.co.uk/"),
        ("k=v; Path=/; Domain=co.uk", HOME),
        ("k=v; Path=/; Domain=uk", HOME),
        ("k=v; Path=/; Domain=fernhill.com", "https://fernhill.com/"),
        ("k=v; Path=/; Domain=evil-otterbrook.co.uk", HOME),
        ("k=v; Path=/; Secure", "http://shop.otterbrook.co.uk/"),
        ("k=v; Path=/; Max-Age=0", HOME),
        ("k=v; Path=/; Max-Age=-5; Expires=Fri, 31 Dec 2100 23:59:59 GMT", HOME),
        ("k=v; Path=/; Expires=Thu, 01-Jan-1970 00:00:00 GMT", HOME),
        ("__Host-k=v; Path=/", HOME),
        ("__Secure-k=v; Path=/", HOME),
        ("=", HOME),
        ("k=v\r\nX-Evil: 1; Path=/", HOME),
        ("k=v\x00; Path=/", HOME),
        ("k=\u4e16; Path=/", HOME),
        (f"k={'v' * 5000}; Path=/", HOME),
    ],
)
def test_a_cookie_stays_out_of_other_requests(header: str, url: str) -> None:
    assert sent(header, url) == ""


def test_sites_under_a_private_suffix_set_none_for_each_other() -> None:
    header = "k=v; Path=/; Domain=github.io"

    assert sent(header, "https://b.github.io/", setter="https://a.github.io/") == ""


def test_a_cookie_over_http_cannot_be_secure() -> None:
    assert sent("k=v; Path=/; Secure", HOME, setter=HOME.replace("https", "http")) == ""


def test_a_cookie_ends_while_the_visit_lasts() -> None:
    cookies = Cookies()
    with time_machine.travel(0, tick=False) as clock:
        cookies.keep(HOME, ["k=v; Max-Age=5"])
        before = cookies.header(HOME)
        clock.shift(6)

        assert (before, cookies.header(HOME)) == ("k=v", "")


def test_a_later_cookie_replaces_and_ends_an_earlier_one() -> None:
    cookies = Cookies()
    cookies.keep(HOME, ["k=1", "k=2", "other=3"])
    replaced = cookies.header(HOME)

    cookies.keep(HOME, ["k=; Max-Age=0"])

    assert (replaced, cookies.header(HOME)) == ("k=2; other=3", "other=3")


def test_longer_paths_come_first() -> None:
    cookies = Cookies()
    cookies.keep(HOME, ["wide=1; Path=/", "near=2; Path=/a/b"])

    assert cookies.header(HOME) == "near=2; wide=1"


def test_cookies_are_bounded() -> None:
    cookies = Cookies()
    for number in range(200):
        cookies.keep(HOME, [f"k{number}=v; Path=/"])
    many = cookies.header(HOME).split("; ")
    for number in range(20):
        cookies.keep(HOME, [f"long{number}={'v' * 4000}; Path=/"])

    assert (len(many), many[-1]) == (MAX_COOKIES, "k199=v")
    assert len(cookies.header(HOME)) <= 8192


def test_a_gate_that_redirects_until_its_cookie_comes_back_opens(
    client: SafeClient, server: HostileServer
) -> None:
    answer = client.get("http://pub.test/gate", max_bytes=1000)

    assert (answer.status, server.paths()) == (200, ["/gate", "/gate"])
    assert b"\r\nCookie: seen=yes\r\n" in server.requests[-1][1]
