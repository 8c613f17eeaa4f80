"""Logos as files: to members only, for ever, and harmless if opened by themselves."""

import pytest
from django.test import Client
from django.urls import reverse

from clustering import conf
from tests.factories import make_dataset, make_domain, make_logo, make_user

pytestmark = pytest.mark.django_db


def test_a_member_gets_the_thumbnail_with_safe_headers() -> None:
    user, logo = make_user(), make_logo("a.de")
    make_domain(make_dataset(user), "a.de", logo=logo)
    folder = conf.places().media / logo.sha256[:2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{logo.sha256}-96.webp").write_bytes(b"RIFF")
    client = Client()
    client.force_login(user)

    response = client.get(reverse("logo_thumbnail", args=[logo.sha256, 96]))

    assert b"".join(response.streaming_content) == b"RIFF"  # type: ignore[attr-defined] # streamed
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/logos/../etc/passwd", f"/logos/{'0' * 64}-97.webp"])
def test_an_odd_address_leads_nowhere(path: str) -> None:
    client = Client()
    client.force_login(make_user())

    assert client.get(path).status_code == 404
