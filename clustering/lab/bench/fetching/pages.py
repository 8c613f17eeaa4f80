"""Synthetic home pages with sizes, elements and mechanisms as measured on real pages.

Of 90 recorded home pages the median has 146 KB, 1,030 elements, 30 images, 167 links, 25 scripts
and 14 <link>s; the mean has 323 KB, of which a fifth is script and a tenth style.
"""

from collections.abc import Iterator
from math import log
from random import Random
from typing import Final

from clustering.lab.bench.fetching.page_parts import pieces

# Median and sigma of lognormal distributions, in bytes.
MARKUP: Final = (95_000, 0.8)
SCRIPTS: Final = (20_000, 1.6)
STYLES: Final = (3_000, 1.9)
MAX_PART_BYTES: Final = 2_000_000
# Shares of sites; a header without <img> has an inline SVG.
HEADER_IMAGE: Final = 0.6
JSON_LD: Final = 0.25
OG_IMAGE: Final = 0.56
TOUCH_ICON: Final = 0.41
MANIFEST: Final = 0.11


def page(host: str, random: Random) -> bytes:
    """Return the home page of ``host``."""
    made = pieces()
    main = (*made.cards, *made.texts, *made.texts, *made.icons[:12], *made.menus[:4])
    parts = [
        _head(host, random).encode(),
        *_filled(made.styles, STYLES, random),
        b"</head><body class='home page-template'>",
        _header(host, random).encode(),
        random.choice(made.menus),
        b"</nav></header>",
        *_filled(made.scripts, SCRIPTS, random),
        b"<main id='content' class='site-main'>",
        *_filled(main, MARKUP, random),
        b"</main>",
        _footer(host).encode(),
    ]
    return b"\n".join(parts)


def _filled(
    variants: tuple[bytes, ...], size: tuple[int, float], random: Random
) -> Iterator[bytes]:
    """Yield random pieces up to a random total size."""
    median, sigma = size
    n_left = min(MAX_PART_BYTES, round(random.lognormvariate(log(median), sigma)))
    while n_left > 0:
        piece = random.choice(variants)
        n_left -= len(piece)
        yield piece


def _head(host: str, random: Random) -> str:
    lines = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        f"<title>{host} - home</title><meta name='viewport' content='width=device-width'>",
        *(f"<meta name='m{n}' content='content of {n}'>" for n in range(9)),
        *(f"<link rel='stylesheet' href='/assets/theme{n}.css'>" for n in range(9)),
        *(f"<script src='/assets/bundle{n}.js' defer></script>" for n in range(14)),
        "<link rel='icon' href='/favicon-32.png' sizes='32x32'>",
    ]
    if random.random() < OG_IMAGE:
        lines.append(f"<meta property='og:image' content='http://{host}/share.png'>")
    if random.random() < TOUCH_ICON:
        lines.append("<link rel='apple-touch-icon' href='/touch.png' sizes='180x180'>")
    if random.random() < MANIFEST:
        lines.append("<link rel='manifest' href='/site.webmanifest'>")
    if random.random() < JSON_LD:
        lines.append(_json_ld(host))
    return "\n".join(lines)


def _json_ld(host: str) -> str:
    return (
        '<script type="application/ld+json">{"@context":"https://schema.org","@graph":['
        f'{{"@type":"WebSite","url":"http://{host}/","name":"{host}"}},'
        f'{{"@type":"Organization","url":"http://{host}/","name":"{host}",'
        f'"logo":{{"@type":"ImageObject","url":"http://{host}/img/logo.png"}}}}]}}</script>'
    )


def _header(host: str, random: Random) -> str:
    if random.random() < HEADER_IMAGE:
        logo = f"<img src='/img/logo.png' alt='{host} logo' width='320' height='96'>"
    else:
        logo = f"<svg viewBox='0 0 320 96' class='brand'>{_letters(random)}</svg>"
    return (
        "<header class='site-header'><div class='container'>"
        f"<a class='site-branding' href='/' title='{host}'>{logo}</a></div><nav>"
    )


def _letters(random: Random) -> str:
    """Draw nine letter-like shapes, like a word mark."""
    return "".join(
        f"<path d='M{8 + 34 * n} 20h{random.randrange(12, 26)}v{random.randrange(20, 56)}"
        f"c0 {random.randrange(14)} -{random.randrange(6, 12)} 14 -12 8z' fill='#123'/>"
        for n in range(9)
    )


def _footer(host: str) -> str:
    return (
        "<footer class='site-footer'><div class='payment-icons'>"
        "<img src='/pay/one.svg' alt='pay'><img src='/pay/two.svg' alt='pay'></div>"
        f"<p>Copyright {host}</p></footer></body></html>"
    )
