"""Which answers need a person's look."""

import pytest

from clustering.pipeline.finders.chances import SURE, chance
from tests.pipeline.finders.pages import HEADER, URL, found, json_ld


def _chance(html: str) -> float:
    best, *others = found(f"<title>Otterbrook</title>{html}")
    return chance(best, others)


@pytest.mark.parametrize(
    "html",
    [
        HEADER.format('<img src="/l.svg" alt="Otterbrook">'),
        HEADER.format('<svg viewBox="0 0 90 20" aria-label="Otterbrook"><path d="M1 2h3"/></svg>'),
        '<div class="logo"><a href="/"><img src="/a1.png"></a></div>',
    ],
)
def test_a_logo_that_leads_home_is_sure(html: str) -> None:
    assert _chance(html) >= SURE


@pytest.mark.parametrize(
    "html",
    [
        json_ld({"@type": "Organization", "url": URL, "logo": "/media/2021/a1.png"}),
        '<header><img src="/logo.png" alt="Fernhill logo"></header>',
        '<meta property="og:image" content="/otterbrook-logo.png">',
        3 * '<img src="/1.png">' + '<a href="/"><img src="/2.png"></a>',
        '<a href="/"><img src="/1.png"></a><a href="/shop"><img src="/2.png"></a>',
        HEADER.format('<img src="/1.png" alt="Open until eight">'),
        '<footer><img src="/otterbrook-logo.png" alt="Otterbrook"></footer>',
        '<link rel="icon" href="/i.png">',
    ],
)
def test_what_only_one_sign_speaks_for_is_reviewed(html: str) -> None:
    assert _chance(html) < SURE


SMALL = '<svg viewBox="0 0 24 24"><path d="M1 2h3"/></svg>'
LARGE = '<svg viewBox="0 0 40 40"><path d="M1 2h3"/></svg>'


@pytest.mark.parametrize(
    "inside",
    [
        f'<a href="/">{SMALL}</a>',
        f'<a class="modal-close" href="/">{LARGE}</a>',
        f'<a href="/" hreflang="sv">{LARGE}</a>',
        f'<a href="/">Read more {LARGE}</a>',
        '<a href="/"><svg viewBox="0 0 576 512"><path d="M1 2h3"/></svg></a>',
        f'<a href="/">{LARGE.replace("<svg", "<svg class=icon-home")}</a>',
        '<img src="/p.jpg"><nav><a href="/"><img src="/1.png"></a><a href="/a"><img '
        'src="/2.png"></a><a href="/b"><img src="/3.png"></a></nav>',
    ],
)
def test_interface_icon_that_leads_home_is_reviewed(inside: str) -> None:
    assert _chance(f"<header>{inside}</header>") < SURE


@pytest.mark.parametrize(
    "inside",
    [
        f'<a href="/" aria-label="Otterbrook">{SMALL}</a>',
        f'<a class="logo" href="/">Go to the home page {LARGE}</a>',
        f'<a href="/">{LARGE}<style>.a{{fill:red}}</style><span>Otterbrook</span></a>',
        f'<a class="btn navbar-brand" href="/">{LARGE}</a>',
    ],
)
def test_mark_with_the_name_of_the_site_or_a_logo_is_sure(inside: str) -> None:
    assert _chance(f"<header>{inside}</header>") >= SURE
