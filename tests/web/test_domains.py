"""The list of domains, by what their sites gave."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clustering.models import Capture, Dataset, Domain
from clustering.pipeline.imaging.fingerprints import fingerprint
from tests.factories import make_dataset, make_domain, make_logo, make_user, update_domains

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset() -> Dataset:
    dataset = make_dataset(make_user())
    make_domain(dataset, "logo.de", logo=make_logo("logo"))
    make_domain(dataset, "icon.de", logo=make_logo("icon"))
    make_domain(dataset, "globe.de", logo=make_logo("globe", is_placeholder=True))
    for name, code in (("dead.de", "dns"), ("gone.de", "http_404"), ("sign.de", "placeholder")):
        make_domain(dataset, name)
        detail = f"{name} <b>gave nothing</b>"
        named = dataset.domains.filter(name=name)
        update_domains(named, status="failed", error_code=code, error_detail=detail)
    make_domain(dataset, "later.de")
    icon = dataset.domains.filter(name="icon.de")
    update_domains(icon, kind="icon_only", finder="favicon")
    Capture.objects.filter(domain__name="icon.de").update(finder="favicon")
    return dataset


@pytest.fixture
def client(dataset: Dataset) -> Client:
    client = Client()
    client.force_login(dataset.owner)
    return client


def listed(client: Client, dataset: Dataset, **asked: str) -> list[str]:
    response = client.get(reverse("domains", args=[dataset.slug]), asked)
    return [domain.name for domain in response.context["page"].rows]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["dead", "globe", "gone", "icon", "later", "logo", "sign"]),
        ({"outcome": "logo"}, ["logo"]),
        ({"outcome": "icon"}, ["icon"]),
        ({"outcome": "placeholder"}, ["globe", "sign"]),
        ({"outcome": "failed"}, ["dead", "gone"]),
        ({"outcome": "pending"}, ["later"]),
        ({"code": "dns"}, ["dead"]),
        ({"code": "placeholder"}, ["sign"]),
        ({"finder": "img"}, ["logo"]),
        ({"finder": "favicon"}, ["icon"]),
        ({"outcome": "nothing"}, []),
    ],
)
def test_domains_are_listed_by_outcome(
    client: Client, dataset: Dataset, asked: dict[str, str], names: list[str]
) -> None:
    assert listed(client, dataset, **asked) == [f"{name}.de" for name in names]


def test_each_count_of_the_overview_links_to_its_domains(client: Client, dataset: Dataset) -> None:
    response = client.get(reverse("overview", args=[dataset.slug]))
    page = response.content.decode()

    asked = {f"outcome={one.name}": one.n for one in response.context["outcomes"]}
    asked |= {f"code={one.code}": one.n for one in response.context["failures"]}
    asked |= {f"finder={one.finder}": one.n for one in response.context["sources"]}
    for query, n in asked.items():
        address = f"{reverse('domains', args=[dataset.slug])}?{query}"
        assert f'href="{address}">{n}<' in page
        assert client.get(address).context["page"].count == n


def test_reasons_have_a_retry_button_and_escaped_text(client: Client, dataset: Dataset) -> None:
    page = client.get(reverse("domains", args=[dataset.slug]), {"code": "dns"}).content.decode()

    assert "dead.de &lt;b&gt;gave nothing" in page
    assert '<input type="hidden" name="code" value="dns">' in page
    assert "failures.csv?code=dns" in page


def test_who_may_only_look_is_offered_no_retry(client: Client, dataset: Dataset) -> None:
    dataset.memberships.update(role="viewer")

    page = client.get(reverse("domains", args=[dataset.slug]), {"code": "dns"}).content.decode()

    assert reverse("retry", args=[dataset.slug]) not in page


def test_lists_of_other_users_are_404(client: Client) -> None:
    strange = make_dataset(make_user("mallory"))

    assert client.get(reverse("domains", args=[strange.slug])).status_code == 404


def test_a_longer_list_costs_no_more_queries(
    client: Client, dataset: Dataset, django_assert_num_queries: Any
) -> None:
    address = reverse("domains", args=[dataset.slug])
    client.get(address)
    with django_assert_num_queries(12):
        client.get(address)
    for number in range(40):
        make_domain(dataset, f"more{number}.de", logo=make_logo(f"more{number}"))

    with django_assert_num_queries(12):
        client.get(address)

    assert Domain.objects.count() == 47


def test_domains_with_the_same_file_are_listed_by_each_fingerprint(
    client: Client, dataset: Dataset
) -> None:
    served = fingerprint(b"a file")
    values = {"file_mmh3": served.mmh3, "file_md5": served.md5, "file_sha256": served.sha256}
    Capture.objects.filter(domain__name="icon.de").update(**values)
    phash = Capture.objects.get(domain__name="icon.de").logo.phash

    for value in (str(served.mmh3), served.md5, served.sha256.upper()):
        assert listed(client, dataset, file=value) == ["icon.de"]
    assert "icon.de" in listed(client, dataset, file=phash)
    for value in ("0", "99999999999", "no hash", "f" * 64):
        assert listed(client, dataset, file=value) == []


def test_the_page_of_a_domain_shows_the_fingerprints_and_searches(
    client: Client, dataset: Dataset
) -> None:
    served = fingerprint(b"a file")
    address = reverse("domain", args=[dataset.slug, "icon.de"])
    without = client.get(address).content.decode()
    Capture.objects.filter(domain__name="icon.de").update(
        file_mmh3=served.mmh3, file_md5=served.md5, file_sha256=served.sha256
    )

    page = client.get(address).content.decode()

    assert "Fingerprints" not in without
    for value in (str(served.mmh3), served.md5, served.sha256):
        assert f">{value}</a>" in page
    assert f"search?query=http.favicon.hash%3A{served.mmh3}" in page
    assert f"urlscan.io/search/#hash%3A{served.sha256}" in page


def test_the_page_of_a_domain_shows_its_other_cells(client: Client, dataset: Dataset) -> None:
    Dataset.objects.update(other_columns=["firm", "empty", "<b>note", "missing"])
    name = dataset.domains.order_by("name").values_list("name", flat=True)[0]
    dataset.domains.update(other_cells=["A & B", "", "<script>x"])

    page = client.get(reverse("domain", args=[dataset.slug, name])).content.decode()

    shown = " ".join(page.partition("In the upload")[2].partition("</dl>")[0].split())
    assert '<dt class="wrap">firm</dt> <dd class="wrap"> A &amp; B </dd>' in shown
    assert '<dt class="wrap">&lt;b&gt;note</dt> <dd class="wrap"> &lt;script&gt;x </dd>' in shown
    assert shown.count("<dt") == 2
