"""SVG features of browsers that the renderer lacks: styles, conditions, animations, embedding."""

from base64 import b64encode
from html import escape
from io import BytesIO

import pytest
from PIL import Image

from clustering.lab.bench.svgs import compared
from clustering.pipeline.imaging.css_colours import hex_text, parse_colour
from clustering.pipeline.imaging.css_values import parse_value
from clustering.pipeline.imaging.decoding import sniff
from clustering.pipeline.imaging.sanitising import sanitise
from clustering.pipeline.imaging.svg import render
from clustering.pipeline.imaging.svg_styles import apply_styles
from tests.pipeline.imaging.svg_corpus import corpus
from tests.pipeline.imaging.svg_files import data_uri, svg

RED, BLUE = (221, 51, 51, 255), (34, 85, 204, 255)
FULL = "width='100' height='100'"


def centre(inner: str, attributes: str = "viewBox='0 0 100 100'") -> tuple[int, ...]:
    """Colour of the middle of a rendered SVG."""
    image = render(svg(inner, attributes))
    pixel = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


def test_each_element_keeps_its_own_style() -> None:
    groups = (
        f"<g style='{'opacity:.5;' * (n % 4)}'><rect style='clip-path:url(#a{n})'/></g>"
        for n in range(300)
    )
    root = sanitise(svg("".join(groups)))

    apply_styles(root, (100.0, 100.0))

    found = [one.get("clip-path") for one in root.iter("{*}rect")]
    assert found == [f"url(#a{n})" for n in range(300)]


def test_large_embedded_images_are_drawn_scaled() -> None:
    large = Image.new("RGB", (2400, 2400), "#dd3333")
    file = BytesIO()
    large.save(file, "PNG")

    assert centre(f"<image href='{data_uri('image/png', file.getvalue())}' {FULL}/>") == RED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oklch(62.8% 0.2577 29.23)", "#ff0000"),
        ("lab(54.29% 80.8 69.89)", "#ff0000"),
        ("color(display-p3 1 0 0)", "#ff0000"),
        ("hsl(120deg 60% 40% / 50%)", "rgba(41,163,41,0.5)"),
        ("hwb(0 100% 100%)", "#808080"),
        ("color-mix(in srgb, #f00, #00f)", "#800080"),
        ("color-mix(in srgb, red 25%, blue 25%)", "rgba(128,0,128,0.5)"),
        ("rgb(from #123456 b g r)", "#563412"),
        ("rgb(calc(50 * 2) 0 0)", "#640000"),
        ("RebeccaPurple", "#663399"),
    ],
)
def test_colours_are_converted_to_srgb(text: str, expected: str) -> None:
    colour = parse_colour(parse_value(text)[0])

    assert colour is not None
    assert hex_text(colour) == expected


@pytest.mark.parametrize(
    "text",
    ["oklch()", "color(srgb)", "color(nowhere 1 1 1)", "color-mix(in)", "rgb(from x)", "f()"],
)
def test_malformed_colours_are_unreadable(text: str) -> None:
    assert parse_colour(parse_value(text)[0]) is None


@pytest.mark.parametrize(
    "inner",
    [
        "<g opacity='0'><animate attributeName='opacity' values='0;1' dur='1s' fill='freeze'/>"
        f"<rect {FULL} fill='#d33'/></g>",
        f"<rect {FULL}><set attributeName='fill' to='#d33'/></rect>",
        f"<rect {FULL}><animate attributeName='fill' to='#d33' dur='1s' fill='freeze'/></rect>",
        "<style>@keyframes k{from{fill:#000}to{fill:#d33}}rect{animation:k 1s 1s both}</style>"
        f"<rect {FULL}/>",
        f"<rect {FULL} fill='#d33'><set attributeName='fill' to='#000' begin='click'/></rect>",
        f"<rect {FULL} fill='#d33'><animate attributeName='fill' to='#000' dur='1s'/></rect>",
        f"<rect x='-200' {FULL} fill='#d33'><animateTransform attributeName='transform' "
        "type='translate' to='200' dur='1s' fill='freeze'/></rect>",
    ],
)
def test_animations_are_shown_at_their_end(inner: str) -> None:
    assert centre(inner) == RED


def test_endless_fading_is_shown_when_it_is_opaque() -> None:
    fading = "<animate attributeName='opacity' values='0;1;0' dur='1s' repeatCount='indefinite'/>"

    assert centre(f"<rect {FULL} fill='#d33'>{fading}</rect>") == RED


