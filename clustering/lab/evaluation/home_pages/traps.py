"""Pages whose logo, or another image, is easily mistaken."""

from typing import Final

from clustering.lab.evaluation.home_pages import ICON, HomePage, made
from clustering.lab.evaluation.home_pages.parts import (
    AGENCY,
    APP_BADGES,
    AWARDS,
    CONSENT,
    DRAWN_WALL,
    FLAGS,
    FOOTER,
    HERO,
    HOSTILE,
    MENU_ICONS,
    OTHERS,
    PARTNERS,
    PRODUCTS,
    SUB_BRANDS,
    json_ld,
    organisation,
    social,
)

OWN: Final = (
    '<header class="site-header"><a href="/" class="logo"><img src="{}" alt=""></a></header>'
)
TEXT: Final = '<header><a href="/">Otterbrook</a></header>'
SHEET: Final = '<link rel="stylesheet" href="/css/main.css">'


def _painted(name: str, css: str, right: str, mark: str, **files: str) -> HomePage:
    head = SHEET if css else ""
    sheets = {"/css/main.css": css} | {f"/css/{one}.css": text for one, text in files.items()}
    return made(name, right, f"<header>{mark}</header>", HERO, PARTNERS, FOOTER, head=head,
                files=sheets)  # fmt: skip


