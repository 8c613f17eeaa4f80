"""Pages after frameworks and content management systems, in several scripts."""

from typing import Final

from clustering.lab.evaluation.home_pages import HomePage, made
from clustering.lab.evaluation.home_pages.parts import (
    AGENCY,
    APP_BADGES,
    AWARDS,
    DRAWN_WALL,
    FLAGS,
    FOOTER,
    HERO,
    HOSTILE,
    LINKED_WALL,
    MENU_ICONS,
    PARTNERS,
    SOCIAL,
    STORIES,
    SUB_BRANDS,
    UTILITY_WALL,
    json_ld,
    organisation,
    social,
)

FRAMEWORKS: Final = (
    made(
        "next-image-placeholder",
        "/_next/image?url=%2F_next%2Fstatic%2Fmedia%2Fmark.4f0a.png&w=384&q=75",
        '<header class="Header_root__3xK"><a href="/"><span style="box-sizing:border-box"><img '
        'alt="" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"'
        ' decoding="async" data-nimg="intrinsic"><noscript><img alt="" src="/_next/image?url=%2F_'
        'next%2Fstatic%2Fmedia%2Fmark.4f0a.png&amp;w=384&amp;q=75"></noscript></span></a></header>',
        HOSTILE,
    ),
    made(
        "next-utility-classes",
        "/_next/image?url=%2Fbrand.svg&w=256&q=75",
        '<div class="sticky top-0 z-50 w-full border-b backdrop-blur"><div class="container flex '
        'h-14"><a class="mr-6 flex" href="/"><img alt="Otterbrook" width="120" height="28" '
        'data-nimg="1" srcset="/_next/image?url=%2Fbrand.svg&amp;w=128&amp;q=75 1x, /_next/image?'
        'url=%2Fbrand.svg&amp;w=256&amp;q=75 2x" src="/_next/image?url=%2Fbrand.svg&amp;w=256&amp;'
        'q=75"></a></div></div>',
        UTILITY_WALL,
        DRAWN_WALL,
        HERO,
        FOOTER,
    ),
    made(
        "next-drawn-word-mark",
        "d:M9 1h66",
        '<div class="fixed inset-x-0 top-0"><nav><a aria-label="Otterbrook home page" href="/">'
        '<svg viewBox="0 0 132 28" fill="none"><path d="M9 1h66v7z" fill="#111"/></svg></a><a '
        'href="https://github.com/otterbrook"><svg viewBox="0 0 24 24"><title>GitHub</title><path '
        'd="M12 0a1"/></svg></a></nav></div>',
        DRAWN_WALL,
        STORIES,
        HERO,
        FOOTER,
        head=social("https://www.otterbrook.com/opengraph-image.png?a1"),
    ),
    made(
        "dark-mode-twins",
        ("/brand/logo-light.svg", "/brand/otter-logo-light.svg"),
        '<header><a href="/" class="flex"><img class="block dark:hidden h-8" '
        'src="/brand/logo-light.svg" alt="Otterbrook"><img class="hidden dark:block h-8" '
        'src="/brand/logo-dark.svg" alt="Otterbrook"></a></header>',
        UTILITY_WALL,
        HERO,
        FOOTER,
    ),
    made(
        "docs-theme-twins",
        "/img/ob-light-mode.svg",
        '<nav class="navbar navbar--fixed-top"><a class="navbar__brand" href="/"><div '
        'class="navbar__logo"><img src="/img/ob-light-mode.svg" alt="" class="themedComponent_m '
        'themedComponent--light_N"><img src="/img/ob-dark-mode.svg" alt="" class="themedComponent_m '
        'themedComponent--dark_x"></div></a></nav>',
        HERO,
        FOOTER,
    ),
    made(
        "nuxt-image",
        "/_ipx/h_40/brand/ob.svg",
        '<div id="__nuxt"><header class="app-header"><a href="/" class="router-link-active '
        'router-link-exact-active"><img onerror="this.setAttribute(\'data-error\', 1)" alt="" '
        'data-nuxt-img height="40" src="/_ipx/h_40/brand/ob.svg"></a></header>',
        HOSTILE,
        "</div>",
    ),
    made(
        "nuxt-sprite",
        "/_nuxt/sprite.8f.svg#i-brand",
        '<div id="__nuxt"><header><a href="/" class="nuxt-link-exact-active"><svg class="brand">'
        f'<use href="/_nuxt/sprite.8f.svg#i-brand"></use></svg></a>{MENU_ICONS}<a href="/de"><svg>'
        '<use href="/_nuxt/sprite.8f.svg#i-flag-de"></use></svg></a></header>',
        HERO,
        FOOTER,
        "</div>",
        files={
            "/_nuxt/sprite.8f.svg": '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="i-brand" '
            'viewBox="0 0 90 30"><path d="M0 0h90v9H40v21z"/></symbol></svg>'
        },
    ),
    made(
        "gatsby-image",
        "/static/a9/ob-wide.png",
        '<div id="___gatsby"><header><a aria-current="page" href="/"><div '
        'data-gatsby-image-wrapper="" class="gatsby-image-wrapper"><img aria-hidden="true" '
        'data-placeholder-image="" src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABQAAAAF" '
        'alt=""><img data-gatsby-image-ssr="" data-main-image="" style="opacity:0" decoding="async" '
        'data-src="/static/a9/ob-wide.png" data-srcset="/static/a9/ob-wide.png 1x" alt=""></div></a>'
        "</header>",
        HOSTILE,
        "</div>",
    ),
    made(
        "angular-universal",
        "/assets/images/otterbrook_logo.svg",
        '<app-root><app-header><mat-toolbar class="mat-toolbar"><a routerlink="/" href="/"><img '
        'ngsrc="/assets/images/otterbrook_logo.svg" src="/assets/images/otterbrook_logo.svg" '
        'alt="logo"></a></mat-toolbar></app-header>',
        PARTNERS,
        HERO,
        FOOTER,
        "</app-root>",
    ),
)
SYSTEMS: Final = (
    made(
        "typo3-bootstrap-package",
        "/fileadmin/user_upload/OB_2x.png",
        '<header id="page-header" class="bp-page-header navbar"><div class="container"><a '
        'class="navbar-brand navbar-brand-image" title="Otterbrook" href="/"><img '
        'class="navbar-brand-logo-normal" src="/fileadmin/user_upload/OB_2x.png" alt="Otterbrook" '
        'height="52" width="180"><img class="navbar-brand-logo-inverted" '
        'src="/fileadmin/user_upload/OB_inverted.png" alt="Otterbrook"></a></div></header>',
        '<div class="frame"><h2>Unsere Partner</h2>'
        + "".join(
            f'<figure class="image"><img src="/fileadmin/_processed_/csm_Logo_{n}.png" '
            f'alt="Logo {n}"></figure>'
            for n in range(4)
        )
        + "</div>",
        HERO,
        FOOTER,
        AGENCY,
    ),
    made(
        "typo3-town",
        "/typo3temp/csm_Wappen_0fa.png",
        '<div class="header"><div class="wappen"><a href="/startseite/" title="Zur Startseite"><img '
        'src="/typo3temp/csm_Wappen_0fa.png" alt="Wappen der Gemeinde Otterbrook"></a></div><a '
        'href="https://www.landkreis-marlowe.de/"><img src="/fileadmin/landkreis_logo.png" '
        'alt="Landkreis Marlowe"></a></div>',
        HERO,
        FLAGS,
        FOOTER,
        title="Gemeinde Otterbrook - Startseite",
        url="https://www.otterbrook.de/",
    ),
    made(
        "drupal-branding-block",
        "/themes/custom/ob/logo.svg",
        '<header role="banner"><div id="block-ob-branding"><a href="/" rel="home" '
        'class="site-branding__logo"><img src="/themes/custom/ob/logo.svg" alt="Home"></a></div>'
        "</header>",
        HOSTILE,
    ),
    made(
        "drupal-institute-of-a-university",
        "/sites/default/files/crest-institute.png",
        '<div class="region region-header"><a href="https://www.brightwater.edu/" class="uni"><img '
        'src="/profiles/uni/brightwater-logo.svg" alt="Brightwater University logo"></a><a href="/" '
        'title="Home"><img src="/sites/default/files/crest-institute.png" alt="Home"></a></div>',
        HERO,
        FOOTER,
        title="Home | Otterbrook Institute of Hydrology",
        url="https://otterbrook.brightwater.edu/",
    ),
    made(
        "joomla",
        "/images/site/ob-horizontal.png",
        '<header id="t4-header"><div class="navbar-brand logo-image logo-image-sm"><a '
        'href="https://www.otterbrook.com/" title="Otterbrook"><img class="logo-img" '
        'src="/images/site/ob-horizontal.png" alt="Otterbrook"><img class="logo-img-sm d-sm-none" '
        'src="/images/site/ob-small.png" alt="Otterbrook"></a></div></header>',
        HOSTILE,
    ),
    made(
        "sitecore-with-tagline",
        "/-/media/ob/brandmark.ashx?h=60&w=220",
        '<header class="c-header"><div class="c-header__utility"><a href="/careers"><img '
        'src="/-/media/ob/great-place.ashx" alt="Great place to work"></a></div><a '
        'class="c-header__home" href="/en-gb/"><img src="/-/media/ob/brandmark.ashx?h=60&amp;w=220" '
        'alt="Otterbrook. Quiet brooks."></a></header>',
        SUB_BRANDS,
        HERO,
        FOOTER,
    ),
    made(
        "aem-components",
        "/content/dam/ob/logos/OB_Logo_RGB.svg",
        '<div class="experiencefragment"><div class="cmp-image logo" data-asset='
        '"/content/dam/ob/logos/OB_Logo_RGB.svg"><a class="cmp-image__link" href="/content/ob/us/en'
        '.html"><img src="/content/dam/ob/logos/OB_Logo_RGB.svg" class="cmp-image__image" '
        'alt="Otterbrook"></a></div></div>',
        SUB_BRANDS,
        STORIES,
        HERO,
        FOOTER,
    ),
)
SCRIPTS: Final = (
    made(
        "japanese-company",
        "/assets/img/common/h_id.svg",
        '<header class="l-header"><h1 class="l-header__id"><a href="/"><img '
        'src="/assets/img/common/h_id.svg" alt="株式会社月野屋"></a></h1><p class="tel"><img '
        'src="/assets/img/common/h_tel.png" alt="お電話 0120"></p></header>',
        '<ul class="bnr"><li><a href="/recruit/"><img src="/assets/img/top/bnr_recruit.jpg" '
        'alt="採用情報"></a></li><li><a href="https://www.fernhill.co.jp"><img '
        'src="/assets/img/top/bnr_fernhill.png" alt="ファーンヒル"></a></li></ul>',
        HERO,
        FOOTER,
        title="株式会社月野屋",
        url="https://www.tsukinoya.co.jp/",
    ),
    made(
        "japanese-old",
        "/images/h_ttl.gif",
        '<div id="hd"><p class="siteid"><a href="index.html"><img src="images/h_ttl.gif" '
        'alt="月野屋" width="220" height="60"></a></p><ul id="gnav"><li><a href="/"><img '
        'src="images/gnav_home.gif" alt="ホーム"></a></li><li><a href="/shop/"><img '
        'src="images/gnav_shop.gif" alt="店舗"></a></li></ul></div>',
        HERO,
        FOOTER,
        title="月野屋 和菓子",
        url="http://www.tsukinoya.jp/",
    ),
    made(
        "chinese-company",
        "/upload/image/202005/a1.png",
        '<div class="top"><div class="w1200"><a href="/" title="水獭科技官网首页"><img '
        'src="/upload/image/202005/a1.png"></a><div class="tel"><img src="/img/tel.png"></div></div>'
        '</div><div class="nav"><a href="/">网站首页</a></div>',
        '<div class="honor"><img src="/upload/zs1.jpg" alt="荣誉资质"><img src="/upload/zs2.jpg" '
        'alt="荣誉资质"></div><div class="hezuo"><img src="/upload/logo1.png"><img '
        'src="/upload/logo2.png"><img src="/upload/logo3.png"></div><div class="ewm"><img '
        'src="/upload/weixin.jpg" alt="微信公众号"></div>',
        title="水獭科技有限公司",
        url="https://www.shuita.com.cn/",
    ),
    made(
        "korean-portal",
        "/images/common/h1_mark.png",
        '<div id="header"><h1 class="gnb_ci"><a href="/main/main.do"><img '
        'src="/images/common/h1_mark.png" alt="수달전자"></a></h1><div class="util"><a href="/eng/">'
        '<img src="/images/common/eng.gif" alt="English"></a></div></div>',
        '<div class="family_site"><img src="/images/f1_logo.png" alt="가족회사"><img '
        'src="/images/f2_logo.png" alt="가족회사2"><img src="/images/f3_logo.png" alt="f3"></div>',
        HERO,
        FOOTER,
        title="수달전자",
        url="https://www.sudal.co.kr/",
    ),
    made(
        "arabic-right-to-left",
        "/media/1001/قضاعة.svg",
        '<header dir="rtl"><a href="/ar" class="home"><img src="/media/1001/قضاعة.svg" '
        'alt="الصفحة الرئيسية"></a></header>',
        '<section><h2>شركاؤنا</h2><img src="/media/p1.png" alt="شعار شركة"><img '
        'src="/media/p2.png" alt="شعار شركة"><img src="/media/p3.png" alt="شعار شركة"></section>',
        HERO,
        FOOTER,
        title="قضاعة للقوارب",
        url="https://www.qudaa.sa/",
    ),
    made(
        "hebrew",
        "/uploads/top1.png",
        '<div id="header"><a href="/he"><img alt="לוגו החברה" src="/uploads/top1.png"></a></div>',
        "<section><h2>הלקוחות שלנו</h2>"
        + "".join(
            f'<div><img src="/uploads/c{n}.png" alt="לוגו לקוח {n}"></div>' for n in range(4)
        )
        + "</section>",
        HERO,
        FOOTER,
        title="לוטרה",
        url="https://www.lutra.co.il/",
    ),
    made(
        "russian-shop",
        "/upload/CMax/0f3/vydra-new.png",
        '<div class="header-wrap"><div class="logo-block"><div class="logo"><a href="/"><img '
        'src="/upload/CMax/0f3/vydra-new.png" alt="Выдра - лодки" title="Выдра"></a></div></div>'
        "</div>",
        '<div class="brands-list"><a href="/brands/f/"><img src="/upload/b/f.png" alt="Фернхилл"></a>'
        '<a href="/brands/m/"><img src="/upload/b/m.png" alt="Марлоу"></a></div>',
        '<section>Наши партнёры<img src="/i/p1-logo.png" alt="Логотип"><img src="/i/p2-logo.png" '
        'alt="Логотип"></section>',
        FOOTER,
        title="Выдра - лодки",
        url="https://vydra-lodki.ru/",
    ),
    made(
        "ukrainian-alt-only",
        "/img/5c1d.png",
        '<div class="shapka"><a href="/uk/"><img src="/img/5c1d.png" alt="Логотип"></a><a '
        'href="/ru/">RU</a></div>',
        HERO,
        APP_BADGES,
        FOOTER,
        title="Видра",
        url="https://vydra.com.ua/",
    ),
    made(
        "greek",
        "/images/enydris.png",
        '<div class="kefalida"><a href="/" title="Αρχική"><img src="/images/enydris.png" '
        'alt="Ενυδρίς"></a></div>',
        LINKED_WALL,
        HERO,
        FOOTER,
        title="Ενυδρίς",
        url="https://enydris.gr/",
    ),
    made(
        "thai",
        "/themes/otter/img/main.png",
        '<div id="wrapper"><div id="hdr"><a href="https://nakthai.co.th/"><img alt="โลโก้" '
        'src="/themes/otter/img/main.png"></a></div>',
        SOCIAL,
        AWARDS,
        HERO,
        FOOTER,
        "</div>",
        title="นาก",
        url="https://nakthai.co.th/",
    ),
    made(
        "german-authority",
        "d:M3 3v40",
        '<div class="meta-nav"><a href="https://www.bund.de/"><img src="/img/bund-logo.svg" '
        'alt="Logo der Bundesregierung"></a></div><header><a href="/DE/Home/home_node.html" '
        'class="c-logo" title="Zur Startseite"><svg viewBox="0 0 210 90" role="img" '
        'aria-label="Wasseramt"><path d="M3 3v40h9z"/></svg></a></header>',
        HERO,
        FOOTER,
        title="Wasseramt - Startseite",
        url="https://www.wasseramt.de/DE/Home/home_node.html",
        head=json_ld(organisation("/SiteGlobals/Frontend/Images/favicon.png", name="Wasseramt")),
    ),
)
PAGES: Final[tuple[HomePage, ...]] = (*FRAMEWORKS, *SYSTEMS, *SCRIPTS)
