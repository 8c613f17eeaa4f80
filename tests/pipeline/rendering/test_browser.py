"""Chromium draws pages, and reaches nothing but what the proxy allows."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import page_result
from clustering.pipeline.finders.rendered import find_rendered
from clustering.pipeline.rendering import Rendered, browser
from clustering.pipeline.rendering.browser import BrowserOptions
from clustering.pipeline.rendering.thread import RenderingThread
from clustering.pipeline.web import Response
from clustering.pipeline.web.client import ClientOptions, SafeClient
from tests.pipeline.finders.played_web import PlayedWeb, decode
from tests.pipeline.rendering.loopback import HOSTILE, PUBLIC, RULES, Listener, Pages, Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOME = "http://otterbrook.com/"
SHELL = (
    "<!doctype html><title>Otterbrook</title><div id=root></div><script>setTimeout(() => {{"
    "document.querySelector('#root').innerHTML = {}}}, 200)</script>"
)
SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 30'><path d='M0 0h90v9H9z'/>"
    "<circle cx='40' cy='18' r='11'/><circle cx='70' cy='20' r='9'/></svg>"
)


def rendered(chromium: str, pages: Pages, url: str = HOME) -> tuple[Site, Rendered]:
    site = Site(pages)
    options = BrowserOptions(chromium, "Logosite-test", is_sandboxed=False)
    try:
        with RenderingThread(options, RULES, resolve=site.resolve, dial=site.dial) as thread:
            return site, thread.render(url)
    finally:
        site.close()


def shell(html: str) -> Pages:
    return {"/": ("text/html", SHELL.format(json.dumps(html))), "/l.svg": ("image/svg+xml", SVG)}


def test_a_logo_that_a_script_draws_is_found(chromium: str) -> None:
    pages = shell('<header><a href="/"><img src="/l.png" alt="Otterbrook logo"></a></header>')
    _, page = rendered(chromium, pages)
    web = PlayedWeb({"http://otterbrook.com/l.png": "90x30"})
    client = SafeClient(ClientOptions("Logosite-test"), adapter=web)
    found = find_rendered(
        "otterbrook.com", lambda _: page, client, decode, page_result.inspect_page
    )

    best = found.captures[0].candidate
    assert (best.finder, best.source_url) == ("rendered", "http://otterbrook.com/l.png")
    assert found.kind == "logo"


def test_a_painted_logo_is_photographed(chromium: str) -> None:
    html = (
        '<header><a class="logo" href="/" style="display:block;width:120px;height:40px;'
        'background:navy;-webkit-mask:url(/l.svg)"></a></header>'
    )
    _, page = rendered(chromium, shell(html))

    result = page_result.inspect_page(_response(page), {})

    assert result.candidates[0].source_url.startswith("data:image/png;base64,")


def _response(page: Rendered) -> Response:
    return Response(page.url, 200, {"content-type": "text/html; charset=utf-8"}, page.html)


def test_the_page_after_a_redirect_by_script_counts(chromium: str) -> None:
    pages = {
        "/": ("text/html", "<script>setTimeout(() => location.replace('/start'), 100)</script>"),
        "/start": ("text/html", "<header><img src=/l.png></header>"),
    }
    _, page = rendered(chromium, pages)

    assert page.url == HOME + "start"


def test_a_page_that_never_ends_is_left(chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "PAGE_SECONDS", 3.0)

    with pytest.raises(FetchError) as raised:
        rendered(chromium, {"/": ("text/html", "<script>for (;;) {}</script>")})

    assert raised.value.code == "timeout"


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages of a busy machine the time to do all that they try."""
    monkeypatch.setattr(browser, "PAGE_SECONDS", 90.0)
    monkeypatch.setattr(browser, "SETTLE_SECONDS", 20.0)


def test_a_page_that_fills_the_memory_is_left(
    chromium: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_patient(monkeypatch)
    monkeypatch.setattr(browser, "MAX_MEMORY_BYTES", 80 << 20)
    fill = (
        "<img src=/l.png><script>const all = []; while (all.length < 15) "
        "all.push(new Uint8Array(2e7).fill(7)); setInterval(() => fetch('/l.png'), 200)</script>"
    )

    with pytest.raises(FetchError) as raised:
        rendered(chromium, {"/": ("text/html", fill)})

    assert raised.value.code in {"too_large", "timeout"}  # on a busy machine, time ends first


def test_a_missing_browser_is_told(tmp_path: object) -> None:
    with pytest.raises(FetchError) as raised:
        rendered(f"{tmp_path}/chromium", {})

    assert raised.value.code == "no_browser"


AT_ONCE = 25
ATTACK = Path(__file__).with_name("attack.js").read_text()


def test_hostile_addresses_are_not_reached_through_a_page(
    chromium: str, monkeypatch: pytest.MonkeyPatch, *, is_thorough: bool
) -> None:
    """One of five in a usual run: that the proxy refuses each one is tested without a browser."""
    be_patient(monkeypatch)
    monkeypatch.setattr(browser, "MAX_MEMORY_BYTES", 2 << 30)  # frames and workers take much
    listener = Listener()
    own = [
        f"{scheme}://{host}:{listener.port}/"
        for scheme in ("http", "https")
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0")
    ]
    urls = [url for url in own + HOSTILE if url.isprintable()]
    assert len(urls) > 158
    urls = urls if is_thorough else urls[::5]
    pages: dict[str, tuple[str, str]] = {
        "/worker.js": ("text/javascript", "self.onfetch = () => {}"),
        "/to-loopback": ("redirect", f"http://127.0.0.1:{listener.port}/"),
        "/to-private": ("redirect", "http://priv.test/"),
    }
    at_once = AT_ONCE if is_thorough else AT_ONCE // 2
    starts = range(0, len(urls), at_once)
    for start in starts:
        script = ATTACK.replace("URLS", json.dumps(urls[start : start + at_once]))
        script = script.replace("PORT", str(listener.port))
        pages[f"/{start}"] = ("text/html", f"<body><img src=/l.png><script>{script}</script>")
    site = Site(pages)
    options = BrowserOptions(chromium, "Logosite-test", is_sandboxed=False)
    try:
        with RenderingThread(options, RULES, resolve=site.resolve, dial=site.dial) as thread:
            for start in starts:
                with suppress(FetchError):  # a page may be stopped for what it tried
                    thread.render(f"{HOME}{start}")
        was_reached = listener.was_reached()
    finally:
        site.close()
        listener.close()

    # On a busy machine some pages are stopped before they have tried everything.
    assert f"/tried/{at_once}" in site.asked
    assert not was_reached
    assert {address for address, _ in site.dialled} <= {PUBLIC}
    assert "/to-loopback" in site.asked


@pytest.mark.parametrize("way", ["location = '{}'", "top.location.replace('{}')"])
def test_a_page_cannot_lead_to_this_machine(chromium: str, way: str) -> None:
    listener = Listener()
    target = f"http://127.0.0.1:{listener.port}/"
    pages = {"/": ("text/html", f"<img src=/l.png><script>{way.format(target)}</script>")}
    try:
        with suppress(FetchError):
            rendered(chromium, pages)
        was_reached = listener.was_reached()
    finally:
        listener.close()

    assert not was_reached
