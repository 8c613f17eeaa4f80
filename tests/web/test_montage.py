"""Pictures of clusters in the gallery."""

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from clustering import conf
from clustering.models import Logo
from clustering.services.storage import logo_name
from tests.web.pets import World

pytestmark = pytest.mark.django_db
COLOURS = {"cat-a.de": "red", "cat-b.de": "red", "dog-a.de": "blue", "dog-b.de": "blue"}


@pytest.fixture(autouse=True)
def _files(world: World, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    for name, colour in COLOURS.items():
        logo = Logo.objects.get(assignments__domain__name=name)
        file = conf.places().files / logo_name(logo.sha256)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGBA", (100, 100), colour).save(file)


def addresses(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/d/pets/gallery/{query}").content.decode()
    return [found.replace("&amp;", "&") for found in re.findall(r'<img[^>]* src="([^"]+)"', page)]


def picture(client: Client, address: str) -> Image.Image:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    with Image.open(BytesIO(answer.content)) as image:
        return image.convert("RGBA")


def has_both_colours(image: Image.Image) -> bool:
    red, _, blue, _ = np.moveaxis(np.asarray(image).astype(int), 2, 0)
    return bool((red - blue > 200).any() and (blue - red > 200).any())


def test_a_card_has_one_picture_of_its_logos(owner: Client) -> None:
    cat, dog = addresses(owner)

    assert "montage.webp" in cat
    assert picture(owner, cat).getpixel((150, 120)) == pytest.approx((254, 0, 0, 255), abs=4)
    assert picture(owner, dog).getpixel((450, 120)) == pytest.approx((0, 0, 254, 255), abs=4)


def test_a_decision_changes_address_and_picture(owner: Client, world: World) -> None:
    before = addresses(owner)
    assert [has_both_colours(picture(owner, one)) for one in before] == [False, False]
    moved = {"domain": [world.domain("dog-b.de").pk], "cluster": str(world.cat.uid)}
    owner.post("/d/pets/corrections/assign/", moved)

    after = addresses(owner)

    assert set(before).isdisjoint(after)
    assert [has_both_colours(picture(owner, one)) for one in after] == [True, False]


def test_machine_labels_have_their_own_picture(owner: Client, world: World) -> None:
    moved = {"domain": [world.domain("cat-b.de").pk], "cluster": "out"}
    owner.post("/d/pets/corrections/assign/", moved)

    machine = [picture(owner, one).tobytes() for one in addresses(owner, "?answer=machine")]
    corrected = [picture(owner, one).tobytes() for one in addresses(owner)]

    assert len(set(machine) & set(corrected)) == 1


def test_dark_backgrounds_are_left_out_where_all_logos_get_one(owner: Client) -> None:
    Logo.objects.update(ground=Logo.Ground.DARK)
    automatic = picture(owner, addresses(owner)[0])
    owner.cookies["ground"] = "checker"

    plain = picture(owner, addresses(owner)[0])

    assert automatic.getpixel((5, 5)) != (0, 0, 0, 0)
    assert plain.getpixel((5, 5)) == (0, 0, 0, 0)


def test_a_picture_with_a_missing_logo_is_drawn_again(owner: Client, tmp_path: Path) -> None:
    address = addresses(owner)[0]
    for file in tmp_path.rglob("*.png"):
        file.unlink()

    assert picture(owner, address).getchannel("A").getextrema() == (0, 0x50)
    assert list(tmp_path.rglob("*-montage.webp")) == []


def test_strangers_see_no_picture(owner: Client, bob_client: Client) -> None:
    assert bob_client.get(addresses(owner)[0]).status_code == 404
