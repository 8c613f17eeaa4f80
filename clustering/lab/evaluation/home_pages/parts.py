"""Sections of home pages that show images which are not the site's logo."""

import json
from typing import Any, Final

OTHERS: Final = ("Fernhill", "Marlowe", "Quillon", "Brightwater", "Hexford")
HERO: Final = (
    '<main><section class="hero"><img src="/media/hero.webp" alt="A canoe on a quiet brook" '
    'width="1600" height="900" fetchpriority="high"><h1>Canoes for quiet brooks</h1></section>'
)
PARTNERS: Final = (
    '<section class="clients"><h2>Trusted by</h2>'
    + "".join(
        f'<div class="client"><img src="/wp-content/uploads/2023/{one.lower()}-logo.svg" '
        f'alt="{one} logo"></div>'
        for one in OTHERS
    )
    + "</section>"
)
"""A wall of customers without links."""
UTILITY_WALL: Final = (
    '<div class="mx-auto mt-10 grid max-w-lg grid-cols-4 items-center gap-x-8">'
    + "".join(
        f'<img class="col-span-2 max-h-12 w-full object-contain" src="/img/{one.lower()}.svg" '
        f'alt="{one}" width="158" height="48">'
        for one in OTHERS
    )
    + "</div>"
)
"""The same in utility classes, which say nothing."""
DRAWN_WALL: Final = (
    '<div class="marquee">'
    + "".join(
        f'<svg viewBox="0 0 140 32" role="img"><title>{one} logo</title>'
        f'<path d="M{n} 7h99v9z"/></svg>'
        for n, one in enumerate(OTHERS)
    )
    + "</div>"
)
LINKED_WALL: Final = (
    '<section><p>In good company</p><ul class="companies">'
    + "".join(
        f'<li><a href="https://{one.lower()}.com/"><img src="/i/{one.lower()}.png" '
        f'alt="{one}"></a></li>'
        for one in OTHERS
    )
    + "</ul></section>"
)
STORIES: Final = (
    '<section class="stories">'
    + "".join(
        f'<a href="/customers/{one.lower()}"><img class="story-logo" loading="lazy" '
        f'src="/stories/{one.lower()}-logo-white.svg" alt="{one}"><p>How {one} paddles</p></a>'
        for one in OTHERS[:3]
    )
    + "</section>"
)
PAYMENTS: Final = (
    '<ul class="list list-payment" role="list">'
    + "".join(
        '<li class="list-payment__item"><svg class="icon icon--full-color" viewBox="0 0 38 24" '
        f'role="img" width="38" height="24"><title>{one}</title><path d="M35 0H3z"/></svg></li>'
        for one in ("Visa", "Mastercard", "PayPal", "Shop Pay")
    )
    + "</ul>"
)
APP_BADGES: Final = (
    '<div class="apps"><a href="https://apps.apple.com/app/id1"><img src="/img/appstore.svg" '
    'alt="Download on the App Store"></a><a href="https://play.google.com/store/apps/x"><img '
    'src="/img/google-play-badge.png" alt="Get it on Google Play"></a></div>'
)
AWARDS: Final = (
    '<div class="badges"><img src="/img/best-outdoor-2025.png" alt="Best outdoor brand 2025">'
    '<img src="/img/iso-9001.svg" alt="ISO 9001"><img src="/img/climate-neutral.png" alt=""></div>'
)
FLAGS: Final = (
    '<ul class="lang-switch">'
    + "".join(
        f'<li><a href="/{code}/" hreflang="{code}"><img src="/flags/{code}.svg" alt="{code}" '
        'width="20" height="14"></a></li>'
        for code in ("en", "de", "fr", "es")
    )
    + "</ul>"
)
SOCIAL: Final = (
    '<div class="follow">'
    + "".join(
        f'<a href="https://{one}.com/otterbrook"><svg viewBox="0 0 24 24" width="24" height="24" '
        f'aria-label="{one}"><path d="M4 4h16v16z"/></svg></a>'
        for one in ("instagram", "facebook", "youtube")
    )
    + "</div>"
)
AGENCY: Final = (
    '<p class="credits"><a href="https://studio-nord.de"><img src="/img/studio-nord-logo.svg" '
    'alt="Studio Nord logo"></a></p>'
)
CONSENT: Final = (
    '<div id="onetrust-banner-sdk"><img class="ot-logo" alt="Company Logo" '
    'src="https://cdn.cookielaw.org/logos/static/ot_company_logo.png"></div>'
)
MENU_ICONS: Final = (
    '<button class="menu-toggle" aria-label="Menu"><svg class="icon-hamburger" '
    'viewBox="0 0 24 24"><path d="M3 6h18"/></svg></button><a href="/search"><svg '
    'class="icon-search" viewBox="0 0 24 24"><path d="M10 2a8"/></svg></a><a href="/cart"><svg '
    'class="icon-cart" viewBox="0 0 24 24"><path d="M1 1h4"/></svg></a>'
)
SUB_BRANDS: Final = (
    '<ul class="mega-menu">'
    + "".join(
        f'<li><a href="/{one}/"><img src="/brands/{one}-logo.svg" alt="{one.title()} logo"><span>'
        f"{one.title()}</span></a></li>"
        for one in ("riverlite", "stormpaddle", "calmwater")
    )
    + "</ul>"
)
PRODUCTS: Final = (
    '<ul class="product-grid">'
    + "".join(
        f'<li class="card"><a href="/products/{n}"><img src="/cdn/products/otterbrook-{n}.jpg" '
        f'alt="Otterbrook canoe {n}" width="600" height="600"></a></li>'
        for n in range(4)
    )
    + "</ul>"
)
FOOTER: Final = f'</main><footer class="site-footer">{SOCIAL}{PAYMENTS}<p>Imprint</p></footer>'
HOSTILE: Final = HERO + PARTNERS + STORIES + AWARDS + APP_BADGES + FOOTER
"""What a usual company shows below its header."""


def json_ld(*nodes: dict[str, Any]) -> str:
    """Return a script with ``nodes``."""
    graph = {"@context": "https://schema.org", "@graph": list(nodes)}
    return f'<script type="application/ld+json">{json.dumps(graph)}</script>'


def organisation(logo: str, **further: Any) -> dict[str, Any]:
    """Return an organisation that declares ``logo``."""
    own = {"@type": "Organization", "name": "Otterbrook", "url": "https://www.otterbrook.com/"}
    return {**own, "logo": {"@type": "ImageObject", "url": logo}, **further}


def social(image: str) -> str:
    """Return the metadata of a social network's preview."""
    return (
        f'<meta property="og:image" content="{image}"><meta property="og:title" content="Otter">'
    )
