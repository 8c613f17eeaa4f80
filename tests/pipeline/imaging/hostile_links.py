"""SVGs with external references (files, devices, hosts) or active content."""

import gzip
from pathlib import Path

from tests.pipeline.imaging.svg_files import HTTP, SHAPE, data_uri, filtered, png_uri, svg

SIZED = "width='100' height='100'"
PAINTED = "<rect width='9' height='9' fill='#ff00fe'/>"


def empty(canary: Path) -> dict[str, bytes]:
    """External references only: nothing may be rendered."""
    return _images(canary) | _links(canary) | _dropped()


def _embedded(inner: bytes) -> bytes:
    return svg(f"<image {SIZED} href='{data_uri('image/svg+xml', inner)}'/>")


def _images(canary: Path) -> dict[str, bytes]:
    targets = {
        "path": str(canary),
        "file": canary.as_uri(),
        "file_in_capitals": canary.as_uri().replace("file", "FILE"),
        "relative": canary.name,
        "parent": f"../{canary.parent.name}/{canary.name}",
        "http": f"{HTTP}/x.png",
        "no_scheme": f"//{HTTP[7:]}/x.png",
        "ftp": f"ftp://{HTTP[7:]}/x.png",
        "share": "\\\\127.0.0.1\\share\\x.png",
        "script": "javascript:alert(1)",
        "device_zero": "/dev/zero",
        "device_random": "file:///dev/urandom",
        "device_of_the_pipe": "/dev/stdin",
        "process": "/proc/self/environ",
        "svg_of_a_file": data_uri("image/svg+xml", svg(f"<image {SIZED} href='{canary}'/>")),
        "svg_of_http": data_uri("image/svg+xml", svg(f"<use href='{HTTP}/x.svg#a'/>")),
        "svg_of_an_svg": data_uri("image/svg+xml", _embedded(_embedded(svg(PAINTED)))),
        "svg_as_png": data_uri("image/png", svg(PAINTED)),
        "svg_in_plain": "data:image/svg+xml;utf8,&lt;svg/&gt;",
        "page": data_uri("text/html", b"<script>alert(1)</script>"),
        "bomb": png_uri(4000, 4000),
        "long_bomb": png_uri(16_385, 100),
        "thin_bomb": png_uri(201, 1),
        "broken": "data:image/png;base64,iVBORw0KGgo=",
        "no_base64": "data:image/png;base64,%%%",
        "eps": "data:image/png;base64,JSFQUw==",
        "nothing": "data:image/png;base64,",
    }
    files = {
        f"image_{name}": svg(f"<image {SIZED} href='{target}'/>")
        for name, target in targets.items()
    }
    return files | {
        "image_xlink": svg(f"<image {SIZED} xlink:href='{canary.as_uri()}'/>"),
        "image_both_links": svg(f"<image {SIZED} href='#a' xlink:href='{canary.as_uri()}'/>"),
        "image_base": svg(
            f"<image {SIZED} href='{canary.name}'/>", f"xml:base='{canary.parent.as_uri()}/'"
        ),
    }


def _links(canary: Path) -> dict[str, bytes]:
    uri = canary.as_uri()
    return {
        "use_file": svg(f"<use href='{uri}#a'/>"),
        "use_path": svg(f"<use href='{canary}#a'/>"),
        "use_http": svg(f"<use xlink:href='{HTTP}/x.svg#a'/>"),
        "use_device": svg("<use href='/dev/zero#a'/>"),
        "fe_image": filtered(f"<feImage href='{uri}'/>"),
        "fe_image_http": filtered(f"<feImage xlink:href='{HTTP}/x.png'/>"),
        "fill_file": svg(f"<rect {SIZED} fill='url({uri})'/>"),
        "fill_http": svg(f"<rect {SIZED} style='fill:url({HTTP}/x.svg#p)'/>"),
        "fill_quoted": svg(f"<rect {SIZED} style='fill:url(\"{uri}#p\")'/>"),
        "stroke_file": svg(f"<path d='M0 0L9 9' fill='none' stroke='url({uri}#p)'/>"),
        "pattern_file": svg(
            f"<pattern id='p' href='{uri}#p' {SIZED}/><rect {SIZED} fill='url(#p)'/>"
        ),
        "text_path_file": svg(f"<text><textPath href='{uri}#a'>Text</textPath></text>"),
        "xinclude": _included(uri),
        "xinclude_http": _included(f"{HTTP}/x.svg"),
        "xinclude_device": _included("/dev/zero"),
        "dtd_file": f"<!DOCTYPE svg SYSTEM '{uri}'>".encode() + svg(""),
        "dtd_http": f"<!DOCTYPE svg SYSTEM '{HTTP}/x.dtd'>".encode() + svg(""),
        "dtd_public": f"<!DOCTYPE svg PUBLIC 'p' '{HTTP}/x.dtd'>".encode() + svg(""),
        "dtd_device": b"<!DOCTYPE svg SYSTEM 'file:///dev/zero'>" + svg(""),
    }


