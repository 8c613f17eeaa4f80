"""The scripted reviewer: presses the fewest keys that the labels justify, on the real pages."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.test import Client
from django.urls import reverse

from clustering.models import Cluster, ReviewItem, Run, User
from clustering.selectors import review_cards
from clustering.selectors.review_cards import CardLogo, ReviewCard

BAD: Final = ""  # the brand of what is no logo
TYPED_KEYS: Final = 5  # "/", three letters, Enter
MOST_CARDS: Final = 100_000
HTMX: Final = {"HX-Request": "true"}

Kind = ReviewItem.Kind
Fields = dict[str, object]


@dataclass
class Session:
    """What a review took."""

    keys: Counter[str] = field(default_factory=Counter)
    """By kind of item."""
    n_cards: Counter[str] = field(default_factory=Counter)
    n_known: int = 0
    """Outliers shown whose brand had a cluster."""
    n_first: int = 0
    """Of these, whose first suggestion was of their brand."""
    n_listed: int = 0
    """Of these, for which any suggestion was."""
    seconds: list[float] = field(default_factory=list)
    """Of each decision on the server, next card included."""


class Reviewer:
    """A simulated reviewer with the labelled brand of every domain."""

    def __init__(self, run: Run, user: User, brand_of: Mapping[str, str]) -> None:
        self.run, self.brand_of = run, brand_of
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.client.force_login(user)
        self.url = reverse("review_decide", args=(run.dataset.slug,))
        self.session = Session()

    def work(self) -> Session:
        """Decide until nothing is open; return what it took."""
        self.answer(MOST_CARDS)
        return self.session

    def answer(self, n_cards: int) -> int:
        """Decide about up to ``n_cards``; return about how many there were."""
        for n_answered in range(n_cards):
            item = review_cards.first_open(self.run)
            if item is None:
                return n_answered
            self._decide(review_cards.card(self.run, item))
        return n_cards

    def _decide(self, card: ReviewCard) -> None:
        kind = card.item.kind
        n_keys, fields = self._merge(card) if card.clusters else self._place(card)
        self.session.keys[kind] += n_keys
        self.session.n_cards[kind] += 1
        start = time.perf_counter()
        answer = self.client.post(self.url, {"item": card.item.pk} | fields, headers=HTMX)
        self.session.seconds.append(time.perf_counter() - start)
        if answer.status_code != 200 or b"toast-bad" in answer.content:
            raise RuntimeError(f"{fields} about {card.item} was refused")

    def _merge(self, card: ReviewCard) -> tuple[int, Fields]:
        brands = [self._brand_of_cluster(one.cluster) for one in card.clusters]
        brand, n = Counter(brands).most_common(1)[0]
        if n < 2 or brand == BAD:
            return 1, {"verb": "different"}
        ticked = [one for one, its in zip(card.clusters, brands, strict=True) if its == brand]
        n_keys = 1 + _untick_keys([its == brand for its in brands])
        return n_keys, {"verb": "merge", "cluster": [str(one.cluster.uid) for one in ticked]}

    def _place(self, card: ReviewCard) -> tuple[int, Fields]:
        brands = [self._brand(one) for one in card.logos]
        brand = Counter(brands).most_common(1)[0][0]
        chosen = [one for one, its in zip(card.logos, brands, strict=True) if its == brand]
        n_untick = _untick_keys([its == brand for its in brands])
        fields: Fields = {"domain": [one.assignment.domain_id for one in chosen]}
        if brand == BAD:
            return n_untick + 1, fields | {"verb": "ignore"}
        if card.own is not None and self._brand_of_cluster(card.own) == brand:
            return n_untick + 1, fields | {"verb": "keep", "own": str(card.own.uid)}
        n_keys, answer = self._answer(card, brand, chosen)
        return n_untick + n_keys, fields | answer

    def _answer(
        self, card: ReviewCard, brand: str, chosen: Sequence[CardLogo]
    ) -> tuple[int, Fields]:
        homes = self._clusters_of(brand)
        fitting = [one for one in card.choices if one.cluster.pk in homes]
        if homes and card.item.kind in (Kind.GROUP, Kind.SINGLE):
            self.session.n_known += len(chosen)
            self.session.n_listed += len(chosen) if fitting else 0
            self.session.n_first += len(chosen) if fitting and fitting[0].key == 1 else 0
        if fitting:
            return 1, {"choice": f"{fitting[0].key}:{fitting[0].cluster.uid}"}
        if homes:
            cluster = self.run.clusters.get(pk=homes[0])
            return TYPED_KEYS, {"cluster": str(cluster.uid)}
        if self._has_company(brand, chosen):
            return 2, {"verb": "new", "name": card.name or brand}  # "n", Enter
        return 1, {"verb": "out"}

    def _brand(self, one: CardLogo) -> str:
        return self.brand_of.get(one.assignment.domain.name, BAD)

    def _brand_of_cluster(self, cluster: Cluster) -> str:
        held = self.run.assignments.members_of(cluster).values_list("domain__name", flat=True)
        return _majority(self.brand_of.get(name, BAD) for name in held)

    def _clusters_of(self, brand: str) -> list[int]:
        """Return the clusters in which most domains are of ``brand``, largest first."""
        names = [name for name, its in self.brand_of.items() if its == brand]
        rows = self.run.assignments.filter(domain__name__in=names)
        held = rows.filter(corrected_cluster_id__isnull=False).order_by()
        ids = set(held.values_list("corrected_cluster_id", flat=True))
        clusters = self.run.clusters.filter(pk__in=ids).order_by("-n_members", "number")
        return [one.pk for one in clusters if self._brand_of_cluster(one) == brand]

    def _has_company(self, brand: str, chosen: Sequence[CardLogo]) -> bool:
        names = [name for name, its in self.brand_of.items() if its == brand]
        outliers = self.run.assignments.outliers().filter(domain__name__in=names)
        return len(chosen) > 1 or outliers.count() > 1


def _majority(brands: Iterable[str]) -> str:
    counted = Counter(brands).most_common(1)
    return counted[0][0] if counted else BAD


def _untick_keys(is_right: Sequence[bool]) -> int:
    """Return the keys to untick what is wrong: arrows to the last of them, one ``t`` each."""
    wrong = [place for place, right in enumerate(is_right) if not right]
    return wrong[-1] + 1 + len(wrong) if wrong else 0
