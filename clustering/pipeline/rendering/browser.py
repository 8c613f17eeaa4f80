"""Drives an installed Chromium by Playwright."""

import base64
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clustering.pipeline.errors import FetchError
from clustering.pipeline.rendering import Rendered
from clustering.pipeline.rendering.processes import Watch
from clustering.pipeline.rendering.proxy import Proxy

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

PAGE_SECONDS: Final = 15.0
SETTLE_SECONDS: Final = 5.0  # until no request is open
MAX_MEMORY_BYTES: Final = 300 << 20  # of the processes of one page, shared pages counted once
MAX_HTML_CHARS: Final = 4 << 20
MAX_SHOTS: Final = 3
MAX_SHOT_BYTES: Final = 1 << 20
WINDOW: Final[Any] = {"width": 1280, "height": 800}
SCALE: Final = 2.0  # a logo's box is small
LOGO_SHOWN: Final = (
    "() => document.querySelector('header img, header svg, nav img, nav svg, a img, a svg, "
    "[class*=logo i]')"
)
INSERTING: Final = "(one, address) => { one.innerHTML = `<img src='${address}'>` }"
MARKING: Final = Path(__file__).with_name("marking.js").read_text()
# Files that no logo needs.
UNWANTED: Final = frozenset({"media", "font", "websocket", "eventsource", "texttrack", "ping"})
# Interfaces by which a page connects without a request that a proxy sees.
WITHOUT_PEERS: Final = (
    "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport',"
    " 'RTCDataChannel', 'WebSocketStream']) { try { delete window[name]; Object.defineProperty("
    "window, name, {value: undefined, configurable: false}); } catch {} }"
)
SWITCHES: Final = (
    "--disable-quic",
    "--dns-prefetch-disable",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-webgl",
    "--mute-audio",
    "--no-pings",
    "--no-first-run",
    "--renderer-process-limit=1",
    "--js-flags=--max-old-space-size=128",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # the proxy resolves names
    "--disable-features=Prerender2,SpeculationRules,NetworkPrediction,OptimizationHints,"
    "MediaRouter,DialMediaRouteProvider,AutofillServerCommunication,IsolateOrigins,"
    "site-per-process,WebRtcHideLocalIpsWithMdns,HttpsUpgrades",
)


@dataclass(frozen=True)
class BrowserOptions:
    """How Chromium is started."""

    path: str
    user_agent: str
    is_sandboxed: bool = True
    """Chromium's own sandbox; root cannot use it."""
    switches: tuple[str, ...] = ()
    """Further ones, for tests."""


@contextmanager
def browser(options: BrowserOptions, proxy: Proxy) -> Iterator["Renderer"]:
    """Start Chromium behind ``proxy``, and end it with all its processes.

    Raises:
        FetchError: ``no_browser`` if Playwright or Chromium is not installed or does not start.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise FetchError("no_browser", "the package playwright is not installed") from error
    with tempfile.TemporaryDirectory(prefix="logosite-browser-") as home, sync_playwright() as one:
        try:
            started = one.chromium.launch(
                executable_path=options.path,
                args=[*SWITCHES, *options.switches],
                proxy={"server": f"http://127.0.0.1:{proxy.port}", "bypass": "<-loopback>"},
                chromium_sandbox=options.is_sandboxed,
                downloads_path=home,
                env={"HOME": home, "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
            )
        except Error as error:
            detail = str(error).partition("\n")[0]
            raise FetchError("no_browser", f"Chromium does not start: {detail}") from error
        try:
            yield Renderer(started, proxy, options)
        finally:
            with suppress(Error):
                started.close()


class Renderer:
    """Renders one page after the other; each in a context of its own."""

    def __init__(self, started: "Browser", proxy: Proxy, options: BrowserOptions) -> None:
        self._browser = started
        self._proxy = proxy
        self._options = options
        self.most_bytes = 0

    @property
    def is_usable(self) -> bool:
        """Whether the browser still runs; a page over its limits ends it."""
        return self._browser.is_connected()

    def render(self, url: str) -> Rendered:
        """Return the page at ``url`` after its scripts ran.

        Raises:
            FetchError: ``timeout``, ``too_large`` over the limit of memory, or ``connect``.
        """
        from playwright.sync_api import Error

        self._proxy.begin(PAGE_SECONDS)
        with Watch(PAGE_SECONDS + 1.0, MAX_MEMORY_BYTES) as watch:
            try:
                return self._in_context(url, time.monotonic() + PAGE_SECONDS)
            except Error as error:
                raise _failure(watch, error) from error
            finally:
                self.most_bytes = max(self.most_bytes, watch.most_bytes)

    def _in_context(self, url: str, ends_at: float) -> Rendered:
        context = self._browser.new_context(
            accept_downloads=False,
            service_workers="block",
            user_agent=self._options.user_agent,
            viewport=WINDOW,
            device_scale_factor=SCALE,
            locale="en-US",
            permissions=[],
        )
        try:
            context.add_init_script(WITHOUT_PEERS)
            context.route("**/*", _route)
            return _drawn(context, url, ends_at)
        finally:
            with suppress(Exception):  # a killed browser has no contexts
                context.close()


def _route(route: "Route") -> None:
    if route.request.resource_type in UNWANTED:
        route.abort()
    else:
        route.continue_()


def _drawn(context: "BrowserContext", url: str, ends_at: float) -> Rendered:
    from playwright.sync_api import Error

    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.goto(url, wait_until="domcontentloaded", timeout=_milliseconds(ends_at, PAGE_SECONDS))
    with suppress(Error):  # the page is read as far as it was drawn
        page.wait_for_load_state("networkidle", timeout=_milliseconds(ends_at, SETTLE_SECONDS))
    with suppress(Error):
        page.wait_for_function(LOGO_SHOWN, timeout=_milliseconds(ends_at, 1.0))
    with suppress(Error):
        _with_shots(page, ends_at)
    return Rendered(page.url, page.content()[:MAX_HTML_CHARS].encode("utf-8", "replace"))


def _with_shots(page: "Page", ends_at: float) -> None:
    """Put a picture of each painted element into it."""
    n_shots = int(page.evaluate(MARKING, MAX_SHOTS))
    for number in range(min(n_shots, MAX_SHOTS)):
        found = page.locator(f'[data-shot="{number}"]').first
        shot = found.screenshot(timeout=_milliseconds(ends_at, 2.0), animations="disabled")
        if len(shot) <= MAX_SHOT_BYTES:
            address = "data:image/png;base64," + base64.b64encode(shot).decode()
            found.evaluate(INSERTING, address)


def _milliseconds(ends_at: float, seconds: float) -> float:
    return 1000 * max(0.05, min(seconds, ends_at - time.monotonic()))


def _failure(watch: Watch, error: Exception) -> FetchError:
    if watch.is_over_memory:
        return FetchError("too_large", "the page needs more memory than allowed in the browser")
    text = str(error).partition("\n")[0][:200]
    if watch.is_over_time or "Timeout" in text:
        return FetchError("timeout", "the page was not drawn in time", is_transient=False)
    return FetchError("connect", f"the browser could not open the page: {text}")