def test_a_background_of_the_root_covers_the_canvas() -> None:
    assert centre("", "viewBox='0 0 10 10' style='background:#d33'") == RED


@pytest.mark.parametrize("parameters", [";base64", ";charset=utf-8;base64", ""])
def test_an_svg_inside_an_svg_is_drawn(parameters: str) -> None:
    inner = svg(f"<rect {FULL} fill='#2255cc'/>")
    data = b64encode(inner).decode() if parameters else inner.decode().replace("#", "%23")
    uri = f"data:image/svg+xml{parameters},{data}"

    assert centre(f"<image {FULL} href='{escape(uri)}'/>") == BLUE


@pytest.mark.parametrize(
    "inner",
    [
        f"<style>@scope (svg){{rect{{fill:#d33}}}}</style><rect {FULL}/>",
        "<style>@layer x{rect{fill:#d33!important}}rect{fill:#000!important}</style>"
        f"<rect {FULL}/>",
        f"<style>svg{{color:#d33}}</style><rect {FULL} fill='currentcolor'/>",
        f"<style>:root{{color:rgb(221 51 51)}}</style><rect {FULL} fill='currentColor'/>",
        "<rect width='6.25rem' height='6.25rem' fill='#d33'/>",
        "<rect x='-1in' width='60mm' height='90pt' fill='#d33'/>",
        "<path d='M0 50h100' stroke='#d33' stroke-width='1cm'/>",
        "<rect width='51vw' height='calc(100vh - 1px)' style='fill:#d33;y:1vmin'/>",
        "<rect width='calc(60px + 40px)' height='max(10px, 100px)' fill='#d33'/>",
        "<style>svg{background:linear-gradient(90deg, #d33, #d33)}</style>",
        f"<g filter='url(#missing)'><rect {FULL} fill='#d33'/></g>",
        f"<g fill='#d33'><rect {FULL} fill=''/></g>",
        "<rect width=' 100 ' height=' 60%' opacity=' 1 ' fill=' #d33 '/>",
        f"<g fill='#d33'><rect {FULL}/><svg width='0' height='9'><path d='M0 0h99v99H0'/>"
        "</svg></g>",
        f"<foreignObject {FULL}><svg xmlns='http://www.w3.org/2000/svg'>"
        f"<rect {FULL} fill='#d33'/></svg></foreignObject>",
        "<symbol id='s' viewBox='0 0 9 9' width='50' height='50'><rect width='9' height='9'/>"
        f"</symbol><rect {FULL} fill='#d33'/><use href='#s' x='51'/>",
        "<linearGradient id='l' style='transform:rotate(90deg)'><stop offset='.4' "
        "stop-color='#000'/><stop offset='.4' stop-color='#d33'/></linearGradient>"
        "<rect y='-10' width='100' height='120' fill='url(#l)'/>",
        "<circle cx='20' cy='50' r='30' fill='none' stroke='#d33' stroke-width='9' "
        "pathLength='100' stroke-dasharray='10 90' stroke-dashoffset='5'/>",
        "<foreignObject width='100' height='100'><div xmlns='http://www.w3.org/1999/xhtml' "
        "style='background:conic-gradient(#d33,#d33)'/></foreignObject>",
        f"<defs><g id='u'><rect {FULL} fill='var(--c, #000)'/></g></defs>"
        "<use href='#u' style='--c:#d33'/>",
        "<circle r='9' fill='#d33'>"
        "<animateMotion path='M0 0L50 50' fill='freeze' dur='1s'/></circle>",
        "<path d='M0 50h100' stroke='#d33' stroke-width='9' pathLength='1' stroke-dasharray='1'/>",
        f"<style>@namespace s url(http://www.w3.org/2000/svg);s|rect{{fill:#d33}}</style>"
        f"<rect {FULL}/>",
    ],
)
def test_keywords_units_and_grounds_of_browsers_are_resolved(inner: str) -> None:
    assert centre(inner) == RED


