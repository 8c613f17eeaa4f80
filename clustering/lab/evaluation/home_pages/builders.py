"""Pages after the furniture of site builders."""

from typing import Final

from clustering.lab.evaluation.home_pages import ICON, HomePage, made
from clustering.lab.evaluation.home_pages.parts import (
    AGENCY,
    AWARDS,
    CONSENT,
    DRAWN_WALL,
    FOOTER,
    HERO,
    HOSTILE,
    PARTNERS,
    UTILITY_WALL,
    json_ld,
    organisation,
    social,
)

HOME: Final = "https://www.otterbrook.com/"
UPLOADS: Final = "/wp-content/uploads/"
WORDPRESS: Final = (
    made(
        "wordpress-custom-logo",
        UPLOADS + "2023/05/cropped-OB-Final_web-2.png",
        f'<header id="masthead" class="site-header"><div class="site-branding"><a href="{HOME}" '
        'class="custom-logo-link" rel="home" aria-current="page"><img class="custom-logo" '
        f'src="{UPLOADS}2023/05/cropped-OB-Final_web-2.png" alt="Otterbrook"></a></div></header>',
        HOSTILE,
        head=json_ld(organisation(f"{HOME}wp-content/uploads/cropped-icon-512x512.png"))
        + social(f"{UPLOADS}otterbrook-share.jpg"),
    ),
    made(
        "elementor-image-widget",
        UPLOADS + "2022/09/Asset-1.svg",
        f'<div data-elementor-type="header" class="elementor elementor-20 elementor-location-header">'
        f'<div class="elementor-widget elementor-widget-image"><a href="{HOME}"><img '
        f'src="{UPLOADS}2022/09/Asset-1.svg" class="attachment-full size-full wp-image-22" alt="">'
        "</a></div></div>",
        HERO,
        '<div class="elementor-widget-image-carousel"><div class="swiper-wrapper">'
        + "".join(
            f'<div class="swiper-slide"><figure><img class="swiper-slide-image" '
            f'src="{UPLOADS}2022/09/logo-{n}.png" alt="logo-{n}"></figure></div>'
            for n in range(5)
        )
        + "</div></div>",
        AWARDS,
        FOOTER,
        AGENCY,
    ),
    made(
        "elementor-site-logo-sticky-twin",
        UPLOADS + "otterbrook-color.png",
        f'<div data-elementor-type="header"><div class="elementor-widget-theme-site-logo"><a '
        f'href="{HOME}"><img src="{UPLOADS}otterbrook-white.png" alt=""></a></div></div>'
        f'<div class="sticky-header"><a href="{HOME}"><img src="{UPLOADS}otterbrook-color.png" '
        'alt=""></a></div>',
        HOSTILE,
    ),
    made(
        "divi",
        UPLOADS + "2020/01/ob_rgb_quer.png",
        '<header id="main-header"><div class="container et_menu_container"><div '
        f'class="logo_container"><span class="logo_helper"></span><a href="{HOME}"><img '
        f'src="{UPLOADS}2020/01/ob_rgb_quer.png" alt="Otterbrook" id="logo"></a></div></div>'
        "</header>",
        HOSTILE,
        AGENCY,
    ),
    made(
        "avada-three-logos",
        (UPLOADS + "ob-logo.png", UPLOADS + "ob-logo@2x.png", UPLOADS + "ob-sticky.png"),
        f'<div class="fusion-header"><div class="fusion-logo"><a class="fusion-logo-link" '
        f'href="{HOME}"><img src="{UPLOADS}ob-logo.png" srcset="{UPLOADS}ob-logo.png 1x, '
        f'{UPLOADS}ob-logo@2x.png 2x" class="fusion-standard-logo" alt="Otterbrook Logo"><img '
        f'src="{UPLOADS}ob-sticky.png" class="fusion-sticky-logo" alt="Otterbrook Logo"></a></div>'
        "</div>",
        HERO,
        '<ul class="fusion-carousel-holder">'
        + "".join(
            f'<li class="fusion-carousel-item"><a href="{UPLOADS}c{n}.png"><img '
            f'src="{UPLOADS}c{n}-logo.png" alt=""></a></li>'
            for n in range(4)
        )
        + "</ul>",
        FOOTER,
    ),
    made(
        "wp-rocket-lazy",
        UPLOADS + "ob.png",
        f'<header class="site-header"><a href="{HOME}" rel="home"><img class="custom-logo" alt="" '
        "src=\"data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%20"
        f'200%2060\'%3E%3C/svg%3E" data-lazy-src="{UPLOADS}ob.png"><noscript><img '
        f'class="custom-logo" src="{UPLOADS}ob.png"></noscript></a></header>',
        HOSTILE,
    ),
    made(
        "block-theme-without-header",
        UPLOADS + "mark_v3.webp",
        '<div class="wp-site-blocks"><div class="wp-block-template-part"><div '
        f'class="wp-block-site-logo"><a href="{HOME}" rel="home"><img src="{UPLOADS}mark_v3.webp" '
        'alt="" width="64" height="64"></a></div></div>',
        HERO,
        UTILITY_WALL,
        FOOTER,
    ),
    made(
        "yoast-logo-is-person",
        UPLOADS + "ob-dark.svg",
        f'<header><div class="logo"><a href="{HOME}"><img src="{UPLOADS}ob-dark.svg" '
        'alt="Otterbrook"></a></div></header>',
        HOSTILE,
        head=json_ld(
            {
                "@type": ["Person", "Organization"],
                "name": "Ida Holm",
                "url": HOME,
                "logo": {"@id": "#p"},
                "image": {"@id": "#p", "url": f"{UPLOADS}2021/ida-holm.jpg"},
            },
        ),
        title="Otterbrook by Ida Holm",
    ),
)
HOSTED: Final = (
    made(
        "wix-image",
        "https://static.wixstatic.com/media/ab_34~mv2.png/v1/fill/w_147,h_23,al_c/Otter%20wide.png",
        '<header id="SITE_HEADER"><div id="comp-kx1" class="wixui-image"><a data-testid='
        '"linkElement" href="https://www.otterbrook.com" class="j7pOnl"><wow-image id="img_x"><img '
        'src="https://static.wixstatic.com/media/ab_34~mv2.png/v1/fill/w_147,h_23,al_c/'
        'Otter%20wide.png" alt="Otter wide.png" style="width:147px;height:23px"></wow-image></a>'
        "</div></header>",
        '<section class="wixui-section"><div class="wixui-image"><img alt="client1.png" '
        'src="https://static.wixstatic.com/media/ab_99~mv2.png/v1/client1.png"></div></section>',
        HERO,
        FOOTER,
    ),
    made(
        "wix-vector",
        "d:M11 8c22",
        '<header id="SITE_HEADER" class="x1"><div id="comp-l0" class="wixui-vector-image"><a '
        'href="https://www.otterbrook.com" data-testid="linkElement"><div data-testid="svgRoot-comp'
        '-l0"><svg preserveAspectRatio="xMidYMid meet" data-bbox="2 3 190 60" '
        'viewBox="2 3 190 60" height="60" width="190" role="presentation"><g><path '
        'd="M11 8c22 0 1 9 4 5z" fill="#304050"/></g></svg></div></a></div></header>',
        HERO,
        DRAWN_WALL,
        FOOTER,
    ),
    made(
        "squarespace-logo",
        "//images.squarespace-cdn.com/content/v1/5f/e1/IMG_2041.png?format=1500w",
        '<header id="header" class="white header"><div class="header-title-logo"><a href="/" '
        'data-animation-role="header-element"><picture><source media="only screen and (pointer: '
        'coarse) and (max-width: 1024px)" srcset="//images.squarespace-cdn.com/content/v1/5f/e1/'
        'IMG_2041.png?format=1500w"><img elementtiming="nbf-header-logo-desktop" '
        'src="//images.squarespace-cdn.com/content/v1/5f/e1/IMG_2041.png?format=1500w" '
        'alt="Otterbrook" style="display:block"></picture></a></div></header>',
        '<section class="gallery"><img data-src="https://images.squarespace-cdn.com/content/v1/5f/'
        'a/Otterbrook+Team.jpg" alt="Otterbrook team"></section>',
        FOOTER,
        head=social("http://static1.squarespace.com/static/5f/t/6/1/OB+social.png?format=1500w"),
    ),
    made(
        "squarespace-text",
        ICON,
        '<header id="header"><div class="header-title-text"><a id="site-title" href="/">Otterbrook'
        "</a></div></header>",
        '<section><img data-src="//images.squarespace-cdn.com/content/v1/5f/b/as-seen-in-logos.png"'
        ' alt="as seen in logos"></section>',
        HERO,
        FOOTER,
        head=social("http://static1.squarespace.com/static/5f/t/6/1/river.jpg?format=1500w")
        + '<link rel="image_src" href="http://static1.squarespace.com/static/5f/t/6/1/river.jpg">',
    ),
    made(
        "webflow-brand",
        "https://cdn.prod.website-files.com/5f/64b_Frame%20427.svg",
        '<div class="navbar w-nav" role="banner"><div class="container w-container"><a href="/" '
        'aria-current="page" class="brand w-nav-brand w--current"><img src="https://cdn.prod.'
        'website-files.com/5f/64b_Frame%20427.svg" loading="lazy" alt=""></a></div></div>',
        '<div class="logo-strip">'
        + "".join(
            f'<img src="https://cdn.prod.website-files.com/5f/{n}_Logo-{n}.svg" loading="lazy" '
            'alt="" class="logo-strip_image">'
            for n in range(5)
        )
        + "</div>",
        HERO,
        FOOTER,
    ),
    made(
        "webflow-embed",
        "d:M0 4h88",
        '<div class="nav_component w-nav"><a href="/" class="nav_logo-link w-nav-brand"><div '
        'class="nav_logo w-embed"><svg width="100%" height="100%" viewBox="0 0 118 24" '
        'fill="none"><path d="M0 4h88v7z" fill="currentColor"/></svg></div></a><div '
        'class="nav_menu"><div class="dropdown-icon w-embed"><svg viewBox="0 0 16 9"><path '
        'd="M2 2l6 5"/></svg></div></div></div>',
        DRAWN_WALL,
        '<div class="customer-logos"><a href="/customers/hexford"><div class="w-embed"><svg '
        'viewBox="0 0 99 20"><path d="M7 7h7"/></svg></div></a></div>',
        HERO,
        FOOTER,
    ),
    made(
        "framer-template",
        "d:M5 0h71",
        '<div id="main"><div class="framer-Kx1"><nav class="framer-a1 framer-v-b2" data-framer-name='
        '"Desktop"><a class="framer-z9" href="./" data-framer-page-link-current="true"><div '
        'class="framer-1hk" data-framer-component-type="SVG" style="opacity:1"><div class='
        '"svgContainer" style="width:100%;height:100%"><svg style="width:100%;height:100%"><use '
        'href="#svg-77_1024"></use></svg></div></div></a></nav></div></div>',
        '<section class="framer-tick">'
        + "".join(f'<svg style="width:100%"><use href="#svg-{n}_9"></use></svg>' for n in range(4))
        + "</section>",
        HERO,
        FOOTER,
        '<div id="svg-templates" style="position:absolute;overflow:hidden;bottom:0;left:0;width:0;'
        'height:0;z-index:0;contain:strict" aria-hidden="true"><svg viewBox="0 0 96 22" '
        'id="svg-77_1024"><path d="M5 0h71v9z"/></svg>'
        + "".join(
            f'<svg viewBox="0 0 90 20" id="svg-{n}_9"><path d="M{n} 9h9"/></svg>' for n in range(4)
        )
        + "</div>",
        head=social("https://framerusercontent.com/images/aQ1.png"),
    ),
    made(
        "framer-image",
        "https://framerusercontent.com/images/q7Zb.png?scale-down-to=512",
        '<div class="framer-1x" data-framer-name="Navbar"><a class="framer-2y" href="./" '
        'data-framer-name="Logo"><div data-framer-background-image-wrapper="true" style="position:'
        'absolute;inset:0"><img src="https://framerusercontent.com/images/q7Zb.png?scale-down-to='
        '512" alt="" style="width:100%;height:100%"></div></a></div>',
        '<ul class="framer-tick">'
        + "".join(
            '<li><div data-framer-background-image-wrapper="true"><img src="https://'
            f'framerusercontent.com/images/w{n}.png" alt="Client"></div></li>'
            for n in range(6)
        )
        + "</ul>",
        HERO,
        FOOTER,
    ),
    made(
        "hubspot",
        "/hs-fs/hubfs/raw_assets/public/ob-wide.png?width=180&name=ob-wide.png",
        '<header class="header"><span id="hs_cos_wrapper_site_logo" class="hs_cos_wrapper '
        'hs_cos_wrapper_type_logo"><a href="https://www.otterbrook.com?hsLang=en" '
        'class="hs-logo-widget"><img src="/hs-fs/hubfs/raw_assets/public/ob-wide.png?width=180&amp;'
        'name=ob-wide.png" class="hs-image-widget" alt="ob-wide"></a></span></header>',
        PARTNERS,
        '<img src="/hubfs/hubspot-platinum-partner-badge.png" alt="HubSpot platinum partner">',
        HERO,
        FOOTER,
    ),
    made(
        "jimdo",
        "https://image.jimcdn.com/app/cms/image/transf/dimension=320x10000/image/ob.jpg",
        '<div class="jtpl-header"><div id="cc-website-logo" class="cc-single-module-element"><div '
        'class="j-module n j-imageSubtitle"><figure class="cc-imagewrapper"><a '
        'href="https://www.otterbrook.com/"><img src="https://image.jimcdn.com/app/cms/image/'
        'transf/dimension=320x10000/image/ob.jpg" alt="Otterbrook"></a></figure></div></div></div>',
        HERO,
        CONSENT,
        FOOTER,
    ),
    made(
        "godaddy-builder",
        "//img1.wsimg.com/isteam/ip/9f/blob-0001.png/:/rs=h:67,cg:true,m/qt=q:95",
        '<div data-ux="Header" role="main" data-aid="HEADER_WIDGET"><div data-ux="Block" '
        'class="x-el x-el-div"><a rel="" role="link" aria-haspopup="menu" data-ux="Link" '
        'data-page="p1" title="Otterbrook Ltd" href="/" class="x-el x-el-a"><img '
        'src="//img1.wsimg.com/isteam/ip/9f/blob-0001.png/:/rs=h:67,cg:true,m/qt=q:95" '
        'alt="Otterbrook Ltd" data-ux="ImageLogo" data-aid="HEADER_LOGO_IMAGE_RENDERED"></a></div>'
        "</div>",
        HERO,
        FOOTER,
    ),
)
PAGES: Final[tuple[HomePage, ...]] = (*WORDPRESS, *HOSTED)
