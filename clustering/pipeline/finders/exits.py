"""Where a page sends its visitors at once: refreshes, scripts, frames, forms.

No script is run. Addresses are put together from literals and the page's own address, which is
how the pages that do nothing else write them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from lxml.html import HtmlElement

from clustering.pipeline.finders.page import Page

MAX_REFRESH_SECONDS: Final = 5.0  # slower refreshes reload a page for readers
MAX_STUB_CHARS: Final = 20_000  # of a page that only redirects
MAX_STUB_TEXT: Final = 600  # characters that its visitors may read
MAX_FRAMES: Final = 20
MAX_NAME_CHARS: Final = 300
MAX_TARGETS: Final = 10
MAX_COOKIES: Final = 10
MAX_TERMS: Final = 12
MAX_INPUTS: Final = 30
FRAME: Final = re.compile(r"logo|head|top|banner|nav|kopf|oben|titel|title")
SILENT: Final = frozenset({"script", "style", "noscript", "title", "template", "head"})
LOCATION: Final = re.compile(
    r"(?<![\w$])location(?:\.(?:href|pathname)|\[[\"']href[\"']\])?\s{0,5}=(?!=)\s{0,5}"
    r"|(?<![\w$])location\.(?:replace|assign)\(\s{0,5}"
    r"|(?<![\w$.])(?:window\.)?navigate\(\s{0,5}"
)
RELOAD: Final = re.compile(
    r"(?<![\w$])location\.reload\(|(?<![\w$])history\.go\(\s{0,5}0?\s{0,5}\)"
)
COOKIE: Final = re.compile(r"(?<![\w$])document\.cookie\s{0,5}=(?!=)\s{0,5}")
SUBMIT: Final = re.compile(r"\.submit\(\s{0,5}\)")
TERM: Final = re.compile(
    r"""\s{0,5}(?:\\?(["'`])((?:[^"'`\\\n]|\\[^"'`\n]){0,500})\\?\1|([\w$]{1,40}(?:\.[\w$]{1,40}){0,4}))"""
    r"\s{0,5}(\+(?!\+))?"
)
ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))")
VARIABLE: Final = r"""(?<![\w$.]){}\s{{0,5}}=\s{{0,5}}["']([^"'\\\n]{{0,500}})["']"""
# Where scripts send browsers that they consider unfit.
UNFIT: Final = re.compile(
    r"unsupported|outdated|upgrade|no-?js|noscript|javascript|legacy|old-?browser|browser"
)
LOADING: Final = re.compile(r"loading|loader|spinner|preload|throbber")
MOBILE: Final = re.compile(r"//m\.|/(?:m|mobile|mobi|wap)(?:/|\Z)")
ENGLISH: Final = re.compile(r"/en(?:[-_][a-z]{2})?(?:[/.?]|\Z)")
REFRESH: Final = re.compile(
    r"\s{0,9}(\d{1,4}(?:\.\d{1,3})?|\.\d{1,3})\s{0,9}[;,\s]\s{0,9}(?:url\s{0,9}=\s{0,9})?"
    r"([^\s;,].{0,2000})",
    re.I | re.S,
)
REFRESH_SELF: Final = re.compile(r"\s{0,9}(\d{1,4}(?:\.\d{1,3})?)\s{0,9};?\s{0,9}\Z")


@dataclass(frozen=True)
class Exit:
    """The next address, and the cookies that the page sets by a script before."""

    url: str = ""
    cookies: tuple[str, ...] = ()
    """As the values of Set-Cookie headers."""


NO_EXIT: Final = Exit()


def page_exit(page: Page) -> Exit:
    """Return where ``page`` sends its visitors.

    The page's own address counts only for a near-empty page: it may wait for a cookie.
    """
    url = refresh_target(page)
    is_own = url.rstrip("/") == page.url.rstrip("/")
    if url and not is_own:
        return Exit(url, script_cookies(page) if is_stub(page) else ())
    if is_stub(page):
        url = url or script_target(page) or frame_target(page) or _iframe_target(page)
        url = url or _form_target(page) or refresh_target(page, is_scriptless=True)
        return Exit(url, script_cookies(page)) if url else NO_EXIT
    return Exit(frame_target(page))


def is_stub(page: Page) -> bool:
    """Return whether the page is near-empty: no image, and little or nothing to read."""
    return len(page.source) <= MAX_STUB_CHARS and is_empty(page)


def is_shell(page: Page) -> bool:
    """Return whether a script that ``page`` loads draws what visitors see."""
    return any(one.get("src") for one in page.elements("script")) and is_empty(page)


def is_empty(page: Page) -> bool:
    """Return whether visitors without scripts see no image, and little or nothing to read."""
    if any(_is_shown(one) for one in page.elements("img", "svg")):
        return False
    return len(shown_text(page.root, MAX_STUB_TEXT)) <= MAX_STUB_TEXT


def refresh_target(page: Page, *, is_scriptless: bool = False) -> str:
    """Return the target of an immediate meta refresh, or an empty string.

    Those inside <noscript> are told apart: most lead to a page that asks for JavaScript.
    """
    for element in page.elements("meta"):
        if (element.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        parent = element.getparent()
        if (parent is not None and parent.tag == "noscript") != is_scriptless:
            continue
        content = element.get("content") or ""
        match = REFRESH.match(content) or REFRESH_SELF.match(content)
        if match is None or float(match.group(1)) > MAX_REFRESH_SECONDS:
            continue
        if match.re is REFRESH_SELF:
            return page.url
        url = page.absolute(match.group(2).strip().strip("\"'"))
        return "" if is_scriptless and UNFIT.search(url.lower()) else url
    return ""


def script_target(page: Page) -> str:
    """Return where a script sends visitors on the same site; English pages come first."""
    found = []
    for script in _scripts(page):
        for match in islice(LOCATION.finditer(script), MAX_TARGETS):
            address = page.absolute(_value(script, match.end(), page))
            if address and page.is_same_site(urlsplit(address)) and not _is_unfit(address):
                found.append(address)
        if RELOAD.search(script):
            found.append(page.url)
    return min(found, key=_detour, default="")


def script_cookies(page: Page) -> tuple[str, ...]:
    """Return the cookies that scripts of the page set to a fixed value."""
    found = (
        _value(script, match.end(), page)
        for script in _scripts(page)
        for match in islice(COOKIE.finditer(script), MAX_COOKIES)
    )
    return tuple(one for one in found if one)[:MAX_COOKIES]


def frame_target(page: Page) -> str:
    """Return the frame of a frameset that shows the logo: the header's, else the first."""
    if "<frameset" not in page.source[:MAX_STUB_CHARS].lower():
        return ""
    frames = list(islice(page.root.iter("frame"), MAX_FRAMES))
    frames.sort(key=lambda one: FRAME.search(_frame_names(one)) is None)
    addresses = [page.absolute(one.get("src")) for one in frames]
    return next((address for address in addresses if address), "")


def _iframe_target(page: Page) -> str:
    """Return the frame of a page that shows nothing else."""
    frames = [
        page.absolute(one.get("src"))
        for one in islice(page.root.iter("iframe"), MAX_FRAMES)
        if not _is_hidden(one)
    ]
    shown = [one for one in frames if one and not one.lower().endswith("about:blank")]
    is_alone = len(shown) == 1 and len(shown_text(page.root, MAX_STUB_TEXT)) <= MAX_STUB_TEXT // 4
    return shown[0] if is_alone else ""


def _form_target(page: Page) -> str:
    """Return the address of a form of the same site that a script sends at once."""
    if not any(SUBMIT.search(script) for script in _scripts(page)):
        return ""
    forms = list(islice(page.root.iter("form"), 2))
    if len(forms) != 1 or (forms[0].get("method") or "get").strip().lower() != "get":
        return ""
    inputs = islice(forms[0].iter("input"), MAX_INPUTS)
    pairs = [(one.get("name") or "", one.get("value") or "") for one in inputs]
    address = page.absolute(forms[0].get("action")) or page.url
    query = urlencode([pair for pair in pairs if pair[0]])
    if not page.is_same_site(urlsplit(address)):
        return ""
    return f"{address.partition('?')[0]}?{query}" if query else address


def _scripts(page: Page) -> Iterator[str]:
    for script in page.elements("script"):
        if script.text:
            yield script.text
    for body in page.root.iter("body"):
        yield body.get("onload") or ""


def _value(script: str, start: int, page: Page) -> str:
    """Return the text that the expression at ``start`` gives, empty if it is not fixed."""
    found = []
    for _ in range(MAX_TERMS):
        term = TERM.match(script, start)
        if term is None:
            return ""
        text = _term(term, script, page)
        if text is None:
            return ""
        found.append(text)
        if not term.group(4):
            return "".join(found)
        start = term.end()
    return ""


def _term(term: re.Match[str], script: str, page: Page) -> str | None:
    if term.group(1):
        text = ESCAPE.sub(_unescaped, term.group(2))
        return None if term.group(1) == "`" and "${" in text else text
    name = term.group(3)
    for prefix in ("window.", "document.", "self.", "top.", "parent."):
        name = name.removeprefix(prefix)
    own = urlsplit(page.url)
    known = {
        "location": page.url,
        "location.href": page.url,
        "URL": page.url,
        "location.protocol": f"{own.scheme}:",
        "location.host": own.netloc,
        "location.hostname": own.hostname or "",
        "location.origin": f"{own.scheme}://{own.netloc}",
        "location.pathname": own.path or "/",
        "location.search": f"?{own.query}" if own.query else "",
        "location.hash": "",
    }
    if name in known:
        return known[name]
    variable = re.search(VARIABLE.format(re.escape(name)), script)
    return variable.group(1) if variable else None


def _unescaped(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    return chr(int(code, 16)) if code else match.group(3)


def _is_unfit(address: str) -> bool:
    return UNFIT.search(urlsplit(address).path.lower()) is not None


def _detour(address: str) -> tuple[bool, bool]:
    """Sort key of addresses between which a script chooses."""
    return MOBILE.search(address) is not None, ENGLISH.search(address.lower()) is None


def _is_shown(image: HtmlElement) -> bool:
    """Return whether ``image`` is one for visitors: no tracking pixel and no sign of loading."""
    parent = image.getparent()
    if parent is not None and parent.tag == "noscript":
        return False
    names = f"{image.get('src') or ''} {image.get('class') or ''} {image.get('id') or ''}"
    return not (_is_hidden(image) or LOADING.search(names[-MAX_NAME_CHARS:].lower()))


def header_target(header: str, url: str) -> str:
    """Return the address of a Refresh header, empty for none or a slow one."""
    match = REFRESH.match(header)
    if match is None or float(match.group(1)) > MAX_REFRESH_SECONDS:
        return ""
    try:
        joined = urljoin(url, match.group(2).strip().strip("\"'"))
    except ValueError:
        return ""
    return joined if joined.startswith(("http://", "https://")) else ""


def _is_hidden(frame: HtmlElement) -> bool:
    sizes = {(frame.get("width") or "").strip(), (frame.get("height") or "").strip()}
    style = (frame.get("style") or "").replace(" ", "").lower()
    return bool(sizes & {"0", "1"}) or "display:none" in style or frame.get("hidden") is not None


def shown_text(root: HtmlElement, max_chars: int) -> str:
    """Return what visitors may read, not much more than ``max_chars`` of it."""
    found, n_chars = [], 0
    for element in root.iter():
        own = element.text if element.tag not in SILENT else None
        for text in (own, element.tail):
            part = (text or "").strip()
            if part:
                found.append(part)
                n_chars += len(part)
        if n_chars > max_chars:
            break
    return " ".join(found)


def _frame_names(frame: HtmlElement) -> str:
    return f"{frame.get('name') or ''} {frame.get('src') or ''}"[:MAX_NAME_CHARS].lower()
