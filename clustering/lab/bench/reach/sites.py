"""The kinds of sites, several forms of each."""

import gzip
import sys
from functools import cache
from io import BytesIO
from random import Random
from typing import Final

import brotli
from PIL import Image, ImageDraw

from clustering.lab.bench.reach import LOGO_PATH, Answer, Answered, Asked, Kind

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

INSIDE: Final = "/start/"
MARK: Final = '<a class="brand" href="/"><img src="{src}" alt="{name} logo"></a>'
TEXT: Final = "<p>Handmade boats and paddles for quiet brooks since 1974.</p>" * 20


def site_name(kind: Kind, number: int) -> str:
    """Return the domain of one site of ``kind``."""
    return f"otterbrook-{kind.name.replace('_', '-')}{number:03}.test"


@cache
def logo(host: str) -> bytes:
    """Return a logo that only ``host`` has."""
    random = Random(host)  # noqa: S311 - drawings
    colour = tuple(random.randrange(180) for _ in range(3))
    image = Image.new("RGB", (240, 72), "white")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((4, 4, 68, 68), random.randrange(4, 30), colour)
    for place in range(5):
        height = random.randrange(16, 60)
        draw.rectangle((80 + 30 * place, 68 - height, 100 + 30 * place, 68), colour)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def page(host: str, mark: str = "") -> str:
    """Return the home page of ``host``."""
    name = host.partition(".")[0].title()
    own = mark or MARK.format(src=LOGO_PATH, name=name)
    return (
        f"<!doctype html><html lang=en><head><title>{name}</title>"
        f'<link rel="stylesheet" href="/theme.css"></head><body><header class="site-header">{own}'
        "<nav><a href='/boats'>Boats</a><a href='/paddles'>Paddles</a></nav></header>"
        f"<main>{TEXT}</main><footer><a href='/imprint'>Imprint</a></footer></body></html>"
    )


def whole(asked: Asked) -> Answered:
    """Answer with the home page."""
    return Answered(page(asked.host).encode())


def _gate(locked: Answered, cookie: str) -> Answer:
    return lambda asked: whole(asked) if cookie in asked.cookies else locked


def _html(body: str, status: int = 200, **headers: str) -> Answered:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answered(body.encode(), status, headers=named)


def _leads(body: str, status: int = 200) -> Answer:
    """Lead to the page inside by ``body``, which may name the host."""
    return lambda asked: (
        whole(asked) if asked.path == INSIDE else _html(body.replace("HOST", asked.host), status)
    )


def _coded(coding: str) -> Answer:
    def answer(asked: Asked) -> Answered:
        body = page(asked.host).encode()
        coded = brotli.compress(body) if coding == "br" else zstd.compress(body)
        return Answered(coded, headers={"Content-Encoding": coding})

    return answer


def _error(status: int, more: str = "") -> Answer:
    return lambda asked: _html(page(asked.host) + more, status)


def _shows(body: str, status: int = 200) -> Answer:
    return lambda asked: _html(body, status)


def _sheet(rule: str, mark: str) -> Answer:
    def answer(asked: Asked) -> Answered:
        if asked.path == "/theme.css":
            return Answered(rule.replace("LOGO", LOGO_PATH).encode(), media_type="text/css")
        return _html(page(asked.host, mark))

    return answer


def _shell(root: str, script: str, head: str = "") -> Answer:
    """Show a logo by a script only: built from parts, so that no reader of the source finds it."""
    build = (
        f"addEventListener('DOMContentLoaded',()=>{{const p='/me'+'dia/'+['ma','rk'].join('');"
        f"const r=document.querySelector('{script}');r.innerHTML='<header><a href=\"/\"><img "
        'src="\'+p+\'.png" alt="logo"></a></header><main>Boats</main>\'})'
    )

    def answer(asked: Asked) -> Answered:
        if asked.path == "/assets/app.js":
            return Answered(build.encode(), media_type="text/javascript")
        body = f"{root}<script src='/assets/app.js'></script>"
        return _html(
            f"<!doctype html><html><head><title>Otterbrook</title>{head}</head>"
            f"<body>{body}</body></html>"
        )

    return answer


def _application(script: str, body: str = "<div id=app></div>") -> Answer:
    """Draw a page by a module that asks the site for its own data."""

    def answer(asked: Asked) -> Answered:
        if asked.path == "/assets/app.js":
            return Answered(script.encode(), media_type="text/javascript")
        if asked.path == "/api/brand.json":
            picture = '{"home": "/", "picture": "/media/" + "mark"}'.replace('" + "', "")
            return Answered(picture.encode(), media_type="application/json")
        return _html(
            f"<!doctype html><html><head><title>Otterbrook</title></head><body>{body}"
            "<script type=module src=/assets/app.js></script></body></html>"
        )

    return answer


FETCHED: Final = """
const brand = await (await fetch("/api/brand.json")).json();
document.querySelector("#app").innerHTML = `<header><a href="${brand.home}">
<img src="${brand.picture}.png" alt="Otterbrook logo"></a></header>`;
"""
SHADOWED: Final = """
customElements.define("site-top", class extends HTMLElement {
  connectedCallback() {
    this.attachShadow({mode: "open"}).innerHTML =
      `<header><a href="/"><img alt="logo" src="/media/${"ma" + "rk"}.png"></a></header>`;
  }
});
"""
PAINTED: Final = """
const link = document.createElement("a");
link.href = "/"; link.className = "css-1x2y logo";
link.style.cssText = "display:block;width:240px;height:72px";
link.style.backgroundImage = `url(/media/${["ma", "rk"].join("")}.png)`;
const top_ = document.createElement("header"); top_.append(link);
document.querySelector("#app").append(top_);
"""
ROUTED: Final = """
history.replaceState({}, "", "/#/start");
setTimeout(() => { document.querySelector("#app").innerHTML =
  `<nav><a class="navbar-brand" href="#/"><img src="/media/${"ma" + "rk"}.png"></a></nav>`;
}, 800);
"""


