"""Hostile SVG files of every class, made here; outcome "ok" may be drawn, "refused" may not."""

import gzip
from base64 import b64encode
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image

CANARY = (255, 0, 254)
SHAPE = "<rect width='60' height='40' fill='#123456'/>"
XLINK = "xmlns:xlink='http://www.w3.org/1999/xlink'"


def svg(inner: str, attributes: str = "viewBox='0 0 100 100'") -> bytes:
    return f"<svg xmlns='http://www.w3.org/2000/svg' {XLINK} {attributes}>{inner}</svg>".encode()


def nest(kind: str, levels: int, n_uses: int) -> bytes:
    """``levels`` definitions, each of which draws the one before ``n_uses`` times."""
    definitions = [f"<{kind} id='d0' width='9' height='9'>{SHAPE}</{kind}>"]
    for level in range(1, levels):
        inside = _uses(kind, f"d{level - 1}", n_uses)
        definitions.append(f"<{kind} id='d{level}' width='9' height='9'>{inside}</{kind}>")
    return svg(f"<defs>{''.join(definitions)}</defs>" + _uses(kind, f"d{levels - 1}", 1))


def styled_nest(levels: int) -> bytes:
    """A nest of patterns whose references stand in a style sheet."""
    rules = "".join(f".c{n}{{fill:url(#p{n})}}" for n in range(levels + 1))
    patterns = "".join(
        f"<pattern id='p{n}' width='1' height='1'>" + f"<g class='c{n - 1}'/>" * 10 + "</pattern>"
        for n in range(1, levels + 1)
    )
    return svg(f"<style>{rules}</style>{patterns}<rect class='c{levels}'/>")


def _uses(kind: str, name: str, n_uses: int) -> str:
    by = {"mask": "mask", "pattern": "fill", "clipPath": "clip-path", "marker": "marker-mid"}
    if kind == "g":
        return f"<use href='#{name}'/>" * n_uses
    if kind == "marker":
        return f"<path d='M0 0L1 1L2 2' marker-mid='url(#{name})'/>" * n_uses
    return f"<rect width='9' height='9' {by[kind]}='url(#{name})'/>" * n_uses


def filtered(steps: str) -> bytes:
    return svg(f"<filter id='f'>{steps}</filter><rect width='9' height='9' filter='url(#f)'/>")


@cache
def png_uri(width: int, height: int) -> str:
    file = BytesIO()
    Image.new("RGB", (width, height), (0, 128, 0)).save(file, "PNG")
    return "data:image/png;base64," + b64encode(file.getvalue()).decode()


