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
