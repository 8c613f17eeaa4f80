"""Access by role: anonymous users sign in, non-members get 404, viewers change nothing."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clustering.models import Capture, Classification, Dataset, Domain, Membership, Run
from tests.factories import (
    make_dataset,
    make_domain,
    make_logo,
    make_run,
    make_user,
    update_domains,
)
from tests.web.dead_ends import dead_ends, forms_of
from tests.web.previews import PREVIEW

pytestmark = pytest.mark.django_db

READ = ("overview", "runs", "rejected_csv")
CHANGE = ("cancel", "resume", "retry", "intake_column", "intake_confirm")
Intake = Dataset.Intake


def client_of(username: str) -> Client:
    client = Client()
    client.force_login(make_user(username))
    return client


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset(make_user("owner"))


@pytest.fixture
def viewer(dataset: Dataset) -> Client:
    user = make_user("viewer")
    Membership.objects.create(dataset=dataset, user=user, role=Membership.Role.VIEWER)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", READ)
def test_non_members_get_404_for_every_page(dataset: Dataset, name: str) -> None:
    assert client_of("eve").get(reverse(name, args=[dataset.slug])).status_code == 404


@pytest.mark.parametrize("name", READ)
def test_a_viewer_reads(dataset: Dataset, viewer: Client, name: str) -> None:
    assert viewer.get(reverse(name, args=[dataset.slug])).status_code == 200


@pytest.mark.parametrize("name", CHANGE)
def test_non_members_change_nothing(dataset: Dataset, name: str) -> None:
    assert client_of("eve").post(reverse(name, args=[dataset.slug])).status_code == 404


@pytest.mark.parametrize("name", [*CHANGE, "run_new", "delete"])
def test_a_viewer_changes_nothing(dataset: Dataset, viewer: Client, name: str) -> None:
    response = viewer.post(reverse(name, args=[dataset.slug]))

    assert response.status_code == HTTPStatus.FORBIDDEN
    dataset.refresh_from_db()
    assert dataset.cancelled_at is None


def test_an_editor_does_not_delete(dataset: Dataset, viewer: Client) -> None:
    Membership.objects.filter(user__username="viewer").update(role=Membership.Role.EDITOR)

    assert viewer.post(reverse("delete", args=[dataset.slug])).status_code == 403
    assert Dataset.objects.count() == 1


@pytest.fixture
def busy(dataset: Dataset) -> Run:
    """A run with an outlier, beside whatever else offers something to do."""
    run = make_run(dataset, {"A": ["a.de", "b.de"], "-": ["c.de"]})
    make_domain(dataset, "late.de", logo=make_logo("late.de"))
    make_domain(dataset, "gone.de")
    update_domains(Domain.objects.filter(name="gone.de"), status="failed", error_code="dns")
    Capture.objects.create(
        domain=dataset.domains.get(name="a.de"),
        logo=make_logo("other"),
        finder="icon",
        source_url="https://a.de/icon.png",
        rank=1,
        score=40.0,
        fetched_at=timezone.now(),
    )
    Run.objects.create(
        dataset=dataset, slug="waiting", clusterer="agglomerative", projector="umap"
    )
    Classification.objects.create(
        dataset=dataset,
        run=run,
        asked_by=dataset.owner,
        kind="site",
        given="new.de",
        logo=make_logo("new.de"),
        status="succeeded",
        answer={"cluster": None, "confidence": 0.0, "reason": "", "candidates": []},
        finished_at=timezone.now(),
    )
    return run


@pytest.mark.parametrize(
    ("name", "intake"),
    [
        ("overview", Intake.IMPORTED),
        ("gallery", Intake.IMPORTED),
        ("outliers", Intake.IMPORTED),
        ("map", Intake.IMPORTED),
        ("classify", Intake.IMPORTED),
        ("quality", Intake.IMPORTED),
        ("runs", Intake.IMPORTED),
        ("tune", Intake.IMPORTED),
        ("exports", Intake.IMPORTED),
        ("intake", Intake.RECEIVED),
        ("intake", Intake.READY),
        ("intake", Intake.REFUSED),
    ],
)
def test_a_viewer_is_offered_nothing_that_is_forbidden(
    dataset: Dataset, viewer: Client, busy: Run, name: str, intake: Intake
) -> None:
    Dataset.objects.update(intake=intake, preview=PREVIEW)

    assert dead_ends(viewer, reverse(name, args=[dataset.slug])) == []


def test_a_viewer_sees_the_preview_without_start_buttons(dataset: Dataset, viewer: Client) -> None:
    Dataset.objects.update(intake=Intake.READY, preview=PREVIEW)

    page = viewer.get(reverse("intake", args=[dataset.slug])).content.decode()

    assert "acme.example" in page
    assert "3\u202f416 domains" in page
    for offer in ("Find 3", 'name="embedder"', "Click another heading", "Discard"):
        assert offer not in page


def test_an_editor_starts_an_import_and_cannot_discard_it(
    dataset: Dataset, viewer: Client
) -> None:
    Membership.objects.filter(user__username="viewer").update(role=Membership.Role.EDITOR)
    Dataset.objects.update(intake=Intake.READY, preview=PREVIEW)

    page = viewer.get(reverse("intake", args=[dataset.slug])).content.decode()

    started_by = {
        reverse(name, args=[dataset.slug]) for name in ("intake_column", "intake_confirm")
    }
    assert started_by <= forms_of(page)
    assert reverse("delete", args=[dataset.slug]) not in page


def test_a_viewer_sees_settings_without_forms(dataset: Dataset, viewer: Client, busy: Run) -> None:
    members = reverse("cluster", args=[dataset.slug, busy.clusters.get().uid])
    domain = reverse("domain", args=[dataset.slug, "a.de"])

    assert dead_ends(viewer, members) == []
    assert dead_ends(viewer, domain) == []
    assert forms_of(viewer.get(members).content.decode()) == {
        reverse("search", args=[dataset.slug])
    }


def test_an_editor_is_offered_everything_except_deletion(
    dataset: Dataset, viewer: Client, busy: Run
) -> None:
    Membership.objects.filter(user__username="viewer").update(role=Membership.Role.EDITOR)
    overview = reverse("overview", args=[dataset.slug])

    page = viewer.get(overview).content.decode()

    assert {reverse(name, args=[dataset.slug]) for name in ("retry", "cancel", "add_domains")} <= (
        forms_of(page)
    )
    assert reverse("settings", args=[dataset.slug]) in page
    assert reverse("delete", args=[dataset.slug]) not in page
    assert reverse("delete", args=[dataset.slug]) not in (
        viewer.get(reverse("settings", args=[dataset.slug])).content.decode()
    )


@pytest.mark.parametrize("path", ["/", "/d/x/", "/d/x/runs/", f"/logos/{'0' * 64}.png"])
def test_an_anonymous_person_is_asked_to_sign_in(path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/")


def test_logos_of_other_users_are_404() -> None:
    assert client_of("eve").get(reverse("logo_image", args=["0" * 64])).status_code == 404


def test_a_run_of_another_data_set_is_not_there(dataset: Dataset) -> None:
    other = make_dataset(make_user("other"), name="Other")
    run = make_run(other, {"A": ["a.de", "b.de"]})
    client = Client()
    client.force_login(dataset.owner)

    response = client.get(reverse("overview", args=[dataset.slug]), {"run": f"{run.slug}-x"})

    assert response.status_code == 404


def test_a_logo_without_a_file_is_404_for_its_owner(dataset: Dataset) -> None:
    run = make_run(dataset, {"A": ["a.de"]})
    client = Client()
    client.force_login(run.dataset.owner)

    url = reverse("logo_image", args=[make_logo("a.de").sha256])

    assert client.get(url).status_code == 404