PAINTED: Final = (
    _painted(
        "css-background",
        ".header__logo a{background:url(../img/ob.svg) no-repeat;text-indent:-999px}"
        ".partner-logo{background:url(/img/p.svg)}",
        "/img/ob.svg",
        '<div class="header__logo"><a href="/">Otterbrook</a></div>',
    ),
    _painted(
        "css-mask",
        ".brand-mark{display:block;background:currentColor;-webkit-mask:url(/img/wordmark.svg) "
        "no-repeat;mask:url(/img/wordmark.svg) no-repeat}",
        "/img/wordmark.svg",
        '<a class="brand-mark" href="/" aria-label="Otterbrook"></a>',
    ),
    _painted(
        "css-before",
        "#branding a:before{content:url('/img/ob-logo.svg')}.x:before{content:url(/img/x.svg)}",
        "/img/ob-logo.svg",
        '<div id="branding"><a href="/"></a></div>',
    ),
    _painted(
        "css-image-set",
        ".nav-logo{background-image:-webkit-image-set(url(/img/l-1x.png) 1x,url(/img/l-2x.png) 2x);"
        "background-image:image-set(url(/img/l-1x.png) 1x,url(/img/l-2x.png) 2x)}",
        "/img/l-1x.png",
        '<a class="nav-logo" href="/"><span class="sr-only">Otterbrook</span></a>',
    ),
    _painted(
        "css-import",
        "@import url(/css/header.css);body{margin:0}",
        "/img/head-logo.png",
        '<a class="top-logo" href="/"></a>',
        header=".top-logo{background:url(/img/head-logo.png)}",
    ),
    _painted(
        "css-dark-variant",
        ".site-logo{background-image:url(/img/ob-ink.svg)}"
        "@media (prefers-color-scheme:dark){.site-logo{background-image:url(/img/ob-paper.svg)}}",
        "/img/ob-ink.svg",
        '<a class="site-logo" href="/"></a>',
    ),
    _painted(
        "css-sprite-sheet",
        ".logo,.cart,.search{background:url(/img/sprite-2x.png)}.logo{background-position:0 -80px}",
        ICON,
        '<a class="logo" href="/"></a><a class="cart" href="/cart"></a>',
    ),
    made(
        "style-attribute",
        "/uploads/ob-emblem.png",
        '<header><a href="/" class="emblem"><div role="img" aria-label="Otterbrook logo" '
        'style="background-image:url(&quot;/uploads/ob-emblem.png&quot;)"></div></a></header>',
        HOSTILE,
    ),
)
DECLARED: Final = (
    made(
        "declared-banner-drawn-header",
        "d:M8 8h44",
        '<header><a href="/" aria-label="Home"><svg viewBox="0 0 140 30"><path d="M8 8h44v9z"/>'
        "</svg></a></header>",
        HOSTILE,
        head=json_ld(organisation("/assets/otterbrook-1200x630.png"))
        + social("/assets/otterbrook-1200x630.png"),
    ),
    made(
        "declared-logo-is-photograph",
        "/img/ob.svg",
        OWN.format("/img/ob.svg"),
        HOSTILE,
        head=json_ld(organisation("/media/2021/team-at-the-river.jpg")),
        files={"/media/2021/team-at-the-river.jpg": "photograph 1600x900"},
    ),
    made(
        "declared-logo-file-is-a-banner",
        "/img/ob.svg",
        OWN.format("/img/ob.svg"),
        HOSTILE,
        head=json_ld(organisation("/media/2021/ob.png")),
        files={"/media/2021/ob.png": "photograph 1200x630"},
    ),
    made(
        "declared-logo-missing",
        "/img/ob.svg",
        OWN.format("/img/ob.svg"),
        HOSTILE,
        head=json_ld(organisation("/media/gone.png")),
        files={"/media/gone.png": "missing"},
    ),
    made(
        "declared-right-logo",
        ("/media/ob-logo-600.png", "d:M4 4h61"),
        '<header><a href="/"><svg viewBox="0 0 120 30"><path d="M4 4h61v8z"/></svg></a></header>',
        HOSTILE,
        head=json_ld(organisation("/media/ob-logo-600.png")),
    ),
    made(
        "declared-by-reviews-and-products",
        ICON,
        TEXT,
        PRODUCTS,
        FOOTER,
        head=json_ld(
            {"@type": "Product", "name": "Canoe", "brand": {"@type": "Brand", "name": "Fernhill",
             "logo": "/brands/fernhill-logo.png"}},
            {"@type": "Review", "publisher": {"@type": "Organization", "name": "Marlowe",
             "logo": {"@type": "ImageObject", "url": "/press/marlowe.png"}}},
        ),
    ),
    made(
        "declared-parent-company",
        "/img/ob.svg",
        OWN.format("/img/ob.svg"),
        HERO,
        FOOTER,
        head=json_ld(
            organisation("https://www.fernhill.com/fernhill-logo.png", name="Fernhill Group",
                         url="https://www.fernhill.com/"),
        ),
    ),
    made(
        "og-image-is-the-logo",
        "/img/otterbrook-logo-square.png",
        TEXT,
        HERO,
        FOOTER,
        head=social("/img/otterbrook-logo-square.png"),
    ),
    made("og-image-is-a-photograph", ICON, TEXT, HERO, FOOTER, head=social("/img/river.jpg")),
    made(
        "og-image-of-logo-design",
        ICON,
        TEXT,
        HERO,
        PARTNERS,
        FOOTER,
        head=social("/blog/how-we-chose-our-new-logo-and-what-it-means.jpg"),
    ),
)  # fmt: skip
OTHER_NAMES: Final = (
    made(
        "flags-before-the-logo",
        "/img/otter.png",
        f'<header>{FLAGS}<a href="/en/"><img src="/img/otter.png" alt="Otterbrook"></a></header>',
        HERO,
        FOOTER,
    ),
    made(
        "country-pages-as-flags",
        "d:M1 9h50v9",
        '<header><a href="/"><svg viewBox="0 0 150 40"><path d="M1 9h50v9z"/></svg></a><div '
        'class="countries">'
        + "".join(
            f'<a href="/{one}"><img src="/f/{one}.png" alt="{one}"></a>'
            for one in ("us", "uk", "ca", "au")
        )
        + "</div></header>",
        HERO,
        FOOTER,
    ),
    made(
        "brand-switch-in-the-header",
        "/brands/otterbrook.svg",
        '<header><ul class="brand-switch"><li><a href="https://www.fernhill.com/"><img '
        'src="/brands/fernhill.svg" alt="Fernhill logo"></a></li><li><a href="https://www.otterbrook'
        '.com/"><img src="/brands/otterbrook.svg" alt="Otterbrook logo"></a></li><li><a '
        'href="https://www.marlowe.com/"><img src="/brands/marlowe.svg" alt="Marlowe logo"></a></li>'
        "</ul></header>",
        PRODUCTS,
        FOOTER,
    ),
    made(
        "mega-menu-of-sub-brands",
        "/img/ob-mark.svg",
        f'<header>{SUB_BRANDS}<a href="/" class="site-id"><img src="/img/ob-mark.svg" alt=""></a>'
        "</header>",
        HERO,
        FOOTER,
    ),
    made(
        "sponsor-left-of-the-logo",
        "/i/club.png",
        '<div class="header"><img src="/i/sponsor_fernhill_logo.png" alt="Fernhill"><a '
        'href="/index.php"><img src="/i/club.png" alt="RC Otterbrook"></a><img '
        'src="/i/marlowe_logo.png" alt="Marlowe"></div>',
        HERO,
        FOOTER,
        title="RC Otterbrook e.V.",
        url="https://www.rc-otterbrook.de/",
    ),
    made(
        "certificate-in-the-header",
        "/g/ob_4c.png",
        '<header><img src="/g/iso-certified-logo.png" alt="ISO 9001 logo"><a href="/"><img '
        'src="/g/ob_4c.png" alt="Otterbrook"></a></header>',
        HERO,
        AWARDS,
        FOOTER,
    ),
    made(
        "anniversary-badge-beside",
        "/img/otterbrook-wordmark.svg",
        '<header><a href="/"><img src="/img/otterbrook-wordmark.svg" alt="Otterbrook"><img '
        'src="/img/50-years.svg" alt="50 years"></a></header>',
        HERO,
        FOOTER,
    ),
    made(
        "reseller-of-a-brand",
        "/img/haus.png",
        '<div class="topbar"><a href="/"><img src="/img/haus.png" alt="Autohaus Otterbrook"></a><div '
        'class="marken"><img src="/img/fernhill-logo.svg" alt="Fernhill"><img '
        'src="/img/hexford-logo.svg" alt="Hexford"></div></div>',
        HERO,
        FOOTER,
        title="Autohaus Otterbrook",
        url="https://www.autohaus-otterbrook.de/",
    ),
    made(
        "wall-before-the-header",
        "/img/own.svg",
        '<div class="portfolio-bar">'
        + "".join(f'<img src="/p/{one.lower()}-logo.png" alt="{one}">' for one in OTHERS)
        + '</div><div class="top"><a href="/"><img src="/img/own.svg" alt=""></a></div>',
        HERO,
        FOOTER,
    ),
    made(
        "only-others-have-pictures",
        ICON,
        TEXT,
        PARTNERS,
        DRAWN_WALL,
        APP_BADGES,
        CONSENT,
        AGENCY,
        FOOTER,
    ),
    made(
        "theme-maker-in-the-footer",
        ICON,
        TEXT,
        HERO,
        '</main><footer><a href="https://www.hexford.com/"><img class="logo" '
        'src="/themes/hexford/logo.png" alt="Hexford themes"></a></footer>',
    ),
    made(
        "own-logo-in-the-footer",
        "/img/otterbrook-color.svg",
        TEXT,
        HERO,
        PARTNERS,
        '</main><footer><a href="/"><img src="/img/otterbrook-color.svg" alt="Otterbrook"></a>'
        "</footer>",
    ),
    made(
        "author-pictures",
        "/img/ob-journal.svg",
        '<header><a href="/"><img src="/img/ob-journal.svg" alt="Journal"></a></header>',
        '<article><header><img class="author-logo" src="/a/otterbrook-team.png" '
        'alt="Otterbrook logo"><h2>News</h2></header></article>',
        FOOTER,
    ),
)
FORMS: Final = (
    made(
        "symbol-sprite",
        "d:M2 2h95",
        '<svg style="display:none"><symbol id="x-twitter" viewBox="0 0 24 24"><path d="M1 1z"/>'
        '</symbol><symbol id="ob-logo" viewBox="0 0 99 24"><path d="M2 2h95v9z"/></symbol></svg>'
        f'<header><a href="/"><svg><use xlink:href="#ob-logo"></use></svg></a>{MENU_ICONS}<a '
        'href="https://x.com/ob"><svg><use xlink:href="#x-twitter"></use></svg></a></header>',
        HOSTILE,
    ),
    made(
        "picture-for-screens",
        "/img/wide.svg",
        '<header><a href="/"><picture><source srcset="/img/wide-dark.svg" '
        'media="(prefers-color-scheme: dark)"><img src="/img/wide.svg" alt="Otterbrook"></picture>'
        "</a></header>",
        HOSTILE,
    ),
    made(
        "object-and-embed",
        "/img/ob.svg",
        '<header><a href="/"><object type="image/svg+xml" data="/img/ob.svg"></object></a></header>',
        HOSTILE,
    ),
    made(
        "white-header-dark-footer",
        "/img/otterbrook-logo.svg",
        '<header><a href="/"><img src="/img/otterbrook-logo-white.svg" alt="Otterbrook logo"></a>'
        "</header>",
        HERO,
        '</main><footer><img src="/img/otterbrook-logo.svg" alt="Otterbrook logo"></footer>',
    ),
    made(
        "tables-of-old",
        "/images/top_01.jpg",
        '<table><tr><td><img src="images/top_01.jpg" alt="Otterbrook Canoes Ltd" width="300" '
        'height="90"></td><td><a href="/"><img src="images/home_btn.gif" alt="Home"></a><a '
        'href="/about.htm"><img src="images/about_btn.gif" alt="About"></a></td></tr></table>',
        HERO,
        title="Otterbrook Canoes Ltd",
    ),
    made(
        "header-picture-of-old",
        "/images/header.gif",
        '<div id="top"><a href="/"><img src="/images/header.gif" alt="Otterbrook" width="420" '
        'height="110"></a></div>',
        HERO,
        PARTNERS,
    ),
    made(
        "house-and-word",
        ICON,
        '<header><a href="/" aria-label="Home"><svg viewBox="0 0 24 24" width="24"><path '
        'd="M3 12l9-9 9 9"/></svg></a><a href="/">Otterbrook</a></header>',
        HERO,
        FOOTER,
    ),
    made(
        "placeholder-picture",
        ICON,
        '<header><a href="/" class="logo"><img src="/img/logo.png" alt="Otterbrook"></a></header>',
        HERO,
        files={"/img/logo.png": "blank 200x60"},
    ),
    made(
        "logo-in-a-button",
        "d:M6 6h80",
        '<header><button class="home-button" onclick="location=\'/\'" aria-label="Otterbrook"><svg '
        'viewBox="0 0 120 30" class="logo"><path d="M6 6h80v7z"/></svg></button></header>',
        HERO,
        DRAWN_WALL,
        FOOTER,
    ),
    made(
        "one-page-anchors",
        "/img/n.png",
        '<nav class="navbar"><a class="navbar-brand" href="#page-top"><img src="/img/n.png" '
        'alt="..."></a></nav>',
        '<section id="clients">'
        + "".join(f'<img class="img-responsive" src="/img/l/{n}.jpg" alt="">' for n in range(5))
        + "</section>",
        HERO,
        FOOTER,
    ),
)
PAGES: Final[tuple[HomePage, ...]] = (*PAINTED, *DECLARED, *OTHER_NAMES, *FORMS)