@pytest.mark.parametrize(
    "shape",
    [
        "circle(30px at 70px 50%)",
        "ellipse(30% 40% at right center)",
        "inset(10px 10% 0 60px round 5px)",
        "rect(0 auto 90% 60px round 5px)",
        "xywh(60px 0 40% 100%)",
        "circle(closest-side at right 25px bottom 50%)",
        "ellipse(20px farthest-side at top 50px right 25px)",
        "polygon(evenodd, 60px 0, 100% 0, 100% 100%, 60px 100%)",
        'path("M60 0h40v100h-40z")',
    ],
)
def test_css_shapes_clip(shape: str) -> None:
    image = render(svg(f"<rect {FULL} fill='#d33' style='clip-path:{escape(shape)}'/>"))

    assert image.getpixel((image.width // 4, image.height // 2)) == (0, 0, 0, 0)
    assert image.getpixel((image.width * 3 // 4, image.height // 2)) == RED


def test_css_shapes_clip_copies_where_they_are_placed() -> None:
    shape = "clip-path='circle(20px at 25px 50px)'"
    half = "<defs><rect id='r' width='50' height='100' fill='#d33'/></defs>"
    image = render(svg(f"{half}<use href='#r' x='50' {shape}/>"))

    assert image.getpixel((image.width * 3 // 4, image.height // 2)) == RED
    assert image.getpixel((image.width * 3 // 4, 9)) == (0, 0, 0, 0)


@pytest.mark.parametrize("shape", ["path d='M0 3h10'", "rect x='1' y='1' width='9' height='8'"])
def test_strokes_that_do_not_scale_keep_their_width(shape: str) -> None:
    stroke = "fill='none' stroke='#d33' stroke-width='8' vector-effect='non-scaling-stroke'"

    assert centre(f"<g transform='scale(10)'><{shape} {stroke}/></g>") == (0, 0, 0, 0)


def test_an_svg_that_is_sent_as_a_png_is_not_drawn() -> None:
    uri = data_uri("image/png", svg(f"<rect {FULL}/>"))

    assert centre(f"<image {FULL} href='{uri}'/>") == (0, 0, 0, 0)


def test_the_root_is_turned_around_its_middle() -> None:
    half = "<path d='M0 0h100v50H0z' fill='#d33'/>"
    turned = "transform='rotate(90)matrix(1, 0, 0, 1, 0, 0)'"  # as SVG Repo writes
    image = render(svg(half, f"viewBox='0 0 100 100' {turned}"))

    assert image.getpixel((image.width * 3 // 4, image.height * 3 // 4)) == RED
    assert image.getpixel((image.width // 4, image.height // 4)) == (0, 0, 0, 0)


def test_blank_lines_before_the_declaration_are_skipped() -> None:
    file = b"\xef\xbb\xbf\n<?xml version='1.0'?>" + svg(f"<rect {FULL} fill='#d33'/>")

    assert render(file).getpixel((9, 9)) == RED


def test_letters_of_links_are_drawn() -> None:
    linked = svg("<text y='80' font-size='90' fill='#d33'><a href='https://a.de'>M</a></text>")

    assert render(linked).getbbox() is not None


def test_images_may_be_scaled_without_smoothing() -> None:
    two = Image.new("RGB", (2, 1), "#dd3333")
    two.putpixel((1, 0), (0, 0, 0))
    file = BytesIO()
    two.save(file, "PNG")
    uri = data_uri("image/png", file.getvalue())
    image = f"<image href='{uri}' {FULL} preserveAspectRatio='none'/>"

    picture = render(svg(f"<g style='image-rendering:pixelated'>{image}</g>"))

    assert picture.getpixel((picture.width // 2 - 9, 9)) == RED


def test_an_svg_behind_long_comments_is_found() -> None:
    commented = f"<!-- {'x' * 100_000} -->".encode() + svg(f"<rect {FULL} fill='#d33'/>")

    assert sniff(commented).media_type == "image/svg+xml"


def test_entities_may_hold_styles() -> None:
    entities = "".join(f"<!ENTITY st{n} 'fill:#d33;'>" for n in range(60))
    file = f"<!DOCTYPE svg [{entities}]>".encode() + svg(f"<rect style='&st59;' {FULL}/>")

    assert render(file).getpixel((9, 9)) == RED


def test_long_svgs_without_a_size_are_letterboxed() -> None:
    assert render(svg("<path d='M0 0h6000v100H0z'/>", "viewBox='0 0 6000 100'")).size == (512, 256)


@pytest.mark.browser
def test_svgs_look_as_in_chromium(chromium: str) -> None:
    files = corpus()

    found = compared([text.encode() for text in files.values()], chromium)

    assert found.refused == {}
    assert found.median < 0.01
    names = list(files)
    assert {names[n]: value for n, value in found.differences.items() if value > 0.04} == {}
