"""Candidates from JSON-LD: arrays, @graph, @id references, and invalid JSON."""

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from clustering.pipeline.domains.suffixes import registered_word, registrable
from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.declared import declared
from clustering.pipeline.finders.lexicon import says_logo_in_address, squeezed
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.rules import Rule, RuleHit

MAX_CHARS: Final = 500_000
MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 40
MAX_DOCUMENTS: Final = 50  # concatenated in one script
MARKUP: Final = re.compile(r"<!--|-->|<!\[CDATA\[|\]\]>")
OPENING: Final = re.compile(r"[{\[]")
COMMA: Final = re.compile(r",\s{0,99}([}\]])")
LOGO_KEY: Final = re.compile(r"""["']logo["']\s{0,9}:\s{0,9}""")
URL_KEY: Final = re.compile(r"""["'](?:url|contentUrl)["']\s{0,9}:\s{0,9}""")
STRING: Final = re.compile(r"""(["'])([^"'\s]{4,500})\1""")
PIXELS: Final = re.compile(r"(\d{1,5})(?:px)?\Z")
MAX_OBJECT_CHARS: Final = 1000  # of an invalid logo object
_ORGANISATIONS = """
    organization corporation business store brand university school company ngo library museum
    association
"""
ORGANISATIONS: Final = frozenset(_ORGANISATIONS.split())
OWN_ROLES: Final = frozenset({"@graph", "publisher", "mainentityofpage", "mainentity", "ispartof"})
"""Keys whose objects describe the site itself; other keys lead to other organisations."""
Json = Any


def find(page: Page) -> Iterator[LogoCandidate]:
    """Yield the logos of the page's JSON-LD as candidates."""
    texts = [
        _repaired(MARKUP.sub("", (script.text or "")[:MAX_CHARS]))
        for script in page.elements("script")
        if "ld+json" in (script.get("type") or "").lower()
    ]
    read = [_documents(text) for text in texts]
    documents = [document for found, _ in read for document in found]
    known = {
        node["@id"]: node
        for node, _ in _nodes(documents)
        if isinstance(node.get("@id"), str) and len(node) > 1
    }
    for node, roles in _nodes(documents):
        for value in [*_listed(node.get("logo")), *_listed(node.get("image"))]:
            address = page.absolute(_address(value, known))
            hits = _evidence(page, node, roles)
            is_logo = value in _listed(node.get("logo")) or (
                Rule.JSON_LD_OWN.hit() in hits and says_logo_in_address(address)
            )
            if address and is_logo:
                yield declared(page, "json_ld", address, hits, _size(value, known))
    for text, (_, rest) in zip(texts, read, strict=True):
        yield from _from_broken(page, text[rest:])


def _documents(text: str) -> tuple[list[Json], int]:
    """Return the concatenated documents of a script and the offset of the first invalid one."""
    decoder = json.JSONDecoder(strict=False)
    documents: list[Json] = []
    position = 0
    while len(documents) < MAX_DOCUMENTS and (start := OPENING.search(text, position)):
        try:
            document, position = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            return documents, start.start()
        documents.append(document)
    return documents, len(text)


def _repaired(text: str) -> str:
    """Return ``text`` without commas before a closing bracket, which JSON forbids."""
    return COMMA.sub(r"\1", text) if COMMA.search(text) else text


def _from_broken(page: Page, text: str) -> Iterator[LogoCandidate]:
    """Yield the values after ``"logo":`` in text that is not valid JSON."""
    plain = unescape(text).replace("\\/", "/")
    for match in islice(LOGO_KEY.finditer(plain), MAX_DOCUMENTS):
        value = plain[match.end() : match.end() + MAX_OBJECT_CHARS].lstrip("[ \t\r\n")
        if value.startswith("{"):
            value = value.partition("}")[0]
            key = URL_KEY.search(value)
            value = value[key.end() :] if key else ""
        found = STRING.match(value)
        address = page.absolute(_unbracketed(found.group(2))) if found else ""
        if address:
            yield declared(page, "json_ld", address, [Rule.JSON_LD_LOGO.hit()])


def _nodes(documents: list[Json]) -> Iterator[tuple[dict[str, Json], tuple[str, ...]]]:
    """Yield every object with its key path, without recursion: depth is hostile input."""
    waiting: list[tuple[Json, tuple[str, ...]]] = [(item, ()) for item in reversed(documents)]
    n_nodes = 0
    while waiting and n_nodes < MAX_NODES:
        value, roles = waiting.pop()
        n_nodes += 1
        if isinstance(value, list):
            waiting += [(item, roles) for item in reversed(value)]
        elif isinstance(value, dict):
            yield value, roles
            if len(roles) < MAX_DEPTH:
                waiting += [
                    (item, (*roles, key.lower()))
                    for key, item in reversed(value.items())
                    if isinstance(item, dict | list)
                ]


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _address(value: Json, known: dict[str, dict[str, Json]]) -> str:
    if isinstance(value, str):
        value = known.get(value, value)
    if isinstance(value, dict):
        target = known.get(str(value.get("@id")), value)
        for key in ("url", "contentUrl", "@id"):
            found = value.get(key) if key != "@id" and value.get(key) else target.get(key)
            found = _listed(found)[0] if _listed(found) else None
            if isinstance(found, str) and found:
                return _unbracketed(found)
        return ""
    return _unbracketed(value) if isinstance(value, str) else ""


def _size(value: Json, known: dict[str, dict[str, Json]]) -> tuple[int, int] | None:
    """Return the declared width and height of an image object."""
    if isinstance(value, dict):
        value = known.get(str(value.get("@id")), value)
        sides = [PIXELS.match(str(value.get(name) or "")) for name in ("width", "height")]
        if all(sides):
            return tuple(int(side.group(1)) for side in sides if side)  # type: ignore[return-value]
    return None


def _unbracketed(address: str) -> str:
    """Strip brackets: some sites print a list into the string (``"[https://...]"``)."""
    return address.strip().strip("[]").strip()


def _evidence(page: Page, node: dict[str, Json], roles: tuple[str, ...]) -> list[RuleHit]:
    found = [Rule.JSON_LD_LOGO.hit()]
    kinds = " ".join(str(kind) for kind in _listed(node.get("@type"))).lower()
    if any(word in kinds for word in ORGANISATIONS):
        found.append(Rule.JSON_LD_ORGANISATION.hit())
    if "publisher" in roles:
        found.append(Rule.JSON_LD_PUBLISHER.hit())
    if not OWN_ROLES.issuperset(roles):
        found.append(Rule.JSON_LD_FOREIGN_ROLE.hit())
    return found + _identity(page, node)


def _identity(page: Page, node: dict[str, Json]) -> list[RuleHit]:
    """Return the hit of the object's url or name: this site or another."""
    name, url = node.get("name"), node.get("url")
    host = _host(urljoin(page.url, url.strip())) if isinstance(url, str) else ""
    if host:
        is_same = registrable(host) == registrable(_host(page.url))
        is_own = is_same or page.identity.has_name(registered_word(host))
        return [(Rule.JSON_LD_OWN if is_own else Rule.JSON_LD_OTHER).hit()]
    if not isinstance(name, str) or not squeezed(name):
        return []
    is_own = page.identity.has_name(name)
    return [(Rule.JSON_LD_OWN if is_own else Rule.JSON_LD_OTHER).hit()]


def _host(url: str) -> str:
    try:
        return urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
