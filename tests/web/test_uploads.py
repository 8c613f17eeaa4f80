"""Upload and preview, without JavaScript."""

import re
from functools import partial
from io import RawIOBase
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageDraw

from clustering.models import Dataset, Membership, RejectedRow, User
from clustering.pipeline.domains.reading import read_list
from clustering.pipeline.imaging.decoder import Decoder
from clustering.services.datasets import intake
from tests.factories import make_dataset, make_user
from tests.pictures import as_png, drawn, write_zip
from tests.pipeline.domains.test_formats import xlsx_of, zip_of
from tests.web.previews import PREVIEW

pytestmark = pytest.mark.django_db

LOGO = as_png(drawn("ring"))


@pytest.fixture
def advance(django_capture_on_commit_callbacks: Any) -> Any:
    with patch("clustering.tasks.advance.delay") as delay:
        yield delay


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user())
    return client


def ready_dataset() -> Dataset:

    user = User.objects.get(username="alice")
    return make_dataset(user, intake=Dataset.Intake.READY, preview=PREVIEW, column="site")


def test_a_file_becomes_a_data_set_that_the_worker_reads(
    client: Client, advance: Any, django_capture_on_commit_callbacks: Any
) -> None:
    file = SimpleUploadedFile("brands.csv", b"a.de\nb.de\n")

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("upload"), {"file": file})

    dataset = Dataset.objects.get()
    assert response.headers["Location"] == reverse("intake", args=[dataset.slug])
    assert (dataset.name, dataset.source_name) == ("brands", "brands.csv")
    advance.assert_called_once_with(dataset.pk)


def test_a_pasted_list_becomes_a_data_set(
    client: Client, advance: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("upload"), {"text": "a.de\nb.de"})

    assert response.status_code == 302
    advance.assert_called_once_with(Dataset.objects.get().pk)


def test_the_preview_links_to_the_data_set_of_the_same_file(client: Client) -> None:
    ready = ready_dataset()
    stranger = make_dataset(make_user("mallory"), name="Strange")
    page = reverse("intake", args=[ready.slug])
    Dataset.objects.update(source_sha256="1" * 64)
    assert reverse("overview", args=[stranger.slug]) not in client.get(page).content.decode()

    twin = make_dataset(ready.owner, name="Earlier", source_sha256="1" * 64)
    other = make_dataset(ready.owner, name="Other", source_sha256="2" * 64)

    shown = client.get(page).content.decode()
    assert "This file is already a data set" in shown
    assert shown.count(f'<a href="{reverse("overview", args=[twin.slug])}">Earlier</a>') == 1
    assert f'<a href="{reverse("overview", args=[other.slug])}">Other</a>' not in shown
    assert "You can add domains to it" in shown


def test_viewers_of_the_earlier_data_set_get_no_hint_to_add_domains(
    client: Client,
) -> None:
    ready = ready_dataset()
    twin = make_dataset(make_user("bob"), name="Earlier")
    Membership.objects.create(dataset=twin, user=ready.owner, role=Membership.Role.VIEWER)
    Dataset.objects.update(source_sha256="1" * 64)

    shown = client.get(reverse("intake", args=[ready.slug])).content.decode()

    assert reverse("overview", args=[twin.slug]) in shown
    assert "You can add domains to it" not in shown
    assert "Starting creates a second one." in shown


def previewed(client: Client, data: dict[str, object], tmp_path: Path, settings: Any) -> str:
    """Upload, read as the worker does, and return the preview page."""
    settings.MEDIA_ROOT = tmp_path
    client.post(reverse("upload"), data)
    dataset = Dataset.objects.get()
    intake.read_upload(
        dataset,
        read=lambda path, column: read_list(path, column=column),
        decoder=partial(Decoder, 1),
    )
    page = client.get(reverse("intake", args=[dataset.slug])).content.decode()
    return " ".join(page.split())


def test_a_white_logo_is_visible_in_the_preview(
    client: Client, advance: Any, tmp_path: Path, settings: Any
) -> None:
    white = Image.new("RGBA", (120, 120))
    ImageDraw.Draw(white).ellipse((20, 20, 100, 100), fill="white")
    logos = {"acme.de.png": as_png(drawn("ring")), "bolt.fr.png": as_png(white)}
    data = write_zip(tmp_path / "logos.zip", logos).read_bytes()

    page = previewed(client, {"file": SimpleUploadedFile("logos.zip", data)}, tmp_path, settings)

    tiles = re.findall(r'data-ground="(\w+)">\s*<img .*?title="([\w.]+)"', page, re.DOTALL)
    assert tiles == [("light", "acme.de"), ("dark", "bolt.fr")]