def refused() -> dict[str, bytes]:
    """Files that must end as ``bad_image``."""
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 9))
    quadratic = f"<!DOCTYPE svg [<!ENTITY a '{'a' * 10_000}'>]>".encode()
    many_entities = "".join(f"<!ENTITY e{n} 'x'>" for n in range(21))
    expansion = f"<!DOCTYPE svg [<!ENTITY a '{'a' * 256}'>]>".encode()
    steps = "<feGaussianBlur stdDeviation='1'/>" * 26
    return {
        "billion_laughs": f"<!DOCTYPE svg [<!ENTITY l0 'ha'>{laughs}]>".encode() + svg("&l8;"),
        "quadratic_entity": quadratic + svg("<text>" + "&a;" * 1000 + "</text>"),
        "many_entities": f"<!DOCTYPE svg [{many_entities}]>".encode() + svg(SHAPE),
        "expansion": expansion + svg("<text>" + "&a;" * 100_000 + "</text>"),
        "external_entity": b"<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        + svg("<text>&x;</text>"),
        "parameter_entity": b"<!DOCTYPE svg [<!ENTITY % x SYSTEM 'http://127.0.0.1/x'> %x;]>"
        + svg(SHAPE),
        "undefined_entity": svg("<text>&nbsp;</text>"),
        "use_of_itself": svg("<g id='a'><use href='#a'/></g>"),
        "mutual_use": svg("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"),
        "mutual_masks": svg(
            "<mask id='a'><rect mask='url(#b)'/></mask><mask id='b'><rect mask='url(#a)'/></mask>"
        ),
        "gradient_cycle": svg(
            "<linearGradient id='a' href='#b'/><linearGradient id='b' href='#a'/>"
        ),
        "styled_cycle": svg("<style>.m{mask:url(#a)}</style><mask id='a'><g class='m'/></mask>"),
        "use_chain": svg(
            "<g id='u0'/>" + "".join(f"<use id='u{n}' href='#u{n - 1}'/>" for n in range(1, 999))
        ),
        "use_nest": nest("g", 10, 10),
        "mask_nest": nest("mask", 10, 10),
        "pattern_nest": nest("pattern", 10, 10),
        "clip_nest": nest("clipPath", 10, 10),
        "marker_nest": nest("marker", 10, 10),
        "marker_bomb": svg(
            f"<marker id='m'>{SHAPE * 50}</marker><path marker-mid='url(#m)' d='{'L1 1' * 9000}'/>"
        ),
        "styled_nest": styled_nest(8),
        "side_1e9_by_1": svg(SHAPE, "width='1000000000' height='1'"),
        "side_infinite": svg(SHAPE, "width='1e999' height='10'"),
        "side_zero": svg(SHAPE, "width='0' height='10'"),
        "side_negative": svg(SHAPE, "width='-5' height='10'"),
        "view_nan": svg(SHAPE, "viewBox='0 0 nan nan'"),
        "view_extreme": svg(SHAPE, "viewBox='-1e38 -1e38 1e38 1e38'"),
        "view_zero": svg(SHAPE, "viewBox='0 0 0 0'"),
        "aspect_60": svg(SHAPE, "viewBox='0 0 600 10'"),
        "nested_10000": svg("<g>" * 10_000 + SHAPE + "</g>" * 10_000),
        "nested_200000": svg("<g>" * 140_000),
        "elements_20001": svg("<g/>" * 20_001),
        "filter_chain": filtered(steps),
        "filters_on_many": svg(
            "<filter id='f'>"
            + "<feGaussianBlur stdDeviation='9'/>" * 20
            + "</filter>"
            + "<rect width='9' height='9' filter='url(#f)'/>" * 1000
        ),
        "text_megabyte": svg(f"<text>{'x' * 900_000}</text>"),
        "rules_times_elements": svg(
            f"<style>{''.join(f'.a{n}{{fill:red}}' for n in range(2000))}</style>{'<g/>' * 5000}"
        ),
        "images_17": svg(f"<image width='9' height='9' href='{png_uri(9, 9)}'/>" * 17),
        "gzip_bomb": gzip.compress(svg(f"<!--{' ' * (64 << 20)}-->")),
        "gzip_damaged": gzip.compress(svg(SHAPE))[:-12],
        "larger_than_1_MB": svg(SHAPE + " " * (1 << 20)),
        "invalid_utf8": svg("<text>\xff</text>").decode().encode("latin-1"),
        "unknown_encoding": b"<?xml version='1.0' encoding='no-such'?>" + svg(SHAPE),
        "truncated": svg(SHAPE)[:-20],
        "html": b"<!DOCTYPE html><html><body><svg></svg></body></html>",
        "other_root": b"<x><svg xmlns='http://www.w3.org/2000/svg'/></x>",
    }


