"""Drift of a run: counts and reasons."""

import pytest
from django.utils import timezone

from clustering.models import Assignment, Cluster, Run, User
from clustering.selectors.drift import Drift, drift
from tests.factories import make_dataset, make_domain, make_logo, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def run(alice: User) -> Run:
    """A hundred domains: 80 in a cluster at 0.1 of the medoid, 20 outliers."""
    names = [f"own{number}.de" for number in range(100)]
    return make_run(make_dataset(alice), {"Red": names[:80], "-": names[80:]})


def place(run: Run, n: int, cluster: Cluster | None, *, distance: float = 0.1) -> None:
    start = run.dataset.domains.count()
    for number in range(start, start + n):
        name = f"late{number}.de"
        Assignment.objects.create(
            run=run,
            domain=make_domain(run.dataset, name, logo=make_logo(name)),
            logo=make_logo(name),
            cluster=cluster,
            probability=0.9,
            outlier_score=distance,
            placed_at=timezone.now(),
        )


def drift_of(run: Run) -> Drift:
    found = drift(run)
    assert found is not None
    return found


def test_a_run_to_which_nothing_was_added_has_no_drift(run: Run) -> None:
    assert drift(run) is None


def test_the_domains_of_the_run_itself_are_measured(run: Run) -> None:
    place(run, 1, None)

    own = drift_of(run).own

    assert (own.n, own.n_out) == (100, 20)
    assert own.distance == pytest.approx(0.1)


def test_a_few_similar_domains_need_no_new_run(run: Run) -> None:
    place(run, 8, run.clusters.get())
    place(run, 2, None)

    found = drift_of(run)

    assert found.share_placed == pytest.approx(0.1)
    assert found.level == pytest.approx(0.5)
    assert found.reasons == []


def test_a_fifth_as_many_domains_are_a_reason(run: Run) -> None:
    place(run, 16, run.clusters.get())
    place(run, 4, None)

    assert drift_of(run).reasons == ["20% as many domains joined"]


def test_many_outliers_among_the_placed_are_a_reason(run: Run) -> None:
    place(run, 8, run.clusters.get())
    place(run, 12, None)

    assert "60% of those are outliers, and 20% of the run's own" in drift_of(run).reasons


def test_a_larger_distance_to_the_medoids_is_a_reason(run: Run) -> None:
    place(run, 20, run.clusters.get(), distance=0.2)

    assert "they lie farther from the medoids than the run's own" in drift_of(run).reasons


def test_shares_of_a_handful_are_no_reason(run: Run) -> None:
    place(run, 19, None)

    assert drift_of(run).reasons == []


def test_a_run_without_clusters_can_drift(alice: User) -> None:
    lonely = make_run(make_dataset(alice), {"-": ["a.de", "b.de"]})
    place(lonely, 1, None)

    assert drift_of(lonely).level == 1.0