def test_three_domains_in_one_pasted_line_are_three_domains(
    client: Client, advance: Any, tmp_path: Path, settings: Any
) -> None:
    page = previewed(client, {"text": "a.de, info@b.ch; c.at"}, tmp_path, settings)

    assert "<strong>3 domains</strong>" in page
    assert "Several domains in one cell: each was taken (1 cell)" in page
    assert "E-mail addresses: the part after @ was taken (1 cell)" in page


def test_a_spreadsheet_is_previewed(
    client: Client, advance: Any, tmp_path: Path, settings: Any
) -> None:
    data = xlsx_of(("List of 2026",), ("Firm", "Web"), ("North", "a.de"), ("South", "b.ch"))
    page = previewed(client, {"file": SimpleUploadedFile("x.xlsx", data)}, tmp_path, settings)

    assert "<strong>2 domains</strong>" in page
    assert "Text above the header was skipped (1 line)" in page
    assert 'class="is-chosen mono" title="b.ch"' in page


def test_columns_with_domains_can_be_taken_together(
    client: Client, advance: Any, tmp_path: Path, settings: Any
) -> None:
    text = "firm,shop,site\nNorth,a.de,b.de\nSouth,,c.de\n"
    page = previewed(client, {"text": text}, tmp_path, settings)
    dataset = Dataset.objects.get()

    client.post(reverse("intake_column", args=[dataset.slug]), {"column": "shop + site"})

    dataset.refresh_from_db()
    assert "Take all 2 columns with domains" in page
    assert (dataset.column, dataset.intake) == ("shop + site", Dataset.Intake.RECEIVED)


def test_a_zip_of_images_without_domains_says_that_they_keep_their_names(
    client: Client, advance: Any, tmp_path: Path, settings: Any
) -> None:
    data = zip_of({"IMG_1.png": LOGO, "IMG_2.png": LOGO, "Thumbs.db": b"x"})
    page = previewed(client, {"file": SimpleUploadedFile("x.zip", data)}, tmp_path, settings)

    assert "2 files" in page
    assert "<strong>2 images</strong>" in page
    assert "each keeps its file name" in page
    assert "0 %" not in page
    assert page.count('src="data:image/png;base64,') == 2
    assert 'title="IMG_1.png"' in page


def test_a_file_of_another_type_is_refused_with_advice(
    client: Client, advance: Any, tmp_path: Path, settings: Any
) -> None:
    file = SimpleUploadedFile("x.pdf", b"%PDF-1.7")
    page = previewed(client, {"file": file}, tmp_path, settings)

    assert "The file is a PDF document; save the list as CSV or XLSX and upload that" in page


def test_an_empty_form_shows_an_error_and_creates_nothing(client: Client) -> None:
    response = client.post(reverse("upload"), {"text": "  "})

    assert response.status_code == 422
    assert "Choose a file, or paste a list of domains." in response.content.decode()
    assert Dataset.objects.count() == 0