def empty(canary: Path) -> dict[str, bytes]:
    """Files that lead outside and hold nothing else: nothing of it may be drawn."""
    uri, path = canary.as_uri(), str(canary)
    sized = "width='100' height='100'"
    fill = f"<rect {sized} fill='url({uri})'/>"
    inner = b64encode(svg("<rect width='9' height='9' fill='#ff00fe'/>")).decode()
    return {
        "image_path": svg(f"<image {sized} href='{path}'/>"),
        "image_file": svg(f"<image {sized} xlink:href='{uri}'/>"),
        "image_http": svg(f"<image {sized} href='http://127.0.0.1:9/x.png'/>"),
        "image_relative": svg(f"<image {sized} href='{canary.name}'/>"),
        "image_device": svg(f"<image {sized} href='/dev/zero'/>"),
        "image_svg": svg(f"<image {sized} href='data:image/svg+xml;base64,{inner}'/>"),
        "image_bomb": svg(f"<image {sized} href='{png_uri(4000, 4000)}'/>"),
        "image_broken": svg(f"<image {sized} href='data:image/png;base64,iVBORw0KGgo='/>"),
        "image_eps": svg(f"<image {sized} href='data:image/png;base64,JSFQUw=='/>"),
        "image_base": svg(
            f"<image {sized} href='x.png'/>", f"xml:base='{canary.parent.as_uri()}/'"
        ),
        "use_file": svg(f"<use href='{uri}#a'/>"),
        "fe_image": filtered(f"<feImage href='{uri}'/>"),
        "fill_file": svg(f"<g style='fill:url({uri})'>{fill}</g>").replace(b"<rect", b"<x"),
        "xinclude": svg(f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{uri}'/>"),
        "foreign_object": svg("<foreignObject><b>x</b></foreignObject>"),
        "foreign_namespace": svg(
            "<g xmlns='http://example.org/'><rect width='9' height='9'/></g>"
        ),
        "script": svg("<script>alert(1)</script>"),
        "dtd_attributes": b"<!DOCTYPE svg SYSTEM 'http://127.0.0.1:9/x.dtd'>" + svg(""),
        "turbulence": filtered("<feTurbulence numOctaves='999999' baseFrequency='.1'/>"),
        "morphology": filtered("<feMorphology operator='dilate' radius='99999'/>"),
        "convolve": filtered("<feConvolveMatrix order='999' kernelMatrix='1'/>"),
    }


def harmless(canary: Path) -> dict[str, bytes]:
    """Files whose hostile parts are cut out, and whose shape is drawn all the same."""
    uri = canary.as_uri()
    return {
        "handlers": svg(f"<g onload='alert(1)' onclick='x()'>{SHAPE}</g>"),
        "css_import": svg(f"<style>@import url({uri}); rect{{opacity:1}}</style>{SHAPE}"),
        "css_font": svg(f"<style>@font-face{{src:url({uri})}}</style>{SHAPE}"),
        "css_escapes": svg(f"<style>rect{{fill:\\75rl({uri})}}</style>{SHAPE}"),
        "css_unclosed": svg("<style>" + "url(" * 50_000 + "</style>" + SHAPE),
        "css_no_braces": svg("<style>" + "@font-face" * 20_000 + "</style>" + SHAPE),
        "stylesheet": b"<?xml-stylesheet href='http://127.0.0.1:9/x.css'?>" + svg(SHAPE),
        "animation": svg("<rect width='50' height='50'><animate attributeName='x'/></rect>"),
        "size_1e5": svg(SHAPE, "width='100000' height='100000' viewBox='0 0 100 100'"),
        "size_unreadable": svg(SHAPE, "width='NaN' height='banana' viewBox='0 0 100 100'"),
        "blur_1e9": svg(
            f"<filter id='f'><feGaussianBlur stdDeviation='1e9'/></filter>{SHAPE}"
            "<rect x='70' width='9' height='9' filter='url(#f)'/>"
        ),
        "blur_nan": filtered("<feGaussianBlur stdDeviation='x'/>").replace(
            b"<filter", SHAPE.encode() + b"<filter"
        ),
        "dashes": svg(f"{SHAPE}<path stroke='red' stroke-dasharray='1e-7' d='M0 0H99'/>"),
        "long_path": svg(f"<path d='M0 0{'L50 9L9 50' * 60_000}'/>"),
        "long_attribute": svg(f"<rect width='60' height='40' data-x='{'x' * 900_000}'/>"),
        "utf16": ("<?xml version='1.0' encoding='UTF-16'?>" + svg(SHAPE).decode()).encode(
            "utf-16"
        ),
        "svgz": gzip.compress(svg(SHAPE)),
        "adobe_entities": b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x.dtd' ["
        b"<!ENTITY ns_svg 'http://www.w3.org/2000/svg'>]><svg xmlns='&ns_svg;' "
        b"viewBox='0 0 100 100'>" + SHAPE.encode() + b"</svg>",
        "from_a_page": b"<svg viewbox='0 0 100 100'><use xlink:href='#a'/><g id='a'>"
        + SHAPE.encode()
        + b"</g></svg>",
        "prefixed": b"<s:svg xmlns:s='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>"
        b"<s:rect width='5' height='5'/></s:svg>",
        "leading_space": b"\n  <?xml version='1.0'?>" + svg(SHAPE),
    }
