"""SVGs made by rules: one or two features of browsers each, on the same two shapes."""

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from itertools import combinations

CIRCLE = "<circle cx='28' cy='30' r='22' {}/>"
PATH = "<path d='M55 55 75 5 95 55z' {}/>"

# By feature: an SVG's style sheet, the attributes of both shapes, and what stands before them.
COLOURS = {
    "hex4": "#d33f",
    "rgb_modern": "rgb(220 40 50 / 80%)",
    "rgb_percent": "rgb(80% 20% 20%)",
    "hsl_modern": "hsl(120deg 60% 40%)",
    "hsl_turn": "hsl(0.6turn 70% 45% / .9)",
    "hwb": "hwb(200 20% 30%)",
    "lab": "lab(50% 40 59.5)",
    "lch": "lch(52.2% 72.2 50)",
    "oklab": "oklab(59% 0.1 0.1)",
    "oklch": "oklch(45% 0.25 264)",
    "p3": "color(display-p3 .82 .2 .2)",
    "linear": "color(srgb-linear .5 .1 .05)",
    "a98": "color(a98-rgb .2 .6 .3)",
    "rec2020": "color(rec2020 .2 .5 .3)",
    "prophoto": "color(prophoto-rgb .4 .3 .6)",
    "xyz": "color(xyz .2 .15 .5)",
    "mix_srgb": "color-mix(in srgb, #d33 30%, #25c)",
    "mix_oklab": "color-mix(in oklab, #d33, #25c 25%)",
    "mix_oklch": "color-mix(in oklch, #d33, #2c5)",
    "mix_hsl": "color-mix(in hsl longer hue, #d33, #2c5)",
    "relative": "oklch(from #d33 calc(l * .8) c h)",
    "relative_rgb": "rgb(from #25c r g b / 60%)",
    "light_dark": "light-dark(#d33, #fff)",
    "calc": "rgb(calc(2 * 100) 40 50)",
    "system": "LinkText",
    "current": "currentColor",
}
SHEETS = {
    "root_variable": (":root{--c:#d33}.a{fill:var(--c)}", "class='a'"),
    "nested_variable": (":root{--c:var(--d, #25c)}.a{fill:var(--e, var(--c))}", "class='a'"),
    "cyclic_variable": (":root{--c:var(--d);--d:var(--c)}.a{fill:var(--c, #2a5)}", "class='a'"),
    "registered_variable": (
        "@property --c{syntax:'<color>';inherits:true;initial-value:#a3c}.a{fill:var(--c)}",
        "class='a'",
    ),
    "root_selector": (":root{fill:#d33}", ""),
    "dark_query": (".a{fill:#d33}@media (prefers-color-scheme:dark){.a{fill:#fff}}", "class='a'"),
    "light_query": ("@media (prefers-color-scheme:light){.a{fill:#d33}}", "class='a'"),
    "print_query": (".a{fill:#d33}@media print{.a{fill:#000}}", "class='a'"),
    "width_query": ("@media (min-width:10px) and (width >= 20px){.a{fill:#d33}}", "class='a'"),
    "not_query": ("@media not print{.a{fill:#2a5}}", "class='a'"),
    "supports": (".a{fill:#d33}@supports (color:oklch(0% 0 0)){.a{fill:#25c}}", "class='a'"),
    "supports_not": ("@supports not (fill:red){.a{fill:#25c}}.a{stroke:#2a5}", "class='a'"),
    "layers": ("@layer a,b;@layer b{.a{fill:#d33}}@layer a{.a{fill:#25c}}", "class='a'"),
    "nesting": ("svg{& .a{fill:#d33;&:nth-child(3){fill:#25c}}}", "class='a'"),
    "attribute": ("circle[r='22']{fill:#d33}path[d^='M55']{fill:#25c}", ""),
    "nth_child": ("path:nth-child(3){fill:#25c}circle:nth-of-type(1){fill:#d33}", ""),
    "sibling": ("circle + path{fill:#25c}circle ~ path{stroke:#d33}", ""),
    "is_where_not": (":is(circle,rect){fill:#d33}:not(circle):where(path){fill:#25c}", ""),
    "escape": (".md\\:b{fill:#25c;font-family:'\\5FAE'}", "class='md:b'"),
    "important": (".a{fill:#d33 !important}.a{fill:#25c}", "class='a' style='fill:#000'"),
    "specificity": ("svg .a{fill:#d33}.a{fill:#25c}path{fill:#000}", "class='a'"),
    "unreadable": (".a{fill:#d33;fill:nonsense(1);fill:url(nowhere.svg#a) #2a5}", "class='a'"),
    "unknown_selector": (".a{fill:#d33}.a,::unknown(x){fill:#000}", "class='a'"),
    "keyframes": ("@keyframes k{to{fill:#25c}}.a{animation:k 1ms forwards}", "class='a'"),
    "geometry": ("circle{r:12px;cx:40px}", "fill='#d33'"),
    "calc_geometry": ("circle{r:calc(10px + 10%);cx:min(40%,80px)}", "fill='#d33'"),
    "unknown_function": (".a{fill:#d33;fill:device-cmyk(0 1 1 0)}", "class='a'"),
    "path_in_css": ("path{d:path('M60 50 80 10 90 50z')}", "fill='#25c'"),
    "inherit": ("g,svg{fill:#2a5}.a{fill:inherit;stroke:initial}", "class='a'"),
    "unset": (".a{fill:unset;stroke:#d33}", "class='a' fill='#25c'"),
    "comments": ("/*.a{*/.a/**/{fill/**/:/**/#d33/**/}/*", "class='a'"),
    "opacity_percent": (".a{fill:#d33;opacity:50%;fill-opacity:.5}", "class='a'"),
    "display": ("circle{display:none}path{fill:#25c}", ""),
}
STYLES = {
    "rotate": "fill:#d33;transform:rotate(10deg)",
    "translate_px": "fill:#d33;transform:translate(5px, -3px)",
    "translate_calc": "fill:#d33;transform:translate(calc(10px + 5%), calc(-1 * 5px))",
    "translate_percent": "fill:#d33;transform:translateX(5%)",
    "translate_box": "fill:#d33;transform-box:fill-box;transform:translate(10%, 10%)",
    "origin": "fill:#25c;transform-origin:50px 30px;transform:scale(.8)",
    "origin_box": "fill:#25c;transform-box:fill-box;transform-origin:center;rotate:45deg",
    "origin_keywords": "fill:#25c;transform-box:fill-box;transform-origin:right bottom;scale:.5",
    "single": "fill:#2a5;translate:4px 2px;rotate:5deg;scale:.9",
    "skew": "fill:#2a5;transform:skewX(10deg) matrix(1,0,0,1,2,2)",
    "variable": "--x:#d33;fill:var(--x)",
    "fallback": "fill:#d33;fill:color(display-p3 .82 .2 .2)",
    "stroke": "fill:none;stroke:#25c;stroke-width:calc(1px + 2px);stroke-dasharray:6px 3px",
    "blend": "fill:#d33;mix-blend-mode:multiply;isolation:isolate",
    "no_display": "fill:#d33;visibility:visible",
}
FRAMES = {
    "background": ("style='background:#142'", "{}"),
    "background_colour": ("style='background-color:oklch(80% .1 200)'", "{}"),
    "switch": (
        "",
        "<switch><g systemLanguage='fr'><rect width='9' height='9'/></g><g>{}</g></switch>",
    ),
    "switch_en": ("", "<switch><g systemLanguage='en'>{}</g><g/></switch>"),
    "language": ("", "{}<rect width='50' height='9' systemLanguage='de'/>"),
    "title": ("", "<title>A</title><desc>b</desc>{}"),
    "view": ("", "<svg x='10' width='50' height='30' viewBox='0 0 100 60'>{}</svg>"),
    "group_variable": ("", "<g style='--c:#25c' fill='var(--c)'>{}</g>"),
    "symbol": (
        "",
        "<symbol id='s' viewBox='0 0 100 60'>{}</symbol><use href='#s' width='80' height='48'/>",
    ),
    "set": ("", "<g fill='#000'>{}<set attributeName='fill' to='#d33'/></g>"),
    "gradient": (
        "",
        "<linearGradient id='l'><stop stop-color='oklch(60% .2 30)'/>"
        "<stop offset='1' style='stop-color:var(--z, hsl(220deg 80% 50%))'/></linearGradient>"
        "<g fill='url(\"#l\")'>{}</g>",
    ),
    "size": ("width='100' height='60'", "{}"),
    "background_gradient": ("style='background:linear-gradient(to right,#d33,#25c 80%)'", "{}"),
    "conic": (
        "",
        "<clipPath id='c'>{}</clipPath><g clip-path='url(#c)'><foreignObject width='100' "
        "height='60'><div xmlns='http://www.w3.org/1999/xhtml' style='height:100%;background:"
        "conic-gradient(from 90deg,#d33 0deg,#25c 180deg,#d33 360deg)'/></foreignObject></g>",
    ),
    "radial": (
        "",
        "<foreignObject width='100' height='60'><div xmlns='http://www.w3.org/1999/xhtml' style='"
        "height:60px;background:radial-gradient(circle at 30% 50%,#d33,#25c)'/></foreignObject>{}",
    ),
    "context_paint": (
        "",
        "<marker id='m' refX='2' refY='2' markerWidth='4' markerHeight='4'><circle cx='2' cy='2' "
        "r='2' style='fill:context-stroke'/></marker><path d='M20 50 80 10' stroke='#25c' "
        "stroke-width='6' marker-start='url(#m)' style='marker-end:url(#m)'/>{}",
    ),
    "equal_ids": (
        "",
        "<linearGradient id='l'><stop stop-color='#d33'/></linearGradient>"
        "<linearGradient id='l'><stop stop-color='#25c'/></linearGradient>"
        "<g fill='url(#l)'>{}</g>",
    ),
    "strange_ids": (
        "",
        "<linearGradient id='ä (1) b'><stop stop-color='#d33'/></linearGradient>"
        "<g fill='url(&quot;#%C3%A4 (1) b&quot;)'>{}</g>",
    ),
    "lost_reference": ("", "<g fill='url(https://example.com/a.svg#b) #2a5'>{}</g>"),
    "other_prefix": (
        "xmlns:n='http://www.w3.org/1999/xlink'",
        "<g id='a'>{}</g><use n:href='#a' y='5' fill='#25c'/>",
    ),
    "outline": (
        "",
        "<filter id='f'><feMorphology operator='dilate' radius='1'/></filter>"
        "<g filter='url(#f)'>{}</g>",
    ),
    "letters": (
        "",
        "<text x='5' y='50' font-size='40' font-weight='bold' style='text-transform:uppercase' "
        "font-family='DejaVu Sans' fill='#d33'>ab</text>",
    ),
    "style_media": ("", "<style media='(max-width:9px)'>*{{fill:#25c}}</style>{}"),
}
INNER = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'>"
    "<circle cx='20' cy='20' r='18' fill='oklch(60% .2 30)'/></svg>"
)
EMBEDDED = {
    "base64": "data:image/svg+xml;base64," + b64encode(INNER.encode()).decode(),
    "parameters": "data:image/svg+xml;charset=utf-8;base64," + b64encode(INNER.encode()).decode(),
    "percent": "data:image/svg+xml,"
    + INNER.replace("%", "%25").replace("#", "%23").replace("<", "%3C").replace("'", "%27"),
}


