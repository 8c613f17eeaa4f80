"""Recorded responses of the fictional sites, and their labels."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from clustering.lab.sample.brands import BRANDS, COUNTRIES, SINGLE_BRANDS, Brand
from clustering.lab.sample.logos import raster, svg

TYPES: Final = {
    "svg": "image/svg+xml", "png": "image/png", "webp": "image/webp", "gif": "image/gif",
    "ico": "image/x-icon", "jpeg": "image/jpeg", "html": "text/html; charset=utf-8",
}  # fmt: skip
# (rendition, how the page embeds it); a brand's sites cycle through both lists.
SVG: Final = "http://www.w3.org/2000/svg"
PLAIN: Final = (
    "img_svg", "img_png", "inline", "json_ld", "img_webp", "data_uri", "img_gif", "img_jpeg", "og",
)  # fmt: skip
VARIED: Final = (
    ("white", "img_png"), ("symbol", "ico"), ("caption", "img_svg"), ("white", "inline"),
    ("symbol", "apple"), ("mono", "img_png"), ("caption", "img_png"), ("mono", "img_svg"),
)  # fmt: skip
HOST_FAILURES: Final = ("dns", "tls", "connect", "timeout", "dns", "bad_response")
PAGE_FAILURES: Final = (
    "status_403", "status_404", "status_500", "wall", "parked", "redirects", "large", "no_logo",
    "bad_image", "broken_svg",
)  # fmt: skip
PLACEHOLDERS: Final = ("globe", "blank", "globe", "spacer", "globe")
GLOBE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32">'
    '<g fill="none" stroke="#9aa0a6" stroke-width="2"><circle cx="16" cy="16" r="13"/>'
    '<ellipse cx="16" cy="16" rx="6" ry="13"/><path d="M3 16H29M5 9H27M5 23H27"/></g></svg>'
)
BLANK: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 48" width="180" height="48">'
    '<rect width="180" height="48" fill="#ffffff"/></svg>'
)


class SiteTruth(NamedTuple):
    """Label of a site."""

    domain: str
    brand: str
    look: str
    kind: str


@dataclass
class SampleWeb:
    """Hosts, responses and bodies for ``RecordedWeb``, and the labels."""

    hosts: dict[str, str] = field(default_factory=dict)
    answers: dict[str, dict[str, object]] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    truth: list[SiteTruth] = field(default_factory=list)

    def answer(self, url: str, body: bytes, kind: str, status: int = 200, **headers: str) -> None:
        """Record the response of ``url`` (host/path); equal bodies are stored once."""
        member = hashlib.sha256(body).hexdigest()[:16]
        self.bodies[member] = body
        given = {"content-type": TYPES[kind], **headers}
        self.answers[url] = {"status": status, "headers": given, "body": member}


def sample_web() -> SampleWeb:
    """Return all sites; deterministic."""
    web = SampleWeb()
    suffixes = list(COUNTRIES)
    for index, brand in enumerate(BRANDS):
        for turn in range(4 + index % 2):
            suffix = suffixes[(index + turn * 3) % len(suffixes)]
            look, carried = _plan(index, turn)
            domain = f"{brand.name}-sample.{suffix}"
            _site(web, domain, brand, look, carried)
            web.truth.append(SiteTruth(domain, brand.name, look, "gold"))
    for index, brand in enumerate(SINGLE_BRANDS):
        domain = f"{brand.name}-sample.{suffixes[index % len(suffixes)]}"
        _site(web, domain, brand, "main", PLAIN[index % len(PLAIN)])
        web.truth.append(SiteTruth(domain, brand.name, "main", "singleton"))
    _bad_sites(web)
    return web


def _plan(index: int, turn: int) -> tuple[str, str]:
    if turn < 3:
        return "main", PLAIN[(index * 2 + turn * 4) % len(PLAIN)]
    return VARIED[(index + (turn - 3) * 3) % len(VARIED)]


def _site(web: SampleWeb, domain: str, brand: Brand, look: str, carried: str) -> None:
    """Record a working home page and what it refers to."""
    web.hosts[domain] = ""
    drawing = svg(brand, look, COUNTRIES.get(domain.partition(".")[2], ""))
    head, logo = _carried(web, domain, brand, drawing, carried)
    ground = "#17202e" if look == "white" else "#ffffff"
    page = _page(brand.name, head, logo, ground)
    web.answer(f"{domain}/", page.encode(), "html")


def _carried(
    web: SampleWeb, domain: str, brand: Brand, drawing: str, carried: str
) -> tuple[str, str]:
    """Return the markup of the page's head and home link, and record the files."""
    alt = f'alt="{brand.name} logo"'
    mechanism, _, kind = carried.partition("_")
    if mechanism == "img":
        path = f"assets/logo.{kind}"
        web.answer(f"{domain}/{path}", _file(drawing, kind), kind)
        return "", f'<img class="logo" src="/{path}" {alt}>'
    if carried == "inline":
        bare = drawing.replace(f' xmlns="{SVG}"', "", 1)
        return "", bare.replace("<svg ", '<svg class="logo" role="img" ', 1)
    if carried == "data_uri":
        coded = base64.b64encode(raster(drawing, 200, "png")).decode()
        return "", f'<img class="logo" src="data:image/png;base64,{coded}" {alt}>'
    if carried in ("ico", "apple"):
        kind, rel = ("ico", "icon") if carried == "ico" else ("png", "apple-touch-icon")
        web.answer(f"{domain}/icon.{kind}", raster(drawing, 180, kind), kind)
        return f'<link rel="{rel}" href="/icon.{kind}">', ""
    web.answer(f"{domain}/brand/logo.png", raster(drawing, 320, "png"), "png")
    url = f"https://{domain}/brand/logo.png"
    if carried == "og":
        return f'<meta property="og:image" content="{url}">', ""
    about = {
        "@context": "https://schema.org", "@type": "Organization", "name": brand.name,
        "url": f"https://{domain}/", "logo": url,
    }  # fmt: skip
    return f'<script type="application/ld+json">{json.dumps(about)}</script>', ""


