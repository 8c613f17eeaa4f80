"""Pages after markup that was seen on real sites and answered wrongly, or nearly so."""

from typing import Final

from clustering.lab.evaluation.home_pages import ICON, HomePage, made
from clustering.lab.evaluation.home_pages.parts import (
    DRAWN_WALL,
    FOOTER,
    HERO,
    HOSTILE,
    PARTNERS,
    PRODUCTS,
    UTILITY_WALL,
)

TEXT: Final = '<header><a href="/">Otterbrook</a></header>'
NOT_THE_LOGO: Final = (
    made("close-button-leads-home", ICON, TEXT, HERO, FOOTER,
         '<div class="modal"><a class="close" title="Return to the home page" href="/"><img '
         'src="/i/close-x.png" alt="Close"></a></div>'),
    made("departments-on-subdomains", ICON,
         '<div id="header"><a href="https://donate.otterbrook.com/"><img src="/i/donate.png"></a><a '
         'href="https://tv.otterbrook.com/"><img src="/i/otterbrook_tv.jpg" width="1000"></a></div>',
         HERO, FOOTER),
    made("placeholder-called-logo", ICON,
         '<div id="branding"><a href="/"><img src="/photo/transparent-logo-placeholder_2008.gif" '
         'width="360" height="85" alt="Otterbrook home"></a></div>', HERO, FOOTER),
    made("spacer-in-the-logo-link", ICON,
         '<div id="masthead"><a href="/" id="logoLink"><img src="/media/0809__tspacer.gif"></a></div>',
         HERO, FOOTER),
    made("articles-by-query", ICON, TEXT,
         '<main><a href="?issue=198"><img src="/th/otterbrook-canoe.jpg" alt="Otterbrook canoe"></a>',
         FOOTER, url="https://www.otterbrook.com/news.php?issue=186"),
    made("government-banner", "/themes/seal-name.svg",
         '<section><header class="usa-banner__header"><img class="usa-banner__header-flag" '
         'src="/assets/us_flag_small.png" alt="U.S. flag"></header></section><header '
         'class="usa-header" role="banner"><div class="usa-logo"><em class="usa-logo__text"><a '
         'href="/" title="Home"><img src="/themes/seal-name.svg" alt="OSA"></a></em></div></header>',
         HERO, FOOTER, title="Otter Safety Administration", url="https://www.osa.gov/"),
    made("one-flag-before-a-brand-called-flag", "/content/otterflag-inn.svg",
         '<header><div class="menu"><a href="/es"><img src="/i/es.png" alt="Español"></a></div><a '
         'href="/"><img src="/content/otterflag-inn.svg" alt="Otterflag Inn"></a></header>', HERO,
         FOOTER, title="Otterflag Inn | Rooms", url="https://www.otterflaginn.com/"),
    made("radio-of-the-paper-in-the-header", ICON, TEXT,
         '<div id="headerRight"><a href="/radio/"><img src="/i/player-iconlogo.png" alt="RadioOB '
         'Logo"></a></div>', HERO, FOOTER),
    made("start-button-of-old", "/i/ob_kopf.gif",
         '<table><tr><td><img src="i/ob_kopf.gif" alt="Schreinerei Otterbrook"></td></tr><tr><td><a '
         'href="index.html"><img src="i/nav_start.gif" alt="Start"></a></td></tr></table>',
         title="Schreinerei Otterbrook", url="https://www.schreinerei-otterbrook.de/"),
    made("wave-in-the-header", ICON,
         '<header><svg viewBox="0 0 1440 320"><path d="M0 96h1440v9z"/></svg><p>Otterbrook</p>'
         "</header>", HERO, FOOTER),
)  # fmt: skip
CARRIERS: Final = (
    made("preview-in-src", "/assets/xheader-wide.png.pagespeed.ic.rx7.png",
         '<header><a href="/"><img alt="Otterbrook" src="data:image/jpeg;base64,'
         f'{"/9j/4AAQSkZJRgABAQ" * 40}" pagespeed_high_res_src="/assets/xheader-wide.png.pagespeed.'
         'ic.rx7.png"></a></header>', HOSTILE),
    made("data-attribute-says-logo", "d:M105 14h5",
         '<div class="x1"><header class="x2"><div><span data-uia="card-header+logo"><svg '
         'viewBox="0 0 111 30" class="x3"><path d="M105 14h5v9z"/></svg></span></div><a '
         'href="/login">Sign in</a></header></div>', HERO, DRAWN_WALL, FOOTER),
    made("first-drawing-without-a-link", "d:M9 9h88",
         '<header><span class="x4"><svg viewBox="0 0 101 32"><path d="M9 9h88v5z"/></svg></span>'
         '<button><svg viewBox="0 0 24 24"><path d="M3 5h9"/></svg></button></header>',
         HERO, DRAWN_WALL, FOOTER),
    made("pseudo-element-of-brand", "/tpl/img/otterbrook.png",
         '<div id="top"><div class="brand"><a href="/"></a></div></div>', HERO, FOOTER,
         head="<style>.brand a:before{content:'';background:url(/tpl/img/otterbrook.png) 0 0}"
         ".social a{background:url(/tpl/img/social.png)}</style>"),
    made("declarative-shadow-root", "/brand/lockup.svg",
         '<ob-header><template shadowrootmode="open"><style>:host{display:block}</style><header><a '
         'href="/" part="home"><img src="/brand/lockup.svg" alt="Otterbrook"></a></header></template>'
         "</ob-header>", UTILITY_WALL, HERO, FOOTER),
    made("country-chooser", "/assets/otterbrook-splash.svg",
         '<div class="splash"><img src="/assets/otterbrook-splash.svg" alt="Otterbrook"><ul><li><a '
         'href="/en-us"><img src="/f/us.svg" alt="">United States</a></li><li><a href="/fr-fr"><img '
         'src="/f/fr.svg" alt="">France</a></li></ul></div>'),
    made("two-renditions-by-screen", ("/brand/logo--en.svg", "/brand/logo--mute.svg"),
         '<header><a href="/en" class="logo-link"><picture><source media="(min-width: 996px)" '
         'srcset="/brand/logo--en.svg"><img src="/brand/logo--mute.svg" alt="Otterbrook logo">'
         "</picture></a></header>", HERO, PARTNERS, FOOTER),
    made("wrapper-named-after-its-footer", "/img/word.svg",
         '<div class="page has-sticky-footer"><div class="top"><a href="/"><img src="/img/word.svg" '
         'alt="Otterbrook logo"></a></div>', HOSTILE, "</div>"),
    made("file-name-as-text-without-a-link", "/media/ab~mv2.png/v1/OB_Logo_Final.png",
         '<header id="SITE_HEADER"><div data-testid="image-without-link"><img src="/media/ab~mv2.png'
         '/v1/OB_Logo_Final.png" alt="OB_Logo_Final.png"></div></header>', HERO, FOOTER),
    made("black-and-white-twins", "/brand/otterbrook-black.svg",
         '<header><a href="/"><img class="hidden dark:block" src="/brand/otterbrook-white.svg"><img '
         'class="dark:hidden" src="/brand/otterbrook-black.svg"></a></header>', HOSTILE),
    made("presented-by-a-bank", "/img/run-2025.svg",
         '<header><a href="/"><img src="/img/run-2025.svg" alt="Otterbrook Run"></a>presented by<a '
         'href="https://www.hexbank.com"><img src="/img/hexbank-logo.svg" alt="Hexbank logo"></a>'
         "</header>", PRODUCTS, FOOTER, title="Hexbank Otterbrook Run"),
)  # fmt: skip
PAGES: Final[tuple[HomePage, ...]] = (*NOT_THE_LOGO, *CARRIERS)
