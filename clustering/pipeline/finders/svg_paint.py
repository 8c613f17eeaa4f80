"""Colours that a page's <style> elements give to an inline SVG."""

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.selectors import Selector, parsed

MAX_STYLE_CHARS: Final = 300_000
MAX_NAMES: Final = 20
MAX_USES: Final = 20  # of one name in the style sheets
MAX_SELECTOR_CHARS: Final = 300
MAX_RULE_CHARS: Final = 1000
MAX_ELEMENTS: Final = 500
MAX_CSS_CHARS: Final = 8000
N_ANCESTORS: Final = 3
PAINTS: Final = re.compile(
    r"(?:^|[;{\s])(fill|stroke|color|stop-color|fill-opacity|stroke-width|fill-rule|opacity)"
    r"\s{0,5}:\s{0,5}([^;{}<>!\\]{1,60})"
)
VARIABLE: Final = re.compile(r"var\(\s{0,5}(--[\w-]{1,60})[^)]{0,60}\)")
STATES: Final = re.compile(r":(?:hover|active|focus|visited|not|checked|nth|first|last)|\[|\+|~")
VALUE: Final = re.compile(r"\s{0,5}:\s{0,5}([^;{}<>!\\]{1,40})")


def paint_css(page: Page, svg: HtmlElement) -> str:
    """Return the rules of the page that colour ``svg``, with selectors reduced to it.

    Rules are looked up by the classes and ids of the drawing and its nearest ancestors.
    """
    if not page.has_paint_styles:
        return ""
    found: dict[str, None] = {}
    for name in _names(svg):
        if name not in page.paint_rules:
            page.paint_rules[name] = _paint_rules(page.styles[:MAX_STYLE_CHARS], name)
        for selector, paints in page.paint_rules[name]:
            reduced = _reduced(svg, selector)
            if reduced:
                found[f"{reduced}{{{paints}}}"] = None
    css = "".join(found)
    return css if len(css) <= MAX_CSS_CHARS else ""


def _paint_rules(css: str, name: str) -> list[tuple[str, str]]:
    """Return selector and colours of the rules that mention ``name``."""
    found = [(selector, _paints(css, body)) for selector, body in _rules(css, name)]
    return [(selector, paints) for selector, paints in found if paints]


def _names(svg: HtmlElement) -> list[str]:
    elements = chain(islice(svg.iterancestors(), N_ANCESTORS), islice(svg.iter(), MAX_ELEMENTS))
    found: dict[str, str] = {}
    for element in elements:
        for name in (element.get("class") or "").split():
            found.setdefault(f".{name}", "")
        if element.get("id"):
            found.setdefault(f"#{element.get('id')}", "")
    return list(found)[:MAX_NAMES]


def _rules(css: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield selector and declarations of the rules that mention ``name``."""
    at = -1
    for _ in range(MAX_USES):
        at = css.find(name, at + 1)
        if at < 0:
            return
        after = css[at + len(name) : at + len(name) + 1]
        opened = css.find("{", at, at + MAX_SELECTOR_CHARS)
        if after.isalnum() or after in {"-", "_"} or opened < 0:
            continue
        before = css[max(0, at - MAX_SELECTOR_CHARS) : at]
        start = at - len(before) + max(before.rfind(char) for char in "{};") + 1
        closed = css.find("}", opened, opened + MAX_RULE_CHARS)
        if closed >= 0 and "}" not in css[at:opened]:
            yield css[start:opened], css[opened + 1 : closed]


def _paints(css: str, body: str) -> str:
    """Return the declarations of ``body`` that colour, with variables resolved."""
    found = []
    for name, value in PAINTS.findall(body):
        plain = VARIABLE.sub(lambda match: _value(css, match.group(1)), value).strip()
        if plain and "var(" not in plain and "url(" not in plain:
            found.append(f"{name}:{plain}")
    return ";".join(found)


def _value(css: str, variable: str) -> str:
    at = css.find(f"{variable}:")
    match = VALUE.match(css, at + len(variable)) if at >= 0 else None
    return match.group(1).strip() if match else ""


def _reduced(svg: HtmlElement, selector: str) -> str:
    """Return the parts of a selector list that match in ``svg``, without their ancestors.

    A part that matches an ancestor is inherited, so it becomes a rule for the root.
    """
    found = []
    for part in selector.split(",")[:MAX_NAMES]:
        parts = None if STATES.search(part) else parsed(part)
        if parts is None:
            continue
        if any(parts.matches(one) for one in islice(svg.iter(), MAX_ELEMENTS)):
            found.append(_last(parts))
        elif any(parts.matches(one) for one in islice(svg.iterancestors(), N_ANCESTORS)):
            found.append("svg")
    return ",".join(found)


def _last(selector: Selector) -> str:
    return selector.tag.replace("*", "") + "".join(selector.raw_names) or "*"
