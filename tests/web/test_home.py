"""The home page: data sets, drafts, and the first visit."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clustering.models import Dataset
from clustering.services.datasets.lifecycle import forget_drafts
from tests.factories import (
    make_dataset,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_the_home_page_costs_the_same_for_more_data_sets(
    dataset_owner: Client, dataset: Dataset, django_assert_num_queries: Any
) -> None:
    for name in ("One", "Two", "Three"):
        make_run(make_dataset(dataset.owner, name=name), {"A": ["a.de", "b.de"], "-": ["c.de"]})

    with django_assert_num_queries(9):
        page = dataset_owner.get(reverse("home")).content.decode()

    assert page.count("1 cluster · 1 outlier") == 3


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
