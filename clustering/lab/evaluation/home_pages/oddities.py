"""Pages with unusual markup or wrong metadata."""

from typing import Final

from clustering.lab.evaluation.home_pages import ICON, HomePage, made
from clustering.lab.evaluation.home_pages.parts import (
    DRAWN_WALL,
    FOOTER,
    HERO,
    HOSTILE,
    MENU_ICONS,
    PARTNERS,
    PRODUCTS,
    UTILITY_WALL,
    json_ld,
    organisation,
    social,
)

HOME: Final = "https://www.otterbrook.com/"
WORD: Final = '<header><a href="/"><img src="/img/ob.svg" alt="Otterbrook"></a></header>'
TEXT: Final = '<header><a href="/">Otterbrook</a></header>'
UNCHECKED: Final = (
    made("og-logo-never-filled-in", "/img/ob.svg", WORD, HOSTILE,
         head='<meta property="og:logo" content="INSERT IMAGE URL HERE">'),
    made("declared-logo-is-the-home-page", "/img/ob.svg", WORD, HOSTILE,
         head=json_ld(organisation(HOME))),
    made("declared-logo-is-undefined", "/img/ob.svg", WORD, HOSTILE,
         head=json_ld(organisation(f"{HOME}undefined"))),
    made("declared-logo-is-a-page", ICON, TEXT, HERO, FOOTER,
         head=json_ld(organisation(f"{HOME}about.html"))),
    made("declared-logo-is-the-theme's", ICON, TEXT, HERO, FOOTER,
         head=json_ld(organisation(f"{HOME}wp-content/themes/newsy/images/placeholder-logo.png"))),
    made("microdata-of-a-product's-brand", ICON, TEXT, PRODUCTS,
         '<div itemprop="brand" itemscope itemtype="https://schema.org/Brand"><img itemprop="logo" '
         'src="/brands/hexford.png" alt="Hexford"></div>', FOOTER),
    made("microdata-of-an-employer", "/img/ob.svg", WORD,
         '<div itemscope itemtype="https://schema.org/JobPosting"><div itemprop='
         '"hiringOrganization" itemscope><img itemprop="logo" src="/jobs/quillon-logo.png"></div>'
         "</div>", FOOTER),
    made("own-microdata", "/img/x9.png",
         '<div itemscope itemtype="https://schema.org/Organization"><a itemprop="url" href="/"><img '
         'itemprop="logo" src="/img/x9.png"></a></div>', HOSTILE),
    made("declared-photograph-called-logo", "/img/ob.svg", WORD, HOSTILE,
         head=json_ld(organisation("/news/2023/05/new-logo-on-our-boat-house-wall-in-spring.jpg"))),
    made("organisation-list-of-sponsors", "/img/ob.svg", WORD, HOSTILE,
         head=json_ld({"@type": "Event", "name": "Regatta", "organizer": {"@type": "Organization",
                       "name": "Fernhill Club", "logo": "/club/fernhill-logo.png"}})),
)  # fmt: skip
HEADERS: Final = (
    made("mark-beside-the-word", "d:M12 2 2 7",
         '<nav class="flex"><a class="flex items-center gap-2" href="/"><svg class="h-6 w-6" '
         'width="24" height="24" viewBox="0 0 24 24"><path d="M12 2 2 7v9h20z"/></svg><span '
         f'class="font-bold">Otterbrook</span></a>{MENU_ICONS}</nav>', UTILITY_WALL, HERO, FOOTER),
    made("picture-beside-the-word", "/icons/mark.svg",
         '<header><a href="/"><img src="/icons/mark.svg" alt="" width="24" height="24"><span>'
         "Otterbrook</span></a></header>", DRAWN_WALL, HERO, FOOTER),
    made("sister-sites-in-the-top-strip", "/img/brand-word.svg",
         '<div class="top-strip"><a href="https://www.otterbrook-kids.com/"><img '
         'src="/strip/otterbrook-kids-logo.svg" alt="Otterbrook Kids logo"></a><a '
         'href="https://www.otterbrook-home.com/"><img src="/strip/otterbrook-home-logo.svg" '
         'alt="Otterbrook Home logo"></a></div><header><a href="/"><img src="/img/brand-word.svg" '
         'alt="Otterbrook"></a></header>', PRODUCTS, FOOTER),
    made("group-links-to-its-parent", "/img/ob-small.svg",
         '<header><div class="group"><a href="https://www.otterbrook-group.com/"><img '
         'class="group-logo" src="/img/otterbrook-group-logo.svg" alt="Otterbrook Group logo"></a>'
         '</div><a class="home" href="/"><img src="/img/ob-small.svg" alt=""></a></header>',
         HERO, FOOTER),
    made("campaign-badge-in-a-home-link", "d:M3 2h70",
         '<header><a href="/"><svg viewBox="0 0 120 30" aria-label="Otterbrook"><path '
         'd="M3 2h70v9z"/></svg></a><a href="/?ref=jubilee"><img class="jubilee-logo" '
         'src="/img/jubilee-logo.png" alt="Jubilee"></a></header>', HERO, FOOTER),
    made("picture-inside-a-drawing", "/img/w.png",
         '<header><a href="/"><svg viewBox="0 0 150 40" class="logo"><image xlink:href="/img/w.png" '
         'width="150" height="40"/></svg></a></header>', HERO, PARTNERS, FOOTER),
    made("home-link-with-session", "/img/hd.gif",
         '<div class="kopf"><a href="/index.jsp;jsessionid=8A1?lang=de"><img src="/img/hd.gif" '
         'alt="Otterbrook GmbH"></a></div>', HERO, FOOTER),
    made("hero-in-the-header", "/img/ob.svg",
         '<header><a href="/"><img src="/img/ob.svg" alt=""></a><div class="hero-brand"><img '
         'src="/media/brand-film.jpg" alt="Otterbrook brand film" width="1800" height="800"></div>'
         "</header>", PARTNERS, FOOTER),
    made("press-in-the-header", "/img/ob.svg",
         '<header><a href="/"><img src="/img/ob.svg" alt="Otterbrook"></a><p>As seen in</p><img '
         'src="/press/marlowe-logo.png" alt="Marlowe"><img src="/press/hexford-logo.png" '
         'alt="Hexford"></header>', HERO, FOOTER),
    made("white-only-in-the-header", "/img/otterbrook-white.svg",
         '<header><a href="/"><img src="/img/otterbrook-white.svg" alt="Otterbrook"></a></header>',
         HOSTILE, head=social("/img/summer.jpg")),
    made("mobile-and-desktop", ("/img/ob-desktop.svg", "/img/ob-mobile.svg"),
         '<header><a href="/" class="d-none d-lg-block"><img src="/img/ob-desktop.svg" alt=""></a><a '
         'href="/" class="d-lg-none"><img src="/img/ob-mobile.svg" alt=""></a></header>', HOSTILE),
    made("custom-element", "/img/ob-element.svg",
         '<site-header logo-src="/img/ob-element.svg" home-url="/"></site-header>', HERO, PARTNERS),
    made("animated-data-logo", "/img/still.gif",
         '<header><a href="/" class="logo"><lottie-player src="/a/logo.json"></lottie-player>'
         '<noscript><img src="/img/still.gif" alt="Otterbrook"></noscript></a></header>', HERO,
         FOOTER),
    made("drop-down-of-products", "d:M7 3h58",
         '<header><a href="/"><svg viewBox="0 0 110 28"><path d="M7 3h58v8z"/></svg></a><div '
         'class="dropdown"><a href="/chat"><img src="/p/chat-logo.svg" alt="Otterbrook Chat"></a><a '
         'href="/mail"><img src="/p/mail-logo.svg" alt="Otterbrook Mail"></a><a href="/drive"><img '
         'src="/p/drive-logo.svg" alt="Otterbrook Drive"></a></div></header>', HERO, FOOTER),
    made("two-product-logos-in-main", "d:M7 4h51",
         '<header><a href="/"><svg viewBox="0 0 110 28"><path d="M7 4h51v8z"/></svg></a></header>'
         '<main><a href="/flow/"><img class="logo" src="/p/otterbrook-flow-logo.svg" '
         'alt="Otterbrook Flow logo"></a>', PARTNERS, FOOTER),
)  # fmt: skip
PAGES: Final[tuple[HomePage, ...]] = (*UNCHECKED, *HEADERS)
