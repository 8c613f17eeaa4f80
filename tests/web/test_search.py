"""Search by words, by a logo of the data set and by a picture."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from clustering.models import Classification, Membership, User
from tests.pictures import as_png, drawn
from tests.web.pets import World

pytestmark = pytest.mark.django_db
URL = "/d/pets/search/"


def hits(page: str) -> list[str]:
    return re.findall(r'aria-label="Select ([^"]+)"', page)


@pytest.mark.parametrize(
    ("text", "found"),
    [("CAT", ["cat-a.de", "cat-b.de"]), ("b dog", ["dog-b.de"]), ("a .fr", []), (".de zz", [])],
)
def test_words_narrow_and_a_dot_is_the_ending(
    owner: Client, world: World, text: str, found: list[str]
) -> None:
    page = owner.get(URL, {"q": text}).content.decode()

    assert hits(page) == found


def test_all_hits_are_one_word_of_the_selection(owner: Client, world: World) -> None:
    page = owner.get(URL, {"q": "dog .de"}).content.decode()

    assert 'data-filter="s.dog%20.de"' in page
    assert 'href="/d/pets/map/#q=dog%20.de"' in page


def test_logos_like_one_are_ranked(owner: Client, world: World) -> None:
    page = owner.get(URL, {"like": "cat-a.de"}).content.decode()

    assert hits(page)[:3] == ["cat-a.de", "cat-b.de", "lone-a.de"]


def test_a_picture_is_asked_about_and_its_similar_logos_are_hits(
    owner: Client, world: World
) -> None:
    picture = SimpleUploadedFile("mark.png", as_png(drawn("ring")))
    waiting = owner.post(f"{URL}picture/", {"picture": picture}, follow=True)
    asked = Classification.objects.get()
    assert asked.run == world.run
    assert waiting.request["QUERY_STRING"] == f"picture={asked.pk}"
    assert "every 1s" in waiting.content.decode()

    # The worker finds that it is the picture of a dog.
    asked.logo = world.dog.medoid
    cluster = {"uid": str(world.dog.uid), "name": "Dog"}
    asked.answer = {"cluster": cluster, "confidence": 1.0, "reason": "", "candidates": []}
    asked.status = Classification.Status.SUCCEEDED
    asked.save()
    page = owner.get(URL, {"picture": asked.pk}).content.decode()
    assert hits(page)[:2] == ["dog-a.de", "dog-b.de"]
    assert "Belongs to" in page


def test_viewers_search_but_send_no_pictures(client: Client, world: World, bob: User) -> None:
    Membership.objects.create(dataset=world.run.dataset, user=bob, role="viewer")
    client.force_login(bob)

    page = client.get(URL, {"q": "cat"}).content.decode()
    refused = client.post(f"{URL}picture/", {"address": "cat-a.de"})

    assert "cat-a.de" in page
    assert "Search by a picture" not in page
    assert refused.status_code == 403
    assert not Classification.objects.exists()
