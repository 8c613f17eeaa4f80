"""The home page: data sets, drafts, and the first visit."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clustering.models import Dataset, Membership, ReviewItem
from clustering.services import open_reviews
from clustering.services.datasets.lifecycle import forget_drafts
from tests.factories import (
    make_dataset,
    make_domain,
    make_run,
    make_user,
    update_domains,
)

pytestmark = pytest.mark.django_db


def test_the_home_page_costs_the_same_for_more_data_sets(
    dataset_owner: Client, dataset: Dataset, django_assert_num_queries: Any
) -> None:
    for name in ("One", "Two", "Three"):
        make_run(make_dataset(dataset.owner, name=name), {"A": ["a.de", "b.de"], "-": ["c.de"]})

    with django_assert_num_queries(10):
        page = dataset_owner.get(reverse("home")).content.decode()

    assert page.count("1 cluster · 1 outlier") == 3


NEXT = re.compile(r'dataset-next"\s+href="(?P<path>[^"]*)"[^>]*>(?P<label>[^<]*)<')


def next_step(client: Client, dataset: Dataset) -> list[str]:
    """Return the link on the card of a data set, and where it leads."""
    page = client.get(reverse("home")).content.decode()
    root = reverse("overview", args=[dataset.slug])
    return [
        f"{' '.join(one['label'].split())} -> {one['path'].removeprefix(root)}"
        for one in NEXT.finditer(page)
    ]


def test_a_card_says_what_to_do_next(dataset_owner: Client, dataset: Dataset) -> None:
    assert next_step(dataset_owner, dataset) == []
    run = make_run(dataset, {"A": ["a.de", "b.de"], "-": ["c.de"]})
    assert next_step(dataset_owner, dataset) == ["Export -> export/"]

    items = ReviewItem.objects.bulk_create(
        ReviewItem(run=run, kind=ReviewItem.Kind.SINGLE, place=place, score=0.8, n_open=1)
        for place in range(2)
    )
    open_reviews.added(run.pk, items)
    assert next_step(dataset_owner, dataset) == ["Review 2 -> review/"]

    Dataset.objects.filter(pk=dataset.pk).update(cancelled_at=timezone.now())
    assert next_step(dataset_owner, dataset) == []


def test_a_card_without_any_logo_leads_to_the_reasons(
    dataset_owner: Client, dataset: Dataset
) -> None:
    for name in ("a.de", "b.de"):
        make_domain(dataset, name)
    update_domains(dataset.domains.all(), status="failed", error_code="dns")

    assert next_step(dataset_owner, dataset) == ["See why all failed -> "]


def test_a_run_without_clusters_leads_to_other_settings(
    dataset_owner: Client, dataset: Dataset
) -> None:
    make_run(dataset, {"-": ["a.de", "b.de"]})

    assert next_step(dataset_owner, dataset) == ["Cluster with other settings -> runs/new/"]


def test_a_viewer_is_led_to_the_clusters(client: Client, dataset: Dataset) -> None:
    make_run(dataset, {"A": ["a.de", "b.de"]})
    viewer = make_user("viewer")
    Membership.objects.create(dataset=dataset, user=viewer, role=Membership.Role.VIEWER)
    client.force_login(viewer)

    assert next_step(client, dataset) == ["Browse clusters -> gallery/"]


def test_the_first_visit_is_a_drop_zone(dataset_owner: Client, dataset: Dataset) -> None:
    dataset.delete()

    page = dataset_owner.get(reverse("home")).content.decode()

    assert "upload-alone" in page
    assert "Try the sample" in page


def test_uploads_that_were_not_started_fold_into_one_line(
    dataset_owner: Client, dataset: Dataset
) -> None:
    make_dataset(dataset.owner, "Draft", intake=Dataset.Intake.READY, source_name="draft.csv")
    make_dataset(dataset.owner, "Bad", intake=Dataset.Intake.REFUSED, source_name="bad.pdf")
    make_dataset(make_user("mallory"), "Other", intake=Dataset.Intake.READY)

    page = dataset_owner.get(reverse("home")).content.decode()

    assert "2 uploads not started or refused" in " ".join(page.split())
    assert page.count("dataset-card-body") == 1
    assert page.count('<li class="row">') == 2


@pytest.mark.parametrize("intake", list(Dataset.Intake))
def test_only_drafts_and_refused_uploads_end_after_a_day(dataset: Dataset, intake: str) -> None:
    new = make_dataset(dataset.owner, "New", intake=intake)
    Dataset.objects.filter(pk=dataset.pk).update(
        intake=intake, created_at=timezone.now() - timedelta(hours=25)
    )

    forget_drafts()

    dataset.refresh_from_db()
    new.refresh_from_db()
    assert new.deleted_at is None
    assert (dataset.deleted_at is not None) is (intake in {"ready", "refused"})
