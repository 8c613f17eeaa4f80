"""The scripted reviewer: gives the answers that the labels justify, card by card."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

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
    """From each answer to the next card."""


class Hands(Protocol):
    """How a reviewer sees and answers cards."""

    def shown(self) -> ReviewItem | None:
        """Return the item in view; None if nothing is left."""

    def answer(self, card: ReviewCard, fields: Fields) -> tuple[int, float]:
        """Send the fields of the card's form; return the keys that it takes, and the seconds."""


class Requests:
    """Posts the form without a browser, and counts the keys that it would take."""

    def __init__(self, run: Run, user: User) -> None:
        self.run = run
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.client.force_login(user)
        self.url = reverse("review_decide", args=(run.dataset.slug,))

    def shown(self) -> ReviewItem | None:
        """Return the first open item of the queue."""
        return review_cards.first_open(self.run)

    def answer(self, card: ReviewCard, fields: Fields) -> tuple[int, float]:
        """Answer the next card in this process."""
        start = time.perf_counter()
        answer = self.client.post(self.url, {"item": card.item.pk} | fields, headers=HTMX)
        seconds = time.perf_counter() - start
        if answer.status_code != 200 or b"toast-bad" in answer.content:
            raise RuntimeError(f"{fields} about {card.item} was refused")
        return len(untick_keys(card, fields)) + self._verb_keys(fields), seconds

    def _verb_keys(self, fields: Fields) -> int:
        if "verb" in fields:
            return 2 if fields["verb"] == "new" else 1  # "n", Enter
        return 1 if "choice" in fields else TYPED_KEYS


def untick_keys(card: ReviewCard, fields: Fields) -> list[str]:
    """Return the keys that leave only the answered boxes ticked: arrows, one "t" each."""
    clusters: list[object] = [str(one.cluster.uid) for one in card.clusters]
    logos: list[object] = [one.assignment.domain_id for one in card.logos]
    boxes, name = (clusters, "cluster") if clusters else (logos, "domain")
    ticked = cast("Sequence[object]", fields.get(name, boxes))
    keys: list[str] = []
    n_down = 0
    for place, box in enumerate(boxes, start=1):
        if box not in ticked:
            keys += ["ArrowDown"] * (place - n_down) + ["t"]
            n_down = place
    return keys


class Reviewer:
    """A simulated reviewer with the labelled brand of every domain."""

    def __init__(self, run: Run, brand_of: Mapping[str, str], hands: Hands) -> None:
        self.run, self.brand_of, self.hands = run, brand_of, hands
        self.session = Session()

    def work(self) -> Session:
        """Decide until nothing is open; return what it took."""
        self.answer(MOST_CARDS)
        return self.session

    def answer(self, n_cards: int) -> int:
        """Decide about up to ``n_cards``; return about how many there were."""
        for n_answered in range(n_cards):
            item = self.hands.shown()
            if item is None:
                return n_answered
            self._decide(review_cards.card(self.run, item))
        return n_cards

    def _decide(self, card: ReviewCard) -> None:
        kind = card.item.kind
        fields = self._merge(card) if card.clusters else self._place(card)
        n_keys, seconds = self.hands.answer(card, fields)
        self.session.keys[kind] += n_keys
        self.session.n_cards[kind] += 1
        self.session.seconds.append(seconds)

    def _merge(self, card: ReviewCard) -> Fields:
        brands = [self._brand_of_cluster(one.cluster) for one in card.clusters]
        brand, n = Counter(brands).most_common(1)[0]
        if n < 2 or brand == BAD:
            return {"verb": "different"}
        ticked = [one for one, its in zip(card.clusters, brands, strict=True) if its == brand]
        return {"verb": "merge", "cluster": [str(one.cluster.uid) for one in ticked]}

    def _place(self, card: ReviewCard) -> Fields:
        brands = [self._brand(one) for one in card.logos]
        brand = Counter(brands).most_common(1)[0][0]
        chosen = [one for one, its in zip(card.logos, brands, strict=True) if its == brand]
        fields: Fields = {"domain": [one.assignment.domain_id for one in chosen]}
        if brand == BAD:
            return fields | {"verb": "ignore"}
        if card.own is not None and self._brand_of_cluster(card.own) == brand:
            return fields | {"verb": "keep", "own": str(card.own.uid)}
        return fields | self._answer(card, brand, chosen)

    def _answer(self, card: ReviewCard, brand: str, chosen: Sequence[CardLogo]) -> Fields:
        homes = self.clusters_of(brand)
        fitting = [one for one in card.choices if one.cluster.pk in homes]
        if homes and card.item.kind in (Kind.GROUP, Kind.SINGLE):
            self.session.n_known += len(chosen)
            self.session.n_listed += len(chosen) if fitting else 0
            self.session.n_first += len(chosen) if fitting and fitting[0].key == 1 else 0
        if fitting:
            return {"choice": f"{fitting[0].key}:{fitting[0].cluster.uid}"}
        if homes:
            return {"cluster": str(self.run.clusters.get(pk=homes[0]).uid)}
        if self._has_company(brand, chosen):
            return {"verb": "new", "name": card.name or brand}
        return {"verb": "out"}

    def _brand(self, one: CardLogo) -> str:
        return self.brand_of.get(one.assignment.domain.name, BAD)

    def _brand_of_cluster(self, cluster: Cluster) -> str:
        held = self.run.assignments.members_of(cluster).values_list("domain__name", flat=True)
        return _majority(self.brand_of.get(name, BAD) for name in held)

    def clusters_of(self, brand: str) -> list[int]:
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
