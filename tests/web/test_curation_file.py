"""Decisions exported as a file and imported with a preview, through the pages."""

import re
from html import unescape
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from clustering.models import Run, User
from clustering.services.curation import edits
from tests.factories import make_dataset, make_run
from tests.services.decisions import GROUPS, move, place

pytestmark = pytest.mark.django_db


def upload(content: bytes) -> dict[str, object]:
    return {"file": SimpleUploadedFile("curation.json", content)}


def test_a_file_is_downloaded_looked_at_and_imported(alice_client: Client, alice: User) -> None:
    run = make_run(make_dataset(alice), GROUPS)
    move(run, alice, "x.de", "acme")
    edits.rename(run.clusters.get(name="bolt"), alice, name="Bolt & Co", client_id=uuid4())
    file = alice_client.get(f"/d/{run.dataset.slug}/export/curation.json").getvalue()
    other: Run = make_run(make_dataset(alice), GROUPS)
    address = f"/d/{other.dataset.slug}/curation/"

    preview = alice_client.post(address, upload(file)).content.decode()

    assert "Move 1 logo to acme" in preview
    assert "Rename bolt to Bolt &amp; Co" in preview
    assert place(other, "x.de") is None
    fields = dict(re.findall(r'name="(client_id|seen)" value="([^"]+)"', preview))
    document = re.search(r"<textarea[^>]*>(.*)</textarea>", preview)
    assert document
    fields["document"] = unescape(document[1])
    for _ in range(2):  # a second press changes nothing
        assert alice_client.post(address, fields).status_code == 302
    assert place(other, "x.de") == "acme"
    assert place(other, "bolt.de") == "Bolt & Co"
    assert other.corrections.count() == 2
    assert (
        "0 decisions to make, 2 hold already"
        in alice_client.post(address, upload(file)).content.decode()
    )


@pytest.mark.parametrize("content", [b"", b"{}", b"<html>"])
def test_another_file_is_refused_with_the_reason(
    alice_client: Client, alice: User, content: bytes
) -> None:
    run = make_run(make_dataset(alice), GROUPS)

    answer = alice_client.post(f"/d/{run.dataset.slug}/curation/", upload(content))

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not run.corrections.exists()