def test_a_file_over_the_limit_is_refused(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 4
    file = SimpleUploadedFile("brands.csv", b"a.de\nb.de\n")

    response = client.post(reverse("upload"), {"file": file})

    assert response.status_code == 413
    assert "This file is larger than 4 bytes, the limit." in response.content.decode()
    assert Dataset.objects.count() == 0


class Endless(RawIOBase):
    """An endless request body that counts the bytes read."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self.n_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        buffer[:] = part.ljust(len(buffer), b"x")
        self.n_read += len(buffer)
        return len(buffer)


def test_reading_stops_at_the_size_limit(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1_000_000
    disposition = 'Content-Disposition: form-data; name="file"; filename="brands.csv"'
    body = Endless(f"--part\r\n{disposition}\r\n\r\n".encode())

    response = client.generic(
        "POST",
        reverse("upload"),
        b"-",
        content_type="multipart/form-data; boundary=part",
        **cast("Any", {"wsgi.input": body, "CONTENT_LENGTH": "10000000000"}),
    )

    assert response.status_code == 413
    assert "larger than 977 KB" in response.content.decode()
    assert 1_000_000 < body.n_read < 1_200_000
    assert Dataset.objects.count() == 0


def test_the_preview_adds_up_and_marks_the_guess(client: Client) -> None:
    dataset = ready_dataset()

    page = client.get(reverse("intake", args=[dataset.slug])).content.decode()

    assert "4\u202f384 rows" in page
    assert "3\u202f416 domains" in page
    assert "956 duplicates" in page
    assert "<bdi>company</bdi>, <bdi>&lt;b&gt;note</bdi>" in page
    assert 'class="is-chosen mono" title="acme.example"' in " ".join(page.split())


def test_a_list_of_numbers_explains_why_it_is_rejected(client: Client) -> None:
    reason = "It is a number or an IP address; a domain name is needed"
    rejected = [[1, "id", "It is a single word"], [2, "17", reason], [3, "18", reason]]
    columns = [{"name": "Column 1", "score": 0.0, "is_guess": True}]
    none = {"n_rows": 3, "n_domains": 0, "n_duplicates": 0, "n_rejected": 3}
    dataset = ready_dataset()
    found = {"columns": columns, "column": "Column 1", "rejected": rejected}
    Dataset.objects.update(preview=PREVIEW | none | found)

    page = " ".join(client.get(reverse("intake", args=[dataset.slug])).content.decode().split())

    assert "None of the 3 values in “Column 1” is a domain" in page
    assert f'Row 2 holds <span class="mono">17</span>. {reason}.' in page
    assert "Upload another file" in page


def test_a_refused_upload_is_removed_from_home_with_one_click(client: Client) -> None:
    dataset = make_dataset(
        User.objects.get(username="alice"), intake=Dataset.Intake.REFUSED, error_detail="damaged"
    )
    remove = reverse("delete", args=[dataset.slug])
    page = client.get(reverse("home")).content.decode()

    client.post(remove)

    assert f'action="{remove}"' in page
    assert Dataset.objects.filter(deleted_at__isnull=True).count() == 0


def test_another_column_is_one_click(
    client: Client, advance: Any, django_capture_on_commit_callbacks: Any
) -> None:
    dataset = ready_dataset()

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("intake_column", args=[dataset.slug]), {"column": "company"})

    dataset.refresh_from_db()
    assert (dataset.column, dataset.intake) == ("company", Dataset.Intake.RECEIVED)
    advance.assert_called_once_with(dataset.pk)


def test_an_unknown_column_changes_nothing(client: Client) -> None:
    dataset = ready_dataset()

    client.post(reverse("intake_column", args=[dataset.slug]), {"column": "nowhere"})

    dataset.refresh_from_db()
    assert (dataset.column, dataset.intake) == ("site", Dataset.Intake.READY)


def test_confirming_starts_the_import(
    client: Client, advance: Any, django_capture_on_commit_callbacks: Any
) -> None:
    dataset = ready_dataset()

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            reverse("intake_confirm", args=[dataset.slug]), {"embedder": "descriptor"}
        )

    dataset.refresh_from_db()
    assert response.headers["Location"] == reverse("overview", args=[dataset.slug])
    assert dataset.intake == Dataset.Intake.IMPORTING
    advance.assert_called_once_with(dataset.pk)


def test_an_unknown_embedder_is_refused(client: Client) -> None:
    dataset = ready_dataset()

    response = client.post(reverse("intake_confirm", args=[dataset.slug]), {"embedder": "magic"})

    dataset.refresh_from_db()
    assert (response.status_code, dataset.intake) == (422, Dataset.Intake.READY)


def test_polling_continues_during_parsing_and_then_reloads(client: Client) -> None:
    dataset = ready_dataset()
    url = reverse("intake", args=[dataset.slug])
    Dataset.objects.update(intake=Dataset.Intake.RECEIVED)

    reading = client.get(url, headers={"HX-Request": "true"})
    Dataset.objects.update(intake=Dataset.Intake.READY)
    ready = client.get(url, headers={"HX-Request": "true"})

    assert (reading.status_code, ready.status_code) == (200, 286)
    assert ready.headers["HX-Refresh"] == "true"


def test_the_rejected_rows_csv_escapes_formulas(client: Client) -> None:
    dataset = ready_dataset()
    Dataset.objects.update(intake=Dataset.Intake.IMPORTED, other_columns=["company"])
    RejectedRow.objects.create(
        dataset=dataset, row_number=7, raw="=cmd()", reason="no domain", other_cells=["@SUM(1)"]
    )

    response = client.get(reverse("rejected_csv", args=[dataset.slug]))

    lines = b"".join(response.streaming_content)  # type: ignore[attr-defined] # streamed
    header, line = lines.decode("utf-8-sig").splitlines()
    assert header == '"company","site","row","error"'
    assert line == """"'@SUM(1)","'=cmd()","7","no domain\""""
