"""Forms for choosing logos, without JavaScript."""

from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from clustering.models import Capture, Dataset, Domain, Lookup, Membership, User
from clustering.services.logos import choices
from tests.factories import make_dataset, make_domain, make_logo, make_run, make_user

pytestmark = pytest.mark.django_db
FORMS = ("logo_choose", "logo_refuse", "logo_upload", "logo_address", "logo_look", "logo_undo")


@pytest.fixture(autouse=True)
def sent() -> Any:
    """The ids of the lookups that were sent to a worker."""
    with patch("clustering.tasks.advance.delay"), patch("clustering.tasks.look_up.delay") as sent:
        yield sent


@pytest.fixture
def dataset(alice: User) -> Dataset:
    return make_dataset(alice)


@pytest.fixture
def domain(dataset: Dataset) -> Domain:
    """A domain with two candidates, the first of them in use."""
    made = make_domain(dataset, "x.de", logo=make_logo("first"))
    Capture.objects.create(
        domain=made,
        logo=make_logo("second"),
        finder="icon",
        source_url="https://x.de/icon.png",
        rank=1,
        score=20.0,
        fetched_at=timezone.now(),
    )
    return made


def address(domain: Domain, name: str = "domain") -> str:
    return reverse(name, args=[domain.dataset.slug, domain.name])


def in_use(domain: Domain) -> str:
    return domain.captures.get(is_primary=True).finder


def drawing() -> bytes:
    """A PNG with something on it."""
    image = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    image.paste((200, 30, 30, 255), (8, 8, 40, 56))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_all_candidates_stand_side_by_side(alice_client: Client, domain: Domain) -> None:
    page = alice_client.get(address(domain)).content.decode()

    assert page.count("Use this logo") == 1
    assert page.count("on a checkerboard") == 3  # the logo in use, and both candidates
    assert "https://x.de/icon.png" in page


def test_another_candidate_is_one_press(alice_client: Client, domain: Domain) -> None:
    capture = domain.captures.get(finder="icon")

    response = alice_client.post(address(domain, "logo_choose"), {"capture": capture.pk})

    assert response.headers["Location"] == address(domain)
    assert in_use(domain) == "icon"


def test_a_candidate_of_another_domain_is_not_there(
    alice_client: Client, dataset: Dataset, domain: Domain
) -> None:
    other = make_domain(dataset, "y.de", logo=make_logo("other")).captures.get()

    page = alice_client.post(address(domain, "logo_choose"), {"capture": other.pk}, follow=True)

    assert "This candidate was replaced" in page.content.decode()
    assert in_use(domain) == "img"


@pytest.mark.parametrize("capture", ["", "x", "-1", "9" * 30, "\u0663"])
def test_an_unknown_candidate_is_reported(
    alice_client: Client, domain: Domain, capture: str
) -> None:
    page = alice_client.post(address(domain, "logo_choose"), {"capture": capture}, follow=True)

    assert "This candidate was replaced" in page.content.decode()
    assert domain.choices.count() == 0


def test_none_of_these_leaves_the_domain_out_and_undo_brings_it_back(
    alice_client: Client, domain: Domain
) -> None:
    alice_client.post(address(domain, "logo_refuse"))
    page = alice_client.get(address(domain)).content.decode()
    alice_client.post(address(domain, "logo_undo"))

    assert "none of the candidates is its logo" in page
    assert "Undo latest" in page
    assert in_use(domain) == "img"


@pytest.mark.django_db(transaction=True)
def test_an_uploaded_image_is_the_logo(
    alice_client: Client, domain: Domain, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("mark.png", drawing())

    alice_client.post(address(domain, "logo_upload"), {"file": file})

    capture = domain.captures.get(is_primary=True)
    assert (capture.finder, capture.logo.media_type) == ("upload", "image/png")
    assert len(capture.file_md5) == 32
    assert (tmp_path / "logos" / capture.logo.sha256[:2] / f"{capture.logo.sha256}.png").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"no image at all", "is no image that can be used"),
        (b"x" * (5 * 1024 * 1024 + 1), "a logo may have 5 MB"),
    ],
)
def test_an_invalid_image_is_reported_and_changes_nothing(
    alice_client: Client, domain: Domain, content: bytes, said: str
) -> None:
    file = SimpleUploadedFile("mark.png", content)

    page = alice_client.post(address(domain, "logo_upload"), {"file": file}, follow=True)

    assert said in page.content.decode()
    assert in_use(domain) == "img"


def test_a_missing_file_is_reported(alice_client: Client, domain: Domain) -> None:
    page = alice_client.post(address(domain, "logo_upload"), follow=True)

    assert "Choose an image file first." in page.content.decode()