def corpus() -> dict[str, str]:
    """Return about 100 SVGs by name."""
    made = dict(_single())
    made |= {f"{one}+{other}": text for (one, other), text in _pairs()}
    return made


def document(sheet: str = "", attributes: str = "", frame: tuple[str, str] = ("", "{}")) -> str:
    """Return an SVG of the two shapes."""
    shapes = CIRCLE.format(attributes) + PATH.format(attributes)
    style = f"<style>{escape(sheet)}</style>" if sheet else ""
    return (
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' "
        f"viewBox='0 0 100 60' {frame[0]}>{style}{frame[1].format(shapes)}</svg>"
    )


def _single() -> Iterator[tuple[str, str]]:
    for name, colour in COLOURS.items():
        yield f"colour_{name}", document("", f'fill="{colour}"')
    for name, (sheet, attributes) in SHEETS.items():
        yield f"sheet_{name}", document(sheet, attributes)
    for name, style in STYLES.items():
        yield f"style_{name}", document("", f'style="{style}"')
    for name, frame in FRAMES.items():
        yield f"frame_{name}", document("", "", frame)
    for name, uri in EMBEDDED.items():
        image = f'<image width="50" height="50" x="5" y="5" href="{uri}"/>'
        yield f"embedded_{name}", document("", "", ("", image + "{}"))


def _pairs() -> Iterator[tuple[tuple[str, str], str]]:
    """Neighbours of each table, so that every feature is in at least one pair."""
    colours, sheets, frames = list(COLOURS), list(SHEETS), list(FRAMES)
    for at, (one, other) in enumerate(combinations(sheets[::3], 2)):
        if at % 3:
            continue
        sheet = SHEETS[one][0] + SHEETS[other][0].replace("#25c", COLOURS[colours[at % 25]])
        yield (one, other), document(sheet, SHEETS[one][1], FRAMES[frames[at % len(frames)]])
