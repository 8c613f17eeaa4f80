"""Logo files: for members only, cached, and safe to open directly."""

import errno
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from clustering import conf
from clustering.models import Logo
from clustering.services.file_store import Folder
from clustering.services.storage import logo_name
from tests.factories import make_dataset, make_domain, make_logo, make_user

pytestmark = pytest.mark.django_db


def test_a_member_gets_the_thumbnail_with_safe_headers() -> None:
    client, logo = _member_with("a.de", Image.new("RGBA", (400, 100), (200, 30, 30, 128)))

    response = client.get(reverse("logo_thumbnail", args=[logo.sha256, 96]))

    shown = Image.open(BytesIO(response.content))
    assert (shown.format, shown.mode, shown.size) == ("WEBP", "RGBA", (96, 24))
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_thumbnail_is_made_once() -> None:
    client, logo = _member_with("a.de", Image.new("RGBA", (40, 30), "red"))
    address = reverse("logo_thumbnail", args=[logo.sha256, 96])

    first = client.get(address).content
    (conf.places().files / logo_name(logo.sha256)).unlink()

    assert client.get(address).content == first
    assert client.get(reverse("logo_thumbnail", args=[logo.sha256, 192])).status_code == 404


def test_a_thumbnail_that_cannot_be_kept_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, logo = _member_with("full.de", Image.new("RGBA", (400, 100), "red"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(Folder, "write_cached", full)
    response = client.get(reverse("logo_thumbnail", args=[logo.sha256, 96]))

    assert Image.open(BytesIO(response.content)).size == (96, 24)


def test_a_thumbnail_that_a_crash_cut_off_is_made_again() -> None:
    client, logo = _member_with("cut.de", Image.new("RGBA", (400, 100), "red"))
    address = reverse("logo_thumbnail", args=[logo.sha256, 96])
    whole = client.get(address).content
    kept = conf.places().files / logo_name(logo.sha256, 96)
    assert kept.read_bytes() == whole

    for part in (b"", whole[:40], bytes(len(whole))):
        kept.write_bytes(part)

        assert client.get(address).content == whole
        assert kept.read_bytes() == whole


def _member_with(name: str, picture: Image.Image) -> tuple[Client, Logo]:
    """Return a client of a user who has a logo, and the logo."""
    user, logo = make_user(), make_logo(name)
    make_domain(make_dataset(user), name, logo=logo)
    _keep(picture, logo.sha256)
    client = Client()
    client.force_login(user)
    return client, logo


def _keep(image: Image.Image, sha256: str) -> None:
    file = conf.places().files / logo_name(sha256)
    file.parent.mkdir(parents=True, exist_ok=True)
    image.save(file, "PNG")


def _damaged(logo: Path) -> None:
    whole = logo.read_bytes()
    first = whole.index(b"IDAT")
    second = whole.index(b"IDAT", first + 4)  # a file of 512 px has several such chunks
    logo.write_bytes(whole[: second - 4] + bytes(12) + whole[second + 8 :])


def _forged(logo: Path) -> None:
    Image.new("RGBA", (513, 1)).save(logo, "PNG")


@pytest.mark.parametrize("spoil", [_damaged, _forged])
def test_a_file_that_is_not_as_it_was_written_is_gone(spoil: Callable[[Path], None]) -> None:
    user, logo = make_user(), make_logo(spoil.__name__)
    make_domain(make_dataset(user), "a.de", logo=logo)
    _keep(Image.effect_noise((512, 512), 90).convert("RGBA"), logo.sha256)
    spoil(conf.places().files / logo_name(logo.sha256))
    client = Client()
    client.force_login(user)

    answer = client.get(reverse("logo_thumbnail", args=[logo.sha256, 96]))

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/logos/../etc/passwd", f"/logos/{'0' * 64}-97.webp"])
def test_an_odd_address_leads_nowhere(path: str) -> None:
    client = Client()
    client.force_login(make_user())

    assert client.get(path).status_code == 404
