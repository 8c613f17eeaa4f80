"""Searches whose words are in many names find what reading all of them would find."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from clustering.lab.bench.pages.planting import plant
from clustering.models import Cluster, Domain, LabelSource, Run, User
from clustering.selectors import cluster_search, logo_tiles, pages, search
from clustering.selectors.gallery import CardOrder, GalleryQuery, clusters, gallery_page
from clustering.selectors.logo_tiles import OutlierOrder

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

N_DOMAINS = 300
WORDS = ("a", "co", "de", "bako", "ba1", ".com", "nothing")
MACHINE, CORRECTED = LabelSource.MACHINE, LabelSource.CORRECTED


@pytest.fixture
def run(alice: User) -> Run:
    return plant(alice, "planted", N_DOMAINS)


@pytest.fixture
def few() -> Iterator[None]:
    """Let a few hits be many."""
    with (
        patch.object(pages, "MOST_HITS", 20),
        patch.object(search, "MOST_HITS", 20),
        patch.object(search, "HITS", 7),
        patch.object(search, "OTHERS", 2),
        patch.object(pages, "MOST_COUNTED", 10),
        patch.object(search, "MOST_COUNTED", 10),
        patch.object(cluster_search, "MOST_COUNTED", 10),
        patch.object(cluster_search, "PROBED_AT_ONCE", 6),
        patch("clustering.selectors.gallery.CARDS_PER_PAGE", 5),
        patch("clustering.selectors.logo_tiles.OUTLIERS_PER_PAGE", 5),
    ):
        yield


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("label_source", "order", "n_counted"),
    [
        (CORRECTED, CardOrder.SIZE, 10),
        (CORRECTED, CardOrder.NAME, 25),  # more than the first hits tell
        (MACHINE, CardOrder.COHESION, 10),
    ],
)
def test_pages_of_clusters_show_each_that_matches_once(
    run: Run,
    label_source: LabelSource,
    order: CardOrder,
    n_counted: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (pages, cluster_search):
        monkeypatch.setattr(module, "MOST_COUNTED", n_counted)
    for word in WORDS:
        everything = clusters(run, label_source, text=word)
        shown = [gallery_page(run, label_source, GalleryQuery(order, word))[0]]
        while shown[-1].next:
            wanted = GalleryQuery(order, word, shown[-1].next)
            shown.append(gallery_page(run, label_source, wanted)[0])
        back = [shown[-1]]
        while back[-1].previous:
            wanted = GalleryQuery(order, word, back[-1].previous)
            back.append(gallery_page(run, label_source, wanted)[0])

        rows: list[Cluster] = [row for one in shown for row in one.rows]
        assert len(rows) == everything.count()
        assert set(rows) == set(everything)
        assert [row for one in reversed(back) for row in one.rows] == rows
        assert {one.count for one in shown} == {min(len(rows), n_counted + 1)}


@pytest.mark.usefixtures("few")
def test_a_search_lists_the_first_names_of_all(run: Run) -> None:
    here = set(run.assignments.values_list("domain_id", flat=True))
    for word in WORDS:
        names = Domain.objects.filter(search.named(run.dataset_id, word)).order_by("name")
        shown = [one.name for one in names if one.pk in here]
        others = [one.name for one in names if one.pk not in here]

        found = search.search(run.dataset, run, CORRECTED, word)

        assert [row.domain.name for row in found.rows] == shown[:7]
        assert [one.name for one in found.others] == others[:2]
        assert found.n == min(len(shown), 11)


@pytest.mark.usefixtures("few")
def test_outliers_are_found_by_a_part_of_many_names(run: Run) -> None:
    for word in WORDS:
        rows = run.assignments.outliers().filter(domain__name__icontains=word)
        expected = list(rows.order_by("domain__name"))

        page, _ = logo_tiles.outliers(run, CORRECTED, order=OutlierOrder.NAME, text=word, token="")

        assert page.rows == expected[:5]
        assert page.count == min(len(expected), 11)