def _moves(answer: Answered) -> Answer:
    return lambda asked: whole(asked) if "fernhill" in asked.host else answer


QUESTION: Final = (
    "<title>{}</title><h1>We value your privacy</h1><p>We and our partners use cookies. With your "
    "consent we measure how cookies perform. Read our privacy policy.</p>"
    "<button>Accept all</button> <button>Manage choices</button>"
)
GONE: Final = {"Location": "https://fernhill-boats.test/shop/?from=otterbrook"}
KINDS: Final = (
    Kind("plain", (whole,)),
    Kind(
        "cookie_gate",
        (
            _gate(_html("", 302, Location="/", Set_Cookie="seen=1; Path=/; HttpOnly"), "seen=1"),
            _gate(_html("", 307, Location="/?c=1", Set_Cookie="s=ok; Path=/"), "s=ok"),
            _gate(
                _html("<script>document.cookie='ok=1;path=/';location.reload()</script>"), "ok=1"
            ),
            _gate(
                _html(
                    "<script>var c='human=yes';document.cookie=c+'; path=/; max-age=600';"
                    "window.location.href=window.location.href;</script>", 503),
                "human=yes",
            ),
            _gate(
                _html("<meta http-equiv=refresh content='0'>", Set_Cookie="seen=2; Path=/"),
                "seen=2",
            ),
        ),
    ),
    Kind(
        "script_redirect",
        (
            _leads("<script>location.href='/start/'</script>"),
            _leads("<script>window.location.replace('//HOST/start/')</script>"),
            _leads("<script>var u='/start/';setTimeout(()=>{location.assign(u)},50)</script>"),
            _leads("<body onload=\"window.location='/start/'\">Loading</body>"),
            _leads("<script>top.location.href=location.protocol+'//'+location.host+'/start/'"
                   "</script>"),
            _leads("<meta http-equiv='refresh' content='0; URL=/start/'>"),
        ),
    ),
    Kind(
        "frameset",
        (
            _leads("<frameset rows='*'><frame src='/start/'></frameset>"),
            _leads("<frameset cols='20%,*'><frame name=menu src='/menu'><frame name=header "
                   "src='/start/'></frameset>"),
            _leads("<iframe src='/start/' style='width:100%;height:100%'></iframe>"),
        ),
    ),
    Kind("br", (_coded("br"),)),
    Kind("zstd", (_coded("zstd"),)),
    Kind(
        "error_page",
        (
            _error(403), _error(404), _error(503), _error(500), _error(410),
            _error(403, "<script src='/_Incapsula_Resource?x=1'></script>"),
        ),
    ),
    Kind(
        "consent",
        (
            _shows(QUESTION.format("Otterbrook")),
            _shows(QUESTION.format("Before you continue")),
            lambda asked: _html(QUESTION.format("Otterbrook"))
            if asked.path == "/consent"
            else _html("", 302, Location="/consent?back=/"),
        ),
        expected="consent",
    ),
    Kind(
        "bot_check",
        (
            _shows("<title>Just a moment...</title>", 403),
            _shows("<title>Access Denied</title><h1>Access Denied</h1>", 403),
            _shows("<script src='https://geo.captcha-delivery.com/c.js'></script>", 403),
        ),
        expected="blocked",
    ),
    Kind(
        "moved",
        (
            _moves(Answered(b"", 302, headers=GONE)),
            _moves(_html("<meta http-equiv=refresh content='0;url=https://fernhill-boats.test/'>")),
        ),
        expected="moved",
    ),
    Kind("missing_intermediate", (whole,), has_whole_chain=False),
    Kind(
        "css_logo",
        (
            _sheet(".brand-logo{background:url(LOGO) no-repeat}",
                   '<a class="brand-logo" href="/"></a>'),
            _sheet("#logo a{display:block;background-image:url('LOGO')}",
                   '<div id="logo"><a href="/"></a></div>'),
        ),
    ),
    Kind(
        "shell",
        (
            _shell('<div id="root"></div>', "#root"),
            _shell('<div id="app"></div>', "#app"),
            _shell('<app-root></app-root>', "app-root"),
            _shell('<div id="__next"></div>', "#__next"),
            _shell('<div id="__nuxt"></div>', "#__nuxt",
                   '<link rel="icon" href="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'),
            _shell('<div id="___gatsby"></div>', "#___gatsby"),
            _shell('<div id="svelte"></div>', "#svelte"),
            _application(FETCHED),
            _application(SHADOWED, "<site-top></site-top>"),
            _application(PAINTED),
            _application(ROUTED),
        ),
        needs_browser=True,
    ),
)  # fmt: skip


def answered(kind: Kind, number: int, asked: Asked) -> Answered:
    """Return what the site answers; deterministic."""
    if asked.path == LOGO_PATH:
        return Answered(logo(asked.host.removeprefix("www.")), media_type="image/png")
    is_page = asked.path in {
        "/",
        INSIDE,
        "/consent",
        "/theme.css",
        "/assets/app.js",
        "/shop/",
        "/api/brand.json",
    }
    if not is_page:
        return _html("<h1>Not found</h1>", 404)
    return kind.variants[number % len(kind.variants)](asked)


def packed(answer: Answered) -> Answered:
    """Compress a page as most servers do, unless it is."""
    if "Content-Encoding" in answer.headers or not answer.media_type.startswith("text/html"):
        return answer
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return Answered(gzip.compress(answer.body, 1), answer.status, answer.media_type, headers)
