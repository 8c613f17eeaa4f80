"""Generated hostile SVG files that must be refused."""

import gzip

from tests.pipeline.imaging.hostile_nests import nests
from tests.pipeline.imaging.svg_files import HTTP, SHAPE, filtered, png_uri, svg


def refused() -> dict[str, bytes]:
    """Files that must end as ``bad_image``."""
    groups = (_entities(), nests(), _sizes(), _counts(), _styles(), _packed(), _encoded())
    return {name: data for group in groups for name, data in group.items()}


def _entities() -> dict[str, bytes]:
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 9))
    laughing = f"<!DOCTYPE svg [<!ENTITY l0 'ha'>{laughs}]>"
    return {
        "billion_laughs": laughing.encode() + svg("<text>&l8;</text>"),
        "billion_laughs_in_an_attribute": laughing.encode() + svg("<g class='&l8;'/>"),
        "billion_laughs_in_utf16": (laughing + svg("&l8;").decode()).encode("utf-16"),
        "billion_laughs_by_parameters": _declared(
            "<!ENTITY % a 'ha'><!ENTITY % b '%a;%a;%a;%a;'><!ENTITY c '%b;'>", "&c;"
        ),
        "quadratic_entity": _declared(f"<!ENTITY a '{'a' * 10_000}'>", "&a;" * 1000),
        "many_entities": _declared("".join(f"<!ENTITY e{n} 'x'>" for n in range(501)), ""),
        "long_entities": _declared(
            "".join(f"<!ENTITY e{n} '{'x' * 4000}'>" for n in range(20)), ""
        ),
        "many_default_attributes": _declared(
            "".join(f"<!ATTLIST g a{n} CDATA 'x'>" for n in range(21)), ""
        ),
        "long_default_attribute": _declared(f"<!ATTLIST g a CDATA '{'x' * 257}'>", ""),
        "expansion": _declared(f"<!ENTITY a '{'a' * 256}'>", "&a;" * 100_000),
        "entity_of_elements": _declared("<!ENTITY a '<g/>'>", "&a;"),
        "entity_of_itself": _declared("<!ENTITY a '&#38;a;'>", "&a;"),
        "external_entity": _declared("<!ENTITY x SYSTEM 'file:///etc/passwd'>", "&x;"),
        "external_entity_path": _declared("<!ENTITY x SYSTEM '/etc/passwd'>", "&x;"),
        "external_entity_http": _declared(f"<!ENTITY x SYSTEM '{HTTP}/x'>", "&x;"),
        "external_entity_public": _declared(f"<!ENTITY x PUBLIC 'p' '{HTTP}/x'>", "&x;"),
        "external_entity_device": _declared("<!ENTITY x SYSTEM 'file:///dev/zero'>", "&x;"),
        "unused_external_entity": _declared("<!ENTITY x SYSTEM 'file:///etc/passwd'>", ""),
        "unparsed_entity": _declared(
            f"<!NOTATION n SYSTEM 'n'><!ENTITY x SYSTEM '{HTTP}/x' NDATA n>", ""
        ),
        "parameter_entity": _declared(f"<!ENTITY % x SYSTEM '{HTTP}/x'> %x;", ""),
        "parameter_entity_file": _declared("<!ENTITY % x SYSTEM 'file:///dev/zero'> %x;", ""),
        "undefined_entity": svg("<text>&nbsp;</text>"),
    }


def _declared(declarations: str, text: str) -> bytes:
    return f"<!DOCTYPE svg [{declarations}]>".encode() + svg(f"<text>{text}</text>{SHAPE}")


def _sizes() -> dict[str, bytes]:
    return {
        "side_1e9": svg(SHAPE, "width='1000000000' height='1000000000'"),
        "side_1e9_by_1": svg(SHAPE, "width='1000000000' height='1'"),
        "side_in_inches": svg(SHAPE, "width='1e6in' height='1e6in'"),
        "side_infinite": svg(SHAPE, "width='1e999' height='10'"),
        "side_zero": svg(SHAPE, "width='0' height='10'"),
        "sides_zero": svg(SHAPE, "width='0px' height='0.0mm'"),
        "side_negative": svg(SHAPE, "width='-5' height='10'"),
        "sides_negative": svg(SHAPE, "width='-1e9' height='-1e9'"),
        "view_nan": svg(SHAPE, "viewBox='0 0 nan nan'"),
        "view_infinite": svg(SHAPE, "viewBox='0 0 inf 1'"),
        "view_far_away": svg(SHAPE, "viewBox='1e30 1e30 10 10'"),
        "view_extreme": svg(SHAPE, "viewBox='-1e38 -1e38 1e38 1e38'"),
        "view_zero": svg(SHAPE, "viewBox='0 0 0 0'"),
        "view_negative": svg(SHAPE, "viewBox='0 0 -10 -10'"),
        "aspect_201": svg(SHAPE, "width='2010' height='10'"),
        "aspect_1e6": svg(SHAPE, "width='1' height='1000000'"),
    }


