"""What a person picked on the pages of a run: words of the pages, read as domains and clusters.

A word is one of:

- ``d12``: the domain 12
- ``p7.3``: the domains of cluster 3 that show the logo 7; cluster -1 is the outliers
- ``c3``: cluster 3, by its number in the run
- ``o`` or ``o.text``: all outliers, or those whose domain contains the (quoted) text
- ``s.text``: all logos that have the words of the text, in their domain or read in them
- ``g`` or ``g.text``: all clusters, or those that match the text

A ``-`` before a word takes out again what it names.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from clustering.models import Cluster, LabelSource, Run
from clustering.pipeline.errors import InputError
from clustering.selectors import gallery, search
from clustering.selectors.map_points import OUTLIER

MOST_DOMAINS: Final = 20_000  # of one decision; SQLite binds 32,766 values at most
MOST_WORDS: Final = 100_000
WORD: Final = re.compile(
    r"(?P<out>-?)(?:d(?P<domain>\d{1,18})|p(?P<logo>\d{1,18})\.(?P<place>-1|\d{1,9})"
    r"|c(?P<cluster>\d{1,9})|(?P<list>[ogs])(?:\.(?P<text>\S{0,800}))?)"
)


@dataclass(frozen=True)
class Picked:
    """Domains and whole clusters, each once."""

    domain_ids: list[int]
    """Ascending; those of the clusters too."""
    clusters: list[Cluster]
    one_of_each: list[int]
    """One domain of each picked picture and cluster, and each domain picked by itself."""


@dataclass
class _Words:
    domains: set[int] = field(default_factory=set)
    pictures: set[tuple[int, int]] = field(default_factory=set)
    """Logo and number of the cluster."""
    clusters: set[int] = field(default_factory=set)
    outliers: set[str] = field(default_factory=set)
    searches: set[str] = field(default_factory=set)
    galleries: set[str] = field(default_factory=set)

    def add(self, word: re.Match[str]) -> None:
        text = unquote(word["text"] or "").replace("\0", "")
        if word["domain"]:
            self.domains.add(int(word["domain"]))
        elif word["logo"]:
            self.pictures.add((int(word["logo"]), int(word["place"])))
        elif word["cluster"]:
            self.clusters.add(int(word["cluster"]))
        else:
            lists = {"o": self.outliers, "s": self.searches, "g": self.galleries}
            lists[word["list"]].add(text)


def picked(run: Run, words: Sequence[str]) -> Picked:
    """Return the domains and clusters that the words name now, as corrected.

    Raises:
        InputError: for a word of no kind, or more than ``MOST_DOMAINS`` domains.
    """
    wanted, left_out = _parsed(words)
    gone = {one.pk for one in _clusters(run, left_out)}
    clusters = [one for one in _clusters(run, wanted) if one.pk not in gone]
    groups = list(_groups(run, wanted, clusters))
    out = {pk for group in _groups(run, left_out, _clusters(run, left_out)) for pk in group}
    kept = [[pk for pk in group if pk not in out] for group in groups]
    domain_ids = {pk for group in kept for pk in group}
    if len(domain_ids) > MOST_DOMAINS:
        raise InputError(
            f"these are {len(domain_ids)} domains, of at most {MOST_DOMAINS} in one decision;"
            " select fewer"
        )
    firsts = list(dict.fromkeys(group[0] for group in kept if group))
    return Picked(sorted(domain_ids), clusters, firsts)


def _parsed(words: Sequence[str]) -> tuple[_Words, _Words]:
    if len(words) > MOST_WORDS:
        raise InputError(f"select at most {MOST_WORDS} logos one by one")
    wanted, left_out = _Words(), _Words()
    for word in words:
        found = WORD.fullmatch(word)
        if found is None:
            raise InputError("the selection is damaged; reload the page and try again")
        (left_out if found["out"] else wanted).add(found)
    return wanted, left_out


def _clusters(run: Run, words: _Words) -> list[Cluster]:
    found = list(run.clusters.filter(number__among=words.clusters)) if words.clusters else []
    for text in words.galleries:
        shown = gallery.clusters(run, LabelSource.CORRECTED, text=text).select_related(None)
        found += shown[: MOST_DOMAINS + 1]
    return list({one.pk: one for one in found}.values())


def _groups(run: Run, words: _Words, clusters: Iterable[Cluster]) -> Iterator[list[int]]:
    """Yield the domains of each word; a query for the words of a kind."""
    rows = run.assignments.filter(domain_id__among=words.domains)
    yield from ([pk] for pk in rows.values_list("domain_id", flat=True))
    yield from _of_pictures(run, words.pictures)
    members: dict[int, list[int]] = {}
    held_there = run.assignments.filter(corrected_cluster_id__among=[one.pk for one in clusters])
    rows = held_there.order_by("-similarity", "id")
    for held, pk in rows.values_list("corrected_cluster_id", "domain_id"):
        members.setdefault(held or 0, []).append(pk)
    yield from members.values()
    for text in words.searches:
        rows = search.matching(run, text)
        yield from ([pk] for pk in rows.values_list("domain_id", flat=True)[: MOST_DOMAINS + 1])
    for text in words.outliers:
        rows = run.assignments.outliers()
        rows = rows.named(text, run.dataset_id) if text else rows
        yield from ([pk] for pk in rows.values_list("domain_id", flat=True)[: MOST_DOMAINS + 1])


def _of_pictures(run: Run, pictures: set[tuple[int, int]]) -> Iterable[list[int]]:
    numbers = {number for _, number in pictures} - {OUTLIER}
    found = run.clusters.filter(number__among=numbers).values_list("pk", "number")
    number_of: dict[int | None, int] = {None: OUTLIER, **dict(found)}
    groups: dict[tuple[int, int], list[int]] = {}
    shown = run.assignments.filter(logo_id__among={logo for logo, _ in pictures})
    rows = shown.filter(is_ignored=False).order_by("pk")
    for logo, held, pk in rows.values_list("logo_id", "corrected_cluster_id", "domain_id"):
        picture = logo, number_of.get(held, OUTLIER - 1)
        if picture in pictures:
            groups.setdefault(picture, []).append(pk)
    return groups.values()