def _file(drawing: str, kind: str) -> bytes:
    if kind == "svg":
        return drawing.encode()
    return raster(drawing, 240, kind, "#ffffff" if kind == "jpeg" else None)


def _page(name: str, head: str, logo: str, ground: str) -> str:
    title = name.capitalize()
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}'
        f'</head><body><header style="background:{ground}"><a href="/" class="home">'
        f'{logo or title}</a><nav><a href="/products">Products</a><a href="/about">About</a>'
        f"</nav></header><main><h1>Welcome to {title}</h1><p>{title} is a fictional company."
        f"</p></main><footer>{title}</footer></body></html>"
    )


def _bad_sites(web: SampleWeb) -> None:
    """Record sites that fail in each way, and sites whose only image is a placeholder."""
    cases = [*HOST_FAILURES, *PAGE_FAILURES, *PLACEHOLDERS]
    for index, case in enumerate(cases):
        brand = BRANDS[(index * 7 + 3) % len(BRANDS)]
        domain = f"{brand.name}-sample.{('be', 'dk', 'fi')[index % 3]}"
        web.hosts[domain] = case if case in HOST_FAILURES else ""
        if case in PAGE_FAILURES:
            _failing_page(web, domain, brand, case)
        elif case in PLACEHOLDERS:
            _placeholder(web, domain, brand, case)
        web.truth.append(SiteTruth(domain, "", case, "bad"))


def _failing_page(web: SampleWeb, domain: str, brand: Brand, case: str) -> None:
    home = f"{domain}/"
    if case.startswith("status_"):
        text = f"<title>{case[7:]}</title><h1>Sorry</h1>"
        web.answer(home, text.encode(), "html", int(case[7:]))
    elif case == "wall":
        text = "<title>Just a moment...</title><p>Checking your browser</p>"
        web.answer(home, text.encode(), "html", 403)
    elif case == "parked":
        web.answer(home, b"<title>Soon</title><p>This domain is for sale.</p>", "html")
    elif case == "redirects":
        web.answer(home, b"", "html", 302, location=f"https://{domain}/again")
        web.answer(f"{domain}/again", b"", "html", 302, location=f"https://{domain}/")
    elif case == "large":
        length = str(50 << 20)
        web.answer(home, b"<title>Large</title>", "html", 200, **{"content-length": length})
    else:
        logo = "" if case == "no_logo" else '<img class="logo" src="/logo.png" alt="logo">'
        damaged = b"<svg><path" if case == "broken_svg" else b"\x89PNG\r\n\x1a\n broken"
        web.answer(home, _page(brand.name, "", logo, "#ffffff").encode(), "html")
        if logo:
            web.answer(f"{domain}/logo.png", damaged, "png")


def _placeholder(web: SampleWeb, domain: str, brand: Brand, case: str) -> None:
    head, logo = '<link rel="icon" href="/favicon.png">', ""
    drawing = GLOBE
    if case != "globe":
        head, logo = "", '<img class="logo" src="/favicon.png" alt="logo">'
        drawing = BLANK
    web.answer(f"{domain}/", _page(brand.name, head, logo, "#ffffff").encode(), "html")
    data = raster(drawing, 1 if case == "spacer" else 32 if case == "globe" else 180, "png")
    web.answer(f"{domain}/favicon.png", data, "png")
