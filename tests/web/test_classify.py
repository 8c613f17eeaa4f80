"""The Classify page: requests, polling, results, adding logos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from clustering import tasks
from clustering.models import Classification, Dataset, Logo, Membership, Run, User
from clustering.pipeline.imaging.decoder import normalise_bytes
from clustering.selectors import progress
from clustering.services import embedding, workflow
from clustering.services.storage import keep_image
from clustering.services.work import process_resources
from tests.factories import make_dataset, make_domain, make_run
from tests.pictures import as_jpeg, as_png, drawn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    for task in (
        tasks.advance,
        tasks.embed_ahead,
        *tasks.TASKS.values(),
        tasks.see_classification,
    ):
        monkeypatch.setattr(task, "delay", lambda pk: None)
    monkeypatch.setattr(tasks.answer_classifications, "delay", lambda: None)


@pytest.fixture
def dataset(alice: User, _own_files: None) -> Dataset:
    """Rings, bars, and one that stands alone, embedded by the real embedder."""
    dataset = make_dataset(alice, n_rows=5)
    shown = {
        "ring.de": drawn("ring"),
        "ring.fr": drawn("ring", side=180),
        "bars.de": drawn("bars", "#1040a0"),
        "bars.fr": drawn("bars", "#1040a0", side=180),
        "cross.com": drawn("cross", "#108040"),
    }
    for row, (name, image) in enumerate(shown.items(), start=1):
        logo = keep_image(normalise_bytes(as_png(image)))
        make_domain(dataset, name, logo=logo, row=row)
    embedder = process_resources.embedder("descriptor")
    clusters = {"Ring": ["ring.de", "ring.fr"], "Bars": ["bars.de", "bars.fr"], "-": ["cross.com"]}
    run = make_run(dataset, clusters)
    Run.objects.filter(pk=run.pk).update(embedder_key=embedder.key)
    embedding.embed_logos(Logo.objects.of_dataset(dataset), embedder=embedder)
    return dataset


def work() -> None:
    for asked in Classification.objects.filter(logo=None):
        tasks.see_classification(asked.pk)
    tasks.answer_classifications()


def post_files(client: Client, dataset: Dataset, **files: bytes) -> None:
    uploads = [SimpleUploadedFile(f"{name}.png", content) for name, content in files.items()]
    answer = client.post(f"/d/{dataset.slug}/classify/", {"files": uploads})
    assert answer.status_code == 302


def test_uploaded_images_are_put_into_their_clusters(
    alice_client: Client, dataset: Dataset
) -> None:
    post_files(
        alice_client,
        dataset,
        smaller_ring=as_png(drawn("ring", side=96)),
        stranger=as_png(drawn("disc", "#101010")),
    )

    work()

    answers = {one.given: one.answer for one in Classification.objects.all()}
    ring = answers["smaller_ring.png"]
    assert ring["cluster"]["name"] == "Ring"
    assert ring["confidence"] == 1.0
    assert ring["reason"].startswith("a copy of the image of ring.")
    assert answers["stranger.png"]["cluster"] is None
    assert len(answers["stranger.png"]["candidates"]) == 2
    page = alice_client.get(f"/d/{dataset.slug}/classify/").content.decode()
    assert "certain" in page
    assert "Outlier" in page
    assert "hx-get" not in page.partition('id="answers"')[2].partition(">")[0]


def test_images_are_decoded_outside_the_transaction(
    alice_client: Client, dataset: Dataset
) -> None:
    is_held = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if 'FROM "clustering_logo"' in sql:  # looked for once it is decoded
            is_held.append(connection.in_atomic_block)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        post_files(alice_client, dataset, a=as_png(drawn("disc")), b=as_png(drawn("stairs")))

    assert is_held == [False, False]
    assert Classification.objects.count() == 2


def test_too_many_lines_beside_an_image_ask_about_neither(
    alice_client: Client, dataset: Dataset
) -> None:
    image = SimpleUploadedFile("a.png", as_png(drawn("disc")))

    answer = alice_client.post(
        f"/d/{dataset.slug}/classify/", {"text": "a.de\n" * 51, "files": [image]}
    )

    assert answer.status_code == 422
    assert not Classification.objects.exists()


def test_an_invalid_image_ends_with_the_reason(alice_client: Client, dataset: Dataset) -> None:
    post_files(alice_client, dataset, broken=b"<html>")

    asked = Classification.objects.get()

    assert (asked.status, asked.error_code) == ("failed", "bad_image")
    assert b"bad_image" in alice_client.get(f"/d/{dataset.slug}/classify/").content


def test_an_unreachable_site_ends_with_the_reason(alice_client: Client, dataset: Dataset) -> None:
    alice_client.post(f"/d/{dataset.slug}/classify/", {"text": "no-such-name-1.de"})

    work()

    assert Classification.objects.get().error_code == "dns"


def test_the_page_polls_until_all_requests_end(alice_client: Client, dataset: Dataset) -> None:
    post_files(alice_client, dataset, ring=as_jpeg(drawn("ring")))
    address = f"/d/{dataset.slug}/classify/"

    waiting = alice_client.get(address, headers={"HX-Request": "true"})
    work()
    done = alice_client.get(address, headers={"HX-Request": "true"})

    assert (waiting.status_code, done.status_code) == (200, 286)
    assert b"Comparing" in waiting.content


def test_a_classified_logo_joins_its_suggested_cluster(
    alice_client: Client, dataset: Dataset
) -> None:
    post_files(alice_client, dataset, **{"ring.at": as_png(drawn("ring", side=96))})
    work()
    asked = Classification.objects.get()

    alice_client.post(f"/d/{dataset.slug}/classify/{asked.pk}/add/", {"name": "www.Ring.at"})
    tasks.place_logos(dataset.pk)

    domain = dataset.domains.get(name="ring.at")
    assert domain.status == "found"
    placed = dataset.runs.get().assignments.get(domain=domain)
    assert placed.cluster is not None
    assert str(placed.cluster.uid) == asked.answer["cluster"]["uid"]
    assert placed.logo == asked.logo
    assert progress.is_idle(dataset)
    again = alice_client.post(f"/d/{dataset.slug}/classify/{asked.pk}/add/", {"name": "x.de"})
    assert again.status_code == 302
    assert dataset.domains.count() == 6


@pytest.mark.parametrize("name", ["", "ring.de", "no domain", "127.0.0.1"])
def test_a_name_that_cannot_be_added_is_refused(
    alice_client: Client, dataset: Dataset, name: str
) -> None:
    post_files(alice_client, dataset, ring=as_png(drawn("ring", side=96)))
    asked = Classification.objects.get()

    answer = alice_client.post(
        f"/d/{dataset.slug}/classify/{asked.pk}/add/", {"name": name}, follow=True
    )

    assert b"toast-bad" in answer.content
    assert dataset.domains.count() == 5
    dataset.refresh_from_db()
    assert dataset.n_rows == 5


@pytest.mark.parametrize("text", ["", "a.de\n" * 51])
def test_nothing_or_too_much_is_refused_with_the_text_kept(
    alice_client: Client, dataset: Dataset, text: str
) -> None:
    answer = alice_client.post(f"/d/{dataset.slug}/classify/", {"text": text})

    assert answer.status_code == 422
    assert answer.content.count(b"a.de\n") >= text.count("a.de") - 1
    assert not Classification.objects.exists()


def test_invalid_lines_are_reported_and_the_others_requested(
    alice_client: Client, dataset: Dataset
) -> None:
    lines = "good.de\nlocalhost\nhttps://x.de/logo.png\n"

    answer = alice_client.post(f"/d/{dataset.slug}/classify/", {"text": lines}, follow=True)

    kinds = dict(Classification.objects.values_list("given", "kind"))
    assert kinds == {"good.de": "site", "https://x.de/logo.png": "address"}
    assert "“localhost”" in answer.content.decode()


def test_a_domain_that_is_there_already_is_not_offered_again(
    alice_client: Client, dataset: Dataset
) -> None:
    post_files(alice_client, dataset, **{"ring.de": as_png(drawn("ring", side=96))})
    work()

    page = alice_client.get(f"/d/{dataset.slug}/classify/").content.decode()

    assert "is already in this data set" in page
    assert "Add to this data set" not in page


def test_clearing_deletes_only_finished_requests(alice_client: Client, dataset: Dataset) -> None:
    post_files(alice_client, dataset, broken=b"<html>", ring=as_png(drawn("ring")))

    alice_client.post(f"/d/{dataset.slug}/classify/clear/")

    assert Classification.objects.get().given == "ring.png"


def test_the_logo_of_a_request_is_shown_to_members_only(
    alice_client: Client, bob_client: Client, dataset: Dataset
) -> None:
    post_files(alice_client, dataset, other=as_png(drawn("disc", "#101010")))
    logo = Classification.objects.get().logo
    assert logo is not None
    address = f"/logos/{logo.sha256}-192.webp"

    own = alice_client.get(address)
    own.close()  # it holds the file

    assert own.status_code == 200
    assert bob_client.get(address).status_code == 404


def test_viewers_see_results_and_cannot_request(
    bob_client: Client, bob: User, dataset: Dataset
) -> None:
    Membership.objects.create(dataset=dataset, user=bob, role=Membership.Role.VIEWER)
    address = f"/d/{dataset.slug}/"

    assert bob_client.get(f"{address}classify/").status_code == 200
    for part in ("classify/", "classify/clear/", "classify/1/add/", "add/"):
        assert bob_client.post(f"{address}{part}", {"text": "x.de"}).status_code == 403
    assert not Classification.objects.exists()


def test_non_members_get_404(bob_client: Client, dataset: Dataset) -> None:
    for part in ("classify/", "classify/clear/", "classify/1/add/", "add/"):
        assert bob_client.post(f"/d/{dataset.slug}/{part}").status_code == 404


def test_without_a_run_the_page_explains_what_is_missing(
    alice_client: Client, alice: User
) -> None:
    empty = make_dataset(alice)

    assert alice_client.get(f"/d/{empty.slug}/classify/").status_code == 200
    assert alice_client.post(f"/d/{empty.slug}/classify/", {"text": "a.de"}).status_code == 302
    assert not Classification.objects.exists()


def test_queries_do_not_grow_with_results(
    alice_client: Client,
    dataset: Dataset,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    shapes = ("ring", "bars", "cross", "stairs", "disc", "frame")
    post_files(alice_client, dataset, **{one: as_png(drawn(one, side=90)) for one in shapes})
    work()

    with django_assert_max_num_queries(16):
        alice_client.get(f"/d/{dataset.slug}/classify/")


def test_pasted_domains_join_the_data_set(alice_client: Client, dataset: Dataset) -> None:
    pasted = {"text": "new-1.de, https://www.NEW-2.de/path\nring.de new-1.de\n127.0.0.1"}

    answer = alice_client.post(f"/d/{dataset.slug}/add/", pasted, follow=True)

    assert "Added 2 domains, 2 rows known already, 1 rejected." in answer.content.decode()
    assert set(dataset.domains.pending().values_list("name", flat=True)) == {
        "new-1.de",
        "new-2.de",
    }
    dataset.refresh_from_db()
    assert (dataset.n_rows, dataset.n_duplicates, dataset.n_rejected) == (10, 2, 1)
    assert dataset.domains.count() + dataset.n_duplicates + dataset.n_rejected == dataset.n_rows
    assert dataset.rejected_rows.get().row_number == 8


def test_pasted_domains_are_read_as_an_uploaded_list(
    alice_client: Client, dataset: Dataset
) -> None:
    pasted = {
        "text": "Domain;Contact\n*.new-1.de;Anna <anna@gmail.com>\nhxxps://new-2[.]de;\nlogo.png;x"
    }

    answer = alice_client.post(f"/d/{dataset.slug}/add/", pasted, follow=True).content.decode()

    assert "Added 2 domains, 1 rejected." in answer
    assert "Defanged addresses (hxxp, [.]) were restored (1 cell)" in answer
    assert set(dataset.domains.pending().values_list("name", flat=True)) == {
        "new-1.de",
        "new-2.de",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" \n", "Paste at least one domain"),
        ("a.de\n" * 10_001, "The list has more than 10,000 rows"),
    ],
)
def test_a_pasted_list_without_rows_or_with_too_many_is_refused(
    alice_client: Client, dataset: Dataset, text: str, reason: str
) -> None:
    answer = alice_client.post(f"/d/{dataset.slug}/add/", {"text": text}, follow=True)

    assert reason in answer.content.decode()
    assert not dataset.domains.pending().exists()


def test_domains_that_join_a_finished_data_set_start_no_run(
    alice_client: Client, dataset: Dataset
) -> None:
    alice_client.post(f"/d/{dataset.slug}/add/", {"text": "new-1.de"})

    assert Run.objects.count() == 1
    assert workflow.next_stage(dataset) is workflow.Work.FETCH
