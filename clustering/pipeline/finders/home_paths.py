"""Which addresses within a site are those of its home page."""

import re
from typing import Final

from clustering.pipeline.finders.locales import is_locale

# "/", "/en", "/vn/vi", "/en-US", "/index.html", "/index_de.html", "/us/en/home", "/main/main.do",
# "/de.html", "/Default/Ar", all with or without ";jsessionid"
HOME_PATH: Final = re.compile(
    r"(?:/(?:index|default|home|main)(?=/[a-z]{2}(?:[-_][a-z]{2,4})?(?:/|\Z)))?"
    r"((?:/[a-z]{2}(?:[-_][a-z]{2,4})?){0,2})(?:\.(?:html?|php|aspx?|jsp)|"
    r"(?:/(?:index|default|main))?(?:/(?:index|default|home|main|start|homepage|home-page"
    r"|start-?(?:seite|page|side|sida)|accueil|inicio|pagina-inicial|etusivu)"
    r"(?:[._-]([a-z]{1,2}(?:[-_][a-z]{2})?)(?=\.\w))?(?:\.\w{1,5})?)?)/?\Z",
    re.IGNORECASE,
)
# "/web/guest/home" of portals, "/content/brand/us/en.html"; an index file may belong to any
# section.
DEEP_HOME_PATH: Final = re.compile(
    r"(?:/[\w.-]{1,40}){1,3}/(?:home|homepage|home-?page|start-?page|welcome|accueil|inicio)"
    r"(?:\.\w{1,5})?/?\Z|/content(?:/[\w-]{1,40}){1,3}/[a-z]{2}(?:[-_][a-z]{2})?\.html\Z",
    re.IGNORECASE,
)
# "/?p=7", "/index.php?cPath=21": not home, though the path is; "?ref=7" is. Old forums write a
# session as "s".
THING_QUERY: Final = re.compile(
    r"(?:^|[&;])(?:p|q|s(?!=[0-9a-f]{32}(?:[&;]|\Z))|id|cat|cid|pid|page_?id|c_?path|product|post"
    r"|article|news|item|search|topic|board|show_?(?:topic|forum|user)|id_(?:product|category|cms)"
    r"|(?:products?|categor(?:y|ies)|manufacturers?|brand|article|news)_?id)=",
    re.IGNORECASE,
)
# "?route=product/category" is another page, "?view=frontpage&Itemid=1" is not.
PLACE: Final = (
    r"(?:^|[&;])(?:page|view|route|main_?page|controller|mod|module|act|action|do|section"
)
PLACE_QUERY: Final = re.compile(rf"{PLACE}|category|option|item_?id)=", re.IGNORECASE)
HOME_QUERY: Final = re.compile(
    rf"{PLACE})=(?:common(?:/|%2f))?(?:home|index|idx|start|main|default|front|featured)",
    re.IGNORECASE,
)
# "/ref=nav_logo": where the click came from, written into the path.
REFERRER_PATH: Final = re.compile(
    r"/(?:ref_?|lang(?:uage)?|locale)=[\w.-]{0,40}/?\Z", re.IGNORECASE
)
HOME_FRAGMENTS: Final = frozenset(
    {"", "!", "home", "top"}
)  # "/#/" is the home page of single-page applications
_TOPS = "#top #home #page-top #pagetop #header #start #hero #inicio #accueil"
TOP_FRAGMENTS: Final = frozenset({"", *_TOPS.split()})
"""Links to the top of a home page, or to itself; the logo has one, but so have buttons."""
TOP_SHARE: Final = 0.5
INDEX_FILE: Final = re.compile(r"/(?:index|default)(?:\.\w{1,5})?\Z", re.IGNORECASE)
SECTIONS: Final = (["ir"], ["pr"])
"""Investor and public relations; with a language, ``/pr/es/``, they are regions."""
MIN_CODE_CHARS: Final = 2  # of a language in a file name; "index_e.html" is an older custom


def is_index_path(path: str) -> bool:
    """Return whether ``path`` has the form of a home page's, with any two letters as language."""
    return HOME_PATH.match(path) is not None


def is_home_path(path: str) -> bool:
    """Return whether ``path`` is that of a home page; ``/ai/`` is a product, ``/it/`` is not."""
    home = HOME_PATH.match(path)
    if home is None:
        return REFERRER_PATH.match(path) is not None
    codes = home.group(1).lower().split("/")[1:]
    if codes in SECTIONS or not all(map(is_locale, codes)):
        return False
    code = home.group(2) or ""
    return len(code) < MIN_CODE_CHARS or is_locale(code)


def is_page_query(query: str) -> bool:
    """Return whether the query of a home page's path leads to another page: ``?p=7``."""
    if THING_QUERY.search(query):
        return True
    return PLACE_QUERY.search(query) is not None and HOME_QUERY.search(query) is None


def without_index(path: str) -> str:
    """Return ``path`` without the index file and the slash at its end."""
    return INDEX_FILE.sub("", path).rstrip("/")
