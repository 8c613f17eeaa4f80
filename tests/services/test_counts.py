"""Kept counts agree with the rows after every way to change them."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clustering.models import Cluster, Dataset, Domain, Run, User
from clustering.services import counts
from clustering.services.curation import edits, undo
from clustering.services.fetching import worker
from clustering.services.logos import choices
from clustering.services.placement import add_domains
from tests.factories import make_dataset, make_domain, make_logo, make_run, update_domains

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    clusters = {"Cat": ["a.de", "b.de"], "Dog": ["c.de"], "-": ["d.de", "e.de"]}
    return make_run(make_dataset(alice), clusters)


def kept(run: Run) -> tuple[dict[str, int], list[tuple[str, int, int]]]:
    run.refresh_from_db()
    names = counts.counted(run)
    rows = run.clusters.order_by("pk").values_list("name", "size", "n_members")
    return {name: getattr(run, name) for name in names}, list(rows)


def moved(run: Run, alice: User, names: list[str], cluster: Cluster | None) -> None:
    ids = list(run.dataset.domains.filter(name__in=names).values_list("pk", flat=True))
    edits.assign(run, alice, domain_ids=ids, cluster=cluster, client_id=uuid4())


def test_recounting_takes_the_same_queries_for_any_number_of_clusters(alice: User) -> None:
    def n_queries(n_clusters: int) -> int:
        groups = {f"c{number}": [f"{number}.de"] for number in range(n_clusters)}
        made = make_run(make_dataset(alice), groups)
        made.clusters.update(size=7)
        with CaptureQueriesContext(connection) as queries:
            counts.recount(made)
        assert not counts.differences(made.dataset)
        return len(queries)

    assert n_queries(20) == n_queries(2)


def test_a_move_changes_the_corrected_counts_alone(run: Run, alice: User) -> None:
    dog = run.clusters.get(name="Dog")

    moved(run, alice, ["a.de", "d.de"], dog)

    totals, clusters = kept(run)
    assert clusters == [("Cat", 2, 1), ("Dog", 1, 3)]
    assert totals == {
        "n_assigned": 5,
        "n_clusters": 2,
        "n_machine_clusters": 2,
        "n_outliers": 1,
        "n_ignored": 0,
        "n_machine_outliers": 2,
    }


def test_an_emptied_cluster_no_longer_counts(run: Run, alice: User) -> None:
    moved(run, alice, ["c.de"], None)

    totals, clusters = kept(run)
    assert totals["n_clusters"] == 1
    assert totals["n_outliers"] == 3
    assert clusters == [("Cat", 2, 2), ("Dog", 1, 0)]


def test_new_clusters_and_undo_keep_the_counts_equal_to_the_rows(run: Run, alice: User) -> None:
    before = kept(run)
    ids = list(run.dataset.domains.filter(name__in=["a.de", "e.de"]).values_list("pk", flat=True))

    edits.new_cluster(run, alice, domain_ids=ids, name="Owl", client_id=uuid4())

    totals, clusters = kept(run)
    assert totals == counts.counted(run)
    assert clusters[-1] == ("Owl", 0, 2)
    undo.undo_last(run, alice, client_id=uuid4())
    assert kept(run)[0] == before[0] == counts.counted(run)


def test_recount_repairs_counts(run: Run) -> None:
    expected = kept(run)
    Run.objects.filter(pk=run.pk).update(n_outliers=77, n_clusters=5)
    run.clusters.update(n_members=9, size=9)

    counts.recount(run)

    assert kept(run) == expected


@pytest.fixture
def dataset(alice: User) -> Dataset:
    dataset = make_dataset(alice)
    make_domain(dataset, "a.de", logo=make_logo("a"))
    make_domain(dataset, "blank.de", logo=make_logo("blank", is_placeholder=True))
    for name, code in (("b.de", "dns"), ("c.de", "timeout")):
        make_domain(dataset, name)
        update_domains(Domain.objects.filter(name=name), status="failed", error_code=code)
    make_domain(dataset, "d.de")
    return dataset


def test_domains_are_counted_by_outcome_reason_and_finder(dataset: Dataset) -> None:
    rows = dataset.domain_counts.filter(n__gt=0).values_list(
        "outcome", "error_code", "finder", "n"
    )

    assert sorted(rows) == [
        ("failed", "dns", "", 1),
        ("failed", "timeout", "", 1),
        ("logo", "", "img", 1),
        ("pending", "", "", 1),
        ("placeholder", "", "", 1),
    ]


def test_retries_decisions_and_added_domains_keep_the_counts(
    dataset: Dataset, alice: User
) -> None:
    worker.retry_failed(dataset, "dns")
    assert counts.differences(dataset) == []

    choices.refuse(dataset.domains.get(name="a.de"), alice, client_id=uuid4())
    assert counts.differences(dataset) == []

    add_domains.add_pasted(dataset, "new.de, other.fr")
    assert counts.differences(dataset) == []


def test_verify_dataset_finds_and_fixes_wrong_counts(dataset: Dataset, run: Run) -> None:
    dataset.domain_counts.filter(error_code="dns").update(n=4)
    run.clusters.filter(name="Cat").update(n_members=9)
    out = StringIO()

    with pytest.raises(CommandError, match="2 counts differ"):
        call_command("verify_dataset", stdout=out)
    assert "domains failed/failed/dns: kept 4, are 1" in out.getvalue()
    with pytest.raises(CommandError, match="7 files are missing"):  # these logos have none
        call_command("verify_dataset", dataset.slug, run.dataset.slug, "--fix", stdout=StringIO())

    assert counts.differences(dataset) == counts.differences(run.dataset) == []
