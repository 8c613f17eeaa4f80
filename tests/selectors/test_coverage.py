"""Coverage of a data set: shares, losses by kind, links, and what to do."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from clustering.models import Dataset, Domain, User
from clustering.pipeline.errors import CODES
from clustering.selectors.coverage import LOSSES, coverage
from tests.factories import make_dataset, make_domain, update_domains

pytestmark = pytest.mark.django_db
FAILED = ("dns", "dns", "connect", "tls", "moved", "needs_browser", "no_logo", "http_403")


@pytest.fixture
def dataset(alice: User) -> Dataset:
    made = make_dataset(alice)
    for number, code in enumerate(FAILED):
        _end(made, f"failed{number}.com", status="failed", error_code=code)
    _end(made, "logo.com", status="found", kind="logo", finder="img")
    _end(made, "icon.com", status="found", kind="icon_only", finder="google")
    return made


def _end(dataset: Dataset, name: str, **values: str) -> None:
    domain = make_domain(dataset, name)
    update_domains(Domain.objects.filter(pk=domain.pk), **values)


def test_every_domain_is_in_one_part(
    dataset: Dataset, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = coverage(dataset)

    assert {part.name: part.n for part in found.parts} == {
        "logo": 1,
        "icon": 1,
        "dead_name": 2,
        "no_answer": 2,
        "blocked": 1,
        "moved": 1,
        "needs_browser": 1,
        "no_logo": 1,
    }
    assert (found.n_domains, found.share_covered, found.n_by_services) == (10, 0.2, 1)


def test_every_error_code_has_a_part() -> None:
    named = [code for loss in LOSSES for code in loss.codes]

    assert sorted([*named, "placeholder"]) == sorted(CODES)


def test_the_overview_says_where_sites_were_lost_and_links_them(
    alice_client: Client, dataset: Dataset
) -> None:
    page = alice_client.get(reverse("overview", args=[dataset.slug])).content.decode()
    link = f"{reverse('domains', args=[dataset.slug])}?code=connect%2Ctls"

    assert "of the domains have a logo or an icon, 1 by logo services" in page
    assert "Follow moved sites in the settings, then retry." in page
    assert link in page
    listed = alice_client.get(link).content.decode()
    assert all(f"failed{number}.com" in listed for number in (2, 3))
    assert "failed0.com" not in listed


def test_the_command_prints_the_same(dataset: Dataset) -> None:
    table, values = StringIO(), StringIO()

    call_command("coverage", dataset.slug, stdout=table)
    call_command("coverage", "--json", stdout=values)

    head, *_ = table.getvalue().splitlines()
    assert head == f"{dataset.slug}: 20.0% of 10 domains have a logo or an icon"
    assert json.loads(values.getvalue())[dataset.slug]["n_domains"] == 10
    with pytest.raises(CommandError):
        call_command("coverage", "nothing")