def _counts() -> dict[str, bytes]:
    return {
        "nested_65": svg("<g>" * 65 + SHAPE + "</g>" * 65),
        "nested_10000": svg("<g>" * 10_000 + SHAPE + "</g>" * 10_000),
        "nested_200000": svg("<g>" * 200_000),
        "nested_200000_packed": gzip.compress(svg("<a>" * 120_000 + "</a>" * 120_000)),
        "nested_10000_drawings": svg("<svg>" * 10_000 + SHAPE + "</svg>" * 10_000),
        "nested_10000_unknown": svg("<x>" * 10_000 + "</x>" * 10_000),
        "elements_20001": svg("<g/>" * 20_001),
        "elements_20001_unknown": svg("<x/>" * 20_001),
        "attributes_251": svg("<g " + " ".join(f"a{n}=''" for n in range(251)) + "/>"),
        "attributes_60000": svg("<g " + " ".join(f"a{n}=''" for n in range(60_000)) + "/>"),
        "filter_chain": filtered("<feGaussianBlur stdDeviation='1'/>" * 26),
        "text_megabyte": svg(f"<text>{'x' * 900_000}</text>"),
        "text_in_pieces": svg("<text>" + "<tspan>abcd</tspan>" * 6_000 + "</text>"),
        "images_17": svg(f"<image width='9' height='9' href='{png_uri(9, 9)}'/>" * 17),
        "larger_than_1_MB": svg(SHAPE + " " * (1 << 20)),
        "path_of_two_megabytes": svg(f"<path d='M0 0{'L5 9' * 500_000}'/>"),
    }


def _styles() -> dict[str, bytes]:
    rules = "".join(f".a{n}{{fill:red}}" for n in range(2000))
    return {
        "rules_times_elements": svg(f"<style>{rules}</style>{'<g/>' * 5000}"),
        "selectors_times_elements": svg(
            f"<style>{','.join(f'.a{n}' for n in range(2000))}{{fill:red}}</style>{'<g/>' * 5000}"
        ),
        "variables_that_double": svg(
            "<style>:root{--v0:1px;"
            + "".join(f"--v{n}:var(--v{n - 1}) var(--v{n - 1});" for n in range(1, 40))
            + "}rect{stroke-dasharray:var(--v39)}</style>"
            + SHAPE
        ),
        "variables_of_many_elements": svg(
            f"<g style='--v:{'1px ' * 500}'>"
            + "<rect width='9' height='9' style='stroke-dasharray:var(--v)'/>" * 900
            + "</g>"
        ),
        "sheets_times_elements": svg("<style>g{fill:red}</style>" * 2_500 + "<g/>" * 2_500),
    }


def _packed() -> dict[str, bytes]:
    whole = gzip.compress(svg(SHAPE))
    return {
        "gzip_bomb": gzip.compress(svg(f"<!--{' ' * (64 << 20)}-->")),
        "gzip_bomb_of_members": gzip.compress(b" " * (1 << 20)) * 200,
        "gzip_in_gzip": gzip.compress(whole),
        "gzip_damaged": whole[:-12],
        "gzip_wrong_checksum": whole[:-8] + bytes(4) + whole[-4:],
        "gzip_of_a_page": gzip.compress(b"<!DOCTYPE html><html></html>"),
        "gzip_of_nothing": gzip.compress(b""),
        "gzip_head_alone": b"\x1f\x8b",
    }


def _encoded() -> dict[str, bytes]:
    text = svg(SHAPE).decode()
    return {
        "invalid_utf8": svg("<text>\xff</text>").decode().encode("latin-1"),
        "overlong_utf8": svg(SHAPE).replace(b"100 100'>", b"100 100'>\xc0\xbc"),
        "surrogates_in_utf8": svg("<text>x</text>").replace(b">x<", b">\xed\xa0\x80<"),
        "nul_bytes": svg(SHAPE).replace(b"60", b"6\x000"),
        "odd_utf16": text.encode("utf-16")[:-1],
        "utf16_that_says_utf8": b"<?xml version='1.0' encoding='UTF-16'?>" + svg(SHAPE),
        "utf32": text.encode("utf-32"),
        "utf7": text.replace("<", "+ADw-").encode(),
        "unknown_encoding": b"<?xml version='1.0' encoding='no-such'?>" + svg(SHAPE),
        "codec_of_python": b"<?xml version='1.0' encoding='base64_codec'?>" + svg(SHAPE),
        "truncated": svg(SHAPE)[:-20],
        "truncated_in_a_tag": svg(SHAPE)[:90],
        "two_roots": svg(SHAPE) * 2,
        "doubled_attribute": svg("<g id='a' id='b'/>"),
        "text_after_it": svg(SHAPE) + b"<script>alert(1)</script>",
        "html": b"<!DOCTYPE html><html><body><svg></svg></body></html>",
        "html_without_doctype": b"<html><body>" + svg(SHAPE) + b"</body></html>",
        "html_head": b"<head><title>404</title></head>" + svg(SHAPE),
        "xhtml": b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>",
        "other_root": b"<x><svg xmlns='http://www.w3.org/2000/svg'/></x>",
        "only_a_doctype": b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x.dtd'>",
        "only_the_name": b"<svg",
    }
