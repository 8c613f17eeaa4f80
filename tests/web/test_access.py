"""Who gets what: anonymous people sign in, strangers find nothing, viewers change nothing."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from clustering.models import Dataset, Membership
from tests.factories import make_dataset, make_logo, make_run, make_user

pytestmark = pytest.mark.django_db

READ = ("overview", "runs", "rejected_csv")
CHANGE = ("cancel", "resume", "retry", "intake_column", "intake_confirm")


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
def test_a_stranger_finds_no_page(dataset: Dataset, name: str) -> None:
    assert client_of("eve").get(reverse(name, args=[dataset.slug])).status_code == 404


@pytest.mark.parametrize("name", READ)
def test_a_viewer_reads(dataset: Dataset, viewer: Client, name: str) -> None:
    assert viewer.get(reverse(name, args=[dataset.slug])).status_code == 200


@pytest.mark.parametrize("name", CHANGE)
def test_a_stranger_changes_nothing(dataset: Dataset, name: str) -> None:
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


@pytest.mark.parametrize("path", ["/", "/d/x/", "/d/x/runs/", f"/logos/{'0' * 64}.png"])
def test_an_anonymous_person_is_asked_to_sign_in(path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/")


def test_a_logo_of_somebody_else_is_not_there() -> None:
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
