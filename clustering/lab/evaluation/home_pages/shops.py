"""Pages after the furniture of shop systems."""

from typing import Final

from clustering.lab.evaluation.home_pages import ICON, HomePage, made
from clustering.lab.evaluation.home_pages.parts import (
    DRAWN_WALL,
    FLAGS,
    FOOTER,
    HERO,
    LINKED_WALL,
    MENU_ICONS,
    PAYMENTS,
    PRODUCTS,
    json_ld,
    organisation,
    social,
)

HOME: Final = "https://www.otterbrook.com/"
SHOP: Final = "//www.otterbrook.com/cdn/shop/files/"
PAGES: Final[tuple[HomePage, ...]] = (
    made(
        "shopify-dawn",
        SHOP + "Otter_Main_a1b2.png?v=16&width=600",
        '<div class="announcement-bar"><p>Free shipping</p></div><header class="header '
        f'header--top-left">{MENU_ICONS}<h1 class="header__heading"><a href="/" '
        'class="header__heading-link link link--text"><div class="header__heading-logo-wrapper">'
        f'<img src="{SHOP}Otter_Main_a1b2.png?v=16&amp;width=600" alt="Otterbrook" '
        'class="header__heading-logo motion-reduce" width="90" height="30"></div></a></h1></header>',
        HERO,
        PRODUCTS,
        LINKED_WALL,
        FOOTER,
        head=json_ld(organisation("https:" + SHOP + "social_1200x628.jpg")),
    ),
    made(
        "shopify-text-only",
        ICON,
        f'<header class="header">{MENU_ICONS}<a href="/" class="header__heading-link"><span '
        'class="h2">Otterbrook</span></a></header>',
        HERO,
        '<div class="logo-list">'
        + "".join(
            f'<div class="logo-list__item"><img src="{SHOP}press_{n}.png" alt="As seen in"></div>'
            for n in range(4)
        )
        + "</div>",
        PRODUCTS,
        FOOTER,
        head=social("http:" + SHOP + "Otterbrook_summer.jpg?v=1"),
    ),
    made(
        "shopify-transparent-twin",
        SHOP + "OB_2024.png",
        '<header class="Header"><div class="Header__LogoWrapper"><a href="/" '
        f'class="Header__LogoLink"><img class="Header__LogoImage Header__LogoImage--transparent" '
        f'src="{SHOP}OB_2024_white.png" alt="Otterbrook"><img class="Header__LogoImage '
        f'Header__LogoImage--primary" src="{SHOP}OB_2024.png" alt="Otterbrook"></a></div></header>',
        PRODUCTS,
        FOOTER,
    ),
    made(
        "shopify-press-first",
        SHOP + "wordmark_black.svg",
        '<section class="press-bar"><a href="/blogs/press"><img class="press__logo" '
        f'src="{SHOP}quillon_logo.png" alt="Quillon logo"></a><a href="/blogs/press"><img '
        f'class="press__logo" src="{SHOP}hexford_logo.png" alt="Hexford logo"></a></section>'
        f'<header><a href="/"><img src="{SHOP}wordmark_black.svg" alt="Otterbrook"></a></header>',
        PRODUCTS,
        FOOTER,
    ),
    made(
        "magento-luma",
        "/static/version17/frontend/OB/default/en_US/images/logo.svg",
        f'<header class="page-header">{FLAGS}<a class="logo" href="{HOME}" title="" '
        'aria-label="store logo"><img src="/static/version17/frontend/OB/default/en_US/images/'
        'logo.svg" title="" alt="" width="170"></a></header>',
        '<div class="brand-slider">'
        + "".join(
            f'<a href="/brands/{n}.html"><img src="/media/brand/{n}.jpg" alt="Brand {n}"></a>'
            for n in range(5)
        )
        + "</div>",
        PRODUCTS,
        FOOTER,
    ),
    made(
        "magento-hyva",
        "d:M2 3h77",
        f'<header id="header" class="relative z-30"><div class="order-1">{MENU_ICONS}</div><a '
        f'class="flex items-center" href="{HOME}" aria-label="Go to Home page"><svg '
        'viewBox="0 0 180 40" width="180"><path d="M2 3h77v9z"/></svg></a></header>',
        PRODUCTS,
        DRAWN_WALL,
        FOOTER,
    ),
    made(
        "prestashop",
        "/img/otterbrook-logo-1591.jpg",
        f'<header id="header"><div class="header-top"><div id="_desktop_logo"><h1><a href="{HOME}">'
        '<img class="logo img-fluid" src="/img/otterbrook-logo-1591.jpg" alt="Otterbrook" '
        'width="250" height="70"></a></h1></div></div></header>',
        PRODUCTS,
        '<div class="manufacturers">'
        + "".join(
            f'<a href="/brand/{n}"><img src="/img/m/{n}.jpg" alt="Maker {n}"></a>'
            for n in range(4)
        )
        + "</div>",
        FOOTER,
    ),
    made(
        "shopware",
        "/media/a1/2b/Wort-Bild-Marke-2021.svg",
        '<header class="header-main"><div class="col-12 header-logo-col"><div '
        'class="header-logo-main"><a class="header-logo-main-link" href="/" title="Zur Startseite '
        'gehen"><picture class="header-logo-picture"><source media="(max-width: 767px)" '
        'srcset="/media/a1/2b/Bildmarke.svg"><img src="/media/a1/2b/Wort-Bild-Marke-2021.svg" '
        'alt="Zur Startseite gehen" class="img-fluid header-logo-main-img"></picture></a></div>'
        "</div></header>",
        PRODUCTS,
        '<div class="trust"><img src="/img/trusted-shops-siegel.svg" alt="Trusted Shops"></div>',
        PAYMENTS,
        FOOTER,
    ),
    made(
        "bigcommerce",
        "https://cdn11.bigcommerce.com/s-x/images/stencil/250x100/ob-2_1699.original.png",
        '<header class="header" role="banner"><a href="#" class="mobileMenu-toggle"></a><div '
        'class="header-logo header-logo--center"><a href="https://www.otterbrook.com/" '
        'class="header-logo__link"><div class="header-logo-image-container"><img '
        'class="header-logo-image" src="https://cdn11.bigcommerce.com/s-x/images/stencil/250x100/'
        'ob-2_1699.original.png" alt="Otterbrook" title="Otterbrook"></div></a></div></header>',
        '<div class="brands"><img src="/b/1-logo.png" alt="Marlowe"><img src="/b/2-logo.png" '
        'alt="Hexford"><img src="/b/3-logo.png" alt="Quillon"></div>',
        FOOTER,
    ),
)