def test_an_address_is_fetched_by_a_worker_and_the_page_waits_for_it(
    alice_client: Client, domain: Domain, sent: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        alice_client.post(address(domain, "logo_address"), {"url": "https://x.de/mark.svg"})
    page = alice_client.get(address(domain)).content.decode()

    lookup = Lookup.objects.get()
    assert (lookup.kind, lookup.url) == ("address", "https://x.de/mark.svg")
    sent.assert_called_once_with(lookup.pk)
    assert 'hx-trigger="every 1s"' in page
    assert "https://x.de/mark.svg" in page


def test_a_failed_lookup_is_shown_until_a_choice(
    alice_client: Client, alice: User, domain: Domain
) -> None:
    failed = {"status": "failed", "error_code": "bad_image", "error_detail": "a page"}
    Lookup.objects.create(domain=domain, kind="address", url="https://x.de/", **failed)

    before = alice_client.get(address(domain)).content.decode()
    alice_client.post(address(domain, "logo_refuse"))
    after = alice_client.get(address(domain)).content.decode()

    assert "Enter the URL of the image file" in before
    assert "Enter the URL of the image file" not in after


def test_an_invalid_address_is_reported(alice_client: Client, domain: Domain) -> None:
    url = address(domain, "logo_address")

    page = alice_client.post(url, {"url": "javascript:alert(1)"}, follow=True)

    assert "beginning with https://" in page.content.decode()
    assert Lookup.objects.count() == 0


def test_a_logo_from_a_zip_has_no_site_to_look_at(alice_client: Client, domain: Domain) -> None:
    Domain.objects.update(archive_member="x.de.png")

    shown = alice_client.get(address(domain)).content.decode()
    page = alice_client.post(address(domain, "logo_look"), follow=True).content.decode()

    assert "Find other candidates" not in shown
    assert "no site to look at" in page
    assert Lookup.objects.count() == 0


def test_a_domain_that_was_added_to_a_zip_has_a_site_to_look_at(
    alice_client: Client, domain: Domain
) -> None:
    Dataset.objects.update(kind=Dataset.Kind.IMAGES)

    shown = alice_client.get(address(domain)).content.decode()
    alice_client.post(address(domain, "logo_look"))

    assert "Find other candidates" in shown
    assert Lookup.objects.get().kind == "candidates"


def test_the_page_says_that_the_run_holds_an_earlier_logo(
    alice_client: Client, alice: User, dataset: Dataset, domain: Domain
) -> None:
    make_run(dataset, {"-": ["x.de"]})
    before = alice_client.get(address(domain)).content.decode()

    given = choices.uploaded(make_logo("mine"))
    choices.give(domain, alice, given, client_id=uuid4())

    after = alice_client.get(address(domain)).content.decode()
    assert "still uses" not in before
    assert "still uses this earlier logo" in after
    assert "Cluster again" in after


def test_the_overview_offers_a_run_without_excluded_domains(
    alice_client: Client, alice: User, dataset: Dataset, domain: Domain
) -> None:
    make_run(dataset, {"-": ["x.de"]})
    overview = reverse("overview", args=[dataset.slug])
    before = alice_client.get(overview).content.decode()

    choices.refuse(domain, alice, client_id=uuid4())

    assert "Cluster again" not in before
    assert "1 domain changed since" in alice_client.get(overview).content.decode()


def test_cluster_again_queues_the_last_run_once_more(
    alice_client: Client, dataset: Dataset, domain: Domain
) -> None:
    make_run(dataset, {"-": ["x.de"]})

    for _ in range(2):
        alice_client.post(reverse("recluster", args=[dataset.slug]))

    assert dataset.runs.unfinished().count() == 1


@pytest.mark.parametrize("name", FORMS)
def test_a_viewer_reads_and_changes_nothing(domain: Domain, name: str) -> None:
    viewer = make_user("viewer")
    Membership.objects.create(dataset=domain.dataset, user=viewer, role=Membership.Role.VIEWER)
    client = Client()
    client.force_login(viewer)

    page = client.get(address(domain))
    response = client.post(address(domain, name))

    assert page.status_code == 200
    assert "Use this logo" not in page.content.decode()
    assert response.status_code == 403
    assert domain.choices.count() == Lookup.objects.count() == 0


@pytest.mark.parametrize("name", FORMS)
def test_non_members_get_404(bob_client: Client, domain: Domain, name: str) -> None:
    assert bob_client.post(address(domain, name)).status_code == 404


def test_redirects_stay_on_this_site(alice_client: Client, domain: Domain) -> None:
    fields = {"next": "https://evil.example/"}

    response = alice_client.post(address(domain, "logo_refuse"), fields)

    assert response.headers["Location"] == address(domain)