def _included(target: str) -> bytes:
    return svg(f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{target}'/>")


def _dropped() -> dict[str, bytes]:
    """Elements that are not allow-listed."""
    html = "http://www.w3.org/1999/xhtml"
    return {
        "foreign_object": svg("<foreignObject><b>x</b></foreignObject>"),
        "foreign_object_with_shapes": svg(f"<foreignObject>{SHAPE}</foreignObject>"),
        "foreign_namespace": svg(
            "<g xmlns='http://example.org/'><rect width='9' height='9'/></g>"
        ),
        "frame": svg(f"<h:iframe xmlns:h='{html}' src='{HTTP}/x'/>"),
        "video": svg(f"<h:video xmlns:h='{html}' src='{HTTP}/x' autoplay='1'/>"),
        "script": svg("<script>alert(1)</script>"),
        "script_file": svg(f"<script href='{HTTP}/x.js'/>"),
        "script_in_html": svg(f"<h:script xmlns:h='{html}'>alert(1)</h:script>"),
        "shapes_in_a_script": svg(f"<script>{SHAPE}</script>"),
        "turbulence": filtered("<feTurbulence numOctaves='999999' baseFrequency='.1'/>"),
        "morphology": filtered("<feMorphology operator='dilate' radius='99999'/>"),
        "convolve": filtered("<feConvolveMatrix order='999' kernelMatrix='1'/>"),
        "displacement": filtered("<feDisplacementMap scale='1e9' in2='SourceGraphic'/>"),
        "lighting": filtered("<feDiffuseLighting><fePointLight z='1e9'/></feDiffuseLighting>"),
        "paint_of_a_strange_id": svg(
            "<pattern id='a b' width='9' height='9' patternUnits='userSpaceOnUse'>"
            f"{SHAPE}</pattern><rect {SIZED} fill=\"url('#a b')\"/>"
        ),
    }


def harmless(canary: Path) -> dict[str, bytes]:
    """Hostile parts beside a shape that must still be rendered."""
    return _active() | _sheets(canary) | _excessive() | _odd()


def _active() -> dict[str, bytes]:
    return {
        "handlers": svg(f"<g onload='alert(1)' onclick='x()'>{SHAPE}</g>"),
        "handlers_in_capitals": svg(f"<g ONLOAD='alert(1)'>{SHAPE}</g>", "onload='x()'"),
        "script_beside": svg(f"<script>alert(1)</script>{SHAPE}<script href='{HTTP}/x.js'/>"),
        "script_link": svg(f"<a href='javascript:alert(1)'>{SHAPE}</a>"),
        "web_link": svg(f"<a xlink:href='{HTTP}/x'>{SHAPE}</a>"),
        "foreign_object_beside": svg(f"<foreignObject><b>x</b></foreignObject>{SHAPE}"),
        "animation": svg("<rect width='50' height='50'><animate attributeName='x'/></rect>"),
        "animated_link": svg(
            f"<a><set attributeName='href' to='javascript:alert(1)'/>{SHAPE}</a>"
        ),
        "animated_endlessly": svg(
            f"<g><animateTransform repeatCount='indefinite' dur='1ms'/>{SHAPE}</g>"
        ),
    }


def _sheets(canary: Path) -> dict[str, bytes]:
    uri = canary.as_uri()
    return {
        "css_import": svg(f"<style>@import url({uri}); rect{{opacity:1}}</style>{SHAPE}"),
        "css_import_http": svg(f"<style>@import '{HTTP}/x.css';</style>{SHAPE}"),
        "css_import_in_capitals": svg(f"<style>@IMPORT URL({HTTP}/x.css);</style>{SHAPE}"),
        "css_font": svg(f"<style>@font-face{{src:url({uri})}}</style>{SHAPE}"),
        "css_font_http": svg(
            f"<style>@font-face{{font-family:f;src:url('{HTTP}/f')}}</style>{SHAPE}"
        ),
        "css_escapes": svg(f"<style>rect{{fill:\\75rl({uri})}}</style>{SHAPE}"),
        "css_variable": svg(f"<style>rect{{--u:url({uri});fill:var(--u)}}</style>{SHAPE}"),
        "css_image_set": svg(f"<style>rect{{fill:image-set('{uri}' 1x)}}</style>{SHAPE}"),
        "css_background": svg(f"<style>svg{{background:url({uri})}}</style>{SHAPE}"),
        "css_quoted": svg(f"<style>rect{{fill:url('{uri}')}}</style>{SHAPE}"),
        "css_keyframes": svg(
            f"<style>@keyframes k{{to{{fill:url({uri})}}}}rect{{animation:k 1s both}}</style>"
            + SHAPE
        ),
        "css_cyclic_variables": svg(
            f"<style>rect{{--a:var(--b);--b:var(--a);fill:var(--a,#123456)}}</style>{SHAPE}"
        ),
        "css_nested_rules": svg(f"<style>{'rect{&amp;{' * 500}fill:red</style>{SHAPE}"),
        "css_nested_functions": svg(f"<style>rect{{x:{'calc(' * 5_000}1</style>{SHAPE}"),
        "css_nested_variables": svg(f"<style>rect{{fill:{'var(--a,' * 5_000}red</style>{SHAPE}"),
        "css_nested_selectors": svg(f"<style>{':not(' * 5_000}g{{fill:red}}</style>{SHAPE}"),
        "css_nested_colours": svg(
            f"<style>rect{{fill:{'color-mix(in srgb,red,' * 900}red</style>{SHAPE}"
        ),
        "css_parentheses": svg(f"<style>{'(' * 50_000}</style>{SHAPE}"),
        "css_parentheses_in_a_value": svg(f"<style>rect{{fill:{'(' * 50_000}</style>{SHAPE}"),
        "css_unclosed": svg("<style>" + "url(" * 50_000 + "</style>" + SHAPE),
        "css_no_braces": svg("<style>" + "@font-face" * 20_000 + "</style>" + SHAPE),
        "css_in_cdata": svg(f"<style><![CDATA[@import url({uri});]]></style>{SHAPE}"),
        "stylesheet": f"<?xml-stylesheet href='{HTTP}/x.css'?>".encode() + svg(SHAPE),
        "stylesheet_file": f"<?xml-stylesheet href='{uri}' type='text/xsl'?>".encode()
        + svg(SHAPE),
        "mask_file": svg(f"<g mask='url({uri}#m)' clip-path='url({HTTP}/x#c)'>{SHAPE}</g>"),
        "filter_http": svg(f"<g style='filter:url({HTTP}/x#f)'>{SHAPE}</g>"),
        "cursor_http": svg(f"<g style='cursor:url({HTTP}/x.cur)'>{SHAPE}</g>"),
    }


def _excessive() -> dict[str, bytes]:
    blurred = "<rect x='70' width='9' height='9' filter='url(#f)'/>"
    return {
        "size_1e5": svg(SHAPE, "width='100000' height='100000' viewBox='0 0 100 100'"),
        "size_unreadable": svg(SHAPE, "width='NaN' height='banana' viewBox='0 0 100 100'"),
        "size_tiny": svg(SHAPE, "width='1e-5' height='1e-5' viewBox='0 0 100 100'"),
        "blur_1e9": svg(
            f"<filter id='f'><feGaussianBlur stdDeviation='1e9'/></filter>{SHAPE}{blurred}"
        ),
        "blur_nan": svg(
            f"<filter id='f'><feGaussianBlur stdDeviation='x'/></filter>{SHAPE}{blurred}"
        ),
        "blur_of_a_huge_region": svg(
            "<filter id='f' x='-1e9' y='-1e9' width='1e10' height='1e10'>"
            f"<feGaussianBlur stdDeviation='9'/></filter>{SHAPE}{blurred}"
        ),
        "dashes": svg(f"{SHAPE}<path stroke='red' stroke-dasharray='1e-7' d='M0 0H99'/>"),
        "dashes_of_a_long_way": svg(
            f"{SHAPE}<path stroke='red' stroke-dasharray='.1' d='M0 0H1e9'/>"
        ),
        "dashes_of_nothing": svg(
            f"{SHAPE}<path stroke='red' stroke-dasharray='0 0' d='M0 0H99'/>"
        ),
        "dashes_of_no_number": svg(
            f"{SHAPE}<path stroke='red' stroke-dasharray='NaN -1 inf' d='M0 0H99'/>"
        ),
        "no_numbers": svg(
            f"{SHAPE}<path stroke='red' stroke-width='NaN' d='MNaN 0LINF 3'/>"
            "<circle r='-5' cx='inf'/><rect width='nan' height='1e999'/>"
        ),
        "stroke_1e9": svg(f"<g stroke-width='1e9'>{SHAPE}</g>"),
        "transforms": svg(f"<g transform='{'rotate(1)' * 36_000}'>{SHAPE}</g>"),
        "long_path": svg(f"<path d='M0 0{'L50 9L9 50' * 60_000}'/>"),
        "long_attribute": svg(f"<rect width='60' height='40' data-x='{'x' * 900_000}'/>"),
        "long_comment": svg(f"<!--{'x' * 900_000}-->{SHAPE}"),
        "many_classes": svg(f"<g class='{'a ' * 400_000}'>{SHAPE}</g>"),
        "context_paint": svg(
            f"{SHAPE}<marker id='m'><rect width='9' height='9' fill='context-stroke'/></marker>"
            "<path d='M0 0L9 9L0 9' marker-mid='url(#m)' style='fill:context-fill'/>"
        ),
    }


def _odd() -> dict[str, bytes]:
    text = svg(SHAPE).decode()
    names = ("svg", "xlink", "sfw", "ai", "vars", "graphs", "imrep", "custom", "flows")
    entities = "".join(f"<!ENTITY ns_{name} 'http://www.w3.org/2000/svg'>" for name in names)
    return {
        "utf16": ("<?xml version='1.0' encoding='UTF-16'?>" + text).encode("utf-16"),
        "utf16_big_endian": b"\xfe\xff" + text.encode("utf-16-be"),
        "utf16_little_endian": b"\xff\xfe" + text.encode("utf-16-le"),
        "utf8_with_mark": b"\xef\xbb\xbf" + svg(SHAPE),
        "latin1": "<?xml version='1.0' encoding='ISO-8859-1'?><!-- é -->".encode("latin-1")
        + svg(SHAPE),
        "svgz": gzip.compress(svg(SHAPE)),
        "svgz_with_a_name": gzip.compress(svg(SHAPE), mtime=1) + gzip.compress(b"\n"),
        "adobe_entities": f"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x.dtd' [{entities}]>"
        f"<svg xmlns='&ns_svg;' xmlns:x='&ns_ai;' viewBox='0 0 100 100'>{SHAPE}</svg>".encode(),
        "adobe_extras": svg(
            f"<i:pgf xmlns:i='http://ns.adobe.com/AdobeIllustrator/10.0/'>{'x' * 500_000}</i:pgf>"
            f"<switch>{SHAPE}</switch>"
        ),
        "metadata": svg(f"<metadata><x:r xmlns:x='x'><x:d/></x:r></metadata>{SHAPE}"),
        "from_a_page": b"<svg viewbox='0 0 100 100'><use xlink:href='#a'/><g id='a'>"
        + SHAPE.encode()
        + b"</g></svg>",
        "prefixed": b"<s:svg xmlns:s='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>"
        b"<s:rect width='5' height='5'/></s:svg>",
        "leading_space": b"\n  <?xml version='1.0'?>" + svg(SHAPE),
        "svg_in_svg": svg("<svg viewBox='0 0 9 9' width='99' height='99'>" + SHAPE + "</svg>"),
        "sixty_svgs_in_svg": svg("<svg>" * 60 + SHAPE + "</svg>" * 60),
        "doubled_ids": svg(f"<g id='a'/><g id='a'>{SHAPE}</g><use href='#a'/>"),
        "image_inside": svg(f"{SHAPE}<image width='9' height='9' href='{png_uri(8, 8)}'/>"),
    }


def costly() -> dict[str, bytes]:
    """Cheap operations in large numbers, which only the process limits stop."""
    return {
        "selectors_of_many_ancestors": svg(
            f"<style>x {'g ' * 20}rect{{fill:red}}</style>"
            + "<g>" * 60
            + "<rect width='9' height='9'/>" * 900
            + "</g>" * 60
        ),
        "dash_bomb": svg("<path stroke='red' stroke-dasharray='1e-4' d='M0 0H99'/>" * 2000),
        "layers": svg("<g style='opacity:.5'><rect width='90' height='90'/></g>" * 9_990),
        "blends": svg(
            "<g style='mix-blend-mode:multiply'><rect width='99' height='9'/></g>" * 9_990
        ),
        "blur_functions": svg(
            "<rect width='90' height='90' style='filter:" + "blur(9px) " * 9000 + "'/>"
        ),
        "large_shapes": svg("<circle r='90' stroke='red' stroke-width='90'/>" * 19_000),
        "letters": svg("<text>" + "<tspan>W</tspan>" * 19_000 + "</text>"),
        "tile_of_1e10_pixels": svg(
            "<pattern id='p' width='9' height='9' patternUnits='userSpaceOnUse' "
            f"patternTransform='scale(1e5)'>{SHAPE}</pattern><rect {SIZED} fill='url(#p)'/>"
        ),
        "mask_of_1e20_pixels": svg(
            "<mask id='m' x='-1e9' y='-1e9' width='1e10' height='1e10' "
            f"maskUnits='userSpaceOnUse'>{SHAPE}</mask><rect {SIZED} mask='url(#m)'/>"
        ),
        "path_to_1e30": svg(f"<path stroke='red' d='M0 0{'L1e30 9L-1e30 5' * 3000}'/>"),
        "arcs_of_1e9": svg(f"<path stroke='red' d='M0 0{'A1e9 1e9 0 1 1 1e9 0' * 4000}'/>"),
        "shadow_1e30_away": filtered("<feDropShadow stdDeviation='1e9' dx='1e30'/>" * 20),
    }
