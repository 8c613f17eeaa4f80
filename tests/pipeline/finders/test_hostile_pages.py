"""Hostile pages take linear time: two megabytes of each kind stay within the limits."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest

from clustering.pipeline import finders
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders.page_reader import PageReaders
from clustering.pipeline.sandbox import ProcessLimits
from clustering.pipeline.web import Response
from tests.pipeline.finders.pages import URL

pytestmark = pytest.mark.slow

N_CHARS = 2_000_000
# The processor time of a call in production; the wall clock is wide, as test machines are busy.
LIMITS = ProcessLimits(memory_bytes=1 << 30, cpu_seconds=5, wall_seconds=120.0)
LD = "<script type=application/ld+json>"
# What comes before, what is repeated, what comes after.
HOSTILE = {
    "style without braces": ("<style>logo", "a", "url(</style>"),
    "style of addresses": ("<style>", ".logo{background:url(a)", "</style>"),
    "style of openings": ("<style>logo", "{", "url(x)</style>"),
    "style of moved pictures": ("<style>", ".logo{a:url(b) -", "</style>"),
    "unclosed addresses": ("<style>logo", "url(", "</style>"),
    "quoted addresses": ("<style>logo", 'url( "', "</style>"),
    "names": ('<img class="', "logo-", '" src="/a.png">'),
    "brands": ('<img class="', "nav brand_", '" src="/a.png">'),
    "texts": ('<img class="logo" alt="', "a ", '" src="/a.png">'),
    "addresses": ('<a href="/', "a/", '"><img class="logo" src="/a.png"></a>'),
    "spaces in a srcset": ('<img class="logo" srcset="', " ", 'a.png 1x">'),
    "commas in a srcset": ('<img class="logo" srcset="', ",", '">'),
    "deep links": ("", '<a href="/">', '<img src="/l.png">'),
    "deep divisions": ("", "<div>", '<img src="/l.png">'),
    "deep drawings": ('<header><a href="/"><svg>', "<g>", ""),
    "many images": ("", '<p class="x"><img src="/l.png" alt="logo"></p>', ""),
    "many drawings": ("", '<svg><use href="#a"/></svg>', ""),
    "uses of symbols": ('<svg><g id="a"/>', '<use href="#a"/>', "</svg>"),
    "json of openings": (LD, "[", "</script>"),
    "json of objects": (LD, '{"a":', "</script>"),
    "broken json": (LD, '"logo":', "</script>"),
    "spaces in broken json": (f'{LD}"logo":', " ", "</script>"),
    "many documents": (LD, "{}", "</script>"),
    "meta elements": ("", "<meta ", ""),
    "refresh": ('<meta http-equiv="refresh" content="0;', " ", '">'),
    "charsets": ("", "<meta charset", ""),
    "title": ("", "<title", ""),
    "logo files in rules": (
        "<i class=a></i><style>",
        ".a b{background:url(/logo.svg)}",
        "</style>",
    ),
    "logo files for many": ("<style>i b{background:url(/logo.svg)}</style>", "<i><b>", ""),
    "variables": ("<style>.logo{a:b}", "--a:url(b);c:var(--a)", "</style>"),
    "unclosed variables": ("<style>.logo{--a:url(b)", "var(--a", "</style>"),
    "keys of state": ("<script>", '"logo":{', "</script>"),
    "state without image": ('<script>"logo":"', "a.", "</script>"),
    "custom elements": ("", '<a-b logo="/a.svg">', ""),
    "attributes of custom elements": ("<a-b ", "logo='' ", ">"),
    "titles": ("<title>", " | a", "</title>"),
    "commas of json": (LD, ",", "]</script>"),
    "rules for drawings": (
        "<style>",
        ".a{fill:red}",
        "</style><svg class=a><path class=a /></svg>",
    ),
}
# What may repeat without end: one class of characters that begins at every place anew, or ends
# the pattern, so that no text is read twice.
UNBOUNDED = {
    "page.PLAIN_PATH", "page.PLAIN_URL", "page.SPACES", "srcset.ADDRESS", "lexicon.WORD",
}  # fmt: skip


@pytest.fixture(scope="module")
def readers() -> Iterator[PageReaders]:
    with PageReaders(limits=LIMITS) as pool:
        yield pool


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_stay_within_the_cpu_limit(name: str, readers: PageReaders) -> None:
    before, unit, after = HOSTILE[name]
    html = before + unit * (N_CHARS // len(unit)) + after
    page = Response(URL, 200, {}, html.encode())

    try:
        ended = readers.inspect(page, {}).url
    except FetchError as error:
        ended = error.code

    assert ended in {URL, "bad_page"}


def test_unbounded_repeats_only_in_linear_patterns() -> None:
    """What repeats within bounds costs no more than its bound at each place of a text."""
    found = {
        f"{module.name}.{name}"
        for module in iter_modules(finders.__path__)
        for name, value in vars(import_module(f"{finders.__name__}.{module.name}")).items()
        if isinstance(value, re.Pattern) and _repeats_without_end(value)
    }

    assert found == UNBOUNDED


def _repeats_without_end(pattern: re.Pattern[str] | re.Pattern[bytes]) -> bool:
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "x", text)
    return re.search(r"[*+]|\{\d+,\}", bare) is not None
